//! The state of a monitor as bytes, from which it goes on with the same bits.

use super::{Incidents, Monitor, Naming};
use crate::domain::bytes::{Reader, Writer};
use crate::domain::detector::Verdict;
use crate::domain::detector::{Channel, Deciding, Detector, Limits, Method, Rules, Shift, Silence, Tier};
use crate::domain::hour::Hour;
use crate::domain::identity::Id;
use crate::domain::incident::{Exceedance, Finding, Grouping, Incident, Kind, TakenOver};
use crate::domain::parameters::SeriesId;

impl Monitor {
    /// Writes everything on which what comes next depends: the detector, and the last incident, which may go on.
    pub(in crate::domain) fn write(&self, writer: &mut Writer) {
        let Incidents { grouping, naming } = &self.incidents;
        writer.sized(&self.detector.state());
        writer.time(self.detector.attentive_until());
        writer.tag(u8::from(grouping.is_silent()));
        writer.some(grouping.last(), incident);
        writer.count(naming.model_version.into());
        writer.some(naming.last, |writer, (time, place)| {
            writer.time(time);
            writer.count(place.into());
        });
    }

    /// Reads a monitor of this series that goes on; `None` where the bytes are none of this method and version.
    pub(in crate::domain) fn read(reader: &mut Reader, series: SeriesId, method: Method, rules: Rules) -> Option<Self> {
        let mut detector = Detector::from_state(reader.sized()?, method, rules)?;
        detector.attend_until(reader.time()?);
        let silent = reader.tag()? != 0;
        let grouping = Grouping::resumed(reader.some(read_incident)?, silent);
        let model_version = reader.count()?.try_into().ok()?;
        let last = reader.some(|reader| Some((reader.time()?, reader.count()?.try_into().ok()?)))?;
        let naming = Naming { model_version, last, ..Naming::new(series, method) };
        Some(Self { detector, rules, incidents: Incidents { grouping, naming } })
    }
}

/// The place of a value in the list of all, which must have it.
fn place<T: PartialEq>(all: &[T], value: &T) -> u8 {
    all.iter().position(|known| known == value).unwrap_or(0) as u8
}

fn incident(writer: &mut Writer, incident: &Incident) {
    let Incident { id, alert, peak, last, end, exceedances, kind, shift } = incident;
    writer.count(id.bits());
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
    let id = Id::from_bits(reader.count()?);
    let alert = read_exceedance(reader)?;
    Some(Incident {
        id,
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
    writer.time(since.number());
    writer.float(*size);
    writer.float(*usual);
    writer.tag(u8::from(*returned));
}

fn read_shift(reader: &mut Reader) -> Option<Shift> {
    Some(Shift {
        since: Hour::new(reader.time()?),
        size: reader.float()?,
        usual: reader.float()?,
        returned: reader.tag()? != 0,
    })
}
