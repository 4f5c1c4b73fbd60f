//! Which rules each series is judged by.

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::GlobMatcher;

use super::files::Options;
use crate::domain::detector::{Attention, Direction, Rules};
use crate::domain::measurement::Aggregation;

/// A series: the place of its unit, its parameter, and whether its values are counted.
pub type SeriesKey = (usize, Arc<str>, Aggregation);

/// Thresholds of single series.
pub type Thresholds = BTreeMap<SeriesKey, f64>;

/// Which deviations of the parameters that match matter.
#[derive(Clone, Debug)]
pub struct Wish {
    /// How it was typed.
    pub typed: String,
    /// Which parameters it is about.
    pub parameters: GlobMatcher,
    /// What of them matters.
    pub what: What,
}

/// What of a parameter matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// Deviations on these sides.
    Side(Direction),
    /// Deviations by at least so much, in the unit of the values.
    Amount(f64),
    /// Deviations by at least this share of the expected value.
    Share(f64),
}

/// The attention for a parameter. Of several wishes for the same thing the last one counts.
#[must_use]
pub fn attention(wishes: &[Wish], parameter: &str) -> Attention {
    let mut attention = Attention::default();
    for wish in wishes.iter().filter(|wish| wish.parameters.is_match(parameter)) {
        match wish.what {
            What::Side(direction) => attention.direction = direction,
            What::Amount(amount) => attention = Attention { least: amount, least_share: 0.0, ..attention },
            What::Share(share) => attention = Attention { least: 0.0, least_share: share, ..attention },
        }
    }
    attention
}

impl Options {
    /// The rules for a series.
    #[must_use]
    pub fn rules(&self, series: &SeriesKey) -> Rules {
        Rules {
            threshold: self.thresholds.get(series).copied().unwrap_or(self.threshold),
            zone: self.zone,
            attention: attention(&self.wishes, &series.1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_wish_that_matches_counts() {
        let wish = |glob: &str, what| Wish {
            typed: glob.to_owned(),
            parameters: globset::Glob::new(glob).unwrap().compile_matcher(),
            what,
        };
        let wishes = [
            wish("*", What::Side(Direction::Above)),
            wish("cpu*", What::Amount(5.0)),
            wish("cpu.idle", What::Side(Direction::Below)),
            wish("cpu.*", What::Share(0.1)),
        ];
        let expected = |direction, least, least_share| Attention { direction, least, least_share };
        assert_eq!(attention(&wishes, "memory"), expected(Direction::Above, 0.0, 0.0));
        assert_eq!(attention(&wishes, "cpu"), expected(Direction::Above, 5.0, 0.0));
        assert_eq!(attention(&wishes, "cpu.idle"), expected(Direction::Below, 0.0, 0.1));
        assert_eq!(attention(&[], "cpu"), Attention::default());
    }
}
