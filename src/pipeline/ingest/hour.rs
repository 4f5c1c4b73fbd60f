//! What an hour's records become: a raw object of those that are new, and the measurements of the same number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::encoded_hour::{Encoded, EncodedHour, Most};
use super::hour_buffer::{HourRecords, start_of};
use super::same::Sieve;
use crate::domain::dataset::Dataset;
use crate::domain::digest::Sha256;
use crate::domain::hour::Hour;
use crate::domain::measurement::Millis;
use crate::domain::record::RecordBatch;
use crate::error::{Error, Result};
use crate::memory_budget::MemoryBudget;
use crate::source::ReadOptions;
use crate::source::records::{self, Identity, Mapping};
use crate::store::codec::rows::measurements::Measurements;
use crate::store::codec::rows::raw::RawRows;
use crate::store::codec::text_column::TextColumn;
use crate::store::layout::{Coordinates, DataType, Layout, Name, ObjectName};
use crate::store::objects::NewObject;
use crate::store::runs::{ObjectUsed, Run, visible};
use crate::store::{Store, StoredObject, verify};

/// What the run log says of objects.
#[derive(Debug, Default)]
pub struct Known {
    /// The digests of those that readers see.
    pub visible: BTreeMap<String, Sha256>,
    /// Those that only revoked runs name.
    revoked: BTreeSet<String>,
}

impl Known {
    /// What these runs say.
    pub fn of(runs: &[Run]) -> Self {
        let of_visible = visible(runs).into_iter().map(|(key, object)| (key.to_owned(), object.sha256));
        let visible: BTreeMap<String, Sha256> = of_visible.collect();
        let all = runs.iter().flat_map(|run| &run.outputs).map(|object| &object.name);
        let revoked = all.filter(|key| !visible.contains_key(*key)).cloned().collect();
        Self { visible, revoked }
    }

    /// Whether only revoked runs name an object.
    pub fn is_revoked(&self, key: &str) -> bool {
        self.revoked.contains(key)
    }

    /// The largest number of an object in this folder that anything was ever known of.
    fn last_revoked(&self, layout: Layout, folder: &str) -> u32 {
        let keys = self.revoked.range(folder.to_owned()..).take_while(|key| key.starts_with(folder));
        keys.filter_map(|key| number(&layout.parse(key)?)).max().unwrap_or(0)
    }
}

fn number(name: &ObjectName) -> Option<u32> {
    match name.name {
        Name::Number(number) => Some(number),
        _ => None,
    }
}

/// What is the same for all hours.
pub struct Plan<'a> {
    /// The store; none where it is not made in a trial.
    pub store: Option<&'a Store>,
    /// The dataset.
    pub dataset: &'a Dataset,
    /// What the run log says.
    pub known: Known,
    /// What the sources are called.
    pub labels: &'a [Arc<str>],
    /// How records of the store are read again.
    pub options: &'a ReadOptions,
    /// How they are understood.
    pub mapping: &'a Mapping,
    /// When the records come in.
    pub now: Millis,
    /// How much goes into an object.
    pub most: Most,
    /// For records that are decoded, of the store and of temporary files.
    pub memory: MemoryBudget,
}

/// About how many times as much memory records take as they do compressed.
const DECODED: usize = 8;

/// What has to be written for an hour.
#[derive(Debug, Default)]
pub struct Made {
    /// New records.
    pub raw: Option<NewObject>,
    /// Their measurements.
    pub measurements: Option<NewObject>,
    /// Measurements that a run that was stopped did not write.
    pub owed: Vec<NewObject>,
    /// Objects that hold records that came.
    pub relied: Vec<ObjectUsed>,
    /// How many records are new.
    pub records: u64,
    /// How many measurements they have.
    pub values: u64,
    /// The records, where they are more than fit into an object, or not the same as the new ones.
    pub again: Option<HourRecords>,
    /// The source of the records, where they are all new and of one.
    pub source: u32,
    /// Whether there are more records than fit into an object.
    pub more: bool,
}

/// An object that is there.
struct There {
    name: ObjectName,
    key: String,
    bytes: Vec<u8>,
    sha256: Sha256,
}

impl Made {
    /// New records, whose objects get these keys.
    fn of(encoded: Encoded, (raw, measurements): (String, String)) -> Self {
        Self {
            raw: Some(NewObject::new(raw, encoded.raw)),
            measurements: Some(NewObject::new(measurements, encoded.measurements)),
            records: encoded.records,
            values: encoded.values,
            ..Self::default()
        }
    }

    /// The records of the hour, to be made into objects again since others have taken the name of this one.
    pub fn into_records(self) -> HourRecords {
        let Self { raw, measurements, records, values, source, again, .. } = self;
        let bytes = |object: Option<NewObject>| object.map(|object| object.bytes).unwrap_or_default();
        again.unwrap_or_else(|| {
            let objects = Encoded { raw: bytes(raw), measurements: bytes(measurements), records, values };
            HourRecords::of_encoded(EncodedHour::of_objects(source, objects))
        })
    }
}

