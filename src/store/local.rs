//! Objects as files below a folder.
//!
//! A file is written under a hidden name in the same file system, made durable, and given its name by a rename that
//! never replaces or, where the system has none, by a hard link. So a file is complete as soon as anyone sees it. What
//! a killed program leaves in the hidden folder is nobody's, which a lock on the file tells; a sweep removes it.
//!
//! To make one file durable takes some milliseconds, and many files no longer than one, if the file system is asked
//! once: so [`LocalStore`] makes many files at once where it can.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::objects::{Listed, NewObject, ObjectStore, Put, check_folder, check_key};
use crate::error::{Error, Result};
use crate::parallel::ordered_map;

/// The hidden folder for files that have no name yet.
const STAGING: &str = ".staging";

/// How many files are few: each is then made durable by itself, all at the same time.
const FEW: usize = 8;

/// How many files are made durable together. All are open until then, of which systems allow about a thousand; and there
/// may be two callers at a time.
const TOGETHER: usize = 320;

/// How many threads make files that are made durable together, and how many each makes at a time.
const MAKERS: usize = 2;
const MADE_AT_A_TIME: usize = 32;

/// How many folders are looked into by a thread before it hands on what is in them.
const LISTED_TOGETHER: usize = 64;

/// How often a file is staged before it is an error that it disappears: a sweep may come before its lock.
const ATTEMPTS: u32 = 20;

/// Objects as files below a folder.
#[derive(Debug)]
pub struct LocalStore {
    root: PathBuf,
}

/// The folders whose names must be made durable, one by one; none is noted where the whole file system is asked.
#[derive(Debug)]
struct Changed(Option<BTreeSet<PathBuf>>);

impl Changed {
    fn note(&mut self, folder: &Path) {
        if let Some(folders) = &mut self.0 {
            folders.insert(folder.to_owned());
        }
    }
}

