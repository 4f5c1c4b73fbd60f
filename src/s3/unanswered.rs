//! Requests that never came to an answer of S3, in the user's words.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::SdkError;

use super::attempts::Failed;
use super::client::Reached;
use super::fault::{Reason, after, chain, expired, innermost, not_s3, reason, shown};

/// What to try where a server of the user's own can't be reached.
const CHECK_ENDPOINT: &str = "check that it runs, and AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)";

/// What is said of a command that was stopped by S3.
pub(super) const AGAIN: &str = "what was written already stays, so the command can be run again";

/// Why a request has no answer, and what to do.
pub(super) fn unanswered<E: StdError + 'static>(reached: &Reached, failed: &Failed<E>) -> Reason {
    let cause = &failed.cause;
    if let Some(credentials) = chain(cause).find_map(|cause| cause.downcast_ref::<CredentialsError>()) {
        return without_credentials(credentials);
    }
    let words: Vec<String> = chain(cause).map(ToString::to_string).collect();
    let has = |part: &str| words.iter().any(|words| words.contains(part));
    if has("peer certificate") {
        return not_believed(reached, words.last().map_or("", String::as_str));
    }
    if has("no identity") || has("no credentials") || has("NoMatchingAuthScheme") {
        return no_credentials();
    }
    // what hyper and rustls say of what is neither HTTP nor TLS
    if has(" parsed") {
        return not_s3(reached, "its answer is not HTTP");
    }
    if has("corrupt message") {
        return not_s3(reached, "its answer is not TLS; should it be http:// rather than https://?");
    }
    match cause {
        SdkError::TimeoutError(_) => unreachable(reached, failed, "it did not answer in time"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            unreachable(reached, failed, "it did not answer in time")
        }
        SdkError::DispatchFailure(_) if has("lookup address") || has("dns error") => {
            unreachable(reached, failed, "its name is not known")
        }
        SdkError::DispatchFailure(_) if has("tunnel") => {
            let (text, mut hints) = unreachable(reached, failed, "the proxy is not there, or does not let it through");
            hints.insert(0, "see HTTPS_PROXY, HTTP_PROXY and NO_PROXY".into());
            (text, hints)
        }
        SdkError::DispatchFailure(_) => unreachable(reached, failed, &lower(system(&innermost(cause)))),
        _ => reason(format!("the request can't be made: {}", innermost(cause)), "check the AWS settings"),
    }
}

/// What the operating system says, without its number.
fn system(text: &str) -> &str {
    text.split(" (os error").next().unwrap_or(text)
}

/// A text with a small letter at its beginning.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn unreachable<E: StdError + 'static>(reached: &Reached, failed: &Failed<E>, why: &str) -> Reason {
    let hint = match &reached.endpoint {
        Some(_) => CHECK_ENDPOINT,
        None => "check the network, and AWS_REGION",
    };
    let text = format!("{} can't be reached{}: {why}", reached.server(), after(failed.attempts));
    (text, vec![hint.into(), AGAIN.into()])
}

fn not_believed(reached: &Reached, words: &str) -> Reason {
    // as rustls names it
    let known = [
        ("UnknownIssuer", "nobody who is believed has signed it"),
        ("CaUsedAsEndEntity", "it is one of an authority, not of a server"),
        ("Expired", "it has expired"),
        ("NotValidYet", "it is not valid yet"),
        ("NotValidForName", "it is for another name"),
        ("not valid for name", "it is for another name"),
        ("Revoked", "it has been revoked"),
    ];
    let which = known.iter().find(|(name, _)| words.contains(name)).map(|(_, meaning)| (*meaning).to_owned());
    let which = which.unwrap_or_else(|| shown(words));
    reason(
        format!("the certificate of {} can't be trusted: {which}", reached.server()),
        "for a server of your own, name the certificate of its authority: AWS_CA_BUNDLE=FILE.pem",
    )
}

fn without_credentials(cause: &CredentialsError) -> Reason {
    // some of the SDK's causes say nothing
    let silent = ["", "Error", "service error", "unhandled error", "dispatch failure"];
    let words = chain(cause).skip(1).map(ToString::to_string).filter(|words| !silent.contains(&words.as_str()));
    let inner = words.last().map(|words| shown(system(&words))).unwrap_or_default();
    let login = "log in, such as with: aws sso login";
    match cause {
        _ if inner.contains("expired") => expired(),
        // what a program of the user's own has printed could be a secret
        _ if inner.contains("external process") => reason(
            "the credential_process of the AWS profile gives no credentials",
            "run it by hand to see why; it may want you to log in again",
        ),
        _ if inner.contains("SSO token") => {
            reason(format!("the AWS credentials can't be had: {inner}"), "log in with: aws sso login")
        }
        _ if inner.contains("cargo feature") => reason(
            "the AWS profile gets its credentials in a way that trebuchet-ad does not know",
            "let the AWS command line get them: eval \"$(aws configure export-credentials --format env)\"",
        ),
        CredentialsError::CredentialsNotLoaded(_) => no_credentials(),
        // the last that is asked, which only machines of AWS have
        _ if inner.contains("IMDS") => no_credentials(),
        CredentialsError::ProviderTimedOut(_) => reason(
            "whoever gives the AWS credentials did not answer in time",
            "try again; or name a profile: AWS_PROFILE=NAME",
        ),
        CredentialsError::InvalidConfiguration(_) => reason(
            format!("the AWS profile makes no sense: {inner}"),
            "check AWS_PROFILE and the AWS configuration files",
        ),
        _ if inner.is_empty() => reason("the AWS credentials can't be had", login),
        _ => reason(format!("the AWS credentials can't be had: {inner}"), login),
    }
}

fn no_credentials() -> Reason {
    reason(
        "no AWS credentials are found",
        "name a profile with AWS_PROFILE, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in: aws sso login",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_one_of_our_sentences() {
        assert_eq!(lower(system("Connection refused (os error 111)")), "connection refused");
        assert_eq!(lower(system("")), "");
    }
}
