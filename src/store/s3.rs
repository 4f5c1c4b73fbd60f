//! Objects below a prefix of a bucket.
//!
//! S3 gives what a store asks for: an object appears as a whole, `If-None-Match: *` creates it only if there is none,
//! and every later read or list sees it.

use super::objects::{Listed, NewObject, ObjectStore, Put, check_folder, check_key};
use crate::error::{Error, Result};
use crate::s3::address::Address;
use crate::s3::check::{Checked, Trial};
use crate::s3::{Access, Bucket, Created, Upload, Wishes};
use crate::store::layout::DataType;
use crate::store::marker::Keeping;

/// Objects below a prefix of a bucket.
#[derive(Clone, Debug)]
pub struct S3Store {
    bucket: Bucket,
    /// Empty, or ends with a slash.
    prefix: String,
    keeping: Keeping,
}

impl S3Store {
    /// Objects of the bucket as those of the store: with keys below the address, without what is nobody's.
    fn below(&self, listed: Vec<crate::s3::Listed>) -> Vec<Listed> {
        let below = listed.into_iter().filter_map(|object| {
            let key = object.key.strip_prefix(&self.prefix)?;
            // as on a disk: what is hidden is nobody's; and some programs make empty objects that stand for folders
            let hidden = key.split('/').any(|part| part.starts_with('.'));
            let folder = key.ends_with('/') && object.size == 0;
            (!hidden && !folder).then(|| Listed { key: key.to_owned(), size: object.size, version: object.version })
        });
        below.collect()
    }

    /// The objects below an address. Nobody is asked yet.
    ///
    /// # Errors
    /// When the AWS settings make no sense, or the address can't be that of a store.
    pub fn open(address: &Address, access: &Access) -> Result<Self> {
        Self::within(Bucket::new(&address.bucket, access)?, address)
    }

    /// The objects below an address of a bucket that is reached already.
    ///
    /// # Errors
    /// When the address can't be that of a store.
    pub fn within(bucket: Bucket, address: &Address) -> Result<Self> {
        let below = address.key.trim_end_matches('/');
        if !below.is_empty() {
            let refused =
                |error: Error| error.hint(format!("{address} can't be the place of a store; choose another prefix"));
            check_key(below).map_err(refused)?;
        }
        let prefix = if below.is_empty() { String::new() } else { format!("{below}/") };
        Ok(Self { bucket, prefix, keeping: Keeping::default() })
    }

    /// The same objects; new ones are kept so.
    #[must_use]
    pub fn keeping(self, keeping: Keeping) -> Self {
        Self { keeping, ..self }
    }

    /// What tells these objects from all others.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("{} {}", self.bucket.identity(), self.prefix)
    }

    /// Tries everything that it needs of S3, with the key of an object that should be there and a name that nothing else
    /// has; also what the server is called.
    ///
    /// # Errors
    /// When S3 can't be reached, or fails in another way than by denying.
    pub fn check(&self, known: &str, name: &str) -> Result<(String, Vec<Checked>)> {
        let known = self.key(known)?;
        let wishes = Wishes {
            encryption: self.keeping.encryption.clone(),
            kms_key: self.keeping.kms_key.clone(),
            storage_class: None,
        };
        let trial = Trial { prefix: &self.prefix, known: &known, name, wishes: &wishes };
        Ok((self.bucket.server(), self.bucket.check(&trial)?))
    }

    /// Whether it is denied to read an object.
    ///
    /// # Errors
    /// When S3 can't be reached, or fails in another way than by denying.
    pub fn may_not_read(&self, key: &str) -> Result<bool> {
        self.bucket.may_not_read(&self.key(key)?)
    }

    fn key(&self, key: &str) -> Result<String> {
        check_key(key)?;
        Ok(format!("{}{key}", self.prefix))
    }

    fn upload<'a>(&self, key: &str, bytes: &'a [u8]) -> Result<Upload<'a>> {
        let is_raw = key.strip_prefix(DataType::Raw.name()).is_some_and(|rest| rest.starts_with('/'));
        let wishes = Wishes {
            encryption: self.keeping.encryption.clone(),
            kms_key: self.keeping.kms_key.clone(),
            storage_class: self.keeping.raw_storage_class.clone().filter(|_| is_raw),
        };
        Ok(Upload { key: self.key(key)?, bytes, wishes })
    }
}

impl ObjectStore for S3Store {
    fn place(&self) -> String {
        self.bucket.address(&self.prefix).to_string().trim_end_matches('/').to_owned()
    }

    fn at_once(&self) -> usize {
        self.bucket.concurrency()
    }

    fn put_new(&self, key: &str, bytes: &[u8]) -> Result<Put> {
        Ok(self.bucket.put_new(&self.upload(key, bytes)?)?.into())
    }

    fn put_all(&self, objects: &[NewObject]) -> Result<Vec<Put>> {
        let uploads =
            objects.iter().map(|object| self.upload(&object.key, &object.bytes)).collect::<Result<Vec<_>>>()?;
        Ok(self.bucket.put_all(uploads.into_iter())?.into_iter().map(Put::from).collect())
    }

    fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.bucket.get(&self.key(key)?)
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>> {
        check_folder(folder)?;
        Ok(self.below(self.bucket.list(&format!("{}{folder}", self.prefix))?))
    }

    fn list_after(&self, folder: &str, after: &str) -> Result<Vec<Listed>> {
        check_folder(folder)?;
        let [folder, after] = [folder, after].map(|key| format!("{}{key}", self.prefix));
        Ok(self.below(self.bucket.list_after(&folder, &after)?))
    }

    fn first(&self, folder: &str) -> Result<Option<Listed>> {
        check_folder(folder)?;
        Ok(self.below(self.bucket.list_first(&format!("{}{folder}", self.prefix))?).into_iter().next())
    }

    fn look(&self, key: &str) -> Result<Option<Listed>> {
        let whole = self.key(key)?;
        let listed = self.bucket.list(&whole)?.into_iter().find(|object| object.key == whole);
        Ok(listed.map(|object| Listed { key: key.to_owned(), size: object.size, version: object.version }))
    }

    fn delete(&self, key: &str) -> Result<bool> {
        self.bucket.delete(&self.key(key)?)
    }

    fn sweep(&self) -> Result<()> {
        Ok(()) // an object that was not finished is none; its parts go by a rule of the bucket
    }
}

impl From<Created> for Put {
    fn from(created: Created) -> Self {
        match created {
            Created::Now => Self::Created,
            Created::Before => Self::Same,
            Created::Otherwise => Self::Different,
        }
    }
}
