//! Where a dataset stands: what its store has, and what of that is not as it should be.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::stored::{Reading, Stored};
use crate::domain::alert::{Alert, Id};
use crate::domain::dataset::Dataset;
use crate::domain::digest::InputDigest;
use crate::domain::measurement::{HOUR, Millis};
use crate::domain::parameters::Parameter;
use crate::domain::stale::{Judged, Stale, stale};
use crate::error::{Error, Result};
use crate::parallel::ordered_map;
use crate::store::codec::rows::{alerts, figures, quarantine};
use crate::store::layout::{DataType, ObjectName};
use crate::store::models::{self, Model};
use crate::store::runs::{self, ObjectUsed, Run};
use crate::store::{Store, claims};

/// The command whose runs detect.
const DETECT: &str = "detect";

/// How long a parameter must stay within its limits before an incident is over; see
/// [`Detector::quiet_time`](crate::domain::detector::Detector::quiet_time).
const QUIET: Millis = 12 * HOUR;

/// Where a dataset stands.
#[derive(Debug)]
pub struct Standing {
    /// The hours from the first to the last that have measurements.
    pub hours: Option<Range<i64>>,
    /// How many hours have some.
    pub hours_with_data: u64,
    /// The end of complete history.
    pub complete_until: Option<i64>,
    /// How many objects with measurements, and how many bytes they have.
    pub objects: (u64, u64),
    /// The parameters, with the first hour that has measurements, the one after the last, and how many have.
    pub parameters: Vec<(Parameter, Range<i64>, u64)>,
    /// The models.
    pub models: Vec<Model>,
    /// The hours that live detection has covered, and the model it went by last.
    pub detected: Option<(Range<i64>, u32)>,
    /// What was judged by other measurements than there are now, by parameter.
    pub stale: Vec<(String, Stale)>,
    /// Incidents that may go on.
    pub open: Vec<Open>,
    /// How many exceedances were found, and how many incidents they are.
    pub alerts: (u64, u64),
    /// Objects that no run names: of commands that were stopped, or still work.
    pub unnamed: BTreeMap<DataType, u64>,
    /// Versions of models that were claimed, but never made.
    pub claimed: Vec<u32>,
    /// How many records could not be used.
    pub quarantined: u64,
    /// All completed runs.
    pub runs: Vec<Run>,
}

/// An incident that may go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// Its identity.
    pub id: Id,
    /// The parameter.
    pub parameter: String,
    /// When it began.
    pub since: Millis,
    /// Its last exceedance.
    pub last: Millis,
    /// How many it has.
    pub exceedances: u64,
    /// What is said of it.
    pub text: String,
}

impl Standing {
    /// Looks at a dataset. All of its measurements are read.
    ///
    /// # Errors
    /// When an object is missing, damaged or foreign, which is named; or when it was stopped.
    pub fn of(store: &Store, dataset: &Dataset, now: Millis, reading: Reading) -> Result<Self> {
        let runs = runs::list(store, dataset)?;
        let stored = Stored::open(store, dataset, &runs)?;
        let hours = stored.range();
        let measured = stored.input_digests(hours.clone().unwrap_or(0..0), reading)?;
        let objects = stored.objects(hours.clone().unwrap_or(0..0));
        let objects = objects.fold((0, 0), |(count, bytes), object| (count + 1, bytes + object.bytes));
        let models = models::list(&runs)?;
        let made: BTreeSet<u32> = models.iter().map(|model| model.facts.model_version).collect();
        let claimed = claims::list(store, dataset, DataType::Model)?.into_iter().map(|claim| claim.version);
        let detected = detected(&runs);
        let alerts = alerts_of(store, &runs, reading)?;
        let incidents: BTreeSet<Id> = alerts.iter().map(|alert| alert.incident).collect();
        Ok(Self {
            hours_with_data: stored.hours().count() as u64,
            complete_until: stored.complete_until(now),
            objects,
            parameters: measured
                .iter()
                .filter_map(|(parameter, hours)| {
                    let range = hours.first()?.0..hours.last()?.0 + 1;
                    Some((parameter.clone(), range, hours.len() as u64))
                })
                .collect(),
            stale: match &detected {
                Some((covered, _)) => stale_of(store, &runs, covered, &measured, reading)?,
                None => Vec::new(),
            },
            open: detected.as_ref().map_or_else(Vec::new, |(covered, _)| open(&alerts, covered.end * HOUR)),
            alerts: (alerts.len() as u64, incidents.len() as u64),
            unnamed: unnamed(store, dataset, &runs)?,
            claimed: claimed.filter(|version| !made.contains(version)).collect(),
            quarantined: quarantined(store, &runs, reading)?,
            hours,
            models,
            detected,
            runs,
        })
    }

    /// The complete hours that have not been detected yet; `None` without a model.
    #[must_use]
    pub fn new_hours(&self) -> Option<Range<i64>> {
        let start = match &self.detected {
            Some((covered, _)) => covered.end,
            None => self.models.last()?.facts.to,
        };
        Some(start..self.complete_until?.max(start))
    }
}

