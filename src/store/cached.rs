//! Objects of a store, with copies of them on this computer.
//!
//! A copy is used only where it is certain that it is what the store has, or must have:
//!
//! * An object that a run has recorded is asked for with its SHA-256 ([`ObjectStore::get_known`]). Its copy has that as
//!   its name, wherever the store is. One that was revoked is in no run that is read, so nobody asks for its copy.
//! * An object that was found in a list has the version that the list gave it (on S3 its ETag). Its copy is of this
//!   store, key and version; it serves for one reading, then the next list must say that it is still the one. So it
//!   does not matter whether an object was deleted, or another one put in its place, since the copy was made.
//! * The marker of the store, which is read first, is looked for in a list of its own.
//! * All else, such as notes that are looked for where they may be missing, is read from the store. That something is
//!   not there is never remembered.
//!
//! So what was read once is later read from copies alone, and the store is asked for lists only. A caller who wants to know
//! whether the store itself is sound must open it without copies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cache::Cache;
use super::layout::MARKER;
use super::objects::{Listed, NewObject, ObjectStore, Put, check_key};
use crate::domain::digest::Sha256;
use crate::error::Result;

/// The size and the version of an object.
type Seen = (u64, String);

/// A store with copies of its objects.
#[derive(Debug)]
pub struct CachedStore<S> {
    inner: S,
    cache: Arc<Cache>,
    /// What tells this store from all others.
    identity: String,
    /// The sizes and versions of objects, as the last lists had them, until they are read.
    listed: Mutex<HashMap<String, Seen>>,
}

impl<S: ObjectStore> CachedStore<S> {
    /// The objects of a store; `identity` tells it from all others.
    pub fn new(inner: S, cache: Arc<Cache>, identity: String) -> Self {
        Self { inner, cache, identity, listed: Mutex::default() }
    }

    fn listed(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was listed, of which the versions are remembered.
    fn remembered(&self, found: Vec<Listed>) -> Vec<Listed> {
        let mut listed = self.listed();
        for object in &found {
            match seen(object.clone()) {
                Some(seen) => listed.insert(object.key.clone(), seen),
                None => listed.remove(&object.key),
            };
        }
        drop(listed);
        found
    }

    fn name(&self, key: &str, version: &str) -> Sha256 {
        Sha256::of(format!("{}\n{key}\n{version}", self.identity).as_bytes())
    }

    fn forget(&self, key: &str) {
        self.listed().remove(key);
    }
}

/// The size and the version of an object in a list, if that has versions.
fn seen(object: Listed) -> Option<Seen> {
    object.version.map(|version| (object.size, version))
}

impl<S: ObjectStore> ObjectStore for CachedStore<S> {
    fn place(&self) -> String {
        self.inner.place()
    }

    fn at_once(&self) -> usize {
        self.inner.at_once()
    }

    fn put_new(&self, key: &str, bytes: &[u8]) -> Result<Put> {
        self.forget(key);
        self.inner.put_new(key, bytes)
    }

    fn put_all(&self, objects: &[NewObject]) -> Result<Vec<Put>> {
        objects.iter().for_each(|object| self.forget(&object.key));
        self.inner.put_all(objects)
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let listed = self.listed().remove(key);
        let listed = if listed.is_none() && key == MARKER { self.inner.look(key)?.and_then(seen) } else { listed };
        let Some((size, version)) = listed else { return self.inner.get(key) };
        let name = self.name(key, &version);
        if let Some((bytes, _)) = self.cache.get(&name) {
            return Ok(Some(bytes));
        }
        let found = self.inner.get(key)?;
        // another size would mean that it was replaced since the list was made
        if let Some(bytes) = found.as_ref().filter(|bytes| bytes.len() as u64 == size) {
            self.cache.put(&name, bytes, &Sha256::of(bytes));
        }
        Ok(found)
    }

    fn get_known(&self, key: &str, expected: &Sha256) -> Result<Option<(Vec<u8>, Sha256)>> {
        check_key(key)?;
        match self.cache.get(expected) {
            Some((bytes, sha256)) if sha256 == *expected => return Ok(Some((bytes, sha256))),
            Some(_) => self.cache.remove(expected),
            None => {}
        }
        let found = self.inner.get_known(key, expected)?;
        if let Some((bytes, sha256)) = found.as_ref().filter(|(_, sha256)| sha256 == expected) {
            self.cache.put(expected, bytes, sha256);
        }
        Ok(found)
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>> {
        self.inner.list(folder).map(|found| self.remembered(found))
    }

    fn list_after(&self, folder: &str, after: &str) -> Result<Vec<Listed>> {
        self.inner.list_after(folder, after).map(|found| self.remembered(found))
    }

    fn first(&self, folder: &str) -> Result<Option<Listed>> {
        self.inner.first(folder).map(|found| self.remembered(found.into_iter().collect()).into_iter().next())
    }

    fn look(&self, key: &str) -> Result<Option<Listed>> {
        self.inner.look(key)
    }

    fn delete(&self, key: &str) -> Result<bool> {
        self.forget(key);
        self.inner.delete(key)
    }

    fn sweep(&self) -> Result<()> {
        self.inner.sweep()
    }
}
