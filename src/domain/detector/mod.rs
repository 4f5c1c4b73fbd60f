//! Detectors: fed the measurements of one parameter in canonical order, they say of each whether it is normal.
//!
//! A detector scores before it learns: a value never takes part in the model that judges it. Learning does not depend
//! on the alert threshold. Detection of a file, of a stream and in replay are all folds over a detector, so they give
//! the same bits: transcendental functions come from the pinned `libm` crate, sums are taken in a fixed order.

mod adaptive;
mod adaptive2;
mod classic;
mod rules;

#[cfg(test)]
mod tests;

pub use adaptive::Adaptive;
pub use adaptive2::{Adaptive2, Ingredient, Shift, Silence};
pub use classic::Classic;
pub use rules::{Attention, Direction, OutOfBounds, Rules, checked_least, checked_threshold};

use super::measurement::{HOUR, Millis};

/// How to tell what is normal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// [`Adaptive`], frozen as `adaptive@1`.
    Adaptive,
    /// [`Adaptive2`], `adaptive@2`, which is to follow it.
    Adaptive2,
    /// [`Classic`]: mean ± 3 stdDev of the hour of the week.
    Classic,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Adaptive, Self::Adaptive2, Self::Classic];

    /// The one that is used where nobody says which.
    pub const DEFAULT: Self = Self::Adaptive2;

    /// The name and version under which results are recorded.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Adaptive => "adaptive@1",
            Self::Adaptive2 => "adaptive@2",
            Self::Classic => "classic@1",
        }
    }

    /// The surprise from which on a value is an exceedance, unless told otherwise.
    #[must_use]
    pub fn default_threshold(self) -> f64 {
        match self {
            Self::Adaptive => 2.5,
            Self::Adaptive2 => 2.25,
            Self::Classic => Classic::THREE_SIGMA,
        }
    }
}

/// The values that are normal for a parameter at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limits {
    /// There is too little history to have any.
    Learning,
    /// The normal values, both ends included.
    Between {
        /// The least normal value.
        lower: f64,
        /// The greatest normal value.
        upper: f64,
    },
    /// No value would be normal, because an average is already too far out.
    Nothing,
}

impl Limits {
    /// Whether `x` is normal.
    #[must_use]
    pub fn contain(&self, x: f64) -> bool {
        match *self {
            Self::Learning => true,
            Self::Between { lower, upper } => (lower..=upper).contains(&x),
            Self::Nothing => false,
        }
    }

    /// The ends, where there are any.
    #[must_use]
    pub fn ends(&self) -> Option<(f64, f64)> {
        match *self {
            Self::Between { lower, upper } => Some((lower, upper)),
            Self::Learning | Self::Nothing => None,
        }
    }

    /// The limits between the two ends, adjusted by rounding errors so that they agree with the verdict on `x`, then
    /// widened by what does not matter.
    ///
    /// Verdict and limits are computed by different formulas that are equal on paper; on the very edge floating point
    /// may tell them apart. The verdict is what counts. `above` is the side on which an exceedance lies.
    fn agreeing(
        (lower, upper): (f64, f64),
        x: f64,
        exceedance: bool,
        above: bool,
        (attention, expected): (&Attention, f64),
    ) -> Self {
        let (mut lower, mut upper) = (lower, upper);
        if exceedance {
            if (lower..=upper).contains(&x) {
                if above { upper = x.next_down() } else { lower = x.next_up() }
            }
        } else {
            lower = lower.min(x);
            upper = upper.max(x);
        }
        let (lower, upper) = attention.widen((lower, upper), expected);
        if lower <= upper { Self::Between { lower, upper } } else { Self::Nothing }
    }
}

/// A view of the series in which a value can deviate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// The EMA of 10 periods of what differs from the hour of the week's usual.
    Fast,
    /// The mean over about three hours of what differs from the hour of the week's usual.
    Slow,
    /// The value, against the hour of the day's usual.
    Point,
    /// The value, against the one before.
    Step,
    /// The value, against the hour of the week's usual.
    Value,
    /// What the value differs from the hour of the week's usual, against the mean of that over about eight hours.
    Local,
    /// The mean over about eight hours of what differs from the hour of the week's usual.
    Long,
    /// The value, against mean and stdDev of its slot (classic).
    Slot,
}

