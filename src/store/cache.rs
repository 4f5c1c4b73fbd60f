//! Copies of objects in a folder of this computer, up to a size: what was used longest ago goes first.
//!
//! A copy is a file with the bytes and, after them, their SHA-256, so that one that is half, damaged or foreign is never
//! believed. Files are written under another name and renamed, nothing relies on a file to be there, and the times of
//! files say when they were used: any number of programs may share a folder. Whatever goes wrong with a copy, the
//! object is read from where it is; only a folder that can't be used at all is an error.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

use crate::domain::digest::Sha256;
use crate::error::{Error, Result};

/// The folder in the folder: another way to write copies would have another one.
const FOLDER: &str = "objects-1";

/// How files begin that are being written.
const UNFINISHED: &str = "new-";

/// Tells programs that make backups to leave the folder out (bford.info/cachedir).
const TAG: (&str, &str) = (
    "CACHEDIR.TAG",
    "Signature: 8a477f597d28d172789f06886806bc55\n# Copies of objects of stores, made by trebuchet-ad.\n",
);

/// How many bytes of a file are the digest.
const DIGEST: usize = 32;

/// Other programs may write, too: the folder is measured again after this part of its size was written.
const MEASURED: u64 = 32;

/// Copies in a folder.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    /// How many bytes the files may have together.
    most: u64,
    state: Mutex<State>,
}

/// What is known of the files.
#[derive(Debug, Default)]
struct State {
    /// How many bytes they have, but for what others did since they were measured; none yet where they never were.
    bytes: Option<u64>,
    /// How many bytes were written since.
    written: u64,
}

/// A file of the folder.
struct Entry {
    used: SystemTime,
    path: PathBuf,
    bytes: u64,
}

impl Cache {
    /// The copies in a folder, which is made if it is not there; they have so many bytes at most.
    ///
    /// # Errors
    /// When it can't be made or written.
    pub fn open(folder: &Path, most: u64) -> Result<Self> {
        let failed = |cause: io::Error| {
            Error::io(format_args!("can't use {} to keep copies", folder.display()), &cause)
                .hint("--cache-dir names a folder that can be written; without it nothing is kept")
        };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700); // what is kept may be for this user only
        builder.create(folder.join(FOLDER)).map_err(failed)?;
        let tag = folder.join(TAG.0);
        if !tag.exists() {
            fs::write(tag, TAG.1).map_err(failed)?;
        }
        Ok(Self { folder: folder.join(FOLDER), most, state: Mutex::default() })
    }

    /// The copy of this name, if there is one, and the digest of its bytes.
    #[must_use]
    pub fn get(&self, name: &Sha256) -> Option<(Vec<u8>, Sha256)> {
        let path = self.path(name);
        let mut bytes = fs::read(&path).ok()?;
        let digest = bytes.len().checked_sub(DIGEST).map(|length| (Sha256::of(&bytes[..length]), length));
        let Some((sha256, length)) = digest.filter(|(sha256, length)| sha256.bytes()[..] == bytes[*length..]) else {
            let _by_others = fs::remove_file(&path);
            return None;
        };
        bytes.truncate(length);
        touch(&path);
        Some((bytes, sha256))
    }

    /// Keeps a copy of bytes with this digest, if that can be done; others may have to go.
    pub fn put(&self, name: &Sha256, bytes: &[u8], sha256: &Sha256) {
        let size = (bytes.len() + DIGEST) as u64;
        if size <= self.most && self.write(name, bytes, sha256).is_ok() {
            self.make_room(size);
        }
    }

    /// Drops a copy.
    pub fn remove(&self, name: &Sha256) {
        let _not_there = fs::remove_file(self.path(name));
    }

    fn path(&self, name: &Sha256) -> PathBuf {
        let name = name.to_string();
        self.folder.join(&name[..2]).join(name)
    }

    fn write(&self, name: &Sha256, bytes: &[u8], sha256: &Sha256) -> io::Result<()> {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.write_all(sha256.bytes())?;
        file.persist(&path)?;
        Ok(())
    }

    /// Notes that so many bytes were written, and removes what was used longest ago where there are too many.
    fn make_room(&self, written: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.written += written;
        match state.bytes {
            Some(bytes) if state.written < self.most / MEASURED && bytes + state.written <= self.most => return,
            _ => {}
        }
        let mut entries = self.entries();
        entries.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
        let mut bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
        // some more than it must be, so that not every further copy has others go
        let wanted = if bytes > self.most { self.most - self.most / MEASURED } else { self.most };
        for entry in entries {
            if bytes <= wanted {
                break;
            }
            let _by_others = fs::remove_file(&entry.path);
            bytes -= entry.bytes;
        }
        (state.bytes, state.written) = (Some(bytes), 0);
    }

    /// All files that are copies, or were to be one: nothing else in the folder is touched.
    fn entries(&self) -> Vec<Entry> {
        let below = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
        let folders = below(&self.folder).map(|entry| entry.path());
        let files = folders.flat_map(|folder| below(&folder).collect::<Vec<_>>());
        let ours = files.filter(|entry| {
            let name = entry.file_name();
            name.to_str().is_some_and(|name| name.parse::<Sha256>().is_ok() || name.starts_with(UNFINISHED))
        });
        let entries = ours.filter_map(|entry| {
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some(Entry { used: about.modified().ok()?, path: entry.path(), bytes: about.len() })
        });
        entries.collect()
    }
}

