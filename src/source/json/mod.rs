//! Reads JSON records: one a line (NDJSON), or elements of an array, or values one after another.
//!
//! Numbers in a record are measurements, under the dotted path by which one gets to them (`http.latency.p95`,
//! `load.0`), unless the record names its parameter itself (`{"metric": "cpu", "value": 3}`). Events and logs are also
//! counted: as `events.<name>` and `logs.<level>`.

pub mod record;
pub mod scan;
mod table;

use std::sync::Arc;

use self::record::{Candidate, Record, Roles};
use self::scan::{Element, Scanner};
use self::table::Table;
use super::excerpt::{excerpt, name};
use super::number::Number;
use super::text::{BLOCK, Block, Blocker, LONGEST, Stream, newlines};
use super::timestamp::{TimeFault, TimeReader};
use super::{Blocks, Job, Opened, Parsed, ReadOptions, Reason, Skipped};
use crate::domain::measurement::{Aggregation, Millis};
use crate::error::{Error, Result};

/// How many records are looked at before any is used.
const SAMPLE: usize = 100;

/// What jobs need to know.
struct Shared {
    roles: Roles,
    reader: TimeReader,
    /// The time field that was asked for.
    wanted: Option<String>,
}

impl Shared {
    fn new(options: &ReadOptions) -> Self {
        let reader = TimeReader::new(options.zone, options.time_unit);
        Self { roles: Roles::new(options), reader, wanted: options.time_column.clone() }
    }
}

struct Lines {
    blocker: Blocker,
    first: Option<Block>,
    shared: Arc<Shared>,
}

/// Opens a text of one JSON record a line.
///
/// # Errors
/// When it can't be read, or its first records hold two different times.
pub fn open_lines(stream: Stream, options: &ReadOptions) -> Result<Opened> {
    let shared = Arc::new(Shared::new(options));
    let mut blocker = Blocker::new(stream, None);
    let first = blocker.next_block()?;
    if let Some(block) = &first {
        let elements = lines(block);
        refuse_two_times(blocker.label(), &block.bytes, &elements[..elements.len().min(SAMPLE)], &shared)?;
    }
    Ok(Opened { blocks: Box::new(Lines { blocker, first, shared }), notes: Vec::new() })
}

/// The lines of a block that are not blank.
fn lines(block: &Block) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut start = 0;
    let mut line = block.line;
    while start < block.bytes.len() {
        let rest = &block.bytes[start..];
        let end = start + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        if !block.bytes[start..end].trim_ascii().is_empty() {
            elements.push(Element { range: start..end, line });
        }
        start = end + 1;
        line += 1;
    }
    elements
}

impl Blocks for Lines {
    fn next(&mut self) -> Result<Option<Job>> {
        let block = match self.first.take() {
            Some(first) => first,
            None => match self.blocker.next_block()? {
                Some(block) => block,
                None => return Ok(None),
            },
        };
        let shared = Arc::clone(&self.shared);
        Ok(Some(Box::new(move || {
            let too_long = block.too_long.then_some(block.line);
            Ok(parse(&block.bytes, &lines(&block), too_long, &shared))
        })))
    }

    fn progress(&self) -> f64 {
        self.blocker.progress()
    }
}

/// Elements that have been cut off.
struct Piece {
    bytes: Vec<u8>,
    elements: Vec<Element>,
    too_long: Option<u64>,
}

struct Values {
    stream: Stream,
    scanner: Scanner,
    buffer: Vec<u8>,
    /// The element of the moment is too long: it is passed over. The line on which it began.
    dropping: Option<u64>,
    ended: bool,
    error: Option<std::io::Error>,
    first: Option<Piece>,
    shared: Arc<Shared>,
}

/// Opens a text of JSON records in an array, or one after another.
///
/// # Errors
/// When it can't be read, or its first records hold two different times.
pub fn open_values(stream: Stream, options: &ReadOptions) -> Result<Opened> {
    let mut values = Values {
        stream,
        scanner: Scanner::default(),
        buffer: Vec::new(),
        dropping: None,
        ended: false,
        error: None,
        first: None,
        shared: Arc::new(Shared::new(options)),
    };
    values.first = values.piece()?;
    if let Some(Piece { bytes, elements, .. }) = &values.first {
        refuse_two_times(&values.stream.label, bytes, &elements[..elements.len().min(SAMPLE)], &values.shared)?;
    }
    Ok(Opened { blocks: Box::new(values), notes: Vec::new() })
}

