//! Some hours of measurements, and how they are handed on by parameter.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Object, StoreReader};
use crate::domain::digest::InputDigest;
use crate::domain::hour::Hour;
use crate::domain::measurement::{Millis, canonical_order};
use crate::domain::parameters::Parameter;
use crate::error::Result;
use crate::parallel::for_each;
use crate::store::codec::rows::measurements::{MEASUREMENTS, Measurements};
use crate::store::codec::table::TableFile;

/// The measurements of an hour, of all its objects.
pub struct HourData {
    /// Hours since 1970-01-01T00Z.
    pub hour: Hour,
    /// The measurements, each parameter in canonical order, without where they come from.
    pub measurements: Measurements,
    /// The objects, in the order of their numbers, to look up where measurements come from.
    pub(super) files: Vec<TableFile>,
}

/// Some hours, one after the other.
pub struct Window {
    /// All of them, also those without measurements.
    pub hours: Range<Hour>,
    data: Vec<HourData>,
}

/// What a window has of one parameter.
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    /// All hours of the window.
    pub hours: Range<Hour>,
    /// The measurements of those hours in which there are some, in canonical order: times and values. Of what is counted
    /// they are occurrences and how often each counts.
    pub parts: Vec<(&'a [Millis], &'a [f64])>,
}

impl HourData {
    /// The digests of the measurements of each parameter.
    #[must_use]
    pub fn input_digests(&self) -> Vec<(Parameter, InputDigest)> {
        let Measurements { times, values, .. } = &self.measurements;
        let digest = |rows: Range<usize>| InputDigest::of(&times[rows.clone()], &values[rows]);
        self.measurements.runs().map(|(parameter, rows)| (parameter.clone(), digest(rows))).collect()
    }
}

impl Window {
    pub(super) fn new(hours: Range<Hour>) -> Self {
        Self { hours, data: Vec::new() }
    }

    pub(super) fn push(&mut self, data: HourData) {
        self.data.push(data);
    }

    /// What an hour has, if anything.
    pub(super) fn hour(&self, hour: Hour) -> Option<&HourData> {
        let place = self.data.binary_search_by_key(&hour, |data| data.hour).ok()?;
        self.data.get(place)
    }

    /// The hours that have objects, in order.
    pub fn present(&self) -> impl Iterator<Item = Hour> {
        self.data.iter().map(|data| data.hour)
    }

    /// Takes each parameter a step further, in parallel over the parameters: those that have a state in `states`, and
    /// those that appear in this window, whose state `new` makes. A parameter that has a state gets a stretch also where
    /// it has no measurements, so that it hears of time passing.
    ///
    /// # Errors
    /// Those of `step`.
    pub fn fold<S: Send>(
        &self,
        threads: usize,
        states: &mut BTreeMap<Parameter, S>,
        mut new: impl FnMut(&Parameter) -> S,
        step: impl Fn(&Parameter, &mut S, Stretch) -> Result<()> + Sync,
    ) -> Result<()> {
        let mut rows: BTreeMap<&Parameter, Vec<(usize, Range<usize>)>> = BTreeMap::new();
        for (index, data) in self.data.iter().enumerate() {
            for (parameter, range) in data.measurements.runs() {
                rows.entry(parameter).or_default().push((index, range));
            }
        }
        for parameter in rows.keys().copied() {
            if !states.contains_key(parameter) {
                states.insert(parameter.clone(), new(parameter));
            }
        }
        let size = |rows: &[(usize, Range<usize>)]| rows.iter().map(|(_, range)| range.len()).sum::<usize>();
        let mut work: Vec<_> = states
            .iter_mut()
            .map(|(parameter, state)| {
                let rows = rows.remove(parameter).unwrap_or_default();
                (parameter, state, size(&rows), rows)
            })
            .collect();
        // the largest first, so that no thread is left with it at the end
        work.sort_by_key(|(_, _, size, _)| std::cmp::Reverse(*size));
        for_each(threads, work.into_iter(), |(parameter, state, _, rows)| {
            let parts = rows.into_iter().map(|(index, rows)| {
                let Measurements { times, values, .. } = &self.data[index].measurements;
                (&times[rows.clone()], &values[rows])
            });
            step(parameter, state, Stretch { hours: self.hours.clone(), parts: parts.collect() })
        })
    }
}

impl StoreReader {
    /// The measurements of an hour, of all its objects.
    pub(super) fn decode(&self, hour: Hour, objects: &[Object]) -> Result<HourData> {
        let open = |object: &Object| {
            let key = &object.used.name;
            MEASUREMENTS.open(key, self.store.read_verified(key, &object.used.sha256)?)
        };
        let files = objects.iter().map(open).collect::<Result<Vec<_>>>()?;
        let mut parts = files.iter().map(Measurements::of_file).collect::<Result<Vec<_>>>()?;
        let measurements = match parts.len() {
            1 => parts.remove(0),
            _ => merged(&parts),
        };
        Ok(HourData { hour, measurements, files })
    }
}

/// The measurements of several objects of an hour, in canonical order.
fn merged(objects: &[Measurements]) -> Measurements {
    let mut rows: BTreeMap<&Parameter, Vec<(Millis, f64)>> = BTreeMap::new();
    for object in objects {
        for (parameter, range) in object.runs() {
            let values = object.values[range.clone()].iter().copied();
            rows.entry(parameter).or_default().extend(object.times[range].iter().copied().zip(values));
        }
    }
    let mut merged = Measurements::default();
    for (parameter, mut rows) in rows {
        rows.sort_by(|a, b| canonical_order(*a, *b));
        merged.times.extend(rows.iter().map(|row| row.0));
        merged.values.extend(rows.iter().map(|row| row.1));
        merged.series.push((parameter.clone(), merged.times.len()));
    }
    merged
}
