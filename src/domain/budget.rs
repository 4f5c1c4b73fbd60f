//! Budgets: so many incidents in a time, instead of a threshold.
//!
//! What is learnt does not depend on the threshold, so one pass over the past is enough to know how many incidents each
//! threshold would have made: a [`Ladder`] of thresholds counts them all at once. The lowest threshold is taken from
//! which on every higher one stays within the budget too: a very low one may have few incidents only because they all
//! run into one.

use super::detector::{Detector, Method, Rules, Silence};
use super::gumbel::Gumbel;
use super::incident::Finding;
use super::measurement::{HOUR, Millis};
use super::monitor::{Batch, Outcome, outcome_of};

/// How many incidents are welcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// So many, positive, …
    pub incidents: f64,
    /// … in each of these.
    pub period: Period,
}

/// The time that a budget is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// 24 hours.
    Day,
    /// Seven days.
    Week,
    /// A twelfth of 365.25 days.
    Month,
}

impl Period {
    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// How long it is.
    #[must_use]
    pub fn length(self) -> Millis {
        match self {
            Self::Day => 24 * HOUR,
            Self::Week => 168 * HOUR,
            Self::Month => 24 * HOUR * 36_525 / 1200,
        }
    }
}

impl Budget {
    /// How many periods there are in a time.
    #[must_use]
    pub fn periods(&self, time: Millis) -> f64 {
        time as f64 / self.period.length() as f64
    }

    /// The threshold for a series of whose past this was counted: the threshold, and how many incidents it made. `None`
    /// where less than a period was judged.
    #[must_use]
    pub fn threshold(&self, counted: &Counted) -> Option<(f64, u64)> {
        let periods = self.periods(counted.judged);
        (periods >= 1.0).then(|| counted.ladder.lowest_within(self.incidents * periods))
    }
}

/// Counts the incidents that each of several thresholds would make.
#[derive(Clone, Debug)]
pub struct Ladder {
    rungs: [Rung; RUNGS],
}

/// One threshold, and what it has made.
#[derive(Clone, Copy, Debug)]
struct Rung {
    threshold: f64,
    last: Option<Millis>,
    incidents: u64,
}

/// How many thresholds a ladder has: each is 2.7 % above the one before. Around the usual 2 to 4 that is a fifth more
/// or fewer exceedances, so that what is realised comes close to the budget.
const RUNGS: usize = 128;

impl Default for Ladder {
    fn default() -> Self {
        let share = |step: usize| step as f64 / (RUNGS - 1) as f64;
        let threshold = |step| Self::LOWEST * libm::pow(Self::HIGHEST / Self::LOWEST, share(step));
        let rung = |step| Rung { threshold: threshold(step), last: None, incidents: 0 };
        Self { rungs: std::array::from_fn(rung) }
    }
}

impl Ladder {
    /// The lowest threshold.
    pub const LOWEST: f64 = 1.0;

    /// The highest threshold.
    pub const HIGHEST: f64 = 30.0;

    /// Adds an exceedance with this surprise, as [`super::incident::Grouping::add`] does for one threshold.
    pub fn add(&mut self, time: Millis, surprise: f64, quiet: Option<Millis>) {
        for rung in self.rungs.iter_mut().take_while(|rung| surprise >= rung.threshold) {
            let runs = rung.last.zip(quiet).is_some_and(|(last, quiet)| time - last <= quiet);
            rung.incidents += u64::from(!runs);
            rung.last = Some(time);
        }
    }

    /// Adds a silence from its onset to its end.
    pub fn add_silence(&mut self, silence: &Silence, end: Millis, quiet: Option<Millis>) {
        let surprise = reached(silence, end);
        self.add(silence.onset, surprise, quiet);
        for rung in self.rungs.iter_mut().take_while(|rung| surprise >= rung.threshold) {
            rung.last = rung.last.max(Some(end));
        }
    }

    /// The lowest threshold from which on all make at most `most` incidents, and how many it makes; the highest of all
    /// where even that makes more.
    #[must_use]
    pub fn lowest_within(&self, most: f64) -> (f64, u64) {
        let too_many = self.rungs.iter().rposition(|rung| rung.incidents as f64 > most);
        let first = too_many.map_or(0, |place| (place + 1).min(RUNGS - 1));
        (self.rungs[first].threshold, self.rungs[first].incidents)
    }
}

/// How surprising a silence was at its end, when all of the gap after its onset counts.
///
/// The longest gaps are judged by a Gumbel law of their roots, whose mean and standard deviation give those of the gaps
/// by the delta method; here it is the other way round.
fn reached(silence: &Silence, end: Millis) -> f64 {
    let mean = silence.usual.sqrt();
    if mean.is_nan() || mean <= 0.0 || silence.usual_std <= 0.0 {
        return f64::INFINITY;
    }
    let gap = (end - silence.since) as f64 / HOUR as f64;
    let law = Gumbel::from_moments(mean, silence.usual_std / (2.0 * mean));
    law.surprise(gap.max(0.0).sqrt()).max(silence.surprise)
}

/// What the past of a series comes to under every threshold.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The incidents of each threshold.
    pub ladder: Ladder,
    /// How much time was judged: from the first value that there were limits for to the last.
    pub judged: Millis,
}

/// Counts, in one pass over a series.
#[derive(Debug)]
pub struct Counter {
    detector: Detector,
    rules: Rules,
    ladder: Ladder,
    /// When learning was over, and the time of the last value.
    judged: Option<(Millis, Millis)>,
}

impl Counter {
    /// A counter that has seen nothing; the threshold of the rules is of no meaning.
    #[must_use]
    pub fn new(method: Method, rules: Rules) -> Self {
        let rules = Rules { threshold: Ladder::LOWEST, ..rules };
        Self { detector: Detector::new(method, rules), rules, ladder: Ladder::default(), judged: None }
    }

    /// Adds measurements, which must follow on those before in canonical order.
    pub fn scan(&mut self, batch: Batch) {
        let mut rest = batch;
        // One by one while there are no limits, so that pieces of any size give the same.
        while let (None, Some(&time)) = (self.judged, rest.times.first()) {
            let (first, later) = rest.split(1);
            self.take(first);
            self.judged = (!self.detector.is_learning()).then_some((time, time));
            rest = later;
        }
        self.take(rest);
        if let (Some((_, last)), Some(&time)) = (&mut self.judged, batch.times.last()) {
            *last = time;
        }
    }

    fn take(&mut self, batch: Batch) {
        let Self { detector, rules, ladder, .. } = self;
        detector.scan(batch.times, batch.values, |event, quiet| {
            let Outcome::Exceedance(exceedance, until) = outcome_of(event, &batch, rules.threshold, &rules.attention)
            else {
                return;
            };
            match exceedance.finding {
                Finding::Value(_) => ladder.add(exceedance.time, exceedance.verdict.surprise, quiet),
                // a change of level is found whatever the threshold
                Finding::LevelShift(_) => ladder.add(exceedance.time, f64::INFINITY, quiet),
                Finding::Silence(silence) => ladder.add_silence(&silence, until.unwrap_or(silence.onset), quiet),
            }
        });
    }

    /// Records that nothing has come until now, and ends.
    #[must_use]
    pub fn finish(mut self, now: Option<Millis>) -> Counted {
        let quiet = self.detector.quiet_time();
        if let Some(now) = now
            && let Some(silence) = self.detector.advance_to(now)
        {
            self.ladder.add_silence(&silence, now, quiet);
        }
        Counted { ladder: self.ladder, judged: self.judged.map_or(0, |(from, to)| to - from) }
    }
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
