//! From a detector's events to incidents.

mod state;

use super::detector::{Attention, Detector, Event, Method, Rules, Silence, Verdict};
use super::identity::{Id, Identity};
use super::incident::{Exceedance, Finding, Grouping, Incident, Role};
use super::measurement::Millis;
use super::parameters::SeriesId;

/// A run of measurements of one series.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The times.
    pub times: &'a [Millis],
    /// The values.
    pub values: &'a [f64],
    /// The time of the measurement before them.
    pub before: Option<Millis>,
}

impl<'a> Batch<'a> {
    /// The measurement with this index, on its own.
    #[must_use]
    pub fn only(&self, index: usize) -> Batch<'a> {
        let (first, _) = self.split(index + 1);
        let (_, only) = first.split(index);
        only
    }

    /// The measurements before this index, and those from it on.
    #[must_use]
    pub fn split(&self, index: usize) -> (Batch<'a>, Batch<'a>) {
        let (times, later) = self.times.split_at(index);
        let (values, later_values) = self.values.split_at(index);
        let first = Batch { times, values, before: self.before };
        (first, Batch { times: later, values: later_values, before: times.last().copied().or(self.before) })
    }

    fn since_previous(&self, index: usize) -> Option<Millis> {
        let previous = if index == 0 { self.before } else { Some(self.times[index - 1]) };
        previous.map(|previous| self.times[index] - previous)
    }

    /// When data came again after a silence that ended with these measurements.
    fn end_of(&self, silence: &Silence) -> Millis {
        let next = self.times.partition_point(|time| *time <= silence.since);
        self.times.get(next).copied().unwrap_or(silence.onset)
    }
}

/// What an event comes to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    /// An exceedance; a silence lasted until this time.
    Exceedance(Exceedance, Option<Millis>),
    /// A running incident goes on.
    GoesOn(Millis),
    /// Nothing that matters.
    Nothing,
}

/// What an event that was told of a batch comes to.
pub(super) fn outcome_of(event: Event, batch: &Batch, threshold: f64, attention: &Attention) -> Outcome {
    match event {
        Event::Value(index, verdict) if verdict.exceedance => {
            let finding = Finding::Value(batch.values[index]);
            let (time, since_previous) = (batch.times[index], batch.since_previous(index));
            Outcome::Exceedance(Exceedance { time, finding, verdict, since_previous }, None)
        }
        Event::Value(index, _) => Outcome::GoesOn(batch.times[index]),
        Event::LevelShift(index, shift) => {
            // the first value after it is about the new level
            if !attention.matters(shift.size, batch.values[index] - shift.size) {
                return Outcome::Nothing;
            }
            let (time, since_previous) = (batch.times[index], batch.since_previous(index));
            Outcome::Exceedance(Exceedance::of_shift(time, shift, threshold, since_previous), None)
        }
        Event::Silence(silence) => Outcome::Exceedance(Exceedance::of_silence(silence), Some(batch.end_of(&silence))),
    }
}

/// An exceedance, and what it is to its incident.
#[derive(Clone, Copy, Debug)]
pub struct Reported<'a> {
    /// The exceedance.
    pub exceedance: &'a Exceedance,
    /// What it is to its incident.
    pub role: Role,
    /// The incident so far.
    pub incident: &'a Incident,
    /// The place of the exceedance among those of the series that have the same time, from 0.
    pub place: u32,
    /// The value of the batch that told of it: the exceedance itself, or the first value after it.
    pub index: usize,
}

/// Makes the identities of the incidents of a series.
#[derive(Clone, Debug)]
struct Naming {
    series: SeriesId,
    rule: &'static str,
    /// The model that judges; 0 for none.
    model_version: u32,
    /// The time of the last exceedance, and its place among those of the same time.
    last: Option<(Millis, u32)>,
}

impl Naming {
    fn new(series: SeriesId, method: Method) -> Self {
        Self { series, rule: method.id(), model_version: 0, last: None }
    }

    /// The place of an exceedance at this time among those of the same time.
    fn next_place(&mut self, time: Millis) -> u32 {
        let place = self.last.filter(|last| last.0 == time).map_or(0, |last| last.1 + 1);
        self.last = Some((time, place));
        place
    }

    fn incident(&self, time: Millis, place: u32) -> Id {
        let Self { series: SeriesId { source, parameter }, rule, model_version, .. } = self;
        let (aggregation, model_version) = (parameter.aggregation, *model_version);
        Identity { dataset: source, parameter: &parameter.name, aggregation, time, rule, model_version, place }
            .incident()
    }
}

/// A detector together with the incidents that it has found in its series.
#[derive(Debug)]
pub struct Monitor {
    detector: Detector,
    rules: Rules,
    incidents: Incidents,
}

/// The incidents of a series, and what names them.
#[derive(Debug)]
struct Incidents {
    grouping: Grouping,
    naming: Naming,
}

impl Monitor {
    /// A monitor that has seen nothing of this series.
    #[must_use]
    pub fn new(series: SeriesId, method: Method, rules: Rules) -> Self {
        let incidents = Incidents { grouping: Grouping::default(), naming: Naming::new(series, method) };
        Self { detector: Detector::new(method, rules), rules, incidents }
    }

