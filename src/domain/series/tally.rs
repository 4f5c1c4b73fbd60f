//! What is told of a series in the end: how much there was, and what was found.

use std::sync::Arc;

use crate::domain::identity::Id;
use crate::domain::incident::{Incident, News};
use crate::domain::measurement::{Aggregation, Millis};

/// How many sampling intervals the typical one is the median of.
const INTERVALS: usize = 1001;

/// What was found in one series.
#[derive(Clone, Debug)]
pub struct SeriesOutcome {
    /// The name of the parameter.
    pub parameter: Arc<str>,
    /// Whether the values are measured or counted.
    pub aggregation: Aggregation,
    /// How many values were judged; of counted parameters, minutes.
    pub values: u64,
    /// The times of the first and the last value.
    pub range: Option<(Millis, Millis)>,
    /// The surprise from which on a value is an exceedance.
    pub threshold: f64,
    /// How many values were outside their limits; silences and changes of level count too.
    pub exceedances: u64,
    /// The incidents, in the order of time.
    pub incidents: Vec<Incident>,
    /// The incident that was open before this run, and has had no exceedance in it.
    pub quiet: Option<Box<Incident>>,
    /// The identity of the incident that was there when this run began.
    pub before: Option<Id>,
    /// The identity of the incident that goes on; files have none.
    pub open: Option<Id>,
    /// The times of the exceedances of these incidents, where they were asked for.
    pub exceedance_times: Vec<Millis>,
    /// The median of the first sampling intervals, where times were asked for; 0 for fewer than two values.
    pub interval: Millis,
    /// Whether there was too little history for limits to the end.
    pub learning: bool,
}

impl SeriesOutcome {
    /// What there is to say of one of its incidents.
    #[must_use]
    pub fn news(&self, incident: &Incident) -> News {
        match (self.before == Some(incident.id), self.open == Some(incident.id)) {
            (false, _) => News::New,
            (true, true) => News::Open,
            (true, false) => News::Ended,
        }
    }
}

/// Counts what a series has come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub values: u64,
    pub range: Option<(Millis, Millis)>,
    pub exceedances: u64,
    times: Option<Times>,
}

/// Times, which take room and are kept only where they were asked for.
#[derive(Clone, Debug, Default)]
struct Times {
    exceedances: Vec<Millis>,
    intervals: Vec<Millis>,
}

impl Tally {
    /// Nothing yet. Times of exceedances and sampling intervals are kept if they are asked for.
    pub fn new(keep_times: bool) -> Self {
        Self { times: keep_times.then(Times::default), ..Self::default() }
    }

    /// Adds values at these times, in order.
    pub fn add(&mut self, times: &[Millis]) {
        let Some((&first, &last)) = times.first().zip(times.last()) else { return };
        if let Some(kept) = &mut self.times {
            kept.note_intervals(times, self.range.map(|range| range.1));
        }
        self.values += times.len() as u64;
        self.range = Some((self.range.map_or(first, |range| range.0), last));
    }

    /// Adds an exceedance.
    pub fn exceedance(&mut self, time: Millis) {
        self.exceedances += 1;
        self.times.iter_mut().for_each(|kept| kept.exceedances.push(time));
    }

    /// The times of the exceedances, and the median of the sampling intervals.
    pub fn into_times(self) -> (Vec<Millis>, Millis) {
        let Times { exceedances, mut intervals } = self.times.unwrap_or_default();
        intervals.sort_unstable();
        let median = intervals.get(intervals.len() / 2).copied().unwrap_or(0);
        (exceedances, median)
    }
}

impl Times {
    /// Notes the first sampling intervals; values of the same time are not one.
    fn note_intervals(&mut self, times: &[Millis], before: Option<Millis>) {
        let left = INTERVALS.saturating_sub(self.intervals.len());
        let earlier = before.into_iter().chain(times.iter().copied());
        let later = times.iter().skip(usize::from(before.is_none()));
        let intervals = later.zip(earlier).map(|(later, earlier)| later - earlier);
        self.intervals.extend(intervals.filter(|interval| *interval > 0).take(left));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_typical_interval_does_not_depend_on_pieces() {
        let times = [0, 10, 10, 20, 25, 40, 50];
        for length in 1..=times.len() {
            let mut tally = Tally::new(true);
            times.chunks(length).for_each(|piece| tally.add(piece));
            assert_eq!((tally.values, tally.range), (7, Some((0, 50))));
            assert_eq!(tally.into_times(), (Vec::new(), 10));
        }
    }
}
