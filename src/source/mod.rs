//! Where measurements come from: files, folders and standard input, in whatever format they are.
//!
//! A file is read in three steps. [`Blocks::next`] is sequential: it cuts the next piece off the file. The [`Job`] it
//! returns parses that piece; jobs of one file may run at the same time on several threads. Their results, in the order
//! in which the jobs were cut, are the file's measurements in the file's own order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::domain::measurement::{Aggregation, Millis};
use crate::error::Result;

/// A file, cut into pieces that can be parsed independently.
pub trait Blocks: Send {
    /// Cuts off the next piece; `None` at the end.
    ///
    /// # Errors
    /// When the file can't be read any further: what came before stays valid.
    fn next(&mut self) -> Result<Option<Job>>;

    /// How much of the file has been cut off so far, from 0 to 1.
    fn progress(&self) -> f64;
}

/// Parses one piece of a file.
pub type Job = Box<dyn FnOnce() -> Result<Parsed> + Send>;

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
    /// How many examples are kept.
    pub const EXAMPLES: usize = 5;

    /// Notes one more; `message` is only asked for where the example is kept.
    pub fn add(&mut self, line: u64, reason: Reason, message: impl FnOnce() -> String) {
        *self.counts.entry(reason).or_default() += 1;
        if reason != Reason::Missing && self.examples.len() < Self::EXAMPLES {
            self.examples.push(Example { line, reason, message: message() });
        }
    }

    /// Adds what a later piece of the same file could not use.
    pub fn merge(&mut self, later: Self) {
        for (reason, count) in later.counts {
            *self.counts.entry(reason).or_default() += count;
        }
        let room = Self::EXAMPLES - self.examples.len().min(Self::EXAMPLES);
        self.examples.extend(later.examples.into_iter().take(room));
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
