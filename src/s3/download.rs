//! An object to a file, however large it is.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::types::ChecksumMode;
use sha2::Digest;

use super::attempts::counted;
use super::client::{Bucket, Reached, wait};
use super::fault::{Doing, Verb, code, error, innermost, status};
use super::read::{is_missing, whole};
use super::transfer::DIGEST;
use crate::domain::digest::Sha256;
use crate::error::{Error, Result};

/// So many bytes without a fault make that attempt the first one again: a large object may meet many.
const PROGRESS: u64 = 8 << 20;

/// How often it is asked whether to go on.
const ASKED: Duration = Duration::from_millis(100);

/// How far a download has come.
struct State<'a> {
    file: &'a mut File,
    hasher: sha2::Sha256,
    /// How many bytes have come.
    done: u64,
    /// What the first answer said of the object.
    about: Option<About>,
}

/// What is known of the object that is being read.
struct About {
    size: Option<u64>,
    sha256: Option<Sha256>,
    /// Its ETag: what comes later must be of the same object.
    tag: Option<String>,
}

/// Why a download did not come to its end.
enum Broken {
    /// What came is sound, but more is to come.
    Cut(String),
    /// What came is not what was written, or no longer what is there.
    Wrong(String),
    /// The file can't be written.
    Unwritable(io::Error),
}

impl Bucket {
    /// Writes the bytes of an object to a file that is empty, in pieces as they come, and gives their digest and how
    /// many they are; `None` where there is no such object. They are checked by their SHA-256 where S3 has it, and
    /// what is cut off on the way is taken up where it ended. `proceed` is asked all the time, and ends it by an error.
    ///
    /// # Errors
    /// When it can't be read, in the user's words, or the file can't be written; and those of `proceed`.
    pub fn download(
        &self,
        key: &str,
        file: &mut File,
        proceed: &dyn Fn() -> Result<()>,
    ) -> Result<Option<(Sha256, u64)>> {
        wait(async {
            tokio::select! {
                done = self.0.download(key, file) => done,
                error = stopped(proceed) => Err(error),
            }
        })?
    }
}

impl Reached {
    async fn download(&self, key: &str, file: &mut File) -> Result<Option<(Sha256, u64)>> {
        let _leave = self.leave(0).await;
        let mut state = State { file, hasher: sha2::Sha256::new(), done: 0, about: None };
        let (mut attempt, mut before) = (1, 0);
        loop {
            let tag = state.about.as_ref().and_then(|about| about.tag.clone());
            let resumed = state.done > 0 && tag.is_some();
            if state.done > 0 && !resumed {
                state.restart().map_err(|cause| unwritable(self, key, &cause))?;
            }
            let request = self.client.get_object().bucket(&self.name).key(key);
            let request = match tag.filter(|_| resumed) {
                // the checksum is that of all bytes, which only we can check then
                Some(tag) => request.range(format!("bytes={}-", state.done)).if_match(tag),
                None => request.checksum_mode(ChecksumMode::Enabled),
            };
            let broken = match counted(request.send()).await {
                Ok(answer) => state.take(answer, resumed).await,
                Err(cause) if is_missing(status(&cause), code(&cause)) => return Ok(None),
                // 412: it has been replaced; 416: it is shorter than it was
                Err(cause) if resumed && matches!(status(&cause), Some(412 | 416)) => {
                    Err(Broken::Wrong("it was replaced while it was read".to_owned()))
                }
                Err(cause) => return Err(error(self, &Doing { verb: Verb::Read, key }, &cause)),
            };
            let reason = match broken {
                Ok(digest) => return Ok(Some((digest, state.done))),
                Err(Broken::Unwritable(cause)) => return Err(unwritable(self, key, &cause)),
                Err(Broken::Cut(reason)) => reason,
                Err(Broken::Wrong(reason)) => {
                    state.restart().map_err(|cause| unwritable(self, key, &cause))?;
                    before = 0;
                    reason
                }
            };
            if state.done >= before + PROGRESS {
                (attempt, before) = (1, state.done);
            } else if attempt >= self.attempts {
                return Err(Error::failed(format!("can't read {}: {reason}", self.shown(key)))
                    .hint("run the command again; if it stays so, the object is damaged"));
            }
            self.pause(attempt, key).await;
            attempt += 1;
        }
    }
}

/// Waits until the work must end.
async fn stopped(proceed: &dyn Fn() -> Result<()>) -> Error {
    loop {
        if let Err(error) = proceed() {
            return error;
        }
        tokio::time::sleep(ASKED).await;
    }
}

impl State<'_> {
    /// Begins again.
    fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        (self.hasher, self.done, self.about) = (sha2::Sha256::new(), 0, None);
        Ok(())
    }

    /// Takes what an answer has; the digest of all when that is everything.
    async fn take(&mut self, answer: GetObjectOutput, resumed: bool) -> std::result::Result<Sha256, Broken> {
        let length = answer.content_length().and_then(|length| u64::try_from(length).ok());
        if resumed {
            let from = format!("bytes {}-", self.done);
            if !answer.content_range().is_some_and(|range| range.starts_with(&from)) {
                return Err(Broken::Wrong("another part of it came than was asked for".to_owned()));
            }
        } else {
            let said = answer.metadata().and_then(|metadata| metadata.get(DIGEST)?.parse().ok());
            self.about = Some(About {
                size: length,
                sha256: whole(answer.checksum_sha256()).or(said),
                tag: answer.e_tag().map(str::to_owned),
            });
        }
        let mut body = answer.body;
        while let Some(piece) = body.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                // the last piece may be what does not fit to the checksum, as the SDK has found
                Err(cause) if self.is_complete() => return Err(Broken::Wrong(innermost(&cause))),
                Err(cause) => {
                    return Err(Broken::Cut(format!("its bytes did not all come: {}", innermost(&cause))));
                }
            };
            self.file.write_all(&piece).map_err(Broken::Unwritable)?;
            self.hasher.update(&piece);
            self.done += piece.len() as u64;
        }
        let Some(about) = &self.about else { return Err(Broken::Wrong("nothing is known of it".to_owned())) };
        if let Some(size) = about.size.filter(|size| *size != self.done) {
            return Err(if self.done < size {
                Broken::Cut(format!("{} of {size} bytes came", self.done))
            } else {
                Broken::Wrong(format!("{} bytes came in place of {size}", self.done))
            });
        }
        let digest = Sha256::from_bytes(self.hasher.clone().finalize().into());
        match about.sha256 {
            Some(said) if said != digest => Err(Broken::Wrong("its bytes are not those that were written".to_owned())),
            _ => Ok(digest),
        }
    }

    fn is_complete(&self) -> bool {
        self.about.as_ref().and_then(|about| about.size).is_some_and(|size| self.done >= size)
    }
}

fn unwritable(reached: &Reached, key: &str, cause: &io::Error) -> Error {
    Error::io(format_args!("can't copy {} to the temporary folder", reached.shown(key)), cause)
        .hint("set TMPDIR to a folder with more space")
}
