//! The rows of each data type as tables: from the domain's types to columns and back.

pub mod alerts;
pub mod figures;
pub mod learned;
pub mod measurements;
pub mod model;
pub mod quarantine;
pub mod raw;
pub mod state;

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use super::table::{Filled, Stored, Table};
use super::text_column::TextColumn;
use crate::domain::digest::Sha256;
use crate::domain::measurement::Aggregation;
use crate::domain::parameters::Parameter;
use crate::domain::texts::Texts;
use crate::error::{Error, Result};
use crate::store::schema::{Column, TypedColumn};

/// Rows that are ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The digest of the rows: the name of a derived object.
    pub digest: Sha256,
    /// The Parquet file.
    pub bytes: Vec<u8>,
}

impl Encoded {
    fn of(table: &Table, columns: &[Filled]) -> Result<Self> {
        Ok(Self { digest: table.digest(columns)?, bytes: table.encode(columns)? })
    }
}

/// Names of how values come to be, as they are recorded.
const AGGREGATIONS: [(Aggregation, &str); 2] = [(Aggregation::None, "none"), (Aggregation::Count, "count")];

fn aggregation_name(aggregation: Aggregation) -> &'static str {
    AGGREGATIONS.into_iter().find(|known| known.0 == aggregation).map_or("none", |known| known.1)
}

fn aggregation(name: &str) -> Option<Aggregation> {
    AGGREGATIONS.into_iter().find(|known| known.1 == name).map(|known| known.0)
}

/// The error for rows that can be read, but make no sense.
fn damaged(object: &str, what: impl Display) -> Error {
    Error::failed(format!("{object}: the rows make no sense: {what}"))
        .hint("it is damaged or was replaced, or a newer trebuchet-ad wrote it")
}

/// A value that has a text form of its own.
fn parse<T: FromStr<Err: Display>>(object: &str, text: &str) -> Result<T> {
    text.parse().map_err(|cause| damaged(object, cause))
}

/// A value that is known by its name.
fn known<T: Copy>(
    object: &str,
    column: Column,
    name: &str,
    all: &[T],
    name_of: impl Fn(T) -> &'static str,
) -> Result<T> {
    let found = all.iter().find(|value| name_of(**value) == name);
    found.copied().ok_or_else(|| damaged(object, format_args!("unknown {} '{}'", column.name, name.escape_debug())))
}

/// A count that can't be negative.
fn count<T: TryFrom<i64>>(object: &str, column: Column, value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| damaged(object, format_args!("{} can't be {value}", column.name)))
}

/// Rows, of which columns are made.
struct Rows<'a, R>(&'a [R]);

impl<'a, R> Rows<'a, R> {
    /// A column with a value of each row.
    fn fill<K: Stored<Values = Vec<T>>, T>(&self, column: TypedColumn<K>, of: impl Fn(&'a R) -> T) -> Filled {
        column.with(self.0.iter().map(of).collect())
    }

    /// A column of names.
    fn names<K: Stored<Values = TextColumn>>(
        &self,
        column: TypedColumn<K>,
        of: impl Fn(&'a R) -> Option<&'a str>,
    ) -> Filled {
        column.with(TextColumn::of(self.0.iter().map(of)))
    }

    /// A column of texts.
    fn texts<K: Stored<Values = Texts>, T: Display>(&self, column: TypedColumn<K>, of: impl Fn(&'a R) -> T) -> Filled {
        let mut texts = Texts::default();
        self.0.iter().map(of).for_each(|text| texts.push_display(text));
        column.with(texts)
    }
}

/// The parameters of rows, from these two columns.
fn parameters<'a>(
    object: &'a str,
    names: &'a TextColumn,
    aggregations: &'a TextColumn,
) -> impl Iterator<Item = Result<Parameter>> + 'a {
    names.shared().zip(aggregations.iter()).map(move |(name, aggregated)| {
        let aggregation = aggregated.and_then(aggregation);
        let aggregation = aggregation.ok_or_else(|| damaged(object, "an aggregation is not known"))?;
        Ok(Parameter { name: name.map_or_else(|| "".into(), Arc::clone), aggregation })
    })
}
