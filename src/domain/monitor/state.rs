//! The state of a monitor as one versioned value, from which it goes on with the same bits.

use std::fmt;

use super::Monitor;
use crate::domain::bytes::{Reader, Writer};
use crate::domain::detector::Verdict;
use crate::domain::detector::{Adaptive2, Channel, Deciding, Detector, Limits, Method, Rules, Shift, Silence, Tier};
use crate::domain::incident::{Exceedance, Finding, Grouping, Incident, Kind, TakenOver};

/// The first bytes: what it is, and the version of this layout.
const HEADER: &[u8; 4] = b"wt\x00\x01";

/// Why a state can't be had, or not be gone on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoState {
    /// The method has none that can be kept.
    Method(Method),
    /// The bytes are no state of this version of the method: damaged, or written by another version of this program.
    Bytes,
}

impl fmt::Display for NoState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(method) => {
                let (needed, method) = (Method::Adaptive2.id(), method.id());
                write!(f, "stores need the method {needed}: {method} has no state that can be kept")
            }
            Self::Bytes => f.write_str("a state of a detector can't be read: it is damaged, or of another version"),
        }
    }
}

impl std::error::Error for NoState {}

impl Monitor {
    /// Everything on which what comes next depends: the detector, and the last incident, which may go on. Incidents
    /// before it are no part of it.
    ///
    /// # Errors
    /// When the method has no state that can be kept.
    pub fn state(&self) -> Result<Vec<u8>, NoState> {
        let detector = match &self.detector {
            Detector::Adaptive2(detector) => detector,
            Detector::Adaptive(_) => return Err(NoState::Method(Method::Adaptive)),
            Detector::Classic(_) => return Err(NoState::Method(Method::Classic)),
        };
        let mut writer = Writer::new(HEADER);
        writer.sized(&detector.state());
        writer.time(detector.attentive_until());
        writer.tag(u8::from(self.grouping.is_silent()));
        writer.some(self.grouping.last(), incident);
        Ok(writer.finish())
    }

    /// A monitor that goes on from a state.
    ///
    /// # Errors
    /// When the bytes are no state of this method.
    pub fn from_state(state: &[u8], method: Method, rules: Rules) -> Result<Self, NoState> {
        if method != Method::Adaptive2 {
            return Err(NoState::Method(method));
        }
        read(state, rules).ok_or(NoState::Bytes)
    }
}

fn read(state: &[u8], rules: Rules) -> Option<Monitor> {
    let mut reader = Reader::new(state, HEADER)?;
    let mut detector = Adaptive2::from_state(reader.sized()?, rules)?;
    detector.attend_until(reader.time()?);
    let silent = reader.tag()? != 0;
    let grouping = Grouping::resumed(reader.some(read_incident)?, silent);
    reader.is_at_end().then(|| Monitor { detector: Detector::Adaptive2(Box::new(detector)), rules, grouping })
}

/// The place of a value in the list of all, which must have it.
fn place<T: PartialEq>(all: &[T], value: &T) -> u8 {
    all.iter().position(|known| known == value).unwrap_or(0) as u8
}

fn incident(writer: &mut Writer, incident: &Incident) {
    let Incident { alert, peak, last, end, exceedances, kind, shift } = incident;
    exceedance(writer, alert);
    writer.some((peak != alert).then_some(peak), exceedance);
    writer.time(*last);
    writer.time(*end);
    writer.count(*exceedances);
    writer.tag(place(&Kind::ALL, kind));
    writer.some(*shift, |writer, TakenOver { time, shift, back }| {
        writer.time(time);
        write_shift(writer, &shift);
        writer.some(back, Writer::time);
    });
}

fn read_incident(reader: &mut Reader) -> Option<Incident> {
    let alert = read_exceedance(reader)?;
    Some(Incident {
        alert,
        peak: reader.some(read_exceedance)?.unwrap_or(alert),
        last: reader.time()?,
        end: reader.time()?,
        exceedances: reader.count()?,
        kind: reader.one_of(&Kind::ALL)?,
        shift: reader.some(|reader| {
            Some(TakenOver { time: reader.time()?, shift: read_shift(reader)?, back: reader.some(Reader::time)? })
        })?,
    })
}

fn exceedance(writer: &mut Writer, exceedance: &Exceedance) {
    let Exceedance { time, finding, verdict, since_previous } = exceedance;
    writer.time(*time);
    match finding {
        Finding::Value(value) => {
            writer.tag(0);
            writer.float(*value);
        }
        Finding::Silence(Silence { since, onset, usual, usual_std, surprise }) => {
            writer.tag(1);
            writer.time(*since);
            writer.time(*onset);
            [usual, usual_std, surprise].into_iter().for_each(|value| writer.float(*value));
        }
        Finding::LevelShift(shift) => {
            writer.tag(2);
            write_shift(writer, shift);
        }
    }
    let Verdict { surprise, deciding, expected, limits, exceedance, tier } = verdict;
    writer.float(*surprise);
    writer.some(*deciding, |writer, Deciding { channel, quantity, usual, usual_std }| {
        writer.tag(place(&Channel::ALL, &channel));
        [quantity, usual, usual_std].into_iter().for_each(|value| writer.float(value));
    });
    writer.float(*expected);
    match *limits {
        Limits::Learning => writer.tag(0),
        Limits::Between { lower, upper } => {
            writer.tag(1);
            writer.float(lower);
            writer.float(upper);
        }
        Limits::Nothing => writer.tag(2),
    }
    writer.tag(u8::from(*exceedance));
    writer.tag(place(&Tier::ALL, tier));
    writer.some(*since_previous, Writer::time);
}

fn read_exceedance(reader: &mut Reader) -> Option<Exceedance> {
    let time = reader.time()?;
    let finding = match reader.tag()? {
        0 => Finding::Value(reader.float()?),
        1 => Finding::Silence(Silence {
            since: reader.time()?,
            onset: reader.time()?,
            usual: reader.float()?,
            usual_std: reader.float()?,
            surprise: reader.float()?,
        }),
        2 => Finding::LevelShift(read_shift(reader)?),
        _ => return None,
    };
    let verdict = Verdict {
        surprise: reader.float()?,
        deciding: reader.some(|reader| {
            Some(Deciding {
                channel: reader.one_of(&Channel::ALL)?,
                quantity: reader.float()?,
                usual: reader.float()?,
                usual_std: reader.float()?,
            })
        })?,
        expected: reader.float()?,
        limits: match reader.tag()? {
            0 => Limits::Learning,
            1 => Limits::Between { lower: reader.float()?, upper: reader.float()? },
            2 => Limits::Nothing,
            _ => return None,
        },
        exceedance: reader.tag()? != 0,
        tier: reader.one_of(&Tier::ALL)?,
    };
    Some(Exceedance { time, finding, verdict, since_previous: reader.some(Reader::time)? })
}

fn write_shift(writer: &mut Writer, shift: &Shift) {
    let Shift { since, size, usual, returned } = shift;
    writer.time(*since);
    writer.float(*size);
    writer.float(*usual);
    writer.tag(u8::from(*returned));
}

fn read_shift(reader: &mut Reader) -> Option<Shift> {
    Some(Shift { since: reader.time()?, size: reader.float()?, usual: reader.float()?, returned: reader.tag()? != 0 })
}
