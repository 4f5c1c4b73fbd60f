//! Records that could not be used, on their way into quarantine.

use std::collections::{BTreeSet, HashMap};

use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_128;

use super::hour::Known;
use crate::domain::dataset::Dataset;
use crate::domain::digest::Sha256;
use crate::domain::measurement::Millis;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::codec::rows::quarantine::{self, QuarantineRow};
use crate::store::layout::{Coordinates, DataType, Layout, Name, ObjectName};
use crate::store::objects::NewObject;
use crate::store::runs::{ObjectUsed, Run, visible_of};

/// Under which name a run records the objects in quarantine that are to be shown no more.
const CLEARED: &str = "cleared";

/// The objects in quarantine that are to be shown: those that no run has cleared.
///
/// # Errors
/// When a run names an object that the layout does not have.
pub fn shown(store: &Store, runs: &[Run]) -> Result<Vec<(ObjectName, ObjectUsed)>> {
    let cleared: BTreeSet<&str> = runs
        .iter()
        .filter_map(|run| run.facts.get(CLEARED)?.as_array())
        .flatten()
        .filter_map(serde_json::Value::as_str)
        .collect();
    let objects = visible_of(store, runs, DataType::Quarantine)?;
    Ok(objects.into_iter().filter(|(_, object)| !cleared.contains(object.name.as_str())).collect())
}

/// Has a run record that these are to be shown no more.
pub fn clear(run: &mut Run, objects: &[ObjectUsed]) {
    let keys: Vec<&String> = objects.iter().map(|object| &object.name).collect();
    run.facts.insert(CLEARED.to_owned(), serde_json::json!(keys));
}

/// How many rows, and bytes of them, are put into an object.
const ROWS: usize = 1 << 13;
const BYTES: usize = 16 << 20;

/// How many objects wait in memory before they wait on disk.
const HELD: usize = 4;

/// What is in quarantine already: for each row the object that has it.
#[derive(Debug, Default)]
pub struct Quarantined {
    rows: HashMap<u128, usize>,
    objects: Vec<ObjectUsed>,
}

impl Quarantined {
    /// Reads what the store has.
    pub fn read(store: &Store, dataset: &Dataset, known: &Known) -> Result<Self> {
        let mut all = Self::default();
        for object in store.list(&DataType::Quarantine.folder(dataset))? {
            let key = object.name.key();
            if known.is_revoked(&key) {
                continue;
            }
            let bytes = store.read(&key)?;
            let used = ObjectUsed { name: key.clone(), sha256: Sha256::of(&bytes), bytes: bytes.len() as u64 };
            for row in quarantine::read(&key, bytes)? {
                all.rows.entry(hash(&row)).or_insert(all.objects.len());
            }
            all.objects.push(used);
        }
        Ok(all)
    }
}

/// What tells a bad record from others: its source, its line and what it says.
fn hash(row: &QuarantineRow) -> u128 {
    let mut bytes = row.source.as_bytes().to_vec();
    bytes.push(0xff); // in no text
    bytes.extend_from_slice(&row.line.to_le_bytes());
    bytes.extend_from_slice(&row.record);
    xxh3_128(&bytes)
}

/// About how many bytes a row takes.
fn size(row: &QuarantineRow) -> usize {
    row.record.len() + row.message.len() + 100
}

/// An object that waits.
enum Waiting {
    Held(Sha256, Vec<u8>),
    File(std::path::PathBuf),
}

/// Bad records that are to be put into quarantine.
#[derive(Default)]
pub struct BadRows {
    rows: Vec<QuarantineRow>,
    bytes: usize,
    waiting: Vec<Waiting>,
    /// How many of both are of sources that have ended.
    settled: (usize, usize),
    folder: Option<TempDir>,
}

impl BadRows {
    /// Adds a row.
    pub fn add(&mut self, row: QuarantineRow) -> Result<()> {
        self.bytes += size(&row);
        self.rows.push(row);
        if self.rows.len() >= ROWS || self.bytes >= BYTES { self.pack() } else { Ok(()) }
    }

