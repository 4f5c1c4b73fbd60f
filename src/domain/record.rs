//! Records as columns: raw documents with their texts, and the measurements taken out of them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::measurement::{Aggregation, Millis};
use super::parameters::{Parameter, Parameters};
use super::texts::Texts;
use crate::domain::hour::Hour;

/// What a record tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Quantities at a moment.
    Metric,
    /// Something that happened.
    Event,
    /// A line of a log.
    Log,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Metric, Self::Event, Self::Log];

    /// Its name: `metric`, `event` or `log`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Metric => "metric",
            Self::Event => "event",
            Self::Log => "log",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Records of one source as columns of equal length, with their measurements.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordBatch {
    /// When what the records tell of happened.
    pub event_times: Vec<Millis>,
    /// What they are.
    pub kinds: Vec<Kind>,
    /// Where they are in their source: the line or, where there are no lines, the row, from 1.
    pub positions: Vec<u64>,
    /// What tells them apart: two records are the same when these are.
    pub identities: Vec<u128>,
    /// What they say, verbatim.
    pub texts: Texts,
    /// What was measured.
    pub measurements: RecordMeasurements,
}

/// Measurements of records as columns of equal length, in the order of the records. The time of a measurement is that of
/// its record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordMeasurements {
    /// What is measured.
    pub parameters: Parameters,
    /// For each measurement the place of its record in the batch.
    pub records: Vec<u32>,
    /// For each measurement the number of its parameter.
    pub numbers: Vec<u32>,
    /// The values.
    pub values: Vec<f64>,
}

/// A record of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// When what it tells of happened.
    pub event_time: Millis,
    /// What it is.
    pub kind: Kind,
    /// Where it is in its source.
    pub position: u64,
    /// What tells it apart from others.
    pub identity: u128,
    /// What it says, verbatim.
    pub text: &'a str,
}

/// Records of one UTC hour.
#[derive(Clone, Debug, PartialEq)]
pub struct HourPart {
    /// The hour: hours since 1970-01-01T00Z.
    pub hour: Hour,
    /// Its records, in the order in which they came.
    pub batch: RecordBatch,
}

impl RecordMeasurements {
    /// Adds a measurement of the record at this place.
    pub fn push(&mut self, record: u32, number: u32, value: f64) {
        self.records.push(record);
        self.numbers.push(number);
        self.values.push(value);
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, count: usize) {
        self.records.reserve_exact(count);
        self.numbers.reserve_exact(count);
        self.values.reserve_exact(count);
    }

    /// Takes away all but the first so many.
    pub fn truncate(&mut self, count: usize) {
        self.records.truncate(count);
        self.numbers.truncate(count);
        self.values.truncate(count);
    }

    /// What the measurement at this place is of.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn parameter(&self, index: usize) -> &Parameter {
        &self.parameters.all()[self.numbers[index] as usize]
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl RecordBatch {
    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.event_times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.event_times.is_empty()
    }

    /// Makes room for so many bytes of records in all, if those to come are like those that there are.
    pub fn reserve_for(&mut self, bytes: usize) {
        let more = |so_far: usize| {
            let all = so_far as f64 / self.texts.bytes().max(1) as f64 * bytes as f64;
            ((all * 1.02) as usize).saturating_sub(so_far)
        };
        let (records, measurements) = (more(self.len()), more(self.measurements.len()));
        self.event_times.reserve(records);
        self.kinds.reserve(records);
        self.positions.reserve(records);
        self.identities.reserve(records);
        self.texts.reserve(records, bytes.saturating_sub(self.texts.bytes()));
        self.measurements.reserve(measurements);
    }

    /// Adds a record; its measurements are added apart, before or after it.
    pub fn push(&mut self, record: &RecordRef<'_>) {
        self.event_times.push(record.event_time);
        self.kinds.push(record.kind);
        self.positions.push(record.position);
        self.identities.push(record.identity);
        self.texts.push(record.text);
    }

