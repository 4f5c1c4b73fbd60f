//! The largest deviations of the last hours, for what recurs daily.

use super::CHANNELS;
use crate::domain::bytes::Fields;

const COUNT: usize = CHANNELS.len();

/// Days that are looked back.
const DAYS: i64 = 2;
/// Hours that are kept: those days, and an hour on either side.
const KEPT: usize = 24 * DAYS as usize + 4;

/// The largest deviations of the last hours.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    hours: [i64; KEPT],
    largest: [[f64; COUNT]; KEPT],
}

impl Default for Recent {
    fn default() -> Self {
        Self { hours: [i64::MIN; KEPT], largest: [[0.0; COUNT]; KEPT] }
    }
}

impl Recent {
    fn index(hour: i64) -> usize {
        hour.rem_euclid(KEPT as i64) as usize
    }

    /// Keeps the largest deviations of an hour.
    pub fn store(&mut self, hour: i64, largest: [f64; COUNT]) {
        self.hours[Self::index(hour)] = hour;
        self.largest[Self::index(hour)] = largest;
    }

    /// What this hour of the day, or one beside it, reached on *each* of the last two days: the least of the days'
    /// largest deviations.
    pub fn known(&self, hour: i64) -> [f64; COUNT] {
        let mut known = [f64::INFINITY; COUNT];
        for day in 1..=DAYS {
            let mut reached = [0.0; COUNT];
            let middle = hour - 24 * day;
            for hour in (middle - 1)..=(middle + 1) {
                let index = Self::index(hour);
                if self.hours[index] == hour {
                    reached = std::array::from_fn(|channel| self.largest[index][channel].max(reached[channel]));
                }
            }
            known = std::array::from_fn(|channel| reached[channel].min(known[channel]));
        }
        known
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.hours(&mut self.hours);
        for largest in &mut self.largest {
            fields.floats(largest);
        }
    }
}
