//! Records in quarantine, in the formats of results.

use std::io::{Result, Write};

use serde_json::{Value, json};

use crate::domain::text::{csv_field, visible};
use crate::domain::zone::Zone;
use crate::store::codec::rows::quarantine::QuarantineRow;

/// How many characters of a record the table shows.
const SHOWN: usize = 200;

/// Two lines a record, for people: where it is and what is wrong, then what it says.
///
/// # Errors
/// When the output can't be written.
pub fn write_table(out: &mut impl Write, rows: &[QuarantineRow]) -> Result<()> {
    for row in rows {
        let text = String::from_utf8_lossy(&row.record);
        let shown: String = text.chars().take(SHOWN).collect();
        let more = if row.is_cut || shown.len() < text.len() { "…" } else { "" };
        writeln!(out, "{}:{}: {}", visible(&row.source), row.line, visible(&row.message))?;
        writeln!(out, "  {}{more}", visible(&shown))?;
    }
    Ok(())
}

/// One document.
///
/// # Errors
/// When the output can't be written.
pub fn write_json(out: &mut impl Write, rows: &[QuarantineRow]) -> Result<()> {
    let records: Vec<Value> = rows.iter().map(object).collect();
    let document = json!({ "schema": "trebuchet-ad/quarantine", "version": 1, "records": records });
    writeln!(out, "{document:#}")
}

/// An object a record.
///
/// # Errors
/// When the output can't be written.
pub fn write_ndjson(out: &mut impl Write, rows: &[QuarantineRow]) -> Result<()> {
    rows.iter().try_for_each(|row| writeln!(out, "{}", object(row)))
}

/// A row a record.
///
/// # Errors
/// When the output can't be written.
pub fn write_csv(out: &mut impl Write, rows: &[QuarantineRow]) -> Result<()> {
    writeln!(out, "source,line,reason,message,record,is_cut,quarantined_at")?;
    for row in rows {
        let text = String::from_utf8_lossy(&row.record);
        let [source, message, record] = [&row.source, &row.message, &*text].map(csv_field);
        let time = Zone::UTC.rfc3339(row.quarantined_at);
        writeln!(out, "{source},{},{},{message},{record},{},{time}", row.line, row.reason, row.is_cut)?;
    }
    Ok(())
}

fn object(row: &QuarantineRow) -> Value {
    json!({
        "source": row.source, "line": row.line, "reason": row.reason, "message": row.message,
        "record": String::from_utf8_lossy(&row.record), "is_cut": row.is_cut, "header": row.header,
        "quarantined_at": Zone::UTC.rfc3339(row.quarantined_at),
    })
}