    /// The record at this place.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn record(&self, index: usize) -> RecordRef<'_> {
        RecordRef {
            event_time: self.event_times[index],
            kind: self.kinds[index],
            position: self.positions[index],
            identity: self.identities[index],
            text: self.texts.get(index),
        }
    }

    /// The measurements as rows: record, time, name, aggregation, value.
    pub fn rows(&self) -> impl Iterator<Item = (u32, Millis, &str, Aggregation, f64)> {
        let measurements = &self.measurements;
        let columns = measurements.records.iter().zip(&measurements.numbers).zip(&measurements.values);
        columns.map(|((record, number), value)| {
            let Parameter { name, aggregation } = &measurements.parameters.all()[*number as usize];
            (*record, self.event_times[*record as usize], &**name, *aggregation, *value)
        })
    }

    /// Adds all records of another batch, with their measurements.
    pub fn append(&mut self, other: &Self) {
        let numbers: Vec<u32> =
            other.measurements.parameters.all().iter().map(|p| self.measurements.parameters.number_of(p)).collect();
        let first = self.len() as u32;
        self.extend(other, 0..other.len());
        let (ours, theirs) = (&mut self.measurements, &other.measurements);
        ours.records.extend(theirs.records.iter().map(|record| first + record));
        ours.numbers.extend(theirs.numbers.iter().map(|number| numbers[*number as usize]));
        ours.values.extend_from_slice(&theirs.values);
    }

    /// Those records for which `keep` says so, with their measurements.
    #[must_use]
    pub fn only(&self, keep: &[bool]) -> Self {
        let mut batch = Self::default();
        let mut places = vec![u32::MAX; self.len()];
        for index in (0..self.len()).filter(|index| keep[*index]) {
            places[index] = batch.len() as u32;
            batch.push(&self.record(index));
        }
        let (ours, theirs) = (&mut batch.measurements, &self.measurements);
        for ((record, number), value) in theirs.records.iter().zip(&theirs.numbers).zip(&theirs.values) {
            let place = places[*record as usize];
            if place != u32::MAX {
                let number = ours.parameters.number_of(&theirs.parameters.all()[*number as usize]);
                ours.push(place, number, *value);
            }
        }
        batch
    }

    /// The records of each UTC hour, in the order of the hours; within an hour they keep theirs. A part has only those
    /// parameters that occur in it.
    #[must_use]
    pub fn by_hour(self) -> Vec<HourPart> {
        let hour_of = |time: &Millis| Hour::of(*time);
        let mut runs: BTreeMap<Hour, Vec<Range<usize>>> = BTreeMap::new();
        let mut start = 0;
        for run in self.event_times.chunk_by(|a, b| hour_of(a) == hour_of(b)) {
            runs.entry(hour_of(&run[0])).or_default().push(start..start + run.len());
            start += run.len();
        }
        if let (1, Some((hour, _))) = (runs.len(), runs.first_key_value()) {
            return vec![HourPart { hour: *hour, batch: self }];
        }
        let starts = self.measurement_starts();
        let mut known = vec![(None, 0); self.measurements.parameters.len()];
        let part = |(hour, runs): (Hour, Vec<Range<usize>>)| {
            let mut batch = Self::default();
            batch.reserve(&self, &starts, &runs);
            for run in runs {
                let (first, from) = (batch.len() as u32, run.start as u32);
                let measurements = starts[run.start]..starts[run.end];
                batch.extend(&self, run);
                let (ours, theirs) = (&mut batch.measurements, &self.measurements);
                ours.records.extend(theirs.records[measurements.clone()].iter().map(|record| record - from + first));
                ours.values.extend_from_slice(&theirs.values[measurements.clone()]);
                for number in &theirs.numbers[measurements] {
                    let known = &mut known[*number as usize];
                    if known.0 != Some(hour) {
                        *known = (Some(hour), ours.parameters.number_of(&theirs.parameters.all()[*number as usize]));
                    }
                    ours.numbers.push(known.1);
                }
            }
            HourPart { hour, batch }
        };
        runs.into_iter().map(part).collect()
    }

    /// Makes room for these records of another batch, of which the measurements of each begin at `starts`.
    fn reserve(&mut self, other: &Self, starts: &[usize], runs: &[Range<usize>]) {
        let records = runs.iter().map(ExactSizeIterator::len).sum();
        self.event_times.reserve_exact(records);
        self.kinds.reserve_exact(records);
        self.positions.reserve_exact(records);
        self.identities.reserve_exact(records);
        self.texts.reserve(records, runs.iter().map(|run| other.texts.bytes_of(run.clone())).sum());
        self.measurements.reserve(runs.iter().map(|run| starts[run.end] - starts[run.start]).sum());
    }

    /// Where the measurements of each record begin, and where those of the last one end.
    fn measurement_starts(&self) -> Vec<usize> {
        let mut starts = Vec::with_capacity(self.len() + 1);
        let mut at = 0;
        for record in 0..=self.len() as u32 {
            at += self.measurements.records[at..].iter().take_while(|of| **of < record).count();
            starts.push(at);
        }
        starts
    }

    /// Adds some records of another batch, without their measurements.
    fn extend(&mut self, other: &Self, records: Range<usize>) {
        self.event_times.extend_from_slice(&other.event_times[records.clone()]);
        self.kinds.extend_from_slice(&other.kinds[records.clone()]);
        self.positions.extend_from_slice(&other.positions[records.clone()]);
        self.identities.extend_from_slice(&other.identities[records.clone()]);
        self.texts.extend(&other.texts, records);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::measurement::HOUR;

    /// Records at these times, each with as many measurements as its position says, modulo 4.
    fn batch(times: &[Millis]) -> RecordBatch {
        let mut batch = RecordBatch::default();
        for (index, time) in times.iter().enumerate() {
            for i in 0..index % 4 {
                let number = batch.measurements.parameters.number(&format!("p{}", (index + i) % 5), Aggregation::None);
                batch.measurements.push(index as u32, number, index as f64 + i as f64 / 10.0);
            }
            let position = index as u64 + 1;
            let text = format!("text {}", "x".repeat(index % 3));
            let record = RecordRef { event_time: *time, kind: Kind::Metric, position, identity: 7, text: &text };
            batch.push(&record);
        }
        batch
    }

    type Row = (u64, String, Vec<(Millis, String, u64)>);

    /// Everything about a batch, whatever the numbers of its parameters.
    fn content(batch: &RecordBatch) -> Vec<Row> {
        let record = |index: usize| {
            let RecordRef { position, text, .. } = batch.record(index);
            (position, text.to_owned(), Vec::new())
        };
        let mut all: Vec<Row> = (0..batch.len()).map(record).collect();
        for (record, time, name, _, value) in batch.rows() {
            all[record as usize].2.push((time, name.to_owned(), value.to_bits()));
        }
        all
    }

    #[test]
    fn kinds_have_names() {
        for kind in [Kind::Metric, Kind::Event, Kind::Log] {
            assert_eq!(Kind::parse(kind.name()), Some(kind));
        }
        assert_eq!(Kind::parse("Metric"), None);
    }

    #[test]
    fn a_part_has_only_the_parameters_that_occur_in_it() {
        let parts = batch(&[0, 0, HOUR, -1]).by_hour();
        assert_eq!(parts.iter().map(|part| part.hour).collect::<Vec<_>>(), [-1, 0, 1].map(Hour::new));
        assert_eq!(parts.iter().map(|part| part.batch.len()).collect::<Vec<_>>(), [1, 2, 1]);
        let names = |part: &HourPart| part.batch.measurements.parameters.len();
        assert_eq!(parts.iter().map(names).collect::<Vec<_>>(), [3, 1, 2]);
        assert!(RecordBatch::default().by_hour().is_empty());
    }

    proptest! {
        #[test]
        fn parts_are_what_a_filter_gives_and_append_puts_them_together(
            hours in prop::collection::vec(-2i64..3, 0..40), cut in 0usize..40
        ) {
            let times: Vec<Millis> = hours.iter().map(|hour| hour * HOUR + 5).collect();
            let whole = batch(&times);
            let parts = whole.clone().by_hour();
            prop_assert!(parts.is_sorted_by(|a, b| a.hour < b.hour));
            let mut all = Vec::new();
            for part in &parts {
                let mut expected = content(&whole);
                expected.retain(|row| Hour::of(times[row.0 as usize - 1]) == part.hour);
                prop_assert_eq!(content(&part.batch), expected);
                all.extend(content(&part.batch));
            }
            prop_assert_eq!(all.len(), whole.len());
            let mut together = RecordBatch::default();
            let cut = cut.min(parts.len());
            parts[..cut].iter().chain(&parts[cut..]).for_each(|part| together.append(&part.batch));
            prop_assert_eq!(content(&together), all);
        }
    }
}
