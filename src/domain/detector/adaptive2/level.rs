//! Levels that stay: after a lasting shift the whole baseline moves, and back to the old level if that returns.

use crate::domain::bytes::Fields;
use crate::domain::hour::Hour;

/// Hours that must agree on a new level.
const HOURS: usize = 12;
/// Each of them must be off by more than so many usual changes of an hour.
const FAR: f64 = 5.0;
/// They agree if their median absolute deviation is at most this share of the shift.
const AGREEMENT: f64 = 0.25;
/// A shift that leads to the old level but for this share of the step returns to it.
const SAME: f64 = 0.1;
/// Hours for which the old level is kept: four weeks.
const KEPT_HOURS: u16 = 672;
/// Hours in which a further shift belongs to the last one.
const SETTLING: u16 = 48;

/// A change of level that was taken over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The first hour at the new level, in hours since 1970.
    pub since: Hour,
    /// The new level minus the old one, in the unit of the values.
    pub size: f64,
    /// How much an hour's mean usually differs from its usual, in the unit of the values.
    pub usual: f64,
    /// Whether it was a return to the level before.
    pub returned: bool,
}

/// The offset of the level from where it began, and the hours that may be a new one.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    offset: f64,
    /// The offset before the last shift.
    old: f64,
    /// For how many more hours it is kept.
    kept: u16,
    /// How far the last hours were away.
    recent: [f64; HOURS],
    filled: u16,
}

impl Level {
    /// Learns how far an hour was `away` from its usual. Returns the shift if this hour completes one.
    ///
    /// A shift is twelve hours in a row that are all away to the same side by more than five usual changes, and agree
    /// with each other; its size is their median, so that no single outlier sets it. If that leads back to about where the
    /// level was before, it returns to exactly there.
    pub fn learn(&mut self, away: f64, usual_change: f64, hour: i64) -> Option<Shift> {
        self.kept = self.kept.saturating_sub(1);
        if away.abs() <= FAR * usual_change.max(f64::MIN_POSITIVE) {
            self.filled = 0;
            return None;
        }
        if self.filled > 0 && self.recent[0].is_sign_positive() != away.is_sign_positive() {
            self.filled = 0;
        }
        if usize::from(self.filled) == HOURS {
            self.recent.rotate_left(1);
            self.filled -= 1;
        }
        self.recent[usize::from(self.filled)] = away;
        self.filled += 1;
        if usize::from(self.filled) < HOURS {
            return None;
        }
        let middle = median(self.recent);
        if median(self.recent.map(|away| (away - middle).abs())) > AGREEMENT * middle.abs() {
            return None;
        }
        let (offset, step) = (self.offset + middle, self.offset - self.old);
        let returned = self.kept > 0 && (offset - self.old).abs() <= SAME * step.abs();
        let offset = if returned { self.old } else { offset };
        let size = offset - self.offset;
        // shifts that follow each other closely are one change from the level before them
        if self.kept < KEPT_HOURS - SETTLING {
            self.old = self.offset;
        }
        self.offset = offset;
        self.kept = KEPT_HOURS;
        self.filled = 0;
        Some(Shift { since: Hour::new(hour + 1 - HOURS as i64), size, usual: usual_change, returned })
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats([&mut self.offset, &mut self.old]);
        fields.floats(&mut self.recent);
        fields.counts([&mut self.kept, &mut self.filled]);
    }
}

/// The mean of the two middle values.
fn median(mut values: [f64; HOURS]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    0.5 * (values[HOURS / 2 - 1] + values[HOURS / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(aways: &[f64]) -> Vec<(usize, Shift)> {
        let mut level = Level::default();
        let mut found = Vec::new();
        for (hour, &away) in aways.iter().enumerate() {
            if let Some(shift) = level.learn(away - level.offset, 1.0, hour as i64) {
                found.push((hour, shift));
            }
        }
        found
    }

    #[test]
    fn twelve_hours_that_agree_move_the_level() {
        let mut aways = vec![0.0; 5];
        aways.extend([10.0, 10.5, 9.5, 10.0, 10.0, 10.2, 9.8, 10.0, 10.0, 10.1, 9.9, 10.0, 10.0]);
        assert_eq!(level(&aways), [(16, Shift { since: Hour::new(5), size: 10.0, usual: 1.0, returned: false })]);
    }

    #[test]
    fn the_old_level_is_returned_to_exactly() {
        let mut aways = vec![0.0; 5];
        aways.extend([10.0; 20]);
        aways.extend([0.5; 12]);
        let shift = |since, size, returned| Shift { since: Hour::new(since), size, usual: 1.0, returned };
        assert_eq!(level(&aways), [(16, shift(5, 10.0, false)), (36, shift(25, -10.0, true))]);
    }

    #[test]
    fn a_burst_or_an_unsettled_series_moves_nothing() {
        assert!(level(&[50.0; 11]).is_empty());
        let unsettled: Vec<f64> = (0..40).map(|hour| if hour % 2 == 0 { 5.0 } else { 50.0 }).collect();
        assert!(level(&unsettled).is_empty());
        let swinging: Vec<f64> = (0..40).map(|hour| if hour % 8 < 4 { 9.0 } else { -9.0 }).collect();
        assert!(level(&swinging).is_empty());
    }
}
