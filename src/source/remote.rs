//! Objects on S3 that are read like files: found when the command line is read, copied to a temporary folder when they
//! are first opened.
//!
//! A copy stays until the inputs are dropped, since every input may be opened several times; memory holds none of it.
//! Small objects that come next are copied together with the one that is opened, several at once: to wait for each of
//! thousands would take longer than to read them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use globset::GlobMatcher;
use tempfile::TempDir;

use super::input::glob;
use crate::domain::digest::Sha256;
use crate::domain::text::visible;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::parallel::ordered_map;
use crate::s3::address::Address;
use crate::s3::{Access, Bucket, Listed};

/// How many objects are copied together, at most.
const TOGETHER: usize = 256;

/// How many bytes those that come next may have together.
const AHEAD: u64 = 64 << 20;

/// What marks a pattern.
const WILD: [char; 3] = ['*', '?', '['];

/// An object that the command line names.
pub(super) struct Found {
    /// Where it is.
    pub address: Address,
    /// What it is called: its address, or below a prefix its key without that.
    pub label: String,
    /// Whether it was found below a prefix rather than named.
    pub from_folder: bool,
    /// What reads it.
    pub object: Remote,
}

/// Finds objects; all that it finds are copied to the same folder.
pub(super) struct Finder<'a> {
    access: &'a Access,
    buckets: BTreeMap<String, Bucket>,
    known: BTreeMap<Address, usize>,
    copies: Arc<Copies>,
}

/// An object that is read like a file.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    copies: Arc<Copies>,
    number: usize,
}

/// The copies of objects.
#[derive(Debug, Default)]
struct Copies {
    folder: Mutex<Option<TempDir>>,
    objects: Mutex<Vec<Arc<Object>>>,
}

#[derive(Debug)]
struct Object {
    bucket: Bucket,
    key: String,
    size: u64,
    copy: Mutex<Option<Copy>>,
}

/// The copy of an object.
#[derive(Clone, Debug)]
struct Copy {
    path: PathBuf,
    sha256: Sha256,
    bytes: u64,
}

impl<'a> Finder<'a> {
    /// Finds objects that are reached so.
    pub fn new(access: &'a Access) -> Self {
        Self { access, buckets: BTreeMap::new(), known: BTreeMap::new(), copies: Arc::default() }
    }

    /// What an address names: an object; all objects below a prefix, where it ends with a slash or there is no such
    /// object; those whose keys a pattern matches.
    ///
    /// # Errors
    /// When it names nothing, or S3 does not tell.
    pub fn find(&mut self, address: &Address) -> Result<Vec<Found>> {
        let bucket = self.bucket(address)?;
        let key = &address.key;
        if address.names_object() {
            if let Some(head) = bucket.head(key)? {
                return Ok(vec![self.found(&bucket, key, head.size, None)]);
            }
            if key.contains(WILD) {
                return self.matching(&bucket, address);
            }
        }
        let folder = if address.names_object() { format!("{key}/") } else { key.clone() };
        let listed = bucket.list(&folder)?;
        let below = listed.iter().filter(|object| !is_hidden(&object.key[folder.len()..]));
        let found: Vec<Found> =
            below.map(|object| self.found(&bucket, &object.key, object.size, Some(&folder))).collect();
        if found.is_empty() {
            return Err(missing(address, listed.is_empty()));
        }
        Ok(found)
    }

    fn bucket(&mut self, address: &Address) -> Result<Bucket> {
        if let Some(bucket) = self.buckets.get(&address.bucket) {
            return Ok(bucket.clone());
        }
        let bucket = Bucket::new(&address.bucket, self.access)?;
        self.buckets.insert(address.bucket.clone(), bucket.clone());
        Ok(bucket)
    }

    /// The objects whose keys a pattern matches, and those of the folders that it matches.
    fn matching(&mut self, bucket: &Bucket, address: &Address) -> Result<Vec<Found>> {
        let pattern = Pattern::new(&address.key)?;
        let mut found = Vec::new();
        for Listed { key, size, .. } in bucket.list(pattern.fixed())? {
            match pattern.matches(&key) {
                Some(Match::Itself) => found.push(self.found(bucket, &key, size, None)),
                Some(Match::Below(folder)) => found.push(self.found(bucket, &key, size, Some(folder))),
                None => {}
            }
        }
        if found.is_empty() {
            return Err(Error::failed(format!("no object matches {}", visible(&address.to_string())))
                .hint("* stands for any part of a name, ** for any folders below"));
        }
        Ok(found)
    }

