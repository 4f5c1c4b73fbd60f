//! Reads all sources to their ends before anything is written: on all cores, in their order.

use std::sync::Arc;

use super::bad::BadRows;
use super::encoded_hour::EncodedHour;
use super::hour_buffer::{Bundle, HourBuffer, HourRecords, Packing};
use crate::domain::digest::Sha256;
use crate::domain::hour::Hour;
use crate::domain::measurement::Millis;
use crate::domain::record::HourPart;
use crate::error::{Error, Result};
use crate::interrupt::Stop;
use crate::parallel::ordered_map;
use crate::source::digesting::Digesting;
use crate::source::input::Input;
use crate::source::records::{self, BadRecord, Batch, Mapping, Opened};
use crate::source::{Job, ReadOptions, Reason};
use crate::store::codec::rows::quarantine::QuarantineRow;
use crate::store::runs::ObjectUsed;

/// How many bad records of a source are described.
const EXAMPLES: usize = 3;

/// How sources are read.
pub struct Reading<'a> {
    /// The sources.
    pub inputs: &'a [Input],
    /// How they are written.
    pub options: &'a ReadOptions,
    /// How their records are understood.
    pub mapping: &'a Mapping,
    /// How many threads read.
    pub threads: usize,
    /// How many bytes of records are held in memory, about.
    pub memory: usize,
    /// When the records come in.
    pub now: Millis,
}

/// What was found in a source.
#[derive(Debug, Default)]
pub struct SourceReport {
    /// What it is called.
    pub label: String,
    /// What the user may want to know about how it was read.
    pub notes: Vec<String>,
    /// How many good records it has.
    pub records: u64,
    /// How many measurements they have.
    pub values: u64,
    /// The digest of its bytes, and how many they are; `None` where it could not be read to its end.
    pub digest: Option<(Sha256, u64)>,
    /// How many values were missing.
    pub missing: u64,
    /// How many records can't be used.
    pub bad: u64,
    /// Some of those: their lines, and what is wrong.
    pub examples: Vec<(u64, String)>,
    /// Why it could not be read, or not to its end.
    pub error: Option<Error>,
    header: Option<String>,
    /// Whether a bad record has a time, so that it is one of data.
    has_times: bool,
}

impl SourceReport {
    /// The source has ended: a file of a folder without one good record, or one that has a time, is no data, and nothing in
    /// it is bad then.
    fn end(&mut self, input: &Input, bad: &mut BadRows) {
        let is_data = self.records > 0 || self.has_times || !input.from_directory;
        bad.end_source(is_data);
        if !is_data {
            self.bad = 0;
            self.examples.clear();
        }
    }

    /// The file as runs record it, if it was read to its end.
    #[must_use]
    pub fn used(&self) -> Option<ObjectUsed> {
        self.digest.map(|(sha256, bytes)| ObjectUsed { name: self.label.clone(), sha256, bytes })
    }
}

/// Everything that was read.
pub struct ReadAll {
    /// The hours in order, with their records.
    pub hours: Vec<(Hour, HourRecords)>,
    /// What can't be used.
    pub bad: BadRows,
    /// What was found in each source.
    pub sources: Vec<SourceReport>,
}

/// What a thread makes of a piece.
struct Piece {
    hours: Vec<HourPart>,
    bad: Vec<BadRecord>,
    missing: u64,
}

/// What comes from the sources.
enum Event {
    Opened(Vec<String>, Option<String>),
    Job(Job<Batch>),
    Failed(Error),
    /// Records that take too much room.
    Pack(Bundle),
    /// The source has been read to its end, with this digest if it is known.
    End(Option<(Sha256, u64)>),
}

enum Done {
    Opened(Vec<String>, Option<String>),
    Piece(Piece),
    Failed(Error),
    EncodedHour(Result<Vec<(Hour, EncodedHour)>>),
    End((Sha256, u64)),
}

