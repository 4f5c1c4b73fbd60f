//! One series of files on its way: put in order, then looked through for incidents, or counted.

use std::sync::Arc;

use super::reorder::{ReorderWindow, TooLate};
use super::scores::ScoreRows;
use super::{Aim, Options, SeriesKey};
use crate::domain::budget::{Counted, Counter};
use crate::domain::incident::Role;
use crate::domain::measurement::{Aggregation, Millis};
use crate::domain::monitor::Batch;
use crate::domain::parameters::{Parameter, SeriesId};
use crate::domain::series::{Judged, Listener, Minutes, Series, SeriesOutcome};
use crate::error::{Error, Result};

/// A series on its way.
#[derive(Debug)]
pub struct SeriesRun {
    window: ReorderWindow,
    work: Work,
}

/// What is done with measurements once their turn has come.
#[derive(Debug)]
enum Work {
    Find(Box<(Series, ScoreListener)>),
    Count(Box<Counting>),
}

/// What has come out of a series.
#[derive(Debug)]
pub enum Found {
    /// Incidents, and the rows of `--scores` if they were asked for.
    Incidents(Box<SeriesOutcome>, Option<ScoreRows>),
    /// What each of several thresholds would find.
    Counted(Parameter, Box<Counted>),
}

/// Counts the incidents of several thresholds.
#[derive(Debug)]
struct Counting {
    parameter: Parameter,
    minutes: Option<Minutes>,
    counter: Counter,
    last: Option<Millis>,
}

/// Writes the rows of `--scores`, if they were asked for.
#[derive(Debug)]
struct ScoreListener {
    rows: Option<ScoreRows>,
    /// The last value outside its limits: scores speak of values, so silences open no incident there.
    last_outside: Option<Millis>,
    /// Why a row could not be written.
    failed: Option<Error>,
}

impl SeriesRun {
    /// A series of the unit of this label, before its first measurement; `window` is the size of its reorder window.
    #[must_use]
    pub fn new(key: &SeriesKey, label: &Arc<str>, window: usize, options: &Options) -> Self {
        let (method, rules, parameter) = (options.rules.method, options.rules_of(key), key.1.clone());
        let work = match &options.aim {
            Aim::Count => Work::Count(Box::new(Counting::new(parameter, Counter::new(method, rules)))),
            Aim::Find { keep_times, scores } => {
                let rows = scores.as_ref().map(|spool| ScoreRows::new(&parameter.name, rules.zone, spool));
                let id = SeriesId { source: Arc::clone(label), parameter };
                let series = Series::of_files(id, method, rules, *keep_times);
                Work::Find(Box::new((series, ScoreListener { rows, last_outside: None, failed: None })))
            }
        };
        Self { window: ReorderWindow::new(window), work }
    }

    /// Takes measurements that may be a little out of order.
    ///
    /// # Errors
    /// When a measurement is too late for the window (the inner result), or scores can't be written.
    pub fn push(&mut self, times: &[Millis], values: &[f64]) -> Result<Result<(), TooLate>> {
        let Self { window, work } = self;
        let pushed = window.push(times, values, |times, values| work.take(times, values));
        work.check().map(|()| pushed)
    }

    /// Takes measurements that are in canonical order, and after all earlier ones.
    ///
    /// # Errors
    /// When scores can't be written.
    pub fn push_sorted(&mut self, times: &[Millis], values: &[f64]) -> Result<()> {
        self.work.take(times, values);
        self.work.check()
    }

    /// The time of the last measurement that has come.
    #[must_use]
    pub fn latest(&self) -> Option<Millis> {
        self.window.latest()
    }

    /// Ends the series. The data of its unit end at `end`.
    ///
    /// # Errors
    /// When scores can't be written.
    pub fn finish(mut self, end: Option<Millis>) -> Result<Found> {
        self.window.finish(|times, values| self.work.take(times, values));
        let found = match self.work {
            Work::Count(counting) => counting.finish(end),
            Work::Find(find) => {
                let (series, mut scores) = *find;
                let outcome = series.finish(end, &mut scores);
                scores.check()?;
                Found::Incidents(Box::new(outcome), scores.rows)
            }
        };
        Ok(found)
    }
}

impl Work {
    fn take(&mut self, times: &[Millis], values: &[f64]) {
        match self {
            Self::Find(find) => find.0.take(times, values, &mut find.1),
            Self::Count(counting) => counting.take(times, values),
        }
    }

    fn check(&mut self) -> Result<()> {
        match self {
            Self::Find(find) => find.1.check(),
            Self::Count(_) => Ok(()),
        }
    }
}

impl ScoreListener {
    fn check(&mut self) -> Result<()> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

impl Listener for ScoreListener {
    fn wants_values(&self) -> bool {
        self.rows.is_some()
    }

    fn value(&mut self, judged: Judged) {
        let (Some(rows), None) = (&mut self.rows, &self.failed) else { return };
        let Judged { time, value, verdict, quiet_time } = judged;
        let role = verdict.exceedance.then(|| {
            let before = self.last_outside.replace(time);
            let goes_on = before.zip(quiet_time).is_some_and(|(before, quiet)| time - before <= quiet);
            if goes_on { Role::Further } else { Role::Alert }
        });
        self.failed = rows.write(time, value, verdict, role).err();
    }
}

impl Counting {
    fn new(parameter: Parameter, counter: Counter) -> Self {
        let minutes = (parameter.aggregation == Aggregation::Count).then(Minutes::new);
        Self { parameter, minutes, counter, last: None }
    }

    fn take(&mut self, times: &[Millis], values: &[f64]) {
        let Self { minutes, counter, last, .. } = self;
        let mut scan = |times: &[Millis], values: &[f64]| {
            counter.scan(Batch { times, values, before: *last });
            *last = times.last().copied().or(*last);
        };
        match minutes {
            Some(minutes) => minutes.take(times, values, scan),
            None => scan(times, values),
        }
    }

    fn finish(mut self, end: Option<Millis>) -> Found {
        let end = end.filter(|_| self.minutes.is_none());
        if let Some(minutes) = self.minutes.take() {
            minutes.finish(|times, values| self.take(times, values));
        }
        Found::Counted(self.parameter, Box::new(self.counter.finish(end)))
    }
}
