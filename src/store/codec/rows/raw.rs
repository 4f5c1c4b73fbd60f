//! `raw`: a row is a record.

use super::damaged;
use crate::domain::measurement::Millis;
use crate::domain::record::Kind;
use crate::domain::texts::Texts;
use crate::error::Result;
use crate::store::codec::table::Table;
use crate::store::codec::text_column::TextColumn;
use crate::store::schema::RawColumns;

const COLUMN: RawColumns = RawColumns::COLUMNS;

/// The table. Records may be long, so row groups are small.
pub static RAW: Table = Table { columns: RawColumns::ALL, group_rows: 1 << 15 };

/// Records as columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawRows {
    /// When what they tell of happened.
    pub event_times: Vec<Millis>,
    /// What they are.
    pub kinds: Vec<Kind>,
    /// What they say, verbatim.
    pub records: Texts,
    /// Where they come from.
    pub sources: TextColumn,
    /// Where they are in their source, from 1.
    pub positions: Vec<i64>,
    /// When they came into the store.
    pub ingested_at: Vec<Millis>,
}

impl RawRows {
    /// The number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.event_times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.event_times.is_empty()
    }

    /// As Parquet.
    ///
    /// # Errors
    /// When the columns differ in length, or a page would have 2 GiB or more, which Parquet does not allow.
    pub fn encode(self) -> Result<Vec<u8>> {
        let mut kinds =
            TextColumn { values: Kind::ALL.map(|kind| Some(kind.name().into())).into(), ..Default::default() };
        for run in self.kinds.chunk_by(|a, b| a == b) {
            let number = Kind::ALL.iter().position(|kind| *kind == run[0]).unwrap_or_default();
            kinds.push(number as u32, run.len());
        }
        RAW.encode(&[
            COLUMN.event_time.with(self.event_times),
            COLUMN.kind.with(kinds),
            COLUMN.record.with(self.records),
            COLUMN.source.with(self.sources),
            COLUMN.position.with(self.positions),
            COLUMN.ingested_at.with(self.ingested_at),
        ])
    }

    /// Reads all columns of an object.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read(object: &str, bytes: Vec<u8>) -> Result<Self> {
        let file = RAW.open(object, bytes)?;
        let event_times = file.read(COLUMN.event_time)?;
        let kind_names = file.read(COLUMN.kind)?;
        let known = |name: &str| Kind::parse(name);
        let values: Vec<Option<Kind>> = kind_names.values.iter().map(|name| known(name.as_deref()?)).collect();
        let mut kinds = Vec::with_capacity(event_times.len());
        for (value, rows) in kind_names.runs() {
            let kind = values[value as usize].ok_or_else(|| damaged(object, "a kind is not known"))?;
            kinds.extend(std::iter::repeat_n(kind, rows.len()));
        }
        Ok(Self {
            event_times,
            kinds,
            records: file.read(COLUMN.record)?,
            sources: file.read(COLUMN.source)?,
            positions: file.read(COLUMN.position)?,
            ingested_at: file.read(COLUMN.ingested_at)?,
        })
    }

    /// Reads only what the records say.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read_records(object: &str, bytes: Vec<u8>) -> Result<Texts> {
        RAW.open(object, bytes)?.read(COLUMN.record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back() {
        let mut rows = RawRows::default();
        for i in 0..70_000_i64 {
            rows.event_times.push(i * 7 - 100);
            rows.kinds.push(Kind::ALL[i as usize / 1000 % 3]);
            rows.records.push(&format!("{{\"a\":{i}}}{}", if i % 2 == 0 { "" } else { "ü\n" }));
            rows.positions.push(i + 1);
            rows.ingested_at.push(9);
        }
        rows.sources = TextColumn::of((0..70_000).map(|i| Some(if i < 5 { "a.ndjson" } else { "-" })));
        let bytes = rows.clone().encode().unwrap();
        assert_eq!(RawRows::read_records("x", bytes.clone()).unwrap(), rows.records);
        assert_eq!(RawRows::read("x", bytes).unwrap(), rows);
        let none = RawRows::default();
        assert_eq!(RawRows::read("x", none.clone().encode().unwrap()).unwrap(), none);
    }
}
