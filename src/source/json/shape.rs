//! Recognises records that look like one before.
//!
//! Most records of a file differ only in their values. So what a record is made of is found out once, by reading it
//! ([`Record::read`]), and remembered as a shape: the bytes between the values, and what each value is for. Another record
//! with the same bytes between values of the same types has its values put in the place of those of the first. Whatever
//! is unusual (escapes, other keys, other types) is no match, and is read like the first.

use std::borrow::Cow;
use std::ops::Range;

use super::facts::{Roles, Scalar, Slot};
use super::record::Record;
use crate::source::number::exact;

/// How many shapes are remembered.
const MOST: usize = 8;

/// How many records may be of no known shape, beyond those that are, before no more are compared.
const PATIENCE: u32 = 64;

/// The records that were read last of each shape.
#[derive(Debug, Default)]
pub struct Shapes<'t> {
    known: Vec<(Shape, Record<'t>)>,
    /// Where there is no shape.
    other: Record<'t>,
    /// The shape of the last record.
    last: usize,
    hits: u32,
    misses: u32,
}

impl<'t> Shapes<'t> {
    /// Reads a record.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn read(&mut self, text: &'t str, roles: &Roles) -> Result<&mut Record<'t>, serde_json::Error> {
        if self.misses <= self.hits.saturating_add(PATIENCE) {
            let count = self.known.len();
            // shapes often take turns
            let found = (0..count).map(|i| (self.last + i) % count).find(|at| {
                let (shape, record) = &mut self.known[*at];
                shape.fill(text, record).is_some()
            });
            if let Some(at) = found {
                self.hits += 1;
                self.last = at;
                return Ok(&mut self.known[at].1);
            }
            self.misses += 1;
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        self.other.read(roles, &mut deserializer)?;
        deserializer.end()?;
        if !self.other.is_irregular && self.known.len() < MOST {
            let shape = Shape::of(text, &self.other.slots);
            if let Some(shape) = shape.filter(|shape| self.known.iter().all(|known| known.0 != *shape)) {
                self.last = self.known.len();
                self.known.push((shape, std::mem::take(&mut self.other)));
                return Ok(&mut self.known[self.last].1);
            }
        }
        Ok(&mut self.other)
    }
}

/// The bytes between values, and what the values are for.
#[derive(Clone, Debug, PartialEq)]
struct Shape {
    /// The bytes, one after another.
    between: Vec<u8>,
    /// Those before each value, and what it is for.
    values: Vec<(Range<usize>, Slot)>,
    /// Those after the last value.
    end: Range<usize>,
}

