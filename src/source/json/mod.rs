//! Reads JSON records: one a line (NDJSON), or elements of an array, or values one after another.
//!
//! Numbers in a record are measurements, under the dotted path by which one gets to them (`http.latency.p95`,
//! `load.0`), unless the record names its parameter itself (`{"metric": "cpu", "value": 3}`). Events and logs are also
//! counted: as `events.<name>` and `logs.<level>`.

pub mod extract;
pub mod facts;
pub mod pieces;
pub mod record;
pub mod scan;
pub mod shape;
mod table;

use std::sync::Arc;

use self::extract::{Extractor, Rules, Sink};
use self::pieces::{Lines, Piece, Pieces, Values};
use self::record::Record;
use self::table::Table;
use super::excerpt::name;
use super::text::Stream;
use super::{Blocks, Job, Opened, Parsed, ReadOptions, Reason, Skipped};
use crate::domain::measurement::{Aggregation, Millis};
use crate::error::{Error, Result};

/// How many records are looked at before any is used.
const SAMPLE: usize = 100;

/// Opens a text of one JSON record a line.
///
/// # Errors
/// When it can't be read, or its first records hold two different times.
pub fn open_lines(stream: Stream, options: &ReadOptions) -> Result<Opened> {
    open_measurements(Lines::new(stream), options)
}

/// Opens a text of JSON records in an array, or one after another.
///
/// # Errors
/// When it can't be read, or its first records hold two different times.
pub fn open_values(stream: Stream, options: &ReadOptions) -> Result<Opened> {
    open_measurements(Values::new(stream), options)
}

fn open_measurements(pieces: impl Pieces + 'static, options: &ReadOptions) -> Result<Opened> {
    let rules = Rules::new(options);
    let blocks = open(pieces, &rules.clone(), move |piece: &Piece| parse(piece, &rules))?;
    Ok(Opened { blocks: Box::new(blocks), notes: Vec::new() })
}

/// Pieces of a JSON text, and what is made of them.
pub struct JsonBlocks<P, W> {
    pieces: P,
    first: Option<Piece>,
    work: Arc<W>,
}

/// Looks at the first records of a text; `work` will make something of each of its pieces.
///
/// # Errors
/// When it can't be read, or its first records hold two different times.
pub fn open<P: Pieces, W>(mut pieces: P, rules: &Rules, work: W) -> Result<JsonBlocks<P, W>> {
    let first = pieces.next_piece()?;
    if let Some(piece) = &first {
        refuse_two_times(pieces.label(), piece, rules)?;
    }
    Ok(JsonBlocks { pieces, first, work: Arc::new(work) })
}

impl<P, W, T> Blocks<T> for JsonBlocks<P, W>
where
    P: Pieces,
    W: Fn(&Piece) -> T + Send + Sync + 'static,
{
    fn next(&mut self) -> Result<Option<Job<T>>> {
        let piece = match self.first.take() {
            Some(first) => Some(first),
            None => self.pieces.next_piece()?,
        };
        let work = Arc::clone(&self.work);
        Ok(piece.map(|piece| -> Job<T> { Box::new(move || Ok(work(&piece))) }))
    }

    fn progress(&self) -> f64 {
        self.pieces.progress()
    }
}

/// Refuses a file whose first records hold two times that differ: one can't know which one is meant.
fn refuse_two_times(label: &str, piece: &Piece, rules: &Rules) -> Result<()> {
    if rules.roles.time.is_some() {
        return Ok(());
    }
    let mut reader = rules.times();
    let mut left = SAMPLE;
    let mut found: Option<(String, String)> = None;
    piece.each(|_, text| {
        if left == 0 || found.is_some() {
            return;
        }
        left -= 1;
        let mut record = Record::default();
        let Ok(text) = std::str::from_utf8(text) else { return };
        if record.read(&rules.roles, &mut serde_json::Deserializer::from_str(text)).is_err() {
            return;
        }
        let plausible = record.times.iter().filter(|candidate| candidate.value.is_plausible());
        let read: Vec<_> =
            plausible.filter_map(|candidate| Some((candidate, candidate.value.read(&mut reader).ok()?))).collect();
        let other = read.iter().find(|(_, time)| *time != read[0].1);
        found = other.map(|(other, _)| (name(&read[0].0.name), name(&other.name)));
    });
    match found {
        None => Ok(()),
        Some((one, other)) => Err(Error::usage(format!("{label}: fields {one} and {other} both hold times"))
            .hint("say which one is the event time with --time-column NAME")),
    }
}

/// The measurements of a piece, and what in it could not be used.
#[derive(Default)]
struct Measurements {
    table: Table,
    skipped: Skipped,
    /// The line of the record of the moment.
    line: u64,
}

impl Sink for Measurements {
    fn number(&mut self, parameter: &str, _: &str, aggregation: Aggregation) -> u32 {
        self.table.number(parameter, aggregation)
    }

    fn measure(&mut self, number: u32, time: Millis, value: f64) {
        self.table.add(number, time, value);
    }

    fn wants(&mut self, _: &str) -> bool {
        true
    }

    fn fault(&mut self, reason: Reason, message: impl FnOnce() -> String) {
        self.skipped.add(self.line, reason, message);
    }
}

fn parse(piece: &Piece, rules: &Rules) -> Parsed {
    let mut found = Measurements::default();
    if let Some((line, _)) = piece.too_long() {
        found.skipped.add(line, Reason::TooLong, || TOO_LONG.into());
    }
    let mut extractor = Extractor::new(rules);
    piece.each(|line, text| {
        found.line = line;
        if let Err((reason, message)) = extractor.read(text, &mut found).map(|_| ()) {
            found.skipped.add(line, reason, || message);
        }
    });
    Parsed { chunks: found.table.chunks(), skipped: found.skipped }
}

/// What is said of a record that is too long.
pub(super) const TOO_LONG: &str = "the record is longer than 64 MiB";

#[cfg(test)]
mod tests;
