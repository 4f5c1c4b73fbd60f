//! An S3 server in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::S3ErrorCode;
use s3s::service::S3ServiceBuilder;

use super::background::Background;
use super::bucket::{Object, Properties, Shared};
use super::front;
use super::operations::Service;
use super::permissions::OneUser;

/// The access key that the server knows.
pub const ACCESS_KEY: &str = "AKIATESTTESTTESTTEST";

/// Its secret.
pub const SECRET_KEY: &str = "test/secret/that/must/never/be/shown/abc";

/// What a server is like.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name of its only bucket.
    pub bucket: String,
    /// The region for which requests must be signed.
    pub region: String,
    /// The region where the bucket is, if it is another: every request is redirected there.
    pub bucket_region: Option<String>,
    /// How many names a page of a list has at most.
    pub page: usize,
    /// Whether the bucket keeps the versions of its objects.
    pub versioning: bool,
    /// How many bytes each part of an upload but the last must have.
    pub part_minimum: usize,
    /// The session token that requests must have.
    pub session_token: Option<String>,
    /// Whether objects are overwritten by requests that forbid it, as some servers do.
    pub ignores_conditions: bool,
    /// Whether lists are always empty, as of a server whose lists come late.
    pub lists_nothing: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bucket: "test-bucket".to_owned(),
            region: "eu-central-1".to_owned(),
            bucket_region: None,
            page: 1000,
            versioning: false,
            part_minimum: 5 << 20,
            session_token: None,
            ignores_conditions: false,
            lists_nothing: false,
        }
    }
}

/// An object as the server keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub bytes: Vec<u8>,
    /// `AES256` or `aws:kms`, if the request said so.
    pub encryption: Option<String>,
    pub kms_key: Option<String>,
    /// If the request said so.
    pub storage_class: Option<String>,
    /// In base64, of parts with `-` and how many; only if the request gave it.
    pub sha256: Option<String>,
    pub content_type: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

/// A server that ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    background: Background,
}

impl Server {
    /// Starts a server with an empty bucket.
    pub fn start(options: Options) -> Self {
        let shared = Arc::new(Shared::new(options));
        let service = Service { shared: Arc::clone(&shared) };
        let mut builder = S3ServiceBuilder::new(service.clone());
        builder.set_auth(OneUser);
        builder.set_access(service);
        let service = builder.build();
        let known = Arc::clone(&shared);
        let background = Background::start(move |stream| {
            let (known, service) = (Arc::clone(&known), service.clone());
            let answer = service_fn(move |request| front::answer(Arc::clone(&known), service.clone(), request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
            async move { drop(connection.await) }
        });
        Self { shared, background }
    }

    /// Where it is, as `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.background.address())
    }

    /// The name of its bucket.
    pub fn bucket(&self) -> &str {
        &self.shared.options.bucket
    }

    /// The environment in which programs find it, and nothing else.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        self.environment_through(&self.endpoint())
    }

    /// The same through a proxy with this endpoint.
    pub fn environment_through(&self, endpoint: &str) -> Vec<(&'static str, String)> {
        let mut environment = vec![
            ("AWS_ENDPOINT_URL_S3", endpoint.to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_REGION", self.shared.options.region.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("NO_PROXY", "*".to_owned()),
        ];
        environment.extend(self.shared.options.session_token.clone().map(|token| ("AWS_SESSION_TOKEN", token)));
        environment
    }

    /// The bytes of all objects in a folder and below, by their keys without the folder; of the whole bucket where the
    /// folder is empty.
    pub fn tree(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let folder = if folder.is_empty() || folder.ends_with('/') { folder.to_owned() } else { format!("{folder}/") };
        let state = self.shared.state();
        let there = |key: &String| {
            let object = state.current(key)?;
            Some((key.strip_prefix(&folder)?.to_owned(), object.bytes.to_vec()))
        };
        state.objects.keys().filter_map(there).collect()
    }

    /// Stores an object, whatever is there.
    pub fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        let object = Object::whole(Bytes::from(bytes.into()), None, Properties::default());
        self.shared.state().push(self.shared.options.versioning, key, Some(Arc::new(object)));
    }

