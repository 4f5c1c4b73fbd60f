//! Which hours of a store are stale: judged by other measurements than there are now.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::rows;
use super::stored::Reading;
use crate::domain::digest::InputDigest;
use crate::domain::interval::DAY;
use crate::domain::measurement::HOUR;
use crate::domain::parameters::Parameter;
use crate::domain::stale::{Judged, Stale, stale};
use crate::error::Result;
use crate::store::Store;
use crate::store::codec::rows::figures;
use crate::store::layout::DataType;
use crate::store::runs::{self, Run};

/// What is stale in the hours that live detection has covered, by the names of the parameters. `measured` are the digests
/// of their measurements, by hour.
///
/// # Errors
/// When an object is missing or damaged, which is named; or when it was stopped.
pub fn of(
    store: &Store,
    runs: &[Run],
    covered: &Range<i64>,
    measured: &BTreeMap<Parameter, Vec<(i64, InputDigest)>>,
    reading: Reading,
) -> Result<Vec<(Arc<str>, Stale)>> {
    let within = |date: i64| date + DAY > covered.start * HOUR && date < covered.end * HOUR;
    let objects = runs::visible_of(store, runs, DataType::Hourly)?.into_iter();
    let objects = objects.filter(|(name, _)| name.partition.date.is_some_and(within));
    let mut judged: BTreeMap<Arc<str>, Vec<Judged>> = BTreeMap::new();
    for (parameter, row) in rows::of(store, objects, reading, figures::read)? {
        judged.entry(parameter).or_default().push(Judged::from(&row));
    }
    judged.values_mut().for_each(|rows| rows.sort_by_key(|row| row.hour));
    // rows know parameters by their names alone
    let mut by_name: BTreeMap<Arc<str>, BTreeMap<i64, InputDigest>> = BTreeMap::new();
    for (parameter, hours) in measured {
        let digests = by_name.entry(Arc::clone(&parameter.name)).or_default();
        for (hour, digest) in hours {
            let sum = digests.entry(*hour).or_default();
            *sum = sum.and(*digest);
        }
    }
    let names: BTreeSet<Arc<str>> = by_name.keys().chain(judged.keys()).cloned().collect();
    let found = names.into_iter().filter_map(|name| {
        let judged = judged.get(&name).map_or(&[][..], Vec::as_slice);
        let measured: Vec<_> = by_name.remove(&name).unwrap_or_default().into_iter().collect();
        let stale = stale(covered, None, judged, &measured)?;
        Some((name, stale))
    });
    Ok(found.collect())
}
