//! Reads CSV, wide (each numeric column a parameter) and long (time, parameter, value).
//!
//! Blocks are cut one after another; fields are split and read by the jobs, without allocating anything per field.

pub mod rows;
pub mod schema;

use std::collections::HashMap;
use std::sync::Arc;

use self::rows::{Row, Rows};
use self::schema::{Schema, Shape};
use super::excerpt::name;
use super::number::{Number, number};
use super::text::{Block, Blocker, Stream};
use super::timestamp::TimeReader;
use super::{Blocks, Chunk, Job, Opened, Parsed, ReadOptions, Reason, Skipped};
use crate::domain::measurement::{Aggregation, Millis};
use crate::error::{Error, Result};

/// What jobs need to know of the file.
#[derive(Debug)]
pub struct Table {
    /// The columns.
    pub schema: Schema,
    /// The names of the columns, to be shared.
    names: Vec<Arc<str>>,
    /// The header as it is in the file.
    header: Vec<u8>,
    reader: TimeReader,
}

impl Table {
    /// Whether the row repeats the header, as it does where files have been put together.
    #[must_use]
    pub fn is_header(&self, rows: &Rows<'_>) -> bool {
        self.schema.header && rows.raw() == self.header
    }

    /// A reader for the times.
    #[must_use]
    pub fn reader(&self) -> TimeReader {
        self.reader.clone()
    }

    /// The header as it is in the file; empty where there is none.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// What the user may want to know about how the columns are understood.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(label) = self.schema.label {
            notes.push(format!("column {} holds labels and is not a parameter", name(&self.schema.columns[label])));
        }
        if !self.schema.header {
            notes.push("no header: the columns are called time, and value or value1, value2 and so on".into());
        }
        notes
    }

    /// Goes through the rows of a block, but for repeated headers; with what is wrong with their form.
    pub fn each_row<'b>(&self, block: &'b Block, mut use_row: impl FnMut(&Rows<'b>, Option<Malformed>)) {
        let mut rows = Rows::new(&block.bytes, block.line, self.schema.delimiter);
        while let Some(row) = rows.next() {
            if row == Row::Stray {
                use_row(&rows, Some(Malformed::Quote));
            } else if !self.is_header(&rows) {
                let fits = rows.len() == self.schema.columns.len();
                use_row(&rows, (!fits).then_some(Malformed::Fields));
            }
        }
    }
}

/// What is wrong with the form of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// A quote is opened and never closed.
    Quote,
    /// There are more or fewer fields than columns.
    Fields,
}

impl Malformed {
    /// What is wrong with the row, for the user.
    #[must_use]
    pub fn message(self, rows: &Rows<'_>, table: &Table) -> String {
        if self == Self::Quote {
            return "a quote is opened and never closed".into();
        }
        let (fields, wanted) = (rows.len(), table.schema.columns.len());
        let what = if table.schema.header { "the header" } else { "the first row" };
        format!("{fields} field{}, {what} has {wanted}", if fields == 1 { "" } else { "s" })
    }
}

/// A CSV file, being cut into blocks.
pub struct CsvBlocks {
    blocker: Blocker,
    first: Option<Block>,
    table: Arc<Table>,
}

