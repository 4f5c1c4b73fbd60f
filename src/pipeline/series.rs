//! One series on its way through the detector.

use std::sync::Arc;

use super::Options;
use super::scores::ScoreRows;
use super::window::{TooLate, Window};
use crate::domain::counts::MinuteCounts;
use crate::domain::detector::Detector;
use crate::domain::incident::{Exceedance, Grouping, Incident, Role};
use crate::domain::measurement::{Aggregation, Millis};
use crate::error::Result;

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
    /// How many values were outside their limits.
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
}

/// A series on its way: reorder window, counting, detector, incidents, scores.
#[derive(Debug)]
pub struct SeriesRun {
    window: Window,
    stages: Stages,
}

/// What a measurement goes through once its turn has come.
#[derive(Debug)]
struct Stages {
    minutes: Option<MinuteCounts>,
    judge: Judge,
}

/// The detector and what it finds.
#[derive(Debug)]
struct Judge {
    parameter: Arc<str>,
    aggregation: Aggregation,
    detector: Detector,
    grouping: Grouping,
    values: u64,
    first: Option<Millis>,
    last: Option<Millis>,
    intervals: Vec<Millis>,
    exceedances: u64,
    exceedance_times: Option<Vec<Millis>>,
    scores: Option<ScoreRows>,
}

impl SeriesRun {
    /// How many intervals the typical one is the median of.
    const INTERVALS: usize = 1001;

    /// A series that nothing is known of; `window` is the size of its reorder window.
    #[must_use]
    pub fn new(parameter: Arc<str>, aggregation: Aggregation, window: usize, options: &Options) -> Self {
        let judge = Judge {
            parameter: Arc::clone(&parameter),
            aggregation,
            detector: Detector::new(options.method, options.threshold, options.zone),
            grouping: Grouping::new(options.method.quiet_time()),
            values: 0,
            first: None,
            last: None,
            intervals: Vec::new(),
            exceedances: 0,
            exceedance_times: options.keep_exceedance_times.then(Vec::new),
            scores: options.scores.as_ref().map(|spool| ScoreRows::new(&parameter, options.zone, spool)),
        };
        let minutes = (aggregation == Aggregation::Count).then(MinuteCounts::default);
        Self { window: Window::new(window), stages: Stages { minutes, judge } }
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

    /// Ends the series.
    ///
    /// # Errors
    /// When scores can't be written.
    pub fn finish(mut self) -> Result<SeriesOutcome> {
        let mut written = Ok(());
        self.window.finish(|times, values| written = self.stages.take(times, values));
        written?;
        if let Some((time, count)) = self.stages.minutes.and_then(MinuteCounts::finish) {
            self.stages.judge.take(&[time], &[count])?;
        }
        Ok(self.stages.judge.finish())
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
        let before = self.last;
        self.first.get_or_insert(first);
        self.note_intervals(times);
        self.last = Some(last);
        self.values += times.len() as u64;
        let previous = |index: usize| if index == 0 { before } else { Some(times[index - 1]) };
        let exceedance = |index: usize, verdict| Exceedance {
            time: times[index],
            value: values[index],
            verdict,
            since_previous: previous(index).map(|time| times[index] - time),
        };
        let (grouping, kept) = (&mut self.grouping, &mut self.exceedance_times);
        let mut add = |exceedance: Exceedance| {
            self.exceedances += 1;
            kept.iter_mut().for_each(|kept| kept.push(exceedance.time));
            grouping.add(exceedance)
        };
        let Some(scores) = &mut self.scores else {
            self.detector.scan(times, values, |index, verdict| {
                add(exceedance(index, verdict));
            });
            return Ok(());
        };
        for (index, (&time, &value)) in times.iter().zip(values).enumerate() {
            let verdict = self.detector.push(time, value);
            let role = verdict.exceedance.then(|| add(exceedance(index, verdict)));
            scores.write(time, value, &verdict, role == Some(Role::Alert), role == Some(Role::Further))?;
        }
        Ok(())
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

    fn finish(mut self) -> SeriesOutcome {
        self.intervals.sort_unstable();
        SeriesOutcome {
            parameter: self.parameter,
            aggregation: self.aggregation,
            values: self.values,
            range: self.first.zip(self.last),
            exceedances: self.exceedances,
            incidents: self.grouping.into_incidents(),
            exceedance_times: self.exceedance_times.unwrap_or_default(),
            interval: self.intervals.get(self.intervals.len() / 2).copied().unwrap_or(0),
            learning: self.detector.is_learning(),
            scores: self.scores,
        }
    }
}
