//! Sorting what does not fit the reorder window: runs in temporary files, merged (external merge sort; Knuth, TAOCP 3,
//! 5.4).

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::sync::Arc;

use super::series::{Found, SeriesRun};
use super::{FileReport, Next, Options, Unit, UnitOutcome, UnitReader, Unwanted};
use crate::domain::measurement::{Millis, canonical_order};
use crate::domain::parameters::Parameter;
use crate::error::{Error, Result};
use crate::interrupt::Stop;

/// How many measurements are sorted in memory: 24 bytes each.
const RUN: usize = 4_000_000;

/// How many measurements a series gets at a time.
const BATCH: usize = 8192;

/// A measurement of the series of this number; ordered by series, then canonically.
#[derive(Clone, Copy, Debug)]
struct Row {
    series: u32,
    time: Millis,
    value: f64,
}

impl Ord for Row {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_series = self.series.cmp(&other.series);
        by_series.then_with(|| canonical_order((self.time, self.value), (other.time, other.value)))
    }
}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Row {}

/// Reads a whole unit, the one of this number, sorts it, and detects.
///
/// # Errors
/// When the temporary folder is full, scores can't be written, or the work was stopped.
pub fn run(index: usize, unit: &Unit, options: &Options, stop: &Stop) -> Result<UnitOutcome> {
    let mut files: Vec<_> =
        unit.inputs.iter().map(|input| FileReport { label: input.label.clone(), ..FileReport::default() }).collect();
    let mut reader = UnitReader::new(unit, &options.read);
    let mut sorter = Sorter::default();
    let mut unwanted = Unwanted::default();
    let mut end = None;
    let mut numbers: BTreeMap<Parameter, u32> = BTreeMap::new();
    loop {
        stop.check()?;
        match reader.next() {
            Next::End => break,
            Next::Notes(file, notes) => files[file].notes.extend(notes),
            Next::Failed(file, error) => {
                files[file].error.get_or_insert(error);
            }
            Next::Piece(file, job) => match job() {
                Err(error) => {
                    files[file].error.get_or_insert(error);
                }
                Ok(parsed) => {
                    files[file].skipped.merge(parsed.skipped);
                    for chunk in parsed.chunks {
                        files[file].measurements += chunk.range.len() as u64;
                        if !options.wants(&chunk.parameter) {
                            unwanted.note(&chunk.parameter);
                            continue;
                        }
                        let next = u32::try_from(numbers.len())
                            .map_err(|_| Error::failed(format!("{}: too many parameters", unit.label)))?;
                        let name = Arc::clone(&chunk.parameter);
                        let series = *numbers.entry(Parameter { name, aggregation: chunk.aggregation }).or_insert(next);
                        let measurements = chunk.times[chunk.range.clone()].iter().zip(&chunk.values[chunk.range]);
                        for (&time, &value) in measurements {
                            end = end.max(Some(time));
                            sorter.push(Row { series, time, value })?;
                        }
                    }
                }
            },
        }
    }
    let mut by_number: Vec<_> = numbers.into_iter().map(|(parameter, number)| (number, parameter)).collect();
    by_number.sort_unstable();
    let mut found = BTreeMap::new();
    let mut merged = sorter.merge()?;
    let label = unit.label.as_str().into();
    for (number, parameter) in by_number {
        stop.check()?;
        let key = (index, parameter);
        let of_series = detect(number, SeriesRun::new(&key, &label, 0, options), &mut merged, end)?;
        found.insert(key.1, of_series);
    }
    let mut outcome = UnitOutcome { label: unit.label.clone(), files, unwanted, ..UnitOutcome::default() };
    found.into_values().for_each(|of_series| outcome.add(of_series));
    Ok(outcome)
}

/// Takes the rows of one series off the sorted ones; the data of its unit end at `end`.
fn detect(number: u32, mut run: SeriesRun, rows: &mut Merged, end: Option<Millis>) -> Result<Found> {
    let (mut times, mut values) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    while let Some(row) = rows.next_of(number)? {
        times.push(row.time);
        values.push(row.value);
        if times.len() == BATCH {
            run.push_sorted(&times, &values)?;
            times.clear();
            values.clear();
        }
    }
    run.push_sorted(&times, &values)?;
    run.finish(end)
}

