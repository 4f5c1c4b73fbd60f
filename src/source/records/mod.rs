//! Records from files, for keeping: each with its verbatim text and its measurements.
//!
//! Files are cut into pieces, and pieces are read independently, as for measurements alone ([`super::open`]). Records of
//! JSON are kept as they are. A row of CSV or Parquet becomes a JSON record (`row`), and that is what is kept and
//! measured: so measurements can always be made again from the records.
//!
//! A record is used whole or not at all. One with a value that can't be used is kept apart, with its text, so that it
//! can be mended and read again without anything being counted twice.

mod build;
mod csv;
mod mapping;
mod parquet;
mod row;

use std::borrow::Cow;
use std::sync::Arc;

pub use self::build::identities;
pub use self::mapping::{Fields, Identity, Mapping};

use self::build::{Builder, Plan};
use super::digesting::Digesting;
use super::input::Input;
use super::json::pieces::{Lines, Piece, Pieces, Values};
use super::json::{self, TOO_LONG};
use super::sniff::{self, Format};
use super::text::BEGINNING;
use super::{Blocks, ReadOptions, Reason};
use crate::domain::record::RecordBatch;
use crate::error::Result;

/// The length up to which bad records are kept whole.
const LONGEST: usize = 1 << 20;

/// What a piece of a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// The records, in the order of the file.
    pub records: RecordBatch,
    /// The records that could not be used, in the order of the file.
    pub bad: Vec<BadRecord>,
    /// How many values were missing. They are no error.
    pub missing: u64,
}

/// A record that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRecord {
    /// The line of the file (for Parquet: the row) on which it begins, from 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
    /// What is wrong and what to do, in a few words; text from the file in it is escaped and cut.
    pub message: String,
    /// What it says: of CSV the row as it is in the file, without its newline.
    pub text: Vec<u8>,
    /// Whether only the beginning is here, because it is longer than a MiB.
    pub is_cut: bool,
}

/// A file of records that is ready to be read.
pub struct Opened {
    /// Its pieces.
    pub blocks: Box<dyn Blocks<Batch>>,
    /// What the user may want to know about how it is read.
    pub notes: Vec<String>,
    /// What is known about the fields by now. With these options, and the same mapping, the texts of the records give the
    /// same measurements again.
    pub options: ReadOptions,
    /// The line that must come before bad records to make a file of them again, where there is such a line.
    pub header: Option<Vec<u8>>,
    /// The digest of the file as it is read, where that is from front to back.
    pub digesting: Option<Digesting>,
}

impl BadRecord {
    fn new(line: u64, reason: Reason, message: String, text: &[u8]) -> Self {
        let is_cut = reason == Reason::TooLong || text.len() > LONGEST;
        let text = if text.len() > LONGEST { &text[..BEGINNING] } else { text };
        Self { line, reason, message, text: text.to_vec(), is_cut }
    }

    /// What it says as text: what is no UTF-8 is replaced.
    #[must_use]
    pub fn lossy_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }
}

impl Batch {
    fn of(bad: BadRecord) -> Self {
        Self { bad: vec![bad], ..Self::default() }
    }
}

/// Opens a file of records: recognises its compression and format, and decides what its fields are.
///
/// # Errors
/// When it can't be read, is not of a format that is read, or has no measurements that we can see.
pub fn open(input: &Input, options: &ReadOptions, mapping: &Mapping) -> Result<Opened> {
    let digesting = (!input.has_digest()).then(Digesting::default);
    let opened = match super::recognise_digesting(input, options, digesting.clone())? {
        (Format::Parquet, compression, _) => {
            let file = sniff::decompressed(&input.label, input.open()?, compression)?;
            return parquet::open(file, &input.label, options, mapping);
        }
        (Format::Csv, _, stream) => csv::open(stream, options, mapping)?,
        (Format::Ndjson, _, stream) => open_json(Lines::new(stream), options, mapping)?,
        (Format::Json, _, stream) => open_json(Values::new(stream), options, mapping)?,
    };
    Ok(Opened { digesting, ..opened })
}

fn open_json(pieces: impl Pieces + 'static, options: &ReadOptions, mapping: &Mapping) -> Result<Opened> {
    let plan = Arc::new(Plan::new(pieces.label(), options, mapping));
    let rules = Arc::clone(&plan);
    let blocks = json::open(pieces, rules.rules(), move |piece: &Piece| read_piece(piece, &plan))?;
    Ok(Opened { blocks: Box::new(blocks), notes: Vec::new(), options: options.clone(), header: None, digesting: None })
}

fn read_piece(piece: &Piece, plan: &Plan) -> Batch {
    if let Some((line, beginning)) = piece.too_long() {
        return Batch::of(BadRecord::new(line, Reason::TooLong, TOO_LONG.into(), beginning));
    }
    let mut builder = Builder::new(plan, piece.bytes());
    piece.each(|line, text| builder.add_or_reject(line, text));
    builder.finish()
}

/// Reads records again whose texts are known, as a file of one record a line would be: the first has the first position.
#[must_use]
pub fn read_again<'t>(
    texts: impl Iterator<Item = &'t str>,
    label: &str,
    options: &ReadOptions,
    mapping: &Mapping,
) -> Batch {
    let plan = Plan::new(label, options, mapping);
    let mut builder = Builder::new(&plan, 0);
    (1..).zip(texts).for_each(|(position, text)| builder.add_or_reject(position, text.as_bytes()));
    builder.finish()
}