impl Channel {
    /// All of them. Kept states name them by their places here, so that new ones come last.
    pub const ALL: [Self; 8] =
        [Self::Fast, Self::Slow, Self::Point, Self::Step, Self::Value, Self::Local, Self::Long, Self::Slot];

    /// The name under which results are recorded.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Slow => "slow",
            Self::Point => "point",
            Self::Step => "step",
            Self::Value => "value",
            Self::Local => "local",
            Self::Long => "long",
            Self::Slot => "slot",
        }
    }
}

/// The channel that decided, and its numbers, in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deciding {
    /// The channel with the largest surprise.
    pub channel: Channel,
    /// Its deviation, with sign.
    pub quantity: f64,
    /// The mean of its largest absolute deviation in an hour; for [`Channel::Slot`] the slot's mean.
    pub usual: f64,
    /// The standard deviation of that.
    pub usual_std: f64,
}

/// Whose history the expected value mostly rests on; the later, the more is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// All hours alike.
    #[default]
    Overall,
    /// The same hour of other days.
    HourOfDay,
    /// The same hour of other days of the same kind: working days, or days of the weekend.
    DayKind,
    /// The same hour of the week.
    HourOfWeek,
}

impl Tier {
    /// All of them. Kept states name them by their places here, so that new ones come last.
    pub const ALL: [Self; 4] = [Self::Overall, Self::HourOfDay, Self::DayKind, Self::HourOfWeek];

    /// The name under which results are recorded.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Overall => "overall",
            Self::HourOfDay => "hour_of_day",
            Self::DayKind => "day_kind",
            Self::HourOfWeek => "hour_of_week",
        }
    }
}

/// What a detector has to say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// Data were expected and did not come: told when its onset has passed, at the latest when data come again.
    Silence(Silence),
    /// A change of level that stayed was taken over: told at the first value after it, which has this index.
    LevelShift(usize, Shift),
    /// The value with this index is an exceedance, or is not but its surprise is at least half of the threshold
    /// (an incident that is open goes on).
    Value(usize, Verdict),
}

/// What a detector says of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// `−log10` of the probability that an ordinary hour (classic: value) deviates this much; 0 while learning.
    pub surprise: f64,
    /// Which channel decided; `None` while learning.
    pub deciding: Option<Deciding>,
    /// What was expected, before the value was known.
    pub expected: f64,
    /// What would have been normal: the value lies outside exactly when it is an exceedance.
    pub limits: Limits,
    /// Whether the value is outside its limits.
    pub exceedance: bool,
    /// Whose history `expected` mostly rests on.
    pub tier: Tier,
}

impl Verdict {
    /// What is said while there is too little history.
    fn learning(expected: f64, tier: Tier) -> Self {
        Self { surprise: 0.0, deciding: None, expected, limits: Limits::Learning, exceedance: false, tier }
    }
}

/// A detector of any method.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one per series, and hardly anybody uses the small one")]
pub enum Detector {
    /// See [`Adaptive`].
    Adaptive(Adaptive),
    /// See [`Adaptive2`].
    Adaptive2(Box<Adaptive2>),
    /// See [`Classic`].
    Classic(Classic),
}

impl Detector {
    /// The least quiet time; see [`Self::quiet_time`].
    pub const QUIET: Millis = 12 * HOUR;

    /// A detector that has seen nothing.
    #[must_use]
    pub fn new(method: Method, rules: Rules) -> Self {
        match method {
            Method::Adaptive => Self::Adaptive(Adaptive::new(rules)),
            Method::Adaptive2 => Self::Adaptive2(Box::new(Adaptive2::new(rules))),
            Method::Classic => Self::Classic(Classic::new(rules)),
        }
    }

