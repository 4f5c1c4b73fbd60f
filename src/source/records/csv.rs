//! Records of CSV: a row each.

use std::ops::Range;
use std::sync::Arc;

use super::build::{Builder, Plan};
use super::row::Columns;
use super::{BadRecord, Batch, Mapping, Opened};
use crate::error::Result;
use crate::source::csv::schema::{Schema, Shape};
use crate::source::csv::{CsvBlocks, TOO_LONG, Table};
use crate::source::json::extract::Fault;
use crate::source::text::{Block, Stream};
use crate::source::{Blocks, Job, ReadOptions, Reason};

/// What jobs need to know of the file.
struct Shared {
    table: Arc<Table>,
    columns: Columns,
    plan: Plan,
}

struct CsvRecords {
    blocks: CsvBlocks,
    shared: Arc<Shared>,
}

/// Opens a CSV file of records.
///
/// # Errors
/// See [`CsvBlocks::open`].
pub fn open(stream: Stream, options: &ReadOptions, mapping: &Mapping) -> Result<Opened> {
    let label = stream.label.clone();
    let blocks = CsvBlocks::open(stream, options)?;
    let table = Arc::clone(blocks.table());
    let options = resolved(options, &table.schema);
    let header = table.schema.header.then(|| table.header().to_vec());
    let notes = table.notes();
    let columns = Columns::of_csv(&table.schema, options.value_column.is_some());
    let shared = Arc::new(Shared { table, columns, plan: Plan::new(&label, &options, mapping) });
    Ok(Opened { blocks: Box::new(CsvRecords { blocks, shared }), notes, options, header, digesting: None })
}

/// The options with the names of the columns that were found.
fn resolved(options: &ReadOptions, schema: &Schema) -> ReadOptions {
    let mut options = options.clone();
    let name = |column: usize| Some(schema.columns[column].clone());
    options.time_column = name(schema.time);
    match &schema.shape {
        Shape::Long { parameter, value } => {
            (options.parameter_column, options.value_column) = (name(*parameter), name(*value));
        }
        Shape::Wide(columns) => {
            let only = options.value_column.is_some().then(|| columns.first().copied()).flatten();
            options.value_column = only.and_then(name);
        }
    }
    options
}

impl Blocks<Batch> for CsvRecords {
    fn next(&mut self) -> Result<Option<Job<Batch>>> {
        let Some(block) = self.blocks.next_block()? else { return Ok(None) };
        let shared = Arc::clone(&self.shared);
        Ok(Some(Box::new(move || Ok(read(&block, &shared)))))
    }

    fn progress(&self) -> f64 {
        self.blocks.progress()
    }
}

/// A row as a JSON record.
struct Made<'a> {
    line: u64,
    json: Range<usize>,
    /// The row as it is in the file.
    row: &'a [u8],
}

fn read(block: &Block, shared: &Shared) -> Batch {
    if block.too_long {
        return Batch::of(BadRecord::new(block.line, Reason::TooLong, TOO_LONG.into(), &block.bytes));
    }
    let columns = &shared.columns;
    let mut json = Vec::with_capacity(block.bytes.len() * 2);
    let mut made = Vec::new();
    let mut bad: Vec<(u64, Fault, &[u8])> = Vec::new();
    shared.table.each_row(block, |rows, malformed| {
        let start = json.len();
        let written = match malformed {
            Some(malformed) => Err((Reason::Fields, malformed.message(rows, &shared.table))),
            None => (0..columns.len()).try_for_each(|index| columns.push_field(&mut json, index, &rows.field(index))),
        };
        match written {
            Ok(()) => {
                json.push(b'}');
                made.push(Made { line: rows.line(), json: start..json.len(), row: rows.raw() });
            }
            Err(fault) => {
                json.truncate(start);
                bad.push((rows.line(), fault, rows.raw()));
            }
        }
    });
    let mut builder = Builder::new(&shared.plan, json.len());
    let mut bad = bad.into_iter().peekable();
    for Made { line, json: range, row } in made {
        while let Some((line, fault, row)) = bad.next_if(|bad| bad.0 < line) {
            builder.reject(line, fault, row);
        }
        if let Err(fault) = builder.add(line, &json[range]) {
            builder.reject(line, fault, row);
        }
    }
    bad.for_each(|(line, fault, row)| builder.reject(line, fault, row));
    builder.finish()
}