impl CsvBlocks {
    /// Looks at the first rows of a text and decides what its columns are.
    ///
    /// # Errors
    /// When it can't be read, or its columns make no sense: see [`Schema::of`].
    pub fn open(stream: Stream, options: &ReadOptions) -> Result<Self> {
        let reader = TimeReader::new(options.zone, options.time_unit);
        let mut options = options.clone();
        let delimiter = options.delimiter.unwrap_or_else(|| schema::sniff(&stream.head, &reader));
        options.delimiter = Some(delimiter);
        let mut blocker = Blocker::new(stream, Some(delimiter));
        let mut first = blocker.next_block()?.unwrap_or(Block { line: 1, ..Block::default() });
        if first.too_long {
            return Err(Error::failed(format!("{}: the first row is longer than 64 MiB", blocker.label())));
        }
        let schema = loop {
            let decided = Schema::of(blocker.label(), &first.bytes, &options);
            match decided {
                Ok(schema) => break schema,
                // perhaps the next block has the first row: rows may be long
                Err(error) => match blocker.next_block() {
                    Ok(Some(next)) if rows::count(&first.bytes, delimiter, 2) < 2 && !next.too_long => {
                        first.bytes.extend_from_slice(&next.bytes);
                    }
                    _ => return Err(error),
                },
            }
        };
        let mut rows = Rows::new(&first.bytes, first.line, delimiter);
        while rows.next() == Some(Row::Stray) {}
        let header = if schema.header { rows.raw().to_vec() } else { Vec::new() };
        let names = schema.columns.iter().map(|name| Arc::from(name.as_str())).collect();
        let table = Arc::new(Table { schema, names, header, reader });
        Ok(Self { blocker, first: Some(first), table })
    }

    /// What the columns are.
    #[must_use]
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The next block of rows.
    ///
    /// # Errors
    /// When the file can't be read any further.
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.blocker.next_block(),
        }
    }
}

impl Blocks for CsvBlocks {
    fn next(&mut self) -> Result<Option<Job>> {
        let Some(block) = self.next_block()? else { return Ok(None) };
        let table = Arc::clone(&self.table);
        Ok(Some(Box::new(move || Ok(parse(&block, &table)))))
    }

    fn progress(&self) -> f64 {
        self.blocker.progress()
    }
}

/// Opens a CSV file.
///
/// # Errors
/// See [`CsvBlocks::open`].
pub fn open(stream: Stream, options: &ReadOptions) -> Result<Opened> {
    let blocks = CsvBlocks::open(stream, options)?;
    let mut notes = Vec::new();
    let ignored = &blocks.table.schema.ignored;
    if !ignored.is_empty() {
        let shown = ignored.iter().take(10).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if ignored.len() > 10 { ", …" } else { "" };
        notes.push(format!("columns not read: {shown}{more}"));
    }
    notes.extend(blocks.table.notes());
    Ok(Opened { blocks: Box::new(blocks), notes })
}

/// What is said of a row that is too long.
pub(super) const TOO_LONG: &str = "the row is longer than 64 MiB";

/// The values of one parameter in one block.
#[derive(Default)]
struct Series {
    values: Vec<f64>,
    /// Its own times, where they are not those of all rows.
    times: Option<Vec<Millis>>,
}

fn parse(block: &Block, table: &Table) -> Parsed {
    let mut skipped = Skipped::default();
    if block.too_long {
        skipped.add(block.line, Reason::TooLong, || TOO_LONG.into());
        return Parsed { chunks: Vec::new(), skipped };
    }
    let chunks = match &table.schema.shape {
        Shape::Wide(columns) => wide(block, table, columns, &mut skipped),
        Shape::Long { parameter, value } => long(block, table, *parameter, *value, &mut skipped),
    };
    Parsed { chunks, skipped }
}

