//! What went wrong, in the user's words: what was tried, on what, and what to do. Never the words of the SDK alone, and
//! nothing that could hold a secret.

use std::error::Error as StdError;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::attempts::Failed;
use super::client::Reached;
use super::unanswered::{AGAIN, unanswered};
use crate::error::{Advice, Error};

/// How much of a foreign text is shown.
const SHOWN: usize = 300;

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Read,
    Look,
    List,
    Write,
    Delete,
    /// To remove the parts of an upload that was not finished.
    Abort,
}

/// What was tried, and on which key (of a list, how keys begin).
pub(super) struct Doing<'a> {
    pub verb: Verb,
    pub key: &'a str,
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Read | Self::Look => "read",
            Self::List => "list",
            Self::Write => "write",
            Self::Delete | Self::Abort => "delete",
        }
    }

    /// The permission that it takes.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Read | Self::Look => "s3:GetObject",
            Self::List => "s3:ListBucket",
            Self::Write => "s3:PutObject",
            Self::Delete => "s3:DeleteObject",
            Self::Abort => super::check::ABORT,
        }
    }
}

/// The HTTP status of an answer, if there was one.
pub(super) fn status<E>(failed: &Failed<E>) -> Option<u16> {
    failed.cause.raw_response().map(|response| response.status().as_u16())
}

/// The name that S3 gives to an error, if it gave one.
pub(super) fn code<E: ProvideErrorMetadata>(failed: &Failed<E>) -> Option<&str> {
    match &failed.cause {
        SdkError::ServiceError(error) => error.err().code(),
        _ => None,
    }
}

/// The last cause of an error, which says most.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map(|cause| shown(&cause.to_string())).unwrap_or_default()
}

pub(super) fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| StdError::source(*error))
}

/// A foreign text, escaped and cut.
pub(super) fn shown(text: &str) -> String {
    let text: String = text.chars().take(SHOWN).collect();
    text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
}

/// The error for a request that failed.
pub(super) fn error<E>(reached: &Reached, doing: &Doing, failed: &Failed<E>) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let (reason, hints) = match &failed.cause {
        SdkError::ServiceError(service) => {
            let response = service.raw();
            let region = response.headers().get("x-amz-bucket-region").map(str::to_owned);
            let said = Said {
                status: response.status().as_u16(),
                code: service.err().code(),
                message: service.err().message().unwrap_or_default(),
                region,
                attempts: failed.attempts,
            };
            refused(reached, doing, &said)
        }
        SdkError::ResponseError(_) => not_s3(reached, "its answer can't be understood"),
        _ => unanswered(reached, failed),
    };
    let error = Error::failed(format!("can't {} {}: {reason}", doing.verb.word(), reached.shown(doing.key)));
    hints.into_iter().fold(error, Error::advise)
}

/// An answer that refuses.
struct Said<'a> {
    status: u16,
    code: Option<&'a str>,
    message: &'a str,
    region: Option<String>,
    attempts: u32,
}

/// Why something failed, and what to do.
pub(super) type Reason = (String, Vec<Advice>);

pub(super) fn reason(text: impl Into<String>, hint: impl Into<Advice>) -> Reason {
    (text.into(), vec![hint.into()])
}

pub(super) fn expired() -> Reason {
    reason("the AWS credentials have expired", "log in again, such as with aws sso login, or renew AWS_SESSION_TOKEN")
}

/// How often something was tried, if it was more than once.
pub(super) fn after(attempts: u32) -> String {
    if attempts > 1 { format!(", after {attempts} attempts") } else { String::new() }
}

pub(super) fn not_s3(reached: &Reached, what: &str) -> Reason {
    let hint = match &reached.endpoint {
        Some(_) => "check AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)",
        None => "something between here and AWS changes the answers, such as a proxy",
    };
    reason(format!("{} does not speak S3: {what}", reached.server()), hint)
}

