//! Which hours of a store are stale: judged by other measurements than there are now.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::rows;
use super::store_reader::Reading;
use crate::domain::digest::InputDigest;
use crate::domain::hour::Hour;
use crate::domain::interval::DAY;
use crate::domain::parameters::Parameter;
use crate::domain::stale::{Judged, Stale, stale};
use crate::error::Result;
use crate::store::Store;
use crate::store::codec::rows::figures;
use crate::store::layout::DataType;
use crate::store::runs::{self, Run};

/// What is stale in the hours that live detection has covered, by parameter. `measured` are the digests
/// of their measurements, by hour.
///
/// # Errors
/// When an object is missing or damaged, which is named; or when it was stopped.
pub fn of(
    store: &Store,
    runs: &[Run],
    covered: &Range<Hour>,
    measured: &BTreeMap<Parameter, Vec<(Hour, InputDigest)>>,
    reading: Reading,
) -> Result<Vec<(Parameter, Stale)>> {
    let within = |date: i64| date + DAY > covered.start.start() && date < covered.end.start();
    let objects = runs::visible_of(store, runs, DataType::Hourly)?.into_iter();
    let objects = objects.filter(|(name, _)| name.partition.date.is_some_and(within));
    let mut judged: BTreeMap<Parameter, Vec<Judged>> = BTreeMap::new();
    for (parameter, row) in rows::of(store, objects, reading, figures::read)? {
        judged.entry(parameter).or_default().push(Judged::from(&row));
    }
    judged.values_mut().for_each(|rows| rows.sort_by_key(|row| row.hour));
    let parameters: BTreeSet<&Parameter> = measured.keys().chain(judged.keys()).collect();
    let found = parameters.into_iter().filter_map(|parameter| {
        let judged = judged.get(parameter).map_or(&[][..], Vec::as_slice);
        let measured = measured.get(parameter).map_or(&[][..], Vec::as_slice);
        Some((parameter.clone(), stale(covered, None, judged, measured)?))
    });
    Ok(found.collect())
}
