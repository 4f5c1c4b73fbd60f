//! Cuts a text into blocks of whole rows, which can then be parsed independently.
//!
//! A block ends at a newline; in CSV at a newline outside double quotes. Memory stays bounded: what has no end within
//! 64 MiB is reported and skipped. A quote that is never closed must not swallow the rest of the file either, so a
//! quoted field ends within 1 MiB or its quote is taken for a mistake ([`quoted`]); then the row ends at the newline.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::{memchr, memchr_iter, memrchr};

use super::digesting::Digesting;
use super::sniff::Compression;
use crate::error::{Error, Result};

/// How large blocks are, about.
pub const BLOCK: usize = 1 << 20;

/// The length up to which a row is read.
pub const LONGEST: usize = 64 << 20;

/// How much is kept of a row that is too long.
pub const BEGINNING: usize = 1 << 16;

/// The length up to which a quoted field is read.
const LONGEST_QUOTED: usize = 1 << 20;

/// Rows of a text.
#[derive(Debug, Default)]
pub struct Block {
    /// The rows; the last one may lack its newline at the end of the file.
    pub bytes: Vec<u8>,
    /// The line of the file on which they begin, from 1.
    pub line: u64,
    /// The row at `line` was too long and has been left out; the bytes are its beginning.
    pub too_long: bool,
}

/// A file that counts how much of it has been read, and takes its digest if that is wanted.
pub struct Counted {
    file: File,
    read: Arc<AtomicU64>,
    digesting: Option<Digesting>,
}

/// How far a [`Counted`] file has been read.
#[derive(Clone, Debug)]
pub struct Progress {
    read: Arc<AtomicU64>,
    length: u64,
}

impl Counted {
    /// The file, from where it stands, and its progress.
    #[must_use]
    pub fn new(file: File, digesting: Option<Digesting>) -> (Self, Progress) {
        let read = Arc::new(AtomicU64::new(0));
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        (Self { file, read: Arc::clone(&read), digesting }, Progress { read, length })
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        if let (Some(digesting), false) = (&self.digesting, buffer.is_empty()) {
            digesting.take(&buffer[..read]);
        }
        Ok(read)
    }
}

impl Progress {
    /// From 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        if self.length == 0 { 1.0 } else { (self.read.load(Ordering::Relaxed) as f64 / self.length as f64).min(1.0) }
    }
}

/// What a text is read from.
pub struct Stream {
    /// What to call it in messages.
    pub label: String,
    /// The beginning, which has been read already.
    pub head: Vec<u8>,
    /// The error that came after the head.
    pub error: Option<io::Error>,
    /// The rest.
    pub rest: Box<dyn Read + Send>,
    /// How the file is compressed, for messages.
    pub compression: Compression,
    /// How much of the file has been read.
    pub progress: Progress,
}

impl Stream {
    /// Appends about `wanted` bytes to `buffer`; false at the end. Bytes before an error are kept.
    pub fn fill(&mut self, buffer: &mut Vec<u8>, wanted: usize) -> io::Result<bool> {
        if !self.head.is_empty() {
            buffer.append(&mut self.head);
            return Ok(true);
        }
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.rest.by_ref().take(wanted as u64).read_to_end(buffer).map(|read| read > 0)
    }

    /// What went wrong while the given line was read.
    pub fn failure(&self, line: u64, cause: &io::Error) -> Error {
        let stream = match self.compression {
            Compression::None => return Error::io(format_args!("can't read {}", self.label), cause),
            packed => packed.name(),
        };
        let place = format!("{}: line {line}: the {stream} stream", self.label);
        if cause.kind() == io::ErrorKind::UnexpectedEof {
            let error = Error::failed(format!("{place} ends early; what comes after this line is lost"));
            error.hint("the file was cut off, or is still being written: fetch it again")
        } else if cause.raw_os_error().is_some() {
            Error::io(format_args!("can't read {}", self.label), cause)
        } else {
            Error::failed(format!("{place} is damaged: {cause}")).hint("fetch the file again")
        }
    }
}

/// Cuts a text into [`Block`]s.
pub struct Blocker {
    stream: Stream,
    /// The delimiter of fields, where quotes may hide newlines.
    delimiter: Option<u8>,
    buffer: Vec<u8>,
    /// The line on which the buffer begins.
    line: u64,
    /// Up to where the buffer has been searched, outside quotes.
    searched: usize,
    /// The end of the last whole row in what has been searched.
    end: usize,
    ended: bool,
    error: Option<io::Error>,
    /// How large blocks are, about; less than [`BLOCK`] in tests only.
    size: usize,
}

impl Blocker {
    /// Cuts `stream` at newlines; those in quotes don't count where a CSV `delimiter` is given.
    #[must_use]
    pub fn new(stream: Stream, delimiter: Option<u8>) -> Self {
        let buffer = Vec::new();
        Self { stream, delimiter, buffer, line: 1, searched: 0, end: 0, ended: false, error: None, size: BLOCK }
    }

