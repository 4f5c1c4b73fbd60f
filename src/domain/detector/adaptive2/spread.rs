//! How the spread differs by hour of the day.
//!
//! The root of an hour's largest deviation, relative to what is usual, is averaged by hour of the day. How far these
//! averages are believed is decided by how much more they differ from each other than chance would make them (James and
//! Stein, *Estimation with quadratic loss*, 1961): not at all in a series of even spread, nearly wholly in one that is quiet
//! every night.

use crate::domain::bytes::Fields;

/// Visits after which an average follows exponentially.
const VISITS: u16 = 28;
/// The most that an hour counts for, relative to the usual.
const MOST: f64 = 2.0;
/// Memory of the noise, in hours.
const NOISE_HOURS: u16 = 336;
/// Hours seen before averages are begun, and before they are believed.
const BEGIN: u32 = 48;
const BELIEVE: u32 = 72;
/// How many times chance the differences must be.
const CAUTION: f64 = 4.0;

/// The relative spread by hour of the day.
#[derive(Clone, Debug, Default)]
pub(super) struct Spread {
    share: [f64; 24],
    visits: [u16; 24],
    /// The variance of an hour's share around its average.
    noise: f64,
    noise_hours: u16,
    /// How far the averages are believed, from 0 to 1.
    belief: f64,
}

impl Spread {
    /// By how much larger deviations are at an hour of the day than on the whole.
    pub fn factor(&self, hour_of_day: usize) -> f64 {
        if self.visits[hour_of_day] == 0 {
            return 1.0;
        }
        let root = 1.0 + self.belief * (self.share[hour_of_day] - 1.0);
        root * root
    }

    /// Learns the root of an hour's largest deviation relative to what is usual, the hours-th of the series.
    pub fn learn(&mut self, hour_of_day: usize, share: f64, hours: u32) {
        if hours < BEGIN {
            return;
        }
        let share = share.min(MOST);
        let (average, visits) = (&mut self.share[hour_of_day], &mut self.visits[hour_of_day]);
        if *visits >= 2 {
            let away = share - *average;
            self.noise_hours = (self.noise_hours + 1).min(NOISE_HOURS);
            self.noise += (away * away - self.noise) / f64::from(self.noise_hours);
        }
        *visits = (*visits + 1).min(VISITS);
        if *visits == 1 {
            *average = 1.0;
        }
        *average += (share - *average) / f64::from((*visits).max(2));
        if hours >= BELIEVE {
            self.belief = self.believe();
        }
    }

    fn believe(&self) -> f64 {
        let seen = || self.share.iter().zip(&self.visits).filter(|(_, visits)| **visits > 0);
        let count = seen().count() as f64;
        let mean = seen().map(|(share, _)| share).sum::<f64>() / count;
        let between = seen().map(|(share, _)| (share - mean) * (share - mean)).sum::<f64>() / count;
        let visits: f64 = self.visits.iter().map(|visits| f64::from(*visits)).sum();
        let chance = self.noise * count / visits;
        (1.0 - CAUTION * chance / between.max(1e-12)).max(0.0)
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats(&mut self.share);
        fields.counts(&mut self.visits);
        fields.floats([&mut self.noise, &mut self.belief]);
        fields.counts([&mut self.noise_hours]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares of an hour scatter evenly from 0.7 to 1.3 of their mean.
    fn after(days: u32, mean: impl Fn(usize) -> f64) -> Spread {
        let mut spread = Spread::default();
        let mut state = 1_u64;
        for hour in 0..days * 24 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = 0.7 + 0.6 * (state >> 11) as f64 / (1_u64 << 53) as f64;
            spread.learn(hour as usize % 24, mean(hour as usize % 24) * noise, hour);
        }
        spread
    }

    #[test]
    fn chance_differences_are_not_believed_and_real_ones_are() {
        let even = after(30, |_| 1.0);
        assert!((0..24).all(|hour| (even.factor(hour) - 1.0).abs() < 0.1), "{even:?}");
        let quiet_nights = after(30, |hour| if hour < 8 { 0.3 } else { 1.3 });
        assert!((quiet_nights.factor(3) - 0.09).abs() < 0.03, "{}", quiet_nights.factor(3));
        assert!((quiet_nights.factor(13) - 1.69).abs() < 0.25, "{}", quiet_nights.factor(13));
    }
}
