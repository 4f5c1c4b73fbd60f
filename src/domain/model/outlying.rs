//! Which weeks are outlying, by median and MAD.
//!
//! A week is outlying when its mean is further from the median of all weeks than 5 robust standard deviations, which are
//! `1.4826 · MAD`, the median absolute deviation made comparable to the standard deviation of normal values (Hampel, *The
//! Influence Curve and its Role in Robust Estimation*, JASA 69, 1974; Leys et al., *Detecting outliers*, JESP 49, 2013).
//!
//! Two things make that safe with the few weeks that there usually are:
//!
//! * **A slot's spread is never taken as smaller than the median spread of the parameter's slots.** The MAD of 4 to 6
//!   values is a poor estimate: by itself it leaves out 1 to 3 of 100 perfectly ordinary weeks, in every tenth slot one.
//!   With the floor it is less than one of 1000 (simulated with normal values).
//! * **A MAD of zero** means that more than half of the weeks are equal, not that there is no spread. Then the mean
//!   absolute deviation takes its place, times `√(π/2)` (Iglewicz and Hoaglin, *How to Detect and Handle Outliers*, 1993),
//!   with which one week that differs is outlying from 7 weeks on, and rare events that come now and then are not.

/// Makes a median absolute deviation comparable to a standard deviation: 1/Φ⁻¹(3/4).
const FROM_MEDIAN: f64 = 1.4826;

/// Makes a mean absolute deviation comparable to a standard deviation: √(π/2).
const FROM_MEAN: f64 = 1.2533;

/// Means this much apart, relative to their size, are equal but for rounding errors.
const ROUNDING: f64 = 1e-9;

/// A spread below this, relative to the median, is what rounding has left of none.
const RESIDUE: f64 = 1e-12;

/// Middle and spread of the weekly means of a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scale {
    /// The median of the means.
    pub median: f64,
    /// Their median absolute deviation, as a standard deviation.
    pub spread: f64,
    /// Their mean absolute deviation, as a standard deviation.
    pub plain_spread: f64,
}

impl Scale {
    /// Of these means; all zero for none.
    #[must_use]
    pub fn of(means: &[f64]) -> Self {
        let mut means = means.to_vec();
        let median = median(&mut means);
        let mut deviations: Vec<f64> = means.iter().map(|mean| (mean - median).abs()).collect();
        let count = deviations.len().max(1) as f64;
        let spread = FROM_MEDIAN * self::median(&mut deviations); // sorts them, so that their sum has one order
        let spread = if spread > RESIDUE * median.abs() { spread } else { 0.0 };
        Self { median, spread, plain_spread: FROM_MEAN * (deviations.iter().sum::<f64>() / count) }
    }

    /// How far from the median a mean may be, if that is so many spreads, and no spread is below `least`.
    #[must_use]
    pub fn most(&self, spreads: f64, least: f64) -> f64 {
        let spread = self.spread.max(least);
        let spread = if spread > 0.0 { spread } else { self.plain_spread };
        (spreads * spread).max(ROUNDING * self.median.abs())
    }
}

/// The median spread of a parameter's slots.
#[must_use]
pub fn usual_spread(scales: impl Iterator<Item = Scale>) -> f64 {
    median(&mut scales.map(|scale| scale.spread).collect::<Vec<f64>>())
}

/// The median, of an even number the mean of the middle two; 0 of none. Leaves them sorted.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[middle],
        _ => values[middle - 1] + (values[middle] - values[middle - 1]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, the example of Leys et al.: 1, 3, 3, 6, 8, 10, 10, 1000 have median 7 and MAD 3.5 (deviations 6, 4, 4, 1, 1,
    /// 3, 3, 993).
    #[test]
    fn median_and_mad_of_a_known_example() {
        let scale = Scale::of(&[1000.0, 3.0, 1.0, 3.0, 10.0, 6.0, 8.0, 10.0]);
        assert_eq!(scale.median, 7.0);
        assert!((scale.spread - 1.4826 * 3.5).abs() < 1e-12);
        assert!((scale.plain_spread - 1.2533 * 1015.0 / 8.0).abs() < 1e-9);
        assert!((scale.most(5.0, 0.0) - 5.0 * 1.4826 * 3.5).abs() < 1e-12);
        assert_eq!(scale.most(5.0, 10.0), 50.0);
    }

    #[test]
    fn equal_weeks_have_the_mean_deviation_for_a_spread() {
        assert_eq!(Scale::of(&[3.0; 5]).most(5.0, 0.0), 3.0 * ROUNDING);
        let differs = |equal: usize| {
            let mut means = vec![0.0; equal];
            means.push(1.0);
            Scale::of(&means).most(5.0, 0.0) < 1.0
        };
        assert!(!differs(5) && differs(6));
    }

    #[test]
    fn what_rounding_leaves_is_no_spread() {
        let mut means = vec![1.0 / 60.0; 4];
        means.extend([1.0 / 60.0 + 4e-18; 3]);
        means.extend([2.0 / 60.0, 0.0]);
        let scale = Scale::of(&means);
        assert_eq!((scale.spread, usual_spread([scale, Scale::default()].into_iter())), (0.0, 0.0));
        assert!(scale.most(5.0, 0.0) > 1.0 / 60.0, "events that come now and then are not outlying");
        assert!(Scale::of(&[1e9, 1e9 + 0.5, 1e9 + 1.0]).spread > 0.5);
    }

    #[test]
    fn nothing_has_no_spread() {
        assert_eq!(Scale::of(&[]), Scale::default());
        assert_eq!(usual_spread(std::iter::empty()), 0.0);
    }
}
