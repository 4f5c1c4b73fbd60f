//! The values of columns, each kind with a type of its own.

use super::decode::Decode;
use crate::domain::measurement::Millis;
use crate::domain::texts::Texts;
use crate::store::codec::text_column::TextColumn;
use crate::store::schema::{Bytes, Column, ColumnKind, Flag, Integer, Name, Number, Pointer, Text, Time, TypedColumn};

/// The values of a column of any kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values {
    Times(Vec<Millis>),
    Integers(Vec<i64>),
    SomeIntegers(Vec<Option<i64>>),
    Numbers(Vec<f64>),
    SomeNumbers(Vec<Option<f64>>),
    Names(TextColumn),
    Texts(Texts),
    Flags(Vec<bool>),
    Bytes(Vec<Vec<u8>>),
}

/// A column with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    pub(super) column: Column,
    pub(super) values: Values,
}

/// A kind of columns whose values can be written and read.
pub trait Stored: ColumnKind {
    /// The values of such a column.
    type Values: Decode;

    /// The column with these values.
    fn fill(column: Column, values: Self::Values) -> Filled;

    /// Rows in which the value is missing; `None` where none may be.
    fn missing(rows: usize) -> Option<Self::Values>;
}

impl<K: Stored> TypedColumn<K> {
    /// The column with these values.
    #[must_use]
    pub fn with(self, values: K::Values) -> Filled {
        K::fill(self.column, values)
    }
}

impl Filled {
    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        match &self.values {
            Values::Times(values) | Values::Integers(values) => values.len(),
            Values::SomeIntegers(values) => values.len(),
            Values::Numbers(values) => values.len(),
            Values::SomeNumbers(values) => values.len(),
            Values::Names(values) => values.len(),
            Values::Texts(values) => values.len(),
            Values::Flags(values) => values.len(),
            Values::Bytes(values) => values.len(),
        }
    }

    /// Whether a value is missing where none may be. Only names have a type that does not exclude it.
    pub(super) fn lacks_values(&self) -> bool {
        !self.column.nullable && matches!(&self.values, Values::Names(names) if Decode::lacks_values(names))
    }
}

macro_rules! stored {
    ($($kind:ty: $wrap:ident($values:ty), missing: $missing:expr;)+) => {
        $(impl Stored for $kind {
            type Values = $values;

            fn fill(column: Column, values: $values) -> Filled {
                Filled { column, values: Values::$wrap(values) }
            }

            fn missing(rows: usize) -> Option<$values> {
                let missing: fn(usize) -> Option<$values> = $missing;
                missing(rows)
            }
        })+
    };
}

stored! {
    Time: Times(Vec<Millis>), missing: |_| None;
    Integer: Integers(Vec<i64>), missing: |_| None;
    Option<Integer>: SomeIntegers(Vec<Option<i64>>), missing: |rows| Some(vec![None; rows]);
    Number: Numbers(Vec<f64>), missing: |_| None;
    Option<Number>: SomeNumbers(Vec<Option<f64>>), missing: |rows| Some(vec![None; rows]);
    Name: Names(TextColumn), missing: |_| None;
    Option<Name>: Names(TextColumn), missing: |rows| Some(TextColumn::of(std::iter::repeat_n(None, rows)));
    Text: Texts(Texts), missing: |_| None;
    Flag: Flags(Vec<bool>), missing: |_| None;
    Bytes: Bytes(Vec<Vec<u8>>), missing: |_| None;
}

impl<K: Stored> Stored for Pointer<K> {
    type Values = K::Values;

    fn fill(column: Column, values: K::Values) -> Filled {
        K::fill(column, values)
    }

    fn missing(rows: usize) -> Option<K::Values> {
        K::missing(rows)
    }
}
