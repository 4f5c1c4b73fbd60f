//! `measurements`: a row is a measurement, taken out of the record at `record_row` of the raw object of the same name.
//!
//! Rows are sorted by parameter, time and value, so that every parameter is one run of times and values in canonical
//! order, which is how they are read: nothing is done for each row.

use std::ops::Range;
use std::sync::Arc;

use super::{aggregation, aggregation_name, damaged};
use crate::domain::measurement::Millis;
use crate::domain::parameters::Parameter;
use crate::domain::record::RecordBatch;
use crate::error::Result;
use crate::store::codec::table::{Table, TableFile};
use crate::store::codec::text_column::TextColumn;
use crate::store::schema::MeasurementColumns;

const COLUMN: MeasurementColumns = MeasurementColumns::COLUMNS;

/// The table.
pub static MEASUREMENTS: Table = Table { columns: MeasurementColumns::ALL, group_rows: 1 << 17 };

/// Measurements as columns, sorted by parameter, time, value and place of their record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    /// When.
    pub times: Vec<Millis>,
    /// The values.
    pub values: Vec<f64>,
    /// The row of their record in the raw object; empty where it was not asked for.
    pub record_rows: Vec<i64>,
    /// The parameters, and where the rows of each end.
    pub series: Vec<(Parameter, usize)>,
}

impl Measurements {
    /// The measurements of the records of a raw object, in the order of its rows.
    #[must_use]
    pub fn of(records: &RecordBatch) -> Self {
        let measurements = &records.measurements;
        let parameters = measurements.parameters.all();
        let mut order: Vec<usize> = (0..parameters.len()).collect();
        order.sort_by(|&a, &b| parameters[a].cmp(&parameters[b]));
        // How many rows each has, then where its next row goes.
        let mut next = vec![0; parameters.len()];
        measurements.numbers.iter().for_each(|number| next[*number as usize] += 1);
        let mut series = Vec::with_capacity(parameters.len());
        let mut end = 0;
        for number in order {
            let start = end;
            end += std::mem::replace(&mut next[number], start);
            if end > start {
                series.push((parameters[number].clone(), end));
            }
        }
        let all = measurements.len();
        let (mut times, mut values, mut record_rows) = (vec![0; all], vec![0.0; all], vec![0; all]);
        for ((record, number), value) in
            measurements.records.iter().zip(&measurements.numbers).zip(&measurements.values)
        {
            let next = &mut next[*number as usize];
            times[*next] = records.event_times[*record as usize];
            values[*next] = *value;
            record_rows[*next] = i64::from(*record);
            *next += 1;
        }
        let mut start = 0;
        for (_, end) in &series {
            let rows = start..*end;
            sort(&mut times[rows.clone()], &mut values[rows.clone()], &mut record_rows[rows]);
            start = *end;
        }
        Self { times, values, record_rows, series }
    }

    /// The number of measurements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The parameters with the rows of each, in order.
    pub fn runs(&self) -> impl Iterator<Item = (&Parameter, Range<usize>)> {
        let starts = std::iter::once(0).chain(self.series.iter().map(|series| series.1));
        starts.zip(&self.series).map(|(start, (parameter, end))| (parameter, start..*end))
    }

    /// As Parquet.
    ///
    /// # Errors
    /// When the columns differ in length, or a page would have 2 GiB or more, which Parquet does not allow.
    pub fn encode(self) -> Result<Vec<u8>> {
        let mut names = TextColumn::default();
        let mut aggregations = TextColumn::default();
        for (number, (parameter, rows)) in (0..).zip(self.runs()) {
            names.values.push(Some(Arc::clone(&parameter.name)));
            names.push(number, rows.len());
            aggregations.values.push(Some(aggregation_name(parameter.aggregation).into()));
            aggregations.push(number, rows.len());
        }
        MEASUREMENTS.encode(&[
            COLUMN.event_time.with(self.times),
            COLUMN.parameter.with(names),
            COLUMN.value.with(self.values),
            COLUMN.aggregation.with(aggregations),
            COLUMN.record_row.with(self.record_rows),
        ])
    }

    /// Reads an object, without `record_rows`.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read(object: &str, bytes: Vec<u8>) -> Result<Self> {
        Self::of_file(&MEASUREMENTS.open(object, bytes)?)
    }

    /// Reads an object with all columns.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn read_with_rows(object: &str, bytes: Vec<u8>) -> Result<Self> {
        let file = MEASUREMENTS.open(object, bytes)?;
        Ok(Self { record_rows: Self::record_rows(&file)?, ..Self::of_file(&file)? })
    }

    /// Reads all columns but `record_rows` of an object that was opened as one of [`MEASUREMENTS`].
    ///
    /// # Errors
    /// When it is damaged.
    pub fn of_file(file: &TableFile) -> Result<Self> {
        let (names, aggregations) = (file.read(COLUMN.parameter)?, file.read(COLUMN.aggregation)?);
        Ok(Self {
            series: series(file.name(), &names, &aggregations)?,
            times: file.read(COLUMN.event_time)?,
            values: file.read(COLUMN.value)?,
            record_rows: Vec::new(),
        })
    }

    /// Only `record_rows`.
    ///
    /// # Errors
    /// When the object is damaged.
    pub fn record_rows(file: &TableFile) -> Result<Vec<i64>> {
        file.read(COLUMN.record_row)
    }
}

/// Sorts the rows of a parameter by time and value; of equals the earlier record stays the first.
fn sort(times: &mut [Millis], values: &mut [f64], record_rows: &mut [i64]) {
    let in_order = |a: usize, b: usize| times[a].cmp(&times[b]).then_with(|| values[a].total_cmp(&values[b]));
    if (1..times.len()).all(|row| in_order(row - 1, row).is_le()) {
        return;
    }
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|a, b| in_order(*a, *b));
    fn arrange<T: Copy>(column: &mut [T], order: &[usize]) {
        let arranged: Vec<T> = order.iter().map(|row| column[*row]).collect();
        column.copy_from_slice(&arranged);
    }
    arrange(times, &order);
    arrange(values, &order);
    arrange(record_rows, &order);
}

/// Where the rows of each parameter end.
fn series(object: &str, names: &TextColumn, aggregations: &TextColumn) -> Result<Vec<(Parameter, usize)>> {
    let mut series: Vec<(Parameter, usize)> = Vec::new();
    for (number, rows) in names.runs() {
        let Some(name) = &names.values[number as usize] else { continue };
        for (number, rows) in aggregations.runs_in(rows) {
            let aggregation = aggregations.values[number as usize].as_deref().and_then(aggregation);
            let aggregation = aggregation.ok_or_else(|| damaged(object, "an aggregation is not known"))?;
            let parameter = Parameter { name: Arc::clone(name), aggregation };
            match series.last_mut() {
                Some((last, end)) if *last == parameter => *end = rows.end,
                Some((last, _)) if *last > parameter => {
                    return Err(damaged(object, "they are not sorted by parameter"));
                }
                _ => series.push((parameter, rows.end)),
            }
        }
    }
    Ok(series)
}

#[cfg(test)]
#[path = "measurements_tests.rs"]
mod tests;
