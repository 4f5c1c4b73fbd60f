//! One parameter as its measurements come.
//!
//! A [`Series`] counts occurrences by minute, judges values, groups exceedances to incidents, and counts what it has come
//! to. Files, stores, training, replay and streams feed the same series, so they find the same, bit by bit.
//!
//! A series of a store also keeps a ledger: the EMA of the values, the figures of hours and of longer intervals, what is
//! known of each hour of the week, and digests. It goes hour by hour: [`Series::take`] and [`Series::pass_until`] end the
//! hours that are over. A series of files has no ledger and no hours, and ends with [`Series::finish`].
//!
//! Measurements may be cut anywhere, also within an hour, and the state can be kept at any cut.

mod evidence;
mod learned;
mod ledger;
mod minutes;
mod state;
mod tally;

pub use evidence::{DerivedRows, Evidence, Frame, KeptState};
pub use learned::{Learned, LearnedSlot};
pub use minutes::Minutes;
pub use state::NoState;
pub use tally::SeriesOutcome;

use self::ledger::{Ledger, Live};
use self::tally::Tally;
use super::aggregate::{Row, each_hour};
use super::detector::{Method, Rules, Verdict};
use super::digest::{Sha256, StateDigest};
use super::identity::Id;
use super::incident::{Exceedance, Incident, Role};
use super::interval::Unit;
use super::measurement::{Aggregation, Millis};
use super::monitor::{Batch, Monitor, Reported};
use super::parameters::SeriesId;
use crate::domain::hour::Hour;

/// What is said of a value.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// When.
    pub time: Millis,
    /// The value.
    pub value: f64,
    /// The verdict on it.
    pub verdict: &'a Verdict,
    /// How long the parameter must stay within its limits before an incident is over.
    pub quiet_time: Option<Millis>,
}

/// An exceedance that was found, with what the ledger knows at its time.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// The exceedance.
    pub exceedance: &'a Exceedance,
    /// What it is to its incident.
    pub role: Role,
    /// The incident so far.
    pub incident: &'a Incident,
    /// Its place among the exceedances of the series that have the same time, from 0.
    pub place: u32,
    /// The EMA after the value; of a silence after the last value before it.
    pub ema: f64,
    /// The digest of the state before its hour.
    pub state_digest: StateDigest,
    /// The version of the model.
    pub model_version: u32,
}

/// Hears what comes out of a series. All but [`Self::value`] comes from a series with a ledger.
pub trait Listener {
    /// Whether [`Self::value`] wants every value. It makes detection slower.
    fn wants_values(&self) -> bool {
        false
    }
    /// A value was judged.
    fn value(&mut self, _judged: Judged) {}
    /// An exceedance was found.
    fn exceedance(&mut self, _notice: Notice) {}
    /// An hour with values is over.
    fn hour(&mut self, _row: &Row) {}
    /// A day, week, month or season with values is over.
    fn interval(&mut self, _unit: Unit, _row: &Row) {}
    /// A UTC day is over; [`Series::end`] is its end.
    fn day(&mut self, _series: &Series) {}
}

/// Hears nothing.
impl Listener for () {}

/// One parameter as its measurements come.
#[derive(Debug)]
pub struct Series {
    /// Counts what is counted.
    minutes: Option<Minutes>,
    monitor: Monitor,
    /// The time of the last value.
    last: Option<Millis>,
    tally: Tally,
    ledger: Option<Box<Ledger>>,
    /// What was known of the last incident when this run began.
    before_run: Option<BeforeRun>,
}

/// The last incident when a run began.
#[derive(Clone, Copy, Debug)]
struct BeforeRun {
    id: Id,
    exceedances: u64,
    end: Millis,
    /// Whether it went on.
    is_open: bool,
}

impl Series {
    /// A series of files, before its first measurement. Times of exceedances and sampling intervals are kept if
    /// `keep_times`.
    #[must_use]
    pub fn of_files(id: SeriesId, method: Method, rules: Rules, keep_times: bool) -> Self {
        let counted = id.parameter.aggregation == Aggregation::Count;
        Self {
            minutes: counted.then(Minutes::new),
            monitor: Monitor::new(id, method, rules),
            last: None,
            tally: Tally::new(keep_times),
            ledger: None,
            before_run: None,
        }
    }

    /// A series of a store, before its first measurement. `settings` is the digest of the settings that decide results.
    #[must_use]
    pub fn of_store(id: SeriesId, method: Method, rules: Rules, settings: &Sha256) -> Self {
        let ledger = Ledger::new(&id.parameter, method, settings);
        Self { ledger: Some(Box::new(ledger)), ..Self::of_files(id, method, rules, false) }
    }

