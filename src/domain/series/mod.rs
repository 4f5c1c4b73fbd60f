//! Live detection of one parameter: what flows on from hour to hour, so that however a range is cut into runs the same
//! is found, bit by bit.
//!
//! A [`Flow`] is everything that an hour needs of those before it: the detector with the incident that may go on, the
//! EMA of the values, the intervals that have begun, and what has been learned of each hour of the week. It is fed whole
//! hours, and its state is one value. Training folds it over its range; live detection goes on from there.

mod detection;
mod learned;
mod state;

pub use detection::{Detection, Found, Frame, KeptState};
pub use learned::{Learned, LearnedSlot};

use super::aggregate::{Folding, Hours, Row, ValueEma};
use super::alert::Id;
use super::detector::{Method, Rules};
use super::digest::{InputDigest, Sha256, StateDigest};
use super::incident::{Exceedance, Incident, Role};
use super::interval::Unit;
use super::measurement::{Aggregation, HOUR, Millis};
use super::monitor::{Batch, Monitor, Told};
use super::parameters::Parameter;

/// Hours of a UTC day.
const DAY_HOURS: i64 = 24;

/// The measurements of a parameter in an hour.
#[derive(Clone, Copy, Debug)]
pub struct HourOf<'a> {
    /// Hours since 1970-01-01T00Z.
    pub hour: i64,
    /// The times, in canonical order; of what is counted, the minutes. Never empty.
    pub times: &'a [Millis],
    /// The values.
    pub values: &'a [f64],
    /// Of what is counted, the digest of the occurrences, since minutes without are no input.
    pub counted: Option<InputDigest>,
}

/// An exceedance that was found, with what is known of it then.
#[derive(Debug)]
pub struct Notice<'a> {
    /// The exceedance.
    pub exceedance: &'a Exceedance,
    /// What it is to its incident.
    pub role: Role,
    /// The incident so far.
    pub incident: Option<&'a Incident>,
    /// The EMA after the value; of a silence after the last value before it.
    pub ema: f64,
    /// The digest of the state before its hour.
    pub state_digest: StateDigest,
    /// The version of the model.
    pub model_version: u32,
    /// The identity of the incident, which whoever hears of its alert gives it.
    pub identity: &'a mut Option<Id>,
}

/// Whoever wants to know what comes out.
pub trait Listener {
    /// An exceedance was found.
    fn exceedance(&mut self, _notice: Notice) {}
    /// An hour with values is over.
    fn hour(&mut self, _row: &Row) {}
    /// A day, week, month or season with values is over.
    fn interval(&mut self, _unit: Unit, _row: &Row) {}
    /// A UTC day is over; [`Flow::end`] is its end.
    fn day(&mut self, _flow: &Flow) {}
}

/// Nobody wants to know.
impl Listener for () {}

/// What flows on from hour to hour.
#[derive(Debug)]
pub struct Flow {
    monitor: Monitor,
    ema: ValueEma,
    /// The time of the last value.
    before: Option<Millis>,
    /// The hour that comes next; `None` before the first value.
    next: Option<i64>,
    state_digest: StateDigest,
    model_version: u32,
    /// The identity of the last incident.
    incident: Option<Id>,
    /// Intervals of hours that were detected, not trained.
    folds: [Folding; 4],
    /// What is known of each hour of the week; training has none.
    learned: Option<Learned>,
    /// Of the incident that was there when this run began, how many exceedances it had, and when it ended.
    resumed: Option<(u64, Millis)>,
}

impl Flow {
    /// Before the first value of a parameter; `settings` is the digest of the settings that decide results.
    #[must_use]
    pub fn new(parameter: &Parameter, method: Method, rules: Rules, settings: &Sha256) -> Self {
        let aggregation = match parameter.aggregation {
            Aggregation::None => "none",
            Aggregation::Count => "count",
        };
        let origin = [method.id(), &settings.to_string(), aggregation];
        Self {
            monitor: Monitor::new(method, rules),
            ema: ValueEma::default(),
            before: None,
            next: None,
            state_digest: StateDigest::before_all(&parameter.name, &origin),
            model_version: 0,
            incident: None,
            folds: Unit::FOLDED.map(Folding::new),
            learned: None,
            resumed: None,
        }
    }

    /// Begins live detection from a trained state: with this model, and what it knows of each hour of the week. The
    /// incidents of the past are over, since nobody was told of them: whatever is found next opens one, and so does a
    /// silence that is under way.
    pub fn begin_live(&mut self, model_version: u32, learned: Learned) {
        self.model_version = model_version;
        self.learned = Some(learned);
        self.monitor.forget_incidents();
        self.incident = None;
        self.resumed = None;
        self.folds = Unit::FOLDED.map(Folding::new);
    }

    /// Goes on where another flow of the same parameter has come to by an older model: with its incident, its EMA and its
    /// intervals.
    #[must_use]
    pub fn adopted_from(mut self, older: Self) -> Self {
        self.monitor.take_over_incidents(older.monitor);
        Self {
            ema: older.ema,
            before: older.before.max(self.before),
            next: self.next.or(older.next),
            incident: older.incident,
            folds: older.folds,
            resumed: older.resumed,
            ..self
        }
    }

