//! Objects read, looked at and listed.

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::types::{ChecksumMode, ChecksumType};
use aws_smithy_types::base64;

use super::attempts::counted;
use super::client::{Bucket, Reached, wait};
use super::fault::{Doing, Verb, code, error, status};
use super::transfer::DIGEST;
use crate::domain::digest::Sha256;
use crate::error::{Error, Result};

/// What is known of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many bytes it has.
    pub size: u64,
    /// The SHA-256 of its bytes, if its writer said so.
    pub sha256: Option<Sha256>,
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its whole key in the bucket.
    pub key: String,
    /// How many bytes it has.
    pub size: u64,
    /// What tells its bytes from all others under that key (its ETag).
    pub version: Option<String>,
}

impl Bucket {
    /// The bytes of an object, checked by their SHA-256 where S3 has it; `None` where there is none.
    ///
    /// # Errors
    /// When it can't be read, in the user's words.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        wait(self.0.get(key))?
    }

    /// What is known of an object; `None` where there is none.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn head(&self, key: &str) -> Result<Option<Head>> {
        wait(self.0.head(key))?
    }

    /// All objects whose keys begin with `prefix`, in the order of their keys' bytes.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn list(&self, prefix: &str) -> Result<Vec<Listed>> {
        wait(self.0.list(prefix))?
    }

    /// The same of those whose keys come after `after`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn list_after(&self, prefix: &str, after: &str) -> Result<Vec<Listed>> {
        wait(self.0.list_some(prefix, Some(after), false))?
    }

    /// The same of the first one, or few.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn list_first(&self, prefix: &str) -> Result<Vec<Listed>> {
        wait(self.0.list_some(prefix, None, true))?
    }

    /// Deletes an object, and says whether there was one.
    ///
    /// # Errors
    /// When S3 does not allow it or can't be reached.
    pub fn delete(&self, key: &str) -> Result<bool> {
        wait(self.0.delete(key))?
    }
}

impl Reached {
    pub(super) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let _leave = self.leave(0).await;
        let doing = Doing { verb: Verb::Read, key };
        for attempt in 1.. {
            let request = self.client.get_object().bucket(&self.name).key(key).checksum_mode(ChecksumMode::Enabled);
            let answer = match counted(request.send()).await {
                Ok(answer) if answer.e_tag().is_none() => {
                    return Err(self.not_s3(&doing, "its answer has no tag of an object"));
                }
                Ok(answer) => answer,
                Err(cause) if is_missing(status(&cause), code(&cause)) => return Ok(None),
                Err(cause) => return Err(error(self, &doing, &cause)),
            };
            match body(answer).await {
                Ok(bytes) => return Ok(Some(bytes)),
                // cut off or changed on the way
                Err(reason) if attempt >= self.attempts => {
                    return Err(Error::failed(format!("can't read {}: {reason}", self.shown(key)))
                        .hint("run the command again; if it stays so, the object is damaged"));
                }
                Err(_) => self.pause(attempt, key).await,
            }
        }
        Ok(None) // never comes here
    }

    pub(super) async fn head(&self, key: &str) -> Result<Option<Head>> {
        let _leave = self.leave(0).await;
        let doing = Doing { verb: Verb::Look, key };
        let request = self.client.head_object().bucket(&self.name).key(key).checksum_mode(ChecksumMode::Enabled);
        match counted(request.send()).await {
            Ok(head) if head.e_tag().is_none() => Err(self.not_s3(&doing, "its answer has no tag of an object")),
            Ok(head) => {
                let size = head.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
                let said = head.metadata().and_then(|metadata| metadata.get(DIGEST)).map(String::as_str);
                let sha256 = known(head.checksum_sha256(), head.checksum_type(), said);
                Ok(Some(Head { size, sha256 }))
            }
            // the answer to HEAD has no body that would say more
            Err(cause) if status(&cause) == Some(404) => Ok(None),
            Err(cause) if status(&cause) == Some(403) => {
                let request = self.client.get_object().bucket(&self.name).key(key).range("bytes=0-0");
                match counted(request.send()).await {
                    Err(why) if status(&why) == Some(403) => Err(error(self, &doing, &why)),
                    _ => Err(error(self, &doing, &cause)),
                }
            }
            Err(cause) => Err(error(self, &doing, &cause)),
        }
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<Listed>> {
        self.list_some(prefix, None, false).await
    }

    async fn list_some(&self, prefix: &str, after: Option<&str>, only_first: bool) -> Result<Vec<Listed>> {
        // directory buckets list in no order, and can't begin in the middle
        let in_order = !self.name.ends_with("--x-s3");
        let only_first = only_first && in_order;
        let mut found = Vec::new();
        let mut token = None;
        let doing = Doing { verb: Verb::List, key: prefix };
        loop {
            let _leave = self.leave(0).await;
            let request = self.client.list_objects_v2().bucket(&self.name).prefix(prefix);
            let request = request.set_start_after(after.filter(|_| in_order).map(str::to_owned));
            let request = request.set_max_keys(only_first.then_some(1));
            let page = counted(request.set_continuation_token(token.clone()).send()).await;
            let page = page.map_err(|cause| error(self, &doing, &cause))?;
            if page.is_truncated().is_none() && page.key_count().is_none() && page.name().is_none() {
                return Err(self.not_s3(&doing, "the answer to a question for a list is none"));
            }
            for object in page.contents() {
                let size = object.size().and_then(|size| u64::try_from(size).ok());
                if let (Some(key), Some(size)) = (object.key(), size) {
                    found.push(Listed { key: key.to_owned(), size, version: object.e_tag().map(str::to_owned) });
                }
            }
            if only_first && !found.is_empty() {
                break;
            }
            match page.next_continuation_token() {
                Some(next) if page.is_truncated() == Some(true) && token.as_deref() != Some(next) => {
                    token = Some(next.to_owned());
                }
                None if page.is_truncated() == Some(true) => {
                    return Err(self.not_s3(&doing, "a list says that it goes on, but not where"));
                }
                Some(_) if page.is_truncated() == Some(true) => {
                    return Err(self.not_s3(&doing, "a list goes on where it has begun"));
                }
                _ => break,
            }
        }
        if let Some(after) = after {
            found.retain(|object| object.key.as_str() > after);
        }
        found.sort_by(|a, b| a.key.cmp(&b.key)); // as S3 sends them, but for directory buckets
        Ok(found)
    }

    async fn delete(&self, key: &str) -> Result<bool> {
        if self.head(key).await?.is_none() {
            return Ok(false);
        }
        let _leave = self.leave(0).await;
        let deleted = counted(self.client.delete_object().bucket(&self.name).key(key).send()).await;
        deleted.map_err(|cause| error(self, &Doing { verb: Verb::Delete, key }, &cause))?;
        Ok(true)
    }
}

