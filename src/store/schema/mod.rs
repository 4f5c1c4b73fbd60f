//! The tables of a store: what each data type is for, its columns, by what its rows are filed and how they are sorted.
//!
//! This is the one place that says so, with two exceptions: the keys of partitions are in the layout
//! ([`DataType::keys`](super::layout::DataType::keys)), and the fields of `runs` are those of [`Run`](super::runs::Run), which a test compares. The
//! codec takes names and kinds of columns from here, and the page `docs/tables.md` is made from it. A test reads real
//! objects of every data type against it.

mod column;
mod data_types;
mod documents;
mod tables;

pub use column::*;
pub use documents::*;
pub use tables::*;

use crate::domain::interval::Unit;

/// What a data type is.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// What it is for.
    pub purpose: &'static str,
    /// What a row is: "One row is …".
    pub row: &'static str,
    /// Its columns.
    pub columns: Columns,
    /// What decides in which partition a row is.
    pub filed_by: FiledBy,
    /// How the rows of an object are sorted: by the first, rows that are equal in it by the next.
    pub order: &'static [SortKey],
}

/// The columns of a data type, and its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Parquet with these columns.
    Parquet(&'static [Column]),
    /// Documents of one row each: JSON in one line, with these fields.
    Json(&'static [Field]),
}

/// What decides in which partition a row is; besides it the parameter and the version of the model may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FiledBy {
    /// The UTC day and hour of the time in this column.
    Time(&'static str),
    /// The first UTC day and hour of an interval of this kind; the column has its start.
    Start(Unit, &'static str),
    /// The UTC day of the last moment before the time in this column.
    TimeBefore(&'static str),
    /// The day of the week and hour of the hour of the week in this column.
    Slot(&'static str),
}

/// What rows are sorted by, upward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// The values of a column: text by its bytes in UTF-8, numbers with −0 before 0, aggregations with `none` first.
    Value(&'static str),
    /// The UTC hours of the times in a column.
    Hour(&'static str),
    /// When a value came first: rows with equal ones are together.
    Arrival(&'static str),
}

#[cfg(test)]
mod tests;
