//! Where measurements come from: files, folders, objects on S3 and standard input, in whatever format they are.
//!
//! A file is read in three steps. [`Blocks::next`] is sequential: it cuts the next piece off the file. The [`Job`] it
//! returns parses that piece; jobs of one file may run at the same time on several threads. Their results, in the order
//! in which the jobs were cut, are the file's measurements in the file's own order.

pub mod csv;
pub mod digesting;
pub mod excerpt;
pub mod input;
pub mod json;
pub mod labels;
pub mod names;
pub mod number;
pub mod parquet;
pub mod records;
mod remote;
pub mod sniff;
pub mod text;
pub mod timestamp;

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Seek};
use std::ops::Range;
use std::sync::Arc;

use self::digesting::Digesting;
use self::input::Input;
use self::sniff::{Compression, Format};
use self::text::{Counted, Stream};
use self::timestamp::TimeUnit;
use crate::domain::measurement::{Aggregation, Millis};
use crate::domain::zone::Zone;
use crate::error::{Error, Result};

/// What is known about files before they are opened; what is not is found out from their content.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// How records are written.
    pub format: Option<Format>,
    /// How files are compressed.
    pub compression: Option<Compression>,
    /// What separates the fields of CSV.
    pub delimiter: Option<u8>,
    /// The column or field of event times; in JSON a dotted path.
    pub time_column: Option<String>,
    /// The column or field of the names of parameters.
    pub parameter_column: Option<String>,
    /// The column or field of values.
    pub value_column: Option<String>,
    /// The unit of times that are numbers.
    pub time_unit: Option<TimeUnit>,
    /// The zone of times that name none.
    pub zone: Zone,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: None,
            compression: None,
            delimiter: None,
            time_column: None,
            parameter_column: None,
            value_column: None,
            time_unit: None,
            zone: Zone::UTC,
        }
    }
}

/// A file that is ready to be read.
pub struct Opened<T = Parsed> {
    /// Its pieces.
    pub blocks: Box<dyn Blocks<T>>,
    /// What the user may want to know about how it is read.
    pub notes: Vec<String>,
}

/// Opens a file: recognises its compression and format, and decides what its fields are.
///
/// # Errors
/// When it can't be read, is not of a format that is read, or has no measurements that we can see.
pub fn open(input: &Input, options: &ReadOptions) -> Result<Opened> {
    match recognise(input, options)? {
        (Format::Parquet, compression, _) => {
            let file = sniff::decompressed(&input.label, input.open()?, compression)?;
            parquet::open(file, &input.label, options)
        }
        (Format::Csv, _, stream) => csv::open(stream, options),
        (Format::Ndjson, _, stream) => json::open_lines(stream, options),
        (Format::Json, _, stream) => json::open_values(stream, options),
    }
}

/// Finds out how a file is compressed and written; the stream begins at its start, after a byte order mark.
pub(crate) fn recognise(input: &Input, options: &ReadOptions) -> Result<(Format, Compression, Stream)> {
    recognise_digesting(input, options, None)
}

