//! Cuts a JSON text into pieces of whole records, which can then be read independently.

use super::scan::{Element, Scanner};
use crate::error::Result;
use crate::source::text::{BEGINNING, BLOCK, Block, Blocker, LONGEST, Stream, newlines};

/// Records that have been cut off.
pub struct Piece {
    bytes: Vec<u8>,
    records: Records,
}

/// Where the records of a piece are.
enum Records {
    /// One a line, from this line of the file on.
    Lines(u64),
    /// Here.
    At(Vec<Element>),
    /// The record on this line is too long and has been left out; the bytes are its beginning.
    TooLong(u64),
}

impl Piece {
    /// Goes through the records: each with the line on which it begins, and without the blanks around it.
    pub fn each<'a>(&'a self, mut work: impl FnMut(u64, &'a [u8])) {
        match &self.records {
            Records::Lines(first) => {
                let mut line = *first;
                let mut start = 0;
                while start < self.bytes.len() {
                    let rest = &self.bytes[start..];
                    let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                    let record = trimmed(&rest[..length]);
                    if !record.trim_ascii().is_empty() {
                        work(line, record);
                    }
                    start += length + 1;
                    line += 1;
                }
            }
            Records::At(elements) => {
                elements.iter().for_each(|element| work(element.line, trimmed(&self.bytes[element.range.clone()])));
            }
            Records::TooLong(_) => {}
        }
    }

    /// The line of a record that is too long, and how it begins.
    pub fn too_long(&self) -> Option<(u64, &[u8])> {
        match self.records {
            Records::TooLong(line) => Some((line, &self.bytes)),
            _ => None,
        }
    }

    /// How many bytes there are.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// The text without the blanks around it: those that JSON allows.
fn trimmed(text: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = text.iter().position(|byte| !is_blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

/// What pieces come from.
pub trait Pieces: Send {
    /// Cuts off the next one; `None` at the end.
    ///
    /// # Errors
    /// When the text can't be read any further.
    fn next_piece(&mut self) -> Result<Option<Piece>>;

    /// How much of the file has been cut off so far, from 0 to 1.
    fn progress(&self) -> f64;

    /// What the text is called.
    fn label(&self) -> &str;
}

/// A text of one record a line.
pub struct Lines(Blocker);

impl Lines {
    /// The lines of a text.
    pub fn new(stream: Stream) -> Self {
        Self(Blocker::new(stream, None))
    }
}

impl Pieces for Lines {
    fn next_piece(&mut self) -> Result<Option<Piece>> {
        let block = self.0.next_block()?;
        Ok(block.map(|Block { bytes, line, too_long }| {
            let records = if too_long { Records::TooLong(line) } else { Records::Lines(line) };
            Piece { bytes, records }
        }))
    }

    fn progress(&self) -> f64 {
        self.0.progress()
    }

    fn label(&self) -> &str {
        self.0.label()
    }
}

/// A text of records in an array, or one after another.
pub struct Values {
    stream: Stream,
    scanner: Scanner,
    buffer: Vec<u8>,
    /// The element of the moment is too long: it is passed over. The line on which it began, and how it begins.
    dropping: Option<(u64, Vec<u8>)>,
    ended: bool,
    error: Option<std::io::Error>,
}

impl Values {
    /// The records of a text.
    pub fn new(stream: Stream) -> Self {
        let (scanner, buffer) = (Scanner::default(), Vec::new());
        Self { stream, scanner, buffer, dropping: None, ended: false, error: None }
    }

    /// Takes the first `count` bytes out of the buffer.
    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(count);
        self.scanner.shift(count);
        std::mem::replace(&mut self.buffer, rest)
    }
}

impl Pieces for Values {
    fn next_piece(&mut self) -> Result<Option<Piece>> {
        let mut elements = Vec::new();
        loop {
            let complete = self.ended && self.error.is_none(); // an element that is cut off by an error is none
            while let Some(element) = self.scanner.next(&self.buffer, complete) {
                if let Some((line, beginning)) = self.dropping.take() {
                    self.take(element.range.end);
                    return Ok(Some(Piece { bytes: beginning, records: Records::TooLong(line) }));
                }
                elements.push(element);
            }
            if let Some(last) = elements.last().map(|element| element.range.end)
                && (self.ended || self.buffer.len() >= BLOCK)
            {
                return Ok(Some(Piece { bytes: self.take(last), records: Records::At(elements) }));
            }
            if self.ended {
                let Some(cause) = self.error.take() else { return Ok(None) };
                let line = self.scanner.line();
                (self.buffer, self.scanner) = (Vec::new(), Scanner::default()); // part of a record
                return Err(self.stream.failure(line, &cause));
            }
            if elements.is_empty() && (self.dropping.is_some() || self.buffer.len() > LONGEST) {
                if let (Some(start), None) = (self.scanner.start(), &self.dropping) {
                    let beginning = &self.buffer[start..];
                    let line = self.scanner.line() - newlines(beginning);
                    self.dropping = Some((line, beginning[..beginning.len().min(BEGINNING)].to_vec()));
                }
                self.take(self.buffer.len().saturating_sub(1)); // the last byte may be half an escape
            }
            match self.stream.fill(&mut self.buffer, BLOCK) {
                Ok(more) => self.ended = !more,
                Err(cause) => (self.ended, self.error) = (true, Some(cause)),
            }
        }
    }

    fn progress(&self) -> f64 {
        self.stream.progress.fraction()
    }

    fn label(&self) -> &str {
        &self.stream.label
    }
}
