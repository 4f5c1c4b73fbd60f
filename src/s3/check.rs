//! Tries everything that a store needs of S3, below a key that no list of a store has, and leaves nothing there.
//!
//! What may not be deleted is not written either: then the object that is known to be there is written once more, on
//! the condition that it is not there.

use std::collections::BTreeMap;
use std::error::Error as StdError;

use aws_sdk_s3::error::ProvideErrorMetadata;

use super::attempts::{Failed, counted};
use super::client::{Bucket, Reached, wait};
use super::fault::{Denial, Doing, Verb, code, denial, error, status};
use super::transfer::{Wishes, is_there};
use crate::error::{Error, Result};

/// The permission to remove the parts of an upload that was not finished.
pub const ABORT: &str = "s3:AbortMultipartUpload";

/// The permission to encrypt by a key.
pub const ENCRYPT: &str = "kms:GenerateDataKey";

/// The permission to decrypt by a key.
pub const DECRYPT: &str = "kms:Decrypt";

/// Objects are created only where there are none.
pub const CREATES_ONLY: &str = "creates, never overwrites";

/// Lists have what was just written.
pub const LISTS_AT_ONCE: &str = "lists what is new at once";

/// An upload that nobody has begun.
const NO_UPLOAD: &str = "trebuchet-ad-status-check";

/// Whether something can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It can.
    Yes,
    /// It can't; why.
    No(String),
    /// It could not be tried; why.
    Unknown(String),
}

/// Something that a store needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The permission, or what the server must be able to do.
    pub what: &'static str,
    /// The resource that it is about.
    pub on: String,
    /// Whether it can be done.
    pub answer: Answer,
}

/// What to try it with.
#[derive(Clone, Debug)]
pub struct Trial<'a> {
    /// How the keys of the store begin: empty, or ending with a slash.
    pub prefix: &'a str,
    /// The key of an object that should be there.
    pub known: &'a str,
    /// A name that nothing else has.
    pub name: &'a str,
    /// How objects are written.
    pub wishes: &'a Wishes,
}

/// What has been found out.
#[derive(Debug, Default)]
struct Findings {
    /// Each action that was tried: whether it is denied, and on which resource.
    actions: BTreeMap<String, Option<String>>,
    creates_only: Option<bool>,
    lists_at_once: Option<bool>,
}

impl Bucket {
    /// Tries everything that a store below a prefix needs. What no server denies, such as a bucket that is not there, is
    /// an error.
    ///
    /// # Errors
    /// When S3 can't be reached, or fails in another way than by denying.
    pub fn check(&self, trial: &Trial) -> Result<Vec<Checked>> {
        wait(self.0.check(trial))?
    }

    /// Whether it is denied to read an object.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn may_not_read(&self, key: &str) -> Result<bool> {
        wait(async {
            let mut findings = Findings::default();
            self.0.try_get(&mut findings, key).await?;
            Ok(findings.actions.values().any(Option::is_some))
        })?
    }

    /// The server, as errors name it.
    #[must_use]
    pub fn server(&self) -> String {
        self.0.server()
    }
}

impl Findings {
    /// Notes how a request ended: what it gave, or `None` where it is denied.
    fn note<T, E>(
        &mut self,
        reached: &Reached,
        doing: &Doing,
        answer: std::result::Result<T, Failed<E>>,
    ) -> Result<Option<T>>
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let action = doing.verb.action();
        match answer {
            Ok(given) => {
                self.actions.insert(action.to_owned(), None);
                Ok(Some(given))
            }
            Err(failed) => {
                let Some(Denial { action: denied, resource, .. }) = denial(reached, doing, &failed) else {
                    return Err(error(reached, doing, &failed));
                };
                if denied != action {
                    // a key is asked for by S3 only once the action itself is allowed
                    self.actions.entry(action.to_owned()).or_default();
                }
                self.actions.insert(denied, Some(resource));
                Ok(None)
            }
        }
    }

    fn is_allowed(&self, action: &str) -> bool {
        self.actions.get(action).is_some_and(Option::is_none)
    }

    fn checked(self, reached: &Reached, trial: &Trial) -> Vec<Checked> {
        let on = |verb| match verb {
            Verb::List => reached.arn(&Doing { verb, key: "" }),
            _ => reached.arn(&Doing { verb, key: &format!("{}*", trial.prefix) }),
        };
        let not_tried = || Answer::Unknown("it could not be tried".to_owned());
        let action = |what: &'static str, on: String| {
            let answer = match self.actions.get(what) {
                Some(None) => Answer::Yes,
                Some(Some(_)) => Answer::No("it is not allowed".to_owned()),
                None => not_tried(),
            };
            Checked { what, on, answer }
        };
        let mut checked: Vec<Checked> = [Verb::List, Verb::Read, Verb::Write, Verb::Delete, Verb::Abort]
            .map(|verb| action(verb.action(), on(verb)))
            .into();
        let by_key = trial.wishes.encryption.as_deref().is_some_and(|how| how.starts_with("aws:kms"));
        for what in [ENCRYPT, DECRYPT] {
            let denied = self.actions.get(what).cloned().flatten();
            if by_key || denied.is_some() {
                let key = trial.wishes.kms_key.clone().unwrap_or_else(|| "AWS's own key for S3".to_owned());
                checked.push(action(what, denied.unwrap_or(key)));
            }
        }
        let ability = |what, able: Option<bool>, otherwise: &str| Checked {
            what,
            on: reached.server(),
            answer: match able {
                Some(true) => Answer::Yes,
                Some(false) => Answer::No(otherwise.to_owned()),
                None => not_tried(),
            },
        };
        checked.push(ability(CREATES_ONLY, self.creates_only, "it overwrites objects although it is asked not to"));
        checked.push(ability(LISTS_AT_ONCE, self.lists_at_once, "its lists do not have what was just written"));
        checked
    }
}

