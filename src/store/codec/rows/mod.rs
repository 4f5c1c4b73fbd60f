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

use super::table::{Column, Table};
use super::text_column::TextColumn;
use crate::domain::digest::Sha256;
use crate::domain::measurement::Aggregation;
use crate::domain::parameters::Parameter;
use crate::domain::texts::Texts;
use crate::error::{Error, Result};

/// Rows that are ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The digest of the rows: the name of a derived object.
    pub digest: Sha256,
    /// The Parquet file.
    pub bytes: Vec<u8>,
}

impl Encoded {
    fn of(table: &Table, columns: &[Column]) -> Result<Self> {
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
fn known<T: Copy>(object: &str, column: &str, name: &str, all: &[T], name_of: impl Fn(T) -> &'static str) -> Result<T> {
    let found = all.iter().find(|value| name_of(**value) == name);
    found.copied().ok_or_else(|| damaged(object, format_args!("unknown {column} '{}'", name.escape_debug())))
}

/// A count that can't be negative.
fn count<T: TryFrom<i64>>(object: &str, column: &str, value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| damaged(object, format_args!("{column} can't be {value}")))
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Column {
    Column::Names(TextColumn::of(names.map(Some)))
}

/// The columns `parameter` and `aggregation`.
fn parameter_columns<'a>(parameters: impl Iterator<Item = &'a Parameter> + Clone) -> [Column; 2] {
    let aggregations = parameters.clone().map(|parameter| aggregation_name(parameter.aggregation));
    [names(parameters.map(|parameter| &*parameter.name)), names(aggregations)]
}

/// The parameters of rows, from their columns `parameter` and `aggregation`.
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

fn texts(all: impl Iterator<Item: Display>) -> Column {
    let mut texts = Texts::default();
    all.for_each(|text| texts.push_display(text));
    Column::Texts(texts)
}

/// Takes columns that [`Table::open`] has read, whose types it has checked, into variables.
macro_rules! take {
    ($object:expr, $columns:expr => $($kind:ident $name:ident),+ $(,)?) => {
        let mut columns = $columns.into_iter();
        $(let Some(Column::$kind($name)) = columns.next() else {
            return Err($crate::store::codec::rows::damaged($object, concat!("no column ", stringify!($name))));
        };)+
    };
}
use take;
