//! By which rules a parameter is judged: from which surprise on, in which zone, and which deviations matter.

use std::fmt;
use std::str::FromStr;

use crate::domain::zone::Zone;

/// All that decides results besides the data and the method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// The positive surprise from which on a value is an exceedance.
    pub threshold: f64,
    /// The zone of the slots.
    pub zone: Zone,
    /// Which deviations matter.
    pub attention: Attention,
}

impl Rules {
    /// Rules by which every deviation matters.
    #[must_use]
    pub fn new(threshold: f64, zone: Zone) -> Self {
        Self { threshold, zone, attention: Attention::default() }
    }
}

/// The highest threshold: larger surprises are not told apart.
const HIGHEST_THRESHOLD: f64 = 300.0;

/// A number that is out of its bounds; the text says which they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfBounds(&'static str);

impl fmt::Display for OutOfBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for OutOfBounds {}

/// A threshold, in surprise, that is within its bounds.
///
/// # Errors
/// When it is not more than 0, or more than 300.
pub fn checked_threshold(surprise: f64) -> Result<f64, OutOfBounds> {
    let is_within = surprise > 0.0 && surprise <= HIGHEST_THRESHOLD;
    is_within.then_some(surprise).ok_or(OutOfBounds("must be more than 0 and at most 300"))
}

/// The smallest change that matters, as an amount or as a share, that is within its bounds.
///
/// # Errors
/// When it is negative or not finite.
pub fn checked_least(change: f64) -> Result<f64, OutOfBounds> {
    let is_within = change.is_finite() && change >= 0.0;
    is_within.then_some(change).ok_or(OutOfBounds("must be at least 0"))
}

/// The sides on which a deviation matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both.
    #[default]
    Both,
    /// Only values that are too high.
    Above,
    /// Only values that are too low.
    Below,
}

impl Direction {
    /// The name, as in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Above => "above",
            Self::Below => "below",
        }
    }
}

/// Text that is not a direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotADirection;

impl fmt::Display for NotADirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not above, below or both")
    }
}

impl std::error::Error for NotADirection {}

impl FromStr for Direction {
    type Err = NotADirection;

    fn from_str(text: &str) -> Result<Self, NotADirection> {
        let all = [Self::Both, Self::Above, Self::Below];
        all.into_iter().find(|direction| direction.name() == text).ok_or(NotADirection)
    }
}

/// Which deviations matter: on which side, and from which amount on.
///
/// The limits are widened accordingly: a value within the amount of what was expected, or on a side that does not matter,
/// is within them. Where only one side matters, a value on the other side of what was expected is within them too, even
/// if it came there by a step from farther out. What is learnt does not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Attention {
    /// The sides.
    pub direction: Direction,
    /// The smallest difference from the expected value that matters, in the unit of the values; not negative.
    pub least: f64,
    /// The smallest difference from the expected value that matters, as a share of its absolute value; not negative.
    pub least_share: f64,
}

impl Attention {
    /// The limits that result from those of the method, around the expected value.
    #[must_use]
    pub fn widen(&self, (lower, upper): (f64, f64), expected: f64) -> (f64, f64) {
        let amount = self.least.max(self.least_share * expected.abs());
        match self.direction {
            Direction::Both if amount > 0.0 => (lower.min(expected - amount), upper.max(expected + amount)),
            Direction::Both => (lower, upper),
            Direction::Above => (f64::NEG_INFINITY, upper.max(expected + amount)),
            Direction::Below => (lower.min(expected - amount), f64::INFINITY),
        }
    }

    /// Whether it matters that the level rose by `size` (fell, where that is negative), from `old` on.
    #[must_use]
    pub fn matters(&self, size: f64, old: f64) -> bool {
        let side = match self.direction {
            Direction::Both => true,
            Direction::Above => size > 0.0,
            Direction::Below => size < 0.0,
        };
        side && size.abs() >= self.least.max(self.least_share * old.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_widened_and_never_narrowed() {
        let attention = |direction, least, least_share| Attention { direction, least, least_share };
        assert_eq!(Attention::default().widen((1.0, 3.0), 2.0), (1.0, 3.0));
        assert_eq!(attention(Direction::Both, 5.0, 0.0).widen((1.0, 3.0), 2.0), (-3.0, 7.0));
        assert_eq!(attention(Direction::Both, 0.0, 0.1).widen((-21.0, -19.5), -20.0), (-22.0, -18.0));
        assert_eq!(attention(Direction::Above, 0.0, 0.0).widen((1.0, 3.0), 2.0), (f64::NEG_INFINITY, 3.0));
        assert_eq!(attention(Direction::Below, 1.5, 0.0).widen((1.0, 3.0), 2.0), (0.5, f64::INFINITY));
        assert_eq!(attention(Direction::Below, 0.0, 0.0).widen((2.5, 3.0), 2.0), (2.0, f64::INFINITY));
        assert_eq!(attention(Direction::Both, 0.0, 0.0).widen((2.5, 3.0), 2.0), (2.5, 3.0));
    }

    #[test]
    fn a_change_of_level_matters_as_its_values_do() {
        let attention = |direction, least, least_share| Attention { direction, least, least_share };
        for (attention, rise, fall) in [
            (Attention::default(), true, true),
            (attention(Direction::Above, 0.0, 0.0), true, false),
            (attention(Direction::Below, 0.0, 0.0), false, true),
            (attention(Direction::Both, 5.5, 0.0), false, false),
            (attention(Direction::Both, 0.0, 0.05), true, true),
            (attention(Direction::Both, 0.0, 0.051), false, false),
        ] {
            assert_eq!((attention.matters(5.0, -100.0), attention.matters(-5.0, 100.0)), (rise, fall), "{attention:?}");
        }
    }
}
