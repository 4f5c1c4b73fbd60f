//! From a detector's events to incidents.

mod state;

pub use state::NoState;

use super::detector::{Attention, Detector, Event, Method, Rules, Silence, Verdict};
use super::incident::{Exceedance, Finding, Grouping, Incident, Role};
use super::measurement::Millis;

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
pub(super) enum Heard {
    /// An exceedance; a silence lasted until this time.
    Exceedance(Exceedance, Option<Millis>),
    /// A running incident goes on.
    GoesOn(Millis),
    /// Nothing that matters.
    Nothing,
}

/// What an event that was told of a batch comes to.
pub(super) fn hear(event: Event, batch: &Batch, threshold: f64, attention: &Attention) -> Heard {
    match event {
        Event::Value(index, verdict) if verdict.exceedance => {
            let finding = Finding::Value(batch.values[index]);
            let (time, since_previous) = (batch.times[index], batch.since_previous(index));
            Heard::Exceedance(Exceedance { time, finding, verdict, since_previous }, None)
        }
        Event::Value(index, _) => Heard::GoesOn(batch.times[index]),
        Event::LevelShift(index, shift) => {
            // the first value after it is about the new level
            if !attention.matters(shift.size, batch.values[index] - shift.size) {
                return Heard::Nothing;
            }
            let (time, since_previous) = (batch.times[index], batch.since_previous(index));
            Heard::Exceedance(Exceedance::of_shift(time, shift, threshold, since_previous), None)
        }
        Event::Silence(silence) => Heard::Exceedance(Exceedance::of_silence(silence), Some(batch.end_of(&silence))),
    }
}

/// An exceedance that was found, and what has become of its incident with it.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The exceedance.
    pub exceedance: &'a Exceedance,
    /// What it is to its incident.
    pub role: Role,
    /// The incident so far; `None` never happens.
    pub incident: Option<&'a Incident>,
    /// Which value of the batch told of it: it is it, or came after it.
    pub index: usize,
}

/// A detector together with the incidents that it has found in its series.
#[derive(Debug)]
pub struct Monitor {
    detector: Detector,
    rules: Rules,
    grouping: Grouping,
}

impl Monitor {
    /// A monitor that has seen nothing.
    #[must_use]
    pub fn new(method: Method, rules: Rules) -> Self {
        Self { detector: Detector::new(method, rules), rules, grouping: Grouping::default() }
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

    /// Takes in measurements, which must follow on those before in canonical order. `found` hears of each exceedance,
    /// and what it is to its incident.
    pub fn scan(&mut self, batch: Batch, mut found: impl FnMut(&Exceedance, Role)) {
        self.follow(batch, |told| found(told.exceedance, told.role));
    }

    /// Does the same as [`Self::scan`], and tells more.
    pub fn follow(&mut self, batch: Batch, mut found: impl FnMut(Told)) {
        let Self { detector, rules, grouping } = self;
        batch.times.first().into_iter().for_each(|time| grouping.resume(*time));
        detector.scan(batch.times, batch.values, |event, quiet| {
            take(grouping, rules, event, quiet, &batch, &mut found);
        });
    }

    /// Does the same as [`Self::scan`] for one measurement, and says what is said of it.
    pub fn push(&mut self, batch: Batch, mut found: impl FnMut(&Exceedance, Role)) -> Option<Verdict> {
        let Self { detector, rules, grouping } = self;
        let (time, value) = batch.times.first().copied().zip(batch.values.first().copied())?;
        grouping.resume(time);
        let mut found = |told: Told| found(told.exceedance, told.role);
        Some(detector.push(time, value, |event, quiet| take(grouping, rules, event, quiet, &batch, &mut found)))
    }

    /// Takes in that nothing has come until now.
    pub fn advance_to(&mut self, now: Millis, mut found: impl FnMut(&Exceedance, Role)) {
        if let Some(silence) = self.detector.advance_to(now) {
            let exceedance = Exceedance::of_silence(silence);
            found(&exceedance, self.grouping.add(exceedance, self.detector.quiet_time()));
        }
        self.grouping.silent_until(now);
    }

    /// Takes in that an hour is over, whose end this is, and that nothing has come since the last value. What is told is
    /// of that hour.
    pub fn end_hour(&mut self, end: Millis, mut found: impl FnMut(Told)) {
        if let Some(silence) = self.detector.advance_to(end - 1) {
            let exceedance = Exceedance::of_silence(silence);
            let role = self.grouping.add(exceedance, self.detector.quiet_time());
            found(Told { exceedance: &exceedance, role, incident: self.grouping.last(), index: 0 });
        }
        self.grouping.silent_until(end);
    }

    /// Forgets the incidents so far: whatever is found next opens one, also a silence under way, as of the beginning of the
    /// hour that comes next.
    pub fn forget_incidents(&mut self) {
        self.attend(Grouping::default(), Millis::MIN);
    }

    /// Forgets the incidents so far but for the last one, which may go on.
    pub fn forget_all_but_last(&mut self) {
        self.grouping = Grouping::resumed(self.grouping.last().cloned(), self.grouping.is_silent());
    }

    /// Whether the last incident lasts at this moment, to which the monitor has come: further exceedances would belong to it.
    #[must_use]
    pub fn is_open(&self, now: Millis) -> bool {
        let within = |incident: &Incident| self.detector.quiet_time().is_some_and(|quiet| now - incident.last <= quiet);
        self.grouping.is_silent() || self.grouping.last().is_some_and(within)
    }

    /// Goes on at the beginning of an hour with the incidents of another monitor of the same series, which was judged otherwise
    /// so far.
    pub fn take_over_incidents(&mut self, other: Self) {
        let until = match &other.detector {
            Detector::Adaptive2(detector) => detector.attentive_until(),
            Detector::Adaptive(_) | Detector::Classic(_) => Millis::MIN,
        };
        self.attend(other.grouping, until);
    }

    fn attend(&mut self, grouping: Grouping, until: Millis) {
        if let Detector::Adaptive2(detector) = &mut self.detector {
            detector.attend_until(until);
            detector.begin_telling(grouping.is_silent());
        }
        self.grouping = grouping;
    }

    /// The incidents, in the order of their alerts.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        self.grouping.incidents()
    }

    /// The incident that was opened last; it may go on.
    #[must_use]
    pub fn last_incident(&self) -> Option<&Incident> {
        self.grouping.last()
    }

    /// The incidents, in the order of their alerts.
    #[must_use]
    pub fn into_incidents(self) -> Vec<Incident> {
        self.grouping.into_incidents()
    }
}

fn take(
    grouping: &mut Grouping,
    rules: &Rules,
    event: Event,
    quiet: Option<Millis>,
    batch: &Batch,
    found: &mut impl FnMut(Told),
) {
    let index = match event {
        Event::Value(index, _) | Event::LevelShift(index, _) => index,
        Event::Silence(silence) => batch.times.partition_point(|time| *time <= silence.since),
    };
    match hear(event, batch, rules.threshold, &rules.attention) {
        Heard::Exceedance(exceedance, until) => {
            let role = grouping.add(exceedance, quiet);
            found(Told { exceedance: &exceedance, role, incident: grouping.last(), index });
            until.into_iter().for_each(|time| grouping.resume(time));
        }
        Heard::GoesOn(time) => grouping.prolong(time),
        Heard::Nothing => {}
    }
}

#[cfg(test)]
mod tests;