/// Whether an answer to GET says that there is no such object, in S3's words.
pub(super) fn is_missing(status: Option<u16>, code: Option<&str>) -> bool {
    status == Some(404) && code == Some("NoSuchKey")
}

/// The SHA-256 of a whole object; that of one in parts (`…-3`) is not of its bytes.
pub(super) fn whole(checksum: Option<&str>) -> Option<Sha256> {
    let bytes = base64::decode(checksum?).ok()?;
    Some(Sha256::from_bytes(bytes.try_into().ok()?))
}

/// The SHA-256 of the bytes of an object, by the checksum that S3 tells and its kind, or by what its writer has said.
fn known(checksum: Option<&str>, kind: Option<&ChecksumType>, said: Option<&str>) -> Option<Sha256> {
    // some servers leave out the `-3` that tells a checksum of parts from others
    let in_parts = kind == Some(&ChecksumType::Composite);
    whole(checksum).filter(|_| !in_parts).or_else(|| said?.parse().ok())
}

/// The bytes of an answer. The SDK checks the SHA-256 of a whole object while they come; that of one in parts, which
/// only we know, is checked here.
async fn body(answer: GetObjectOutput) -> std::result::Result<Vec<u8>, String> {
    let size = answer.content_length().and_then(|size| usize::try_from(size).ok());
    let by_sdk = whole(answer.checksum_sha256()).is_some();
    let said = answer.metadata().and_then(|metadata| metadata.get(DIGEST)?.parse::<Sha256>().ok());
    let mut bytes = Vec::with_capacity(size.unwrap_or(0).min(1 << 30));
    let mut body = answer.body;
    while let Some(piece) = body.next().await {
        let piece =
            piece.map_err(|cause| format!("its bytes did not all come: {}", super::fault::innermost(&cause)))?;
        bytes.extend_from_slice(&piece);
    }
    if size.is_some_and(|size| size != bytes.len()) {
        return Err(format!("{} of {} bytes came", bytes.len(), size.unwrap_or(0)));
    }
    match said.filter(|_| !by_sdk) {
        Some(said) if said != Sha256::of(&bytes) => Err("its bytes are not those that were written".to_owned()),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_of_parts_is_not_that_of_the_bytes() {
        let (whole, parts) = (Sha256::of(b"whole"), Sha256::of(b"parts"));
        let [of_whole, of_parts] = [whole, parts].map(|sha256| base64::encode(sha256.bytes()));
        let (full, composite) = (ChecksumType::FullObject, ChecksumType::Composite);
        let said = whole.to_string();
        for kind in [None, Some(&full)] {
            assert_eq!(known(Some(&of_whole), kind, None), Some(whole));
        }
        assert_eq!(known(Some(&format!("{of_parts}-3")), Some(&composite), Some(&said)), Some(whole));
        assert_eq!(known(Some(&of_parts), Some(&composite), Some(&said)), Some(whole)); // as moto tells it
        assert_eq!(known(Some(&of_parts), Some(&composite), None), None);
        assert_eq!(known(None, None, Some(&said)), Some(whole));
        assert_eq!(known(None, None, Some("not a digest")), None);
    }
}
