//! Who may do what: one user, who may do all but what the tests deny.

use std::pin::Pin;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::bucket::State;
use super::operations::Service;
use super::server::{ACCESS_KEY, SECRET_KEY};

/// The answer of an async function of a trait.
type Answer<'a, T> = Pin<Box<dyn Future<Output = S3Result<T>> + Send + 'a>>;

/// Knows one access key.
#[derive(Debug)]
pub struct OneUser;

impl S3Auth for OneUser {
    fn get_secret_key<'life0, 'life1, 'async_trait>(
        &'life0 self,
        access_key: &'life1 str,
    ) -> Answer<'async_trait, SecretKey>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        Self: 'async_trait,
    {
        let message = "The AWS Access Key Id you provided does not exist in our records.";
        let unknown = || S3Error::with_message(S3ErrorCode::InvalidAccessKeyId, message);
        let found = (access_key == ACCESS_KEY).then(|| SecretKey::from(SECRET_KEY)).ok_or_else(unknown);
        Box::pin(std::future::ready(found))
    }
}

impl S3Access for Service {
    fn check<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        context: &'life1 mut S3AccessContext<'life2>,
    ) -> Answer<'async_trait, ()>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(std::future::ready(self.permit(context)))
    }
}

impl Service {
    /// Counts a request, and answers it where the tests or the permissions want it refused.
    fn permit(&self, context: &S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_none() {
            return Err(S3Error::with_message(S3ErrorCode::AccessDenied, "Access Denied"));
        }
        let operation = context.s3_op().name();
        let mut state = self.shared.state();
        *state.requests.entry(operation.to_owned()).or_default() += 1;
        let bucket = context.s3_path().get_bucket_name().unwrap_or_default();
        if bucket != self.shared.options.bucket {
            return Err(S3Error::with_message(S3ErrorCode::NoSuchBucket, "The specified bucket does not exist"));
        }
        let (action, of_object) = action(operation);
        let key = context.s3_path().get_object_key().filter(|_| of_object);
        state.allowed(action, &arn(bucket, key))?;
        if operation == "CompleteMultipartUpload" {
            return Ok(());
        }
        state.failure(operation).map_or(Ok(()), Err)
    }
}

impl State {
    /// An error where nobody may do this to what has this ARN.
    pub fn allowed(&self, action: &str, resource: &str) -> S3Result<()> {
        if !self.denied.contains(action) {
            return Ok(());
        }
        let message = format!(
            "User: arn:aws:iam::123456789012:user/test is not authorized to perform: {action} on resource: \
             \"{resource}\" because no identity-based policy allows the {action} action"
        );
        Err(S3Error::with_message(S3ErrorCode::AccessDenied, message))
    }

    /// The error that the tests want for the next request of an operation.
    pub fn failure(&mut self, operation: &str) -> Option<S3Error> {
        let (code, left) = self.failures.get_mut(operation).filter(|(_, left)| *left > 0)?;
        *left -= 1;
        let message = match code {
            S3ErrorCode::SlowDown => "Please reduce your request rate.",
            S3ErrorCode::InternalError => "We encountered an internal error. Please try again.",
            S3ErrorCode::ConditionalRequestConflict => {
                "The conditional request cannot succeed due to a conflicting operation against this resource."
            }
            _ => "The tests want this error.",
        };
        Some(S3Error::with_message(code.clone(), message))
    }
}

/// The ARN of a bucket or of an object in it.
pub fn arn(bucket: &str, key: Option<&str>) -> String {
    match key {
        Some(key) => format!("arn:aws:s3:::{bucket}/{key}"),
        None => format!("arn:aws:s3:::{bucket}"),
    }
}

/// The action that an operation needs, and whether it is one on objects.
fn action(operation: &str) -> (&'static str, bool) {
    match operation {
        "PutObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => ("s3:PutObject", true),
        "GetObject" | "HeadObject" => ("s3:GetObject", true),
        "DeleteObject" => ("s3:DeleteObject", true),
        "AbortMultipartUpload" => ("s3:AbortMultipartUpload", true),
        "ListParts" => ("s3:ListMultipartUploadParts", true),
        "ListMultipartUploads" => ("s3:ListBucketMultipartUploads", false),
        "GetBucketVersioning" => ("s3:GetBucketVersioning", false),
        _ => ("s3:ListBucket", false),
    }
}
