//! Aggregates: the figures of a parameter in an hour, and, folded from those, in longer intervals.
//!
//! The hours are made from the measurements, each once (see [`Hours`]); everything longer is folded from the rows of the
//! hours, in order, so that a reader of the rows gets the same figures, bit by bit, without the measurements. For that a
//! row also holds what `std_dev` and `ema` are made from.

mod hours;

pub use hours::{HourFigures, Hours, each_hour, hourly_moments};

use super::digest::{InputDigest, StateDigest};
use super::ema::Ema;
use super::interval::{Interval, Unit};
use super::measurement::Millis;
use super::moments::Moments;
use crate::domain::hour::Hour;

/// The EMA over 10 periods of the values as they are, one measurement a period.
pub type ValueEma = Ema<10>;

/// The figures of at least one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Count, mean, standard deviation (n−1), and the sum of squared deviations by which they are merged.
    pub moments: Moments,
    /// The least value; of zeros of both signs the first.
    pub min: f64,
    /// The greatest value; of zeros of both signs the first.
    pub max: f64,
    /// The first value in canonical order.
    pub first: f64,
    /// The last value in canonical order.
    pub last: f64,
    /// The EMA after the last value, which flows on from hour to hour: its value, and with count and sum all of its
    /// state.
    pub ema: ValueEma,
}

impl Figures {
    /// The figures of these values and those that came later, all together.
    ///
    /// The moments are merged by Chan's formula (see [`Moments::merge`]), so their last bits depend on where the cut is;
    /// everything else is as if the values had come in one piece.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        Self {
            moments: self.moments.merge(later.moments),
            min: if later.min < self.min { later.min } else { self.min },
            max: if later.max > self.max { later.max } else { self.max },
            first: self.first,
            last: later.last,
            ema: later.ema,
        }
    }
}

/// The aggregate of a parameter in an interval, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The first moment of the interval.
    pub start: Millis,
    /// The figures.
    pub figures: Figures,
    /// Of the measurements.
    pub input_digest: InputDigest,
    /// Of the detector's state after the interval.
    pub state_digest: StateDigest,
    /// The version of the model by which it was judged, at the end of the interval; 0 for none.
    pub model_version: u32,
}

impl Row {
    /// The aggregate of an interval and of one that came later, filed under the beginning of the first.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        Self {
            start: self.start,
            figures: self.figures.then(later.figures),
            input_digest: self.input_digest.and(later.input_digest),
            state_digest: later.state_digest,
            model_version: later.model_version,
        }
    }
}

/// Folds the hours of a parameter, one after the other, to longer intervals.
#[derive(Clone, Debug)]
pub struct Folding {
    unit: Unit,
    open: Option<(Interval, Row)>,
}

impl Folding {
    /// Folds to intervals of this kind.
    #[must_use]
    pub fn new(unit: Unit) -> Self {
        Self { unit, open: None }
    }

    /// Goes on with an interval that has begun, as [`Self::unfinished`] gave it.
    #[must_use]
    pub fn resumed(unit: Unit, unfinished: Option<Row>) -> Self {
        Self { unit, open: unfinished.map(|row| (unit.containing(row.start), row)) }
    }

    /// Adds the row of the next hour; gives the interval before it where this one belongs to a later interval.
    pub fn push(&mut self, hour: Row) -> Option<Row> {
        match &mut self.open {
            Some((interval, row)) if interval.contains(hour.start) => {
                *row = row.then(hour);
                None
            }
            open => {
                let interval = self.unit.containing(hour.start);
                let before = open.replace((interval, Row { start: interval.start(), ..hour }));
                before.map(|(_, row)| row)
            }
        }
    }

    /// Gives the interval that has begun if it is over at the end of the hours so far, which is the beginning of hour
    /// `end`.
    pub fn close(&mut self, end: Hour) -> Option<Row> {
        self.open.take_if(|(interval, _)| interval.hours().end <= end).map(|(_, row)| row)
    }

    /// The interval that has begun, as far as it has come.
    #[must_use]
    pub fn unfinished(&self) -> Option<&Row> {
        self.open.as_ref().map(|(_, row)| row)
    }
}

/// Folds the hours of a parameter, in any order, to intervals of this kind, in order.
///
/// A late hour thus comes into its intervals without their measurements. Only its `ema`, and with it that of what ends
/// later, is as old as the hours' rows are: those hours are stale (see [`stale`](super::stale)).
#[must_use]
pub fn fold(unit: Unit, hours: &[Row]) -> Vec<Row> {
    let mut ordered = hours.to_vec();
    ordered.sort_by_key(|row| row.start);
    let mut folding = Folding::new(unit);
    let mut rows: Vec<Row> = ordered.into_iter().filter_map(|hour| folding.push(hour)).collect();
    rows.extend(folding.unfinished());
    rows
}

#[cfg(test)]
mod tests;
