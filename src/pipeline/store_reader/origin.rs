//! Looks up where measurements come from: only for the few that need it, so that the others need not carry it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::{HourData, Reading, StoreReader, Window};
use crate::domain::alert::Origin;
use crate::domain::hour::Hour;
use crate::domain::measurement::{Aggregation, MINUTE, Millis};
use crate::domain::parameters::Parameter;
use crate::error::{Error, Result};
use crate::parallel::ordered_map;
use crate::store::codec::rows::measurements::Measurements;
use crate::store::layout::{DataType, ObjectName};

/// A measurement whose origin is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What was measured or counted.
    pub parameter: Parameter,
    /// When; of what is counted, the minute.
    pub time: Millis,
    /// What was measured; of what is counted it doesn't matter.
    pub value: f64,
}

impl StoreReader {
    /// The records that measurements of a window were taken from, in the order in which it was asked; `None` for those that
    /// are not in it, such as minutes without occurrences. Of equal measurements it is the first record in the first
    /// object, and of a minute its first occurrence.
    ///
    /// # Errors
    /// When an object is damaged, which is named; or when it was stopped.
    pub fn origins(&self, window: &Window, wanted: &[Wanted], reading: Reading) -> Result<Vec<Option<Origin>>> {
        let mut by_hour: BTreeMap<Hour, Vec<usize>> = BTreeMap::new();
        for (index, wanted) in wanted.iter().enumerate() {
            by_hour.entry(Hour::of(wanted.time)).or_default().push(index);
        }
        let mut origins = vec![None; wanted.len()];
        let look_up = |(hour, indices): (Hour, Vec<usize>)| {
            reading.stop.check()?;
            let all: Vec<&Wanted> = indices.iter().map(|index| &wanted[*index]).collect();
            let found = window.hour(hour).map(|data| self.origins_in(data, &all)).transpose()?;
            Ok((indices, found.unwrap_or_default()))
        };
        ordered_map(reading.threads, by_hour.into_iter(), look_up, |found: Result<_>| {
            let (indices, found) = found?;
            indices.into_iter().zip(found).for_each(|(index, origin)| origins[index] = origin);
            Ok::<(), Error>(())
        })?;
        Ok(origins)
    }

    fn origins_in(&self, data: &HourData, wanted: &[&Wanted]) -> Result<Vec<Option<Origin>>> {
        let mut found: Vec<Option<(Millis, Origin)>> = vec![None; wanted.len()];
        let objects = self.hours.get(&data.hour).map_or(&[][..], Vec::as_slice);
        for (object, file) in objects.iter().zip(&data.files) {
            let key = &object.used.name;
            // those of a single object were not mixed with others
            let measurements = match objects.len() {
                1 => Cow::Borrowed(&data.measurements),
                _ => Cow::Owned(Measurements::of_file(file)?),
            };
            let record_rows = Measurements::record_rows(file)?;
            let name = self.store.layout().parse(key).map(|name| ObjectName { data_type: DataType::Raw, ..name });
            let raw: Arc<str> = name.map_or_else(|| key.clone(), |name| name.key()).into();
            let sha256 = *self.raw.get(&(data.hour, object.number)).ok_or_else(|| {
                Error::failed(format!("{key} was taken out of {raw}, which no run has written"))
                    .hint("the document of the run that wrote it was changed by hand, or is missing")
            })?;
            for (wanted, found) in wanted.iter().zip(&mut found) {
                let row = place(&measurements, wanted).map(|place| (measurements.times[place], place));
                // of what is counted, the first of all objects
                let Some((time, place)) = row.filter(|(time, _)| found.as_ref().is_none_or(|(seen, _)| time < seen))
                else {
                    continue;
                };
                let (object, row) = (Arc::clone(&raw), record_rows[place]);
                *found = Some((time, Origin { object, sha256, row: row.unsigned_abs() }));
            }
        }
        Ok(found.into_iter().map(|found| found.map(|(_, origin)| origin)).collect())
    }
}

/// The row of a measurement, or the first one of a minute.
fn place(measurements: &Measurements, wanted: &Wanted) -> Option<usize> {
    let index = measurements.series.binary_search_by(|(parameter, _)| parameter.cmp(&wanted.parameter)).ok()?;
    let start = index.checked_sub(1).map_or(0, |before| measurements.series[before].1);
    let rows = start..measurements.series[index].1;
    let times = &measurements.times[rows.clone()];
    let before = |time: Millis| start + times.partition_point(|other| *other < time);
    match wanted.parameter.aggregation {
        Aggregation::Count => {
            let minute: Range<usize> = before(wanted.time)..before(wanted.time + MINUTE);
            (!minute.is_empty()).then_some(minute.start)
        }
        Aggregation::None => {
            let mut same = before(wanted.time)..before(wanted.time + 1);
            same.find(|row| measurements.values[*row].to_bits() == wanted.value.to_bits())
        }
    }
}
