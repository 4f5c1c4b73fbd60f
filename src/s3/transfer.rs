//! Objects written: only if there is none, with their SHA-256.

use std::fs::File;

use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sdk_s3::types::{ServerSideEncryption, StorageClass};
use aws_smithy_types::base64;
use tokio::task::JoinSet;

use super::attempts::{Failed, counted};
use super::client::{Bucket, Reached, wait};
use super::content::Content;
use super::fault::{Doing, Verb, code, error, status};
use super::multipart;
use crate::domain::digest::Sha256;
use crate::error::{Error, Result};

/// The metadata that has the SHA-256 of the object's bytes, in hexadecimal digits.
pub(super) const DIGEST: &str = "sha256";

/// How often an object that was there and then was not is tried again.
const DISAPPEARANCES: u32 = 5;

/// How S3 shall keep an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// How it is encrypted (`AES256`, `aws:kms`, …); as the bucket says where nobody else does.
    pub encryption: Option<String>,
    /// The key for `aws:kms`; AWS's own where none is named.
    pub kms_key: Option<String>,
    /// The storage class; `STANDARD` where none is named.
    pub storage_class: Option<String>,
}

/// An object that is to be written.
#[derive(Clone, Debug)]
pub struct Upload<'a> {
    /// Its key in the bucket.
    pub key: String,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// How it shall be kept.
    pub wishes: Wishes,
}

/// What became of an object that was to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Created {
    /// It has been created.
    Now,
    /// The same bytes were there already; perhaps by this very request, if its answer was lost.
    Before,
    /// Other bytes are there.
    Otherwise,
}

/// Why something was not written.
pub(super) enum Refusal {
    /// There is an object already.
    There,
    /// Something else.
    Failed(Error),
}

impl Wishes {
    pub(super) fn encryption(&self) -> Option<ServerSideEncryption> {
        self.encryption.as_deref().map(ServerSideEncryption::from)
    }

    pub(super) fn storage_class(&self) -> Option<StorageClass> {
        self.storage_class.as_deref().map(StorageClass::from)
    }
}

impl Bucket {
    /// Creates an object; one that is there already stays as it is.
    ///
    /// # Errors
    /// When it can't be written, in the user's words.
    pub fn put_new(&self, upload: &Upload) -> Result<Created> {
        wait(self.0.put_new(&upload.key, upload.bytes.to_vec(), &upload.wishes))?
    }

    /// Creates many objects, several at once; in their order. After an error some may have been created.
    ///
    /// # Errors
    /// As [`Self::put_new`].
    pub fn put_all<'a>(&self, uploads: impl ExactSizeIterator<Item = Upload<'a>>) -> Result<Vec<Created>> {
        wait(async {
            let mut results: Vec<Option<Created>> = vec![None; uploads.len()];
            let mut tasks: JoinSet<(usize, Result<Created>)> = JoinSet::new();
            for (index, Upload { key, bytes, wishes }) in uploads.enumerate() {
                while tasks.len() >= self.concurrency() {
                    note(tasks.join_next().await, &mut results)?;
                }
                let (reached, bytes) = (self.0.clone(), bytes.to_vec());
                tasks.spawn(async move { (index, reached.put_new(&key, bytes, &wishes).await) });
            }
            while !tasks.is_empty() {
                note(tasks.join_next().await, &mut results)?;
            }
            let lost = || Error::failed("writing to S3 has ended by a fault of this program");
            results.into_iter().map(|result| result.ok_or_else(lost)).collect()
        })?
    }

    /// Writes an object, in the place of one that may be there.
    ///
    /// # Errors
    /// As [`Self::put_new`].
    pub fn put(&self, upload: &Upload) -> Result<()> {
        self.replace(&upload.key, &Content::Memory(upload.bytes.to_vec().into()), &upload.wishes)
    }

    /// Writes all that is in a file as an object, in the place of one that may be there; in bounded memory.
    ///
    /// # Errors
    /// As [`Self::put_new`]; and when the file can't be read.
    pub fn put_file(&self, key: &str, file: File) -> Result<()> {
        let content = Content::of_file(file).map_err(|cause| self.0.unreadable(key, &cause))?;
        self.replace(key, &content, &Wishes::default())
    }

    fn replace(&self, key: &str, content: &Content, wishes: &Wishes) -> Result<()> {
        wait(self.0.write(key, content, wishes, false))?.map_err(|refusal| match refusal {
            Refusal::There => Error::failed(format!("can't write {}: it is there", self.address(key))),
            Refusal::Failed(error) => error,
        })
    }
}

