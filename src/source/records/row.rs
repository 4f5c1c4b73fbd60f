//! Rows of tables as JSON records.
//!
//! The columns' names are the keys, in the order of the file. A column of numbers gives numbers as they are written, or
//! in their shortest form where JSON writes them otherwise (`+1`, `.5`, decimal commas), and null where one is missing.
//! A column of text gives text, even where that looks like a number: so a record has the same types as all others.

use chrono::{DateTime, SecondsFormat};

use crate::domain::measurement::Millis;
use crate::source::Reason;
use crate::source::csv::schema::{Schema, Shape};
use crate::source::excerpt::name;
use crate::source::json::extract::Fault;
use crate::source::names::{LABEL, is_one_of};
use crate::source::number::{Number, number};

/// What a column gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// The event time.
    Time,
    /// Values that are measured.
    Value,
    /// The names of parameters.
    Parameter,
    /// 0 or 1: whether a row is anomalous.
    Label,
    /// Text.
    Text,
    /// Numbers where they are, otherwise text.
    Any,
}

/// A cell of a table that has types.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    /// Nothing.
    Missing,
    /// A moment.
    Moment(Millis),
    /// A civil time: the milliseconds since 1970 as if it were UTC.
    Civil(Millis),
    /// A number.
    Number(f64),
    /// A whole number.
    Whole(i128),
    /// A boolean.
    Truth(bool),
    /// Text.
    Text(&'a str),
}

/// The columns of a table, and how they are written.
#[derive(Clone, Debug)]
pub struct Columns {
    all: Vec<(Gives, String)>,
    /// What comes before each value: `{"time":`, then `,"cpu":` and so on.
    keys: Vec<Vec<u8>>,
    /// Whether numbers have decimal commas.
    decimal_comma: bool,
}

impl Columns {
    /// Columns of these names.
    pub fn new(all: Vec<(Gives, String)>, decimal_comma: bool) -> Self {
        let key = |(index, (_, name)): (usize, &(Gives, String))| {
            let mut key = vec![if index == 0 { b'{' } else { b',' }];
            push_text(&mut key, name);
            key.push(b':');
            key
        };
        Self { keys: all.iter().enumerate().map(key).collect(), all, decimal_comma }
    }

    /// The columns of a CSV file.
    /// `only_value`: the column of values was asked for, so that others may hold numbers that are not measured.
    pub fn of_csv(schema: &Schema, only_value: bool) -> Self {
        let gives = |index: usize| match &schema.shape {
            _ if index == schema.time => Gives::Time,
            _ if Some(index) == schema.label => Gives::Label,
            Shape::Wide(values) if values.contains(&index) => Gives::Value,
            Shape::Long { value, .. } if *value == index => Gives::Value,
            Shape::Long { parameter, .. } if *parameter == index => Gives::Parameter,
            Shape::Wide(_) if !only_value => Gives::Text,
            Shape::Wide(_) | Shape::Long { .. } => Gives::Any,
        };
        let all = schema.columns.iter().enumerate().map(|(index, name)| (gives(index), name.clone()));
        Self::new(all.collect(), schema.delimiter == b';')
    }