impl Plan<'_> {
    /// Makes the objects of an hour, as the store is now.
    ///
    /// # Errors
    /// When the store or a temporary file can't be read, or what is in the store is damaged.
    pub fn make(&self, hour: Hour, mut records: HourRecords) -> Result<Made> {
        let layout = self.store.map_or(Layout::Compact, Store::layout);
        let row = Coordinates { time: start_of(hour), ..Coordinates::default() };
        let of = |data_type, number| ObjectName {
            data_type,
            dataset: self.dataset.clone(),
            partition: layout.partition(data_type, &row),
            name: Name::Number(number),
        };
        let folder = of(DataType::Raw, 0).folder();
        let listed = self.store.map_or(Ok(Vec::new()), |store| store.list(&folder))?;
        let last = listed.iter().filter_map(|object| number(&object.name)).max().unwrap_or(0);
        let of_store: u64 = listed.iter().map(|object| object.size).sum();
        let to_decode = if listed.is_empty() && records.is_packed() { 0 } else { records.compressed() };
        let _reserved = self.memory.take((of_store as usize + to_decode).saturating_mul(DECODED));
        let there = self.there(listed)?;
        let number = || last.max(self.known.last_revoked(layout, &folder)) + 1;
        let keys = |number| (of(DataType::Raw, number).key(), of(DataType::Measurements, number).key());
        if there.is_empty()
            && let Some(packed) = records.take_encoded(self.labels, self.now, self.most)?
        {
            let source = packed.source();
            return Ok(Made { source, ..Made::of(packed.into_objects(records.spill())?, keys(number())) });
        }
        let identities = there.iter().map(|there| self.identities(there)).collect::<Result<Vec<_>>>()?;
        let mut sieve = Sieve::new(&identities, records.is_of_one_source());
        let mut fresh = RecordBatch::default();
        let mut sources = Sources::default();
        let mut more = false;
        records.each(&self.mapping.identity, |part| {
            if self.most.is_reached(fresh.len(), fresh.texts.bytes()) {
                more = true;
                return Ok(());
            }
            let before = fresh.len();
            sieve.pass(part.source, &part.batch, &mut fresh);
            sources.add(part.source, fresh.len() - before, self.labels);
            Ok(())
        })?;
        let mut made = Made::default();
        if !fresh.is_empty() {
            made = Made::of(Encoded::of(fresh, sources.column, self.now)?, keys(number()));
            (made.more, made.again) = (more, Some(records));
        }
        for (there, _) in there.iter().zip(sieve.relied()).filter(|(_, relied)| **relied) {
            self.rely(there, &mut made)?;
        }
        Ok(made)
    }

    /// These raw objects, those that readers see first.
    fn there(&self, listed: Vec<StoredObject>) -> Result<Vec<There>> {
        let Some(store) = self.store else { return Ok(Vec::new()) };
        let mut there = Vec::new();
        for object in listed {
            let key = object.name.key();
            if self.known.is_revoked(&key) {
                continue;
            }
            let (bytes, sha256) = match self.known.visible.get(&key) {
                Some(sha256) => (store.read_verified(&key, sha256)?, *sha256),
                None => {
                    let bytes = store.read(&key)?;
                    let sha256 = Sha256::of(&bytes);
                    (bytes, sha256)
                }
            };
            there.push(There { name: object.name, key, bytes, sha256 });
        }
        there.sort_by_key(|there| !self.known.visible.contains_key(&there.key));
        Ok(there)
    }

    fn identities(&self, there: &There) -> Result<Vec<u128>> {
        let by = &self.mapping.identity;
        if *by != Identity::Position {
            let records = RawRows::read_records(&there.key, there.bytes.clone())?;
            return Ok(records::identities(records.iter().map(|text| (text, "", 0)), by));
        }
        let rows = RawRows::read(&there.key, there.bytes.clone())?;
        let sources = rows.sources.iter().map(Option::unwrap_or_default);
        let places = rows.positions.iter().map(|position| *position as u64);
        let records = rows.records.iter().zip(sources).zip(places).map(|((text, source), at)| (text, source, at));
        Ok(records::identities(records, by))
    }

    /// Names a raw object and its measurements, which are made if the run that wrote the object was stopped before.
    fn rely(&self, there: &There, made: &mut Made) -> Result<()> {
        let Some(store) = self.store else { return Ok(()) };
        let used = |name: &str, sha256, bytes: u64| ObjectUsed { name: name.to_owned(), sha256, bytes };
        made.relied.push(used(&there.key, there.sha256, there.bytes.len() as u64));
        let key = ObjectName { data_type: DataType::Measurements, ..there.name.clone() }.key();
        if let Some(bytes) = store.objects().get(&key)? {
            let sha256 = Sha256::of(&bytes);
            if let Some(known) = self.known.visible.get(&key) {
                verify(&key, &sha256, known)?;
            }
            made.relied.push(used(&key, sha256, bytes.len() as u64));
            return Ok(());
        }
        if self.known.visible.contains_key(&key) {
            return Err(store.missing(&key));
        }
        let records = RawRows::read_records(&there.key, there.bytes.clone())?;
        let again = records::read_again(records.iter(), &there.key, self.options, self.mapping);
        if let Some(bad) = again.bad.first() {
            return Err(Error::failed(format!("{} has a record that is refused now: {}", there.key, bad.message))
                .hint("another version of trebuchet-ad wrote it, and was stopped; complete that ingest with it"));
        }
        made.owed.push(NewObject::new(key, Measurements::of(&again.records).encode()?));
        Ok(())
    }
}

/// The names of the sources of records, row by row.
#[derive(Default)]
pub struct Sources {
    /// The names.
    pub column: TextColumn,
    numbers: BTreeMap<u32, u32>,
}

impl Sources {
    /// Adds rows of a source.
    pub fn add(&mut self, source: u32, rows: usize, labels: &[Arc<str>]) {
        let values = &mut self.column.values;
        let number = *self.numbers.entry(source).or_insert_with(|| {
            values.push(Some(Arc::clone(&labels[source as usize])));
            values.len() as u32 - 1
        });
        self.column.push(number, rows);
    }
}

#[cfg(test)]
#[path = "hour_tests.rs"]
mod tests;