type Joined = Option<std::result::Result<(usize, Result<Created>), tokio::task::JoinError>>;

/// Notes what became of an object. After an error nothing more is tried: if S3 is gone, to find that out for each object
/// would take hours.
fn note(joined: Joined, results: &mut [Option<Created>]) -> Result<()> {
    if let Some(Ok((index, result))) = joined {
        results[index] = Some(result?);
    }
    Ok(())
}

impl Reached {
    async fn put_new(&self, key: &str, bytes: Vec<u8>, wishes: &Wishes) -> Result<Created> {
        let bytes = bytes::Bytes::from(bytes);
        let content = Content::Memory(bytes.clone());
        for attempt in 1.. {
            match self.write(key, &content, wishes, true).await {
                Ok(()) => return Ok(Created::Now),
                Err(Refusal::Failed(error)) => return Err(error),
                Err(Refusal::There) => {}
            }
            if let Some(same) = self.is_there(key, &bytes).await? {
                return Ok(if same { Created::Before } else { Created::Otherwise });
            }
            if attempt >= DISAPPEARANCES {
                return Err(Error::failed(format!(
                    "can't write {}: S3 says that it is there, and that it is not",
                    self.shown(key)
                ))
                .hint("someone deletes it again and again; run the command again when nobody else does"));
            }
            self.pause(attempt, key).await;
        }
        Ok(Created::Otherwise) // never comes here
    }

    /// Whether the object that is there has these bytes; `None` where none is there any more.
    async fn is_there(&self, key: &str, bytes: &[u8]) -> Result<Option<bool>> {
        let Some(head) = self.head(key).await? else { return Ok(None) };
        if head.size != bytes.len() as u64 {
            return Ok(Some(false));
        }
        match head.sha256 {
            Some(sha256) => Ok(Some(sha256 == Sha256::of(bytes))),
            None => Ok(self.get(key).await?.map(|there| there == bytes)),
        }
    }

    /// Writes an object, whole or in parts; `new`: only if there is none.
    pub(super) async fn write(
        &self,
        key: &str,
        content: &Content,
        wishes: &Wishes,
        new: bool,
    ) -> std::result::Result<(), Refusal> {
        if content.size() > multipart::WHOLE as u64 {
            return self.write_parts(key, content, wishes, new).await;
        }
        let doing = Doing { verb: Verb::Write, key };
        let leave = self.leave(content.size() as usize).await;
        let read = content.part(0, multipart::WHOLE);
        let bytes = read.map_err(|cause| Refusal::Failed(self.unreadable(key, &cause)))?;
        let put = self.put_object(key, bytes, wishes, new).await;
        drop(leave); // what follows asks for another one
        match put {
            Ok(answer) if answer.e_tag().is_none() => {
                Err(Refusal::Failed(self.not_s3(&doing, "its answer has no tag of an object")))
            }
            Ok(_) => Ok(()),
            Err(cause) if is_there(status(&cause), code(&cause)) => Err(Refusal::There),
            Err(cause) => Err(Refusal::Failed(error(self, &doing, &cause))),
        }
    }

    /// Writes an object at once, without asking for leave; `new`: only if there is none.
    pub(super) async fn put_object(
        &self,
        key: &str,
        bytes: bytes::Bytes,
        wishes: &Wishes,
        new: bool,
    ) -> std::result::Result<PutObjectOutput, Failed<PutObjectError>> {
        let sha256 = Sha256::of(&bytes);
        let request = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .body(ByteStream::new(SdkBody::from(bytes)))
            .checksum_sha256(base64::encode(sha256.bytes()))
            .metadata(DIGEST, sha256.to_string())
            .set_if_none_match(new.then(|| "*".to_owned()))
            .set_server_side_encryption(wishes.encryption())
            .set_ssekms_key_id(wishes.kms_key.clone())
            .set_storage_class(wishes.storage_class());
        counted(request.send()).await
    }
}

/// Whether an answer says that the condition, that there is no object, does not hold.
pub(super) fn is_there(status: Option<u16>, code: Option<&str>) -> bool {
    status == Some(412) || code == Some("PreconditionFailed")
}
