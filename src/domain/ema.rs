//! The exponential moving average over a number of periods.

/// An exponential moving average of `N` periods: the mean of what has come until there are `N` values, from then on
/// `ema += 2/(N+1)·(x − ema)` (the usual start by a simple average; NIST/SEMATECH e-Handbook, 6.4.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ema<const N: u64> {
    count: u64,
    sum: f64,
    value: f64,
}

impl<const N: u64> Ema<N> {
    /// `2/(N+1)`.
    pub const GAIN: f64 = 2.0 / (N as f64 + 1.0);

    /// The average so far; 0 before the first value.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// How many values it has seen.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Lowers all values seen so far by `by`.
    pub fn lower(&mut self, by: f64) {
        self.sum -= by * self.count.min(N) as f64;
        self.value -= by;
    }

    /// Count, sum of the first `N` values and average: all of the state.
    #[must_use]
    pub fn parts(&self) -> (u64, f64, f64) {
        (self.count, self.sum, self.value)
    }

    /// The average with this state.
    #[must_use]
    pub fn from_parts(count: u64, sum: f64, value: f64) -> Self {
        Self { count, sum, value }
    }

    /// Adds a value and returns the new average.
    #[inline]
    pub fn push(&mut self, x: f64) -> f64 {
        self.count += 1;
        if self.count <= N {
            self.sum += x;
            self.value = self.sum / self.count as f64;
        } else {
            self.value += Self::GAIN * (x - self.value);
        }
        self.value
    }

    /// What the next average will be as a function of the next value, `gain·(x − origin) + rest`: `(gain, rest)` such
    /// that the average is `gain·x + rest` where the average is of `x − origin`.
    #[inline]
    #[must_use]
    pub fn next_as_line(&self, origin: f64) -> (f64, f64) {
        if self.count < N {
            let count = (self.count + 1) as f64;
            (1.0 / count, (self.sum - origin) / count)
        } else {
            (Self::GAIN, self.value - Self::GAIN * (origin + self.value))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_as_the_mean_and_goes_on_with_two_elevenths() {
        let mut ema = Ema::<10>::default();
        for x in 1..=10 {
            ema.push(f64::from(x));
        }
        assert_eq!(ema.value(), 5.5);
        // by hand: 5.5 + 2/11·(16.5 − 5.5) = 7.5, then 7.5 + 2/11·(2 − 7.5) = 6.5
        assert!((ema.push(16.5) - 7.5).abs() < 1e-15);
        assert!((ema.push(2.0) - 6.5).abs() < 1e-15);
    }

    #[test]
    fn the_line_foretells_the_next_average() {
        let (mut ema, origin) = (Ema::<10>::default(), 3.0);
        for x in [5.0, -2.0, 8.5, 1.0, 0.0, 4.0, 9.0, -7.0, 2.5, 6.0, 11.0, -3.0, 5.5] {
            let (gain, rest) = ema.next_as_line(origin);
            let next = ema.push(x - origin);
            assert!((gain * x + rest - next).abs() < 1e-14, "{} ≠ {next}", gain * x + rest);
        }
    }
}
