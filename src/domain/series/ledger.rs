//! What is kept of a series for a store: the EMA, the figures of hours and longer intervals, what is known of each hour
//! of the week, and the digests by which all of it can be checked.

use super::Learned;
use super::learned::Known;
use crate::domain::aggregate::{Figures, Folding, HourFigures, Hours, Row, ValueEma};
use crate::domain::bytes::{Reader, Writer};
use crate::domain::detector::Method;
use crate::domain::digest::{InputDigest, Sha256, StateDigest};
use crate::domain::hour::Hour;
use crate::domain::interval::Unit;
use crate::domain::measurement::{Aggregation, Millis};
use crate::domain::moments::Moments;
use crate::domain::parameters::Parameter;
use crate::domain::zone::{SLOTS, Zone};

/// The ledger of a series.
#[derive(Debug)]
pub(super) struct Ledger {
    /// The EMA, and the figures of the hour that is under way.
    pub hours: Hours,
    /// The hour that is under way or comes next; `None` before the first measurement.
    pub next: Option<Hour>,
    /// The hour of the last value before the hour that is under way.
    pub previous: Option<Hour>,
    /// The digest of the occurrences of the hour that is under way; minutes without are no input. `None` for what is
    /// measured, whose values are the input.
    pub occurrences: Option<InputDigest>,
    /// The digest of the state before the hour that is under way.
    pub state_digest: StateDigest,
    /// What live detection keeps; `None` in training.
    pub live: Option<Live>,
}

/// What live detection keeps besides.
#[derive(Debug)]
pub(super) struct Live {
    /// What is known of each hour of the week.
    pub learned: Learned,
    /// Intervals that have begun, of hours that were detected.
    pub folds: [Folding; 4],
}

impl Live {
    pub fn new(learned: Learned) -> Self {
        Self { learned, folds: Unit::FOLDED.map(Folding::new) }
    }
}

impl Ledger {
    /// The ledger before the first value of a parameter. `settings` is the digest of the settings that decide results.
    pub fn new(parameter: &Parameter, method: Method, settings: &Sha256) -> Self {
        let (aggregation, occurrences) = match parameter.aggregation {
            Aggregation::None => ("none", None),
            Aggregation::Count => ("count", Some(InputDigest::EMPTY)),
        };
        let origin = [method.id(), &settings.to_string(), aggregation];
        Self {
            hours: Hours::default(),
            next: None,
            previous: None,
            occurrences,
            state_digest: StateDigest::before_all(&parameter.name, &origin),
            live: None,
        }
    }

    /// Begins with this hour, if nothing has come before.
    pub fn begin(&mut self, hour: Hour) {
        self.next.get_or_insert(hour);
    }

    /// Adds occurrences of the hour that is under way to its input.
    pub fn add_occurrences(&mut self, times: &[Millis], weights: &[f64]) {
        if let Some(digest) = &mut self.occurrences {
            *digest = digest.and(InputDigest::of(times, weights));
        }
    }

    /// Ends the hour that is under way; returns its row if it had values.
    pub fn end_hour(&mut self, hour: Hour, model_version: u32) -> Option<Row> {
        self.next = Some(hour.next());
        let occurrences = self.occurrences;
        self.occurrences = occurrences.map(|_| InputDigest::EMPTY);
        let figures = self.hours.close()?;
        let input_digest = occurrences.unwrap_or(figures.input_digest);
        self.state_digest = self.state_digest.after(hour, input_digest, model_version);
        let row = HourFigures { input_digest, ..figures }.row(self.state_digest, model_version);
        if let Some(live) = &mut self.live {
            live.learned.take(hour, row.figures.moments, self.previous);
        }
        self.previous = Some(hour);
        Some(row)
    }

    pub fn write(&self, writer: &mut Writer) {
        self.hours.write(writer);
        writer.some(self.next.map(Hour::number), Writer::time);
        writer.some(self.previous.map(Hour::number), Writer::time);
        writer.some(self.occurrences, |writer, digest| writer.fixed(&digest.bytes()));
        writer.fixed(self.state_digest.sha256().bytes());
        writer.some(self.live.as_ref(), |writer, Live { learned, folds }| {
            folds.iter().for_each(|fold| writer.some(fold.unfinished(), write_row));
            for Known { moments, weeks } in learned.slots() {
                writer.count(moments.count());
                writer.float(moments.mean());
                writer.float(moments.squares());
                writer.count((*weeks).into());
            }
        });
    }

    pub fn read(reader: &mut Reader, zone: Zone) -> Option<Self> {
        Some(Self {
            hours: Hours::read(reader)?,
            next: reader.some(Reader::time)?.map(Hour::new),
            previous: reader.some(Reader::time)?.map(Hour::new),
            occurrences: reader.some(|reader| Some(InputDigest::from_bytes(reader.fixed()?)))?,
            state_digest: StateDigest::from_sha256(Sha256::from_bytes(reader.fixed()?)),
            live: reader.some(|reader| read_live(reader, zone))?,
        })
    }
}

fn read_live(reader: &mut Reader, zone: Zone) -> Option<Live> {
    let mut folds = Unit::FOLDED.map(Folding::new);
    for (unit, fold) in Unit::FOLDED.into_iter().zip(&mut folds) {
        *fold = Folding::resumed(unit, reader.some(read_row)?);
    }
    let slots = (0..SLOTS).map(|_| {
        let moments = Moments::from_parts(reader.count()?, reader.float()?, reader.float()?);
        Some(Known { moments, weeks: reader.count()?.try_into().ok()? })
    });
    let learned = Learned::from_slots(zone, slots.collect::<Option<_>>()?);
    Some(Live { learned, folds })
}

fn write_row(writer: &mut Writer, row: &Row) {
    let Row { start, figures, input_digest, state_digest, model_version } = row;
    let Figures { moments, min, max, first, last, ema } = figures;
    writer.time(*start);
    writer.count(moments.count());
    let (count, sum, value) = ema.parts();
    let numbers = [moments.mean(), moments.squares(), *min, *max, *first, *last, sum, value];
    numbers.into_iter().for_each(|number| writer.float(number));
    writer.count(count);
    writer.fixed(&input_digest.bytes());
    writer.fixed(state_digest.sha256().bytes());
    writer.count((*model_version).into());
}

fn read_row(reader: &mut Reader) -> Option<Row> {
    let (start, values) = (reader.time()?, reader.count()?);
    let mut numbers = [0.0; 8];
    for number in &mut numbers {
        *number = reader.float()?;
    }
    let [mean, squares, min, max, first, last, sum, value] = numbers;
    let ema = ValueEma::from_parts(reader.count()?, sum, value);
    let moments = Moments::from_parts(values, mean, squares);
    Some(Row {
        start,
        figures: Figures { moments, min, max, first, last, ema },
        input_digest: InputDigest::from_bytes(reader.fixed()?),
        state_digest: StateDigest::from_sha256(Sha256::from_bytes(reader.fixed()?)),
        model_version: reader.count()?.try_into().ok()?,
    })
}
