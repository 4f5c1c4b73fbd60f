//! The operations on objects and on the bucket.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;

use hyper::HeaderMap;
use hyper::body::Bytes;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, BucketVersioningStatus, ChecksumAlgorithm, ChecksumMode,
    CommonPrefix, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, ETag, ETagCondition, GetBucketVersioningInput,
    GetBucketVersioningOutput, GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput,
    HeadObjectOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectsV2Input, ListObjectsV2Output,
    Object as Listed, ObjectStorageClass, PutObjectInput, PutObjectOutput, ServerSideEncryption, StorageClass,
    StreamingBlob, Timestamp, UploadPartInput, UploadPartOutput,
};
use s3s::{Body, S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::bucket::{Conditions, Object, Properties, Shared, State, Wanted, precondition_failed};
use super::checksum::{given, tell, verified, verify_md5};
use super::multipart::kind;
use super::permissions::arn;
use super::server::Options;

/// The storage classes that S3 knows.
const CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];

/// S3 on the bucket in memory.
#[derive(Clone, Debug)]
pub struct Service {
    pub shared: Arc<Shared>,
}

/// Makes the functions above the operations of S3.
macro_rules! serve {
    ($($name:ident: $input:ident => $output:ident,)*) => {
        impl S3 for Service {
            $(fn $name<'life0, 'async_trait>(
                &'life0 self,
                request: S3Request<$input>,
            ) -> Pin<Box<dyn Future<Output = S3Result<S3Response<$output>>> + Send + 'async_trait>>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            {
                Box::pin(async move { Service::$name(self, request).await.map(S3Response::new) })
            })*
        }
    };
}

serve! {
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput,
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput,
    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput,
    delete_object: DeleteObjectInput => DeleteObjectOutput,
    get_bucket_versioning: GetBucketVersioningInput => GetBucketVersioningOutput,
    get_object: GetObjectInput => GetObjectOutput,
    head_bucket: HeadBucketInput => HeadBucketOutput,
    head_object: HeadObjectInput => HeadObjectOutput,
    list_multipart_uploads: ListMultipartUploadsInput => ListMultipartUploadsOutput,
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output,
    put_object: PutObjectInput => PutObjectOutput,
    upload_part: UploadPartInput => UploadPartOutput,
}

/// What a request says of the object besides its bytes.
macro_rules! properties {
    ($input:expr) => {
        $crate::s3::bucket::Properties {
            encryption: $input.server_side_encryption.as_ref().map(|mode| mode.as_str().to_owned()),
            kms_key: $input.ssekms_key_id.clone(),
            storage_class: $input.storage_class.as_ref().map(|class| class.as_str().to_owned()),
            content_type: $input.content_type.clone(),
            metadata: $input.metadata.clone().unwrap_or_default().into_iter().collect(),
        }
    };
}

pub(super) use properties;

/// Answers with an object, whole or a range of it, and gives the bytes asked for.
macro_rules! describe {
    ($self:expr, $input:expr, $output:ident) => {{
        let input = $input;
        let version = input.version_id.as_deref();
        let (object, version_id) = $self.found(&input.key, version, input.if_match, input.if_none_match)?;
        let whole = object.bytes.len();
        let range = input.range.map(|range| part(&range, whole)).transpose()?;
        let bytes = object.bytes.slice(range.clone().unwrap_or(0..whole));
        let told = |range: std::ops::Range<usize>| format!("bytes {}-{}/{whole}", range.start, range.end - 1);
        let class = object.properties.storage_class.clone().filter(|class| class != "STANDARD");
        let mut output = $output {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(bytes.len()).ok(),
            content_range: range.clone().map(told),
            content_type: object.properties.content_type.clone(),
            e_tag: Some(ETag::Strong(object.tag.clone())),
            last_modified: Some(Timestamp::from(object.modified)),
            metadata: Some(HashMap::from_iter(object.properties.metadata.clone())),
            server_side_encryption: Some(object.properties.told_encryption()),
            ssekms_key_id: object.properties.kms_key.clone(),
            storage_class: class.map(StorageClass::from),
            version_id,
            ..Default::default()
        };
        let wanted = input.checksum_mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        if wanted && bytes.len() == whole {
            tell!(output, object.checksum);
            output.checksum_type = Some(kind(object.composite));
        }
        (output, object, bytes)
    }};
}

