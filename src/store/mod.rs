//! How data is kept: objects that are written once, in a layout that Athena reads.
//!
//! * [`objects`]: the small trait behind which a disk ([`local`]) or S3 ([`s3`]) stands.
//! * [`cached`]: objects with copies of them on this computer, which are kept in a [`cache`].
//! * [`layout`]: which object has which key; the only place that knows paths.
//! * [`place`]: where a store is; [`marker`]: the document that makes a place a store; [`check`]: what can be done there.
//! * [`schema`]: the columns of each data type, how rows are filed and sorted.
//! * [`settings`], [`claims`], [`runs`]: what the store knows about a dataset, about versions and about its own history.
//! * [`checkpoints`]: the folded run log.
//! * [`turns`]: which of several runs at once does something.
//! * [`models`], [`detections`]: what runs of `train` and `detect` say of themselves.
//! * [`codec`]: rows as Parquet and back; polars lives there.

pub mod cache;
pub mod cached;
pub mod check;
pub mod checkpoints;
pub mod claims;
pub mod codec;
pub mod detections;
pub mod document;
pub mod layout;
pub mod local;
pub mod marker;
pub mod models;
pub mod objects;
pub mod place;
pub mod runs;
pub mod s3;
pub mod schema;
pub mod settings;
pub mod turns;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::cache::Cache;
use self::cached::CachedStore;
use self::layout::{Layout, ObjectName};
use self::local::LocalStore;
use self::marker::{Keeping, Marker};
use self::objects::{NewObject, ObjectStore, Put};
use self::place::Place;
use self::s3::S3Store;
use crate::domain::dataset::Dataset;
use crate::domain::digest::Sha256;
use crate::error::{Advice, Error, Result};
use crate::parallel::ordered_map;
use crate::s3::{Access, CacheAt};

/// A store that has been opened.
#[derive(Clone, Debug)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    layout: Layout,
    keeping: Keeping,
}

/// An object that is now in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// What became of it.
    pub put: Put,
    /// The digest of the bytes that the store has now.
    pub sha256: Sha256,
    /// How many they are.
    pub bytes: u64,
}

/// An object of the store, with its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// Which one it is.
    pub name: ObjectName,
    /// How many bytes it has.
    pub size: u64,
}

impl Store {
    /// Makes a store, or opens the one that is there already.
    ///
    /// # Errors
    /// When it can't be made, something else is there, or the store has another layout.
    pub fn init(place: &str, layout: Layout) -> Result<Self> {
        Self::init_with(&Place::parse(place)?, layout, &Keeping::default(), &Access::default())
    }

    /// The same where it is known how S3 is reached, and how it shall keep the objects.
    ///
    /// # Errors
    /// As [`Self::init`]; and when the server does not keep to conditions, so that objects could be overwritten.
    pub fn init_with(place: &Place, layout: Layout, keeping: &Keeping, access: &Access) -> Result<Self> {
        let marker = Marker::new(layout, keeping.clone());
        match place {
            Place::Folder(_) if !keeping.says_nothing() => {
                Err(Error::usage("encryption and storage classes are for stores on S3")
                    .hint("leave them out; or name a bucket: --store s3://BUCKET/PREFIX"))
            }
            Place::Folder(path) => {
                let objects = Arc::new(LocalStore::create(path)?);
                marker.create(&*objects)?;
                Self::of(objects)
            }
            Place::Bucket(address) => {
                let objects = S3Store::open(address, access)?.keeping(keeping.clone());
                marker.create(&objects)?;
                // a server that ignores the condition would overwrite, and lose, what is there
                if marker.create_again(&objects)? == Put::Created {
                    return Err(Error::failed(format!(
                        "the server of {place} overwrites objects although it is asked not to"
                    ))
                    .hint("a store needs conditional writes (If-None-Match: *); use a newer version of the server"));
                }
                Self::open_with(place, access)
            }
        }
    }

    /// Whether there is a store, sound or not.
    ///
    /// # Errors
    /// When that can't be known.
    pub fn is_there(place: &Place, access: &Access) -> Result<bool> {
        match place {
            Place::Folder(path) if path.exists() && !path.is_dir() => {
                Err(Error::failed(format!("{place} is a file, not a folder")).hint("a store on disk is a folder"))
            }
            Place::Folder(path) => Ok(path.join(layout::MARKER).exists()),
            Place::Bucket(address) => Ok(S3Store::open(address, access)?.get(layout::MARKER)?.is_some()),
        }
    }

    /// Opens a store.
    ///
    /// # Errors
    /// When there is none, or it is not one that this program understands.
    pub fn open(place: &str) -> Result<Self> {
        Self::open_with(&Place::parse(place)?, &Access::default())
    }

