//! Events and logs, counted by minute.

use crate::domain::measurement::{MINUTE, Millis};

/// How many minutes are handed on at once: between two occurrences there may be years of minutes.
const BATCH: usize = 1 << 14;

/// For how many minutes there is room at first: those of an hour, which is what a store hands on.
const FEW: usize = 60;

/// Turns the times of occurrences, in order, into counts by minute: each minute from that of the first occurrence on has
/// one, 0 without occurrences. The time of a count is the beginning of its minute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Minutes {
    /// The minute that is under way (minutes since 1970-01-01T00Z), and its count so far.
    open: Option<(i64, f64)>,
}

/// Minutes that are over, on their way to `emit`.
struct Over<F> {
    times: Vec<Millis>,
    counts: Vec<f64>,
    emit: F,
}

impl<F: FnMut(&[Millis], &[f64])> Over<F> {
    fn new(emit: F) -> Self {
        Self { times: Vec::new(), counts: Vec::new(), emit }
    }

    fn push(&mut self, minute: i64, count: f64) {
        if self.times.capacity() == 0 {
            self.times.reserve(FEW);
            self.counts.reserve(FEW);
        }
        self.times.push(minute * MINUTE);
        self.counts.push(count);
        if self.times.len() == BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.times.is_empty() {
            (self.emit)(&self.times, &self.counts);
            self.times.clear();
            self.counts.clear();
        }
    }
}

impl Minutes {
    /// Counting begins with the first occurrence.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counting goes on with this minute (minutes since 1970-01-01T00Z), which has this count so far.
    #[must_use]
    pub fn resumed(open: Option<(i64, f64)>) -> Self {
        Self { open }
    }

    /// The minute that is under way, and its count so far; `None` before the first occurrence.
    #[must_use]
    pub fn open(&self) -> Option<(i64, f64)> {
        self.open
    }

    /// Counts occurrences at these times, each so many times; hands minutes that are over to `emit`.
    pub fn take(&mut self, times: &[Millis], weights: &[f64], emit: impl FnMut(&[Millis], &[f64])) {
        let mut over = Over::new(emit);
        let mut end = self.open.map_or(Millis::MIN, |(minute, _)| (minute + 1) * MINUTE);
        for (&time, weight) in times.iter().zip(weights) {
            if time >= end {
                let minute = time.div_euclid(MINUTE);
                self.come_to(minute, &mut over);
                end = (minute + 1) * MINUTE;
            }
            if let Some((_, count)) = &mut self.open {
                *count += weight;
            }
        }
        over.flush();
    }

    /// Records that there are no further occurrences before `time`, the beginning of a minute; hands minutes that are
    /// over to `emit`.
    pub fn pass_until(&mut self, time: Millis, emit: impl FnMut(&[Millis], &[f64])) {
        if self.open.is_some() {
            let mut over = Over::new(emit);
            self.come_to(time.div_euclid(MINUTE), &mut over);
            over.flush();
        }
    }

    /// Hands over the minute that is under way, and ends.
    pub fn finish(self, mut emit: impl FnMut(&[Millis], &[f64])) {
        if let Some((minute, count)) = self.open {
            emit(&[minute * MINUTE], &[count]);
        }
    }

    fn come_to(&mut self, minute: i64, over: &mut Over<impl FnMut(&[Millis], &[f64])>) {
        match self.open {
            Some((current, _)) if current >= minute => {}
            Some((current, count)) => {
                over.push(current, count);
                (current + 1..minute).for_each(|empty| over.push(empty, 0.0));
                self.open = Some((minute, 0.0));
            }
            None => self.open = Some((minute, 0.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_without_occurrences_are_zero() {
        let mut minutes = Minutes::new();
        let mut counted = Vec::new();
        let mut emit = |times: &[Millis], counts: &[f64]| {
            counted.extend(times.iter().zip(counts).map(|(time, count)| (time / MINUTE, *count)));
        };
        for time in [-1, 0, 59_999, 60_000, 240_001] {
            minutes.take(&[time], &[1.0], &mut emit);
        }
        minutes.pass_until(5 * MINUTE, &mut emit);
        minutes.pass_until(7 * MINUTE, &mut emit);
        minutes.take(&[7 * MINUTE + 1], &[2.0], &mut emit);
        minutes.finish(&mut emit);
        let expected = [(-1, 1.0), (0, 2.0), (1, 1.0), (2, 0.0), (3, 0.0), (4, 1.0), (5, 0.0), (6, 0.0), (7, 2.0)];
        assert_eq!(counted, expected);
    }

    #[test]
    fn nothing_is_counted_before_the_first_occurrence() {
        let mut minutes = Minutes::new();
        minutes.pass_until(5 * MINUTE, |_, _| panic!("there is nothing"));
        assert_eq!(minutes.open(), None);
    }
}
