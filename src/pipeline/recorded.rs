//! Incidents as they were recorded: read from the alerts of a store, without judging anything again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::rows;
use super::store_reader::Reading;
use crate::domain::alert::{Alert, Side};
use crate::domain::hour::Hour;
use crate::domain::identity::Id;
use crate::domain::incident::Kind;
use crate::domain::interval::DAY;
use crate::domain::measurement::{Aggregation, Millis};
use crate::domain::severity::Severity;
use crate::error::Result;
use crate::store::Store;
use crate::store::codec::rows::alerts;
use crate::store::layout::{DataType, ObjectName};
use crate::store::runs::{self, ObjectUsed, Run};

/// An incident, by its alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedIncident {
    /// Its identity.
    pub id: Id,
    /// The parameter.
    pub parameter: String,
    /// Whether its values are measured or counted.
    pub aggregation: Aggregation,
    /// What kind it is.
    pub kind: Kind,
    /// On which side of what is normal it began.
    pub side: Option<Side>,
    /// Its first exceedance.
    pub since: Millis,
    /// Its last one.
    pub last: Millis,
    /// How many it has.
    pub exceedances: u64,
    /// The value that opened it; a silence and a change of level have none.
    pub value: Option<f64>,
    /// How bad it was by its last exceedance.
    pub severity: Severity,
    /// The model that opened it.
    pub model_version: u32,
    /// What was said of it when it began.
    pub text: String,
}

/// The incidents of these alerts, which are in the order of time; in the order in which they began.
#[must_use]
pub fn incidents(alerts: &[Alert]) -> Vec<RecordedIncident> {
    let mut found: BTreeMap<Id, RecordedIncident> = BTreeMap::new();
    for alert in alerts {
        let time = alert.exceedance.time;
        let incident = found.entry(alert.incident).or_insert_with(|| RecordedIncident {
            id: alert.incident,
            parameter: alert.parameter.to_string(),
            aggregation: alert.aggregation,
            kind: alert.kind,
            side: alert.side,
            since: time,
            last: time,
            exceedances: 0,
            value: alert.exceedance.value(),
            severity: alert.severity,
            model_version: alert.model_version,
            text: alert.text.clone(),
        });
        incident.last = time;
        incident.exceedances += 1;
        incident.severity = alert.severity;
        incident.kind = alert.kind;
    }
    let mut all: Vec<RecordedIncident> = found.into_values().collect();
    all.sort_by_key(|incident| (incident.since, incident.id));
    all
}

/// All alerts, in the order of time.
///
/// # Errors
/// When an object is missing or damaged, which is named; or when it was stopped.
pub fn alerts(store: &Store, runs: &[Run], reading: Reading) -> Result<Vec<Alert>> {
    let objects = runs::visible_of(store, runs, DataType::Alerts)?;
    Ok(in_order(rows::of(store, objects, reading, alerts::read)?))
}

/// The alerts of the incidents that have one in these hours, with those before, back to the beginning of each incident.
/// Only days that are needed are read.
///
/// # Errors
/// As [`alerts()`].
pub fn alerts_in(store: &Store, runs: &[Run], hours: &Range<Hour>, reading: Reading) -> Result<Vec<Alert>> {
    let objects = runs::visible_of(store, runs, DataType::Alerts)?;
    let mut days: BTreeMap<Millis, Vec<(ObjectName, ObjectUsed)>> = BTreeMap::new();
    for (name, used) in objects {
        days.entry(name.partition.date.unwrap_or_default()).or_default().push((name, used));
    }
    let times = hours.start.start()..hours.end.start();
    let mut earlier = days;
    let of_range = earlier.split_off(&(times.start.div_euclid(DAY) * DAY));
    let within = of_range.into_iter().filter(|(day, _)| *day < times.end).flat_map(|(_, objects)| objects);
    let mut found = rows::of(store, within.collect::<Vec<_>>(), reading, alerts::read)?;
    found.retain(|alert| alert.exceedance.time < times.end);
    let wanted: BTreeSet<Id> =
        found.iter().filter(|alert| times.contains(&alert.exceedance.time)).map(|alert| alert.incident).collect();
    found.retain(|alert| wanted.contains(&alert.incident));
    loop {
        let opened: BTreeSet<Id> =
            found.iter().filter(|alert| alert.opens_incident).map(|alert| alert.incident).collect();
        let Some((_, objects)) = (opened.len() < wanted.len()).then(|| earlier.pop_last()).flatten() else { break };
        let before = rows::of(store, objects, reading, alerts::read)?;
        found.extend(before.into_iter().filter(|alert| wanted.contains(&alert.incident)));
    }
    Ok(in_order(found))
}

fn in_order(mut alerts: Vec<Alert>) -> Vec<Alert> {
    alerts.sort_by_key(|alert| (alert.exceedance.time, alert.id));
    alerts
}