/// S3 has answered, but not as was asked.
fn refused(reached: &Reached, doing: &Doing, said: &Said) -> Reason {
    let bucket = &reached.name;
    match (said.status, said.code.unwrap_or_default()) {
        (_, "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired") => expired(),
        (_, "InvalidAccessKeyId" | "InvalidToken" | "InvalidClientTokenId") => reason(
            "S3 does not know the AWS credentials that are used",
            "check AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, or the profile of AWS_PROFILE",
        ),
        (_, "SignatureDoesNotMatch") => reason(
            "the secret access key does not fit to the access key",
            "check AWS_SECRET_ACCESS_KEY, or the profile of AWS_PROFILE",
        ),
        (_, "RequestTimeTooSkewed") => reason("the clock of this computer is wrong", "set it; S3 allows 15 minutes"),
        (_, "NoSuchBucket") => {
            reason(format!("there is no bucket {bucket} at {}", reached.server()), "check its name, or make it first")
        }
        (_, "InvalidBucketName") => reason(format!("{bucket} is not the name of a bucket"), "check its name"),
        (_, "PermanentRedirect" | "IllegalLocationConstraintException") => elsewhere(reached, said),
        (301 | 307 | 400, "" | "AuthorizationHeaderMalformed") if said.names_another_region(reached) => {
            elsewhere(reached, said)
        }
        (300..400, "") => not_s3(reached, &format!("it answers {}, that it is elsewhere", said.status)),
        (_, "InvalidStorageClass") => reason(
            format!("{} does not know the storage class that the store wants", reached.server()),
            "see --raw-storage-class of ingest --init, or keeping in trebuchet.json",
        ),
        (_, "InvalidObjectState") => reason("the object is archived", "restore it first: aws s3api restore-object"),
        (_, code) if code.starts_with("KMS.") => {
            let hint = "see that the KMS key is there, enabled, and in the region of the bucket";
            reason(format!("the key that encrypts it can't be used ({code}: {})", shown(said.message)), hint)
        }
        (403, code) if is_denial(doing.verb, code) => denied(reached, doing, said),
        (501, _) | (_, "NotImplemented") if doing.verb == Verb::Write => reason(
            format!("{} can't create objects on the condition that there is none yet", reached.server()),
            "a store needs conditional writes (If-None-Match: *); use a newer version of the server",
        ),
        (503 | 429, _) | (_, "SlowDown" | "RequestLimitExceeded") => reason(
            format!("{} can't keep up{}", reached.server(), after(said.attempts)),
            "run the command again later, or with fewer requests at once: --concurrency 4",
        ),
        (500.., code) => {
            reason(format!("{} failed ({}){}", reached.server(), name(said.status, code), after(said.attempts)), AGAIN)
        }
        // the answer to HEAD has no body that would say more
        (400, "") if doing.verb == Verb::Look => reason(
            "S3 refuses the request, and does not say why",
            "the AWS credentials may have expired in the meantime: log in again, and run the command again",
        ),
        (status, "") => not_s3(reached, &format!("it answers {status} without an error of S3")),
        (_, code) => reason(format!("S3 says {}: {}", shown(code), shown(said.message)), "check the AWS settings"),
    }
}

fn name(status: u16, code: &str) -> String {
    if code.is_empty() { status.to_string() } else { shown(code) }
}

impl Said<'_> {
    /// The region where the bucket is, if it was said.
    fn bucket_region(&self) -> Option<&str> {
        let named = || self.message.split("expecting '").nth(1).and_then(|rest| rest.split('\'').next());
        self.region.as_deref().or_else(named)
    }

    fn names_another_region(&self, reached: &Reached) -> bool {
        self.bucket_region().is_some_and(|region| region != reached.region)
    }
}

fn elsewhere(reached: &Reached, said: &Said) -> Reason {
    let here = &reached.region;
    match said.bucket_region() {
        Some(region) => reason(
            format!("the bucket {} is in {}, not in {here}", reached.name, shown(region)),
            format!("set AWS_REGION={}, or region in the profile", shown(region)),
        ),
        None => reason(
            format!("the bucket {} is not in {here}", reached.name),
            "set AWS_REGION, or region in the profile, to where it is",
        ),
    }
}