    fn found(&mut self, bucket: &Bucket, key: &str, size: u64, folder: Option<&str>) -> Found {
        let address = bucket.address(key);
        let label = folder.map_or_else(|| address.to_string(), |folder| key[folder.len()..].to_owned());
        let number = *self.known.entry(address.clone()).or_insert_with(|| {
            let mut objects = lock(&self.copies.objects);
            objects.push(Arc::new(Object {
                bucket: bucket.clone(),
                key: key.to_owned(),
                size,
                copy: Mutex::new(None),
            }));
            objects.len() - 1
        });
        let object = Remote { copies: Arc::clone(&self.copies), number };
        Found { address, label, from_folder: folder.is_some(), object }
    }
}

/// A pattern of keys.
struct Pattern<'a> {
    text: &'a str,
    /// Where its first wildcard is.
    wild: usize,
    /// Where the name begins in which that is.
    name: usize,
    matcher: GlobMatcher,
}

/// What of a key a pattern matches.
#[derive(Debug, PartialEq, Eq)]
enum Match<'k> {
    /// All of it.
    Itself,
    /// A folder above, which ends with a slash.
    Below(&'k str),
}

impl<'a> Pattern<'a> {
    fn new(text: &'a str) -> Result<Self> {
        let wild = text.find(WILD).unwrap_or(text.len());
        let name = text[..wild].rfind('/').map_or(0, |slash| slash + 1);
        Ok(Self { text, wild, name, matcher: glob(text)? })
    }

    /// How all keys that it matches begin.
    fn fixed(&self) -> &'a str {
        &self.text[..self.wild]
    }

    fn matches<'k>(&self, key: &'k str) -> Option<Match<'k>> {
        let rest = &self.text[self.name..];
        let hidden = rest.starts_with('.') || rest.contains("/.");
        let below = key.get(self.name..)?;
        if key.ends_with('/') || !hidden && is_hidden(below) {
            return None;
        }
        if self.matcher.is_match(key) {
            return Some(Match::Itself);
        }
        let slashes = below.match_indices('/').map(|(slash, _)| self.name + slash);
        let mut folders = slashes.filter(|_| !self.text.contains("**"));
        let folder = folders.find(|slash| self.matcher.is_match(&key[..*slash]))?;
        (!is_hidden(&key[folder + 1..])).then(|| Match::Below(&key[..=folder]))
    }
}

/// Whether what follows a prefix is passed over: hidden names, and the empty objects that stand for folders.
fn is_hidden(below: &str) -> bool {
    below.is_empty() || below.ends_with('/') || below.split('/').any(|part| part.starts_with('.'))
}

fn missing(address: &Address, nothing_below: bool) -> Error {
    let shown = visible(&address.to_string());
    if !nothing_below {
        return Error::failed(format!("{shown}: there are no objects to read below it"))
            .hint("hidden names are passed over");
    }
    let above = address.key.trim_end_matches('/').rfind('/').map_or("", |slash| &address.key[..=slash]);
    let hint = format!("see what is there: aws s3 ls {}", visible(&address.with_key(above).to_string()));
    let what = if address.names_object() { "is no such object, and none" } else { "are no objects" };
    Error::failed(format!("{shown}: there {what} below it")).hint(hint)
}

impl Remote {
    /// A copy of the object in a file.
    ///
    /// # Errors
    /// When it has gone or can't be read, or the temporary folder is full.
    pub fn open(&self) -> Result<File> {
        let path = self.copy()?.path;
        File::open(&path).map_err(|cause| Error::io(format_args!("can't read {}", path.display()), &cause))
    }

    /// The digest of its bytes, and how many they are.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn digest(&self) -> Result<(Sha256, u64)> {
        self.copy().map(|copy| (copy.sha256, copy.bytes))
    }

    fn copy(&self) -> Result<Copy> {
        let object = self.copies.object(self.number)?;
        let mut copy = lock(&object.copy);
        if let Some(copy) = &*copy {
            return Ok(copy.clone());
        }
        let made = self.copies.make(&object, self.number).map_err(Error::of_system)?;
        *copy = Some(made.clone());
        drop(copy);
        let next = self.copies.next(self.number);
        if !next.is_empty() {
            let threads = object.bucket.concurrency().min(next.len());
            let ahead = |(number, object): (usize, Arc<Object>)| self.copies.ahead(&object, number);
            // what goes wrong is told when it is opened
            let _told_later = ordered_map(threads, next.into_iter(), ahead, |done| done);
        }
        Ok(made)
    }
}

