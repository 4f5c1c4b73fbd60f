//! Which fields must be named so that records are understood again without the file that they came from.
//!
//! The time of a table is in the column where times were found; in a record by itself it is in the field with a usual
//! name. Where these are not the same, the dataset's settings must name the field.

use crate::domain::record::RecordBatch;
use crate::error::{Error, Result};
use crate::source::ReadOptions;
use crate::source::excerpt::name;
use crate::source::input::Input;
use crate::source::records::{self, Mapping};

/// How many records of a source are looked at.
const SAMPLE: usize = 200;

/// The options with which the records of these sources are understood again: those that are given, and what must be
/// named besides. What can't be read is passed over.
///
/// # Errors
/// When two sources need different options.
pub fn needed(inputs: &[Input], options: &ReadOptions, mapping: &Mapping) -> Result<ReadOptions> {
    let mut found: Option<(ReadOptions, &Input)> = None;
    for input in inputs {
        let Some(needs) = of(input, options, mapping) else { continue };
        match &found {
            Some((other, first)) if other.time_column != needs.time_column => {
                let column = |options: &ReadOptions| match &options.time_column {
                    Some(column) => format!("column {}", name(column)),
                    None => "a column of a usual name".to_owned(),
                };
                let message = format!(
                    "{} has its times in {}, {} in {}",
                    first.label,
                    column(other),
                    input.label,
                    column(&needs)
                );
                return Err(Error::usage(message).hint("ingest them into datasets of their own"));
            }
            Some(_) => {}
            None => found = Some((needs, input)),
        }
    }
    Ok(found.map_or_else(|| options.clone(), |found| found.0))
}

/// What one source needs; `None` where it says nothing of it: it is no table, or can't be read.
fn of(input: &Input, options: &ReadOptions, mapping: &Mapping) -> Option<ReadOptions> {
    let mut opened = records::open(input, options, mapping).ok()?;
    let found = opened.options.clone();
    if found.time_column == options.time_column {
        return None;
    }
    let batch = opened.blocks.next().ok()??().ok()?.records;
    let keep: Vec<bool> = (0..batch.len()).map(|index| index < SAMPLE).collect();
    let batch = batch.only(&keep);
    let same = |options: &ReadOptions| {
        let again = records::read_again(batch.texts.iter(), &input.label, options, mapping).records;
        says(&again) == says(&batch)
    };
    let timed = ReadOptions { time_column: found.time_column.clone(), ..options.clone() };
    let named =
        ReadOptions { parameter_column: found.parameter_column, value_column: found.value_column, ..timed.clone() };
    [options.clone(), timed].into_iter().find(same).or(Some(named))
}

/// What records say, in a form that can be compared.
fn says(batch: &RecordBatch) -> Vec<(i64, String, u64)> {
    let times = batch.event_times.iter().map(|time| (*time, String::new(), 0));
    let rows = batch.rows().map(|(_, time, name, _, value)| (time, name.to_owned(), value.to_bits()));
    times.chain(rows).collect()
}