impl Shape {
    /// The shape of a record, which has these values.
    fn of(text: &str, slots: &[Slot]) -> Option<Self> {
        let text = text.as_bytes();
        let mut shape = Self { between: Vec::new(), values: Vec::with_capacity(slots.len()), end: 0..0 };
        let mut slots = slots.iter();
        let mut start = 0;
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let (from, to) = match byte {
                b'"' => {
                    let end = end_of_text(text, at + 1)?;
                    let next = text[end + 1..].iter().find(|byte| !byte.is_ascii_whitespace());
                    if next == Some(&b':') {
                        at = end + 1;
                        continue;
                    }
                    (at + 1, end)
                }
                b'-' | b'0'..=b'9' => (at, at + text[at..].iter().take_while(|byte| is_of_number(**byte)).count()),
                b't' => (at, at + 4),
                b'f' => (at, at + 5),
                b'n' => {
                    slots.next().filter(|slot| **slot == Slot::Null)?;
                    at += 4;
                    continue;
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            let between = shape.add(&text[start..from]);
            shape.values.push((between, *slots.next()?));
            (start, at) = (to, to + usize::from(*byte == b'"'));
        }
        shape.end = shape.add(&text[start..]);
        slots.next().is_none().then_some(shape)
    }

    fn add(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.between.len();
        self.between.extend_from_slice(bytes);
        start..self.between.len()
    }

    /// Puts the values of a record of this shape in the place of those of another; `None` where it has another shape, and
    /// what has been put in so far is of no use then.
    fn fill<'t>(&self, text: &'t str, record: &mut Record<'t>) -> Option<()> {
        let bytes = text.as_bytes();
        let mut at = 0;
        for (between, slot) in &self.values {
            let between = &self.between[between.clone()];
            if bytes.get(at..at + between.len())? != between {
                return None;
            }
            at += between.len();
            at += match slot {
                Slot::Number(place) => {
                    let (number, length) = number(text, at)?;
                    record.numbers[*place].value = number.value()?;
                    length
                }
                Slot::Value(place) => {
                    let (number, length) = number(text, at)?;
                    let value = number.value()?;
                    record.numbers[*place].value = value;
                    record.facts.value = Some(Some(value));
                    length
                }
                Slot::Time(place) => {
                    let (number, length) = number(text, at)?;
                    record.times[*place].value = number.scalar()?;
                    length
                }
                Slot::TextTime(place) => {
                    let length = plain_length(bytes, at)?;
                    record.times[*place].value = Scalar::Text(Cow::Borrowed(&text[at..at + length]));
                    length
                }
                Slot::Text(role) => {
                    let length = plain_length(bytes, at)?;
                    if !role.is_none() {
                        role.set(&mut record.facts, &Cow::Borrowed(&text[at..at + length]));
                    }
                    length
                }
                Slot::Bit => usize::from(matches!(bytes.get(at), Some(b'0' | b'1'))),
                Slot::Word if bytes[at..].starts_with(b"true") => 4,
                Slot::Word if bytes[at..].starts_with(b"false") => 5,
                Slot::Word | Slot::Null => return None,
            };
        }
        (bytes[at..] == self.between[self.end.clone()]).then_some(())
    }
}

/// Where the text that begins here ends: at its closing quote.
fn end_of_text(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// How long the text is that begins here, if it has neither escapes nor what would have to be escaped.
fn plain_length(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
    (rest[length] == b'"').then_some(length)
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// A number of JSON, looked at but not yet read.
struct Seen<'t> {
    text: &'t str,
    /// The digits as a whole number, if there are few enough.
    mantissa: Option<u64>,
    /// How many of them come after the point.
    decimals: usize,
    is_whole: bool,
}

impl Seen<'_> {
    /// As a double, correctly rounded; none where it is too large.
    fn value(&self) -> Option<f64> {
        let magnitude = self.mantissa.and_then(|mantissa| exact(mantissa, self.decimals));
        match magnitude {
            Some(magnitude) => Some(if self.text.starts_with('-') { -magnitude } else { magnitude }),
            None => self.text.parse().ok().filter(|value: &f64| value.is_finite()),
        }
    }

    fn scalar(&self) -> Option<Scalar<'static>> {
        if self.is_whole {
            // -0 is not whole
            self.text.parse().ok().filter(|_| self.text != "-0").map(Scalar::Whole)
        } else {
            self.value().map(Scalar::Real)
        }
    }
}

/// The number that begins here, and how long it is (RFC 8259, section 6).
fn number(text: &str, at: usize) -> Option<(Seen<'_>, usize)> {
    let bytes = &text.as_bytes()[at..];
    let mut mantissa = 0_u64;
    let mut digits = |from: usize| {
        let mut length = 0;
        while let Some(byte) = bytes.get(from + length) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            length += 1;
        }
        length
    };
    let start = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(start);
    if whole == 0 || (whole > 1 && bytes[start] == b'0') {
        return None;
    }
    let mut end = start + whole;
    let mut decimals = 0;
    if bytes.get(end) == Some(&b'.') {
        decimals = digits(end + 1);
        if decimals == 0 {
            return None;
        }
        end += 1 + decimals;
    }
    let mut mantissa = (whole + decimals <= 19).then_some(mantissa);
    let mut is_whole = decimals == 0;
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        end += 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let length = bytes[end..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return None;
        }
        end += length;
        (mantissa, is_whole) = (None, false);
    }
    Some((Seen { text: &text[at..at + end], mantissa, decimals, is_whole }, end))
}

#[cfg(test)]
#[path = "shape_tests.rs"]
mod tests;
