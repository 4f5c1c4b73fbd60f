//! The Gumbel distribution of block maxima: how surprising is the largest deviation of an hour?
//!
//! The largest of many independent deviations in a block follows, for most parent distributions, a Gumbel law
//! `P(max ≤ q) = exp(−exp(−(q − μ)/β))` (Fisher and Tippett 1928; Gumbel, *Statistics of Extremes*, 1958). Its mean is
//! `μ + γβ` and its standard deviation `πβ/√6`, which gives μ and β by the method of moments
//! (NIST/SEMATECH e-Handbook, 1.3.6.6.16).

/// √6/π, to the seven digits to which `adaptive@1` is specified.
const SCALE_PER_STD_DEV: f64 = 0.779_696_8;

/// The Euler–Mascheroni constant γ, to the seven digits to which `adaptive@1` is specified.
const EULER_GAMMA: f64 = 0.577_215_7;

/// Natural logarithm of 10.
const LN_10: f64 = std::f64::consts::LN_10;

/// The smallest probability that is told apart from zero.
const SMALLEST: f64 = 1e-300;

/// A Gumbel law, fitted by its mean and standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gumbel {
    location: f64,
    scale: f64,
}

impl Gumbel {
    /// A law by which nothing is surprising.
    pub const NEVER: Self = Self { location: f64::MAX, scale: 1.0 };

    /// The law with this mean and (positive) standard deviation.
    #[must_use]
    pub fn from_moments(mean: f64, std_dev: f64) -> Self {
        let scale = SCALE_PER_STD_DEV * std_dev;
        Self { location: mean - EULER_GAMMA * scale, scale }
    }

    /// `−log10 P(max ≥ q)`: 2 means once in 100 blocks. For `u = (q − μ)/β > 30` the probability is `exp(−u)` to
    /// double precision.
    #[must_use]
    pub fn surprise(&self, q: f64) -> f64 {
        let u = (q - self.location) / self.scale;
        if u > 30.0 {
            return u / LN_10;
        }
        let probability = -libm::expm1(-libm::exp(-u));
        -libm::log10(probability.max(SMALLEST))
    }

    /// The deviation whose surprise is that of `quantile`.
    #[must_use]
    pub fn limit(&self, quantile: Quantile) -> f64 {
        self.location + self.scale * quantile.0
    }
}

/// The reduced variate `u` of a surprise: `−ln(−ln(1 − 10^−surprise))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantile(f64);

impl Quantile {
    /// The quantile of a positive surprise.
    #[must_use]
    pub fn of_surprise(surprise: f64) -> Self {
        Self(-libm::log(-libm::log1p(-libm::pow(10.0, -surprise))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The constants of `adaptive@1` have seven digits, hence the tolerance.
    #[test]
    fn surprise_agrees_with_an_independent_implementation() {
        let law = Gumbel::from_moments(10.0, 2.0);
        for (q, expected) in SURPRISES {
            let surprise = law.surprise(q);
            assert!((surprise - expected).abs() < 1e-6 * expected, "at {q}: {surprise}, expected {expected}");
        }
    }

    /// (deviation, surprise), computed with 60 digits by Python's `decimal` from π and γ to 50 digits.
    const SURPRISES: [(f64, f64); 4] =
        [(6.0, 0.000_293_461_228), (10.0, 0.366_911_467_418), (20.0, 3.035_903_142_559), (100.0, 25.315_875_708_371)];

    #[test]
    fn limit_and_surprise_are_inverse() {
        let law = Gumbel::from_moments(4.0, 1.5);
        for surprise in [0.1, 0.5, 1.0, 2.5, 5.0, 8.0] {
            let limit = law.limit(Quantile::of_surprise(surprise));
            assert!((law.surprise(limit) - surprise).abs() < 1e-8 * surprise, "surprise {surprise}");
        }
    }

    #[test]
    fn surprise_is_never_negative_and_never_falls() {
        let law = Gumbel::from_moments(1.0, 0.1);
        let all: Vec<f64> = (0..2000).map(|step| law.surprise(f64::from(step) * 0.01)).collect();
        assert!(all[0] >= 0.0 && all.is_sorted());
        assert!(law.surprise(1e150).is_finite());
    }
}
