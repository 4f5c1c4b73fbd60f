//! Measurements as rows, a block at a time.

use std::ops::Range;

use super::Plan;
use super::record::twice;
use super::series::Series;
use crate::domain::rows::Rows;

/// In which order rows stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By name, then by time.
    Parameter,
    /// By time, then by name.
    Time,
}

/// The rows of a plan, in blocks of a fixed number of samples; a block has fewer rows where samples are missing, and
/// more where records come twice.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    plan: &'a Plan,
    order: Order,
    /// By name.
    series: Vec<&'a Series>,
    samples: u64,
}

impl<'a> Table<'a> {
    /// The rows of a plan, in blocks of about so many samples.
    #[must_use]
    pub fn new(plan: &'a Plan, order: Order, samples: u64) -> Self {
        let mut series: Vec<&Series> = plan.series.iter().collect();
        series.sort_by(|a, b| a.name.cmp(&b.name));
        let count = series.len() as u64;
        let samples = match order {
            Order::Parameter => samples,
            Order::Time => (samples / count).max(1) * count, // whole steps
        };
        Self { plan, order, series, samples }
    }

    /// The number of blocks.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        (self.plan.steps * self.series.len() as u64).div_ceil(self.samples)
    }

    /// The rows of a block.
    #[must_use]
    pub fn block(&self, block: u64) -> Rows {
        let (plan, count) = (self.plan, self.series.len() as u64);
        let first = block * self.samples;
        let end = (first + self.samples).min(plan.steps * count);
        let mut rows = Rows::with_capacity((end - first) as usize * 101 / 100);
        match self.order {
            Order::Parameter => {
                let mut at = first;
                while at < end {
                    let (rank, step) = (at / plan.steps, at % plan.steps);
                    let steps = step..plan.steps.min(step + end - at);
                    at += steps.end - steps.start;
                    self.run(self.series[rank as usize], steps, &mut rows);
                }
            }
            Order::Time => self.weave(first / count..end / count, &mut rows),
        }
        rows
    }

    /// Adds the rows of one parameter.
    fn run(&self, series: &Series, steps: Range<u64>, rows: &mut Rows) {
        let parameter = rows.names.len() as u32;
        rows.names.push(series.name.clone());
        let samples = Samples::new(self.plan, series, &steps);
        for place in 0..samples.values.len() {
            samples.push(place, self.plan.time(steps.start + place as u64), parameter, rows);
        }
    }

    /// Adds the rows of all parameters, step by step.
    fn weave(&self, steps: Range<u64>, rows: &mut Rows) {
        rows.names = self.series.iter().map(|series| series.name.clone()).collect();
        let columns: Vec<Samples> = self.series.iter().map(|series| Samples::new(self.plan, series, &steps)).collect();
        for step in steps.clone() {
            let time = self.plan.time(step);
            for (parameter, samples) in columns.iter().enumerate() {
                samples.push((step - steps.start) as usize, time, parameter as u32, rows);
            }
        }
    }
}

/// Samples of one parameter.
struct Samples {
    values: Vec<f64>,
    /// How often each occurs.
    copies: Vec<u8>,
}

impl Samples {
    fn new(plan: &Plan, series: &Series, steps: &Range<u64>) -> Self {
        let count = (steps.end - steps.start) as usize;
        let (mut values, mut present) = (vec![0.0; count], vec![true; count]);
        series.fill(plan, steps.start, &mut values);
        series.fill_present(plan, steps.start, &mut present);
        let twice = twice(plan, plan.group_of(series), steps.start, count);
        let copies = present.iter().zip(&twice).map(|(present, twice)| u8::from(*present) * (1 + u8::from(*twice)));
        Self { copies: copies.collect(), values }
    }

    fn push(&self, place: usize, time: i64, parameter: u32, rows: &mut Rows) {
        for _ in 0..self.copies[place] {
            rows.push(time, parameter, self.values[place]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Records, Style};
    use super::super::tests::plan;
    use super::*;
    use crate::domain::measurement::HOUR;

    fn messy() -> Plan {
        plan(|recipe| {
            (recipe.missing, recipe.duplicates, recipe.parameters) = (0.1, 0.05, 23);
            recipe.anomalies.per_parameter = 1;
            recipe.to = recipe.from + 5 * 24 * HOUR;
        })
    }

    fn all(plan: &Plan, order: Order, samples: u64) -> Vec<(i64, String, f64)> {
        let table = Table::new(plan, order, samples);
        let blocks = (0..table.blocks()).map(|block| table.block(block));
        let rows = blocks.flat_map(|rows| {
            let row =
                |row: usize| (rows.times[row], rows.names[rows.parameters[row] as usize].clone(), rows.values[row]);
            (0..rows.len()).map(row).collect::<Vec<_>>()
        });
        rows.collect()
    }

    #[test]
    fn both_orders_and_any_block_size_hold_the_same_rows() {
        let plan = messy();
        let by_parameter = all(&plan, Order::Parameter, 1_000_000);
        assert!(by_parameter.is_sorted_by(|a, b| (&a.1, a.0) <= (&b.1, b.0)));
        assert!(by_parameter == all(&plan, Order::Parameter, 999));
        let mut by_time = all(&plan, Order::Time, 5_000);
        assert!(by_time.is_sorted_by(|a, b| (a.0, &a.1) <= (b.0, &b.1)));
        by_time.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
        assert!(by_parameter == by_time);
    }

    #[test]
    fn rows_are_the_measurements_of_the_records() {
        let plan = messy();
        let counts = Records::new(&plan, Style::Ndjson).part(plan.recipe.from, plan.recipe.to).counts;
        assert_eq!(all(&plan, Order::Parameter, 1 << 20).len() as u64, counts.measurements);
    }
}
