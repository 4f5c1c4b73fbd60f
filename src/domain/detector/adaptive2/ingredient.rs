//! What the method is made of, so that each part can be left out to see what it brings.

/// A part of the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ingredient {
    /// The channel of the value itself.
    ValueChannel,
    /// The channel of the step from the value before.
    StepChannel,
    /// The channel of the fast average.
    FastChannel,
    /// The channel of the long average.
    LongChannel,
    /// Tiers weighted by how well they predict; without, the hour of the week alone once it is known.
    PooledTiers,
    /// No hour enters the memory as larger than what hardly any hour reaches, and outages count little.
    ClippedMemory,
    /// What was learnt in the first days, with a poor baseline, counts little later.
    Forgetting,
    /// Spreads are wider while the memory is short.
    ColdStart,
    /// What recurs daily is less surprising.
    Recurrence,
    /// Spread by hour of the day.
    SpreadByHour,
    /// The least deviations that count.
    Floors,
    /// Surprises are calibrated by how often they came.
    Calibration,
    /// Kinds of days never seen, and changes of the clock, widen the limits.
    Doubt,
    /// Levels that stay are taken over.
    LevelShift,
    /// Data that do not come are noticed.
    Silence,
}

impl Ingredient {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::ValueChannel,
        Self::StepChannel,
        Self::FastChannel,
        Self::LongChannel,
        Self::PooledTiers,
        Self::ClippedMemory,
        Self::Forgetting,
        Self::ColdStart,
        Self::Recurrence,
        Self::SpreadByHour,
        Self::Floors,
        Self::Calibration,
        Self::Doubt,
        Self::LevelShift,
        Self::Silence,
    ];

    /// What it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ValueChannel => "value channel",
            Self::StepChannel => "step channel",
            Self::FastChannel => "fast channel",
            Self::LongChannel => "long channel",
            Self::PooledTiers => "pooled tiers",
            Self::ClippedMemory => "clipped memory",
            Self::Forgetting => "forgetting the first days",
            Self::ColdStart => "wider spread at the start",
            Self::Recurrence => "recurrence",
            Self::SpreadByHour => "spread by hour of the day",
            Self::Floors => "floors",
            Self::Calibration => "calibration",
            Self::Doubt => "doubt",
            Self::LevelShift => "level shift",
            Self::Silence => "silence",
        }
    }
}

/// Which parts are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ingredients(u32);

impl Ingredients {
    /// All of them.
    pub const ALL: Self = Self(u32::MAX);

    /// All but one.
    pub fn without(ingredient: Ingredient) -> Self {
        Self(!(1 << ingredient as u32))
    }

    /// Whether a part is in use.
    pub fn has(self, ingredient: Ingredient) -> bool {
        self.0 & (1 << ingredient as u32) != 0
    }
}
