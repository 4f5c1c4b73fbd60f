//! Collects the measurements of many records by parameter.

use std::sync::Arc;

use crate::domain::measurement::{Aggregation, Millis};
use crate::domain::parameters::Parameters;
use crate::source::Chunk;

#[derive(Default)]
struct Series {
    times: Vec<Millis>,
    values: Vec<f64>,
}

/// The measurements of a block, by parameter.
#[derive(Default)]
pub struct Table {
    parameters: Parameters,
    all: Vec<Series>,
}

impl Table {
    /// The number of a parameter.
    pub fn number(&mut self, parameter: &str, aggregation: Aggregation) -> u32 {
        let number = self.parameters.number(parameter, aggregation);
        if number as usize == self.all.len() {
            self.all.push(Series::default());
        }
        number
    }

    /// Adds a measurement of the parameter of this number.
    pub fn add(&mut self, number: u32, time: Millis, value: f64) {
        let series = &mut self.all[number as usize];
        series.times.push(time);
        series.values.push(value);
    }

    /// All of them; parameters that have the same times share them.
    pub fn chunks(self) -> Vec<Chunk> {
        let mut shared: Option<Arc<Vec<Millis>>> = None;
        let chunks = self.parameters.all().iter().zip(self.all).map(|(parameter, Series { times, values })| {
            let times = match shared.take().filter(|shared| **shared == times) {
                Some(same) => same,
                None => Arc::new(times),
            };
            shared = Some(Arc::clone(&times));
            let (name, aggregation) = (Arc::clone(&parameter.name), parameter.aggregation);
            Chunk { parameter: name, aggregation, range: 0..values.len(), times, values: Arc::new(values) }
        });
        chunks.collect()
    }
}
