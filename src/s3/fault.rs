//! What went wrong, in the user's words: what was tried, on what, and what to do. Never the words of the SDK alone, and
//! nothing that could hold a secret.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::client::Reached;
use crate::error::Error;

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
            Self::Delete => "delete",
        }
    }

    /// The permission that it takes.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Read | Self::Look => "s3:GetObject",
            Self::List => "s3:ListBucket",
            Self::Write => "s3:PutObject",
            Self::Delete => "s3:DeleteObject",
        }
    }
}

/// The HTTP status of an answer, if there was one.
pub(super) fn status<E>(cause: &SdkError<E, HttpResponse>) -> Option<u16> {
    cause.raw_response().map(|response| response.status().as_u16())
}

/// The name that S3 gives to an error, if it gave one.
pub(super) fn code<E: ProvideErrorMetadata>(cause: &SdkError<E, HttpResponse>) -> Option<&str> {
    match cause {
        SdkError::ServiceError(error) => error.err().code(),
        _ => None,
    }
}

/// The last cause of an error, which says most.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map(|cause| shown(&cause.to_string())).unwrap_or_default()
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| StdError::source(*error))
}

/// A foreign text, escaped and cut.
fn shown(text: &str) -> String {
    let text: String = text.chars().take(SHOWN).collect();
    text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
}

/// The error for a request that failed.
pub(super) fn error<E>(reached: &Reached, doing: &Doing, cause: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let (reason, hints) = match cause {
        SdkError::ServiceError(service) => {
            let response = service.raw();
            let region = response.headers().get("x-amz-bucket-region").map(str::to_owned);
            let said = Said {
                status: response.status().as_u16(),
                code: service.err().code(),
                message: service.err().message().unwrap_or_default(),
                region,
            };
            refused(reached, doing, &said)
        }
        SdkError::ResponseError(_) => not_s3(reached, "its answer can't be understood"),
        SdkError::TimeoutError(_) => unreachable(reached, "it did not answer in time"),
        _ => unsent(reached, cause),
    };
    let error = Error::failed(format!("can't {} {}: {reason}", doing.verb.word(), reached.shown(doing.key)));
    hints.into_iter().fold(error, Error::hint)
}

/// An answer that refuses.
struct Said<'a> {
    status: u16,
    code: Option<&'a str>,
    message: &'a str,
    region: Option<String>,
}

type Reason = (String, Vec<String>);

fn reason(text: impl Into<String>, hint: impl Into<String>) -> Reason {
    (text.into(), vec![hint.into()])
}

/// The request never came to an answer of S3.
fn unsent<E: StdError + 'static>(reached: &Reached, cause: &SdkError<E, HttpResponse>) -> Reason {
    let mut causes = chain(cause);
    if let Some(credentials) = causes.find_map(|cause| cause.downcast_ref::<CredentialsError>()) {
        return without_credentials(credentials);
    }
    let words: Vec<String> = chain(cause).map(ToString::to_string).collect();
    let has = |part: &str| words.iter().any(|words| words.contains(part));
    if has("region must be set")
        || has("Missing Region")
        || has("region was not set")
        || has("Invalid Configuration: Missing Region")
    {
        return reason("no AWS region is set", "set AWS_REGION, or region in the profile, to where the bucket is");
    }
    if has("certificate") {
        let which = words.last().map(|words| shown(words)).unwrap_or_default();
        let hint = "to believe the authority of a server of your own, name its certificate: AWS_CA_BUNDLE=FILE.pem";
        return reason(format!("the certificate of {} is not to be believed ({which})", reached.server()), hint);
    }
    if has("no identity") || has("no credentials") || has("NoMatchingAuthScheme") {
        return no_credentials();
    }
    match cause {
        SdkError::DispatchFailure(failure) if failure.is_timeout() => unreachable(reached, "it did not answer in time"),
        SdkError::DispatchFailure(_) => unreachable(reached, &innermost(cause)),
        _ => reason(format!("the request can't be made: {}", innermost(cause)), "check the AWS settings"),
    }
}

fn without_credentials(cause: &CredentialsError) -> Reason {
    let inner = innermost(cause);
    match cause {
        CredentialsError::CredentialsNotLoaded(_) => no_credentials(),
        CredentialsError::ProviderTimedOut(_) => reason(
            "whoever gives the AWS credentials did not answer in time",
            "try again; or name a profile: AWS_PROFILE=NAME",
        ),
        _ if inner.contains("expired") => expired(),
        CredentialsError::InvalidConfiguration(_) => reason(
            format!("the AWS profile makes no sense: {inner}"),
            "check AWS_PROFILE and the AWS configuration files",
        ),
        _ => reason(format!("the AWS credentials can't be had: {inner}"), "log in, such as with: aws sso login"),
    }
}

fn no_credentials() -> Reason {
    reason(
        "no AWS credentials are found",
        "name a profile with AWS_PROFILE, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in: aws sso login",
    )
}

fn expired() -> Reason {
    reason("the AWS credentials have expired", "log in again, such as with aws sso login, or renew AWS_SESSION_TOKEN")
}

