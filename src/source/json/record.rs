//! Takes the measurements out of one JSON record, in a single pass and without building a tree.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::domain::record::Kind;
use crate::source::ReadOptions;
use crate::source::names::{LABEL, PARAMETER, TIME, VALUE, rank};
use crate::source::timestamp::TimeReader;

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
    pub fn read(&self, reader: &mut TimeReader) -> Result<i64, crate::source::timestamp::TimeFault> {
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
#[derive(Clone, Debug)]
pub struct Candidate<'de> {
    /// Its place among the known names; 0 for the one that was asked for.
    pub rank: usize,
    /// Its name.
    pub name: Cow<'de, str>,
    /// What it holds.
    pub value: Scalar<'de>,
}

/// The texts of a record that say what it is.
#[derive(Clone, Debug, Default)]
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

/// What the record of the moment holds. Its room is used again for the next one.
#[derive(Default)]
pub struct Record<'de> {
    /// Fields that may be the time.
    pub times: Vec<Candidate<'de>>,
    /// What kind of record it is.
    pub facts: Facts<'de>,
    /// The numbers: where their names are in `names`, and their values.
    pub numbers: Vec<(std::ops::Range<usize>, f64)>,
    /// The names of the numbers, one after another.
    pub names: String,
    path: String,
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

    fn is_kind(&self, key: &str) -> bool {
        key == self.kind.as_deref().unwrap_or("kind")
    }

    /// Whether fields are to be marked that say nothing by themselves.
    fn has_marks(&self) -> bool {
        self.part.is_some() || self.identity.is_some()
    }

    fn is_parameter(&self, key: &str) -> bool {
        self.parameter.as_ref().map_or_else(|| rank(key, PARAMETER).is_some(), |wanted| wanted == key)
    }

    fn is_value(&self, key: &str) -> bool {
        self.value.as_ref().map_or_else(|| rank(key, VALUE).is_some(), |wanted| wanted == key)
    }
}

impl<'de> Record<'de> {
    /// Reads a record.
    pub fn read<D: Deserializer<'de>>(&mut self, roles: &Roles, deserializer: D) -> Result<(), D::Error> {
        self.times.clear();
        self.facts = Facts::default();
        self.numbers.clear();
        self.names.clear();
        self.path.clear();
        deserializer.deserialize_map(Object { record: self, roles, place: Place::Top }).map(|_| ())
    }

    /// The name of a number.
    pub fn name(&self, range: &std::ops::Range<usize>) -> &str {
        &self.names[range.clone()]
    }

    fn push(&mut self, value: f64) {
        let start = self.names.len();
        self.names.push_str(&self.path);
        self.numbers.push((start..self.names.len(), value));
    }

    /// Puts one number under this name in place of all from `numbers` and `names` on.
    fn replace(&mut self, (numbers, names): (usize, usize), name: &str, value: f64) {
        self.numbers.truncate(numbers);
        self.names.truncate(names);
        self.names.push_str(name);
        self.numbers.push((names..self.names.len(), value));
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Top,
    /// An element of an array: may be `{"name": …, "value": …}`.
    Element,
    Below,
}

/// An object: the record or one in it.
struct Object<'a, 'de> {
    record: &'a mut Record<'de>,
    roles: &'a Roles,
    place: Place,
}

/// A key, borrowed where it has no escapes.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

impl<'de> Visitor<'de> for Object<'_, 'de> {
    /// The parameter that the object names, and its value.
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record (a JSON object)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { record, roles, place } = self;
        let before = (record.numbers.len(), record.names.len());
        let length = record.path.len();
        let (mut parameter, mut value) = (None, None);
        while let Some(key) = map.next_key_seed(Text)? {
            if length > 0 {
                record.path.push('.');
            }
            record.path.push_str(&key);
            let found = map.next_value_seed(Value { record, roles, place: Place::Below })?;
            if place == Place::Top {
                record.note(&key, &found, roles);
            } else if roles.time.as_ref().is_some_and(|wanted| *wanted == record.path) {
                record.note_time(0, &key, &found);
            }
            if roles.has_marks() {
                record.mark(&found, roles);
            }
            if place != Place::Below {
                match found {
                    Found::Text(text) if parameter.is_none() && roles.is_parameter(&key) => parameter = Some(text),
                    Found::Whole(_) | Found::Real(_) | Found::Null if value.is_none() && roles.is_value(&key) => {
                        value = Some(found.number());
                    }
                    _ => {}
                }
            }
            record.path.truncate(length);
        }
        match (place, parameter, value) {
            (Place::Top, parameter, value) => (record.facts.parameter, record.facts.value) = (parameter, value),
            (Place::Element, Some(parameter), Some(Some(value))) => record.replace(before, &parameter, value),
            _ => {}
        }
        Ok(())
    }
}

