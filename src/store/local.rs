//! Objects as files below a folder.
//!
//! A file is written under a hidden name in the same file system, made durable, and given its name by a rename that
//! never replaces or, where the system has none, by a hard link. So a file is complete as soon as anyone sees it. What
//! a killed program leaves in the hidden folder is nobody's, which a lock on the file tells; [`LocalStore::sweep`]
//! removes it.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::objects::{Listed, ObjectStore, Put, check_folder, check_key};
use crate::error::{Error, Result};

/// The hidden folder for files that have no name yet.
const STAGING: &str = ".staging";

/// How often a file is staged before it is an error that it disappears: a sweep may come before its lock.
const ATTEMPTS: u32 = 20;

/// Objects as files below a folder.
#[derive(Debug)]
pub struct LocalStore {
    root: PathBuf,
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

    /// Removes what programs that were killed left behind; what others are writing stays.
    ///
    /// # Errors
    /// When the hidden folder can't be read or written.
    pub fn sweep(&self) -> Result<()> {
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

    fn path(&self, key: &str) -> Result<PathBuf> {
        check_key(key)?;
        Ok(self.root.join(key))
    }

    /// A file with these bytes, on the disk, but without a name that others see.
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
        staged.as_file().sync_all()?;
        Ok(staged)
    }

    /// Creates a file; an error of the kind `AlreadyExists` where there is one, `NotFound` where the staged file has
    /// been swept away.
    fn create_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        match self.stage(bytes)?.persist_noclobber(path) {
            Err(again) if again.error.kind() == ErrorKind::NotFound => {
                self.make_folders(folder)?;
                again.file.persist_noclobber(path)?
            }
            created => created?,
        };
        sync_folder(folder)
    }

    /// Makes a folder and those above it, but not the root.
    fn make_folders(&self, folder: &Path) -> io::Result<()> {
        if folder != self.root
            && let Some(above) = folder.parent()
            && !folder.is_dir()
        {
            self.make_folders(above)?;
            match fs::create_dir(folder) {
                Err(cause) if cause.kind() != ErrorKind::AlreadyExists => return Err(cause),
                _ => sync_folder(above)?,
            }
        }
        Ok(())
    }

    /// Adds all files below a folder; `prefix` is its key with a slash at its end, or empty.
    fn collect(&self, folder: &Path, prefix: &str, found: &mut Vec<Listed>) -> Result<()> {
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
            let metadata = match fs::metadata(&path) {
                Err(cause) if cause.kind() == ErrorKind::NotFound && !path.is_symlink() => continue,
                metadata => metadata.map_err(|cause| io_error("can't read", &path, &cause))?,
            };
            if metadata.is_dir() {
                self.collect(&path, &format!("{key}/"), found)?;
            } else if metadata.is_file() {
                found.push(Listed { key, size: metadata.len() });
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
        let path = self.path(key)?;
        let mut attempt = 1;
        loop {
            match self.create_file(&path, bytes) {
                Ok(()) => return Ok(Put::Created),
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
                    let there = fs::read(&path).map_err(|cause| io_error("can't read", &path, &cause))?;
                    return Ok(if there == bytes { Put::Same } else { Put::Different });
                }
                Err(cause) if cause.kind() == ErrorKind::NotFound && self.root.is_dir() && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(cause) => return Err(io_error("can't write", &path, &cause)),
            }
        }
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
        check_folder(folder)?;
        let mut found = Vec::new();
        self.collect(&self.root.join(folder), folder, &mut found)?;
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
mod tests {
    use super::super::objects::contract;
    use super::*;

    #[test]
    fn the_contract_holds() {
        let folder = tempfile::tempdir().unwrap();
        let mut count = 0;
        contract::holds(|| {
            count += 1;
            LocalStore::create(folder.path().join(format!("new/{count}"))).unwrap()
        });
        assert!(count > 5);
    }

    #[test]
    fn what_a_killed_program_left_is_ignored_and_swept() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::open(folder.path()).unwrap();
        store.sweep().unwrap();
        assert_eq!(store.put_new("a", b"1").unwrap(), Put::Created);
        let left = folder.path().join(STAGING).join("left");
        fs::write(&left, "half").unwrap();
        let staged = store.stage(b"in work").unwrap();
        assert_eq!(store.list("").unwrap().len(), 1);
        store.sweep().unwrap();
        assert!(!left.exists() && staged.path().exists());
        staged.persist_noclobber(folder.path().join("b")).unwrap();
        assert_eq!(store.get("b").unwrap().as_deref(), Some(&b"in work"[..]));
        assert_eq!(fs::read_dir(folder.path().join(STAGING)).unwrap().count(), 0);
    }

    #[test]
    fn putting_goes_on_while_others_sweep() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::open(folder.path()).unwrap();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for number in 0..200 {
                    assert_eq!(store.put_new(&format!("{number}"), b"x").unwrap(), Put::Created);
                }
            });
            while !writer.is_finished() {
                store.sweep().unwrap();
            }
            writer.join().unwrap();
        });
        assert_eq!(store.list("").unwrap().len(), 200);
    }

    #[test]
    fn a_store_that_has_gone_does_not_come_back_empty() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("store");
        let store = LocalStore::create(&root).unwrap();
        fs::remove_dir(&root).unwrap();
        let errors = [
            store.put_new("a/b", b"1").unwrap_err(),
            store.get("a").unwrap_err(),
            store.list("").unwrap_err(),
            store.list("a/").unwrap_err(),
        ];
        for error in errors {
            assert!(error.to_string().contains("store") && error.to_string().contains("no such file"), "{error}");
        }
        assert!(!root.exists());
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::open(folder.path()).unwrap();
        assert_eq!(store.put_new("a", b"1").unwrap(), Put::Created);
        let error = store.put_new("a/b", b"1").unwrap_err();
        assert!(error.to_string().contains("a/b: not a directory"), "{error}");
        assert!(error.hints()[0].contains("move it away"));
        assert_eq!(store.put_new("c/d", b"1").unwrap(), Put::Created);
        let error = store.put_new("c", b"1").unwrap_err();
        assert!(error.to_string().contains("is a directory"), "{error}");
        let error = LocalStore::open(folder.path().join("a")).unwrap_err();
        assert!(error.to_string().ends_with("a is a file, not a folder"));
        assert!(LocalStore::create(folder.path().join("a/b")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_are_the_users() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let store = LocalStore::create(folder.path().join("store")).unwrap();
        let probe = folder.path().join("probe");
        fs::write(&probe, "").unwrap();
        assert_eq!(store.put_new("a/b", b"1").unwrap(), Put::Created);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&folder.path().join("store/a/b")), mode(&probe));
        symlink(folder.path().join("store/a"), folder.path().join("store/c")).unwrap();
        assert_eq!(store.list("c/").unwrap()[0].key, "c/b"); // a data type on another disk
        symlink("nowhere", folder.path().join("store/d")).unwrap();
        assert!(store.list("").unwrap_err().to_string().contains("store/d: no such file"));
    }
}
