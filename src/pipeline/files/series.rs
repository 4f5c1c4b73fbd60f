//! One series on its way through the detector.

use std::sync::Arc;

use super::Options;
use super::reorder::{ReorderWindow, TooLate};
use super::scores::ScoreRows;
use crate::domain::budget::{Counted, Counter};
use crate::domain::counts::MinuteCounts;
use crate::domain::incident::{Incident, Role};
use crate::domain::measurement::{Aggregation, Millis};
use crate::domain::monitor::{Batch, Monitor};
use crate::error::Result;
use crate::pipeline::rules::SeriesKey;

/// What was found in one series.
#[derive(Debug)]
pub struct SeriesOutcome {
    /// The name of the parameter.
    pub parameter: Arc<str>,
    /// Whether the values are measured or counted.
    pub aggregation: Aggregation,
    /// How many values the detector saw; of counted parameters, minutes.
    pub values: u64,
    /// The times of the first and the last value.
    pub range: Option<(Millis, Millis)>,
    /// The surprise from which on a value is an exceedance.
    pub threshold: f64,
    /// How many values were outside their limits; silences and changes of level count too.
    pub exceedances: u64,
    /// The incidents, in the order of time.
    pub incidents: Vec<Incident>,
    /// The times of the exceedances, if they were asked for.
    pub exceedance_times: Vec<Millis>,
    /// The median of the first sampling intervals; 0 for fewer than two values.
    pub interval: Millis,
    /// Whether there was too little history for limits to the end.
    pub learning: bool,
    /// The rows of `--scores`, if they were asked for.
    pub scores: Option<ScoreRows>,
    /// What each of several thresholds would find, if only that was asked for.
    pub counted: Option<Counted>,
}

/// A series on its way: reorder window, counting, detector, incidents, scores.
#[derive(Debug)]
pub struct SeriesRun {
    window: ReorderWindow,
    stages: Stages,
}

/// What a measurement goes through once its turn has come.
#[derive(Debug)]
struct Stages {
    minutes: Option<MinuteCounts>,
    judge: Judge,
}

/// What judges a series, and what is known of it.
#[derive(Debug)]
struct Judge {
    parameter: Arc<str>,
    aggregation: Aggregation,
    aim: Aim,
    values: u64,
    first: Option<Millis>,
    last: Option<Millis>,
    intervals: Vec<Millis>,
}

/// What a series is looked through for.
#[derive(Debug)]
enum Aim {
    /// Incidents.
    Find(Box<Finder>),
    /// How many incidents each of several thresholds would find.
    Count(Box<Counter>),
}

/// A monitor, and what is kept besides its incidents.
#[derive(Debug)]
struct Finder {
    monitor: Monitor,
    exceedances: u64,
    exceedance_times: Option<Vec<Millis>>,
    scores: Option<ScoreRows>,
    /// The last value outside its limits: scores speak of values, so silences open no incident there.
    last_outside: Option<Millis>,
}

impl SeriesRun {
    /// How many intervals the typical one is the median of.
    const INTERVALS: usize = 1001;

    /// A series that nothing is known of; `window` is the size of its reorder window.
    #[must_use]
    pub fn new(key: &SeriesKey, window: usize, options: &Options) -> Self {
        let (parameter, aggregation) = (Arc::clone(&key.1), key.2);
        let (method, rules) = (options.method, options.rules(key));
        let aim = if options.count_only {
            Aim::Count(Box::new(Counter::new(method, rules)))
        } else {
            Aim::Find(Box::new(Finder {
                monitor: Monitor::new(method, rules),
                exceedances: 0,
                exceedance_times: options.keep_exceedance_times.then(Vec::new),
                scores: options.scores.as_ref().map(|spool| ScoreRows::new(&parameter, options.zone, spool)),
                last_outside: None,
            }))
        };
        let judge = Judge { parameter, aggregation, aim, values: 0, first: None, last: None, intervals: Vec::new() };
        let minutes = (aggregation == Aggregation::Count).then(MinuteCounts::default);
        Self { window: ReorderWindow::new(window), stages: Stages { minutes, judge } }
    }

    /// Takes in measurements that may be a little out of order.
    ///
    /// # Errors
    /// When a measurement is too late for the window (the inner result), or scores can't be written.
    pub fn push(&mut self, times: &[Millis], values: &[f64]) -> Result<Result<(), TooLate>> {
        let mut written = Ok(());
        let pushed = self.window.push(times, values, |times, values| {
            if written.is_ok() {
                written = self.stages.take(times, values);
            }
        });
        written.map(|()| pushed)
    }

    /// Takes in measurements that are in canonical order, and after all earlier ones.
    ///
    /// # Errors
    /// When scores can't be written.
    pub fn push_sorted(&mut self, times: &[Millis], values: &[f64]) -> Result<()> {
        self.stages.take(times, values)
    }

    /// The time of the last measurement that has come.
    #[must_use]
    pub fn latest(&self) -> Option<Millis> {
        self.window.latest()
    }

