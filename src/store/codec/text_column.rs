//! Text of which few different values are expected: names of parameters, kinds, sources.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use polars_arrow::array::{Array, Utf8ViewArray};

/// Text of which few different values are expected, as numbers of values.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    /// The different values, in the order of their first appearance; `None` stands for missing.
    pub values: Vec<Option<Arc<str>>>,
    /// Runs of rows with the same value: its number, and the row after the run.
    pub runs: Vec<(u32, usize)>,
}

impl TextColumn {
    /// A column of these texts.
    pub fn of<'a>(rows: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut numbers: HashMap<Option<&str>, u32> = HashMap::new();
        let mut column = Self::default();
        let mut last = None;
        for row in rows {
            let number = match last {
                Some((same, number)) if same == row => number,
                _ => *numbers.entry(row).or_insert_with(|| {
                    column.values.push(row.map(Arc::from));
                    column.values.len() as u32 - 1
                }),
            };
            last = Some((row, number));
            column.push(number, 1);
        }
        column
    }

    /// Adds rows with the value of this number.
    pub fn push(&mut self, number: u32, rows: usize) {
        let end = self.len() + rows;
        match self.runs.last_mut() {
            Some(last) if last.0 == number => last.1 = end,
            _ if rows > 0 => self.runs.push((number, end)),
            _ => {}
        }
    }

    /// Adds the rows of another column.
    pub(super) fn extend(&mut self, other: &Self) {
        if self.values.is_empty() {
            *self = other.clone();
            return;
        }
        let mut numbers: HashMap<Option<Arc<str>>, u32> = self.values.iter().cloned().zip(0..).collect();
        let number = |value: &Option<Arc<str>>| {
            *numbers.entry(value.clone()).or_insert_with(|| {
                self.values.push(value.clone());
                self.values.len() as u32 - 1
            })
        };
        let numbers: Vec<u32> = other.values.iter().map(number).collect();
        other.runs().for_each(|(value, rows)| self.push(numbers[value as usize], rows.len()));
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.last().map_or(0, |run| run.1)
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The runs of rows with the same value, in order: the number of the value, and the rows.
    pub fn runs(&self) -> impl Iterator<Item = (u32, Range<usize>)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|run| run.1));
        starts.zip(&self.runs).map(|(start, run)| (run.0, start..run.1))
    }

    /// The parts of the runs that lie in these rows.
    pub fn runs_in(&self, rows: Range<usize>) -> impl Iterator<Item = (u32, Range<usize>)> {
        let first = self.runs.partition_point(|run| run.1 <= rows.start);
        let mut start = rows.start;
        let runs = self.runs[first..].iter().map_while(move |run| {
            let part = start..run.1.min(rows.end);
            start = part.end;
            (!part.is_empty()).then_some((run.0, part))
        });
        runs.fuse()
    }

    /// The texts, row by row, to be shared.
    pub fn shared(&self) -> impl Iterator<Item = Option<&Arc<str>>> {
        self.runs().flat_map(move |(number, rows)| rows.map(move |_| self.values[number as usize].as_ref()))
    }

    /// The texts, row by row.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.shared().map(|text| text.map(|text| &**text))
    }

    /// Appends rows. Views that are equal bit by bit are equal text, so few rows need their text looked at; since rows
    /// often come in cycles, what followed a value last time is tried first.
    pub(super) fn append(&mut self, array: &Utf8ViewArray) {
        let mut numbers: HashMap<Option<Arc<str>>, u32> = self.values.iter().cloned().zip(0..).collect();
        let mut known: HashMap<u128, u32> = HashMap::new();
        let mut views: Vec<Option<u128>> = Vec::new();
        let mut followers: Vec<u32> = Vec::new();
        let mut row = self.len();
        let validity = array.validity();
        let mut current: Option<(u128, u32)> = None;
        for (index, view) in array.views().iter().enumerate() {
            let valid = validity.is_none_or(|valid| valid.get_bit(index));
            let view = if valid { view.as_u128() } else { u128::MAX };
            let before = current;
            match current {
                Some((same, _)) if same == view => {}
                _ => {
                    let guess = before.map(|(_, number)| followers[number as usize]);
                    let number = match guess {
                        Some(guess) if views[guess as usize] == Some(view) => guess,
                        _ => *known.entry(view).or_insert_with(|| {
                            let text = valid.then(|| Arc::<str>::from(array.value(index)));
                            *numbers.entry(text.clone()).or_insert_with(|| {
                                self.values.push(text);
                                self.values.len() as u32 - 1
                            })
                        }),
                    };
                    views.resize(self.values.len(), None);
                    followers.resize(self.values.len(), 0);
                    views[number as usize] = Some(view);
                    if let Some((_, before)) = before {
                        followers[before as usize] = number;
                    }
                    current = Some((view, number));
                    self.runs.push((number, row));
                }
            }
            row += 1;
            if let Some(run) = self.runs.last_mut() {
                run.1 = row;
            }
        }
    }
}

/// Columns are equal when their rows are.
impl PartialEq for TextColumn {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}