/// The same, with the digest of what is read of the stream.
fn recognise_digesting(
    input: &Input,
    options: &ReadOptions,
    digesting: Option<Digesting>,
) -> Result<(Format, Compression, Stream)> {
    let label = &input.label;
    let mut file = input.open()?;
    let mut start = [0; sniff::HEAD];
    let mut length = 0;
    while length < start.len() {
        match file.read(&mut start[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
            Err(cause) => return Err(Error::io(format_args!("can't read {label}"), &cause)),
        }
    }
    let compression = match options.compression {
        Some(compression) if length > 0 => compression,
        _ => sniff::compression(label, &start[..length])?,
    };
    file.rewind().map_err(|cause| Error::io(format_args!("can't read {label}"), &cause))?;
    let (counted, progress) = Counted::new(file, digesting);
    let mut rest = sniff::decoder(label, counted, compression)?;
    let (head, error) = sniff::head(&mut rest);
    let head = sniff::without_mark(&head).to_vec();
    let stream = Stream { label: label.clone(), head, error, rest, compression, progress };
    let format = match (options.format, &stream.error) {
        (Some(format), _) => format,
        (None, Some(cause)) if stream.head.is_empty() => return Err(stream.failure(1, cause)),
        (None, _) => sniff::format(label, &stream.head)?,
    };
    Ok((format, compression, stream))
}

/// A file, cut into pieces that can be parsed independently.
pub trait Blocks<T = Parsed>: Send {
    /// Cuts off the next piece; `None` at the end.
    ///
    /// # Errors
    /// When the file can't be read any further: what came before stays valid.
    fn next(&mut self) -> Result<Option<Job<T>>>;

    /// How much of the file has been cut off so far, from 0 to 1.
    fn progress(&self) -> f64;
}

/// Parses one piece of a file.
pub type Job<T = Parsed> = Box<dyn FnOnce() -> Result<T> + Send>;

/// What a piece of a file holds.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The measurements, by parameter, each parameter's in the order of the file.
    pub chunks: Vec<Chunk>,
    /// What could not be used.
    pub skipped: Skipped,
}

/// Consecutive measurements of one parameter.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// The name of the parameter.
    pub parameter: Arc<str>,
    /// Whether the values are measured or counted.
    pub aggregation: Aggregation,
    /// Event times; several chunks may share them.
    pub times: Arc<Vec<Millis>>,
    /// Finite values of at most [`crate::domain::measurement::LARGEST_VALUE`], as many as there are times.
    pub values: Arc<Vec<f64>>,
    /// The part of `times` and `values` that is this parameter's.
    pub range: Range<usize>,
}

/// Why something in a file could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No value: an empty field, NaN or null. Not an error.
    Missing,
    /// The time can't be read, or there is none.
    Time,
    /// The time lies outside the years 1900 to 2199.
    TimeRange,
    /// The value is not a number.
    NotANumber,
    /// The value is infinite.
    Infinite,
    /// The value is too large to compute with.
    TooLarge,
    /// The row has more or fewer fields than the header.
    Fields,
    /// The text is not UTF-8.
    NotUtf8,
    /// The text is not JSON, or is nested too deeply.
    Json,
    /// The record holds nothing that could be measured or counted.
    Nothing,
    /// The row is too long to be read.
    TooLong,
}

/// What could not be used, counted by reason, with the first examples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    counts: BTreeMap<Reason, u64>,
    examples: Vec<Example>,
}

/// One thing that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The line of the file (for Parquet: the row), from 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
    /// What is wrong and what to do, in a few words; text from the file in it is escaped and cut.
    pub message: String,
}

impl Skipped {
    /// How many examples are kept of each reason, so that a rare one is seen among many of another kind.
    pub const EXAMPLES: usize = 3;

    /// Notes one more; `message` is only asked for where the example is kept.
    pub fn add(&mut self, line: u64, reason: Reason, message: impl FnOnce() -> String) {
        *self.counts.entry(reason).or_default() += 1;
        if reason != Reason::Missing && self.has_room(reason) {
            self.examples.push(Example { line, reason, message: message() });
        }
    }

    /// Adds what a later piece of the same file could not use.
    pub fn merge(&mut self, later: Self) {
        for (reason, count) in later.counts {
            *self.counts.entry(reason).or_default() += count;
        }
        for example in later.examples {
            if self.has_room(example.reason) {
                self.examples.push(example);
            }
        }
    }

    fn has_room(&self, reason: Reason) -> bool {
        self.examples.iter().filter(|example| example.reason == reason).count() < Self::EXAMPLES
    }

    /// How often each reason occurred.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<Reason, u64> {
        &self.counts
    }

    /// The first of them, without missing values.
    #[must_use]
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// How many bad rows or values there were: all but missing values.
    #[must_use]
    pub fn bad(&self) -> u64 {
        self.counts.iter().filter(|(reason, _)| **reason != Reason::Missing).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests;
