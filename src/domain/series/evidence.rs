//! The rows that live detection derives from a series, with all their evidence.

use std::sync::Arc;

use super::{LearnedSlot, Listener, Notice, Series};
use crate::domain::aggregate::Row;
use crate::domain::alert::{Alert, Side, SlotFigures};
use crate::domain::digest::{Sha256, StateDigest};
use crate::domain::explanation::{Wording, sentence};
use crate::domain::hour::Hour;
use crate::domain::identity::Identity;
use crate::domain::incident::Role;
use crate::domain::interval::Unit;
use crate::domain::measurement::Millis;
use crate::domain::model::Slot;
use crate::domain::parameters::Parameter;
use crate::domain::severity::Severity;
use crate::domain::zone::Zone;

/// What is the same for all parameters of a run.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The dataset, as it is written.
    pub dataset: Arc<str>,
    /// The recorded name of the method.
    pub rule: Arc<str>,
    /// The digest of the settings that decide results.
    pub settings_digest: Sha256,
    /// The version of this program.
    pub tool_version: Arc<str>,
    /// The zone of the hours of the week, and of times in texts.
    pub zone: Zone,
}

/// The state at the end of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptState {
    /// The end of the hour.
    pub end: Hour,
    /// The digest of what it is made from.
    pub state_digest: StateDigest,
    /// The model that judges.
    pub model_version: u32,
    /// The state.
    pub state: Vec<u8>,
}

impl KeptState {
    /// The state of a series at the end of its last hour; `None` before the first measurement, and without a ledger.
    #[must_use]
    pub fn of(series: &Series) -> Option<Self> {
        let (end, state_digest) = (series.end()?, series.state_digest()?);
        Some(Self { end, state_digest, model_version: series.model_version(), state: series.state() })
    }
}

/// Rows that were derived from the measurements of a parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DerivedRows {
    /// Hours with values.
    pub hours: Vec<Row>,
    /// Longer intervals that are over.
    pub intervals: Vec<(Unit, Row)>,
    /// The exceedances.
    pub alerts: Vec<Alert>,
    /// The states at the ends of UTC days.
    pub states: Vec<KeptState>,
    /// The slots of the UTC days that are over.
    pub learned: Vec<LearnedSlot>,
}

/// Gathers the rows of a parameter, with their evidence.
#[derive(Debug)]
pub struct Evidence {
    frame: Arc<Frame>,
    parameter: Parameter,
    /// What the model knows of the parameter.
    model: Vec<Slot>,
    threshold: f64,
    rows: DerivedRows,
}

impl Evidence {
    /// No rows yet. `threshold` is the surprise from which on a value is an exceedance.
    #[must_use]
    pub fn new(frame: Arc<Frame>, parameter: Parameter, model: Vec<Slot>, threshold: f64) -> Self {
        Self { frame, parameter, model, threshold, rows: DerivedRows::default() }
    }

    /// Hands over the rows so far.
    #[must_use]
    pub fn take(&mut self) -> DerivedRows {
        let mut rows = std::mem::take(&mut self.rows);
        rows.alerts.shrink_to_fit(); // they are large
        rows
    }

    fn slot(&self, time: Millis) -> Option<SlotFigures> {
        let slot = self.frame.zone.week_and_slot(Hour::of(time)).1;
        let known = self.model.iter().find(|known| usize::from(known.slot) == slot)?;
        let Slot { slot, moments, weeks, .. } = *known;
        Some(SlotFigures { slot, mean: moments.mean(), std_dev: moments.std_dev(), count: moments.count(), weeks })
    }
}

impl Listener for Evidence {
    fn exceedance(&mut self, notice: Notice) {
        let Notice { exceedance, role, incident, place, ema, state_digest, model_version } = notice;
        let time = exceedance.time;
        let Frame { dataset, rule, settings_digest, tool_version, zone } = &*self.frame;
        let Parameter { name, aggregation } = &self.parameter;
        let (parameter, aggregation) = (&**name, *aggregation);
        let identity = Identity { dataset, parameter, aggregation, time, rule, model_version, place };
        let mut text = sentence(exceedance, Wording::Full, *zone);
        text.shrink_to_fit(); // there may be many
        self.rows.alerts.push(Alert {
            id: identity.alert(),
            incident: incident.id,
            opens_incident: role == Role::Alert,
            parameter: Arc::clone(name),
            aggregation,
            exceedance: *exceedance,
            kind: incident.kind,
            side: Side::of(exceedance),
            slot: self.slot(time),
            ema,
            severity: Severity::of(incident.peak.verdict.surprise, self.threshold, incident.duration()),
            text,
            rule: Arc::clone(rule),
            model_version,
            settings_digest: *settings_digest,
            state_digest,
            tool_version: Arc::clone(tool_version),
            origin: None,
        });
    }

    fn hour(&mut self, row: &Row) {
        self.rows.hours.push(*row);
    }

    fn interval(&mut self, unit: Unit, row: &Row) {
        self.rows.intervals.push((unit, *row));
    }

    fn day(&mut self, series: &Series) {
        self.rows.states.extend(KeptState::of(series));
        if let (Some(end), Some(learned)) = (series.end(), series.learned()) {
            self.rows.learned.extend(learned.of_day(end, series.model_version()));
        }
    }
}
