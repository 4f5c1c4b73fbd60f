//! Values as bytes, little endian, for states that only this program reads.
//!
//! A part whose size is fixed lists its [`Fields`] once, for writing and for reading. What has optional or varying parts
//! is written and read value by value.

use super::measurement::Millis;

/// Writes values one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// Begins with these bytes.
    pub fn new(header: &[u8]) -> Self {
        Self(header.to_vec())
    }

    /// A number without a sign.
    pub fn count(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A time, or any number with a sign.
    pub fn time(&mut self, value: Millis) {
        self.count(value as u64);
    }

    /// A number, bit by bit.
    pub fn float(&mut self, value: f64) {
        self.count(value.to_bits());
    }

    /// True or false, or one of a few.
    pub fn tag(&mut self, value: u8) {
        self.0.push(value);
    }

    /// A value that may be missing.
    pub fn some<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.tag(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// Bytes, after their number.
    pub fn sized(&mut self, bytes: &[u8]) {
        self.count(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Bytes whose number is known.
    pub fn fixed(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// All that was written.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads what [`Writer`] wrote; `None` where there is something else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads what follows on these bytes.
    pub fn new(bytes: &'a [u8], header: &[u8]) -> Option<Self> {
        bytes.strip_prefix(header).map(Self)
    }

    pub fn count(&mut self) -> Option<u64> {
        self.fixed().map(u64::from_le_bytes)
    }

    pub fn time(&mut self) -> Option<Millis> {
        self.count().map(|bits| bits as Millis)
    }

    pub fn float(&mut self) -> Option<f64> {
        self.count().map(f64::from_bits)
    }

    pub fn tag(&mut self) -> Option<u8> {
        self.fixed().map(|[tag]| tag)
    }

    /// One of a few.
    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(usize::from(self.tag()?)).copied()
    }

    /// The outer `None` is for what can't be read.
    pub fn some<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.tag()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    pub fn sized(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.count()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub fn fixed<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    /// Whether everything was read.
    pub fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}

/// Visits fields of fixed size: a [`Writer`] writes them, a [`Reader`] replaces them.
pub(super) trait Fields {
    /// Eight bytes.
    fn bits(&mut self, bits: &mut u64);

    /// Floating-point numbers, bit by bit.
    fn floats<'a>(&mut self, values: impl IntoIterator<Item = &'a mut f64>) {
        for value in values {
            let mut bits = value.to_bits();
            self.bits(&mut bits);
            *value = f64::from_bits(bits);
        }
    }

    /// Small counts.
    fn counts<'a>(&mut self, values: impl IntoIterator<Item = &'a mut u16>) {
        for value in values {
            let mut bits = u64::from(*value);
            self.bits(&mut bits);
            *value = bits as u16;
        }
    }

    /// Times, and numbers of hours.
    fn hours<'a>(&mut self, values: impl IntoIterator<Item = &'a mut i64>) {
        for value in values {
            let mut bits = *value as u64;
            self.bits(&mut bits);
            *value = bits as i64;
        }
    }
}

impl Fields for Writer {
    fn bits(&mut self, bits: &mut u64) {
        self.count(*bits);
    }
}

/// The number of bytes must be checked before: fields that are missing stay as they are.
impl Fields for Reader<'_> {
    fn bits(&mut self, bits: &mut u64) {
        if let Some(read) = self.count() {
            *bits = read;
        }
    }
}
