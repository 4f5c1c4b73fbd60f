//! What comes out of live detection: rows with all their evidence.

use std::sync::Arc;

use super::{Flow, LearnedSlot, Listener, Notice};
use crate::domain::aggregate::Row;
use crate::domain::alert::{Alert, Direction, Identity, SlotFigures};
use crate::domain::digest::{Sha256, StateDigest};
use crate::domain::explanation::{Wording, sentence};
use crate::domain::incident::{Kind, Role};
use crate::domain::interval::Unit;
use crate::domain::measurement::{HOUR, Millis};
use crate::domain::model::Slot;
use crate::domain::monitor::NoState;
use crate::domain::parameters::Parameter;
use crate::domain::severity::Severity;
use crate::domain::zone::Zone;

/// What is the same for all parameters of a run.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The dataset, as it is written.
    pub dataset: String,
    /// The recorded name of the method.
    pub rule: Arc<str>,
    /// Of the settings that decide results.
    pub settings_digest: Sha256,
    /// The version of this program.
    pub tool_version: Arc<str>,
    /// The zone of the hours of the week, and of times in texts.
    pub zone: Zone,
}

/// The state after an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptState {
    /// The end of the hour (hours since 1970-01-01T00Z).
    pub end: i64,
    /// The digest of what it is made from.
    pub state_digest: StateDigest,
    /// The model by which it judges.
    pub model_version: u32,
    /// The state.
    pub state: Vec<u8>,
}

/// What was found of a parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
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

/// Gathers what is found of a parameter, with its evidence.
#[derive(Debug)]
pub struct Detection<'a> {
    frame: &'a Frame,
    parameter: Parameter,
    /// What the model knows of the parameter.
    model: Vec<Slot>,
    threshold: f64,
    found: Found,
    /// The time of the last exceedance, and its place among those of the same time.
    last: Option<(Millis, u32)>,
    failed: Option<NoState>,
}

impl<'a> Detection<'a> {
    /// Nothing is found yet. `threshold` is the surprise from which on a value is an exceedance.
    #[must_use]
    pub fn new(frame: &'a Frame, parameter: Parameter, model: Vec<Slot>, threshold: f64) -> Self {
        Self { frame, parameter, model, threshold, found: Found::default(), last: None, failed: None }
    }

    /// What the model knows of the parameter.
    #[must_use]
    pub fn model(&self) -> &[Slot] {
        &self.model
    }

    /// Hands over what was found so far.
    ///
    /// # Errors
    /// When the method has no state that can be kept.
    pub fn take(&mut self) -> Result<Found, NoState> {
        match self.failed {
            Some(reason) => Err(reason),
            None => {
                let mut found = std::mem::take(&mut self.found);
                found.alerts.shrink_to_fit(); // they are large
                Ok(found)
            }
        }
    }

    /// The state of a flow as it is kept.
    ///
    /// # Errors
    /// When the method has no state that can be kept.
    pub fn kept(flow: &Flow) -> Result<Option<KeptState>, NoState> {
        let Some(end) = flow.end() else { return Ok(None) };
        let (state_digest, model_version) = (flow.state_digest(), flow.model_version());
        Ok(Some(KeptState { end, state_digest, model_version, state: flow.state()? }))
    }

    fn slot(&self, time: Millis) -> Option<SlotFigures> {
        let slot = self.frame.zone.week_and_slot(time.div_euclid(HOUR)).1;
        let known = self.model.iter().find(|known| usize::from(known.slot) == slot)?;
        let Slot { slot, moments, weeks, .. } = *known;
        Some(SlotFigures { slot, mean: moments.mean(), std_dev: moments.std_dev(), count: moments.count(), weeks })
    }
}

impl Listener for Detection<'_> {
    fn exceedance(&mut self, notice: Notice) {
        let Notice { exceedance, role, incident, ema, state_digest, model_version, identity } = notice;
        let time = exceedance.time;
        let place = self.last.filter(|last| last.0 == time).map_or(0, |last| last.1 + 1);
        self.last = Some((time, place));
        let Frame { dataset, rule, settings_digest, tool_version, zone } = self.frame;
        let Parameter { name, aggregation } = &self.parameter;
        let (parameter, aggregation) = (&**name, *aggregation);
        let known_by = Identity { dataset, parameter, aggregation, time, rule, model_version, place };
        if role == Role::Alert {
            *identity = Some(known_by.incident());
        }
        let (peak, duration) = incident
            .map_or((exceedance.verdict.surprise, 0), |incident| (incident.peak.verdict.surprise, incident.duration()));
        let mut text = sentence(exceedance, Wording::Full, *zone);
        text.shrink_to_fit(); // there may be many
        self.found.alerts.push(Alert {
            id: known_by.alert(),
            incident: *identity.get_or_insert_with(|| known_by.incident()),
            opens_incident: role == Role::Alert,
            parameter: Arc::clone(&self.parameter.name),
            aggregation,
            exceedance: *exceedance,
            kind: incident.map_or(Kind::Value, |incident| incident.kind),
            direction: Direction::of(exceedance),
            slot: self.slot(time),
            ema,
            severity: Severity::of(peak, self.threshold, duration),
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
        self.found.hours.push(*row);
    }

    fn interval(&mut self, unit: Unit, row: &Row) {
        self.found.intervals.push((unit, *row));
    }

    fn day(&mut self, flow: &Flow) {
        match Self::kept(flow) {
            Ok(kept) => self.found.states.extend(kept),
            Err(reason) => self.failed = Some(reason),
        }
        if let (Some(end), Some(learned)) = (flow.end(), flow.learned()) {
            self.found.learned.extend(learned.of_day(end, flow.model_version()));
        }
    }
}