/// What is not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Denial {
    pub action: String,
    pub resource: String,
    /// Whether a policy says so, rather than that none allows it.
    explicit: bool,
}

/// What is not allowed, if that is why a request failed.
pub(super) fn denial<E: ProvideErrorMetadata>(reached: &Reached, doing: &Doing, failed: &Failed<E>) -> Option<Denial> {
    let SdkError::ServiceError(service) = &failed.cause else { return None };
    let denied =
        service.raw().status().as_u16() == 403 && is_denial(doing.verb, service.err().code().unwrap_or_default());
    denied.then(|| Denial::of(reached, doing, service.err().message().unwrap_or_default()))
}

/// Whether an answer with status 403 and this code says that something is not allowed; those to HEAD have no code.
fn is_denial(verb: Verb, code: &str) -> bool {
    (code.is_empty() && verb == Verb::Look) || code.contains("AccessDenied") || code == "Forbidden"
}

impl Denial {
    /// AWS says which action it was, if it was not the one that was asked for (such as of a key that encrypts).
    fn of(reached: &Reached, doing: &Doing, message: &str) -> Self {
        let after = |mark: &str| message.split_once(mark).map(|(_, rest)| rest);
        let word = |text: &str| match text.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap_or_default().to_owned(),
            None => text.split(' ').next().unwrap_or_default().to_owned(),
        };
        let action = after("not authorized to perform: ").map_or_else(|| doing.verb.action().to_owned(), word);
        let resource = after("on resource: ").map_or_else(|| reached.arn(doing), word);
        Self { action: shown(&action), resource: shown(&resource), explicit: message.contains("explicit deny") }
    }
}

fn denied(reached: &Reached, doing: &Doing, said: &Said) -> Reason {
    let Denial { action, resource, explicit } = Denial::of(reached, doing, said.message);
    let mut hints = vec![match explicit {
        true => "a policy denies it explicitly; whoever manages the permissions must take that out".into(),
        false => Advice::CheckPermissions,
    }];
    if matches!(doing.verb, Verb::Read | Verb::Look) && action == "s3:GetObject" {
        let list = reached.arn(&Doing { verb: Verb::List, key: "" });
        let text = format!("S3 also says so where the object is missing and s3:ListBucket on {list} is not allowed");
        hints.push(text.into());
    }
    (format!("{action} on {resource} is not allowed"), hints)
}

impl Reached {
    /// The name of the server.
    pub(super) fn server(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => shown(endpoint),
            None => format!("S3 in {}", self.region),
        }
    }

    /// A key, as the user would write it.
    pub(super) fn shown(&self, key: &str) -> String {
        format!("s3://{}/{}", self.name, shown(key))
    }

    /// The Amazon Resource Name of what something was tried on.
    pub(super) fn arn(&self, doing: &Doing) -> String {
        let region = &self.region;
        let partition = match () {
            () if region.starts_with("cn-") => "aws-cn",
            () if region.starts_with("us-gov-") => "aws-us-gov",
            () => "aws",
        };
        match doing.verb {
            Verb::List => format!("arn:{partition}:s3:::{}", self.name),
            _ => format!("arn:{partition}:s3:::{}/{}", self.name, doing.key),
        }
    }

    /// The error for an answer that is none of S3's.
    pub(super) fn not_s3(&self, doing: &Doing, what: &str) -> Error {
        let (reason, hints) = not_s3(self, what);
        let error = Error::failed(format!("can't {} {}: {reason}", doing.verb.word(), self.shown(doing.key)));
        hints.into_iter().fold(error, Error::advise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_texts_are_cut_and_escaped() {
        assert_eq!(shown("a\u{1b}[31m'b'\n"), "a\\u{1b}[31m'b'\\n");
        assert_eq!(shown(&"x".repeat(1000)).len(), SHOWN);
    }
}
