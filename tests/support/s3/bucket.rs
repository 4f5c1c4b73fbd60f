//! The bucket: objects with their versions, and what the tests want to know and to have refused.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use hyper::body::Bytes;
use s3s::dto::ETagCondition;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::checksum::{Algorithm, Checksum, md5};
use super::multipart::Upload;
use super::server::Options;

/// What the server keeps.
#[derive(Debug)]
pub struct Shared {
    pub options: Options,
    state: Mutex<State>,
}

impl Shared {
    /// Nothing yet.
    pub fn new(options: Options) -> Self {
        Self { options, state: Mutex::default() }
    }

    /// What changes, locked: whatever is done before the guard is dropped is atomic.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// What changes.
#[derive(Debug, Default)]
pub struct State {
    /// By key, the newest version last.
    pub objects: BTreeMap<String, Vec<Version>>,
    /// Uploads in parts that are neither completed nor aborted, by their names.
    pub uploads: BTreeMap<String, Upload>,
    /// Actions that nobody may do.
    pub denied: BTreeSet<String>,
    /// How many requests there were, by operation.
    pub requests: BTreeMap<String, u64>,
    /// Errors that the next requests of an operation are answered with, and how many.
    pub failures: BTreeMap<String, (S3ErrorCode, u64)>,
    /// Whether the session token has expired.
    pub expired: bool,
    serial: u64,
}

/// A version of an object; without the object it marks that the object was deleted.
#[derive(Clone, Debug)]
pub struct Version {
    pub id: String,
    pub object: Option<Arc<Object>>,
}

/// What a request says of the object besides its bytes.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    pub encryption: Option<String>,
    pub kms_key: Option<String>,
    pub storage_class: Option<String>,
    pub content_type: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

/// An object.
#[derive(Clone, Debug)]
pub struct Object {
    pub bytes: Bytes,
    pub tag: String,
    pub modified: SystemTime,
    pub checksum: Checksum,
    /// Whether the checksum is one of the checksums of parts.
    pub composite: bool,
    pub properties: Properties,
}

impl Object {
    /// An object that came in one piece. One without a checksum gets CRC64NVME, as S3 gives it.
    pub fn whole(bytes: Bytes, checksum: Option<Checksum>, properties: Properties) -> Self {
        let tag = tag(&bytes, &properties);
        let checksum = checksum.unwrap_or_else(|| Algorithm::Crc64Nvme.of(&bytes));
        Self { tag, checksum, composite: false, modified: now(), bytes, properties }
    }
}

/// The entity tag of an object: the MD5 of its bytes, but not where KMS encrypts it.
pub fn tag(bytes: &[u8], properties: &Properties) -> String {
    match properties.encryption.as_deref() {
        Some("aws:kms") => md5(&[b"encrypted: ", bytes].concat()),
        _ => md5(bytes),
    }
}

/// When something was written.
#[expect(clippy::disallowed_methods, reason = "a server has the time of its own clock")]
pub fn now() -> SystemTime {
    SystemTime::now()
}

/// The conditions of a request that writes.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    pub if_match: Option<ETagCondition>,
    pub if_none_match: Option<ETagCondition>,
}

impl Conditions {
    /// Checks them against the object that is there.
    pub fn check(&self, there: Option<&Object>) -> S3Result<()> {
        let fits = |condition: &ETagCondition, object: &Object| match condition {
            ETagCondition::Any => true,
            ETagCondition::ETag(tag) => tag.value() == object.tag,
        };
        match (&self.if_none_match, &self.if_match) {
            (None, None) => Ok(()),
            (Some(ETagCondition::Any), None) if there.is_none() => Ok(()),
            (Some(ETagCondition::Any), None) => Err(precondition_failed()),
            (None, Some(condition)) => match there {
                None => Err(S3Error::with_message(S3ErrorCode::NoSuchKey, "The specified key does not exist.")),
                Some(object) if fits(condition, object) => Ok(()),
                Some(_) => Err(precondition_failed()),
            },
            _ => {
                let message = "A header you provided implies functionality that is not implemented";
                Err(S3Error::with_message(S3ErrorCode::NotImplemented, message))
            }
        }
    }
}

/// The answer to a request whose condition doesn't hold.
pub fn precondition_failed() -> S3Error {
    let message = "At least one of the pre-conditions you specified did not hold";
    S3Error::with_message(S3ErrorCode::PreconditionFailed, message)
}

/// A page of a list.
#[derive(Debug, Default)]
pub struct Page {
    pub objects: Vec<(String, Arc<Object>)>,
    pub prefixes: Vec<String>,
    /// The last name, where more follow.
    pub more_after: Option<String>,
}

/// What a page is to have.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub prefix: &'a str,
    pub delimiter: Option<&'a str>,
    /// Keys after this one.
    pub start_after: &'a str,
    /// Names after this one, which was the last of the page before.
    pub last: &'a str,
    pub limit: usize,
}

impl State {
    /// A number that was never used before.
    pub fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The object under a key, unless it was deleted.
    pub fn current(&self, key: &str) -> Option<&Arc<Object>> {
        self.objects.get(key)?.last()?.object.as_ref()
    }

    /// Stores an object if the conditions hold; the name of its version, where the bucket has versions.
    pub fn store(
        &mut self,
        versioning: bool,
        key: &str,
        object: Object,
        conditions: &Conditions,
    ) -> S3Result<Option<String>> {
        conditions.check(self.current(key).map(Arc::as_ref))?;
        Ok(self.push(versioning, key, Some(Arc::new(object))))
    }

    /// Adds a version, which takes the place of the one before where the bucket has no versions.
    pub fn push(&mut self, versioning: bool, key: &str, object: Option<Arc<Object>>) -> Option<String> {
        if versioning {
            let id = format!("version-{:08}", self.next());
            self.objects.entry(key.to_owned()).or_default().push(Version { id: id.clone(), object });
            return Some(id);
        }
        match object {
            Some(_) => self.objects.insert(key.to_owned(), vec![Version { id: "null".to_owned(), object }]),
            None => self.objects.remove(key),
        };
        None
    }

    /// A page of the list of all objects.
    pub fn list(&self, wanted: &Wanted<'_>) -> Page {
        let mut page = Page::default();
        let mut last = String::new();
        let mut count = 0;
        let from = wanted.prefix.max(wanted.last).max(wanted.start_after);
        for (key, versions) in self.objects.range::<str, _>((Bound::Included(from), Bound::Unbounded)) {
            let Some(rest) = key.strip_prefix(wanted.prefix) else {
                break;
            };
            let Some(object) = versions.last().and_then(|version| version.object.as_ref()) else {
                continue;
            };
            let end = wanted.delimiter.and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len()));
            let name = &key[..end.map_or(key.len(), |end| wanted.prefix.len() + end)];
            if key.as_str() <= wanted.start_after || name <= wanted.last || (count > 0 && name == last) {
                continue;
            }
            if count == wanted.limit {
                page.more_after = (count > 0).then_some(last);
                break;
            }
            match end {
                Some(_) => page.prefixes.push(name.to_owned()),
                None => page.objects.push((key.clone(), Arc::clone(object))),
            }
            name.clone_into(&mut last);
            count += 1;
        }
        page
    }
}