    /// What a column gives.
    pub fn gives(&self, index: usize) -> Gives {
        self.all[index].0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Writes a field of CSV.
    ///
    /// # Errors
    /// When a value is none.
    pub fn push_field(&self, out: &mut Vec<u8>, index: usize, field: &[u8]) -> Result<(), Fault> {
        out.extend_from_slice(&self.keys[index]);
        let (gives, column) = &self.all[index];
        let bare = field.trim_ascii();
        if *gives == Gives::Value {
            match number(field, self.decimal_comma) {
                Number::Value(_) if is_json_number(bare) => out.extend_from_slice(bare),
                read => push_number(out, read, bare, column)?,
            }
            self.tell_from_label(out, index);
            return Ok(());
        }
        let is_bare = match gives {
            Gives::Time => is_epoch(bare),
            Gives::Label => matches!(bare, b"0" | b"1"),
            Gives::Any => is_json_number(bare),
            Gives::Value | Gives::Parameter | Gives::Text => false,
        };
        if is_bare {
            out.extend_from_slice(bare);
            return Ok(());
        }
        let text = if *gives == Gives::Parameter { bare } else { field };
        let Ok(text) = std::str::from_utf8(text) else {
            return Err((Reason::NotUtf8, format!("the text in column {} is not UTF-8", name(column))));
        };
        if *gives == Gives::Parameter && text.is_empty() {
            return Err((Reason::Nothing, format!("no parameter is named in column {}", name(column))));
        }
        push_text(out, text);
        Ok(())
    }

    /// A record by itself is labelled by a field `label` of 0 or 1. Where the whole column holds values, 0.0 and 1.0 say so.
    fn tell_from_label(&self, out: &mut Vec<u8>, index: usize) {
        let (gives, column) = &self.all[index];
        if *gives == Gives::Value && is_one_of(column, LABEL) && matches!(out[..], [.., b':', b'0' | b'1']) {
            out.extend_from_slice(b".0");
        }
    }

    /// Writes a cell of Parquet, also where it can't be used.
    ///
    /// # Errors
    /// When a value is none, or no parameter is named.
    pub fn push_cell(&self, out: &mut Vec<u8>, index: usize, cell: Cell<'_>) -> Result<(), Fault> {
        out.extend_from_slice(&self.keys[index]);
        let (gives, column) = &self.all[index];
        match cell {
            Cell::Missing => out.extend_from_slice(b"null"),
            Cell::Moment(time) => push_moment(out, time, false),
            Cell::Civil(time) => push_moment(out, time, true),
            Cell::Truth(truth) => out.extend_from_slice(if truth { b"true" } else { b"false" }),
            Cell::Text(text) => push_text(out, text),
            Cell::Whole(number) => push_whole(out, *gives, number.to_string().as_bytes()),
            Cell::Number(number) if !number.is_finite() => push_text(out, &number.to_string()),
            Cell::Number(number) if *gives == Gives::Value => push_shortest(out, number),
            Cell::Number(number) => {
                let start = out.len();
                push_shortest(out, number);
                if number.fract() == 0.0 {
                    let whole = out.split_off(start);
                    push_whole(out, *gives, &whole);
                }
            }
        }
        self.tell_from_label(out, index);
        match (gives, cell) {
            (Gives::Parameter, Cell::Missing | Cell::Text("")) => {
                Err((Reason::Nothing, format!("no parameter is named in column {}", name(column))))
            }
            (Gives::Value, Cell::Number(number)) => match Number::of(number) {
                Number::Value(_) | Number::Missing => Ok(()),
                other => {
                    let message = other.message(number.to_string().as_bytes(), column);
                    Err((other.reason(b"").unwrap_or(Reason::NotANumber), message))
                }
            },
            _ => Ok(()),
        }
    }
}

/// Writes a whole number, or text where a number would be taken for something else.
fn push_whole(out: &mut Vec<u8>, gives: Gives, text: &[u8]) {
    let is_bare = match gives {
        Gives::Time => text.len() != 8,
        Gives::Label => matches!(text, b"0" | b"1"),
        _ => true,
    };
    let quote: &[u8] = if is_bare { b"" } else { b"\"" };
    [quote, text, quote].iter().for_each(|part| out.extend_from_slice(part));
}

/// Writes a moment in RFC 3339, with milliseconds; a civil time without an offset.
fn push_moment(out: &mut Vec<u8>, time: Millis, civil: bool) {
    let Some(time) = DateTime::from_timestamp_millis(time) else { return out.extend_from_slice(b"null") };
    let text = time.to_rfc3339_opts(SecondsFormat::Millis, true);
    push_text(out, if civil { text.trim_end_matches('Z') } else { &text });
}

/// Writes the number that was read from `text`.
fn push_number(out: &mut Vec<u8>, read: Number, text: &[u8], column: &str) -> Result<(), Fault> {
    match read {
        Number::Value(value) => push_shortest(out, value),
        Number::Missing => out.extend_from_slice(b"null"),
        other => return Err((other.reason(text).unwrap_or(Reason::NotANumber), other.message(text, column))),
    }
    Ok(())
}

/// Writes a finite number in as few digits as tell it from all others; whole ones without a point.
fn push_shortest(out: &mut Vec<u8>, value: f64) {
    use std::io::Write;
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    let is_whole = value.abs() < EXACT && value.fract() == 0.0 && !(value == 0.0 && value.is_sign_negative());
    let written = if is_whole {
        write!(out, "{}", value as i64)
    } else {
        serde_json::to_writer(&mut *out, &value).map_err(Into::into)
    };
    debug_assert!(written.is_ok(), "memory takes everything");
}

/// Writes a text in quotes.
fn push_text(out: &mut Vec<u8>, text: &str) {
    let written = serde_json::to_writer(out, text);
    debug_assert!(written.is_ok(), "memory takes everything");
}

/// Whether a field is a whole number that is the same time as a number and as text. Of eight digits that spell a date
/// only the text is refused as ambiguous, so it must stay one.
fn is_epoch(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    matches!(digits.len(), 1..=7 | 9..=18) && digits.iter().all(u8::is_ascii_digit) && is_json_number(text)
}

/// Whether JSON writes a number that fits a double like this (RFC 8259, section 6).
fn is_json_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(unsigned);
    if whole == 0 || (whole > 1 && unsigned[0] == b'0') {
        return false;
    }
    let mut rest = &unsigned[whole..];
    if let [b'.', fraction @ ..] = rest {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    let has_exponent = matches!(rest, [b'e' | b'E', ..]);
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
        if exponent.is_empty() || digits(exponent) < exponent.len() {
            return false;
        }
        rest = &[];
    }
    let is_finite = || std::str::from_utf8(text).is_ok_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite));
    rest.is_empty() && ((!has_exponent && whole < 300) || is_finite())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(gives: Gives, text: &str, comma: bool) -> Result<String, Reason> {
        let mut out = Vec::new();
        let columns = Columns::new(vec![(gives, "a \"b\"".into())], comma);
        columns.push_field(&mut out, 0, text.as_bytes()).map_err(|fault| fault.0)?;
        Ok(String::from_utf8(out).unwrap().strip_prefix("{\"a \\\"b\\\"\":").unwrap().to_owned())
    }

    #[test]
    fn values_are_numbers_as_they_are_written_or_in_their_shortest_form() {
        for (text, written) in [
            ("1.50", "1.50"),
            (" -0 ", "-0"),
            ("1e5", "1e5"),
            ("+1", "1"),
            (".5", "0.5"),
            ("5.", "5"),
            ("007", "7"),
            ("-00", "-0.0"),
            ("", "null"),
            ("NaN", "null"),
        ] {
            assert_eq!(field(Gives::Value, text, false).unwrap(), written, "{text}");
        }
        assert_eq!(field(Gives::Value, "1,5", true).unwrap(), "1.5");
        assert_eq!(field(Gives::Value, "1,5", false), Err(Reason::NotANumber));
        assert_eq!(field(Gives::Value, "inf", false), Err(Reason::Infinite));
        assert_eq!(field(Gives::Value, "1e200", false), Err(Reason::TooLarge));
    }

    #[test]
    fn other_columns_are_text_unless_they_are_sure_to_be_numbers() {
        for (column, text, written) in [
            (Gives::Time, "1700000000", "1700000000"),
            (Gives::Time, " 1700000000", "1700000000"),
            (Gives::Time, "20240131", "\"20240131\""),
            (Gives::Time, "1700000000.5", "\"1700000000.5\""),
            (Gives::Time, "2024-01-01", "\"2024-01-01\""),
            (Gives::Label, "1", "1"),
            (Gives::Label, "1.0", "\"1.0\""),
            (Gives::Text, "7", "\"7\""),
            (Gives::Text, " a\"\n", "\" a\\\"\\n\""),
            (Gives::Parameter, " cpu ", "\"cpu\""),
            (Gives::Parameter, "7", "\"7\""),
            (Gives::Any, "7.0", "7.0"),
            (Gives::Any, "07", "\"07\""),
            (Gives::Any, "1e999", "\"1e999\""),
            (Gives::Any, "", "\"\""),
        ] {
            assert_eq!(field(column, text, false).unwrap(), written, "{column:?} {text}");
        }
        assert_eq!(field(Gives::Parameter, " ", false), Err(Reason::Nothing));
    }

    proptest! {
        #[test]
        fn shortest_numbers_read_back(value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
            let mut out = Vec::new();
            push_shortest(&mut out, value);
            prop_assert!(is_json_number(&out));
            let read: f64 = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(read.to_bits(), value.to_bits());
        }

        #[test]
        fn what_looks_like_a_json_number_is_one(text in "-?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,4})?") {
            prop_assert_eq!(is_json_number(text.as_bytes()), serde_json::from_str::<f64>(&text).is_ok());
        }
    }
}