    /// Changes the last byte of an object, but not what is said of it, as when storage fails.
    pub fn damage(&self, key: &str) {
        let mut state = self.shared.state();
        let mut object = Object::clone(state.current(key).unwrap());
        let mut bytes = object.bytes.to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        object.bytes = bytes.into();
        state.push(self.shared.options.versioning, key, Some(Arc::new(object)));
    }

    /// Deletes an object, as a client would.
    pub fn delete(&self, key: &str) {
        self.shared.state().push(self.shared.options.versioning, key, None);
    }

    /// An object, unless it was deleted.
    pub fn object(&self, key: &str) -> Option<Stored> {
        let state = self.shared.state();
        let object = state.current(key)?;
        let properties = object.properties.clone();
        let sha256 = (object.checksum.algorithm.name() == "SHA256").then(|| object.checksum.value.clone());
        Some(Stored {
            bytes: object.bytes.to_vec(),
            encryption: properties.encryption,
            kms_key: properties.kms_key,
            storage_class: properties.storage_class,
            content_type: properties.content_type,
            metadata: properties.metadata,
            sha256,
        })
    }

    /// The versions of an object, the oldest first; `None` is a delete marker.
    pub fn versions(&self, key: &str) -> Vec<Option<Vec<u8>>> {
        let state = self.shared.state();
        let versions = state.objects.get(key).map(Vec::as_slice).unwrap_or_default();
        versions.iter().map(|version| Some(version.object.as_ref()?.bytes.to_vec())).collect()
    }

    /// The keys of the uploads that are neither completed nor aborted, sorted.
    pub fn uploads(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.shared.state().uploads.values().map(|upload| upload.key.clone()).collect();
        keys.sort();
        keys
    }

    /// Lets the uploads of now have begun this much earlier.
    pub fn age_uploads(&self, by: Duration) {
        for upload in self.shared.state().uploads.values_mut() {
            upload.initiated -= by;
        }
    }

    /// How many requests of an operation came, such as `PutObject` or `ListObjectsV2`, whatever the answer; those with
    /// wrong signatures, tokens or regions don't count.
    pub fn requests(&self, operation: &str) -> u64 {
        self.shared.state().requests.get(operation).copied().unwrap_or_default()
    }

    /// How many requests of each operation came.
    pub fn all_requests(&self) -> BTreeMap<String, u64> {
        self.shared.state().requests.clone()
    }

    /// Counts from zero again.
    pub fn forget_requests(&self) {
        self.shared.state().requests.clear();
    }

    /// Denies an action from now on: `s3:PutObject`, `s3:GetObject`, `s3:ListBucket`, `s3:DeleteObject`,
    /// `s3:AbortMultipartUpload`, `s3:ListBucketMultipartUploads`, `s3:GetBucketVersioning`, `kms:GenerateDataKey`,
    /// `kms:Decrypt`.
    pub fn deny(&self, action: &str) {
        self.shared.state().denied.insert(action.to_owned());
    }

    /// Denies nothing from now on.
    pub fn allow_all(&self) {
        self.shared.state().denied.clear();
    }

    /// Answers the next requests of an operation by an error of S3, such as `ConditionalRequestConflict`, `SlowDown` or
    /// `InternalError`. That of `CompleteMultipartUpload` comes in an answer with status 200, as S3 may send it.
    pub fn fail(&self, operation: &str, code: &str, times: u64) {
        let code: S3ErrorCode = code.parse().unwrap();
        assert!(code.status_code().is_some(), "S3 has no such error: {code:?}");
        self.shared.state().failures.insert(operation.to_owned(), (code, times));
    }

    /// Lets the session token expire.
    pub fn expire_token(&self) {
        self.shared.state().expired = true;
    }
}
