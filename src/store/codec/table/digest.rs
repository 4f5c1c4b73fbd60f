//! The digest of rows, by which derived objects are named.
//!
//! It is SHA-256 over a canonical form that has nothing to do with Parquet: the number of rows, then each column that
//! says what the rows are, with its name, what it holds, and its values one after another. Numbers are little endian
//! and doubles their IEEE 754 bits; text is UTF-8 after its length; where values may be missing each is preceded by 1,
//! and a missing one is 0. A column that is missing in all rows does not count, so that tables can grow without new
//! names for old rows.

use sha2::{Digest, Sha256 as Hasher};

use super::values::Values;
use super::{Filled, Table};
use crate::domain::digest::Sha256;
use crate::error::Result;
use crate::store::schema::Kind;

/// How many bytes are gathered before they are hashed.
const CHUNK: usize = 1 << 16;

impl Table {
    /// The digest of rows, in the order in which they are.
    ///
    /// # Errors
    /// When the columns are not those of the table.
    pub fn digest(&self, columns: &[Filled]) -> Result<Sha256> {
        let rows = self.rows(columns)?;
        let mut form = Form { hasher: Hasher::new(), chunk: Vec::with_capacity(CHUNK + 64) };
        form.length(rows);
        for Filled { column, values } in columns {
            if column.identifies && !values.are_missing() {
                form.text(column.name);
                form.bytes(&[tag(column.kind)]);
                form.values(values, column.nullable);
            }
        }
        form.hasher.update(&form.chunk);
        Ok(Sha256::from_bytes(form.hasher.finalize().into()))
    }
}

/// A letter for each kind, which never changes.
fn tag(kind: Kind) -> u8 {
    match kind {
        Kind::Time => b't',
        Kind::Integer => b'i',
        Kind::Number => b'f',
        Kind::Name | Kind::Text => b's',
        Kind::Flag => b'b',
        Kind::Bytes => b'x',
    }
}

impl Values {
    /// Whether all values are missing, of at least one row.
    fn are_missing(&self) -> bool {
        match self {
            Self::SomeIntegers(values) => !values.is_empty() && values.iter().all(Option::is_none),
            Self::SomeNumbers(values) => !values.is_empty() && values.iter().all(Option::is_none),
            Self::Names(names) => !names.is_empty() && names.runs().all(|run| names.values[run.0 as usize].is_none()),
            _ => false,
        }
    }
}

struct Form {
    hasher: Hasher,
    chunk: Vec<u8>,
}

impl Form {
    fn bytes(&mut self, bytes: &[u8]) {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK {
            self.hasher.update(&self.chunk);
            self.chunk.clear();
        }
    }

    fn length(&mut self, length: usize) {
        self.bytes(&(length as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.sized(text.as_bytes());
    }

    fn sized(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.bytes(bytes);
    }

    /// Whether a value is there, where it may be missing.
    fn some<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.bytes(&[u8::from(value.is_some())]);
        if let Some(value) = value {
            write(self, value);
        }
    }

    fn values(&mut self, values: &Values, nullable: bool) {
        match values {
            Values::Times(values) | Values::Integers(values) => {
                values.iter().for_each(|value| self.bytes(&value.to_le_bytes()));
            }
            Values::SomeIntegers(values) => {
                values.iter().for_each(|value| self.some(*value, |form, value| form.bytes(&value.to_le_bytes())));
            }
            Values::Numbers(values) => values.iter().for_each(|value| self.bytes(&value.to_bits().to_le_bytes())),
            Values::SomeNumbers(values) => {
                let bits = values.iter().map(|value| value.map(f64::to_bits));
                bits.for_each(|value| self.some(value, |form, bits| form.bytes(&bits.to_le_bytes())));
            }
            Values::Names(names) if nullable => names.iter().for_each(|name| self.some(name, Self::text)),
            Values::Names(names) => names.iter().flatten().for_each(|name| self.text(name)),
            Values::Texts(texts) => texts.iter().for_each(|text| self.text(text)),
            Values::Flags(values) => values.iter().for_each(|value| self.bytes(&[u8::from(*value)])),
            Values::Bytes(values) => values.iter().for_each(|value| self.sized(value)),
        }
    }
}