/// Collects rows, and writes a sorted run whenever memory is full.
#[derive(Default)]
struct Sorter {
    rows: Vec<Row>,
    runs: Vec<File>,
}

impl Sorter {
    fn push(&mut self, row: Row) -> Result<()> {
        self.rows.push(row);
        if self.rows.len() == RUN { self.spill() } else { Ok(()) }
    }

    fn spill(&mut self) -> Result<()> {
        self.rows.sort_unstable();
        let write = |rows: &[Row]| -> io::Result<File> {
            let mut writer = BufWriter::with_capacity(1 << 18, tempfile::tempfile()?);
            for row in rows {
                writer.write_all(&row.to_bytes())?;
            }
            let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.rewind()?;
            Ok(file)
        };
        self.runs.push(write(&self.rows).map_err(|cause| spill_failed(&cause))?);
        self.rows.clear();
        Ok(())
    }

    fn merge(mut self) -> Result<Merged> {
        self.rows.sort_unstable();
        let files = self.runs.into_iter().map(|file| Run::File(BufReader::with_capacity(1 << 16, file)));
        let mut runs: Vec<_> = files.chain([Run::Memory(self.rows.into_iter())]).collect();
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for (index, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next()?.map(|row| Reverse((row, index))));
        }
        Ok(Merged { runs, heads })
    }
}

/// The sorted rows.
struct Merged {
    runs: Vec<Run>,
    heads: BinaryHeap<Reverse<(Row, usize)>>,
}

enum Run {
    File(BufReader<File>),
    Memory(std::vec::IntoIter<Row>),
}

impl Merged {
    /// The next row, if it belongs to this series.
    fn next_of(&mut self, series: u32) -> Result<Option<Row>> {
        let Some(mut head) = self.heads.peek_mut() else { return Ok(None) };
        let Reverse((row, index)) = *head;
        if row.series != series {
            return Ok(None);
        }
        match self.runs[index].next()? {
            Some(next) => *head = Reverse((next, index)),
            None => drop(std::collections::binary_heap::PeekMut::pop(head)),
        }
        Ok(Some(row))
    }
}

impl Run {
    fn next(&mut self) -> Result<Option<Row>> {
        match self {
            Self::Memory(rows) => Ok(rows.next()),
            Self::File(reader) => {
                let mut bytes = [0; Row::BYTES];
                match reader.read_exact(&mut bytes) {
                    Ok(()) => Ok(Some(Row::from_bytes(&bytes))),
                    Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
                    Err(cause) => Err(spill_failed(&cause)),
                }
            }
        }
    }
}

impl Row {
    const BYTES: usize = 20;

    fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..4].copy_from_slice(&self.series.to_le_bytes());
        bytes[4..12].copy_from_slice(&self.time.to_le_bytes());
        bytes[12..].copy_from_slice(&self.value.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let part = |from: usize| std::array::from_fn(|index| bytes[from + index]);
        let series = std::array::from_fn(|index| bytes[index]);
        Self {
            series: u32::from_le_bytes(series),
            time: Millis::from_le_bytes(part(4)),
            value: f64::from_le_bytes(part(12)),
        }
    }
}

fn spill_failed(cause: &io::Error) -> Error {
    Error::temporary("cannot sort in", cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_on_disk_and_in_memory_merge_in_order() {
        let mut sorter = Sorter::default();
        let mut expected = Vec::new();
        for index in 0..1000_u32 {
            let mixed = index.wrapping_mul(2_654_435_761);
            let row = Row { series: mixed % 3, time: i64::from(mixed % 50), value: f64::from(mixed % 7) - 3.0 };
            expected.push(row);
            sorter.push(row).unwrap();
            if index % 300 == 299 {
                sorter.spill().unwrap();
            }
        }
        expected.sort_unstable();
        assert_eq!(sorter.runs.len(), 3);
        let mut merged = sorter.merge().unwrap();
        let mut result = Vec::new();
        for series in 0..3 {
            while let Some(row) = merged.next_of(series).unwrap() {
                result.push(row);
            }
        }
        assert_eq!(result, expected);
    }
}
