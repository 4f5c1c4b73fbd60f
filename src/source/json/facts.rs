//! What is taken out of a record, and which fields say it.

use std::borrow::Cow;

use crate::domain::record::Kind;
use crate::source::ReadOptions;
use crate::source::names::{PARAMETER, VALUE, rank};
use crate::source::timestamp::{TimeFault, TimeReader};

/// What a time field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar<'de> {
    /// A text.
    Text(Cow<'de, str>),
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Real(f64),
}

impl Scalar<'_> {
    /// The moment that it names.
    pub fn read(&self, reader: &mut TimeReader) -> Result<i64, TimeFault> {
        match self {
            Self::Text(text) => reader.read(text.as_bytes()),
            Self::Whole(number) => reader.read_i64(*number),
            Self::Real(number) => reader.read_f64(*number),
        }
    }

    /// As text, for messages.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
        }
    }

    /// A number that may be a time without anyone having said so: after March 1973.
    pub fn is_plausible(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Whole(number) => *number >= 100_000_000,
            Self::Real(number) => *number >= 1e8,
        }
    }
}

/// A field of the record that may be its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate<'de> {
    /// Its place among the known names; 0 for the one that was asked for.
    pub rank: usize,
    /// Its name.
    pub name: Cow<'de, str>,
    /// What it holds.
    pub value: Scalar<'de>,
}

/// The texts of a record that say what it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts<'de> {
    /// `kind`, or what the field holds that was said to be it.
    pub kind: Option<Cow<'de, str>>,
    /// `level` or `severity`.
    pub level: Option<Cow<'de, str>>,
    /// Whether there is a `message` or `msg`.
    pub message: bool,
    /// `event`, `event_type` or `type`.
    pub event: Option<Cow<'de, str>>,
    /// The parameter that the record names.
    pub parameter: Option<Cow<'de, str>>,
    /// The value of that parameter; `Some(None)` if it is null.
    pub value: Option<Option<f64>>,
    /// What the field holds whose value becomes part of the names of parameters.
    pub part: Option<Cow<'de, str>>,
    /// What the field holds that tells the record from others.
    pub identity: Option<Cow<'de, str>>,
}

impl Facts<'_> {
    /// What kind of record it is.
    pub fn kind(&self, has_numbers: bool) -> Kind {
        match self.kind.as_deref().and_then(Kind::parse) {
            Some(kind) => kind,
            None if self.level.is_some() && self.message => Kind::Log,
            None if self.event.is_some() && !has_numbers => Kind::Event,
            None => Kind::Metric,
        }
    }
}

/// Which fields have a role; where nothing is said, their names tell. Paths are dotted.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    /// The path of the time.
    pub time: Option<String>,
    /// The field that names the parameter.
    pub parameter: Option<String>,
    /// The field of the value.
    pub value: Option<String>,
    /// The field that tells the kind of the record.
    pub kind: Option<String>,
    /// The path of what becomes part of the names of parameters.
    pub part: Option<String>,
    /// The path of what tells the record from others.
    pub identity: Option<String>,
}

impl Roles {
    /// The roles that the options give.
    pub fn new(options: &ReadOptions) -> Self {
        Self {
            time: options.time_column.clone(),
            parameter: options.parameter_column.clone(),
            value: options.value_column.clone(),
            ..Self::default()
        }
    }

    /// Whether a field names the parameter.
    pub fn is_parameter(&self, key: &str) -> bool {
        self.parameter.as_ref().map_or_else(|| rank(key, PARAMETER).is_some(), |wanted| wanted == key)
    }

    /// Whether a field has the value of the parameter that the record names.
    pub fn is_value(&self, key: &str) -> bool {
        self.value.as_ref().map_or_else(|| rank(key, VALUE).is_some(), |wanted| wanted == key)
    }

    /// Whether a field tells the kind of the record.
    pub fn is_kind(&self, key: &str) -> bool {
        key == self.kind.as_deref().unwrap_or("kind")
    }

    /// Whether there are fields to be marked that say nothing by themselves.
    pub fn has_marks(&self) -> bool {
        self.part.is_some() || self.identity.is_some()
    }
}

/// What a field of text is for: any of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextRole(u8);

impl TextRole {
    /// [`Facts::kind`].
    pub const KIND: Self = Self(1);
    /// [`Facts::level`].
    pub const LEVEL: Self = Self(2);
    /// [`Facts::event`].
    pub const EVENT: Self = Self(4);
    /// [`Facts::parameter`].
    pub const PARAMETER: Self = Self(8);
    /// [`Facts::part`].
    pub const PART: Self = Self(16);
    /// [`Facts::identity`].
    pub const IDENTITY: Self = Self(32);

    /// Adds a role.
    pub fn add(&mut self, role: Self) {
        self.0 |= role.0;
    }

    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Sets the facts that the text is.
    #[expect(clippy::ptr_arg, reason = "a clone of the Cow stays borrowed")]
    pub fn set<'de>(self, facts: &mut Facts<'de>, text: &Cow<'de, str>) {
        let fields = [
            (Self::KIND, &mut facts.kind),
            (Self::LEVEL, &mut facts.level),
            (Self::EVENT, &mut facts.event),
            (Self::PARAMETER, &mut facts.parameter),
            (Self::PART, &mut facts.part),
            (Self::IDENTITY, &mut facts.identity),
        ];
        for (role, field) in fields {
            if self.0 & role.0 != 0 {
                *field = Some(text.clone());
            }
        }
    }
}

/// What a value of the record was for, so that it can be put in the place of the value of a record of the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The number at this place.
    Number(usize),
    /// The number at this place, which is also that of the parameter that the record names.
    Value(usize),
    /// The time at this place, a number.
    Time(usize),
    /// The time at this place, a text.
    TextTime(usize),
    /// 0 or 1, and nothing.
    Bit,
    /// A text.
    Text(TextRole),
    /// true or false, and nothing.
    Word,
    /// null: never anything else.
    Null,
}