    /// Records that a source has ended, whose rows stay or are no bad records after all.
    pub fn end_source(&mut self, stay: bool) {
        if !stay {
            self.rows.truncate(self.settled.0);
            self.waiting.truncate(self.settled.1);
            self.bytes = self.rows.iter().map(size).sum();
        }
        self.settled = (self.rows.len(), self.waiting.len());
    }

    /// Packs what there is; of sources that have ended first.
    fn pack(&mut self) -> Result<()> {
        let settled = std::mem::take(&mut self.settled.0);
        if settled > 0 {
            let later = self.rows.split_off(settled);
            self.pack_rows()?;
            self.settled.1 = self.waiting.len();
            self.rows = later;
        }
        if !self.rows.is_empty() {
            self.pack_rows()?;
        }
        Ok(())
    }

    fn pack_rows(&mut self) -> Result<()> {
        self.bytes = 0;
        let encoded = quarantine::encode(std::mem::take(&mut self.rows))?;
        if self.waiting.len() < HELD {
            self.waiting.push(Waiting::Held(encoded.digest, encoded.bytes));
            return Ok(());
        }
        let failed = |cause: std::io::Error| Error::temporary("can't use", &cause);
        if self.folder.is_none() {
            self.folder = Some(tempfile::Builder::new().prefix("trebuchet-ad-").tempdir().map_err(failed)?);
        }
        if let Some(folder) = &self.folder {
            let path = folder.path().join(self.waiting.len().to_string());
            std::fs::write(&path, encoded.bytes).map_err(failed)?;
            self.waiting.push(Waiting::File(path));
        }
        Ok(())
    }

    /// Puts those that are not there yet into quarantine, and names all objects that hold them.
    pub fn write(mut self, store: &Store, dataset: &Dataset, known: &Known, now: Millis) -> Result<Vec<ObjectUsed>> {
        self.pack()?;
        if self.waiting.is_empty() {
            return Ok(Vec::new());
        }
        let there = Quarantined::read(store, dataset, known)?;
        let mut relied = vec![false; there.objects.len()];
        let mut fresh = Self::default();
        let mut outputs = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            let bytes = match waiting {
                Waiting::Held(_, bytes) => bytes,
                Waiting::File(path) => std::fs::read(&path).map_err(|cause| Error::temporary("can't use", &cause))?,
            };
            for row in quarantine::read("a temporary file", bytes)? {
                match there.rows.get(&hash(&row)) {
                    Some(object) => relied[*object] = true,
                    None => fresh.add(row)?,
                }
            }
            outputs.extend(fresh.put(store, dataset, now)?);
        }
        fresh.pack()?;
        outputs.extend(fresh.put(store, dataset, now)?);
        let relied = there.objects.into_iter().zip(relied).filter(|(_, relied)| *relied).map(|(object, _)| object);
        outputs.extend(relied);
        Ok(outputs)
    }

    /// Puts the objects that are full.
    fn put(&mut self, store: &Store, dataset: &Dataset, now: Millis) -> Result<Vec<ObjectUsed>> {
        let row = Coordinates { time: now, ..Coordinates::default() };
        let object = |waiting| {
            let Waiting::Held(digest, bytes) = waiting else { return None };
            let partition = Layout::partition(store.layout(), DataType::Quarantine, &row);
            let name = Name::Digest(digest);
            let name = ObjectName { data_type: DataType::Quarantine, dataset: dataset.clone(), partition, name };
            Some(NewObject::new(name.key(), bytes))
        };
        let objects: Vec<NewObject> = std::mem::take(&mut self.waiting).into_iter().filter_map(object).collect();
        let written = store.put_all(&objects)?;
        Ok(objects.iter().zip(&written).map(|(object, written)| ObjectUsed::written(&*object.key, written)).collect())
    }
}