impl LocalStore {
    /// The objects below a folder, which must be there.
    ///
    /// # Errors
    /// When it is not there, is no folder, or can't be read.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        match fs::metadata(&root) {
            Ok(found) if found.is_dir() => Ok(Self { root }),
            Ok(_) => Err(Error::failed(format!("{} is a file, not a folder", root.display()))
                .hint("a store on disk is a folder")),
            Err(cause) => Err(io_error("can't open", &root, &cause)),
        }
    }

    /// The objects below a folder, which is made if it is not there.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        make_folder(&root).map_err(|cause| io_error("can't make the folder", &root, &cause))?;
        Self::open(root)
    }

    /// The folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes an empty file as every other is made, but not durably.
    pub(super) fn create_empty(&self, path: &Path) -> io::Result<()> {
        let staged = self.stage(b"")?;
        staged.persist_noclobber(path).map(drop).map_err(|failed| failed.error)
    }

    fn path(&self, key: &str) -> Result<PathBuf> {
        check_key(key)?;
        Ok(self.root.join(key))
    }

    /// A file with these bytes, but without a name that others see.
    fn stage(&self, bytes: &[u8]) -> io::Result<NamedTempFile> {
        let staging = self.root.join(STAGING);
        let mut builder = tempfile::Builder::new();
        builder.prefix("");
        // What the user's umask leaves of it: others may be allowed to read a store.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut staged = match builder.tempfile_in(&staging) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                // Not with the folders above: if the store has gone, it must not come back empty.
                match fs::create_dir(&staging) {
                    Err(cause) if cause.kind() != ErrorKind::AlreadyExists => return Err(cause),
                    _ => builder.tempfile_in(&staging)?,
                }
            }
            staged => staged?,
        };
        match staged.as_file().try_lock() {
            Ok(()) | Err(TryLockError::Error(_)) => {} // some file systems have no locks
            // A sweep has found it at once, and removes it.
            Err(TryLockError::WouldBlock) => return Err(ErrorKind::NotFound.into()),
        }
        staged.write_all(bytes)?;
        Ok(staged)
    }

    /// Gives a file its name, and notes the folders whose names must be made durable. An error of the kind
    /// `AlreadyExists` where the name is taken, `NotFound` where the staged file has been swept away.
    fn name(&self, staged: NamedTempFile, path: &Path, changed: &mut Changed) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        match staged.persist_noclobber(path) {
            Err(again) if again.error.kind() == ErrorKind::NotFound => {
                self.make_folders(folder, changed)?;
                again.file.persist_noclobber(path)?
            }
            created => created?,
        };
        changed.note(folder);
        Ok(())
    }

    /// Makes a folder and those above it, but not the root.
    fn make_folders(&self, folder: &Path, changed: &mut Changed) -> io::Result<()> {
        let Some(above) = folder.parent().filter(|_| folder != self.root) else { return Ok(()) };
        let made = match fs::create_dir(folder) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                self.make_folders(above, changed)?;
                fs::create_dir(folder)
            }
            made => made,
        };
        match made {
            Err(cause) if cause.kind() != ErrorKind::AlreadyExists => return Err(cause),
            // Also if someone else was faster, who may not have come to it yet.
            _ => changed.note(above),
        }
        Ok(())
    }

    /// Creates an object whose name is not durable yet, from a staged file if there is one.
    fn create_object(
        &self,
        path: &Path,
        bytes: &[u8],
        staged: Option<NamedTempFile>,
        changed: &mut Changed,
    ) -> Result<Put> {
        let fresh = || {
            let staged = self.stage(bytes)?;
            staged.as_file().sync_all()?;
            Ok(staged)
        };
        let mut staged = staged.map(Ok);
        for attempt in 1.. {
            let created = staged.take().unwrap_or_else(fresh).and_then(|staged| self.name(staged, path, changed));
            match created {
                Ok(()) => return Ok(Put::Created),
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => break,
                // Swept away: once more.
                Err(cause) if cause.kind() == ErrorKind::NotFound && attempt < ATTEMPTS && self.root.is_dir() => {}
                Err(cause) => return Err(io_error("can't write", path, &cause)),
            }
        }
        let there = fs::read(path).map_err(|cause| io_error("can't read", path, &cause))?;
        // The program that created it may have died before its name was durable.
        changed.note(path.parent().unwrap_or(&self.root));
        Ok(if there == bytes { Put::Same } else { Put::Different })
    }

    /// Creates objects by asking the file system only once for each so many of them to make everything durable: their
    /// bytes, together with the names of those before; and once more for the last names.
    fn create_together(&self, objects: &[NewObject], results: &mut Vec<Put>) -> Result<()> {
        let stage = |object: &NewObject| match self.stage(&object.bytes) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(io_error("can't write", &self.root.join(&object.key), &cause)),
            Ok(staged) => Ok(Some(staged)),
        };
        let create = |(object, staged): (&NewObject, _)| {
            self.create_object(&self.path(&object.key)?, &object.bytes, staged, &mut Changed(None))
        };
        for objects in objects.chunks(TOGETHER) {
            let chunks = || objects.chunks(MADE_AT_A_TIME);
            let mut staged = Vec::with_capacity(chunks().len());
            let stage_all = |chunk: &[NewObject]| chunk.iter().map(stage).collect::<Result<Vec<_>>>();
            ordered_map(MAKERS, chunks(), stage_all, |chunk| chunk.map(|chunk| staged.push(chunk)))?;
            self.sync_file_system()?;
            let create_all = |(chunk, staged): (&[NewObject], Vec<_>)| {
                chunk.iter().zip(staged).map(create).collect::<Result<Vec<_>>>()
            };
            ordered_map(MAKERS, chunks().zip(staged), create_all, |chunk| chunk.map(|puts| results.extend(puts)))?;
        }
        self.sync_file_system()
    }

    fn sync_file_system(&self) -> Result<()> {
        let synced = File::open(&self.root).and_then(|root| sync_file_system(&root));
        synced.map_err(|cause| io_error("can't write", &self.root, &cause))
    }

    /// Adds the files in a folder, and the folders in it. `prefix` is its key with a slash at its end, or empty.
    fn collect(&self, prefix: &str, found: &mut Vec<Listed>, folders: &mut Vec<String>) -> Result<()> {
        let folder = &*self.root.join(prefix.trim_end_matches('/'));
        let entries = match fs::read_dir(folder) {
            // Gone in the meantime, or never there; but a root that has gone is no empty store.
            Err(cause) if cause.kind() == ErrorKind::NotFound && folder != self.root => {
                return Self::open(&self.root).map(|_| ());
            }
            Err(cause) if cause.kind() == ErrorKind::NotADirectory && folder != self.root => return Ok(()),
            entries => entries.map_err(|cause| io_error("can't read the folder", folder, &cause))?,
        };
        for entry in entries {
            let entry = entry.map_err(|cause| io_error("can't read the folder", folder, &cause))?;
            let path = entry.path();
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(Error::failed(format!("{} has a name that is not UTF-8", path.display()))
                    .hint("it does not belong to the store; move it away"));
            };
            if name.starts_with('.') {
                continue;
            }
            let key = format!("{prefix}{name}");
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(key + "/");
                continue;
            }
            let metadata = match fs::metadata(&path) {
                Err(cause) if cause.kind() == ErrorKind::NotFound && !path.is_symlink() => continue,
                metadata => metadata.map_err(|cause| io_error("can't read", &path, &cause))?,
            };
            if metadata.is_dir() {
                folders.push(key + "/"); // a link to it
            } else if metadata.is_file() {
                found.push(Listed { key, size: metadata.len(), version: None });
            } else {
                return Err(Error::failed(format!("{} is neither a file nor a folder", path.display()))
                    .hint("it does not belong to the store; move it away"));
            }
        }
        Ok(())
    }
}

impl ObjectStore for LocalStore {
    fn place(&self) -> String {
        self.root.display().to_string()
    }

