//! How to reach S3: the ordinary chain of AWS settings, time limits, repetition, and bounds on what is under way.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder as HttpBuilder, Connector};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_types::service_config::ServiceConfigKey;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::address::Address;
use super::backoff;
use crate::error::{Error, Result};

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// How long to wait for the beginning of an answer.
const ANSWER: Duration = Duration::from_secs(60);

/// The unit of the bound on bytes under way.
const UNIT: usize = 1 << 10;

/// How many bytes requests that are under way hold together, at most, unless a single one has more.
const MOST_BYTES: usize = 256 << 20;

/// How often the SDK makes a request where neither the environment nor a profile says it.
const SDK_ATTEMPTS: u32 = 3;

/// How S3 is reached, beside what the AWS settings say.
#[derive(Clone, Debug)]
pub struct Access {
    /// How many requests may be under way at once; at least 1.
    pub concurrency: usize,
    /// A file with the certificates (PEM) of the authorities to believe, in place of those of the system.
    pub ca_bundle: Option<PathBuf>,
    /// How long to wait before a request is made again, at most; each further time may be twice as long.
    pub pause: Duration,
    /// Where copies of what is read of stores are kept; none are where nobody says it.
    pub cache: Option<CacheAt>,
}

/// Where copies of objects are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheAt {
    /// The folder.
    pub folder: PathBuf,
    /// How many bytes they may have together.
    pub size: u64,
}

impl Default for Access {
    fn default() -> Self {
        Self { concurrency: Self::CONCURRENCY, ca_bundle: None, pause: Self::PAUSE, cache: None }
    }
}

impl Access {
    /// How many requests are under way at once where nobody says it.
    pub const CONCURRENCY: usize = 32;

    /// How long to wait at first, but in tests, which need not wait.
    pub const PAUSE: Duration = Duration::from_millis(100);
}

/// A bucket that can be reached. Copies share its connections and bounds.
#[derive(Clone, Debug)]
pub struct Bucket(pub(super) Arc<Reached>);

/// What copies of a bucket share.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) region: Option<String>,
    /// The address of the server, where it is not AWS's.
    pub(super) endpoint: Option<String>,
    pub(super) attempts: u32,
    pub(super) pause: Duration,
    pub(super) concurrency: usize,
    requests: Semaphore,
    bytes: Semaphore,
}

/// The right to have a request under way; given back when it is dropped.
pub(super) struct Leave<'a> {
    _request: SemaphorePermit<'a>,
    _bytes: SemaphorePermit<'a>,
}

impl Bucket {
    /// Makes ready to reach a bucket as AWS's settings say, which are read; but nobody is asked yet.
    ///
    /// # Errors
    /// When the settings make no sense.
    pub fn new(name: &str, access: &Access) -> Result<Self> {
        // Those who give credentials are asked in the same way.
        let http = http_client(access)?;
        let sdk = wait(aws_config::defaults(BehaviorVersion::latest()).http_client(http).load())?;
        Self::of(name, &sdk, access)
    }

    /// The same where AWS's settings are known.
    ///
    /// # Errors
    /// When they make no sense.
    pub fn of(name: &str, sdk: &SdkConfig, access: &Access) -> Result<Self> {
        let key = ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
        let service = key.ok().and_then(|key| sdk.service_config()?.load_config(key));
        let endpoint = service.or_else(|| sdk.endpoint_url().map(str::to_owned));
        if let Some(endpoint) = endpoint.as_ref().filter(|endpoint| !is_url(endpoint)) {
            return Err(Error::usage(format!("the endpoint '{}' is not an address", endpoint.escape_debug()))
                .hint("AWS_ENDPOINT_URL_S3 (or endpoint_url in a profile) is such as https://minio.example.org:9000"));
        }
        let wanted = sdk.retry_config().map_or(SDK_ATTEMPTS, RetryConfig::max_attempts);
        let attempts = if wanted == SDK_ATTEMPTS { backoff::ATTEMPTS } else { wanted };
        let retry = RetryConfig::standard()
            .with_max_attempts(attempts)
            .with_initial_backoff(access.pause)
            .with_max_backoff(access.pause * backoff::LONGEST);
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build();
        let config = Builder::from(sdk)
            .http_client(http_client(access)?)
            .retry_config(retry)
            .timeout_config(timeouts)
            .retry_classifier(backoff::Undecided)
            // that a server fails now and then is no reason to give up sooner; the number of attempts is bounded
            .retry_partition(RetryPartition::custom("store").token_bucket(TokenBucket::unlimited()).build())
            // other servers need not have a name for each bucket
            .force_path_style(endpoint.as_ref().is_some_and(|endpoint| !is_of_aws(endpoint)))
            .build();
        let reached = Reached {
            region: sdk.region().map(|region| region.as_ref().to_owned()),
            client: Client::from_conf(config),
            name: name.to_owned(),
            endpoint,
            attempts,
            pause: access.pause,
            concurrency: access.concurrency.max(1),
            requests: Semaphore::new(access.concurrency.max(1)),
            bytes: Semaphore::new(MOST_BYTES / UNIT),
        };
        Ok(Self(Arc::new(reached)))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// How many requests may be under way at once.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.0.concurrency
    }