fn unreachable(reached: &Reached, why: &str) -> Reason {
    let times = reached.attempts;
    let hint = match &reached.endpoint {
        Some(_) => {
            "check that it runs, and AWS_ENDPOINT_URL_S3; what was written already stays, so the command can be run again"
        }
        None => "check the network; what was written already stays, so the command can be run again",
    };
    reason(format!("{} can't be reached, after {times} attempts: {why}", reached.server()), hint)
}

fn not_s3(reached: &Reached, what: &str) -> Reason {
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
        (301 | 307, _)
        | (_, "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
            elsewhere(reached, said)
        }
        (_, "InvalidObjectState") => reason("the object is archived", "restore it first: aws s3api restore-object"),
        (_, code) if code.starts_with("KMS.") => {
            reason(format!("the key that encrypts it can't be used ({code}: {})", shown(said.message)), "check the key")
        }
        (403, code) if code.is_empty() || code.contains("AccessDenied") || code == "Forbidden" => {
            denied(reached, doing, said)
        }
        (501, _) | (_, "NotImplemented") if doing.verb == Verb::Write => reason(
            format!("{} can't create objects on the condition that there is none yet", reached.server()),
            "a store needs conditional writes (If-None-Match: *); use a newer version of the server",
        ),
        (503 | 429, _) | (_, "SlowDown" | "RequestLimitExceeded") => reason(
            format!("{} can't keep up, after {} attempts", reached.server(), reached.attempts),
            "run the command again later, or with fewer requests at once: --concurrency 4",
        ),
        (500.., code) => reason(
            format!("{} failed ({}), after {} attempts", reached.server(), name(said.status, code), reached.attempts),
            "run the command again later; what was written already stays",
        ),
        (status, "") => not_s3(reached, &format!("it answers {status} without an error of S3")),
        (_, code) => reason(format!("S3 says {}: {}", shown(code), shown(said.message)), "check the AWS settings"),
    }
}

fn name(status: u16, code: &str) -> String {
    if code.is_empty() { status.to_string() } else { shown(code) }
}

fn elsewhere(reached: &Reached, said: &Said) -> Reason {
    let named = said.message.split("expecting '").nth(1).and_then(|rest| rest.split('\'').next());
    let here = reached.region.as_deref().unwrap_or("the region that is set");
    match said.region.as_deref().or(named) {
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

fn denied(reached: &Reached, doing: &Doing, said: &Said) -> Reason {
    // AWS says which action it was, if it was not the one that was asked for (such as of a key that encrypts).
    let after = |mark: &str| said.message.split_once(mark).map(|(_, rest)| rest);
    let word = |text: &str| text.trim_start_matches('"').split(['"', ' ']).next().unwrap_or_default().to_owned();
    let action = after("not authorized to perform: ").map_or_else(|| doing.verb.action().to_owned(), word);
    let resource = after("on resource: ").map_or_else(|| reached.arn(doing), word);
    let (action, resource) = (shown(&action), shown(resource.trim_end_matches('"')));
    let mut hints = vec![format!("whoever manages the permissions must allow {action} on {resource}")];
    if said.message.contains("explicit deny") {
        hints =
            vec![format!("a policy denies {action} on {resource} explicitly; whoever manages it must take that out")];
    }
    if matches!(doing.verb, Verb::Read | Verb::Look) && action == "s3:GetObject" {
        hints.push(format!(
            "S3 also says so where the object is missing and s3:ListBucket on {} is not allowed",
            reached.arn(&Doing { verb: Verb::List, key: "" })
        ));
    }
    (format!("{action} on {resource} is not allowed"), hints)
}

impl Reached {
    /// The name of the server.
    fn server(&self) -> String {
        match (&self.endpoint, &self.region) {
            (Some(endpoint), _) => without_secrets(endpoint),
            (None, Some(region)) => format!("S3 in {region}"),
            (None, None) => "S3".to_owned(),
        }
    }

    /// A key, as the user would write it.
    pub(super) fn shown(&self, key: &str) -> String {
        format!("s3://{}/{}", self.name, shown(key))
    }

    /// The Amazon Resource Name of what something was tried on.
    pub(super) fn arn(&self, doing: &Doing) -> String {
        let region = self.region.as_deref().unwrap_or_default();
        let partition = match region {
            _ if region.starts_with("cn-") => "aws-cn",
            _ if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        match doing.verb {
            Verb::List => format!("arn:{partition}:s3:::{}", self.name),
            _ => format!("arn:{partition}:s3:::{}/{}", self.name, doing.key),
        }
    }

    /// The error for an answer that is none of S3's.
    pub(super) fn not_s3(&self, what: &str) -> Error {
        let (reason, hints) = not_s3(self, what);
        hints.into_iter().fold(Error::failed(reason), Error::hint)
    }
}

/// An address without what may stand before its host: `user:password@`.
fn without_secrets(endpoint: &str) -> String {
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("", endpoint));
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{}", shown(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_passwords() {
        assert_eq!(without_secrets("http://me:secret@host:9000/path?x=secret"), "http://host:9000");
        assert_eq!(without_secrets("https://host"), "https://host");
    }

    #[test]
    fn foreign_texts_are_cut_and_escaped() {
        assert_eq!(shown("a\u{1b}[31m'b'\n"), "a\\u{1b}[31m'b'\\n");
        assert_eq!(shown(&"x".repeat(1000)).len(), SHOWN);
    }
}