    /// Begins a run here: incidents before are no part of it but the last one, if it goes on.
    pub fn begin_run(&mut self) {
        self.monitor.forget_all_but_last();
        self.resumed = self.monitor.last_incident().map(|incident| (incident.exceedances, incident.end));
    }

    /// The identity of the incident that may go on; `None` where none does.
    #[must_use]
    pub fn open_incident(&self) -> Option<Id> {
        let now = self.next? * HOUR;
        self.incident.filter(|_| self.monitor.is_open(now))
    }

    /// The end of the hours so far (hours since 1970-01-01T00Z); `None` before the first value.
    #[must_use]
    pub fn end(&self) -> Option<i64> {
        self.next
    }

    /// The digest of what the state is made from.
    #[must_use]
    pub fn state_digest(&self) -> StateDigest {
        self.state_digest
    }

    /// The model by which it judges; 0 while training.
    #[must_use]
    pub fn model_version(&self) -> u32 {
        self.model_version
    }

    /// What is known of each hour of the week.
    #[must_use]
    pub fn learned(&self) -> Option<&Learned> {
        self.learned.as_ref()
    }

    /// Whether there is too little history for limits.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.monitor.detector().is_learning()
    }

    /// The incidents that began or went on in this run, in the order of their alerts.
    #[must_use]
    pub fn incidents(&self) -> &[Incident] {
        let incidents = self.monitor.incidents();
        match (self.resumed, incidents.first()) {
            (Some(before), Some(first)) if (first.exceedances, first.end) == before => &incidents[1..],
            _ => incidents,
        }
    }

    /// The incident that was opened last; it may go on.
    #[must_use]
    pub fn last_incident(&self) -> Option<&Incident> {
        self.monitor.last_incident()
    }

    /// The incident that was there when this run began.
    #[must_use]
    pub fn last_incident_before(&self) -> Option<&Incident> {
        self.resumed.and_then(|_| self.monitor.incidents().first())
    }

    /// Takes in the measurements of an hour, after time has passed up to it.
    pub fn hour(&mut self, hour: HourOf, listener: &mut impl Listener) {
        let HourOf { hour: number, times, values, counted } = hour;
        self.pass_until(number, listener);
        let (ema, state_digest, model_version) = (self.ema, self.state_digest, self.model_version);
        let identity = &mut self.incident;
        // the EMA up to the exceedances, which are few, again
        let (mut seen, mut average) = (0, ema);
        self.monitor.follow(Batch { times, values, before: self.before }, |told| {
            let Told { exceedance, role, incident, index } = told;
            let after = if exceedance.value().is_some() { index + 1 } else { index };
            values[seen..after.max(seen)].iter().for_each(|value| {
                average.push(*value);
            });
            seen = seen.max(after);
            let ema = average.value();
            listener.exceedance(Notice { exceedance, role, incident, ema, state_digest, model_version, identity });
        });
        let mut hours = Hours::new(ema);
        hours.extend(times, values, |_| {});
        let (figures, ema) = hours.finish();
        self.ema = ema;
        let previous = self.before.map(|time| time.div_euclid(HOUR));
        self.before = times.last().copied().or(self.before);
        let row = figures.map(|mut figures| {
            figures.input_digest = counted.unwrap_or(figures.input_digest);
            figures.row(state_digest.after(number, figures.input_digest, model_version), model_version)
        });
        self.next = Some(number);
        self.end_hour(number, row.as_ref(), previous, listener);
    }

    /// Takes in that nothing has come until the beginning of this hour.
    pub fn pass_until(&mut self, hour: i64, listener: &mut impl Listener) {
        while let Some(next) = self.next.filter(|next| *next < hour) {
            self.end_hour(next, None, None, listener);
        }
    }

    /// The hour is over, and had these figures.
    fn end_hour(&mut self, hour: i64, row: Option<&Row>, previous: Option<i64>, listener: &mut impl Listener) {
        let (state_digest, model_version) = (self.state_digest, self.model_version);
        let (ema, identity) = (self.ema.value(), &mut self.incident);
        self.monitor.end_hour((hour + 1) * HOUR, |told| {
            let Told { exceedance, role, incident, .. } = told;
            listener.exceedance(Notice { exceedance, role, incident, ema, state_digest, model_version, identity });
        });
        self.next = Some(hour + 1);
        if let Some(row) = row {
            self.state_digest = row.state_digest;
            listener.hour(row);
            if self.learned.is_some() {
                for (unit, fold) in Unit::FOLDED.into_iter().zip(&mut self.folds) {
                    fold.push(*row).iter().for_each(|over| listener.interval(unit, over));
                }
            }
            if let Some(learned) = &mut self.learned {
                learned.take(hour, row.figures.moments, previous);
            }
        }
        if (hour + 1).rem_euclid(DAY_HOURS) == 0 {
            for (unit, fold) in Unit::FOLDED.into_iter().zip(&mut self.folds) {
                fold.close(hour + 1).iter().for_each(|over| listener.interval(unit, over));
            }
            listener.day(self);
        }
    }
}

#[cfg(test)]
mod tests;
