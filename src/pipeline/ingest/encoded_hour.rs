//! Records of an hour that have been made into objects before all was read, so that they take less room.
//!
//! Most hours are complete as soon as later ones are read. What they become is then known but for its number, and takes
//! a sixth of the room of records. If more records of the hour come, or are in the store, the objects are read again.

use std::sync::Arc;

use super::hour::Sources;
use super::hour_buffer::Part;
use super::spill::{Place, Spill};
use crate::domain::hour::Hour;
use crate::domain::measurement::Millis;
use crate::domain::parameters::Parameters;
use crate::domain::record::{RecordBatch, RecordMeasurements};
use crate::error::{Error, Result};
use crate::source::records::{self, Identity};
use crate::store::codec::rows::measurements::Measurements;
use crate::store::codec::rows::raw::RawRows;
use crate::store::codec::text_column::TextColumn;

/// How much goes into a raw object; what comes then goes into the next.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// How many records.
    pub records: usize,
    /// How many bytes of text.
    pub bytes: usize,
}

/// What the objects are called in messages.
const NAME: &str = "records that were put aside";

/// The two objects that records become.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// The object of the records.
    pub raw: Vec<u8>,
    /// The object of their measurements.
    pub measurements: Vec<u8>,
    /// How many records there are.
    pub records: u64,
    /// How many measurements they have.
    pub values: u64,
}

/// Records of an hour, all of one source, as objects.
#[derive(Clone, Debug)]
pub struct EncodedHour {
    source: u32,
    objects: Objects,
}

/// Where the objects are.
#[derive(Clone, Debug)]
enum Objects {
    Held(Encoded),
    /// In a temporary file, one after the other.
    Spilled {
        place: Place,
        /// How many bytes the first has.
        first: usize,
        records: u64,
        values: u64,
    },
}

impl Most {
    /// What is right for all stores.
    pub const ORDINARY: Self = Self { records: 1 << 20, bytes: 256 << 20 };

    /// Whether nothing more goes into an object that has these.
    #[must_use]
    pub fn is_reached(self, records: usize, bytes: usize) -> bool {
        records >= self.records || bytes >= self.bytes
    }
}

impl Encoded {
    /// The objects of records that come in now.
    ///
    /// # Errors
    /// When a page would have 2 GiB or more, which Parquet does not allow.
    pub fn of(batch: RecordBatch, sources: TextColumn, now: Millis) -> Result<Self> {
        let (records, values) = (batch.len() as u64, batch.measurements.len() as u64);
        let measurements = Measurements::of(&batch).encode()?;
        let ingested_at = vec![now; batch.len()];
        let RecordBatch { event_times, kinds, positions, texts, .. } = batch;
        let positions = positions.into_iter().map(|position| position as i64).collect();
        let raw = RawRows { event_times, kinds, records: texts, sources, positions, ingested_at }.encode()?;
        Ok(Self { raw, measurements, records, values })
    }
}

impl EncodedHour {
    /// Packs parts of one source, in their order.
    ///
    /// # Errors
    /// When a page would have 2 GiB or more, which Parquet does not allow.
    pub fn of(parts: Vec<Part>, labels: &[Arc<str>], now: Millis) -> Result<Self> {
        let mut parts = parts.into_iter();
        let Part { source, mut batch } = parts.next().unwrap_or_default();
        parts.for_each(|part| batch.append(&part.batch));
        let mut sources = Sources::default();
        sources.add(source, batch.len(), labels);
        Ok(Self::of_objects(source, Encoded::of(batch, sources.column, now)?))
    }

    /// Objects that records of a source have become.
    #[must_use]
    pub fn of_objects(source: u32, mut objects: Encoded) -> Self {
        objects.raw.shrink_to_fit();
        objects.measurements.shrink_to_fit();
        Self { source, objects: Objects::Held(objects) }
    }

    /// The source of the records, by its place among all.
    #[must_use]
    pub fn source(&self) -> u32 {
        self.source
    }

    /// How many bytes of memory it takes.
    #[must_use]
    pub fn held(&self) -> usize {
        match &self.objects {
            Objects::Held(objects) => objects.raw.len() + objects.measurements.len(),
            Objects::Spilled { .. } => 0,
        }
    }

    /// How many bytes the objects have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &self.objects {
            Objects::Held(objects) => objects.raw.len() + objects.measurements.len(),
            Objects::Spilled { place, .. } => place.bytes(),
        }
    }

    /// Goes into a temporary file, with others of about this hour.
    ///
    /// # Errors
    /// When that can't be written.
    pub fn spill(&mut self, hour: Hour, spill: &mut Spill) -> Result<()> {
        if let Objects::Held(Encoded { raw, measurements, records, values }) = &mut self.objects {
            let (first, records, values) = (raw.len(), *records, *values);
            raw.append(measurements);
            self.objects = Objects::Spilled { place: spill.append(hour, raw)?, first, records, values };
        }
        Ok(())
    }

    /// The objects.
    ///
    /// # Errors
    /// When the temporary file can't be read.
    pub fn into_objects(self, spill: Option<&Spill>) -> Result<Encoded> {
        match (self.objects, spill) {
            (Objects::Held(objects), _) => Ok(objects),
            (Objects::Spilled { place, first, records, values }, Some(spill)) => {
                let mut raw = spill.bytes(&place)?;
                let measurements = raw.split_off(first);
                raw.shrink_to_fit();
                Ok(Encoded { raw, measurements, records, values })
            }
            (Objects::Spilled { .. }, None) => Err(Error::failed("a temporary file is missing; this is a bug")),
        }
    }

    /// The records again, which are told apart as `identity` says.
    ///
    /// # Errors
    /// When the temporary file can't be read.
    pub fn unpack(&self, spill: Option<&Spill>, identity: &Identity) -> Result<Part> {
        let objects = self.clone().into_objects(spill)?;
        let rows = RawRows::read(NAME, objects.raw)?;
        let positions: Vec<u64> = rows.positions.iter().map(|position| *position as u64).collect();
        let sources = rows.sources.iter().map(Option::unwrap_or_default);
        let of = rows.records.iter().zip(sources).zip(&positions).map(|((text, source), at)| (text, source, *at));
        let identities = records::identities(of, identity);
        let measurements = in_order(&Measurements::read_with_rows(NAME, objects.measurements)?, rows.len());
        let RawRows { event_times, kinds, records: texts, .. } = rows;
        let batch = RecordBatch { event_times, kinds, positions, identities, texts, measurements };
        Ok(Part { source: self.source, batch })
    }
}

