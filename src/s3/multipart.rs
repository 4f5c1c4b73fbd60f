//! Large objects, written in parts.
//!
//! Parts of an upload that was not finished are nobody's objects, but S3 keeps (and charges) them until they are
//! removed; where this program is killed in between, a lifecycle rule of the bucket does that (see docs/s3.md).

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};
use aws_smithy_types::base64;

use super::attempts::counted;
use super::client::Reached;
use super::content::Content;
use super::fault::{Doing, Verb, code, error, status};
use super::transfer::{DIGEST, Refusal, Wishes, is_there};
use crate::domain::digest::Sha256;
use crate::error::{Error, Result};

/// Up to this size an object is written at once.
pub(super) const WHOLE: usize = 16 << 20;

/// How large a part is at least; S3 wants 5 MiB, and at most 10,000 of them.
const PART: usize = 8 << 20;

/// The most parts.
const PARTS: u64 = 10_000;

/// How often an upload that S3 has lost, or could not decide, is begun again.
const BEGINNINGS: u32 = 4;

impl Reached {
    /// Writes an object in parts; `new`: only if there is none.
    pub(super) async fn write_parts(
        &self,
        key: &str,
        content: &Content,
        wishes: &Wishes,
        new: bool,
    ) -> std::result::Result<(), Refusal> {
        let doing = Doing { verb: Verb::Write, key };
        let sha256 = content.sha256().map_err(|cause| Refusal::Failed(self.unreadable(key, &cause)))?;
        for beginning in 1.. {
            let upload = self.begin(key, &sha256, wishes).await.map_err(Refusal::Failed)?;
            let parts = match self.send_parts(key, &upload, content).await {
                Ok(parts) => parts,
                Err(error) => {
                    self.abort(key, &upload).await;
                    return Err(Refusal::Failed(error));
                }
            };
            let request = self
                .client
                .complete_multipart_upload()
                .bucket(&self.name)
                .key(key)
                .upload_id(&upload)
                .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
                .set_if_none_match(new.then(|| "*".to_owned()));
            let leave = self.leave(0).await;
            let done = counted(request.send()).await;
            drop(leave); // what follows asks for another one
            let Err(cause) = done else { return Ok(()) };
            match (status(&cause), code(&cause)) {
                (status, code) if is_there(status, code) => {
                    self.abort(key, &upload).await;
                    return Err(Refusal::There);
                }
                // Gone, because it was done and the answer was lost, or because someone has removed it; in conflict; or
                // 200 with an error, when S3 has failed after it began to answer: then it is done anew.
                (Some(200 | 409), _) | (_, Some("NoSuchUpload")) if beginning < BEGINNINGS => {
                    if self.is_written(key, &sha256).await.map_err(Refusal::Failed)? {
                        return Ok(());
                    }
                    self.abort(key, &upload).await;
                    self.pause(beginning, key).await;
                }
                _ => {
                    self.abort(key, &upload).await;
                    return Err(Refusal::Failed(error(self, &doing, &cause)));
                }
            }
        }
        Ok(()) // never comes here
    }

    async fn is_written(&self, key: &str, sha256: &Sha256) -> Result<bool> {
        let head = self.head(key).await?;
        Ok(head.is_some_and(|head| head.sha256 == Some(*sha256)))
    }

    async fn begin(&self, key: &str, sha256: &Sha256, wishes: &Wishes) -> Result<String> {
        let _leave = self.leave(0).await;
        let request = self
            .client
            .create_multipart_upload()
            .bucket(&self.name)
            .key(key)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .checksum_type(ChecksumType::Composite)
            .metadata(DIGEST, sha256.to_string())
            .set_server_side_encryption(wishes.encryption())
            .set_ssekms_key_id(wishes.kms_key.clone())
            .set_storage_class(wishes.storage_class());
        let begun = counted(request.send()).await;
        let doing = Doing { verb: Verb::Write, key };
        let begun = begun.map_err(|cause| error(self, &doing, &cause))?;
        begun.upload_id().map(str::to_owned).ok_or_else(|| self.not_s3(&doing, "an upload in parts has no number"))
    }

    async fn send_parts(&self, key: &str, upload: &str, content: &Content) -> Result<Vec<CompletedPart>> {
        let size = PART.max(usize::try_from(content.size().div_ceil(PARTS)).unwrap_or(usize::MAX));
        let mut parts = Vec::new();
        for (number, start) in (1..).zip((0..content.size()).step_by(size)) {
            let _leave = self.leave(size).await;
            let part = content.part(start, size).map_err(|cause| self.unreadable(key, &cause))?;
            let sha256 = base64::encode(Sha256::of(&part).bytes());
            let request = self
                .client
                .upload_part()
                .bucket(&self.name)
                .key(key)
                .upload_id(upload)
                .part_number(number)
                .checksum_sha256(&sha256)
                .body(ByteStream::new(SdkBody::from(part)));
            let sent = counted(request.send()).await;
            let sent = sent.map_err(|cause| error(self, &Doing { verb: Verb::Write, key }, &cause))?;
            let part = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag().map(str::to_owned));
            // a server that has no checksums must not be told of them
            let known = sent.checksum_sha256().is_some();
            parts.push(part.set_checksum_sha256(known.then_some(sha256)).build());
        }
        Ok(parts)
    }

    /// The error for a temporary file that can't be read again.
    pub(super) fn unreadable(&self, key: &str, cause: &std::io::Error) -> Error {
        Error::io(format_args!("can't write {}: its temporary file can't be read", self.shown(key)), cause)
    }

    /// Removes the parts, as far as that can be done: what is wrong is told already.
    async fn abort(&self, key: &str, upload: &str) {
        let _leave = self.leave(0).await;
        let request = self.client.abort_multipart_upload().bucket(&self.name).key(key).upload_id(upload);
        let _: Result<_, _> = counted(request.send()).await.map_err(|_| Error::failed("not removed"));
    }
}
