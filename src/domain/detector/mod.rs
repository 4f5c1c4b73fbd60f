//! Detectors: fed the measurements of one parameter in canonical order, they say of each whether it is normal.
//!
//! A detector scores before it learns: a value never takes part in the model that judges it. Learning does not depend
//! on the alert threshold. Detection of a file, of a stream and in replay are all folds over a detector, so they give
//! the same bits: transcendental functions come from the pinned `libm` crate, sums are taken in a fixed order.

mod adaptive;
mod adaptive2;
mod classic;

#[cfg(test)]
mod tests;

pub use adaptive::Adaptive;
pub use adaptive2::{Adaptive2, Shift, Silence};
pub use classic::Classic;

use super::measurement::{MINUTE, Millis};
use super::zone::Zone;

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
            Self::Adaptive2 => 2.15,
            Self::Classic => Classic::THREE_SIGMA,
        }
    }

    /// How long a parameter must stay within its limits before an incident is over; `None` where every exceedance is an
    /// alert.
    #[must_use]
    pub fn quiet_time(self) -> Option<Millis> {
        match self {
            Self::Adaptive | Self::Adaptive2 => Some(12 * 60 * MINUTE),
            Self::Classic => None,
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

    /// The limits between the two ends, adjusted by rounding errors so that they agree with the verdict on `x`.
    ///
    /// Verdict and limits are computed by different formulas that are equal on paper; on the very edge floating point
    /// may tell them apart. The verdict is what counts. `above` is the side on which an exceedance lies.
    fn agreeing(lower: f64, upper: f64, x: f64, exceedance: bool, above: bool) -> Self {
        let (mut lower, mut upper) = (lower, upper);
        if exceedance {
            if (lower..=upper).contains(&x) {
                if above { upper = x.next_down() } else { lower = x.next_up() }
            }
            if lower <= upper { Self::Between { lower, upper } } else { Self::Nothing }
        } else {
            lower = lower.min(x);
            upper = upper.max(x);
            Self::Between { lower, upper }
        }
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
    /// A detector that has seen nothing. `threshold` is the positive surprise from which on a value is an exceedance.
    #[must_use]
    pub fn new(method: Method, threshold: f64, zone: Zone) -> Self {
        match method {
            Method::Adaptive => Self::Adaptive(Adaptive::new(threshold, zone)),
            Method::Adaptive2 => Self::Adaptive2(Box::new(Adaptive2::new(threshold, zone))),
            Method::Classic => Self::Classic(Classic::new(threshold, zone)),
        }
    }

    /// Judges a value, then learns from it. Times must not decrease.
    pub fn push(&mut self, time: Millis, value: f64) -> Verdict {
        match self {
            Self::Adaptive(detector) => detector.push(time, value),
            Self::Adaptive2(detector) => detector.push(time, value),
            Self::Classic(detector) => detector.push(time, value),
        }
    }

    /// Does the same as [`Self::push`] for a run of measurements, but speaks of the exceedances only, each with its
    /// index: faster, since hardly any value needs its surprise and limits computed.
    pub fn scan(&mut self, times: &[Millis], values: &[f64], exceedance: impl FnMut(usize, Verdict)) {
        match self {
            Self::Adaptive(detector) => detector.scan(times, values, exceedance),
            Self::Adaptive2(detector) => detector.scan(times, values, exceedance),
            Self::Classic(detector) => detector.scan(times, values, exceedance),
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