impl Reached {
    async fn check(&self, trial: &Trial<'_>) -> Result<Vec<Checked>> {
        let mut findings = Findings::default();
        let key = format!("{}.check/{}", trial.prefix, trial.name);
        let key = key.as_str();
        let list = || self.client.list_objects_v2().bucket(&self.name).prefix(key).send();
        findings.note(self, &Doing { verb: Verb::List, key }, counted(list()).await)?;
        let known = self.try_get(&mut findings, trial.known).await?;
        let delete = || self.client.delete_object().bucket(&self.name).key(key).send();
        let deleting = Doing { verb: Verb::Delete, key };
        findings.note(self, &deleting, counted(delete()).await)?;
        self.try_abort(&mut findings, key).await?;
        if findings.is_allowed(Verb::Delete.action()) {
            let tried = self.try_object(&mut findings, key, trial.wishes).await;
            let deleted = counted(delete()).await;
            tried?;
            findings.note(self, &deleting, deleted)?;
        } else if let Some(known) = known {
            findings.creates_only =
                self.try_put(&mut findings, trial.known, &known, trial.wishes).await?.map(|new| !new);
        }
        if trial.wishes.encryption.as_deref().is_some_and(|how| how.starts_with("aws:kms")) {
            // what has been read was decrypted; what has been written was encrypted
            let read = findings.is_allowed(Verb::Read.action()) && !findings.actions.contains_key(DECRYPT);
            if read {
                findings.actions.insert(DECRYPT.to_owned(), None);
            }
        }
        Ok(findings.checked(self, trial))
    }

    /// Writes an object twice, lists and reads it.
    async fn try_object(&self, findings: &mut Findings, key: &str, wishes: &Wishes) -> Result<()> {
        let Some(new) = self.try_put(findings, key, b"first", wishes).await? else { return Ok(()) };
        if !new {
            return Err(Error::failed(format!("{} is there already", self.shown(key))).hint("run the command again"));
        }
        if wishes.encryption.is_some() {
            findings.actions.entry(ENCRYPT.to_owned()).or_default();
        }
        let overwritten = self.try_put(findings, key, b"other", wishes).await?;
        findings.creates_only = overwritten.map(|overwritten| !overwritten);
        if findings.is_allowed(Verb::List.action()) {
            let listed = self.list(key).await?;
            findings.lists_at_once = Some(listed.iter().any(|object| object.key == key));
        }
        self.try_get(findings, key).await?;
        Ok(())
    }

    /// Whether an object is created now; `None` where that is denied.
    async fn try_put(&self, findings: &mut Findings, key: &str, bytes: &[u8], wishes: &Wishes) -> Result<Option<bool>> {
        let put = self.put_object(key, bytes.to_vec().into(), wishes, true).await;
        let put = match put {
            Ok(_) => Ok(true),
            Err(failed) if is_there(status(&failed), code(&failed)) => Ok(false),
            Err(failed) => Err(failed),
        };
        findings.note(self, &Doing { verb: Verb::Write, key }, put)
    }

    /// The bytes of an object, if it is there and may be read.
    async fn try_get(&self, findings: &mut Findings, key: &str) -> Result<Option<Vec<u8>>> {
        let got = counted(self.client.get_object().bucket(&self.name).key(key).send()).await;
        let got = match got {
            Ok(answer) => Ok(Some(answer)),
            Err(failed) if code(&failed) == Some("NoSuchKey") => Ok(None),
            Err(failed) => Err(failed),
        };
        let Some(Some(answer)) = findings.note(self, &Doing { verb: Verb::Read, key }, got)? else { return Ok(None) };
        let bytes = answer.body.collect().await.map_err(|cause| {
            let cause = super::fault::innermost(&cause);
            Error::failed(format!("can't read {}: its bytes did not all come: {cause}", self.shown(key)))
                .hint("run the command again")
        })?;
        Ok(Some(bytes.to_vec()))
    }

    async fn try_abort(&self, findings: &mut Findings, key: &str) -> Result<()> {
        let request = self.client.abort_multipart_upload().bucket(&self.name).key(key).upload_id(NO_UPLOAD);
        let aborted = match counted(request.send()).await {
            Ok(_) => Ok(()),
            Err(failed) if status(&failed) == Some(404) && code(&failed) != Some("NoSuchBucket") => Ok(()),
            Err(failed) => Err(failed),
        };
        findings.note(self, &Doing { verb: Verb::Abort, key }, aborted)?;
        Ok(())
    }
}
