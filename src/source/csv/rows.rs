//! Splits CSV into rows and fields, without copying.
//!
//! It is our own rather than a crate's because it must agree, to the byte, with [`crate::source::text`] about where
//! rows end, and because a quote that is never closed must cost one row and not the rest of the file.

use std::borrow::Cow;

use memchr::memchr;

use crate::source::text::{Quoted, newlines, quoted};

/// Where a field is in its block.
#[derive(Clone, Copy, Debug)]
struct Field {
    start: usize,
    end: usize,
    /// It holds `""` for `"`.
    doubled: bool,
}

/// What [`Rows::next`] has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A row with fields.
    Fields,
    /// A row with a quote that is never closed.
    Stray,
}

/// Goes through the rows of a block; blank lines are passed over.
#[derive(Debug)]
pub struct Rows<'a> {
    text: &'a [u8],
    delimiter: u8,
    /// Whether there are quotes in the block at all.
    quotes: bool,
    /// Where the next row begins, and on which line.
    next: usize,
    next_line: u64,
    start: usize,
    line: u64,
    fields: Vec<Field>,
}

impl<'a> Rows<'a> {
    /// The rows of `text`, which begins on the given line of its file.
    #[must_use]
    pub fn new(text: &'a [u8], line: u64, delimiter: u8) -> Self {
        let quotes = memchr(b'"', text).is_some();
        Self { text, delimiter, quotes, next: 0, next_line: line, start: 0, line, fields: Vec::new() }
    }

    /// Goes to the next row.
    #[expect(clippy::should_implement_trait, reason = "a row is looked at in place")]
    pub fn next(&mut self) -> Option<Row> {
        loop {
            if self.next >= self.text.len() {
                return None;
            }
            self.start = self.next;
            self.line = self.next_line;
            let end = memchr(b'\n', &self.text[self.start..]).map_or(self.text.len(), |newline| self.start + newline);
            self.next = end + 1;
            self.next_line += 1;
            let line = &self.text[self.start..end];
            if line.trim_ascii().is_empty() && !line.contains(&self.delimiter) {
                continue;
            }
            self.fields.clear();
            if self.quotes && memchr(b'"', line).is_some() {
                return Some(self.split_quoted());
            }
            self.split(self.start, without_return(line).len() + self.start);
            return Some(Row::Fields);
        }
    }

    /// Splits what has no quotes.
    fn split(&mut self, mut start: usize, end: usize) {
        let delimiter = self.delimiter;
        let text = &self.text[..end];
        let mut at = start;
        while let Some(byte) = text.get(at) {
            if *byte == delimiter {
                self.fields.push(Field { start, end: at, doubled: false });
                start = at + 1;
            }
            at += 1;
        }
        self.fields.push(Field { start, end, doubled: false });
    }

    fn split_quoted(&mut self) -> Row {
        let mut at = self.start;
        loop {
            let mut doubled = false;
            let (start, end, after) = if self.text.get(at) == Some(&b'"') {
                match quoted(self.text, at, self.delimiter, true) {
                    Quoted::Closed(close) => {
                        doubled = memchr(b'"', &self.text[at + 1..close]).is_some();
                        let after = self.end_of_field(close + 1);
                        // what comes between the quote and the delimiter belongs to the field: it is no clean one
                        if after == close + 1 { (at + 1, close, after) } else { (at, after, after) }
                    }
                    Quoted::Open | Quoted::Stray => {
                        let rest = &self.text[at..];
                        self.end_row(memchr(b'\n', rest).map_or(self.text.len(), |newline| at + newline));
                        return Row::Stray;
                    }
                }
            } else {
                let after = self.end_of_field(at);
                (at, after, after)
            };
            self.fields.push(Field { start, end, doubled });
            if self.text.get(after) != Some(&self.delimiter) {
                let newline = if self.text.get(after) == Some(&b'\r') { after + 1 } else { after };
                self.end_row(newline);
                return Row::Fields;
            }
            at = after + 1;
        }
    }