    /// Judges a value, then learns from it. Times must not decrease. What there is to tell goes to `tell`, also of this
    /// value (its index is 0), each with the [`Self::quiet_time`] of the moment.
    pub fn push(&mut self, time: Millis, value: f64, mut tell: impl FnMut(Event, Option<Millis>)) -> Verdict {
        let (verdict, quiet) = match self {
            Self::Adaptive(detector) => (detector.push(time, value), Some(Self::QUIET)),
            Self::Adaptive2(detector) => {
                return detector.push(time, value, |event, gap| tell(event, Some(Self::quiet(gap))));
            }
            Self::Classic(detector) => (detector.push(time, value), None),
        };
        if verdict.exceedance {
            tell(Event::Value(0, verdict), quiet);
        }
        verdict
    }

    /// Tells the same as [`Self::push`] would of a run of measurements: faster, since hardly any value needs its
    /// surprise and limits computed.
    pub fn scan(&mut self, times: &[Millis], values: &[f64], mut tell: impl FnMut(Event, Option<Millis>)) {
        match self {
            Self::Adaptive(detector) => {
                detector.scan(times, values, |index, verdict| tell(Event::Value(index, verdict), Some(Self::QUIET)));
            }
            Self::Adaptive2(detector) => {
                detector.scan(times, values, |event, gap| tell(event, Some(Self::quiet(gap))));
            }
            Self::Classic(detector) => {
                detector.scan(times, values, |index, verdict| tell(Event::Value(index, verdict), None));
            }
        }
    }

    /// Tells of the time, so that a silence is noticed before it ends. What is learnt does not depend on it.
    pub fn advance_to(&mut self, now: Millis) -> Option<Silence> {
        match self {
            Self::Adaptive2(detector) => detector.advance_to(now),
            Self::Adaptive(_) | Self::Classic(_) => None,
        }
    }

    /// How long the parameter must stay within its limits before an incident is over: half a day, but three usual
    /// intervals between values at least. `None` where every exceedance is an alert.
    #[must_use]
    pub fn quiet_time(&self) -> Option<Millis> {
        match self {
            Self::Adaptive(_) => Some(Self::QUIET),
            Self::Adaptive2(detector) => Some(Self::quiet(detector.usual_gap())),
            Self::Classic(_) => None,
        }
    }

    /// The quiet time where the longest interval between two values in an hour is usually this long.
    fn quiet(usual_gap: Millis) -> Millis {
        Self::QUIET.max(usual_gap.saturating_mul(3))
    }

    /// All that the detector has learned, as one versioned value. Threshold, zone and attention are no part of it.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        match self {
            Self::Adaptive(detector) => detector.state(),
            Self::Adaptive2(detector) => detector.state(),
            Self::Classic(detector) => detector.state(),
        }
    }

    /// A detector that goes on from a state with the same bits; `None` where the bytes are no state of this method and
    /// version.
    #[must_use]
    pub fn from_state(state: &[u8], method: Method, rules: Rules) -> Option<Self> {
        match method {
            Method::Adaptive => Adaptive::from_state(state, rules).map(Self::Adaptive),
            Method::Adaptive2 => {
                Adaptive2::from_state(state, rules).map(|detector| Self::Adaptive2(Box::new(detector)))
            }
            Method::Classic => Classic::from_state(state, rules).map(Self::Classic),
        }
    }

    /// Until when values that are half as surprising as the threshold are told, so that an open incident goes on.
    #[must_use]
    pub fn attentive_until(&self) -> Millis {
        match self {
            Self::Adaptive2(detector) => detector.attentive_until(),
            Self::Adaptive(_) | Self::Classic(_) => Millis::MIN,
        }
    }

    /// Goes on with an incident that was open when the state was taken.
    pub fn attend_until(&mut self, time: Millis) {
        match self {
            Self::Adaptive2(detector) => detector.attend_until(time),
            Self::Adaptive(_) | Self::Classic(_) => {}
        }
    }

    /// Begins to tell of silences. One that is under way is told as of the next hour, unless it `is_known`.
    pub fn begin_telling(&mut self, is_known: bool) {
        match self {
            Self::Adaptive2(detector) => detector.begin_telling(is_known),
            Self::Adaptive(_) | Self::Classic(_) => {}
        }
    }

    /// Whether there is enough history for limits.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        match self {
            Self::Adaptive(detector) => detector.is_learning(),
            Self::Adaptive2(detector) => detector.is_learning(),
            Self::Classic(detector) => detector.is_learning(),
        }
    }
}
