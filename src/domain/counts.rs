//! Events and logs, counted by minute.

use super::measurement::{MINUTE, Millis};

/// Turns the times of occurrences, in order, into counts by minute: each minute from the first to the last occurrence
/// has one, those without occurrences 0. Its time is the minute's beginning.
#[derive(Clone, Debug, Default)]
pub struct MinuteCounts {
    minute: Option<i64>,
    count: f64,
}

impl MinuteCounts {
    /// Takes in an occurrence that counts `weight` times; hands the minutes that are over to `emit`.
    pub fn push(&mut self, time: Millis, weight: f64, mut emit: impl FnMut(Millis, f64)) {
        let minute = time.div_euclid(MINUTE);
        match self.minute {
            Some(current) if current == minute => {}
            Some(current) => {
                emit(current * MINUTE, self.count);
                (current + 1..minute).for_each(|empty| emit(empty * MINUTE, 0.0));
                self.count = 0.0;
            }
            None => {}
        }
        self.minute = Some(minute);
        self.count += weight;
    }

    /// The minute that is under way.
    #[must_use]
    pub fn finish(self) -> Option<(Millis, f64)> {
        self.minute.map(|minute| (minute * MINUTE, self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_without_occurrences_are_zero() {
        let mut counts = MinuteCounts::default();
        let mut minutes = Vec::new();
        for time in [-1, 0, 59_999, 60_000, 240_001] {
            counts.push(time, 1.0, |time, count| minutes.push((time / MINUTE, count)));
        }
        minutes.extend(counts.finish().map(|(time, count)| (time / MINUTE, count)));
        assert_eq!(minutes, [(-1, 1.0), (0, 2.0), (1, 1.0), (2, 0.0), (3, 0.0), (4, 1.0)]);
    }
}
