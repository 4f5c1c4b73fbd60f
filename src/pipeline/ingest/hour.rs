//! What an hour's records become: a raw object of those that are new, and the measurements of the same number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::gather::{HourRecords, start_of};
use super::same::Sieve;
use crate::domain::dataset::Dataset;
use crate::domain::digest::Sha256;
use crate::domain::measurement::Millis;
use crate::domain::record::RecordBatch;
use crate::error::Result;
use crate::source::ReadOptions;
use crate::source::records::{self, Identity, Mapping};
use crate::store::codec::rows::measurements::Measurements;
use crate::store::codec::rows::raw::RawRows;
use crate::store::codec::text_column::TextColumn;
use crate::store::layout::{Coordinates, DataType, Layout, Name, ObjectName};
use crate::store::objects::NewObject;
use crate::store::runs::{ObjectUsed, Run, visible};
use crate::store::{Store, verify};

/// The most records, and bytes of them, of a raw object.
const MOST_RECORDS: usize = 1 << 20;
const MOST_BYTES: usize = 256 << 20;

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
}

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

impl Plan<'_> {
    /// Makes the objects of an hour, as the store is now.
    pub fn make(&self, hour: i64, records: &HourRecords) -> Result<Made> {
        let layout = self.store.map_or(Layout::Compact, Store::layout);
        let row = Coordinates { time: start_of(hour), ..Coordinates::default() };
        let of = |data_type, number| ObjectName {
            data_type,
            dataset: self.dataset.clone(),
            partition: layout.partition(data_type, &row),
            name: Name::Number(number),
        };
        let folder = of(DataType::Raw, 0).folder();
        let (there, last) = self.there(&folder)?;
        let identities = there.iter().map(|there| self.identities(there)).collect::<Result<Vec<_>>>()?;
        let mut sieve = Sieve::new(&identities, records.is_of_one_source());
        let mut fresh = RecordBatch::default();
        let mut sources = Sources::default();
        let mut made = Made::default();
        records.each(|part| {
            if fresh.len() >= MOST_RECORDS || fresh.texts.bytes() >= MOST_BYTES {
                made.more = true;
                return Ok(());
            }
            let before = fresh.len();
            sieve.pass(part.source, &part.batch, &mut fresh);
            sources.add(part.source, fresh.len() - before, self.labels);
            Ok(())
        })?;
        for (there, _) in there.iter().zip(sieve.relied()).filter(|(_, relied)| **relied) {
            self.rely(there, &mut made)?;
        }
        made.records = fresh.len() as u64;
        made.values = fresh.measurements.len() as u64;
        if !fresh.is_empty() {
            let number = last.max(self.known.last_revoked(layout, &folder)) + 1;
            let bytes = Measurements::of(&fresh).encode()?;
            made.measurements = Some(NewObject { key: of(DataType::Measurements, number).key(), bytes });
            let bytes = self.raw_rows(fresh, sources.column)?;
            made.raw = Some(NewObject { key: of(DataType::Raw, number).key(), bytes });
        }
        Ok(made)
    }

    fn raw_rows(&self, batch: RecordBatch, sources: TextColumn) -> Result<Vec<u8>> {
        let ingested_at = vec![self.now; batch.len()];
        let RecordBatch { event_times, kinds, positions, texts: records, .. } = batch;
        let positions = positions.into_iter().map(|position| position as i64).collect();
        RawRows { event_times, kinds, records, sources, positions, ingested_at }.encode()
    }

    /// The raw objects in a folder, those that readers see first, and the largest number there.
    fn there(&self, folder: &str) -> Result<(Vec<There>, u32)> {
        let Some(store) = self.store else { return Ok((Vec::new(), 0)) };
        let listed = store.list(folder)?;
        let last = listed.iter().filter_map(|object| number(&object.name)).max().unwrap_or(0);
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
        Ok((there, last))
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

    /// Names a raw object and its measurements, which are made if whoever wrote the object was stopped before.
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
        made.owed.push(NewObject { key, bytes: Measurements::of(&again.records).encode()? });
        Ok(())
    }
}

/// The names of the sources of records, row by row.
#[derive(Default)]
struct Sources {
    column: TextColumn,
    numbers: BTreeMap<u32, u32>,
}

impl Sources {
    fn add(&mut self, source: u32, rows: usize, labels: &[Arc<str>]) {
        let values = &mut self.column.values;
        let number = *self.numbers.entry(source).or_insert_with(|| {
            values.push(Some(Arc::clone(&labels[source as usize])));
            values.len() as u32 - 1
        });
        self.column.push(number, rows);
    }
}