    /// What tells it from the buckets of other servers that have the same name.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("{} {}", self.0.endpoint.as_deref().unwrap_or("aws"), self.0.name)
    }

    /// An object in it, as the user would write it.
    #[must_use]
    pub fn address(&self, key: &str) -> Address {
        Address { bucket: self.0.name.clone(), key: key.to_owned() }
    }
}

impl Reached {
    /// Waits until a request that holds so many bytes may be made.
    pub(super) async fn leave(&self, bytes: usize) -> Leave<'_> {
        let units = bytes.div_ceil(UNIT).min(MOST_BYTES / UNIT);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        // semaphores that are never closed give their permits in the end
        loop {
            if let (Ok(request), Ok(bytes)) = (self.requests.acquire().await, self.bytes.acquire_many(units).await) {
                return Leave { _request: request, _bytes: bytes };
            }
        }
    }

    /// Waits before an attempt (from 1) at what the SDK does not repeat by itself.
    pub(super) async fn pause(&self, attempt: u32, key: &str) {
        let seed = xxhash_rust::xxh3::xxh3_64_with_seed(key.as_bytes(), u64::from(std::process::id()));
        tokio::time::sleep(backoff::pause(self.pause, attempt, seed)).await;
    }
}

/// Waits for what is under way.
///
/// # Errors
/// When the system gives no threads.
pub(super) fn wait<F: Future>(future: F) -> Result<F::Output> {
    static RUNTIME: OnceLock<std::result::Result<Runtime, std::io::Error>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("s3").enable_all().build()
    });
    match runtime {
        Ok(runtime) => Ok(runtime.block_on(future)),
        Err(cause) => Err(Error::io("can't start the threads that speak with S3", cause)),
    }
}

/// The client for HTTP: certificates and proxies as the environment says.
fn http_client(access: &Access) -> Result<SharedHttpClient> {
    let mut trust = TrustStore::default();
    if let Some(path) = &access.ca_bundle {
        let failed = |cause| Error::io(format_args!("can't read the certificates {}", path.display()), &cause);
        let pem = std::fs::read(path).map_err(failed)?;
        if !pem.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----") {
            return Err(Error::failed(format!("{} has no certificates", path.display()))
                .hint("AWS_CA_BUNDLE names a file in PEM format, which has lines -----BEGIN CERTIFICATE-----"));
        }
        trust = TrustStore::empty().with_pem_certificate(pem);
    }
    let failed = |cause| Error::failed(format!("the certificates can't be used: {cause}"));
    let tls = TlsContext::builder().with_trust_store(trust).build().map_err(failed)?;
    let connector = move |settings: Option<&_>, components: Option<&aws_sdk_s3::config::RuntimeComponents>| {
        let mut builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        if let Some(settings) = settings {
            builder = builder.connector_settings(Clone::clone(settings));
        }
        if let Some(sleep) = components.and_then(aws_sdk_s3::config::RuntimeComponents::sleep_impl) {
            builder = builder.sleep_impl(sleep);
        }
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone()).build()
    };
    Ok(HttpBuilder::new().build_with_connector_fn(connector))
}

fn is_url(endpoint: &str) -> bool {
    let rest = endpoint.strip_prefix("http://").or_else(|| endpoint.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace))
}

fn is_of_aws(endpoint: &str) -> bool {
    let host = endpoint.split("://").nth(1).unwrap_or_default().split(['/', ':']).next().unwrap_or_default();
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_told_apart() {
        for good in ["http://127.0.0.1:9000", "https://minio.example.org/s3"] {
            assert!(is_url(good) && !is_of_aws(good));
        }
        for bad in ["", "minio:9000", "http://", "ftp://x", "https:///x", "http://a b"] {
            assert!(!is_url(bad), "{bad}");
        }
        assert!(
            is_of_aws("https://s3.eu-central-1.amazonaws.com")
                && is_of_aws("https://s3.cn-north-1.amazonaws.com.cn:443/")
        );
        assert!(!is_of_aws("https://amazonaws.com.example.org"));
    }
}