    /// Where the field ends that has no quote from `at` on: at a delimiter, a newline or the end.
    fn end_of_field(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let length = rest.iter().position(|byte| *byte == self.delimiter || *byte == b'\n').unwrap_or(rest.len());
        let ends_line = rest.get(length) != Some(&self.delimiter);
        if ends_line { at + without_return(&rest[..length]).len() } else { at + length }
    }

    fn end_row(&mut self, newline: usize) {
        self.next = newline + 1;
        self.next_line = self.line + newlines(&self.text[self.start..newline]) + 1;
    }

    /// The line on which the row begins.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The row as it is in the file, without its newline.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        without_return(&self.text[self.start..(self.next - 1).min(self.text.len())])
    }

    /// How many fields the row has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether the row has no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// A field without its quotes, but with quotes in it still doubled; empty where there is none.
    #[must_use]
    pub fn bytes(&self, i: usize) -> &'a [u8] {
        self.fields.get(i).map_or(&[], |field| &self.text[field.start..field.end])
    }

    /// A field as it was before it was quoted; empty where there is none.
    #[must_use]
    pub fn field(&self, i: usize) -> Cow<'a, [u8]> {
        let bytes = self.bytes(i);
        if !self.fields.get(i).is_some_and(|field| field.doubled) {
            return Cow::Borrowed(bytes);
        }
        let mut text = Vec::with_capacity(bytes.len());
        let mut after_quote = false;
        for byte in bytes {
            after_quote = *byte == b'"' && !after_quote;
            if !after_quote {
                text.push(*byte);
            }
        }
        Cow::Owned(text)
    }
}

/// How many rows there are, counting up to `most`.
#[must_use]
pub fn count(text: &[u8], delimiter: u8, most: usize) -> usize {
    let mut rows = Rows::new(text, 1, delimiter);
    (0..most).take_while(|_| rows.next().is_some()).count()
}

/// The line without the carriage return of Windows.
fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut rows = Rows::new(text.as_bytes(), 1, b',');
        let mut all = Vec::new();
        while let Some(row) = rows.next() {
            let fields = (0..rows.len()).map(|i| String::from_utf8_lossy(&rows.field(i)).into_owned());
            all.push((rows.line(), if row == Row::Stray { vec!["stray".into()] } else { fields.collect() }));
        }
        all
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn rows_have_fields_and_lines() {
        assert_eq!(
            rows("a,b\r\n\n1,\n,,\n2,3"),
            [row(1, &["a", "b"]), row(3, &["1", ""]), row(4, &["", "", ""]), row(5, &["2", "3"])]
        );
    }

    #[test]
    fn quotes_hide_delimiters_newlines_and_quotes() {
        assert_eq!(
            rows("\"a,\"\"b\"\"\",\"c\r\nd\"\r\ne,\"\"\n"),
            [row(1, &["a,\"b\"", "c\r\nd"]), row(3, &["e", ""])]
        );
    }

    #[test]
    fn quotes_in_odd_places_are_letters() {
        assert_eq!(rows("5\",b\nc,d\"e\"\n"), [row(1, &["5\"", "b"]), row(2, &["c", "d\"e\""])]);
        assert_eq!(rows("\"a\"b,c\n"), [row(1, &["\"a\"b", "c"])]);
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_one_row() {
        assert_eq!(rows("1,\"a\n2,b\n3,c"), [row(1, &["stray"]), row(2, &["2", "b"]), row(3, &["3", "c"])]);
        assert_eq!(rows("1,\"a\n2,\"b\"\n"), [row(1, &["stray"]), row(2, &["2", "b"])]);
    }

    proptest! {
        #[test]
        fn rows_are_read_as_the_csv_crate_does(
            table in prop::collection::vec(prop::collection::vec("[a-z ,\"\n]{0,5}", 3), 1..8)
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for fields in &table {
                writer.write_record(fields).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<_> = rows(&text).into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(read, table);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[a,\"\r\n]{0,60}") {
            let mut parser = Rows::new(text.as_bytes(), 1, b',');
            while parser.next().is_some() {
                let _ = (parser.raw(), parser.field(0), parser.field(7));
            }
        }
    }
}