    /// Ends the series. The data of its unit end at `end`: a parameter that ends before the others has fallen silent,
    /// one that simply ends has not, nor has one that is counted, of which nothing is known after its last occurrence.
    ///
    /// # Errors
    /// When scores can't be written.
    pub fn finish(mut self, end: Option<Millis>) -> Result<SeriesOutcome> {
        let mut written = Ok(());
        self.window.finish(|times, values| written = self.stages.take(times, values));
        written?;
        if let Some((time, count)) = self.stages.minutes.and_then(MinuteCounts::finish) {
            self.stages.judge.take(&[time], &[count])?;
        }
        Ok(self.stages.judge.finish(end))
    }
}

impl Stages {
    /// How many minutes are judged at once.
    const BATCH: usize = 1 << 14;

    fn take(&mut self, times: &[Millis], values: &[f64]) -> Result<()> {
        let Some(minutes) = &mut self.minutes else { return self.judge.take(times, values) };
        let (mut starts, mut counts) = (Vec::new(), Vec::new());
        let mut taken = Ok(());
        for (&time, &value) in times.iter().zip(values) {
            let judge = &mut self.judge;
            minutes.push(time, value, |start, count| {
                starts.push(start);
                counts.push(count);
                // between two occurrences there may be years of minutes
                if starts.len() == Self::BATCH && taken.is_ok() {
                    taken = judge.take(&starts, &counts);
                    starts.clear();
                    counts.clear();
                }
            });
        }
        taken?;
        self.judge.take(&starts, &counts)
    }
}

impl Judge {
    fn take(&mut self, times: &[Millis], values: &[f64]) -> Result<()> {
        let Some((&first, &last)) = times.first().zip(times.last()) else { return Ok(()) };
        let batch = Batch { times, values, before: self.last };
        self.first.get_or_insert(first);
        self.note_intervals(times);
        self.last = Some(last);
        self.values += times.len() as u64;
        match &mut self.aim {
            Aim::Find(finder) => finder.take(batch),
            Aim::Count(counter) => {
                counter.scan(batch);
                Ok(())
            }
        }
    }

    /// Notes the first sampling intervals; values of the same time are not one.
    fn note_intervals(&mut self, times: &[Millis]) {
        let room = SeriesRun::INTERVALS.saturating_sub(self.intervals.len());
        if room > 0 {
            let before = self.last.into_iter().chain(times.iter().copied());
            let intervals = before.zip(self.last.is_none().then_some(()).map_or(times, |()| &times[1..]));
            self.intervals.extend(intervals.map(|(a, &b)| b - a).filter(|&interval| interval > 0).take(room));
        }
    }

    fn finish(mut self, end: Option<Millis>) -> SeriesOutcome {
        let end = end.filter(|_| self.aggregation == Aggregation::None);
        self.intervals.sort_unstable();
        let mut outcome = SeriesOutcome {
            parameter: self.parameter,
            aggregation: self.aggregation,
            values: self.values,
            range: self.first.zip(self.last),
            threshold: 0.0,
            exceedances: 0,
            incidents: Vec::new(),
            exceedance_times: Vec::new(),
            interval: self.intervals.get(self.intervals.len() / 2).copied().unwrap_or(0),
            learning: false,
            scores: None,
            counted: None,
        };
        match self.aim {
            Aim::Find(finder) => finder.finish(end, &mut outcome),
            Aim::Count(counter) => outcome.counted = Some(counter.finish(end)),
        }
        outcome
    }
}

impl Finder {
    fn take(&mut self, batch: Batch) -> Result<()> {
        let Self { monitor, exceedances, exceedance_times, scores, last_outside } = self;
        let mut note = |time: Millis| {
            *exceedances += 1;
            exceedance_times.iter_mut().for_each(|times| times.push(time));
        };
        let Some(scores) = scores else {
            monitor.scan(batch, |exceedance, _| note(exceedance.time));
            return Ok(());
        };
        for (index, (&time, &value)) in batch.times.iter().zip(batch.values).enumerate() {
            let Some(verdict) = monitor.push(batch.only(index), |exceedance, _| note(exceedance.time)) else {
                continue;
            };
            let role = verdict.exceedance.then(|| {
                let quiet = monitor.detector().quiet_time();
                let before = last_outside.replace(time);
                let goes_on = before.zip(quiet).is_some_and(|(before, quiet)| time - before <= quiet);
                if goes_on { Role::Further } else { Role::Alert }
            });
            scores.write(time, value, &verdict, role)?;
        }
        Ok(())
    }

    fn finish(mut self, end: Option<Millis>, outcome: &mut SeriesOutcome) {
        if let Some(end) = end {
            self.monitor.advance_to(end, |exceedance, _| {
                self.exceedances += 1;
                self.exceedance_times.iter_mut().for_each(|times| times.push(exceedance.time));
            });
        }
        outcome.threshold = self.monitor.rules().threshold;
        outcome.learning = self.monitor.detector().is_learning();
        outcome.exceedances = self.exceedances;
        outcome.exceedance_times = self.exceedance_times.unwrap_or_default();
        outcome.incidents = self.monitor.into_incidents();
        outcome.scores = self.scores;
    }
}