/// Reads all sources. `share` is told how much is done.
///
/// # Errors
/// When the work was stopped, or a temporary file can't be written. That a source can't be read is no error of the whole.
pub fn read(reading: &Reading<'_>, stop: &Stop, share: &(dyn Fn(f64) + Sync)) -> Result<ReadAll> {
    let label = |input: &Input| SourceReport { label: input.label.clone(), ..SourceReport::default() };
    let mut sources: Vec<SourceReport> = reading.inputs.iter().map(label).collect();
    let labels = labels(reading.inputs);
    let packing = Packing::default();
    let mut buffer = HourBuffer::new(reading.memory, &packing);
    let mut bad = BadRows::default();
    let events = Events { reading, next: 0, current: None, packing: &packing, share };
    let work = |(source, event): (u32, Event)| {
        let done = match event {
            Event::Opened(notes, header) => Done::Opened(notes, header),
            Event::Failed(error) => Done::Failed(error),
            Event::Pack(bundle) => Done::EncodedHour(bundle.pack(&labels, reading.now)),
            Event::End(Some(digest)) => Done::End(digest),
            Event::End(None) => reading.inputs[source as usize].digest().map_or_else(Done::Failed, Done::End),
            Event::Job(job) => match job() {
                Ok(Batch { records, bad, missing }) => Done::Piece(Piece { hours: records.by_hour(), bad, missing }),
                Err(error) => Done::Failed(error),
            },
        };
        (source, done)
    };
    ordered_map(reading.threads, events, work, |(number, done)| {
        stop.check()?;
        let source = &mut sources[number as usize];
        match done {
            Done::Opened(notes, header) => (source.notes, source.header) = (notes, header),
            Done::Failed(error) => {
                source.error = source.error.take().or(Some(error));
                source.end(&reading.inputs[number as usize], &mut bad);
            }
            Done::EncodedHour(hours) => buffer.add_encoded(hours?)?,
            Done::End(digest) => {
                source.digest = Some(digest);
                source.end(&reading.inputs[number as usize], &mut bad);
            }
            Done::Piece(piece) => {
                source.missing += piece.missing;
                for part in &piece.hours {
                    source.records += part.batch.len() as u64;
                    source.values += part.batch.measurements.len() as u64;
                }
                buffer.add(number, piece.hours)?;
                for record in piece.bad {
                    source.bad += 1;
                    source.has_times |= matches!(
                        record.reason,
                        Reason::Nothing | Reason::NotANumber | Reason::Infinite | Reason::TooLarge | Reason::TooLong
                    );
                    if source.examples.len() < EXAMPLES {
                        source.examples.push((record.line, record.message.clone()));
                    }
                    bad.add(row(record, source, reading.now))?;
                }
            }
        }
        Ok::<(), Error>(())
    })?;
    Ok(ReadAll { hours: buffer.finish()?, bad, sources })
}

fn row(record: BadRecord, source: &SourceReport, quarantined_at: Millis) -> QuarantineRow {
    QuarantineRow {
        source: source.label.clone(),
        line: record.line as i64,
        reason: reason(record.reason).to_owned(),
        message: record.message,
        record: record.text,
        is_cut: record.is_cut,
        header: source.header.clone(),
        quarantined_at,
    }
}

/// A reason in a word, as it is recorded.
fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Missing => "missing",
        Reason::Time => "time",
        Reason::TimeRange => "time_range",
        Reason::NotANumber => "not_a_number",
        Reason::Infinite => "infinite",
        Reason::TooLarge => "too_large",
        Reason::Fields => "fields",
        Reason::NotUtf8 => "not_utf8",
        Reason::Json => "json",
        Reason::Nothing => "nothing",
        Reason::TooLong => "too_long",
    }
}

/// The pieces of all sources.
struct Events<'a> {
    reading: &'a Reading<'a>,
    /// The source that is opened next.
    next: usize,
    current: Option<Opened>,
    packing: &'a Packing,
    share: &'a (dyn Fn(f64) + Sync),
}

impl Iterator for Events<'_> {
    type Item = (u32, Event);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(bundle) = self.packing.next() {
            return Some((self.next.saturating_sub(1) as u32, Event::Pack(bundle)));
        }
        let Some(opened) = &mut self.current else {
            let input = self.reading.inputs.get(self.next)?;
            self.next += 1;
            let source = self.next as u32 - 1;
            return Some(match records::open(input, self.reading.options, self.reading.mapping) {
                Err(error) => (source, Event::Failed(error)),
                Ok(mut opened) => {
                    let header = opened.header.take().map(|line| String::from_utf8_lossy(&line).into_owned());
                    let notes = std::mem::take(&mut opened.notes);
                    self.current = Some(opened);
                    (source, Event::Opened(notes, header))
                }
            });
        };
        let source = self.next as u32 - 1;
        Some(match opened.blocks.next() {
            Ok(Some(job)) => {
                let all = self.reading.inputs.len().max(1) as f64;
                (self.share)((f64::from(source) + opened.blocks.progress()) / all);
                (source, Event::Job(job))
            }
            Ok(None) => {
                let digest = opened.digesting.as_ref().and_then(Digesting::finish);
                self.current = None;
                (source, Event::End(digest))
            }
            Err(error) => {
                self.current = None;
                (source, Event::Failed(error))
            }
        })
    }
}

/// The names of sources, to be shared.
pub fn labels(inputs: &[Input]) -> Vec<Arc<str>> {
    inputs.iter().map(|input| Arc::from(input.label.as_str())).collect()
}
