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

use std::collections::BTreeMap;
use std::sync::Arc;

pub use schedule::run;

use self::scores::ScoreRows;
use self::series::Found;
use crate::domain::budget::Counted;
use crate::domain::detector::Rules;
use crate::domain::parameters::Parameter;
use crate::domain::series::SeriesOutcome;
use crate::error::Error;
use crate::pipeline::rules::RuleSet;
use crate::source::input::Input;
use crate::source::{Job, Opened, ReadOptions, Skipped};

/// A series of files: the place of its unit, and its parameter.
pub type SeriesKey = (usize, Parameter);

/// How to detect.
#[derive(Clone, Debug)]
pub struct Options {
    /// By which rules parameters are judged.
    pub rules: RuleSet,
    /// Series that have a threshold of their own.
    pub thresholds: BTreeMap<SeriesKey, f64>,
    /// What to look for.
    pub aim: Aim,
    /// Which parameters to look at; none means all.
    pub parameters: globset::GlobSet,
    /// How to read the files.
    pub read: ReadOptions,
    /// How many threads to use.
    pub threads: usize,
}

/// What to look for.
#[derive(Clone, Debug)]
pub enum Aim {
    /// Incidents.
    Find {
        /// Whether to keep the times of exceedances, and sampling intervals.
        keep_times: bool,
        /// Where to keep what is said of every value, if it is asked for.
        scores: Option<Arc<scores::Spool>>,
    },
    /// How many incidents each of several thresholds would find.
    Count,
}

impl Options {
    fn wants(&self, parameter: &str) -> bool {
        self.parameters.is_empty() || self.parameters.is_match(parameter)
    }

    fn rules_of(&self, key: &SeriesKey) -> Rules {
        let rules = self.rules.of(&key.1.name);
        Rules { threshold: self.thresholds.get(key).copied().unwrap_or(rules.threshold), ..rules }
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
    /// The rows of `--scores` of each series, if they were asked for.
    pub scores: Vec<ScoreRows>,
    /// What each of several thresholds would find in each series, if only that was asked for.
    pub counted: Vec<(Parameter, Counted)>,
    /// By file, in the order of the inputs: what can't be used or is worth knowing.
    pub files: Vec<FileReport>,
    /// The first parameters that were not wanted.
    pub unwanted: Unwanted,
}

impl UnitOutcome {
    fn add(&mut self, found: Found) {
        match found {
            Found::Incidents(series, scores) => {
                self.series.push(*series);
                self.scores.extend(scores);
            }
            Found::Counted(parameter, counted) => self.counted.push((parameter, *counted)),
        }
    }
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
