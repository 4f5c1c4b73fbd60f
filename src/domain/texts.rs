//! Many texts in one piece of memory.

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

    /// Makes room for so many more texts of so many bytes in all.
    pub fn reserve(&mut self, texts: usize, bytes: usize) {
        self.ends.reserve(texts);
        self.joined.reserve(bytes);
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
    }
}