    /// What the text is called.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.stream.label
    }

    /// How much of the file has been read, from 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f64 {
        self.stream.progress.fraction()
    }

    /// The next rows.
    ///
    /// # Errors
    /// When the file can't be read, or decompressed, any further.
    pub fn next_block(&mut self) -> Result<Option<Block>> {
        loop {
            while !self.ended && self.buffer.len() < self.size {
                self.read();
            }
            self.search();
            if self.end > 0 {
                return Ok(Some(self.cut()));
            }
            if !self.ended && self.buffer.len() <= LONGEST {
                self.read();
            } else if !self.ended {
                return self.skip_long().map(Some);
            } else if let Some(cause) = self.error.take() {
                self.buffer.clear(); // part of a row
                self.searched = 0;
                return Err(self.stream.failure(self.line, &cause));
            } else if self.buffer.is_empty() {
                return Ok(None);
            } else {
                self.end = self.buffer.len();
                return Ok(Some(self.cut()));
            }
        }
    }

    fn read(&mut self) {
        match self.stream.fill(&mut self.buffer, self.size) {
            Ok(more) => self.ended = !more,
            Err(cause) => {
                self.ended = true;
                self.error = Some(cause);
            }
        }
    }

    /// Finds the end of the last whole row in the buffer.
    fn search(&mut self) {
        let Some(delimiter) = self.delimiter else {
            if let Some(newline) = memrchr(b'\n', &self.buffer[self.searched..]) {
                self.end = self.searched + newline + 1;
            }
            self.searched = self.buffer.len();
            return;
        };
        while let Some(found) = memchr(b'"', &self.buffer[self.searched..]) {
            let quote = self.searched + found;
            if let Some(newline) = memrchr(b'\n', &self.buffer[self.searched..quote]) {
                self.end = self.searched + newline + 1;
            }
            let opens = quote == 0 || matches!(self.buffer[quote - 1], b'\n') || self.buffer[quote - 1] == delimiter;
            self.searched = match opens.then(|| quoted(&self.buffer, quote, delimiter, self.ended)) {
                None => quote + 1,
                Some(Quoted::Closed(close)) => close + 1,
                Some(Quoted::Open) => {
                    self.searched = quote;
                    return;
                }
                Some(Quoted::Stray) => match memchr(b'\n', &self.buffer[quote..]) {
                    Some(newline) => quote + newline,
                    None => self.buffer.len(),
                },
            };
        }
        if let Some(newline) = memrchr(b'\n', &self.buffer[self.searched..]) {
            self.end = self.searched + newline + 1;
        }
        self.searched = self.buffer.len();
    }

    /// Takes the whole rows out of the buffer.
    fn cut(&mut self) -> Block {
        let rest = self.buffer.split_off(self.end);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        let block = Block { line: self.line, too_long: false, bytes };
        self.line += newlines(&block.bytes);
        self.searched = self.searched.saturating_sub(self.end);
        self.end = 0;
        block
    }

    /// Skips a row that is too long, up to its newline.
    fn skip_long(&mut self) -> Result<Block> {
        let line = self.line;
        let beginning = self.buffer[..self.buffer.len().min(BEGINNING)].to_vec();
        self.searched = 0;
        loop {
            if let Some(newline) = memchr(b'\n', &self.buffer) {
                self.buffer.drain(..=newline);
                break;
            }
            self.buffer.clear();
            if self.ended {
                break;
            }
            self.read();
        }
        self.line += 1;
        Ok(Block { bytes: beginning, line, too_long: true })
    }
}

/// How many newlines there are.
#[must_use]
pub fn newlines(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

/// How a field that begins with a quote goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoted {
    /// The quote that closes it is here.
    Closed(usize),
    /// The text ends within it.
    Open,
    /// It is not closed, or in such a way that the first quote must be a mistake.
    Stray,
}

/// Finds the end of the field that begins with the quote at `open`; `""` within is a quote. A field over several lines
/// whose closing quote is not followed by a delimiter or newline is none: there, a quote went missing.
#[must_use]
pub fn quoted(text: &[u8], open: usize, delimiter: u8, ended: bool) -> Quoted {
    let limit = text.len().min(open + LONGEST_QUOTED);
    let mut at = open + 1;
    while let Some(found) = memchr(b'"', &text[at..limit]) {
        let quote = at + found;
        match text.get(quote + 1) {
            None if !ended => return Quoted::Open,
            Some(b'"') => at = (quote + 2).min(limit),
            None | Some(b'\n' | b'\r') => return Quoted::Closed(quote),
            Some(next) if *next == delimiter => return Quoted::Closed(quote),
            Some(_) if memchr(b'\n', &text[open..quote]).is_some() => return Quoted::Stray,
            Some(_) => return Quoted::Closed(quote),
        }
    }
    if ended || limit == open + LONGEST_QUOTED { Quoted::Stray } else { Quoted::Open }
}

#[cfg(test)]
#[path = "text_tests.rs"]
pub(super) mod tests;
