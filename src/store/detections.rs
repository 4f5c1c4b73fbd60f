//! Live detection: how far the completed runs of `detect` have come.

use std::collections::{BTreeSet, HashSet};

use crate::domain::hour::Hour;
use serde::{Deserialize, Serialize};

use super::Store;
use super::codec::rows::state::{self, StateRow};
use super::layout::{DataType, Partition};
use super::runs::{self, ObjectUsed, Run};
use crate::domain::interval::DAY;
use crate::domain::measurement::Millis;
use crate::error::Result;

/// The command whose runs detect.
pub const COMMAND: &str = "detect";

/// What a run of `detect` says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The first hour.
    #[serde(with = "super::document::hour")]
    pub from: Hour,
    /// The hour after the last one.
    #[serde(with = "super::document::hour")]
    pub to: Hour,
    /// The model by which it judged.
    pub model_version: u32,
    /// Whether it adopted that model in place of another.
    #[serde(default)]
    pub adopted: bool,
}

/// A stretch of live detection.
#[derive(Clone, Debug, PartialEq)]
pub struct Detected {
    /// What is said of it.
    pub facts: Facts,
    /// The run.
    pub run: Run,
}

/// The stretches that the runs of a dataset have detected, in the order of time.
///
/// # Errors
/// When the document of a run does not say what it must.
pub fn list(runs: &[Run]) -> Result<Vec<Detected>> {
    let told = runs::told(runs, COMMAND)?.into_iter();
    let mut detected: Vec<Detected> = told.map(|(facts, run)| Detected { facts, run }).collect();
    detected.sort_by_key(|detected| (detected.facts.from, detected.facts.to));
    Ok(detected)
}

/// The hour up to which live detection has come; `None` before the first run.
#[must_use]
pub fn frontier(detected: &[Detected]) -> Option<Hour> {
    detected.iter().map(|detected| detected.facts.to).max()
}

/// The hours of objects with measurements that live detection has come past without having read them. Each object goes
/// with its hour.
#[must_use]
pub fn late<'a>(detected: &[Detected], objects: impl Iterator<Item = (Hour, &'a ObjectUsed)>) -> BTreeSet<Hour> {
    let first = detected.iter().map(|detected| detected.facts.from).min();
    let (Some(first), Some(end)) = (first, frontier(detected)) else { return BTreeSet::new() };
    let read: HashSet<&str> =
        detected.iter().flat_map(|detected| &detected.run.inputs).map(|object| object.name.as_str()).collect();
    let late =
        |(hour, object): &(Hour, &ObjectUsed)| (first..end).contains(hour) && !read.contains(object.name.as_str());
    objects.filter(late).map(|(hour, _)| hour).collect()
}

/// The states that runs have kept at the beginning of an hour, by parameter; of none where there are none. Only the
/// objects of runs that came to this hour or past it are read.
///
/// # Errors
/// When an object is missing or damaged, which is named.
pub fn states_at(store: &Store, detected: &[Detected], hour: Hour) -> Result<Vec<StateRow>> {
    let at = hour.start();
    let passes = |facts: &Facts| facts.from < hour && hour <= facts.to;
    let runs: Vec<Run> =
        detected.iter().filter(|detected| passes(&detected.facts)).map(|detected| detected.run.clone()).collect();
    let mut rows: Vec<StateRow> = Vec::new();
    for (name, used) in runs::visible_of(store, &runs, DataType::State)? {
        if name.partition.date == state_partition(at).date {
            let key = name.key();
            let read = state::read(&key, store.read_verified(&key, &used.sha256)?)?;
            rows.extend(read.into_iter().filter(|row| row.at == at));
        }
    }
    rows.sort_by(|a, b| a.parameter.cmp(&b.parameter));
    rows.dedup_by(|a, b| a.parameter == b.parameter);
    Ok(rows)
}

/// Where the state at a moment lies: with the day of the last hour that it has seen.
#[must_use]
pub fn state_partition(at: Millis) -> Partition {
    Partition { date: Some((at - 1).div_euclid(DAY) * DAY), ..Partition::default() }
}
