//! Temporary files for records that do not fit into memory: one a UTC day, in which what belongs to its hours lies as it
//! came.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use crate::domain::hour::Hour;
use tempfile::TempDir;

use crate::domain::measurement::Aggregation;
use crate::domain::parameters::Parameters;
use crate::domain::record::{Kind, RecordBatch, RecordMeasurements};
use crate::domain::texts::Texts;
use crate::error::{Error, Result};

/// zstd's level: fast.
const LEVEL: i32 = 1;

/// How many days are written at a time.
const OPEN: usize = 64;

/// Where something lies.
#[derive(Clone, Debug)]
pub struct Place {
    day: i64,
    offset: u64,
    length: usize,
}

impl Place {
    /// How many bytes lie there.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.length
    }
}

/// The temporary files; they go when this is dropped.
#[derive(Debug)]
pub struct Spill {
    folder: TempDir,
    /// The days that are being written, with how much each has.
    open: BTreeMap<i64, File>,
    lengths: BTreeMap<i64, u64>,
}

impl Spill {
    /// No files yet.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("trebuchet-ad-").tempdir().map_err(|cause| failed(&cause))?;
        Ok(Self { folder, open: BTreeMap::new(), lengths: BTreeMap::new() })
    }

    fn path(&self, day: i64) -> PathBuf {
        self.folder.path().join(format!("{day}"))
    }

    /// Adds records of an hour.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write(&mut self, hour: Hour, batch: &RecordBatch) -> Result<Place> {
        let bytes = zstd::bulk::compress(&encode(batch), LEVEL).map_err(|cause| failed(&cause))?;
        self.append(hour, &bytes)
    }

    /// Adds bytes that belong to an hour.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn append(&mut self, hour: Hour, bytes: &[u8]) -> Result<Place> {
        let day = hour.day();
        if !self.open.contains_key(&day) {
            if self.open.len() >= OPEN {
                self.open.clear();
            }
            let file =
                File::options().create(true).append(true).open(self.path(day)).map_err(|cause| failed(&cause))?;
            self.open.insert(day, file);
        }
        if let Some(file) = self.open.get_mut(&day) {
            file.write_all(bytes).map_err(|cause| failed(&cause))?;
        }
        let length = self.lengths.entry(day).or_default();
        let place = Place { day, offset: *length, length: bytes.len() };
        *length += bytes.len() as u64;
        Ok(place)
    }

    /// Nothing more will be written.
    pub fn close(&mut self) {
        self.open.clear();
        self.lengths.clear();
    }

    /// Reads records.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn read(&self, place: &Place) -> Result<RecordBatch> {
        let bytes = zstd::stream::decode_all(&*self.bytes(place)?).map_err(|cause| failed(&cause))?;
        decode(&mut bytes.as_slice()).ok_or_else(|| Error::failed("a temporary file is damaged"))
    }

    /// Reads bytes.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn bytes(&self, place: &Place) -> Result<Vec<u8>> {
        let read = || {
            let mut file = File::open(self.path(place.day))?;
            file.seek(SeekFrom::Start(place.offset))?;
            let mut bytes = vec![0; place.length];
            file.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|cause| failed(&cause))
    }
}

fn failed(cause: &std::io::Error) -> Error {
    Error::temporary("can't use", cause)
}

fn encode(batch: &RecordBatch) -> Vec<u8> {
    let (joined, ends) = batch.texts.parts();
    let measurements = &batch.measurements;
    let mut out = Vec::with_capacity(joined.len() + batch.len() * 41 + measurements.len() * 16 + 1024);
    let mut number = |value: u64| out.extend_from_slice(&value.to_le_bytes());
    number(batch.len() as u64);
    number(joined.len() as u64);
    number(measurements.parameters.len() as u64);
    number(measurements.len() as u64);
    batch.event_times.iter().for_each(|time| number(*time as u64));
    batch.positions.iter().for_each(|position| number(*position));
    ends.iter().for_each(|end| number(*end as u64));
    measurements.values.iter().for_each(|value| number(value.to_bits()));
    for parameter in measurements.parameters.all() {
        number(parameter.name.len() as u64 * 2 + u64::from(parameter.aggregation == Aggregation::Count));
    }
    batch.identities.iter().for_each(|identity| out.extend_from_slice(&identity.to_le_bytes()));
    for numbers in [&measurements.records, &measurements.numbers] {
        numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
    }
    out.extend(batch.kinds.iter().map(|kind| *kind as u8));
    measurements.parameters.all().iter().for_each(|parameter| out.extend_from_slice(parameter.name.as_bytes()));
    out.extend_from_slice(joined.as_bytes());
    out
}