    /// Begins live detection from a trained state, with this model and what it knows of each hour of the week. The
    /// incidents of the past are over, since nobody was told of them: what is found next opens one, and so does a silence
    /// that is under way.
    pub fn begin_live(&mut self, model_version: u32, learned: Learned) {
        self.monitor.begin_live(model_version);
        self.before_run = None;
        if let Some(ledger) = &mut self.ledger {
            ledger.live = Some(Live::new(learned));
        }
    }

    /// Goes on where another series of the same parameter has come to by an older model, at the end of an hour: with its
    /// incident, its EMA and its intervals.
    #[must_use]
    pub fn adopted_from(mut self, older: Self) -> Self {
        self.monitor.take_over_incidents(older.monitor);
        if let (Some(ledger), Some(older)) = (&mut self.ledger, older.ledger) {
            ledger.hours = older.hours;
            ledger.previous = ledger.previous.max(older.previous);
            ledger.next = ledger.next.or(older.next);
            if let (Some(live), Some(older)) = (&mut ledger.live, older.live) {
                live.folds = older.folds;
            }
        }
        let open = self.minutes.as_ref().and_then(Minutes::open);
        if open.is_none() {
            self.minutes = older.minutes;
        }
        self.last = self.last.max(older.last);
        self.before_run = older.before_run;
        self
    }

    /// Begins a run here: incidents before are no part of it but the last one, if it goes on. Times of exceedances and
    /// sampling intervals are kept if `keep_times`.
    pub fn begin_run(&mut self, keep_times: bool) {
        self.monitor.forget_all_but_last();
        let open = self.open_incident();
        self.before_run = self.monitor.last_incident().map(|&Incident { id, exceedances, end, .. }| BeforeRun {
            id,
            exceedances,
            end,
            is_open: open == Some(id),
        });
        self.tally = Tally::new(keep_times);
    }

    /// Takes measurements that follow on those before, in canonical order; of what is counted, occurrences. With a ledger,
    /// hours before them end.
    pub fn take(&mut self, times: &[Millis], values: &[f64], listener: &mut impl Listener) {
        if self.ledger.is_none() {
            self.take_values(times, values, listener);
            return;
        }
        each_hour(times, values, |hour, times, values| {
            self.pass_until(hour, listener);
            if let Some(ledger) = &mut self.ledger {
                ledger.begin(hour);
                ledger.add_occurrences(times, values);
            }
            self.take_values(times, values, listener);
        });
    }

    /// Records that nothing has come until the beginning of this hour. The hours before it
    /// end. Does nothing without a ledger.
    pub fn pass_until(&mut self, hour: Hour, listener: &mut impl Listener) {
        while let Some(next) = self.end().filter(|next| *next < hour) {
            self.end_hour(next, listener);
        }
    }

    /// Ends a series of files. The data of its file end at `end`: a parameter that ends before the others has fallen
    /// silent, one that simply ends has not, nor has one that is counted, of which nothing is known after its last
    /// occurrence.
    #[must_use]
    pub fn finish(mut self, end: Option<Millis>, listener: &mut impl Listener) -> SeriesOutcome {
        match self.minutes.take() {
            Some(minutes) => minutes.finish(|times, counts| self.judge(times, counts, listener)),
            None => {
                let Self { monitor, tally, .. } = &mut self;
                let mut report = |reported: Reported| tally.exceedance(reported.exceedance.time);
                end.into_iter().for_each(|end| monitor.advance_to(end, &mut report));
            }
        }
        self.into_outcome()
    }

    /// What was found in this run.
    #[must_use]
    pub fn into_outcome(self) -> SeriesOutcome {
        let open = self.open_incident();
        let Self { monitor, tally, before_run, .. } = self;
        let (threshold, learning) = (monitor.rules().threshold, monitor.detector().is_learning());
        let SeriesId { parameter, .. } = monitor.series().clone();
        let (values, range, exceedances) = (tally.values, tally.range, tally.exceedances);
        let (times, interval) = tally.into_times();
        let mut incidents = monitor.into_incidents();
        let mut exceedance_times = Vec::new();
        let mut quiet = None;
        match (before_run, incidents.first()) {
            (Some(before), Some(first)) if (first.exceedances, first.end) == (before.exceedances, before.end) => {
                quiet = Some(Box::new(incidents.remove(0))).filter(|_| before.is_open);
            }
            // when its exceedances before this run were is not known any more
            (Some(before), Some(first)) => {
                exceedance_times.extend((0..before.exceedances).map(|_| first.alert.time));
            }
            _ => {}
        }
        exceedance_times.extend(times);
        SeriesOutcome {
            parameter: parameter.name,
            aggregation: parameter.aggregation,
            values,
            range,
            threshold,
            exceedances,
            incidents,
            quiet,
            before: before_run.map(|before| before.id),
            open,
            exceedance_times,
            interval,
            learning,
        }
    }

    /// Which series it is.
    #[must_use]
    pub fn id(&self) -> &SeriesId {
        self.monitor.series()
    }

