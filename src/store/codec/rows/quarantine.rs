//! `quarantine`: a row is a record that could not be used.

use super::{Encoded, names, take, texts};
use crate::domain::measurement::Millis;
use crate::error::Result;
use crate::store::codec::table::{Column, ColumnSpec, Content, Table};
use crate::store::codec::text_column::TextColumn;

/// The columns.
pub static QUARANTINE: Table = Table {
    columns: &[
        ColumnSpec::new("source", Content::Name),
        ColumnSpec::new("line", Content::Integer),
        ColumnSpec::new("reason", Content::Name),
        ColumnSpec::new("message", Content::Text),
        ColumnSpec::new("record", Content::Bytes),
        ColumnSpec::new("is_cut", Content::Flag),
        ColumnSpec::new("header", Content::Name).nullable(),
        ColumnSpec::new("quarantined_at", Content::Time).pointer(),
    ],
    group_rows: 1 << 13,
};

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
    let columns = [
        names(rows.iter().map(|row| row.source.as_str())),
        Column::Integers(rows.iter().map(|row| row.line).collect()),
        names(rows.iter().map(|row| row.reason.as_str())),
        texts(rows.iter().map(|row| &row.message)),
        Column::Bytes(rows.iter().map(|row| row.record.clone()).collect()),
        Column::Flags(rows.iter().map(|row| row.is_cut).collect()),
        Column::Names(TextColumn::of(rows.iter().map(|row| row.header.as_deref()))),
        Column::Times(rows.iter().map(|row| row.quarantined_at).collect()),
    ];
    Encoded::of(&QUARANTINE, &columns)
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<QuarantineRow>> {
    take!(object, QUARANTINE.open(object, bytes)?.read(&QUARANTINE.names())? => Names sources, Integers lines, Names reasons,
        Texts messages, Bytes records, Flags cuts, Names headers, Times times);
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