impl Copies {
    fn object(&self, number: usize) -> Result<Arc<Object>> {
        let objects = lock(&self.objects);
        objects.get(number).cloned().ok_or_else(|| Error::failed("an object has no number; this is a bug"))
    }

    /// What comes after an object, as far as it is small.
    fn next(&self, number: usize) -> Vec<(usize, Arc<Object>)> {
        let mut bytes = 0;
        let objects = lock(&self.objects);
        let following = objects.iter().enumerate().skip(number + 1).take(TOGETHER);
        let small = following.take_while(|(_, object)| {
            bytes += object.size;
            bytes <= AHEAD
        });
        small.map(|(number, object)| (number, Arc::clone(object))).collect()
    }

    /// Copies an object that will be opened, unless someone else does.
    fn ahead(&self, object: &Object, number: usize) -> Result<()> {
        if let Ok(mut copy) = object.copy.try_lock()
            && copy.is_none()
        {
            *copy = Some(self.make(object, number)?);
        }
        Ok(())
    }

    fn make(&self, object: &Object, number: usize) -> Result<Copy> {
        let stop = interrupt::listen()?; // so that the folder goes when the work must end
        let path = self.folder()?.join(number.to_string());
        let made = File::create(&path).map_err(|cause| unwritable(&cause)).and_then(|mut file| {
            let downloaded = object.bucket.download(&object.key, &mut file, &|| stop.check())?;
            downloaded.ok_or_else(|| {
                Error::failed(format!(
                    "{} is no longer there",
                    visible(&object.bucket.address(&object.key).to_string())
                ))
                .hint("it was there when this command began; run it again")
            })
        });
        match made {
            Ok((sha256, bytes)) => Ok(Copy { path, sha256, bytes }),
            Err(error) => {
                let _gone_with_its_folder = fs::remove_file(&path);
                Err(error)
            }
        }
    }

    fn folder(&self) -> Result<PathBuf> {
        let mut folder = lock(&self.folder);
        if let Some(folder) = &*folder {
            return Ok(folder.path().to_owned());
        }
        let made = tempfile::Builder::new().prefix("trebuchet-ad-").tempdir().map_err(|cause| unwritable(&cause))?;
        let path = made.path().to_owned();
        *folder = Some(made);
        Ok(path)
    }
}

fn unwritable(cause: &std::io::Error) -> Error {
    Error::io("can't copy objects to the temporary folder", cause).hint("set TMPDIR to a folder with more space")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(pattern: &str, keys: &[&str]) -> Vec<String> {
        let pattern = Pattern::new(pattern).unwrap();
        let label = |key: &&str| match pattern.matches(key)? {
            Match::Itself => Some((*key).to_owned()),
            Match::Below(folder) => Some(format!("{folder}|{}", &key[folder.len()..])),
        };
        keys.iter().filter_map(label).collect()
    }

    #[test]
    fn patterns_match_keys_as_they_match_paths() {
        let keys = ["b.csv", "a/x.csv", "a/y.json", "a/deep/z.csv", "a/.hidden", "a/.git/config", "a/", "ab/x.csv"];
        assert_eq!(matched("*.csv", &keys), ["b.csv"]);
        assert_eq!(matched("a/*.csv", &keys), ["a/x.csv"]);
        assert_eq!(matched("a/*", &keys), ["a/x.csv", "a/y.json", "a/deep/|z.csv"]);
        assert_eq!(matched("a/.*", &keys), ["a/.hidden", "a/.git/|config"]);
        assert_eq!(matched("**/*.csv", &keys), ["b.csv", "a/x.csv", "a/deep/z.csv", "ab/x.csv"]);
        assert_eq!(matched("*/[xy].*", &keys), ["a/x.csv", "a/y.json", "ab/x.csv"]);
        assert_eq!(matched("a?/x.csv", &keys), ["ab/x.csv"]);
        assert_eq!(Pattern::new("logs/2024-*/x").unwrap().fixed(), "logs/2024-");
        assert!(Pattern::new("a/[").is_err());
    }

    #[test]
    fn hidden_names_and_stand_ins_for_folders_are_passed_over() {
        assert!(["", "a/", ".x", "a/.x", ".a/x"].into_iter().all(is_hidden));
        assert!(["x", "a/x", "a.b/x."].into_iter().all(|below| !is_hidden(below)));
    }
}