    /// The identity of the incident that may go on; `None` where none does.
    #[must_use]
    pub fn open_incident(&self) -> Option<Id> {
        let now = self.end()?.start();
        self.monitor.last_incident().filter(|_| self.monitor.is_open(now)).map(|incident| incident.id)
    }

    /// The end of the hours so far; `None` before the first measurement, and without a
    /// ledger.
    #[must_use]
    pub fn end(&self) -> Option<Hour> {
        self.ledger.as_ref()?.next
    }

    /// The digest of what the state is made from, and what is known of each hour of the week; `None` without a ledger.
    #[must_use]
    pub fn state_digest(&self) -> Option<StateDigest> {
        Some(self.ledger.as_ref()?.state_digest)
    }

    /// The model that judges; 0 in training and without one.
    #[must_use]
    pub fn model_version(&self) -> u32 {
        self.monitor.model_version()
    }

    /// What is known of each hour of the week, in live detection.
    #[must_use]
    pub fn learned(&self) -> Option<&Learned> {
        Some(&self.ledger.as_ref()?.live.as_ref()?.learned)
    }

    /// Whether there is too little history for limits.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.monitor.detector().is_learning()
    }

    /// Takes values, or occurrences that become values.
    fn take_values(&mut self, times: &[Millis], values: &[f64], listener: &mut impl Listener) {
        match self.minutes.take() {
            None => self.judge(times, values, listener),
            Some(mut minutes) => {
                minutes.take(times, values, |times, counts| self.judge(times, counts, listener));
                self.minutes = Some(minutes);
            }
        }
    }

    /// Judges values, and enters them into the ledger.
    fn judge(&mut self, times: &[Millis], values: &[f64], listener: &mut impl Listener) {
        let batch = Batch { times, values, before: self.last };
        self.tally.add(times);
        self.last = times.last().copied().or(self.last);
        if !listener.wants_values() {
            self.judge_batch(batch, listener, |monitor, report| monitor.scan(batch, report));
            return;
        }
        for (index, (&time, &value)) in times.iter().zip(values).enumerate() {
            let only = batch.only(index);
            let mut verdict = None;
            self.judge_batch(only, listener, |monitor, report| verdict = monitor.push(only, report));
            if let Some(verdict) = &verdict {
                let quiet_time = self.monitor.detector().quiet_time();
                listener.value(Judged { time, value, verdict, quiet_time });
            }
        }
    }

    fn judge_batch<L: Listener>(
        &mut self,
        batch: Batch,
        listener: &mut L,
        judge: impl FnOnce(&mut Monitor, &mut dyn FnMut(Reported)),
    ) {
        let Self { monitor, tally, ledger, .. } = self;
        let Some(ledger) = ledger else {
            judge(monitor, &mut |reported| tally.exceedance(reported.exceedance.time));
            return;
        };
        let (state_digest, model_version) = (ledger.state_digest, monitor.model_version());
        // the EMA up to the exceedances, which are few, is made again
        let (mut seen, mut average) = (0, ledger.hours.ema());
        judge(monitor, &mut |reported| {
            let Reported { exceedance, role, incident, place, index } = reported;
            tally.exceedance(exceedance.time);
            let after = if exceedance.value().is_some() { index + 1 } else { index };
            for value in &batch.values[seen..after.max(seen)] {
                average.push(*value);
            }
            seen = seen.max(after);
            let ema = average.value();
            listener.exceedance(Notice { exceedance, role, incident, place, ema, state_digest, model_version });
        });
        ledger.hours.extend(batch.times, batch.values, |_| {});
    }

    /// Ends an hour.
    fn end_hour(&mut self, hour: Hour, listener: &mut impl Listener) {
        if let Some(mut minutes) = self.minutes.take() {
            minutes.pass_until(hour.end(), |times, counts| self.judge(times, counts, listener));
            self.minutes = Some(minutes);
        }
        let Self { monitor, tally, ledger: Some(ledger), .. } = self else { return };
        let (ema, state_digest, model_version) =
            (ledger.hours.ema().value(), ledger.state_digest, monitor.model_version());
        monitor.end_hour(hour.end(), |reported| {
            let Reported { exceedance, role, incident, place, .. } = reported;
            tally.exceedance(exceedance.time);
            listener.exceedance(Notice { exceedance, role, incident, place, ema, state_digest, model_version });
        });
        let row = ledger.end_hour(hour, model_version);
        row.iter().for_each(|row| listener.hour(row));
        let end_of_day = hour.next().begins_day();
        if let Some(live) = &mut ledger.live {
            for (unit, fold) in Unit::FOLDED.into_iter().zip(&mut live.folds) {
                let over = row.and_then(|row| fold.push(row)).into_iter();
                over.chain(end_of_day.then(|| fold.close(hour.next())).flatten())
                    .for_each(|over| listener.interval(unit, &over));
            }
        }
        if end_of_day {
            listener.day(self);
        }
    }
}

#[cfg(test)]
mod tests;
