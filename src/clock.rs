//! What time it is: for what is recorded about runs, and for words like `yesterday`; results never depend on it.

use crate::domain::measurement::Millis;

/// A clock: the computer's, or one that stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock(Option<Millis>);

impl Clock {
    /// The computer's clock.
    pub const REAL: Self = Self(None);

    /// A clock that stands still, for tests and for runs that must be the same again.
    #[must_use]
    pub fn frozen(at: Millis) -> Self {
        Self(Some(at))
    }

    /// The time.
    #[must_use]
    pub fn now(self) -> Millis {
        self.0.unwrap_or_else(|| (nanos() / 1_000_000) as Millis)
    }

    /// A number that tells apart what happens at the same time; always 0 while the clock stands still.
    #[must_use]
    pub fn salt(self) -> u64 {
        if self.0.is_some() { 0 } else { nanos() as u64 ^ (u64::from(std::process::id()) << 40) }
    }
}

/// Since 1970; a clock that is set before that is taken for 1970.
#[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
fn nanos() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_stands_still() {
        let clock = Clock::frozen(-5);
        assert_eq!((clock.now(), clock.salt()), (-5, 0));
        let real = Clock::REAL.now();
        assert!(real > 1_600_000_000_000 && Clock::REAL.now() >= real);
    }
}
