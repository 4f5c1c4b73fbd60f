//! `quarantine`: a row is a record that could not be used.

use super::{Encoded, Rows};
use crate::domain::measurement::Millis;
use crate::error::Result;
use crate::store::codec::table::Table;
use crate::store::schema::QuarantineColumns;

const COLUMN: QuarantineColumns = QuarantineColumns::COLUMNS;

/// The table.
pub static QUARANTINE: Table = Table { columns: QuarantineColumns::ALL, group_rows: 1 << 13 };

/// A record that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuarantineRow {
    /// Where it comes from.
    pub source: String,
    /// The line on which it begins there, from 1; for Parquet the row.
    pub line: i64,
    /// Why, in a word.
    pub reason: String,
    /// What is wrong and what to do.
    pub message: String,
    /// What it says, byte by byte: it may be no text.
    pub record: Vec<u8>,
    /// Whether only its beginning is here.
    pub is_cut: bool,
    /// The line that must come before it to make a file of it again, where there is such a line.
    pub header: Option<String>,
    /// When it was put here.
    pub quarantined_at: Millis,
}

/// Rows as Parquet, sorted by source and line.
///
/// # Errors
/// When a page would have 2 GiB or more, which Parquet does not allow.
pub fn encode(mut rows: Vec<QuarantineRow>) -> Result<Encoded> {
    rows.sort();
    let rows = Rows(&rows);
    let columns = [
        rows.names(COLUMN.source, |row| Some(&row.source)),
        rows.fill(COLUMN.line, |row| row.line),
        rows.names(COLUMN.reason, |row| Some(&row.reason)),
        rows.texts(COLUMN.message, |row| &row.message),
        rows.fill(COLUMN.record, |row| row.record.clone()),
        rows.fill(COLUMN.is_cut, |row| row.is_cut),
        rows.names(COLUMN.header, |row| row.header.as_deref()),
        rows.fill(COLUMN.quarantined_at, |row| row.quarantined_at),
    ];
    Encoded::of(&QUARANTINE, &columns)
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<QuarantineRow>> {
    let file = QUARANTINE.open(object, bytes)?;
    let (sources, reasons, headers) = (file.read(COLUMN.source)?, file.read(COLUMN.reason)?, file.read(COLUMN.header)?);
    let (lines, messages, records) = (file.read(COLUMN.line)?, file.read(COLUMN.message)?, file.read(COLUMN.record)?);
    let (cuts, times) = (file.read(COLUMN.is_cut)?, file.read(COLUMN.quarantined_at)?);
    let names = sources.iter().zip(reasons.iter()).zip(headers.iter());
    let rows = names.zip(records).enumerate().map(|(i, (((source, reason), header), record))| QuarantineRow {
        source: source.unwrap_or_default().to_owned(),
        line: lines[i],
        reason: reason.unwrap_or_default().to_owned(),
        message: messages.get(i).to_owned(),
        record,
        is_cut: cuts[i],
        header: header.map(str::to_owned),
        quarantined_at: times[i],
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_records_read_back() {
        let row = |source: &str, line, header: Option<&str>| QuarantineRow {
            source: source.to_owned(),
            line,
            reason: "time".to_owned(),
            message: format!("time '{line}' can't be read"),
            record: vec![0xff, line as u8, b'\n'],
            is_cut: line == 2,
            header: header.map(str::to_owned),
            quarantined_at: 77,
        };
        let rows = vec![row("a.csv", 2, Some("t,v")), row("a.csv", 10, Some("t,v")), row("b.ndjson", 1, None)];
        let encoded = encode(rows.iter().rev().cloned().collect()).unwrap();
        assert_eq!(read("x", encoded.bytes).unwrap(), rows);
        let later: Vec<_> = rows.into_iter().map(|row| QuarantineRow { quarantined_at: 78, ..row }).collect();
        assert_eq!(encode(later).unwrap().digest, encoded.digest);
    }
}
