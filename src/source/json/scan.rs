//! Cuts a JSON text into its records: the elements of an array at the top, or values one after another.
//!
//! It knows strings and brackets and nothing else, so that one bad record doesn't spoil the rest. A closing bracket
//! closes everything that was opened after its partner.

use std::ops::Range;

use memchr::memchr2;

use crate::source::text::newlines;

/// A record of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Where it is in the buffer.
    pub range: Range<usize>,
    /// The line of the file on which it begins.
    pub line: u64,
}

/// Where in the text we are; goes on from buffer to buffer.
#[derive(Debug)]
pub struct Scanner {
    /// The brackets that are open within the element.
    open: Vec<u8>,
    in_string: bool,
    in_array: bool,
    /// Where the element of the moment began.
    start: Option<usize>,
    /// Up to where the buffer has been looked at, and the line there.
    at: usize,
    line: u64,
    start_line: u64,
}

impl Default for Scanner {
    /// At the beginning of a text.
    fn default() -> Self {
        let open = Vec::new();
        Self { open, in_string: false, in_array: false, start: None, at: 0, line: 1, start_line: 1 }
    }
}

impl Scanner {
    /// The line that has been reached.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Where the unfinished element begins.
    pub fn start(&self) -> Option<usize> {
        self.start
    }

    /// What is left of the buffer after the first `count` bytes have been taken from it.
    pub fn shift(&mut self, count: usize) {
        self.at -= count.min(self.at);
        self.start = self.start.map(|start| start.saturating_sub(count));
    }

    /// The next element that ends in the buffer; at the end of the text (`ended`) also one that does not.
    pub fn next(&mut self, text: &[u8], ended: bool) -> Option<Element> {
        while let Some(byte) = text.get(self.at).copied() {
            if self.in_string {
                let Some(found) = memchr2(b'"', b'\\', &text[self.at..]) else {
                    self.go_to(text, text.len());
                    break;
                };
                let quote = self.at + found;
                if text[quote] == b'\\' && quote + 1 >= text.len() && !ended {
                    self.go_to(text, quote);
                    break;
                }
                self.in_string = text[quote] == b'\\';
                self.go_to(text, (quote + if self.in_string { 2 } else { 1 }).min(text.len()));
                continue;
            }
            let within = self.start.is_some();
            match byte {
                b'"' => {
                    self.begin();
                    self.in_string = true;
                    self.at += 1;
                }
                b'[' if !within && !self.in_array => {
                    self.in_array = true;
                    self.at += 1;
                }
                b'{' | b'[' => {
                    if within && self.open.is_empty() {
                        return Some(self.end(self.at)); // garbage, then a record
                    }
                    self.begin();
                    self.open.push(byte);
                    self.at += 1;
                }
                b'}' | b']' => {
                    let partner = if byte == b'}' { b'{' } else { b'[' };
                    // not further than 256 back: what is nested like that is no record, and must not be slow
                    match self.open.iter().rev().take(256).position(|open| *open == partner) {
                        Some(back) => {
                            let depth = self.open.len() - 1 - back;
                            self.open.truncate(depth);
                            self.at += 1;
                            if depth == 0 {
                                return Some(self.end(self.at));
                            }
                        }
                        None if byte == b']' && self.in_array => {
                            let at = self.at;
                            self.in_array = false;
                            self.open.clear();
                            self.at += 1;
                            if within {
                                return Some(self.end(at));
                            }
                        }
                        None => {
                            self.begin();
                            self.at += 1;
                        }
                    }
                }
                b',' if self.open.is_empty() => {
                    self.at += 1;
                    if within {
                        return Some(self.end(self.at - 1));
                    }
                }
                b'\n' => {
                    let at = self.at;
                    self.at += 1;
                    self.line += 1;
                    if within && self.open.is_empty() {
                        return Some(self.end(at));
                    }
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                _ => {
                    self.begin();
                    self.at += 1;
                }
            }
        }
        if ended && self.start.is_some() {
            return Some(self.end(text.len()));
        }
        None
    }

    fn begin(&mut self) {
        if self.start.is_none() {
            self.start = Some(self.at);
            self.start_line = self.line;
        }
    }

    fn end(&mut self, end: usize) -> Element {
        let start = self.start.take().unwrap_or(end);
        Element { range: start..end, line: self.start_line }
    }

    fn go_to(&mut self, text: &[u8], at: usize) {
        self.line += newlines(&text[self.at..at]);
        self.at = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(text: &str) -> Vec<(u64, &str)> {
        let mut scanner = Scanner::default();
        let next = || scanner.next(text.as_bytes(), true);
        std::iter::from_fn(next).map(|element| (element.line, &text[element.range])).collect()
    }

    #[test]
    fn arrays_and_values_one_after_another() {
        assert_eq!(
            elements("[{\"a\":[1,2]},\n {\"b\":\"]}\\\"\"}\n]\n"),
            [(1, "{\"a\":[1,2]}"), (2, "{\"b\":\"]}\\\"\"}")]
        );
        assert_eq!(elements("{\n}\n\n{}{}"), [(1, "{\n}"), (4, "{}"), (4, "{}")]);
        assert!(elements("[]").is_empty() && elements(" \n").is_empty());
    }

    #[test]
    fn a_bad_element_does_not_spoil_the_rest() {
        assert_eq!(elements("[{\"a\":[1}, {\"b\":2}]"), [(1, "{\"a\":[1}"), (1, "{\"b\":2}")]);
        assert_eq!(elements("[1, x, {\"b\":2}, [3]]"), [(1, "1"), (1, "x"), (1, "{\"b\":2}"), (1, "[3]")]);
        assert_eq!(elements("{\"a\":1}\noops\n{\"b\":2}"), [(1, "{\"a\":1}"), (2, "oops"), (3, "{\"b\":2}")]);
        assert_eq!(elements("[{\"a\":1},{\"b\":"), [(1, "{\"a\":1}"), (1, "{\"b\":")]);
    }
}