impl Values {
    fn piece(&mut self) -> Result<Option<Piece>> {
        let mut elements = Vec::new();
        loop {
            let complete = self.ended && self.error.is_none(); // an element that is cut off by an error is none
            while let Some(element) = self.scanner.next(&self.buffer, complete) {
                if let Some(line) = self.dropping.take() {
                    let piece = Piece { bytes: Vec::new(), elements: Vec::new(), too_long: Some(line) };
                    self.take(element.range.end);
                    return Ok(Some(piece));
                }
                elements.push(element);
            }
            if let Some(last) = elements.last().map(|element| element.range.end)
                && (self.ended || self.buffer.len() >= BLOCK)
            {
                return Ok(Some(Piece { bytes: self.take(last), elements, too_long: None }));
            }
            if self.ended {
                let Some(cause) = self.error.take() else { return Ok(None) };
                let line = self.scanner.line();
                (self.buffer, self.scanner) = (Vec::new(), Scanner::default()); // part of a record
                return Err(self.stream.failure(line, &cause));
            }
            if elements.is_empty() && (self.dropping.is_some() || self.buffer.len() > LONGEST) {
                let line = self.scanner.line() - newlines(&self.buffer);
                if self.scanner.start().is_some() {
                    self.dropping.get_or_insert(line);
                }
                self.take(self.buffer.len().saturating_sub(1)); // the last byte may be half an escape
            }
            match self.stream.fill(&mut self.buffer, BLOCK) {
                Ok(more) => self.ended = !more,
                Err(cause) => (self.ended, self.error) = (true, Some(cause)),
            }
        }
    }

    /// Takes the first `count` bytes out of the buffer.
    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(count);
        self.scanner.shift(count);
        std::mem::replace(&mut self.buffer, rest)
    }
}

impl Blocks for Values {
    fn next(&mut self) -> Result<Option<Job>> {
        let piece = match self.first.take() {
            Some(first) => Some(first),
            None => self.piece()?,
        };
        let shared = Arc::clone(&self.shared);
        Ok(piece.map(|piece| -> Job {
            Box::new(move || Ok(parse(&piece.bytes, &piece.elements, piece.too_long, &shared)))
        }))
    }

    fn progress(&self) -> f64 {
        self.stream.progress.fraction()
    }
}

/// Reads one record; the error is for the user.
fn read<'de>(text: &'de [u8], record: &mut Record<'de>, roles: &Roles) -> Result<(), (Reason, String)> {
    let read = match std::str::from_utf8(text) {
        Ok(text) => {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            record.read(roles, &mut deserializer).and_then(|()| deserializer.end())
        }
        Err(_) => return Err((Reason::NotUtf8, "the text is not UTF-8".into())),
    };
    read.map_err(|cause| {
        let message = cause.to_string();
        if message.starts_with("recursion limit") {
            (Reason::Json, "nested more than 128 levels deep".into())
        } else if message.starts_with("number out of range") {
            (Reason::TooLarge, format!("a number is too large, in {}", excerpt(text)))
        } else if cause.is_eof() {
            (Reason::Json, format!("the JSON ends early, in {}", excerpt(text)))
        } else {
            (Reason::Json, format!("not a JSON record: {}", message.replace(" at line 1 column ", " at column ")))
        }
    })
}

/// Refuses a file whose first records hold two times that differ: one can't know which one is meant.
fn refuse_two_times(label: &str, text: &[u8], elements: &[Element], shared: &Shared) -> Result<()> {
    if shared.wanted.is_some() {
        return Ok(());
    }
    let mut reader = shared.reader.clone();
    for element in elements {
        let mut record = Record::default();
        if read(&text[element.range.clone()], &mut record, &shared.roles).is_err() {
            continue;
        }
        let plausible = record.times.iter().filter(|candidate| candidate.value.is_plausible());
        let read: Vec<_> =
            plausible.filter_map(|candidate| Some((candidate, candidate.value.read(&mut reader).ok()?))).collect();
        if let Some((other, _)) = read.iter().find(|(_, time)| *time != read[0].1) {
            let (one, other) = (name(&read[0].0.name), name(&other.name));
            return Err(Error::usage(format!("{label}: fields {one} and {other} both hold times"))
                .hint("say which one is the event time with --time-column NAME"));
        }
    }
    Ok(())
}

