//! Tables: rows as columns, as Parquet and back.
//!
//! A [`Table`] says which columns there are. All tables are flat, compressed with zstd, with statistics, in row groups of
//! a fixed size, and their times are milliseconds in UTC: what Athena engine 3, DuckDB, Spark and pandas read. The bytes
//! depend on the rows alone. Columns are only ever added: one that a file lacks is read as missing, one that is not known
//! is not read.

mod decode;
mod digest;
mod encode;

pub use decode::TableFile;
pub(super) use encode::options;

use super::text_column::TextColumn;
use crate::domain::measurement::Millis;
use crate::domain::texts::Texts;
use crate::error::{Error, Result};

/// What the rows of a data type are.
#[derive(Debug)]
pub struct Table {
    /// The columns, in order.
    pub columns: &'static [ColumnSpec],
    /// How many rows a row group has, all but the last.
    pub group_rows: usize,
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub content: Content,
    /// Whether values may be missing.
    pub nullable: bool,
    /// Whether it says what the row is: the digest of rows leaves out pointers to other objects, ids of runs and the
    /// version of the program.
    pub identifies: bool,
}

/// What a column of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Moments.
    Time,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// Text of which there are few different values; sorted by, or searched for.
    Name,
    /// Any text.
    Text,
    /// True or false.
    Flag,
    /// Bytes.
    Bytes,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Of [`Content::Time`].
    Times(Vec<Millis>),
    /// Of [`Content::Integer`].
    Integers(Vec<i64>),
    /// Of [`Content::Integer`], where values may be missing.
    SomeIntegers(Vec<Option<i64>>),
    /// Of [`Content::Number`].
    Numbers(Vec<f64>),
    /// Of [`Content::Number`], where values may be missing.
    SomeNumbers(Vec<Option<f64>>),
    /// Of [`Content::Name`].
    Names(TextColumn),
    /// Of [`Content::Text`].
    Texts(Texts),
    /// Of [`Content::Flag`].
    Flags(Vec<bool>),
    /// Of [`Content::Bytes`].
    Bytes(Vec<Vec<u8>>),
}

impl ColumnSpec {
    /// A column without missing values.
    #[must_use]
    pub const fn new(name: &'static str, content: Content) -> Self {
        Self { name, content, nullable: false, identifies: true }
    }

    /// The same, but values may be missing. Only integers, numbers and names can be.
    #[must_use]
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The same, but left out of the digest of rows.
    #[must_use]
    pub const fn pointer(self) -> Self {
        Self { identifies: false, ..self }
    }

    /// No rows of this column.
    fn empty(&self) -> Column {
        match (self.content, self.nullable) {
            (Content::Time, _) => Column::Times(Vec::new()),
            (Content::Integer, false) => Column::Integers(Vec::new()),
            (Content::Integer, true) => Column::SomeIntegers(Vec::new()),
            (Content::Number, false) => Column::Numbers(Vec::new()),
            (Content::Number, true) => Column::SomeNumbers(Vec::new()),
            (Content::Name, _) => Column::Names(TextColumn::default()),
            (Content::Text, _) => Column::Texts(Texts::default()),
            (Content::Flag, _) => Column::Flags(Vec::new()),
            (Content::Bytes, _) => Column::Bytes(Vec::new()),
        }
    }

    /// Rows in which this column is missing; `None` where that can't be.
    fn missing(&self, rows: usize) -> Option<Column> {
        let column = match self.content {
            _ if !self.nullable => return None,
            Content::Integer => Column::SomeIntegers(vec![None; rows]),
            Content::Number => Column::SomeNumbers(vec![None; rows]),
            Content::Name => Column::Names(TextColumn::of(std::iter::repeat_n(None, rows))),
            Content::Time | Content::Text | Content::Flag | Content::Bytes => return None,
        };
        Some(column)
    }

    /// Whether these are values of this column.
    fn fits(&self, column: &Column) -> bool {
        let same = std::mem::discriminant(&self.empty()) == std::mem::discriminant(column);
        let missing = matches!(column, Column::Names(names) if !self.nullable && names.values.contains(&None));
        same && !missing
    }
}

impl Column {
    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Times(values) | Self::Integers(values) => values.len(),
            Self::SomeIntegers(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::SomeNumbers(values) => values.len(),
            Self::Names(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Flags(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Table {
    /// The names of all columns.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }

    /// The place of a column.
    fn place(&self, name: &str) -> Result<usize> {
        let place = self.columns.iter().position(|column| column.name == name);
        place.ok_or_else(|| Error::failed(format!("the table has no column {name}")))
    }

    /// The number of rows of these columns, if they are all columns of the table.
    fn rows(&self, columns: &[Column]) -> Result<usize> {
        let rows = columns.first().map_or(0, Column::len);
        let fit = self.columns.iter().zip(columns).all(|(spec, column)| spec.fits(column) && column.len() == rows);
        if fit && columns.len() == self.columns.len() {
            return Ok(rows);
        }
        Err(Error::failed(format!("the rows do not fit into the columns {}", self.names().join(", "))))
    }
}

#[cfg(test)]
mod tests;