impl Service {
    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<PutObjectOutput> {
        let mut input = request.input;
        let bytes = read(input.body.take(), &request.headers).await?;
        let trailers = request.trailing_headers.and_then(|trailers| trailers.take());
        let announced = input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str);
        let checksum = verified(given!(input), announced, trailers, &bytes)?;
        verify_md5(input.content_md5.as_deref(), &bytes)?;
        let properties = properties!(input);
        let options = &self.shared.options;
        let mut state = self.shared.state();
        properties.check(&state, options)?;
        let object = Object::whole(bytes, checksum, properties);
        let mut output = PutObjectOutput {
            e_tag: Some(ETag::Strong(object.tag.clone())),
            checksum_type: Some(kind(false)),
            server_side_encryption: Some(object.properties.told_encryption()),
            ssekms_key_id: object.properties.kms_key.clone(),
            ..Default::default()
        };
        tell!(output, object.checksum);
        let if_none_match = input.if_none_match.filter(|_| !options.ignores_conditions);
        let conditions = Conditions { if_match: input.if_match, if_none_match };
        output.version_id = state.store(options.versioning, &input.key, object, &conditions)?;
        Ok(output)
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<GetObjectOutput> {
        let (mut output, object, bytes) = describe!(self, request.input, GetObjectOutput);
        if matches!(object.properties.storage_class.as_deref(), Some("GLACIER" | "DEEP_ARCHIVE")) {
            let message = "The operation is not valid for the object's storage class";
            return Err(S3Error::with_message(S3ErrorCode::InvalidObjectState, message));
        }
        output.body = Some(StreamingBlob::from(Body::from(bytes)));
        Ok(output)
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<HeadObjectOutput> {
        let (output, _, _) = describe!(self, request.input, HeadObjectOutput);
        Ok(output)
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<DeleteObjectOutput> {
        let input = request.input;
        let mut state = self.shared.state();
        if let Some(condition) = input.if_match {
            let conditions = Conditions { if_match: Some(condition), if_none_match: None };
            conditions.check(state.current(&input.key).map(Arc::as_ref))?;
        }
        let Some(version) = input.version_id else {
            let version_id = state.push(self.shared.options.versioning, &input.key, None);
            let delete_marker = version_id.is_some().then_some(true);
            return Ok(DeleteObjectOutput { delete_marker, version_id, ..Default::default() });
        };
        let versions = state.objects.entry(input.key.clone()).or_default();
        let marker = versions.iter().any(|known| known.id == version && known.object.is_none());
        versions.retain(|known| known.id != version);
        if versions.is_empty() {
            state.objects.remove(&input.key);
        }
        let delete_marker = marker.then_some(true);
        Ok(DeleteObjectOutput { delete_marker, version_id: Some(version), ..Default::default() })
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> S3Result<ListObjectsV2Output> {
        let input = request.input;
        if input.encoding_type.is_some() {
            return Err(S3Error::with_message(S3ErrorCode::NotImplemented, "encoding-type is not implemented"));
        }
        let last = input.continuation_token.as_deref().map(last_of).transpose()?.unwrap_or_default();
        let asked = input.max_keys.unwrap_or(1000);
        let limit = usize::try_from(asked).map_err(|_| {
            S3Error::with_message(
                S3ErrorCode::InvalidArgument,
                "Argument maxKeys must be an integer between 0 and 2147483647",
            )
        })?;
        let wanted = Wanted {
            prefix: input.prefix.as_deref().unwrap_or_default(),
            delimiter: input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty()),
            start_after: input.start_after.as_deref().unwrap_or_default(),
            last: &last,
            limit: limit.min(self.shared.options.page),
        };
        let mut page = self.shared.state().list(&wanted);
        if self.shared.options.lists_nothing {
            page.objects.clear();
            page.more_after = None;
        }
        let listed = |(key, object): &(String, Arc<Object>)| Listed {
            key: Some(key.clone()),
            size: i64::try_from(object.bytes.len()).ok(),
            e_tag: Some(ETag::Strong(object.tag.clone())),
            last_modified: Some(Timestamp::from(object.modified)),
            storage_class: Some(ObjectStorageClass::from(
                object.properties.storage_class.clone().unwrap_or_else(|| "STANDARD".to_owned()),
            )),
            checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(object.checksum.algorithm.name())]),
            checksum_type: Some(kind(object.composite)),
            ..Default::default()
        };
        let common = |prefix: &String| CommonPrefix { prefix: Some(prefix.clone()) };
        Ok(ListObjectsV2Output {
            name: Some(input.bucket),
            key_count: i32::try_from(page.objects.len() + page.prefixes.len()).ok(),
            max_keys: Some(asked.min(1000)),
            is_truncated: Some(page.more_after.is_some()),
            next_continuation_token: page.more_after.as_deref().map(token),
            contents: Some(page.objects.iter().map(listed).collect()),
            common_prefixes: Some(page.prefixes.iter().map(common).collect()),
            prefix: input.prefix,
            delimiter: input.delimiter,
            start_after: input.start_after,
            continuation_token: input.continuation_token,
            ..Default::default()
        })
    }

    async fn head_bucket(&self, _: S3Request<HeadBucketInput>) -> S3Result<HeadBucketOutput> {
        Ok(HeadBucketOutput { bucket_region: Some(self.shared.options.region.clone()), ..Default::default() })
    }