    /// The same where it is known how S3 is reached.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(place: &Place, access: &Access) -> Result<Self> {
        match place {
            Place::Folder(path) if !path.exists() => {
                Err(Error::failed(format!("there is no store at {place}")).advise(Advice::InitStore))
            }
            Place::Folder(path) => Self::of(Arc::new(LocalStore::open(path)?)),
            Place::Bucket(address) => {
                let objects = S3Store::open(address, access)?;
                let marker = Marker::read(&*with_copies(objects.clone(), access)?)?;
                let (layout, keeping) = (marker.layout()?, marker.keeping().clone());
                Ok(Self { layout, objects: with_copies(objects.keeping(keeping.clone()), access)?, keeping })
            }
        }
    }

    /// The store that these objects are.
    ///
    /// # Errors
    /// When they are none that this program understands.
    pub fn of(objects: Arc<dyn ObjectStore>) -> Result<Self> {
        let marker = Marker::read(&*objects)?;
        Ok(Self { layout: marker.layout()?, objects, keeping: marker.keeping().clone() })
    }

    /// How deep its folders are.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// How S3 keeps its objects.
    #[must_use]
    pub fn keeping(&self) -> &Keeping {
        &self.keeping
    }

    /// Its objects.
    #[must_use]
    pub fn objects(&self) -> &dyn ObjectStore {
        &*self.objects
    }

    /// Where it is, as the user would write it.
    #[must_use]
    pub fn place(&self) -> String {
        self.objects.place()
    }

    /// On how many threads to read objects, where so many compute: on more than those where each read waits.
    #[must_use]
    pub fn reading_threads(&self, threads: usize) -> usize {
        self.objects.at_once().max(threads)
    }

    /// Reads objects that must be there, and makes something of each; in their order, several at once where that is
    /// worth it.
    ///
    /// # Errors
    /// As [`Self::read`], and those of `parse`; of several the first.
    pub fn read_all<T: Send>(
        &self,
        keys: &[String],
        parse: impl Fn(&str, &[u8]) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        let mut all = Vec::with_capacity(keys.len());
        let read = |key: &String| parse(key, &self.read(key)?);
        ordered_map(self.reading_threads(1).min(keys.len().max(1)), keys.iter(), read, |one: Result<T>| {
            all.push(one?);
            Ok::<(), Error>(())
        })?;
        Ok(all)
    }

    /// The bytes of an object that must be there.
    ///
    /// # Errors
    /// When it is not there or can't be read.
    pub fn read(&self, key: &str) -> Result<Vec<u8>> {
        self.objects.get(key)?.ok_or_else(|| self.missing(key))
    }

    /// The error for an object that must be there.
    #[must_use]
    pub fn missing(&self, key: &str) -> Error {
        Error::failed(format!("{key} is missing in {}", self.place())).advise(Advice::SeeStatus)
    }

    /// The bytes of an object, which must be those that a run has recorded.
    ///
    /// # Errors
    /// When it is not there, can't be read, or has changed.
    pub fn read_verified(&self, key: &str, expected: &Sha256) -> Result<Vec<u8>> {
        let (bytes, found) = self.objects.get_known(key, expected)?.ok_or_else(|| self.missing(key))?;
        verify(key, &found, expected)?;
        Ok(bytes)
    }

    /// Creates an object, and tells the digest of what is there now: for a derived object, whose name says what its rows
    /// are, it does not matter who has written it.
    ///
    /// # Errors
    /// When the store can't be written.
    pub fn put(&self, key: &str, bytes: &[u8]) -> Result<Written> {
        self.written(key, bytes, Sha256::of(bytes), self.objects.put_new(key, bytes)?)
    }

    /// The same for many objects, in less time; in their order.
    ///
    /// # Errors
    /// When the store can't be written.
    pub fn put_all(&self, objects: &[NewObject]) -> Result<Vec<Written>> {
        let puts = self.objects.put_all(objects)?;
        objects
            .iter()
            .zip(puts)
            .map(|(object, put)| self.written(&object.key, &object.bytes, object.sha256, put))
            .collect()
    }

    /// What is there now, after bytes with this digest were to be put.
    fn written(&self, key: &str, bytes: &[u8], sha256: Sha256, put: Put) -> Result<Written> {
        if put == Put::Different {
            let there = self.read(key)?;
            return Ok(Written { put, sha256: Sha256::of(&there), bytes: there.len() as u64 });
        }
        Ok(Written { put, sha256, bytes: bytes.len() as u64 })
    }

    /// The objects in a folder that [`layout::DataType::folder`] or [`layout::partition_folder`] has named, in the order of their
    /// keys.
    ///
    /// # Errors
    /// When it can't be read, or has a file that does not belong there.
    pub fn list(&self, folder: &str) -> Result<Vec<StoredObject>> {
        self.list_after(folder, None)
    }

    /// The same of those whose keys come after this text.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn list_after(&self, folder: &str, after: Option<&str>) -> Result<Vec<StoredObject>> {
        let listed = match after {
            Some(after) => self.objects.list_after(folder, after)?.into_iter(),
            None => self.objects.list(folder)?.into_iter(),
        };
        listed.map(|object| Ok(StoredObject { name: self.named(&object.key)?, size: object.size })).collect()
    }

    /// Checks that a folder has nothing but objects, without looking at those that are known to be some.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub fn check(&self, folder: &str, known: impl Fn(&str) -> bool) -> Result<()> {
        let listed = self.objects.list(folder)?;
        listed.iter().filter(|object| !known(&object.key)).try_for_each(|object| self.named(&object.key).map(drop))
    }

    fn named(&self, key: &str) -> Result<ObjectName> {
        self.layout.parse(key).ok_or_else(|| {
            Error::failed(format!("{key} is not an object of a store of layout {}", self.layout.name()))
                .hint(format!("it does not belong there; move it out of {}", self.place()))
        })
    }

    /// The datasets that have settings.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn datasets(&self) -> Result<Vec<Dataset>> {
        let listed = self.objects.list(layout::SETTINGS)?;
        let datasets = listed.iter().filter_map(|object| Some(layout::parse_settings(&object.key)?.0));
        Ok(datasets.collect::<BTreeSet<_>>().into_iter().collect())
    }
}

