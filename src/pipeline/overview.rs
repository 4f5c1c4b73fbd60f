//! Where a dataset stands: what its store has, and what of that is not as it should be.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::ingest::bad;
use super::recorded::{self, RecordedIncident};
use super::store_reader::{Reading, StoreReader};
use super::{rows, staleness};
use crate::domain::alert::Alert;
use crate::domain::dataset::Dataset;
use crate::domain::detector::{Method, Rules};
use crate::domain::hour::Hour;
use crate::domain::identity::Id;
use crate::domain::measurement::Millis;
use crate::domain::parameters::{Parameter, SeriesId};
use crate::domain::series::Series;
use crate::domain::stale::Stale;
use crate::domain::zone::Zone;
use crate::error::Result;
use crate::store::codec::rows::quarantine;
use crate::store::codec::rows::state::StateRow;
use crate::store::detections::{self, Detected};
use crate::store::layout::DataType;
use crate::store::models::{self, Model};
use crate::store::runs::{self, Run};
use crate::store::{Store, claims};

/// Where a dataset stands.
#[derive(Debug)]
pub struct Overview {
    /// The hours from the first to the last that have measurements, without those that have not begun.
    pub hours: Option<Range<Hour>>,
    /// How many of these hours have some.
    pub hours_with_data: u64,
    /// The hours that have measurements and have not begun.
    pub future: Vec<Hour>,
    /// The end of complete history.
    pub complete_until: Option<Hour>,
    /// How many objects with measurements, and how many bytes they have.
    pub objects: (u64, u64),
    /// The parameters, with the first hour that has measurements, the one after the last, and how many have.
    pub parameters: Vec<(Parameter, Range<Hour>, u64)>,
    /// The models.
    pub models: Vec<Model>,
    /// The hours that live detection has covered, and the model it went by last.
    pub detected: Option<(Range<Hour>, u32)>,
    /// What was judged by other measurements than there are now, by parameter.
    pub stale: Vec<(Parameter, Stale)>,
    /// Incidents that may go on.
    pub open: Vec<RecordedIncident>,
    /// How many exceedances were found, and how many incidents they are.
    pub alerts: (u64, u64),
    /// When the newest incident began.
    pub newest: Option<Millis>,
    /// Objects that no run names: of commands that were stopped, or still work.
    pub unnamed: BTreeMap<DataType, u64>,
    /// Versions of models that were claimed, but never made.
    pub claimed: Vec<u32>,
    /// How many records could not be used.
    pub quarantined: u64,
    /// All completed runs.
    pub runs: Vec<Run>,
}

impl Overview {
    /// Looks at a dataset. All of its measurements are read.
    ///
    /// # Errors
    /// When an object is missing, damaged or foreign, which is named; or when it was stopped.
    pub fn of(store: &Store, dataset: &Dataset, now: Millis, reading: Reading) -> Result<Self> {
        let runs = runs::list(store, dataset)?;
        let stored = StoreReader::open(store, dataset, &runs)?;
        let hours = stored.range();
        let measured = stored.input_digests(hours.clone().unwrap_or_default(), reading)?;
        let objects = stored.objects(hours.clone().unwrap_or_default());
        let objects = objects.fold((0, 0), |(count, bytes), object| (count + 1, bytes + object.bytes));
        let models = models::list(&runs)?;
        let made: BTreeSet<u32> = models.iter().map(|model| model.facts.model_version).collect();
        let claimed = claims::list(store, dataset, DataType::Model)?.into_iter().map(|claim| claim.version);
        let detected = covered(&detections::list(&runs)?);
        let alerts = recorded::alerts(store, &runs, reading)?;
        let future: Vec<Hour> = stored.in_the_future(now).collect();
        let begun: Vec<Hour> = stored.hours().take_while(|hour| Some(hour) != future.first()).collect();
        let incidents: BTreeSet<Id> = alerts.iter().map(|alert| alert.incident).collect();
        Ok(Self {
            hours_with_data: begun.len() as u64,
            future,
            complete_until: stored.complete_until(now),
            objects,
            parameters: measured
                .iter()
                .filter_map(|(parameter, hours)| {
                    let range = hours.first()?.0..hours.last()?.0.next();
                    Some((parameter.clone(), range, hours.len() as u64))
                })
                .collect(),
            stale: match &detected {
                Some((covered, _)) => staleness::of(store, &runs, covered, &measured, reading)?,
                None => Vec::new(),
            },
            open: match &detected {
                Some((covered, _)) => open(&alerts, &lasting(store, dataset, &detections::list(&runs)?, covered.end)?),
                None => Vec::new(),
            },
            alerts: (alerts.len() as u64, incidents.len() as u64),
            newest: alerts.iter().rfind(|alert| alert.opens_incident).map(|alert| alert.exceedance.time),
            unnamed: unnamed(store, dataset, &runs)?,
            claimed: claimed.filter(|version| !made.contains(version)).collect(),
            quarantined: quarantined(store, &runs, reading)?,
            hours: begun.first().zip(begun.last()).map(|(first, last)| *first..last.next()),
            models,
            detected,
            runs,
        })
    }

    /// The complete hours that have not been detected yet; `None` without a model.
    #[must_use]
    pub fn new_hours(&self) -> Option<Range<Hour>> {
        let start = match &self.detected {
            Some((covered, _)) => covered.end,
            None => self.models.last()?.facts.to,
        };
        Some(start..self.complete_until?.max(start))
    }
}

/// The hours that live detection has covered, and the model it went by last.
fn covered(detected: &[Detected]) -> Option<(Range<Hour>, u32)> {
    let start = detected.iter().map(|detected| detected.facts.from).min()?;
    let last = detected.iter().max_by_key(|detected| detected.facts.to)?;
    Some((start..last.facts.to, last.facts.model_version))
}

/// The incidents to which further exceedances would belong, by the states at the frontier.
///
/// # Errors
/// When an object is missing or damaged, which is named.
pub fn lasting(store: &Store, dataset: &Dataset, detected: &[Detected], frontier: Hour) -> Result<BTreeSet<Id>> {
    // whether an incident lasts does not depend on the rules
    let method = Method::Adaptive2;
    let rules = Rules::new(method.default_threshold(), Zone::UTC);
    let source: Arc<str> = dataset.to_string().into();
    let open = |row: StateRow| {
        let id = SeriesId { source: Arc::clone(&source), parameter: row.parameter };
        // to go on from a state that can't be read is an error, but not to look at the rest
        Series::from_state(&row.state, id, method, rules).ok()?.open_incident()
    };
    Ok(detections::states_at(store, detected, frontier)?.into_iter().filter_map(open).collect())
}

/// The incidents that last; the newest first.
fn open(alerts: &[Alert], lasting: &BTreeSet<Id>) -> Vec<RecordedIncident> {
    let mut open = recorded::incidents(alerts);
    open.retain(|incident| lasting.contains(&incident.id));
    open.sort_by_key(|open| (std::cmp::Reverse(open.since), open.id));
    open
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
    Ok(rows::of(store, bad::shown(store, runs)?, reading, quarantine::read)?.len() as u64)
}
