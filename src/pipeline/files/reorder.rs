//! The reorder window: rows may come a little out of order.

use crate::domain::measurement::{Millis, canonical_order};

/// Holds the newest measurements of a series back, so that late ones can still be put in their place.
#[derive(Debug)]
pub struct ReorderWindow {
    /// How many measurements are held back.
    size: usize,
    times: Vec<Millis>,
    values: Vec<f64>,
    /// The last measurement that was let go.
    last: Option<(Millis, f64)>,
}

/// A measurement came too late for the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLate;

impl ReorderWindow {
    /// A window of so many measurements.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { size, times: Vec::new(), values: Vec::new(), last: None }
    }

    /// Adds measurements and hands those that leave the window to `emit`, in canonical order.
    ///
    /// # Errors
    /// When one belongs before measurements that have already left; the window is then of no more use.
    pub fn push(
        &mut self,
        times: &[Millis],
        values: &[f64],
        mut emit: impl FnMut(&[Millis], &[f64]),
    ) -> Result<(), TooLate> {
        let Some(first) = times.first().copied().zip(values.first().copied()) else { return Ok(()) };
        let before = self.times.last().copied().zip(self.values.last().copied()).or(self.last);
        let in_order = before.is_none_or(|before| canonical_order(before, first).is_le()) && in_order(times, values);
        if in_order && times.len() >= self.size {
            self.emit_first(self.times.len(), &mut emit);
            let leaving = times.len() - self.size;
            self.emit_slice(&times[..leaving], &values[..leaving], &mut emit);
            self.hold(&times[leaving..], &values[leaving..]);
            return Ok(());
        }
        self.hold(times, values);
        if !in_order {
            self.sort();
            let earliest = (self.times[0], self.values[0]);
            if self.last.is_some_and(|last| canonical_order(earliest, last).is_lt()) {
                return Err(TooLate);
            }
        }
        if self.times.len() > 2 * self.size {
            self.emit_first(self.times.len() - self.size, &mut emit);
        }
        Ok(())
    }

    /// The latest time that has come.
    #[must_use]
    pub fn latest(&self) -> Option<Millis> {
        self.times.last().copied().or(self.last.map(|(time, _)| time))
    }

    /// Hands over what is left.
    pub fn finish(&mut self, mut emit: impl FnMut(&[Millis], &[f64])) {
        self.emit_first(self.times.len(), &mut emit);
    }

    fn hold(&mut self, times: &[Millis], values: &[f64]) {
        self.times.extend_from_slice(times);
        self.values.extend_from_slice(values);
    }

    fn emit_first(&mut self, count: usize, emit: &mut impl FnMut(&[Millis], &[f64])) {
        let (times, values) = (std::mem::take(&mut self.times), std::mem::take(&mut self.values));
        self.emit_slice(&times[..count], &values[..count], emit);
        (self.times, self.values) = (times, values);
        self.times.drain(..count);
        self.values.drain(..count);
    }

    fn emit_slice(&mut self, times: &[Millis], values: &[f64], emit: &mut impl FnMut(&[Millis], &[f64])) {
        if let Some(last) = times.last().copied().zip(values.last().copied()) {
            emit(times, values);
            self.last = Some(last);
        }
    }

    fn sort(&mut self) {
        let mut rows: Vec<_> = self.times.iter().copied().zip(self.values.iter().copied()).collect();
        rows.sort_unstable_by(|&a, &b| canonical_order(a, b));
        (self.times, self.values) = rows.into_iter().unzip();
    }
}

/// Whether measurements are in canonical order.
fn in_order(times: &[Millis], values: &[f64]) -> bool {
    let strictly = times.windows(2).all(|pair| pair[0] < pair[1]);
    strictly || (1..times.len()).all(|i| canonical_order((times[i - 1], values[i - 1]), (times[i], values[i])).is_le())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn through(window: usize, rows: &[(Millis, f64)], chunk: usize) -> Result<Vec<(Millis, u64)>, TooLate> {
        let mut window = ReorderWindow::new(window);
        let mut result = Vec::new();
        let mut emit = |times: &[Millis], values: &[f64]| {
            result.extend(times.iter().copied().zip(values.iter().map(|value| value.to_bits())));
        };
        for rows in rows.chunks(chunk) {
            let (times, values): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
            window.push(&times, &values, &mut emit)?;
        }
        window.finish(&mut emit);
        Ok(result)
    }

    #[test]
    fn what_comes_too_late_is_noticed() {
        let rows: Vec<_> = (0..100).map(|time| (time, 0.0)).chain([(10, 0.0)]).collect();
        assert_eq!(through(5, &rows, 7), Err(TooLate));
    }

    proptest! {
        /// Rows that are late by less than the window come out sorted, whatever the chunks.
        #[test]
        fn slightly_late_rows_come_out_in_order(
            steps in prop::collection::vec((0i64..3, -2i8..3), 1..300), chunk in 1usize..50, seed in 0u64..1000,
        ) {
            let mut rows: Vec<(Millis, f64)> = steps
                .iter()
                .scan(0, |time, (step, value)| { *time += step; Some((*time, f64::from(*value))) })
                .collect();
            let mut expected: Vec<_> = rows.clone();
            expected.sort_by(|&a, &b| canonical_order(a, b));
            for (index, group) in rows.chunks_mut(8).enumerate() {
                let length = group.len();
                group.rotate_left((seed as usize + index) % length);
            }
            let result = through(64, &rows, chunk).unwrap();
            let expected: Vec<_> = expected.into_iter().map(|(time, value)| (time, value.to_bits())).collect();
            prop_assert_eq!(result, expected);
        }
    }
}