/// Checks that an object has the digest that a run has recorded.
///
/// # Errors
/// When it has another one.
pub fn verify(key: &str, found: &Sha256, expected: &Sha256) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::failed(format!("{key} is not what was written: its SHA-256 is {found}, not {expected}"))
        .hint("it is damaged or was replaced; restore it from a copy"))
}

/// The objects on S3, with copies of them where that is wanted.
fn with_copies(objects: S3Store, access: &Access) -> Result<Arc<dyn ObjectStore>> {
    let Some(CacheAt { folder, size }) = &access.cache else { return Ok(Arc::new(objects)) };
    let (cache, identity) = (Cache::open(folder, *size)?, objects.identity());
    Ok(Arc::new(CachedStore::new(objects, Arc::new(cache), identity)))
}

#[cfg(test)]
mod tests {
    use super::layout::DataType;
    use super::*;

    #[test]
    fn a_store_is_made_once_and_opened() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("s").display().to_string();
        let error = Store::open(&place).unwrap_err();
        assert!(error.to_string().starts_with("there is no store at ") && error.advice() == [Advice::InitStore]);
        assert_eq!(Store::init(&place, Layout::Full).unwrap().layout(), Layout::Full);
        assert_eq!(Store::init(&place, Layout::Full).unwrap().layout(), Layout::Full);
        let store = Store::open(&place).unwrap();
        assert_eq!((store.layout(), store.place()), (Layout::Full, place.clone()));
        let error = Store::init(&place, Layout::Compact).unwrap_err();
        assert!(error.to_string().ends_with("is a store of layout full already, not compact"), "{error}");
        assert_eq!(store.datasets().unwrap(), []);
    }

    #[test]
    fn places_of_other_kinds_are_refused() {
        for (place, words) in [("s3://b/x", "s3://BUCKET/KEY"), ("ftp://x", "a store is a folder"), ("", "--store")] {
            let error = Store::open(place).unwrap_err();
            assert_eq!(error.kind(), crate::error::Kind::Usage);
            assert!(error.hints()[0].contains(words));
        }
    }

    #[test]
    fn foreign_missing_and_changed_objects_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::init(&folder.path().display().to_string(), Layout::Compact).unwrap();
        let dataset: Dataset = "acme/shop/1".parse().unwrap();
        let partition = Layout::Compact.partition(DataType::Raw, &layout::Coordinates::default());
        let name = ObjectName { data_type: DataType::Raw, dataset, partition, name: layout::Name::Number(0) };
        let key = name.key();
        let error = store.read(&key).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{key} is missing in ")));
        let written = store.put(&key, b"one").unwrap();
        assert_eq!(written, Written { put: Put::Created, sha256: Sha256::of(b"one"), bytes: 3 });
        let again = store.put(&key, b"other").unwrap();
        assert_eq!(again, Written { put: Put::Different, sha256: Sha256::of(b"one"), bytes: 3 });
        let object = NewObject::new(key.clone(), b"one".to_vec());
        assert_eq!(store.put_all(&[object]).unwrap(), [Written { put: Put::Same, ..written }]);
        assert_eq!(store.list("raw/").unwrap(), [StoredObject { name: name.clone(), size: 3 }]);
        assert_eq!(store.read_verified(&key, &written.sha256).unwrap(), b"one");
        let error = store.read_verified(&key, &Sha256::of(b"two")).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{key} is not what was written")));
        let _created = store.objects().put_new(&key.replace("000000", "notes"), b"x").unwrap();
        let error = store.list("raw/").unwrap_err();
        assert!(error.to_string().contains("notes.parquet is not an object of a store"), "{error}");
    }
}
