//! What AWS's settings say, checked before anything is asked: the SDK would panic at some mistakes, and misunderstand
//! others.

use std::num::NonZeroU32;

use aws_config::profile::ProfileSet;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_s3::config::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::ServiceConfigKey;

use super::backoff;
use super::fault::shown;
use crate::error::{Error, Result};

/// The ways to repeat requests that AWS's tools know; this program has its own.
const RETRY_MODES: [&str; 3] = ["standard", "adaptive", "legacy"];

/// Reads AWS's settings.
///
/// # Errors
/// When they make no sense.
pub(super) async fn load(http: SharedHttpClient) -> Result<SdkConfig> {
    let env = Env::real();
    let attempts = match aws_config::profile::load(&Fs::real(), &env, &Default::default(), None).await {
        Ok(profiles) => {
            check_profiles(&profiles, &env)?;
            attempts(&profiles, &env)?
        }
        Err(cause) => {
            let cause = shown(&super::fault::innermost(&cause));
            return Err(Error::usage(format!("the AWS configuration files can't be understood: {cause}"))
                .hint("see AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, or ~/.aws/config and ~/.aws/credentials"));
        }
    };
    let retry = RetryConfig::standard().with_max_attempts(attempts);
    Ok(aws_config::defaults(BehaviorVersion::latest()).http_client(http).retry_config(retry).load().await)
}

fn variable(env: &Env, name: &str) -> Option<String> {
    env.get(name).ok().filter(|text| !text.is_empty())
}

fn check_profiles(profiles: &ProfileSet, env: &Env) -> Result<()> {
    let missing = |name: &str, named_by: &str| {
        let error = Error::usage(format!("there is no AWS profile {}, which {named_by} names", shown(name)));
        let mut known: Vec<&str> = profiles.profiles().collect();
        known.sort_unstable();
        error.hint(match known.is_empty() {
            true => "there is none at all; make one with: aws configure sso".to_owned(),
            false => format!("there are: {}", shown(&known.join(", "))),
        })
    };
    let named = variable(env, "AWS_PROFILE");
    let unknown = |name: &&str| *name != "default" && profiles.get_profile(name).is_none();
    if let Some(name) = named.as_deref().filter(unknown) {
        return Err(missing(name, "AWS_PROFILE"));
    }
    let source = profiles.get("source_profile").filter(|name| profiles.get_profile(name).is_none());
    if let Some(name) = source {
        return Err(missing(name, &format!("source_profile of the profile {}", shown(profiles.selected_profile()))));
    }
    Ok(())
}

/// How often a request is made at most.
fn attempts(profiles: &ProfileSet, env: &Env) -> Result<u32> {
    let setting = |name: &'static str, key: &'static str| match variable(env, name) {
        Some(text) => Some((text, name)),
        None => profiles.get(key).map(|text| (text.to_owned(), key)),
    };
    if let Some((text, name)) = setting("AWS_RETRY_MODE", "retry_mode")
        && !RETRY_MODES.contains(&text.to_ascii_lowercase().as_str())
    {
        return Err(Error::usage(format!("{name} can't be '{}'", shown(&text)))
            .hint(format!("it may be {}, which are the same here", RETRY_MODES.join(", "))));
    }
    let Some((text, name)) = setting("AWS_MAX_ATTEMPTS", "max_attempts") else { return Ok(backoff::ATTEMPTS) };
    text.parse::<NonZeroU32>().map(NonZeroU32::get).map_err(|_| {
        Error::usage(format!("{name} must be a whole number from 1 on, not '{}'", shown(&text)))
            .hint("it says how often a request to S3 is made at most")
    })
}

/// The server that AWS's settings name in place of AWS's own.
///
/// # Errors
/// When it is not an address.
pub(super) fn endpoint(sdk: &SdkConfig) -> Result<Option<String>> {
    let key = ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let service = key.ok().and_then(|key| sdk.service_config()?.load_config(key));
    let endpoint = service.or_else(|| sdk.endpoint_url().map(str::to_owned)).filter(|endpoint| !endpoint.is_empty());
    if let Some(endpoint) = &endpoint {
        check_endpoint(endpoint)?;
    }
    Ok(endpoint)
}

/// The region that AWS's settings name; S3 at `endpoint` must know it, but need not have AWS's names.
///
/// # Errors
/// When there is none, or it can't be one.
pub(super) fn region(sdk: &SdkConfig, endpoint: Option<&str>) -> Result<String> {
    let region = sdk.region().map(|region| region.as_ref().trim().to_owned()).unwrap_or_default();
    if region.is_empty() {
        let error = Error::usage("no AWS region is set")
            .hint("set AWS_REGION, or region in the profile, to where the bucket is");
        return Err(match endpoint {
            Some(_) => error.hint("servers other than AWS's mostly want us-east-1"),
            None => error,
        });
    }
    let allowed =
        |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-' || (endpoint.is_some() && letter == b'_');
    if !region.bytes().all(allowed) || region.len() > 63 {
        return Err(Error::usage(format!("'{}' is not the name of an AWS region", shown(&region)))
            .hint("AWS_REGION, or region in the profile, is such as eu-central-1"));
    }
    Ok(region)
}

/// Checks the address of a server, none of which is shown that could be a password.
fn check_endpoint(endpoint: &str) -> Result<()> {
    let rest = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
    let authority = rest.unwrap_or_default().split(['/', '?', '#']).next().unwrap_or_default();
    if endpoint.contains('@') {
        return Err(Error::usage("the endpoint of S3 has a user or a password in it, which S3 does not use")
            .hint("take out what stands before the @ in AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)")
            .hint("the keys belong to AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or to a profile"));
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let sound = |letter: char| letter.is_alphanumeric() || "-._:[]".contains(letter);
    let known = !host.is_empty() && host.chars().all(sound) && port.is_none_or(|port| port.parse::<u16>().is_ok());
    match known && !endpoint.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        true => Ok(()),
        false => Err(Error::usage(format!("the endpoint '{}' is not an address", shown(endpoint)))
            .hint("AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile) is such as https://minio.example.org:9000")),
    }
}

/// Whether an address is one of AWS, which has a name for each bucket.
pub(super) fn is_of_aws(endpoint: &str) -> bool {
    let host = endpoint.split("://").nth(1).unwrap_or_default().split(['/', ':']).next().unwrap_or_default();
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_told_apart() {
        for good in ["http://127.0.0.1:9000", "https://minio.example.org/s3", "http://[::1]:9000", "http://[::1]"] {
            assert!(check_endpoint(good).is_ok() && !is_of_aws(good), "{good}");
        }
        for bad in ["minio:9000", "http://", "ftp://x", "https:///x", "http://a b", "http://a:99999", "http://a%zz"] {
            assert!(check_endpoint(bad).unwrap_err().to_string().contains(bad), "{bad}");
        }
        for secret in ["me:word@host", "http://me:word@host:9000/x", "http://word@"] {
            let error = check_endpoint(secret).unwrap_err();
            assert!(!format!("{error} {:?}", error.hints()).contains("word@"), "{error}");
        }
        assert!(
            is_of_aws("https://s3.eu-central-1.amazonaws.com")
                && is_of_aws("https://s3.cn-north-1.amazonaws.com.cn:443/")
        );
        assert!(!is_of_aws("https://amazonaws.com.example.org"));
    }
}