/// Measurements in the order of their records, of which there are so many.
fn in_order(measurements: &Measurements, records: usize) -> RecordMeasurements {
    // How many each record has, then where its next one goes.
    let mut next = vec![0_usize; records];
    measurements.record_rows.iter().for_each(|row| next[*row as usize] += 1);
    let mut start = 0;
    next.iter_mut().for_each(|next| start += std::mem::replace(next, start));
    let mut parameters = Parameters::default();
    let all = measurements.len();
    let (mut of, mut numbers, mut values) = (vec![0; all], vec![0; all], vec![0.0; all]);
    for (parameter, rows) in measurements.runs() {
        let number = parameters.number_of(parameter);
        for row in rows {
            let record = measurements.record_rows[row];
            let at = &mut next[record as usize];
            (of[*at], numbers[*at], values[*at]) = (record as u32, number, measurements.values[row]);
            *at += 1;
        }
    }
    RecordMeasurements { parameters, records: of, numbers, values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::ReadOptions;
    use crate::source::records::{Mapping, read_again};

    fn part(identity: Identity) -> (Part, Identity) {
        let mapping = Mapping { identity, ..Mapping::default() };
        let text = |i: i64| match i % 4 {
            0 => format!(r#"{{"time":{},"cpu":{i},"ü":-0.0}}"#, 1_700_000_000 - i % 7),
            1 => format!(r#"{{"time":{},"event":"start","id":{i}}}"#, 1_700_000_000 + i % 5),
            2 => format!(r#"{{"time":{},"loads":[1,{i},0.5],"cpu":1e-300}}"#, 1_700_000_000),
            _ => format!(r#"{{"time":{},"level":"warn","message":"{i}"}}"#, 1_700_000_000 + i),
        };
        let texts: Vec<String> = (0..500).map(text).collect();
        let read = read_again(texts.iter().map(String::as_str), "b", &ReadOptions::default(), &mapping);
        assert!(read.bad.is_empty() && read.records.len() == 500);
        (Part { source: 1, batch: read.records }, mapping.identity)
    }

    /// Everything about a record, with its measurements in the order of their names.
    fn content(batch: &RecordBatch) -> Vec<String> {
        let mut all: Vec<Vec<String>> =
            (0..batch.len()).map(|index| vec![format!("{:?}", batch.record(index))]).collect();
        let mut last = 0;
        for (record, _, name, aggregation, value) in batch.rows() {
            assert!(record >= last, "measurements are in the order of the records");
            last = record;
            all[record as usize].push(format!("{name} {aggregation:?} {:?}", value.to_bits()));
        }
        all.iter_mut().for_each(|all| all[1..].sort());
        all.into_iter().map(|all| all.join("; ")).collect()
    }

    #[test]
    fn what_is_packed_is_the_same_when_it_is_unpacked() {
        let labels: Vec<Arc<str>> = ["a", "b"].map(Arc::from).into();
        for identity in [Identity::Text, Identity::Position, Identity::Field("id".to_owned())] {
            let (part, identity) = part(identity);
            let halves = [0..250, 250..500].map(|half| {
                let keep: Vec<bool> = (0..500).map(|index| half.contains(&index)).collect();
                Part { source: 1, batch: part.batch.only(&keep) }
            });
            let mut packed = EncodedHour::of(halves.into(), &labels, 7).unwrap();
            assert_eq!(content(&packed.unpack(None, &identity).unwrap().batch), content(&part.batch));
            let encoded = packed.clone().into_objects(None).unwrap();
            assert_eq!((encoded.records, encoded.values), (500, part.batch.measurements.len() as u64));
            assert_eq!(packed.held(), encoded.raw.len() + encoded.measurements.len());
            let mut spill = Spill::new().unwrap();
            packed.spill(Hour::new(472_222), &mut spill).unwrap();
            assert_eq!((packed.held(), packed.source()), (0, 1));
            assert_eq!(packed.clone().into_objects(Some(&spill)).unwrap(), encoded);
            let again = packed.unpack(Some(&spill), &identity).unwrap();
            assert_eq!(again.source, 1);
            let rows = TextColumn::of((0..500).map(|_| Some("b")));
            assert_eq!(Encoded::of(again.batch, rows, 7).unwrap(), encoded);
        }
    }
}
