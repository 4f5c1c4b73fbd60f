//! Count, mean and standard deviation, kept incrementally.

/// Count, mean and sum of squared deviations of a set of values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// The moments with this count, mean and sum of squared deviations from the mean.
    #[must_use]
    pub fn from_parts(count: u64, mean: f64, squares: f64) -> Self {
        Self { count, mean, squares }
    }

    /// Adds a value (Welford, *Technometrics* 4, 1962; Knuth, TAOCP 2, 4.2.2).
    #[inline]
    pub fn push(&mut self, x: f64) {
        self.count += 1;
        let change = x - self.mean;
        self.mean += change / self.count as f64;
        self.squares += change * (x - self.mean);
    }

    /// The moments of both sets together (Chan, Golub and LeVeque, *Updating Formulae*, 1979, formula 2.1).
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.count == 0 {
            return other;
        }
        if other.count == 0 {
            return self;
        }
        let count = self.count + other.count;
        let change = other.mean - self.mean;
        let share = other.count as f64 / count as f64;
        Self {
            count,
            mean: self.mean + change * share,
            squares: self.squares + other.squares + change * change * (self.count as f64 * share),
        }
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The arithmetic mean; 0 for no values.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The sum of squared deviations from the mean; 0 for no values.
    #[must_use]
    pub fn squares(&self) -> f64 {
        self.squares
    }

    /// The sample standard deviation (n−1); `None` for fewer than two values.
    #[must_use]
    pub fn std_dev(&self) -> Option<f64> {
        (self.count >= 2).then(|| (self.squares / (self.count - 1) as f64).max(0.0).sqrt())
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        values.into_iter().for_each(|x| moments.push(x));
        moments
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The two-pass definition, summed exactly enough by Neumaier's compensation.
    fn two_pass(values: &[f64]) -> (f64, f64) {
        let sum = |terms: &mut dyn Iterator<Item = f64>| {
            let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
            for x in terms {
                let next = sum + x;
                lost += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
                sum = next;
            }
            sum + lost
        };
        let mean = sum(&mut values.iter().copied()) / values.len() as f64;
        let squares = sum(&mut values.iter().map(|x| (x - mean) * (x - mean)));
        (mean, (squares / (values.len() - 1) as f64).sqrt())
    }

    /// The first ten speeds of light of NIST StRD "Michelso", with figures from Python's `statistics` (exact rationals).
    #[test]
    fn agrees_with_exact_rational_arithmetic() {
        let values = [299.85, 299.74, 299.90, 300.07, 299.93, 299.85, 299.95, 299.98, 299.98, 299.88];
        let moments: Moments = values.into_iter().collect();
        assert!((moments.mean() - 299.913).abs() < 1e-12);
        assert!((moments.std_dev().unwrap() - 0.090_927_321_404_389_37).abs() < 1e-12);
    }

    #[test]
    fn few_values_have_no_spread_and_equal_values_have_none_either() {
        assert_eq!(Moments::default().std_dev(), None);
        assert_eq!(Moments::from_iter([4.0]).std_dev(), None);
        assert_eq!(Moments::from_iter([0.1; 7]).std_dev(), Some(0.0));
    }

    proptest! {
        #[test]
        fn merging_equals_one_pass(values in prop::collection::vec(-1e6..1e6, 2..200), cut in 0usize..200) {
            let cut = cut.min(values.len());
            let merged = Moments::from_iter(values[..cut].iter().copied())
                .merge(Moments::from_iter(values[cut..].iter().copied()));
            let (mean, std_dev) = two_pass(&values);
            prop_assert_eq!(merged.count(), values.len() as u64);
            prop_assert!((merged.mean() - mean).abs() <= 1e-12 * 1e6);
            prop_assert!((merged.std_dev().unwrap() - std_dev).abs() <= 1e-12 * 1e6);
        }
    }
}