fn decode(bytes: &mut &[u8]) -> Option<RecordBatch> {
    let [records, text, parameters, measurements] = [(); 4].map(|()| u64s(bytes, 1).map(|one| one[0] as usize));
    let (records, text, parameters, measurements) = (records?, text?, parameters?, measurements?);
    let event_times = u64s(bytes, records)?.into_iter().map(|time| time as i64).collect();
    let positions = u64s(bytes, records)?;
    let ends = u64s(bytes, records)?.into_iter().map(|end| end as usize).collect();
    let values = u64s(bytes, measurements)?.into_iter().map(f64::from_bits).collect();
    let lengths = u64s(bytes, parameters)?;
    let identities = chunks(bytes, records)?.map(u128::from_le_bytes).collect();
    let in_records = chunks(bytes, measurements)?.map(u32::from_le_bytes).collect();
    let numbers = chunks(bytes, measurements)?.map(u32::from_le_bytes).collect();
    let kinds = take(bytes, records)?.iter().map(|kind| Kind::ALL.get(usize::from(*kind)).copied());
    let kinds = kinds.collect::<Option<_>>()?;
    let mut known = Parameters::default();
    for length in lengths {
        let name = std::str::from_utf8(take(bytes, (length / 2) as usize)?).ok()?;
        known.number(name, if length % 2 == 1 { Aggregation::Count } else { Aggregation::None });
    }
    let texts = Texts::from_parts(String::from_utf8(take(bytes, text)?.to_vec()).ok()?, ends)?;
    let measurements = RecordMeasurements { parameters: known, records: in_records, numbers, values };
    Some(RecordBatch { event_times, kinds, positions, identities, texts, measurements })
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(first)
}

fn chunks<'a, const N: usize>(
    bytes: &mut &'a [u8],
    count: usize,
) -> Option<impl Iterator<Item = [u8; N]> + use<'a, N>> {
    Some(take(bytes, count * N)?.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()))
}

fn u64s(bytes: &mut &[u8], count: usize) -> Option<Vec<u64>> {
    Some(chunks(bytes, count)?.map(u64::from_le_bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::record::RecordRef;

    #[test]
    fn what_is_written_reads_back() {
        let mut spill = Spill::new().unwrap();
        let mut written = Vec::new();
        for day in 0..200_i64 {
            let mut batch = RecordBatch::default();
            for i in 0..day % 3 {
                let text = format!("{{\"ü\":{i}}}");
                let identity = u128::MAX - day as u128;
                batch.push(&RecordRef { event_time: -i, kind: Kind::Log, position: 7, identity, text: &text });
                let number = batch.measurements.parameters.number("ü", Aggregation::None);
                batch.measurements.push(i as u32, number, -0.0);
                let number = batch.measurements.parameters.number("logs", Aggregation::Count);
                batch.measurements.push(i as u32, number, 1.0);
            }
            let bytes = day.to_string().into_bytes();
            let places = [
                spill.write(Hour::new(day * 24 - 30), &batch).unwrap(),
                spill.append(Hour::new(day * 24 - 29), &bytes).unwrap(),
            ];
            written.push((places, batch, bytes));
        }
        spill.close();
        for ([first, second], batch, bytes) in written {
            assert_eq!(spill.read(&first).unwrap(), batch);
            assert_eq!(spill.bytes(&second).unwrap(), bytes);
        }
    }
}
