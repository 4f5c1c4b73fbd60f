//! How bad an incident is: defined here and nowhere else.

use super::measurement::{HOUR, Millis};

/// How bad an incident is, for sorting and for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Score below 1.
    Low,
    /// Score from 1.
    Medium,
    /// Score from 2.
    High,
    /// Score from 4.
    Critical,
}

impl Level {
    /// The name of the level.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// The severity of an incident: a score from 0 up, and the level it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Severity(f64);

impl Severity {
    /// `log2(peak surprise / threshold) + log2(1 + hours) / 2`: one point for each doubling of the surprise beyond the
    /// threshold, half a point for each doubling of the duration, which is counted from the first exceedance to
    /// the end.
    #[must_use]
    pub fn of(peak_surprise: f64, threshold: f64, duration: Millis) -> Self {
        let strength = libm::log2((peak_surprise / threshold).max(1.0));
        let hours = duration.max(0) as f64 / HOUR as f64;
        Self(strength + 0.5 * libm::log2(1.0 + hours))
    }

    /// The severity of this score.
    #[must_use]
    pub fn from_score(score: f64) -> Self {
        Self(score)
    }

    /// The score.
    #[must_use]
    pub fn score(self) -> f64 {
        self.0
    }

    /// The level.
    #[must_use]
    pub fn level(self) -> Level {
        match self.0 {
            score if score < 1.0 => Level::Low,
            score if score < 2.0 => Level::Medium,
            score if score < 4.0 => Level::High,
            _ => Level::Critical,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doublings_of_surprise_and_duration_count() {
        assert_eq!(Severity::of(2.5, 2.5, 0).score(), 0.0);
        assert_eq!(Severity::of(5.0, 2.5, 0).score(), 1.0);
        assert_eq!(Severity::of(2.5, 2.5, 3 * HOUR).score(), 1.0);
        assert_eq!(Severity::of(20.0, 2.5, 3 * HOUR).level(), Level::Critical);
        assert_eq!(Severity::of(2.5, 2.5, HOUR / 2).level(), Level::Low);
    }
}