/// Notes that a file was used now.
fn touch(path: &Path) {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }, last_modification: now };
    if let Ok(file) = File::open(path) {
        let _as_before = rustix::fs::futimens(&file, &times);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn name(number: u32) -> Sha256 {
        Sha256::of(&number.to_le_bytes())
    }

    fn put(cache: &Cache, number: u32, bytes: &[u8]) {
        cache.put(&name(number), bytes, &Sha256::of(bytes));
    }

    fn get(cache: &Cache, number: u32) -> Option<Vec<u8>> {
        let (bytes, sha256) = cache.get(&name(number))?;
        assert_eq!(sha256, Sha256::of(&bytes));
        Some(bytes)
    }

    fn there(cache: &Cache) -> Vec<u32> {
        (0..100).filter(|number| cache.path(&name(*number)).exists()).collect()
    }

    /// Sets the time of use, which file systems keep only so exactly.
    fn used_at(cache: &Cache, number: u32, seconds: u64) {
        let file = File::options().write(true).open(cache.path(&name(number))).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), 1000).unwrap();
        for number in 0..7 {
            put(&cache, number, &[number as u8; 100]); // 132 with the digest
            used_at(&cache, number, 1000 + u64::from(number));
        }
        assert_eq!(there(&cache), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(get(&cache, 0).unwrap(), [0; 100]);
        put(&cache, 7, &[7; 100]);
        assert_eq!(there(&cache), [0, 2, 3, 4, 5, 6, 7], "1 was used before 0");
        put(&cache, 8, &[8; 401]);
        assert_eq!(there(&cache), [0, 5, 6, 7, 8]);
        put(&cache, 9, &[9; 1001]);
        assert_eq!(there(&cache), [0, 5, 6, 7, 8], "too large to be kept");
        cache.remove(&name(8));
        cache.remove(&name(8));
        assert_eq!((there(&cache), get(&cache, 8)), (vec![0, 5, 6, 7], None));
    }

    #[test]
    fn what_others_write_counts_and_what_is_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        for foreign in ["notes", "objects-1/ab/notes"] {
            fs::create_dir_all(folder.path().join(foreign).parent().unwrap()).unwrap();
            fs::write(folder.path().join(foreign), [0; 5000]).unwrap();
        }
        let (one, two) = (Cache::open(folder.path(), 2000).unwrap(), Cache::open(folder.path(), 2000).unwrap());
        fs::create_dir_all(folder.path().join("objects-1/ab")).unwrap();
        fs::write(folder.path().join("objects-1/ab/new-left"), [0; 5000]).unwrap();
        for number in 0..50 {
            put([&one, &two][number as usize % 2], number, &[1; 100]);
            used_at(&one, number, 1000 + u64::from(number));
        }
        let kept = there(&one);
        assert!(kept.len() >= 13 && kept.len() <= 16 && kept.ends_with(&[48, 49]), "{kept:?}");
        assert!(folder.path().join("notes").exists() && folder.path().join("objects-1/ab/notes").exists());
    }

    #[test]
    fn what_is_half_or_damaged_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), 1 << 20).unwrap();
        let damages: [fn(&mut Vec<u8>); 5] = [
            |bytes| bytes[7] ^= 1,
            |bytes| bytes.truncate(40),
            |bytes| bytes.truncate(3),
            Vec::clear,
            |bytes| {
                bytes.push(0);
            },
        ];
        for damage in damages {
            put(&cache, 1, &[5; 100]);
            let path = cache.path(&name(1));
            assert_eq!(get(&cache, 1).unwrap(), [5; 100]);
            let mut bytes = fs::read(&path).unwrap();
            damage(&mut bytes);
            fs::write(&path, bytes).unwrap();
            assert_eq!(get(&cache, 1), None);
            assert!(!path.exists());
        }
        put(&cache, 2, &[]);
        assert_eq!(get(&cache, 2), Some(Vec::new()));
    }

    #[test]
    fn many_at_once_read_what_they_should() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8_u32 {
                let cache = Cache::open(folder.path(), 3000).unwrap();
                scope.spawn(move || {
                    for step in 0..400_u32 {
                        let number = (step * 7 + thread * 3) % 40;
                        match get(&cache, number) {
                            Some(bytes) => assert_eq!(bytes, vec![number as u8; 100]),
                            None => put(&cache, number, &[number as u8; 100]),
                        }
                    }
                });
            }
        });
        let cache = Cache::open(folder.path(), 3000).unwrap();
        put(&cache, 99, &[9; 100]);
        let bytes: u64 = cache.entries().iter().map(|entry| entry.bytes).sum();
        assert!(bytes <= 3000, "{bytes}");
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        let error = Cache::open(&file, 1000).unwrap_err();
        assert!(error.with_cause().contains("/file to keep copies: "), "{}", error.with_cause());
        assert!(error.hints()[0].contains("--cache-dir"));
    }
}
