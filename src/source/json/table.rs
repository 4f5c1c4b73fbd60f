//! Collects the measurements of many records by parameter.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::measurement::{Aggregation, Millis};
use crate::source::Chunk;

struct Series {
    parameter: Arc<str>,
    aggregation: Aggregation,
    times: Vec<Millis>,
    values: Vec<f64>,
}

/// The measurements of a block, by parameter.
#[derive(Default)]
pub struct Table {
    known: HashMap<(String, bool), usize>,
    all: Vec<Series>,
    /// Records mostly look like the one before: the parameters of that one, in order, and where we are in it.
    expected: Vec<usize>,
    at: usize,
}

impl Table {
    /// Begins the next record.
    pub fn next_record(&mut self) {
        self.at = 0;
    }

    /// Adds a measurement of the record of the moment.
    pub fn add(&mut self, parameter: &str, aggregation: Aggregation, time: Millis, value: f64) {
        let guess = self.expected.get(self.at).copied();
        let guess = guess.filter(|i| *self.all[*i].parameter == *parameter && self.all[*i].aggregation == aggregation);
        let index = guess.unwrap_or_else(|| {
            let next = self.all.len();
            let key = (parameter.to_owned(), aggregation == Aggregation::Count);
            let index = *self.known.entry(key).or_insert(next);
            if index == next {
                let parameter = parameter.into();
                self.all.push(Series { parameter, aggregation, times: Vec::new(), values: Vec::new() });
            }
            self.expected.truncate(self.at);
            self.expected.push(index);
            index
        });
        self.at += 1;
        self.all[index].times.push(time);
        self.all[index].values.push(value);
    }

    /// All of them; parameters that have the same times share them.
    pub fn chunks(self) -> Vec<Chunk> {
        let mut shared: Option<Arc<Vec<Millis>>> = None;
        let chunks = self.all.into_iter().map(|Series { parameter, aggregation, times, values }| {
            let times = match shared.take().filter(|shared| **shared == times) {
                Some(same) => same,
                None => Arc::new(times),
            };
            shared = Some(Arc::clone(&times));
            Chunk { parameter, aggregation, range: 0..values.len(), times, values: Arc::new(values) }
        });
        chunks.collect()
    }
}
