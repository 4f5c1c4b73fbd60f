//! Detection in files: from their rows to incidents.
//!
//! A *unit* is what shares its series: one file, or all files together. Its pieces are parsed in parallel and routed, in
//! the order of the file, to the series they belong to; each series is worked on by one thread at a time. So results do
//! not depend on the number of threads. Where rows are further out of order than the reorder `window` bears, the unit
//! is begun again and sorted in temporary files (`sort`).

mod reorder;
mod schedule;
pub mod scores;
mod series;
mod sort;

use std::sync::Arc;

pub use schedule::run;
pub use series::SeriesOutcome;

use crate::domain::detector::Method;
use crate::domain::zone::Zone;
use crate::error::Error;
use crate::pipeline::rules::{Thresholds, Wish};
use crate::source::input::Input;
use crate::source::{Job, Opened, ReadOptions, Skipped};

/// How to detect.
#[derive(Clone, Debug)]
pub struct Options {
    /// How to tell what is normal.
    pub method: Method,
    /// The surprise from which on a value is an exceedance.
    pub threshold: f64,
    /// Series that have a threshold of their own.
    pub thresholds: Thresholds,
    /// Which deviations matter; the last that matches a parameter counts.
    pub wishes: Vec<Wish>,
    /// Whether to count what each of several thresholds would find, instead of looking for incidents.
    pub count_only: bool,
    /// The zone of the slots, and of scores' timestamps.
    pub zone: Zone,
    /// Which parameters to look at; none means all.
    pub parameters: globset::GlobSet,
    /// Whether to keep the time of every exceedance.
    pub keep_exceedance_times: bool,
    /// Where to keep what is said of every value, if it is asked for.
    pub scores: Option<Arc<scores::Spool>>,
    /// How to read the files.
    pub read: ReadOptions,
    /// How many threads to use.
    pub threads: usize,
}

impl Options {
    fn wants(&self, parameter: &str) -> bool {
        self.parameters.is_empty() || self.parameters.is_match(parameter)
    }
}

/// Files whose measurements form the same series.
#[derive(Clone, Debug)]
pub struct Unit {
    /// What people know it by.
    pub label: String,
    /// The files.
    pub inputs: Vec<Input>,
}

/// What was found in a unit.
#[derive(Debug, Default)]
pub struct UnitOutcome {
    /// What people know it by.
    pub label: String,
    /// The series, by name.
    pub series: Vec<SeriesOutcome>,
    /// By file, in the order of the inputs: what can't be used or is worth knowing.
    pub files: Vec<FileReport>,
    /// The first parameters that were not wanted.
    pub unwanted: Unwanted,
}

/// Names of parameters that there are but that were not asked for, for a message.
#[derive(Clone, Debug, Default)]
pub struct Unwanted(Vec<Arc<str>>);

impl Unwanted {
    const MOST: usize = 20;

    /// The names, in the order in which they appeared.
    #[must_use]
    pub fn names(&self) -> &[Arc<str>] {
        &self.0
    }

    fn note(&mut self, parameter: &Arc<str>) {
        if self.0.len() < Self::MOST && !self.0.contains(parameter) {
            self.0.push(Arc::clone(parameter));
        }
    }
}

/// What happened to a file.
#[derive(Debug, Default)]
pub struct FileReport {
    /// What people know the file by.
    pub label: String,
    /// How many measurements were read from it, of whatever parameter.
    pub measurements: u64,
    /// What in it could not be used.
    pub skipped: Skipped,
    /// What is worth knowing about how it was read.
    pub notes: Vec<String>,
    /// Why it could not be read, or not to its end.
    pub error: Option<Error>,
}

/// Reads the files of a unit one after the other.
struct UnitReader<'a> {
    inputs: std::iter::Enumerate<std::slice::Iter<'a, Input>>,
    options: &'a ReadOptions,
    current: Option<(usize, Opened)>,
}

/// The next thing a unit has.
enum Next {
    /// A piece of the file of this number.
    Piece(usize, Job),
    /// A note about the file of this number.
    Notes(usize, Vec<String>),
    /// The file of this number can't be read further.
    Failed(usize, Error),
    /// There is no more.
    End,
}

impl<'a> UnitReader<'a> {
    fn new(unit: &'a Unit, options: &'a ReadOptions) -> Self {
        Self { inputs: unit.inputs.iter().enumerate(), options, current: None }
    }

    fn next(&mut self) -> Next {
        loop {
            if let Some((file, opened)) = &mut self.current {
                let file = *file;
                match opened.blocks.next() {
                    Ok(Some(job)) => return Next::Piece(file, job),
                    Ok(None) => self.current = None,
                    Err(error) => {
                        self.current = None;
                        return Next::Failed(file, error);
                    }
                }
            }
            let Some((file, input)) = self.inputs.next() else { return Next::End };
            match crate::source::open(input, self.options) {
                Ok(mut opened) => {
                    let notes = std::mem::take(&mut opened.notes);
                    self.current = Some((file, opened));
                    if !notes.is_empty() {
                        return Next::Notes(file, notes);
                    }
                }
                Err(error) => return Next::Failed(file, error),
            }
        }
    }

    /// How much of the unit has been read, from 0 to 1.
    fn progress(&self) -> f64 {
        let left = self.inputs.len() as f64;
        let (read, current) =
            self.current.as_ref().map_or((0.0, 0.0), |(file, opened)| (*file as f64, opened.blocks.progress()));
        let all = read + 1.0 + left;
        if self.current.is_some() { (read + current) / all } else { 0.0 }
    }
}