impl<'de> Record<'de> {
    #[expect(clippy::ptr_arg, reason = "a clone of the Cow stays borrowed")]
    fn note_time(&mut self, rank: usize, key: &Cow<'de, str>, found: &Found<'de>) {
        let value = match found {
            Found::Text(text) => Scalar::Text(text.clone()),
            Found::Whole(number) => Scalar::Whole(*number),
            Found::Real(number) => Scalar::Real(*number),
            Found::Null | Found::Bool | Found::Other => return,
        };
        if !matches!(value, Scalar::Text(_)) {
            self.numbers.pop();
        }
        self.times.push(Candidate { rank, name: key.clone(), value });
    }

    /// Notes what the field at the path of the moment holds if that tells records or parameters apart; if it is a number
    /// then it measures nothing.
    fn mark(&mut self, found: &Found<'de>, roles: &Roles) {
        let is_here = |field: &Option<String>| field.as_ref().is_some_and(|field| *field == self.path);
        let (part, identity) = (is_here(&roles.part), is_here(&roles.identity));
        if !part && !identity {
            return;
        }
        let text = match found {
            Found::Text(text) => text.clone(),
            Found::Whole(number) => number.to_string().into(),
            Found::Real(number) if part => number.to_string().into(),
            _ => return, // an identity that is rounded, or no scalar, would make different records the same
        };
        if self.numbers.last().is_some_and(|(range, _)| *self.name(range) == *self.path) {
            self.numbers.pop();
        }
        if identity {
            self.facts.identity = Some(text.clone());
        }
        if part {
            self.facts.part = Some(text);
        }
    }

    /// Notes what a field of the record itself says.
    #[expect(clippy::ptr_arg, reason = "a clone of the Cow stays borrowed")]
    fn note(&mut self, key: &Cow<'de, str>, found: &Found<'de>, roles: &Roles) {
        let time = match &roles.time {
            Some(wanted) if *wanted == **key => Some(0),
            Some(_) => {
                rank(key, TIME).filter(|_| found.number().is_some_and(|number| number >= 1e8)).map(|rank| rank + 1)
            }
            None => rank(key, TIME),
        };
        if let Some(rank) = time {
            return self.note_time(rank, key, found);
        }
        match found {
            Found::Text(text) => {
                let text = || Some(text.clone());
                match &**key {
                    _ if roles.is_kind(key) => self.facts.kind = text(),
                    "level" | "severity" | "Level" | "Severity" | "log.level" => self.facts.level = text(),
                    "message" | "msg" | "Message" => self.facts.message = true,
                    "event" | "event_type" => self.facts.event = text(),
                    "type" if self.facts.event.is_none() => self.facts.event = text(),
                    _ => {}
                }
            }
            Found::Whole(0 | 1) if rank(key, LABEL).is_some() => {
                self.numbers.pop();
            }
            _ => {}
        }
    }
}

/// What a value was; numbers have been noted by then.
enum Found<'de> {
    Text(Cow<'de, str>),
    Whole(i64),
    Real(f64),
    Bool,
    Null,
    Other,
}

impl Found<'_> {
    fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            _ => None,
        }
    }
}

/// Any value within a record.
struct Value<'a, 'de> {
    record: &'a mut Record<'de>,
    roles: &'a Roles,
    place: Place,
}

impl<'de> DeserializeSeed<'de> for Value<'_, 'de> {
    type Value = Found<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, 'de> {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Found::Bool)
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        self.record.push(number as f64);
        Ok(Found::Whole(number))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.record.push(number as f64);
        Ok(i64::try_from(number).map_or(Found::Real(number as f64), Found::Whole))
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        self.record.push(number);
        Ok(Found::Real(number))
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Found::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Found::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Found::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let length = self.record.path.len();
        for i in 0usize.. {
            use fmt::Write;
            let _ = write!(self.record.path, ".{i}");
            let more = array
                .next_element_seed(Value { record: self.record, roles: self.roles, place: Place::Element })?
                .is_some();
            self.record.path.truncate(length);
            if !more {
                break;
            }
        }
        Ok(Found::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Object { record: self.record, roles: self.roles, place: self.place }.visit_map(map)?;
        Ok(Found::Other)
    }
}
