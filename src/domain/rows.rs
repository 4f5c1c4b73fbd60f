//! Measurements as columns.

use super::measurement::Millis;

/// Measurements as columns of equal length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// The times.
    pub times: Vec<Millis>,
    /// The names of the parameters that occur.
    pub names: Vec<String>,
    /// For each row the place of its parameter in `names`.
    pub parameters: Vec<u32>,
    /// The values.
    pub values: Vec<f64>,
}

impl Rows {
    /// No rows, with room for so many.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            times: Vec::with_capacity(rows),
            names: Vec::new(),
            parameters: Vec::with_capacity(rows),
            values: Vec::with_capacity(rows),
        }
    }

    /// Adds a measurement of the parameter at this place in `names`.
    pub fn push(&mut self, time: Millis, parameter: u32, value: f64) {
        self.times.push(time);
        self.parameters.push(parameter);
        self.values.push(value);
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }
}
