//! Reads bytes as records, and as measurements.

use trebuchet_ad::domain::digest::Sha256;
use trebuchet_ad::domain::measurement::{Aggregation, Millis};
use trebuchet_ad::domain::record::RecordBatch;
use trebuchet_ad::error::Result;
use trebuchet_ad::source::input::Input;
use trebuchet_ad::source::records::{self, BadRecord, Batch, Mapping};
use trebuchet_ad::source::{self, ReadOptions};

/// All that is in a file.
pub struct Whole {
    /// The batches, put together.
    pub batch: Batch,
    /// With which options the records are read again.
    pub options: ReadOptions,
    /// What must come before bad records.
    pub header: String,
    pub notes: Vec<String>,
}

/// A measurement: time, name, aggregation, bits of the value.
pub type Measured = (Millis, String, Aggregation, u64);

pub fn try_read(bytes: &[u8], options: &ReadOptions, mapping: &Mapping) -> Result<Whole> {
    let input = Input::once(&mut { bytes }, "FILE")?;
    let mut opened = records::open(&input, options, mapping)?;
    let mut batch = Batch::default();
    while let Some(job) = opened.blocks.next()? {
        let Batch { records, bad, missing } = job()?;
        assert!(bad.is_sorted_by_key(|bad| bad.line));
        batch.records.append(&records);
        batch.bad.extend(bad);
        batch.missing += missing;
    }
    assert!(batch.records.positions.is_sorted());
    assert!((opened.blocks.progress() - 1.0).abs() < 1e-9);
    if let Some(digesting) = opened.digesting {
        assert_eq!(digesting.finish(), Some((Sha256::of(bytes), bytes.len() as u64)));
    }
    let header = String::from_utf8(opened.header.unwrap_or_default()).unwrap();
    Ok(Whole { batch, options: opened.options, header, notes: opened.notes })
}

pub fn read(text: impl AsRef<[u8]>) -> Whole {
    try_read(text.as_ref(), &ReadOptions::default(), &Mapping::default()).unwrap()
}

pub fn read_mapped(text: impl AsRef<[u8]>, mapping: &Mapping) -> Batch {
    try_read(text.as_ref(), &ReadOptions::default(), mapping).unwrap().batch
}

pub fn texts(batch: &Batch) -> Vec<&str> {
    batch.records.texts.iter().collect()
}

/// The names of the parameters that were measured or counted, sorted.
pub fn names(batch: &Batch) -> Vec<String> {
    let mut names: Vec<String> = measured(&batch.records).into_iter().map(|row| row.1).collect();
    names.sort();
    names.dedup();
    names
}

/// The measurements in the order of the records.
pub fn measured(records: &RecordBatch) -> Vec<Measured> {
    records.rows().map(|(_, time, name, how, value)| (time, name.to_owned(), how, value.to_bits())).collect()
}

/// The measurements that `detect` sees in the same bytes, sorted; and how many bad rows or values.
pub fn detected(bytes: &[u8], options: &ReadOptions) -> (Vec<Measured>, u64) {
    let input = Input::once(&mut { bytes }, "FILE").unwrap();
    let mut opened = source::open(&input, options).unwrap();
    let (mut all, mut bad) = (Vec::new(), 0);
    while let Some(job) = opened.blocks.next().unwrap() {
        let parsed = job().unwrap();
        bad += parsed.skipped.bad();
        for chunk in parsed.chunks {
            let row =
                |i: usize| (chunk.times[i], chunk.parameter.to_string(), chunk.aggregation, chunk.values[i].to_bits());
            all.extend(chunk.range.clone().map(row));
        }
    }
    all.sort();
    (all, bad)
}

/// Reads the texts of records again, which must give the same but for their places.
pub fn assert_reads_again(whole: &Whole, mapping: &Mapping) {
    let records = &whole.batch.records;
    let again = records::read_again(records.texts.iter(), "FILE", &whole.options, mapping);
    assert_eq!(again.bad, [], "{:?}", texts(&whole.batch));
    assert_eq!(again.records.event_times, records.event_times);
    assert_eq!(again.records.kinds, records.kinds);
    assert_eq!(again.records.identities, records.identities);
    assert_eq!(again.records.texts, records.texts);
    assert_eq!(measured(&again.records), measured(records));
    assert_eq!(again.missing, whole.batch.missing);
    let records_of = |batch: &RecordBatch| batch.measurements.records.clone();
    assert_eq!(records_of(&again.records), records_of(records));
}

/// Reads bytes as records and as measurements, which must be the same.
pub fn assert_as_detect(bytes: &[u8], options: &ReadOptions) -> Whole {
    let whole = try_read(bytes, options, &Mapping::default()).unwrap();
    assert_reads_again(&whole, &Mapping::default());
    let mut found = measured(&whole.batch.records);
    found.sort();
    let (expected, bad) = detected(bytes, options);
    assert_eq!((found, whole.batch.bad.len() as u64), (expected, bad), "{:?}", whole.batch.bad);
    whole
}

/// What is said of bad records: line, reason, text.
pub fn said(bad: &[BadRecord]) -> Vec<(u64, source::Reason, String)> {
    bad.iter().map(|bad| (bad.line, bad.reason, bad.lossy_text().into_owned())).collect()
}
