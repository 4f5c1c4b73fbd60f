//! The SDK's client as it is, without retries: what the server answers is what a test sees.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use sha2::{Digest, Sha256};

use crate::s3::{ACCESS_KEY, SECRET_KEY, Server};

/// How a client signs.
#[derive(Clone, Debug)]
pub struct Signer<'a> {
    pub access_key: &'a str,
    pub secret_key: &'a str,
    pub token: Option<&'a str>,
    pub region: &'a str,
}

impl Default for Signer<'_> {
    fn default() -> Self {
        Self { access_key: ACCESS_KEY, secret_key: SECRET_KEY, token: None, region: "eu-central-1" }
    }
}

impl Signer<'_> {
    /// A client of a server or a proxy with this endpoint.
    pub fn client(&self, endpoint: &str) -> Client {
        let token = self.token.map(str::to_owned);
        let credentials = Credentials::new(self.access_key, self.secret_key, token, None, "test");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .credentials_provider(credentials)
            .region(Region::new(self.region.to_owned()))
            .endpoint_url(endpoint)
            .force_path_style(true)
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                aws_sdk_s3::config::timeout::TimeoutConfig::builder()
                    .operation_timeout(Duration::from_secs(60))
                    .build(),
            )
            .build();
        Client::from_conf(config)
    }
}

/// A client that may do everything.
pub fn client(server: &Server) -> Client {
    Signer::default().client(&server.endpoint())
}

/// The code of an error, or its status where it has no code, such as answers to HEAD.
pub fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> String {
    let status = || error.raw_response().map(|response| response.status().as_u16().to_string());
    error.code().map(str::to_owned).or_else(status).unwrap_or_else(|| "no answer".to_owned())
}

/// The status of an error; 0 where there was no answer.
pub fn status<E>(error: &SdkError<E>) -> u16 {
    error.raw_response().map_or(0, |response| response.status().as_u16())
}

/// SHA-256 in base64.
pub fn sha256(bytes: &[u8]) -> String {
    aws_smithy_types::base64::encode(Sha256::digest(bytes))
}
