//! Takes the measurements out of one JSON record, in a single pass and without building a tree.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::facts::{Candidate, Facts, Roles, Scalar, Slot, TextRole};
use crate::source::names::{LABEL, TIME, rank};

/// What the record of the moment holds. Its room is used again for the next one.
#[derive(Debug, Default)]
pub struct Record<'de> {
    /// Fields that may be the time.
    pub times: Vec<Candidate<'de>>,
    /// What kind of record it is.
    pub facts: Facts<'de>,
    /// The numbers.
    pub numbers: Vec<Measured>,
    /// The names of the numbers, one after another.
    pub names: String,
    /// What each value was for, in the order of the text.
    pub slots: Vec<Slot>,
    /// Whether what values are for depends on more than their types and places.
    pub is_irregular: bool,
    path: String,
}

/// A number of a record.
#[derive(Debug)]
pub struct Measured {
    /// Where its name is in [`Record::names`].
    pub name: Range<usize>,
    /// What it is.
    pub value: f64,
    /// The number by which the caller knows the parameter, if it is known yet.
    pub parameter: Option<u32>,
}

impl<'de> Record<'de> {
    /// Reads a record.
    pub fn read<D: Deserializer<'de>>(&mut self, roles: &Roles, deserializer: D) -> Result<(), D::Error> {
        self.times.clear();
        self.facts = Facts::default();
        self.numbers.clear();
        self.names.clear();
        self.slots.clear();
        self.is_irregular = false;
        self.path.clear();
        deserializer.deserialize_map(Object { record: self, roles, place: Place::Top })?;
        // of several times, the values decide
        self.is_irregular |= self.times.len() > 1;
        Ok(())
    }

    fn push(&mut self, value: f64) {
        let start = self.names.len();
        self.names.push_str(&self.path);
        self.slots.push(Slot::Number(self.numbers.len()));
        self.numbers.push(Measured { name: start..self.names.len(), value, parameter: None });
    }

    /// Adds a number of this name, which is none of the slots.
    pub fn push_named(&mut self, name: &str, value: f64) {
        let start = self.names.len();
        self.names.push_str(name);
        self.numbers.push(Measured { name: start..self.names.len(), value, parameter: None });
        self.is_irregular = true;
    }

    /// Puts one number under this name in place of all from `numbers` and `names` on.
    fn replace(&mut self, (numbers, names): (usize, usize), name: &str, value: f64) {
        self.numbers.truncate(numbers);
        self.names.truncate(names);
        self.push_named(name, value);
    }

    /// The value of the moment was for something else than it seemed.
    fn is_for(&mut self, slot: Slot) {
        if let Some(last) = self.slots.last_mut() {
            *last = slot;
        }
    }

    /// The text of the moment is for this.
    #[expect(clippy::ptr_arg, reason = "a clone of the Cow stays borrowed")]
    fn text_is_for(&mut self, role: TextRole, text: &Cow<'de, str>) {
        role.set(&mut self.facts, text);
        match self.slots.last_mut() {
            Some(Slot::Text(roles)) => roles.add(role),
            _ => self.is_irregular = true, // it is the time as well
        }
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
                    Found::Text(text) if parameter.is_none() && roles.is_parameter(&key) => {
                        if place == Place::Top {
                            record.text_is_for(TextRole::PARAMETER, &text);
                        }
                        parameter = Some(text);
                    }
                    Found::Whole(_) | Found::Real(_) | Found::Null if value.is_none() && roles.is_value(&key) => {
                        value = Some(found.number());
                        match record.slots.last() {
                            Some(Slot::Number(number)) => record.is_for(Slot::Value(*number)),
                            Some(Slot::Null) => {}
                            _ => record.is_irregular = true,
                        }
                    }
                    _ => {}
                }
            }
            record.path.truncate(length);
            record.check_size()?;
        }
        match (place, parameter, value) {
            (Place::Top, _, value) => record.facts.value = value,
            (Place::Element, Some(parameter), Some(Some(value))) => record.replace(before, &parameter, value),
            // slots of values don't tell those of the record from those of elements
            (Place::Element, _, Some(_)) => record.is_irregular = true,
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
        let place = self.times.len();
        if matches!(value, Scalar::Text(_)) {
            self.is_for(Slot::TextTime(place));
        } else {
            self.numbers.pop();
            self.is_for(Slot::Time(place));
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
            Found::Real(_) => return self.is_irregular = true, // rounded, different ones might become the same
            Found::Bool | Found::Null | Found::Other => return,
        };
        if self.numbers.last().is_some_and(|number| self.names[number.name.clone()] == *self.path) {
            self.numbers.pop();
        }
        if identity && !matches!(found, Found::Real(_)) {
            self.text_is_for(TextRole::IDENTITY, &text);
        }
        if part {
            self.text_is_for(TextRole::PART, &text);
        }
    }

    /// Fails where there are more numbers than [`MOST`].
    fn check_size<E: Error>(&self) -> Result<(), E> {
        if self.numbers.len() > MOST { Err(E::custom(TOO_MANY)) } else { Ok(()) }
    }

    /// Notes what a field of the record itself says.
    #[expect(clippy::ptr_arg, reason = "a clone of the Cow stays borrowed")]
    fn note(&mut self, key: &Cow<'de, str>, found: &Found<'de>, roles: &Roles) {
        let time = match &roles.time {
            Some(wanted) if *wanted == **key => Some(0),
            Some(_) => {
                let rank = rank(key, TIME).filter(|_| found.number().is_some());
                self.is_irregular |= rank.is_some(); // whether it is a time depends on how large it is
                rank.filter(|_| found.number().is_some_and(|number| number >= 1e8)).map(|rank| rank + 1)
            }
            None => rank(key, TIME),
        };
        if let Some(rank) = time {
            return self.note_time(rank, key, found);
        }
        match found {
            Found::Text(text) => {
                let role = match &**key {
                    _ if roles.is_kind(key) => TextRole::KIND,
                    "level" | "severity" | "Level" | "Severity" | "log.level" => TextRole::LEVEL,
                    "message" | "msg" | "Message" => return self.facts.message = true,
                    "event" | "event_type" => TextRole::EVENT,
                    "type" if self.facts.event.is_none() => TextRole::EVENT,
                    _ => return,
                };
                self.text_is_for(role, text);
            }
            Found::Whole(0 | 1) if rank(key, LABEL).is_some() => {
                self.numbers.pop();
                self.is_for(Slot::Bit);
            }
            Found::Whole(_) | Found::Real(_) => self.is_irregular |= rank(key, LABEL).is_some(),
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

/// How many numbers a record may have: each is a parameter, which takes some hundred bytes, so that a long array in a
/// small file could take all memory.
const MOST: usize = 250_000;

/// What is said of a record that has more.
pub(super) const TOO_MANY: &str = "the record has more than 250,000 numbers";

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
        self.record.slots.push(Slot::Word);
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
        self.record.slots.push(Slot::Text(TextRole::default()));
        Ok(Found::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.record.slots.push(Slot::Text(TextRole::default()));
        Ok(Found::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.record.slots.push(Slot::Null);
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
            self.record.check_size()?;
        }
        Ok(Found::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Object { record: self.record, roles: self.roles, place: self.place }.visit_map(map)?;
        Ok(Found::Other)
    }
}
