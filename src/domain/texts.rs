//! Many texts in one piece of memory.

use std::fmt::{Display, Write};
use std::ops::Range;

/// Texts, one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    joined: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.joined.push_str(text);
        self.ends.push(self.joined.len());
    }

    /// Adds the text of something.
    pub fn push_display(&mut self, shown: impl Display) {
        // to write to a text can't fail
        let _written = write!(self.joined, "{shown}");
        self.ends.push(self.joined.len());
    }

    /// Makes room for so many more texts of so many bytes in all.
    pub fn reserve(&mut self, texts: usize, bytes: usize) {
        self.ends.reserve_exact(texts);
        self.joined.reserve_exact(bytes);
    }

    /// The text at this place.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn get(&self, index: usize) -> &str {
        &self.joined[self.range(index..index + 1)]
    }

    /// The texts in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many bytes they have in all.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.joined.len()
    }

    /// How many bytes some of them have.
    ///
    /// # Panics
    /// When there are not so many.
    #[must_use]
    pub fn bytes_of(&self, texts: Range<usize>) -> usize {
        self.range(texts).len()
    }

    fn range(&self, texts: Range<usize>) -> Range<usize> {
        let end = |count: usize| count.checked_sub(1).map_or(0, |last| self.ends[last]);
        end(texts.start)..end(texts.end)
    }

    /// Adds some of the texts of another.
    pub fn extend(&mut self, other: &Self, texts: Range<usize>) {
        let range = other.range(texts.clone());
        let (from, to) = (range.start, self.joined.len());
        self.joined.push_str(&other.joined[range]);
        self.ends.extend(other.ends[texts].iter().map(|end| end - from + to));
    }

    /// The texts that lie one after another in `joined` and end at `ends`; `None` if they can't.
    #[must_use]
    pub fn from_parts(joined: String, ends: Vec<usize>) -> Option<Self> {
        let fits = ends.is_sorted() && ends.last().is_none_or(|end| *end == joined.len());
        let whole = ends.iter().all(|end| joined.is_char_boundary(*end));
        (fits && whole && (!ends.is_empty() || joined.is_empty())).then_some(Self { joined, ends })
    }

    /// Adds all texts of others.
    pub fn append(&mut self, others: Self) {
        if self.is_empty() {
            *self = others;
        } else {
            self.extend(&others, 0..others.len());
        }
    }

    /// All of them without anything between, and where each ends.
    #[must_use]
    pub fn parts(&self) -> (&str, &[usize]) {
        (&self.joined, &self.ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_apart() {
        let mut texts = Texts::default();
        ["a", "", "ü", "bcd"].iter().for_each(|text| texts.push(text));
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["a", "", "ü", "bcd"]);
        assert_eq!((texts.len(), texts.bytes(), texts.is_empty()), (4, 6, false));
        assert_eq!((texts.bytes_of(1..3), texts.bytes_of(0..4), texts.bytes_of(4..4)), (2, 6, 0));
        let (joined, ends) = texts.parts();
        assert_eq!(Texts::from_parts(joined.to_owned(), ends.to_vec()), Some(texts));
        let bad = [("aü", vec![2, 3]), ("ab", vec![1]), ("ab", vec![2, 1, 2]), ("ab", vec![3]), ("a", vec![])];
        assert!(bad.into_iter().all(|(joined, ends)| Texts::from_parts(joined.to_owned(), ends).is_none()));
    }
}
