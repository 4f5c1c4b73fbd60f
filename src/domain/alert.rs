//! Alerts as they are stored: an exceedance with everything that decided, and what it takes to check it.

use std::sync::Arc;

use super::detector::Direction;
use super::digest::{Sha256, StateDigest};
use super::identity::Id;
use super::incident::{Exceedance, Finding, Kind};
use super::measurement::Aggregation;
use super::severity::Severity;

/// The side of what is normal on which an exceedance lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Greater.
    Above,
    /// Less.
    Below,
}

impl Side {
    /// The side on which the deciding quantity lies; `None` where nothing decided.
    #[must_use]
    pub fn of(exceedance: &Exceedance) -> Option<Self> {
        let quantity = match exceedance.finding {
            Finding::Value(_) => exceedance.verdict.deciding?.quantity,
            Finding::LevelShift(shift) => shift.size,
            Finding::Silence(_) => return None,
        };
        Some(if quantity > 0.0 { Self::Above } else { Self::Below })
    }

    /// The name under which it is recorded.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Above => Direction::Above.name(),
            Self::Below => Direction::Below.name(),
        }
    }
}

/// What the model knew of the slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlotFigures {
    /// The hour of the week, 0 to 167.
    pub slot: u8,
    /// The mean of its values.
    pub mean: f64,
    /// Their standard deviation (n−1), where there are at least two.
    pub std_dev: Option<f64>,
    /// How many there are.
    pub count: u64,
    /// In how many weeks.
    pub weeks: u32,
}

/// The record that a measurement was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The key of the raw object.
    pub object: Arc<str>,
    /// Of its bytes.
    pub sha256: Sha256,
    /// The row in it.
    pub row: u64,
}

/// An exceedance as it is stored, with its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its identity.
    pub id: Id,
    /// The identity of its incident.
    pub incident: Id,
    /// Whether it is the alert itself, or a further point of its incident.
    pub opens_incident: bool,
    /// The parameter.
    pub parameter: Arc<str>,
    /// Whether its values are measured or counted.
    pub aggregation: Aggregation,
    /// Time, value, limits, what was expected, the surprise, and the channel that decided with its quantity and what is
    /// usual.
    pub exceedance: Exceedance,
    /// What is out of the ordinary.
    pub kind: Kind,
    /// On which side of what is normal.
    pub side: Option<Side>,
    /// What the model knew of the slot; `None` without a model.
    pub slot: Option<SlotFigures>,
    /// The EMA over 10 periods of the values, after this one.
    pub ema: f64,
    /// How bad its incident was so far.
    pub severity: Severity,
    /// The sentence that says why.
    pub text: String,
    /// The recorded name of what judged it.
    pub rule: Arc<str>,
    /// The model by which it was judged; 0 for none.
    pub model_version: u32,
    /// Of the settings that decide results.
    pub settings_digest: Sha256,
    /// Of the state before its hour.
    pub state_digest: StateDigest,
    /// The version of this program.
    pub tool_version: Arc<str>,
    /// Where the value comes from; `None` for what no single record stands for.
    pub origin: Option<Origin>,
}