/// The hours that completed runs have covered, and the model of the last of them.
fn detected(runs: &[Run]) -> Option<(Range<i64>, u32)> {
    let revoked = |run: &Run| runs.iter().any(|other| other.revokes.contains(&run.id));
    let number = |run: &Run, fact: &str| run.facts.get(fact).and_then(serde_json::Value::as_i64);
    let covered = runs.iter().filter(|run| run.command == DETECT && !revoked(run)).filter_map(|run| {
        let version = u32::try_from(number(run, "model_version")?).ok()?;
        Some((number(run, "from")?..number(run, "to")?, version))
    });
    covered.reduce(|(a, one), (b, two)| {
        let version = if b.end >= a.end { two } else { one };
        (a.start.min(b.start)..a.end.max(b.end), version)
    })
}

/// The rows of all visible objects of a data type, in the order of their keys.
fn rows_of<T: Send>(
    store: &Store,
    runs: &[Run],
    data_type: DataType,
    reading: Reading,
    read: impl Fn(&str, Vec<u8>) -> Result<Vec<T>> + Sync,
) -> Result<Vec<T>> {
    let objects = runs::visible_of(store, runs, data_type)?;
    let decode = |(name, used): (ObjectName, ObjectUsed)| {
        reading.stop.check()?;
        let key = name.key();
        read(&key, store.read_verified(&key, &used.sha256)?)
    };
    let mut all = Vec::new();
    ordered_map(reading.threads, objects.into_iter(), decode, |rows: Result<Vec<T>>| {
        all.extend(rows?);
        Ok::<(), Error>(())
    })?;
    Ok(all)
}

fn alerts_of(store: &Store, runs: &[Run], reading: Reading) -> Result<Vec<Alert>> {
    let mut alerts = rows_of(store, runs, DataType::Alerts, reading, alerts::read)?;
    alerts.sort_by_key(|alert| alert.exceedance.time);
    Ok(alerts)
}

/// The incidents with an exceedance so late that another may follow; the newest first.
fn open(alerts: &[Alert], frontier: Millis) -> Vec<Open> {
    let mut incidents: BTreeMap<Id, Open> = BTreeMap::new();
    for alert in alerts {
        let time = alert.exceedance.time;
        let open = incidents.entry(alert.incident).or_insert_with(|| Open {
            id: alert.incident,
            parameter: alert.parameter.clone(),
            since: time,
            last: time,
            exceedances: 0,
            text: alert.text.clone(),
        });
        open.last = time;
        open.exceedances += 1;
    }
    let mut open: Vec<Open> = incidents.into_values().filter(|open| open.last + QUIET > frontier).collect();
    open.sort_by_key(|open| (std::cmp::Reverse(open.since), open.id));
    open
}

/// What was judged by other measurements than there are now.
fn stale_of(
    store: &Store,
    runs: &[Run],
    covered: &Range<i64>,
    measured: &BTreeMap<Parameter, Vec<(i64, InputDigest)>>,
    reading: Reading,
) -> Result<Vec<(String, Stale)>> {
    let mut judged: BTreeMap<String, Vec<Judged>> = BTreeMap::new();
    for (parameter, row) in rows_of(store, runs, DataType::Hourly, reading, figures::read)? {
        judged.entry(parameter.to_string()).or_default().push(Judged::from(&row));
    }
    judged.values_mut().for_each(|rows| rows.sort_by_key(|row| row.hour));
    // rows know parameters by their names alone
    let mut by_name: BTreeMap<&str, BTreeMap<i64, InputDigest>> = BTreeMap::new();
    for (parameter, hours) in measured {
        let digests = by_name.entry(&parameter.name).or_default();
        for (hour, digest) in hours {
            let sum = digests.entry(*hour).or_default();
            *sum = sum.and(*digest);
        }
    }
    let names: BTreeSet<&str> = by_name.keys().copied().chain(judged.keys().map(String::as_str)).collect();
    let found = names.into_iter().filter_map(|name| {
        let judged = judged.get(name).map_or(&[][..], Vec::as_slice);
        let measured: Vec<(i64, InputDigest)> = by_name
            .get(name)
            .map_or_else(Vec::new, |hours| hours.iter().map(|(hour, digest)| (*hour, *digest)).collect());
        Some((name.to_owned(), stale(covered, None, judged, &measured)?))
    });
    Ok(found.collect())
}

/// How many objects no run names, by data type.
fn unnamed(store: &Store, dataset: &Dataset, runs: &[Run]) -> Result<BTreeMap<DataType, u64>> {
    let named: BTreeSet<&str> = runs.iter().flat_map(|run| &run.outputs).map(|object| object.name.as_str()).collect();
    let mut unnamed = BTreeMap::new();
    for data_type in DataType::ALL.into_iter().filter(|data_type| *data_type != DataType::Runs) {
        let objects = store.list(&data_type.folder(dataset))?;
        let count = objects.iter().filter(|object| !named.contains(object.name.key().as_str())).count();
        if count > 0 {
            unnamed.insert(data_type, count as u64);
        }
    }
    Ok(unnamed)
}

fn quarantined(store: &Store, runs: &[Run], reading: Reading) -> Result<u64> {
    Ok(rows_of(store, runs, DataType::Quarantine, reading, quarantine::read)?.len() as u64)
}
