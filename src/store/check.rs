//! Whether everything can be done that a store needs, found out by trying it; nothing is left behind.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::layout::MARKER;
use super::local::LocalStore;
use super::marker::Marker;
use super::place::Place;
use super::s3::S3Store;
use crate::error::{Advice, Error, Result};
use crate::s3::Access;
use crate::s3::check::{Answer, Checked};

/// To read the files of a folder.
pub const READ: &str = "read files";

/// To create files in a folder.
pub const CREATE: &str = "create files";

/// To delete files in a folder.
pub const DELETE: &str = "delete files";

/// What was found out about a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Where the store is.
    pub place: String,
    /// The server that keeps it, if it is not on a disk.
    pub server: Option<String>,
    /// What was tried.
    pub checked: Vec<Checked>,
}

/// Tries everything that the store at a place needs; `name` is one that nothing else has.
///
/// # Errors
/// When there is no store, or it can't be reached.
pub fn check(place: &Place, access: &Access, name: &str) -> Result<Report> {
    match place {
        Place::Folder(path) if !path.exists() => {
            Err(Error::failed(format!("there is no store at {place}")).advise(Advice::InitStore))
        }
        Place::Folder(path) => {
            let store = LocalStore::open(path)?;
            Marker::read(&store)?.layout()?;
            Ok(Report { place: place.to_string(), server: None, checked: local(&store, name)? })
        }
        Place::Bucket(address) => {
            let store = S3Store::open(address, access)?;
            let keeping = match Marker::read(&store) {
                Ok(marker) => marker.keeping().clone(),
                // then nobody can know whether it is a store
                Err(_) if store.may_not_read(MARKER)? => Default::default(),
                Err(error) => return Err(error),
            };
            let (server, checked) = store.keeping(keeping).check(MARKER, name)?;
            Ok(Report { place: place.to_string(), server: Some(server), checked })
        }
    }
}

/// Where something could not be done in the folders of a store.
#[derive(Default)]
struct Tried {
    /// The first place, and why.
    first: Option<(String, String)>,
    failures: usize,
}

impl Tried {
    /// Notes how something ended, and whether it was done.
    fn note(&mut self, path: &Path, result: io::Result<()>) -> bool {
        let Err(cause) = result else { return true };
        self.failures += 1;
        let reason = || Error::io(path.display(), &cause).with_cause();
        self.first.get_or_insert_with(|| (path.display().to_string(), reason()));
        false
    }

    fn checked(self, what: &'static str, root: &Path) -> Checked {
        match self.first {
            None => Checked { what, on: root.display().to_string(), answer: Answer::Yes },
            Some((on, reason)) => {
                let more = if self.failures > 1 { format!(", and {} more", self.failures - 1) } else { String::new() };
                Checked { what, on, answer: Answer::No(format!("{reason}{more}")) }
            }
        }
    }
}

/// Tries to read each file, and to create and delete one in each folder.
fn local(store: &LocalStore, name: &str) -> Result<Vec<Checked>> {
    let (mut read, mut create, mut delete) = (Tried::default(), Tried::default(), Tried::default());
    let mut folders = vec![store.root().to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = match entries {
            Ok(entries) => entries,
            Err(cause) => {
                read.note(&folder, Err(cause));
                continue;
            }
        };
        for path in entries.iter().filter(|entry| !hidden(entry)).map(fs::DirEntry::path) {
            match path.is_dir() {
                true => folders.push(path),
                false => _ = read.note(&path, File::open(&path).map(drop)),
            }
        }
        let probe = folder.join(format!(".check-{name}"));
        if create.note(&folder, store.create_empty(&probe)) {
            delete.note(&folder, fs::remove_file(&probe));
        }
    }
    let root = store.root();
    Ok(vec![read.checked(READ, root), create.checked(CREATE, root), delete.checked(DELETE, root)])
}

fn hidden(entry: &fs::DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}
