//! How to reach S3: the ordinary chain of AWS settings, time limits, repetition, and bounds on what is under way.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_http_client::{Builder as HttpBuilder, Connector};
use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::address::Address;
use super::attempts::Counter;
use super::{backoff, certificates, configuration};
use crate::error::{Error, Result};

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// How long to wait for the beginning of an answer.
const ANSWER: Duration = Duration::from_secs(60);

/// The unit of the bound on bytes under way.
const UNIT: usize = 1 << 10;

/// How many bytes requests that are under way hold together, at most, unless a single one has more.
const MOST_BYTES: usize = 256 << 20;

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
    /// What the AWS settings say, once somebody has asked.
    pub aws: AwsSettings,
}

/// What the AWS settings say, with the credentials that they have led to. Copies share it, so that a command that opens
/// several buckets, or one several times, asks for credentials once.
#[derive(Clone, Debug, Default)]
pub struct AwsSettings(Arc<Mutex<Option<SdkConfig>>>);

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
        let aws = AwsSettings::default();
        Self { concurrency: Self::CONCURRENCY, ca_bundle: None, pause: Self::PAUSE, cache: None, aws }
    }
}

impl Access {
    /// How many requests are under way at once where nobody says it.
    pub const CONCURRENCY: usize = 32;

    /// How long to wait at first, but in tests, which need not wait.
    pub const PAUSE: Duration = Duration::from_millis(100);
}

impl AwsSettings {
    fn read(&self, access: &Access) -> Result<SdkConfig> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sdk) = &*known {
            return Ok(sdk.clone());
        }
        // Those who give credentials are asked in the same way as S3.
        let http = http_client(access)?;
        let sdk = wait(configuration::load(http))??;
        Ok(known.insert(sdk).clone())
    }
}

/// A bucket that can be reached. Copies share its connections and bounds.
#[derive(Clone, Debug)]
pub struct Bucket(pub(super) Arc<Reached>);

/// What copies of a bucket share.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) client: Client,
    pub(super) name: String,
    pub(super) region: String,
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
        Self::of(name, &access.aws.read(access)?, access)
    }

    /// The same where AWS's settings are known.
    ///
    /// # Errors
    /// When they make no sense.
    pub fn of(name: &str, sdk: &SdkConfig, access: &Access) -> Result<Self> {
        let endpoint = configuration::endpoint(sdk)?;
        let region = configuration::region(sdk, endpoint.as_deref())?;
        let attempts = sdk.retry_config().map_or(backoff::ATTEMPTS, RetryConfig::max_attempts);
        let retry = RetryConfig::standard()
            .with_max_attempts(attempts)
            .with_initial_backoff(access.pause)
            .with_max_backoff(access.pause * backoff::LONGEST);
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build();
        let config = Builder::from(sdk)
            .http_client(sdk.http_client().map_or_else(|| http_client(access), Ok)?)
            .retry_config(retry)
            .timeout_config(timeouts)
            .retry_classifier(backoff::Undecided)
            .interceptor(Counter)
            // that a server fails now and then is no reason to give up sooner; the number of attempts is bounded
            .retry_partition(RetryPartition::custom("store").token_bucket(TokenBucket::unlimited()).build())
            // other servers need not have a name for each bucket
            .force_path_style(endpoint.as_ref().is_some_and(|endpoint| !configuration::is_of_aws(endpoint)))
            .build();
        let reached = Reached {
            region,
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
    let trust = certificates::trusted(access.ca_bundle.as_deref())?;
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