    fn put_new(&self, key: &str, bytes: &[u8]) -> Result<Put> {
        let mut changed = Changed(Some(BTreeSet::new()));
        let put = self.create_object(&self.path(key)?, bytes, None, &mut changed)?;
        for folder in changed.0.into_iter().flatten() {
            sync_folder(&folder).map_err(|cause| io_error("can't write", &folder, &cause))?;
        }
        Ok(put)
    }

    fn put_all(&self, objects: &[NewObject]) -> Result<Vec<Put>> {
        objects.iter().try_for_each(|object| check_key(&object.key))?;
        let mut results = Vec::with_capacity(objects.len());
        if objects.len() < FEW || !cfg!(target_os = "linux") {
            let put = |object: &NewObject| self.put_new(&object.key, &object.bytes);
            ordered_map(FEW.min(objects.len()), objects.iter(), put, |put| put.map(|put| results.push(put)))?;
        } else {
            self.create_together(objects, &mut results)?;
        }
        Ok(results)
    }

    fn sweep(&self) -> Result<()> {
        let staging = self.root.join(STAGING);
        let entries = match fs::read_dir(&staging) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(|cause| io_error("can't read", &staging, &cause))?,
        };
        for entry in entries {
            let path = entry.map_err(|cause| io_error("can't read", &staging, &cause))?.path();
            let Ok(file) = File::open(&path) else { continue }; // has got its name, or is another user's
            match file.try_lock() {
                Ok(()) => match fs::remove_file(&path) {
                    Err(cause) if cause.kind() != ErrorKind::NotFound => {
                        return Err(io_error("can't remove", &path, &cause));
                    }
                    _ => {}
                },
                // Someone is writing it, or the file system can't tell: it does no harm there.
                Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
            }
        }
        Ok(())
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(key)?;
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(cause) => match cause.kind() {
                ErrorKind::NotFound => Self::open(&self.root).map(|_| None),
                ErrorKind::NotADirectory | ErrorKind::IsADirectory => Ok(None),
                _ => Err(io_error("can't read", &path, &cause)),
            },
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>> {
        self.list_after(folder, "")
    }

    fn list_after(&self, folder: &str, after: &str) -> Result<Vec<Listed>> {
        check_folder(folder)?;
        // of a folder all of whose keys come before, nothing is wanted
        let may_have = |folder: &String| folder.as_str() >= after || after.starts_with(folder.as_str());
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while !folders.is_empty() {
            let mut below = Vec::new();
            let collect = |folders: &[String]| {
                let (mut found, mut below) = (Vec::new(), Vec::new());
                folders.iter().try_for_each(|folder| self.collect(folder, &mut found, &mut below))?;
                Ok((found, below))
            };
            let threads = FEW.min(folders.len().div_ceil(LISTED_TOGETHER));
            ordered_map(threads, folders.chunks(LISTED_TOGETHER), collect, |collected: Result<_>| {
                let (files, more) = collected?;
                found.extend(files);
                below.extend(more);
                Ok::<(), Error>(())
            })?;
            below.retain(may_have);
            folders = below;
        }
        found.retain(|object: &Listed| object.key.as_str() > after);
        found.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    fn delete(&self, key: &str) -> Result<bool> {
        let path = self.path(key)?;
        let removed = fs::remove_file(&path).and_then(|()| sync_folder(path.parent().unwrap_or(&self.root)));
        match removed {
            Ok(()) => Ok(true),
            Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
            Err(cause) => Err(io_error("can't remove", &path, &cause)),
        }
    }
}

/// Makes a folder and those above it, durably.
fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().unwrap_or(Path::new(""));
    make_folder(above)?;
    match fs::create_dir(folder) {
        Err(cause) if cause.kind() != ErrorKind::AlreadyExists => Err(cause),
        _ => sync_folder(if above.as_os_str().is_empty() { Path::new(".") } else { above }),
    }
}

/// Makes everything durable that was written to the file system of this folder.
#[cfg(target_os = "linux")]
fn sync_file_system(folder: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(folder)?)
}

/// Other systems can't tell; [`LocalStore::put_all`] does not ask.
#[cfg(not(target_os = "linux"))]
fn sync_file_system(folder: &File) -> io::Result<()> {
    folder.sync_all()
}

/// Makes the names in a folder durable. Where folders can't be opened or synced the system does it by itself.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    match File::open(folder)?.sync_all() {
        Err(cause) if matches!(cause.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

fn io_error(what: &str, path: &Path, cause: &io::Error) -> Error {
    let error = Error::io(format_args!("{what} {}", path.display()), cause);
    match cause.kind() {
        ErrorKind::ReadOnlyFilesystem => {
            error.hint("the file system is read-only; choose a store elsewhere with --store")
        }
        ErrorKind::QuotaExceeded => error.hint("free some space, or choose a store elsewhere with --store"),
        ErrorKind::NotADirectory => error.hint("a file lies where the store needs a folder; move it away"),
        _ => error,
    }
}

#[cfg(test)]
#[path = "local_tests.rs"]
mod tests;