fn parse(text: &[u8], elements: &[Element], too_long: Option<u64>, shared: &Shared) -> Parsed {
    let mut skipped = Skipped::default();
    if let Some(line) = too_long {
        skipped.add(line, Reason::TooLong, || "the record is longer than 64 MiB".into());
    }
    let mut reader = shared.reader.clone();
    let mut table = Table::default();
    let mut record = Record::default();
    for element in elements {
        let line = element.line;
        match read(&text[element.range.clone()], &mut record, &shared.roles) {
            Ok(()) => {
                table.next_record();
                take(&mut record, line, shared, &mut reader, &mut table, &mut skipped);
            }
            Err((reason, message)) => skipped.add(line, reason, || message),
        }
    }
    Parsed { chunks: table.chunks(), skipped }
}

/// Takes the measurements of a record into the table.
fn take(
    record: &mut Record<'_>,
    line: u64,
    shared: &Shared,
    reader: &mut TimeReader,
    table: &mut Table,
    skipped: &mut Skipped,
) {
    let time = match time(record, shared, reader) {
        Ok(time) => time,
        Err((reason, message)) => return skipped.add(line, reason, || message),
    };
    let facts = &record.facts;
    let count = count_name(facts, !record.numbers.is_empty());
    let mut used = count.is_some();
    let mut measure = |parameter: &str, value: f64| match Number::of(value) {
        Number::Value(value) => {
            used = true;
            table.add(parameter, Aggregation::None, time, value);
        }
        other => {
            used = true;
            let reason = other.reason(b"").unwrap_or(Reason::TooLarge);
            skipped.add(line, reason, || {
                other.message(value.to_string().as_bytes(), parameter).replace("column", "field")
            });
        }
    };
    match (&facts.parameter, facts.value) {
        (Some(parameter), Some(Some(value))) => measure(parameter, value),
        (Some(_), Some(None)) => {
            used = true;
            skipped.add(line, Reason::Missing, String::new);
        }
        _ => {
            for (range, value) in &record.numbers {
                measure(record.name(range), *value);
            }
        }
    }
    if let Some(name) = count {
        table.add(&name, Aggregation::Count, time, 1.0);
    }
    if !used {
        skipped.add(line, Reason::Nothing, || "the record holds no number, and is neither an event nor a log".into());
    }
}

/// The time of a record. Time fields that turn out to be ordinary numbers become measurements again.
fn time(record: &mut Record<'_>, shared: &Shared, reader: &mut TimeReader) -> Result<Millis, (Reason, String)> {
    let mut times = std::mem::take(&mut record.times);
    let asked = shared.wanted.is_some();
    times.retain(|candidate| !asked || candidate.rank == 0 || !matches!(candidate.value, record::Scalar::Text(_)));
    times.sort_by_key(|candidate| (!candidate.value.is_plausible() && !asked, candidate.rank));
    let mut fault: Option<(TimeFault, String)> = None;
    let mut found = None;
    for candidate in &times {
        if found.is_some() || (asked && candidate.rank != 0) {
            if !candidate.value.is_plausible() {
                restore(record, candidate);
            }
            continue;
        }
        match candidate.value.read(reader) {
            Ok(time) => found = Some(time),
            Err(wrong) => fault = fault.or_else(|| Some((wrong, candidate.value.text()))),
        }
    }
    found.ok_or_else(|| match (fault, &shared.wanted) {
        (Some((fault, text)), _) => (fault.reason(), fault.message(text.as_bytes())),
        (None, Some(wanted)) => (Reason::Time, format!("the record has no time in field {}", name(wanted))),
        (None, None) => (Reason::Time, "the record has no time; name its field with --time-column NAME".into()),
    })
}

fn restore(record: &mut Record<'_>, candidate: &Candidate<'_>) {
    let value = match candidate.value {
        record::Scalar::Whole(number) => number as f64,
        record::Scalar::Real(number) => number,
        record::Scalar::Text(_) => return,
    };
    let start = record.names.len();
    record.names.push_str(&candidate.name);
    record.numbers.push((start..record.names.len(), value));
}

/// Under what name the record is counted, if it is an event or a log.
fn count_name(facts: &record::Facts<'_>, has_numbers: bool) -> Option<String> {
    let kind = match facts.kind.as_deref() {
        Some(kind @ ("metric" | "event" | "log")) => kind,
        _ if facts.level.is_some() && facts.message => "log",
        _ if facts.event.is_some() && !has_numbers => "event",
        _ => "metric",
    };
    let named = |prefix: &str, name: Option<String>| match name {
        Some(name) if !name.trim().is_empty() => format!("{prefix}.{}", name.trim()),
        _ => prefix.to_owned(),
    };
    match kind {
        "log" => Some(named("logs", facts.level.as_deref().map(str::to_lowercase))),
        "event" => {
            let event = facts.event.as_deref().or(facts.parameter.as_deref());
            Some(named("events", event.map(str::to_owned)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