    /// The detector.
    #[must_use]
    pub fn detector(&self) -> &Detector {
        &self.detector
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The series.
    #[must_use]
    pub fn series(&self) -> &SeriesId {
        &self.incidents.naming.series
    }

    /// The model that judges; 0 for none.
    #[must_use]
    pub fn model_version(&self) -> u32 {
        self.incidents.naming.model_version
    }

    /// Judges measurements, which must follow on those before in canonical order. `report` hears of each exceedance.
    pub fn scan(&mut self, batch: Batch, mut report: impl FnMut(Reported)) {
        let Self { detector, rules, incidents } = self;
        batch.times.first().into_iter().for_each(|time| incidents.grouping.resume(*time));
        detector.scan(batch.times, batch.values, |event, quiet| {
            incidents.take(rules, event, quiet, &batch, &mut report);
        });
    }

    /// Does the same as [`Self::scan`] for one measurement, and returns the verdict on it.
    pub fn push(&mut self, batch: Batch, mut report: impl FnMut(Reported)) -> Option<Verdict> {
        let Self { detector, rules, incidents } = self;
        let (time, value) = batch.times.first().copied().zip(batch.values.first().copied())?;
        incidents.grouping.resume(time);
        Some(detector.push(time, value, |event, quiet| incidents.take(rules, event, quiet, &batch, &mut report)))
    }

    /// Records that nothing has come up to and including `now`. Time goes on from there.
    pub fn advance_to(&mut self, now: Millis, report: impl FnMut(Reported)) {
        self.silent_until(now, now, report);
    }

    /// Records that an hour is over, and that nothing has come since its last value. `end` is the end of the hour. A
    /// silence that begins at the end belongs to the next hour.
    pub fn end_hour(&mut self, end: Millis, report: impl FnMut(Reported)) {
        self.silent_until(end - 1, end, report);
    }

    /// Tells of a silence whose onset is not after `told`, and prolongs one that lasts to `now`.
    fn silent_until(&mut self, told: Millis, now: Millis, mut report: impl FnMut(Reported)) {
        if let Some(silence) = self.detector.advance_to(told) {
            let exceedance = Exceedance::of_silence(silence);
            self.incidents.add(&exceedance, self.detector.quiet_time(), 0, &mut report);
        }
        self.incidents.grouping.silent_until(now);
    }

    /// Begins to judge by this model. Incidents so far are forgotten: what is found next opens one, and so does a silence
    /// that is under way, as of the beginning of the next hour.
    pub fn begin_live(&mut self, model_version: u32) {
        self.incidents.naming.model_version = model_version;
        self.attend(Grouping::default(), Millis::MIN);
    }

    /// Forgets the incidents so far but for the last one, which may go on.
    pub fn forget_all_but_last(&mut self) {
        let grouping = &mut self.incidents.grouping;
        *grouping = Grouping::resumed(grouping.last().cloned(), grouping.is_silent());
    }

    /// Whether the last incident lasts at this moment, to which the monitor has come: further exceedances would belong to
    /// it.
    #[must_use]
    pub fn is_open(&self, now: Millis) -> bool {
        let grouping = &self.incidents.grouping;
        let within = |incident: &Incident| self.detector.quiet_time().is_some_and(|quiet| now - incident.last <= quiet);
        grouping.is_silent() || grouping.last().is_some_and(within)
    }

    /// Goes on, at the beginning of an hour, with the incidents of another monitor of the same series, which judged by
    /// other rules or another model so far.
    pub fn take_over_incidents(&mut self, other: Self) {
        self.attend(other.incidents.grouping, other.detector.attentive_until());
    }

    fn attend(&mut self, grouping: Grouping, until: Millis) {
        self.detector.attend_until(until);
        self.detector.begin_telling(grouping.is_silent());
        self.incidents.grouping = grouping;
    }

    /// The incidents, in the order of their alerts.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        self.incidents.grouping.incidents()
    }

    /// The incident that was opened last; it may go on.
    #[must_use]
    pub fn last_incident(&self) -> Option<&Incident> {
        self.incidents.grouping.last()
    }

    /// The incidents, in the order of their alerts.
    #[must_use]
    pub fn into_incidents(self) -> Vec<Incident> {
        self.incidents.grouping.into_incidents()
    }
}

impl Incidents {
    /// Turns an event of the detector into an exceedance, where it matters, and adds it.
    fn take(
        &mut self,
        rules: &Rules,
        event: Event,
        quiet: Option<Millis>,
        batch: &Batch,
        report: &mut impl FnMut(Reported),
    ) {
        let index = match event {
            Event::Value(index, _) | Event::LevelShift(index, _) => index,
            Event::Silence(silence) => batch.times.partition_point(|time| *time <= silence.since),
        };
        match outcome_of(event, batch, rules.threshold, &rules.attention) {
            Outcome::Exceedance(exceedance, until) => {
                self.add(&exceedance, quiet, index, report);
                until.into_iter().for_each(|time| self.grouping.resume(time));
            }
            Outcome::GoesOn(time) => self.grouping.prolong(time),
            Outcome::Nothing => {}
        }
    }

    fn add(&mut self, exceedance: &Exceedance, quiet: Option<Millis>, index: usize, report: &mut impl FnMut(Reported)) {
        let place = self.naming.next_place(exceedance.time);
        let identity = || self.naming.incident(exceedance.time, place);
        let (role, incident) = self.grouping.add(*exceedance, quiet, identity);
        report(Reported { exceedance, role, incident, place, index });
    }
}

#[cfg(test)]
mod tests;