    async fn get_bucket_versioning(
        &self,
        _: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<GetBucketVersioningOutput> {
        let enabled = || BucketVersioningStatus::from_static(BucketVersioningStatus::ENABLED);
        let status = self.shared.options.versioning.then(enabled);
        Ok(GetBucketVersioningOutput { status, ..Default::default() })
    }

    /// An object, if it is there and the conditions hold. Who may not list is not told that it isn't there.
    fn found(
        &self,
        key: &str,
        version: Option<&str>,
        if_match: Option<ETagCondition>,
        if_none_match: Option<ETagCondition>,
    ) -> S3Result<(Arc<Object>, Option<String>)> {
        let state = self.shared.state();
        let options = &self.shared.options;
        let versions = state.objects.get(key).map(Vec::as_slice).unwrap_or_default();
        let found = match version {
            Some(version) => versions.iter().find(|known| known.id == version),
            None => versions.last(),
        };
        let Some(object) = found.and_then(|found| found.object.clone()) else {
            state.allowed("s3:ListBucket", &arn(&options.bucket, None))?;
            let mut error = S3Error::with_message(S3ErrorCode::NoSuchKey, "The specified key does not exist.");
            if let Some(marker) = found {
                error.set_headers(HeaderMap::from_iter([
                    ("x-amz-delete-marker".parse().unwrap(), "true".parse().unwrap()),
                    ("x-amz-version-id".parse().unwrap(), marker.id.parse().unwrap()),
                ]));
            }
            return Err(error);
        };
        if object.properties.encryption.as_deref() == Some("aws:kms") {
            state.allowed("kms:Decrypt", &key_arn(options, object.properties.kms_key.as_deref()))?;
        }
        let same = |condition: &ETagCondition| condition.as_etag().is_none_or(|tag| tag.value() == object.tag);
        if if_match.as_ref().is_some_and(|condition| !same(condition)) {
            return Err(precondition_failed());
        }
        if if_none_match.as_ref().is_some_and(same) {
            return Err(S3ErrorCode::NotModified.into());
        }
        let id = found.filter(|_| options.versioning).map(|found| found.id.clone());
        Ok((object, id))
    }
}

impl Properties {
    /// Refuses what S3 doesn't know, and to encrypt without permission.
    pub fn check(&self, state: &State, options: &Options) -> S3Result<()> {
        let refuse = |code: S3ErrorCode, message: &'static str| Err(S3Error::with_message(code, message));
        if self.storage_class.as_deref().is_some_and(|class| !CLASSES.contains(&class)) {
            return refuse(S3ErrorCode::InvalidStorageClass, "The storage class you specified is not valid");
        }
        match (self.encryption.as_deref(), self.kms_key.as_deref()) {
            (None | Some("AES256"), None) => Ok(()),
            (Some("aws:kms"), key) => state.allowed("kms:GenerateDataKey", &key_arn(options, key)),
            (None | Some("AES256"), Some(_)) => refuse(
                S3ErrorCode::InvalidArgument,
                "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : \
                 aws:kms",
            ),
            _ => refuse(S3ErrorCode::InvalidArgument, "The encryption method specified is not supported"),
        }
    }

    /// How the object is encrypted: S3 encrypts all.
    pub fn told_encryption(&self) -> ServerSideEncryption {
        ServerSideEncryption::from(self.encryption.clone().unwrap_or_else(|| "AES256".to_owned()))
    }
}

fn key_arn(options: &Options, key: Option<&str>) -> String {
    match key {
        Some(key) if key.starts_with("arn:") => key.to_owned(),
        key => format!("arn:aws:kms:{}:123456789012:key/{}", options.region, key.unwrap_or("aws/s3")),
    }
}

/// The bytes of a body, all of them: a client that hangs up in the middle has sent nothing.
pub async fn read(body: Option<StreamingBlob>, headers: &HeaderMap) -> S3Result<Bytes> {
    let mut body = body.map_or_else(Body::empty, Body::from);
    let bytes = body.store_all_limited(usize::MAX).await.map_err(|error| {
        let message = format!("You did not provide the number of bytes or not the bytes that were announced: {error}");
        S3Error::with_message(S3ErrorCode::IncompleteBody, message)
    })?;
    let announced = headers.get("x-amz-decoded-content-length").and_then(|length| length.to_str().ok());
    if announced.is_some_and(|announced| announced != bytes.len().to_string()) {
        let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
        return Err(S3Error::with_message(S3ErrorCode::IncompleteBody, message));
    }
    Ok(bytes)
}

fn part(range: &s3s::dto::Range, whole: usize) -> S3Result<std::ops::Range<usize>> {
    let checked = u64::try_from(whole).ok().and_then(|whole| range.check(whole).ok());
    let range = checked
        .filter(|range| !range.is_empty())
        .ok_or_else(|| S3Error::with_message(S3ErrorCode::InvalidRange, "The requested range is not satisfiable"))?;
    Ok(usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap())
}

/// The last name of a page as a token that says nothing to a client.
fn token(last: &str) -> String {
    format!("1{}", last.bytes().rev().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn last_of(token: &str) -> S3Result<String> {
    let digits = token.strip_prefix('1').filter(|digits| digits.len() % 2 == 0 && digits.is_ascii());
    let bytes = digits.and_then(|digits| {
        let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        (0..digits.len()).step_by(2).rev().map(byte).collect::<Option<Vec<u8>>>()
    });
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| {
        S3Error::with_message(S3ErrorCode::InvalidArgument, "The continuation token provided is incorrect")
    })
}
