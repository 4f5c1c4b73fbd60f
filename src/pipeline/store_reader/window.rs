//! Some hours of measurements, and how they are handed on by parameter.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::{Object, StoreReader};
use crate::domain::digest::InputDigest;
use crate::domain::measurement::{Aggregation, HOUR, MINUTE, Millis, canonical_order};
use crate::domain::parameters::Parameter;
use crate::error::Result;
use crate::parallel::for_each;
use crate::store::codec::rows::measurements::{MEASUREMENTS, Measurements};
use crate::store::codec::table::TableFile;

/// Minutes in an hour.
const MINUTES: i64 = HOUR / MINUTE;

/// The measurements of an hour, of all its objects.
pub struct HourData {
    /// Hours since 1970-01-01T00Z.
    pub hour: i64,
    /// The measurements, each parameter in canonical order, without where they come from.
    pub measurements: Measurements,
    /// The objects, in the order of their numbers, for whoever asks where measurements come from.
    pub(super) files: Vec<TableFile>,
}

/// Some hours, one after the other.
pub struct Window {
    /// All of them, also those without measurements.
    pub hours: Range<i64>,
    data: Vec<HourData>,
}

/// What a window has of one parameter.
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    /// All hours of the window.
    pub hours: Range<i64>,
    /// Those in which there is something, in order.
    pub parts: Vec<Part<'a>>,
}

/// What an hour has of one parameter; never nothing.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    /// Hours since 1970-01-01T00Z.
    pub hour: i64,
    /// The times, in canonical order. Of what is counted, the minutes: all of the hour, or those from the first
    /// occurrence on where that is in this hour.
    pub times: Cow<'a, [Millis]>,
    /// The values; of what is counted the sum in each minute, 0 where there are none.
    pub values: Cow<'a, [f64]>,
    /// Of what is counted, the digest of the occurrences, since minutes without are no input. Of measured values that
    /// digest is the one of the times and values above, and whoever needs it can make it.
    pub counted: Option<InputDigest>,
}

impl Part<'_> {
    /// The digest of the measurements that are in the store.
    #[must_use]
    pub fn input_digest(&self) -> InputDigest {
        self.counted.unwrap_or_else(|| InputDigest::of(&self.times, &self.values))
    }
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
    pub(super) fn new(hours: Range<i64>) -> Self {
        Self { hours, data: Vec::new() }
    }

    pub(super) fn push(&mut self, data: HourData) {
        self.data.push(data);
    }

    /// What an hour has, if anything.
    pub(super) fn hour(&self, hour: i64) -> Option<&HourData> {
        let place = self.data.binary_search_by_key(&hour, |data| data.hour).ok()?;
        self.data.get(place)
    }

    /// The hours that have objects, in order.
    pub fn present(&self) -> impl Iterator<Item = i64> {
        self.data.iter().map(|data| data.hour)
    }

    /// Takes each parameter a step further, in parallel over the parameters: those that have a state in `states`, and
    /// those that appear in this window, whose state `new` makes. A parameter that has a state gets a stretch also where
    /// it has no measurements, so that it hears of time passing; and if it is counted, its minutes without occurrences
    /// are 0 then. One that appears begins with its first measurement.
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
        let mut appeared = Vec::new();
        for parameter in rows.keys().filter(|parameter| !states.contains_key(**parameter)) {
            appeared.push((*parameter).clone());
        }
        for parameter in &appeared {
            states.insert(parameter.clone(), new(parameter));
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
            let parts = rows.into_iter().map(|(index, range)| self.part(index, range));
            let parts = match parameter.aggregation {
                Aggregation::None => parts.collect(),
                Aggregation::Count => {
                    let known = appeared.binary_search(parameter).is_err();
                    self.minutes(parts.collect(), known)
                }
            };
            step(parameter, state, Stretch { hours: self.hours.clone(), parts })
        })
    }

    fn part(&self, index: usize, rows: Range<usize>) -> Part<'_> {
        let HourData { hour, measurements, .. } = &self.data[index];
        let (times, values) = (&measurements.times[rows.clone()], &measurements.values[rows]);
        Part { hour: *hour, times: Cow::Borrowed(times), values: Cow::Borrowed(values), counted: None }
    }

    /// Occurrences by minute, in all hours of the window or, if the parameter was not known before, from the first one on.
    fn minutes<'a>(&self, occurrences: Vec<Part>, known: bool) -> Vec<Part<'a>> {
        let first = occurrences.first().and_then(|part| part.times.first()).map(|time| time.div_euclid(MINUTE));
        let start = if known { Some(self.hours.start * MINUTES) } else { first };
        let Some(start) = start else { return Vec::new() };
        let mut occurrences = occurrences.into_iter().peekable();
        let hours = start.div_euclid(MINUTES)..self.hours.end;
        let part = |hour| {
            let minutes = start.max(hour * MINUTES)..(hour + 1) * MINUTES;
            let mut values = vec![0.0; (minutes.end - minutes.start) as usize];
            let mut counted = InputDigest::EMPTY;
            if let Some(part) = occurrences.next_if(|part| part.hour == hour) {
                counted = InputDigest::of(&part.times, &part.values);
                for (time, weight) in part.times.iter().zip(&*part.values) {
                    let minute = time.div_euclid(MINUTE) - minutes.start;
                    if let Some(value) = usize::try_from(minute).ok().and_then(|minute| values.get_mut(minute)) {
                        *value += weight;
                    }
                }
            }
            let times: Vec<Millis> = minutes.map(|minute| minute * MINUTE).collect();
            Part { hour, times: Cow::Owned(times), values: Cow::Owned(values), counted: Some(counted) }
        };
        hours.map(part).collect()
    }
}

impl StoreReader {
    /// The measurements of an hour, of all its objects.
    pub(super) fn decode(&self, hour: i64, objects: &[Object]) -> Result<HourData> {
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