/// Goes through the rows that have the right number of fields and a time.
fn each_row(
    block: &Block,
    table: &Table,
    skipped: &mut Skipped,
    mut use_row: impl FnMut(&Rows<'_>, Millis, &mut Skipped),
) {
    let schema = &table.schema;
    let mut reader = table.reader();
    table.each_row(block, |rows, malformed| {
        let line = rows.line();
        if let Some(malformed) = malformed {
            return skipped.add(line, Reason::Fields, || malformed.message(rows, table));
        }
        let text = rows.bytes(schema.time);
        match reader.read(text) {
            Ok(time) => use_row(rows, time, skipped),
            Err(_) if std::str::from_utf8(text).is_err() => {
                let column = name(&schema.columns[schema.time]);
                skipped.add(line, Reason::NotUtf8, || format!("the text in column {column} is not UTF-8"));
            }
            Err(fault) => skipped.add(line, fault.reason(), || fault.message(text)),
        }
    });
}

/// The value in a field, or `None` and a note why there is none.
fn value(rows: &Rows<'_>, column: usize, table: &Table, skipped: &mut Skipped) -> Option<f64> {
    let text = rows.bytes(column);
    let read = number(text, table.schema.delimiter == b';');
    if let Number::Value(value) = read {
        return Some(value);
    }
    if let Some(reason) = read.reason(text) {
        skipped.add(rows.line(), reason, || read.message(text, &table.schema.columns[column]));
    }
    None
}

fn wide(block: &Block, table: &Table, columns: &[usize], skipped: &mut Skipped) -> Vec<Chunk> {
    let room = block.bytes.len() / 64 / columns.len().max(1) + 16;
    let mut times: Vec<Millis> = Vec::with_capacity(room);
    let mut series: Vec<Series> =
        columns.iter().map(|_| Series { values: Vec::with_capacity(room), times: None }).collect();
    each_row(block, table, skipped, |rows, time, skipped| {
        for (column, series) in columns.iter().zip(&mut series) {
            match value(rows, *column, table, skipped) {
                Some(value) => {
                    series.values.push(value);
                    if let Some(times) = &mut series.times {
                        times.push(time);
                    }
                }
                None if series.times.is_none() => series.times = Some(times.clone()),
                None => {}
            }
        }
        times.push(time);
    });
    let times = Arc::new(times);
    let with_values = columns.iter().zip(series).filter(|(_, series)| !series.values.is_empty());
    let chunks = with_values.map(|(column, series)| {
        let times = series.times.map_or_else(|| Arc::clone(&times), Arc::new);
        chunk(Arc::clone(&table.names[*column]), times, series.values)
    });
    chunks.collect()
}

fn long(block: &Block, table: &Table, parameter: usize, column: usize, skipped: &mut Skipped) -> Vec<Chunk> {
    let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut all: Vec<(Arc<str>, Vec<Millis>, Vec<f64>)> = Vec::new();
    // rows of the same time mostly come in the same order of parameters: after[i] is what came after i the last time
    let mut after: Vec<usize> = Vec::new();
    let mut previous = 0;
    each_row(block, table, skipped, |rows, time, skipped| {
        let text = rows.field(parameter);
        let text = text.trim_ascii();
        let guess = after.get(previous).copied().filter(|guess| all[*guess].0.as_bytes() == text);
        let Some(index) = guess.or_else(|| known.get(text).copied()).or_else(|| {
            let Ok(parameter_name) = std::str::from_utf8(text) else {
                let column = name(&table.schema.columns[parameter]);
                skipped.add(rows.line(), Reason::NotUtf8, || format!("the text in column {column} is not UTF-8"));
                return None;
            };
            if parameter_name.is_empty() {
                let column = name(&table.schema.columns[parameter]);
                skipped.add(rows.line(), Reason::Nothing, || format!("no parameter is named in column {column}"));
                return None;
            }
            known.insert(text.to_vec(), all.len());
            all.push((parameter_name.into(), Vec::new(), Vec::new()));
            after.push(0);
            Some(all.len() - 1)
        }) else {
            return;
        };
        after[previous] = index;
        previous = index;
        if let Some(value) = value(rows, column, table, skipped) {
            all[index].1.push(time);
            all[index].2.push(value);
        }
    });
    let with_values = all.into_iter().filter(|(_, times, _)| !times.is_empty());
    with_values.map(|(name, times, values)| chunk(name, Arc::new(times), values)).collect()
}

fn chunk(parameter: Arc<str>, times: Arc<Vec<Millis>>, values: Vec<f64>) -> Chunk {
    let range = 0..values.len();
    Chunk { parameter, aggregation: Aggregation::None, times, values: Arc::new(values), range }
}

#[cfg(test)]
mod tests;
