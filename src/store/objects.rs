//! Objects under keys: what the store needs of a disk or of S3, and no more.

use std::fmt;

use crate::domain::digest::Sha256;
use crate::error::{Error, Result};

/// The most bytes of a key, which is S3's limit.
const LONGEST_KEY: usize = 1024;

/// The most bytes between two slashes, which is the limit of most file systems.
const LONGEST_PART: usize = 255;

/// A place that keeps objects: bytes under a key, which are written once and never change.
///
/// Keys are relative paths whose parts are separated by `/`, as [`check_key`] allows them. An object is either there as
/// a whole or not there at all, whatever happens to the writer, and what [`ObjectStore::put_new`] has reported survives
/// a power failure. Everything may be called from many threads and programs at once.
pub trait ObjectStore: fmt::Debug + Send + Sync {
    /// Where the objects are, as the user would write it.
    fn place(&self) -> String;

    /// How many requests it is worth to have under way at once, since each waits longer than it works; 1 where none
    /// waits.
    fn at_once(&self) -> usize {
        1
    }

    /// Creates an object; one that is there already stays as it is.
    ///
    /// # Errors
    /// When the key is not allowed or the place can't be written.
    fn put_new(&self, key: &str, bytes: &[u8]) -> Result<Put>;

    /// Creates many objects, as [`ObjectStore::put_new`] does each, in less time: to wait for a disk or for S3 takes
    /// longer than to write. What became of each, in their order; after an error some may have been created.
    ///
    /// # Errors
    /// When a key is not allowed or the place can't be written.
    fn put_all(&self, objects: &[NewObject]) -> Result<Vec<Put>>;

    /// The bytes of an object; `None` where there is none.
    ///
    /// # Errors
    /// When the key is not allowed or the object can't be read.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>>;

    /// The bytes of an object that is known to have this SHA-256, and the SHA-256 that they have; `None` where there is
    /// none. A place with copies may answer from one that has the digest, without a look at the object.
    ///
    /// # Errors
    /// As [`ObjectStore::get`].
    fn get_known(&self, key: &str, expected: &Sha256) -> Result<Option<(Vec<u8>, Sha256)>> {
        let _any = expected;
        Ok(self.get(key)?.map(|bytes| {
            let sha256 = Sha256::of(&bytes);
            (bytes, sha256)
        }))
    }

    /// An object as a list has it; `None` where there is none, or the place has no versions.
    ///
    /// # Errors
    /// When the key is not allowed or the place can't be read.
    fn look(&self, key: &str) -> Result<Option<Listed>> {
        check_key(key).map(|()| None)
    }

    /// All objects in a folder and below, in the order of their keys' bytes. `folder` is empty or ends with `/`.
    ///
    /// # Errors
    /// When the folder is not allowed or can't be read; one without objects is no error.
    fn list(&self, folder: &str) -> Result<Vec<Listed>>;

    /// The same of those whose keys come after this text, without looking at the others.
    ///
    /// # Errors
    /// As [`ObjectStore::list`].
    fn list_after(&self, folder: &str, after: &str) -> Result<Vec<Listed>>;

    /// The first object in a folder and below, in the order of their keys' bytes.
    ///
    /// # Errors
    /// As [`ObjectStore::list`].
    fn first(&self, folder: &str) -> Result<Option<Listed>> {
        Ok(self.list(folder)?.into_iter().next())
    }

    /// Deletes an object, and says whether there was one. Only what promotes or revokes a run may ask for it.
    ///
    /// # Errors
    /// When the key is not allowed or the place can't be written.
    fn delete(&self, key: &str) -> Result<bool>;

    /// Removes what programs that were killed left behind, which no list has; what others are writing stays. Every
    /// command that writes may begin with it.
    ///
    /// # Errors
    /// When the place can't be written.
    fn sweep(&self) -> Result<()>;
}

/// An object that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewObject {
    /// Its key.
    pub key: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    pub(super) sha256: Sha256,
}

impl NewObject {
    /// An object of these bytes, whose digest is taken here: by the threads that make objects, of which there are more
    /// than of those that put them.
    #[must_use]
    pub fn new(key: String, bytes: Vec<u8>) -> Self {
        Self { sha256: Sha256::of(&bytes), key, bytes }
    }
}

/// What became of an object that was to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Put {
    /// It has been created.
    Created,
    /// It was there already, with the same bytes: the work of someone else, or of this program before it was stopped.
    Same,
    /// Another object is there.
    Different,
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// How many bytes it has.
    pub size: u64,
    /// What tells its bytes from all others that were or will be under this key, where the place says it.
    pub version: Option<String>,
}

/// Checks that a key stays within the store and means the same to every kind of store: parts that are neither empty nor
/// hidden (they don't begin with `.`, so there is no `..`), no backslash and no control characters, not too long.
///
/// # Errors
/// When it is not allowed; the message shows it.
pub fn check_key(key: &str) -> Result<()> {
    let hidden = |part: &str| part.is_empty() || part.starts_with('.') || part.len() > LONGEST_PART;
    let strange = |letter: char| letter == '\\' || letter.is_control();
    if key.len() > LONGEST_KEY || key.split('/').any(hidden) || key.contains(strange) {
        let shown: String = key.chars().take(100).collect();
        return Err(Error::failed(format!("'{}' can't be the name of an object", shown.escape_debug())));
    }
    Ok(())
}

/// Checks the name of a folder: empty, or a key and a `/`.
///
/// # Errors
/// When it is not allowed.
pub fn check_folder(folder: &str) -> Result<()> {
    match folder.strip_suffix('/') {
        Some(key) => check_key(key),
        None if folder.is_empty() => Ok(()),
        None => Err(Error::failed(format!("'{}' is not the name of a folder", folder.escape_debug()))),
    }
}
