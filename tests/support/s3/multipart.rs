//! Uploads in parts.

use std::collections::BTreeMap;
use std::time::SystemTime;

use hyper::StatusCode;
use hyper::body::Bytes;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, ListMultipartUploadsInput, ListMultipartUploadsOutput, MultipartUpload,
    Timestamp, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result};

use aws_smithy_types::base64;

use super::bucket::{Conditions, Object, Properties, now, tag};
use super::checksum::{Algorithm, Checksum, given, md5, tell, verified, verify_md5};
use super::operations::{Service, properties, read};

/// An upload that has begun.
#[derive(Clone, Debug)]
pub struct Upload {
    pub key: String,
    pub initiated: SystemTime,
    properties: Properties,
    algorithm: Option<Algorithm>,
    composite: bool,
    parts: BTreeMap<i32, Part>,
}

#[derive(Clone, Debug)]
struct Part {
    bytes: Bytes,
    tag: String,
    checksum: Checksum,
}

impl Service {
    /// Begins an upload.
    pub async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<CreateMultipartUploadOutput> {
        let input = request.input;
        let algorithm = input.checksum_algorithm.as_ref().map(|name| Algorithm::parse(name.as_str())).transpose()?;
        let asked_whole = input.checksum_type.as_ref().is_some_and(|kind| kind.as_str() == ChecksumType::FULL_OBJECT);
        let properties = properties!(input);
        let mut state = self.shared.state();
        properties.check(&state, &self.shared.options)?;
        let upload = Upload {
            key: input.key.clone(),
            initiated: now(),
            algorithm,
            composite: algorithm.is_some_and(|algorithm| algorithm != Algorithm::Crc64Nvme) && !asked_whole,
            parts: BTreeMap::new(),
            properties,
        };
        let output = CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(format!("upload-{:08}", state.next())),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: algorithm.map(|_| kind(upload.composite)),
            server_side_encryption: Some(upload.properties.told_encryption()),
            ssekms_key_id: upload.properties.kms_key.clone(),
            ..Default::default()
        };
        state.uploads.insert(output.upload_id.clone().unwrap(), upload);
        Ok(output)
    }

    /// Takes a part; one of the same number takes the place of the one before.
    pub async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
        let mut input = request.input;
        let bytes = read(input.body.take(), &request.headers).await?;
        let trailers = request.trailing_headers.and_then(|trailers| trailers.take());
        let announced = input.checksum_algorithm.as_ref().map(ChecksumAlgorithm::as_str);
        let checksum = verified(given!(input), announced, trailers, &bytes)?;
        verify_md5(input.content_md5.as_deref(), &bytes)?;
        if !(1..=10_000).contains(&input.part_number) {
            let message = "Part number must be an integer between 1 and 10000, inclusive";
            return Err(S3Error::with_message(S3ErrorCode::InvalidArgument, message));
        }
        let mut state = self.shared.state();
        let upload = upload(&mut state.uploads, &input.upload_id, &input.key)?;
        let (algorithm, told) = (upload.algorithm, checksum.as_ref().map(|checksum| checksum.algorithm));
        if let (Some(expected), Some(actual)) = (algorithm, told)
            && expected != actual
        {
            let message = format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                expected.name().to_lowercase(),
                actual.name().to_lowercase()
            );
            return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, message));
        }
        let checksum = checksum.unwrap_or_else(|| algorithm.unwrap_or(Algorithm::Crc64Nvme).of(&bytes));
        let part = Part { tag: tag(&bytes, &upload.properties), bytes, checksum };
        let mut output = UploadPartOutput {
            e_tag: Some(ETag::Strong(part.tag.clone())),
            server_side_encryption: Some(upload.properties.told_encryption()),
            ssekms_key_id: upload.properties.kms_key.clone(),
            ..Default::default()
        };
        if algorithm.or(told).is_some() {
            tell!(output, part.checksum);
        }
        upload.parts.insert(input.part_number, part);
        Ok(output)
    }

    /// Makes an object of the parts, if the conditions hold.
    pub async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let input = request.input;
        let mut state = self.shared.state();
        if let Some(mut error) = state.failure("CompleteMultipartUpload") {
            // S3 may begin its answer with 200 before it knows that it has failed.
            error.set_status_code(StatusCode::OK);
            return Err(error);
        }
        let upload = upload(&mut state.uploads, &input.upload_id, &input.key)?.clone();
        let listed = input.multipart_upload.as_ref().and_then(|list| list.parts.clone()).unwrap_or_default();
        let object = upload.object(&listed, self.shared.options.part_minimum)?;
        if given!(input).iter().any(|checksum| *checksum != object.checksum) {
            let message = "The checksum you specified did not match the calculated checksum.";
            return Err(S3Error::with_message(S3ErrorCode::BadDigest, message));
        }
        let mut output = CompleteMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key.clone()),
            e_tag: Some(ETag::Strong(object.tag.clone())),
            checksum_type: Some(kind(object.composite)),
            server_side_encryption: Some(object.properties.told_encryption()),
            ssekms_key_id: object.properties.kms_key.clone(),
            ..Default::default()
        };
        tell!(output, object.checksum);
        let conditions = Conditions { if_match: input.if_match, if_none_match: input.if_none_match };
        output.version_id = state.store(self.shared.options.versioning, &input.key, object, &conditions)?;
        state.uploads.remove(&input.upload_id);
        Ok(output)
    }

    /// Forgets an upload and its parts.
    pub async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<AbortMultipartUploadOutput> {
        let input = request.input;
        let mut state = self.shared.state();
        upload(&mut state.uploads, &input.upload_id, &input.key)?;
        state.uploads.remove(&input.upload_id);
        Ok(AbortMultipartUploadOutput::default())
    }

    /// The uploads that are neither completed nor aborted, all on one page.
    pub async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<ListMultipartUploadsOutput> {
        let input = request.input;
        let prefix = input.prefix.clone().unwrap_or_default();
        let state = self.shared.state();
        let listed = |(id, upload): (&String, &Upload)| MultipartUpload {
            key: Some(upload.key.clone()),
            upload_id: Some(id.clone()),
            initiated: Some(Timestamp::from(upload.initiated)),
            ..Default::default()
        };
        let mut uploads: Vec<_> =
            state.uploads.iter().filter(|(_, upload)| upload.key.starts_with(&prefix)).map(listed).collect();
        uploads.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            prefix: input.prefix,
            is_truncated: Some(false),
            uploads: Some(uploads),
            ..Default::default()
        })
    }
}

impl Upload {
    /// The object that these parts make.
    fn object(&self, listed: &[CompletedPart], minimum: usize) -> S3Result<Object> {
        let refuse = |code: S3ErrorCode, message: &'static str| S3Error::with_message(code, message);
        if listed.is_empty() {
            let message = "The XML you provided was not well-formed or did not validate against our published schema";
            return Err(refuse(S3ErrorCode::MalformedXML, message));
        }
        if !listed.is_sorted_by(|one, next| one.part_number < next.part_number) {
            let message = "The list of parts was not in ascending order. Parts must be ordered by part number.";
            return Err(refuse(S3ErrorCode::InvalidPartOrder, message));
        }
        let parts = listed.iter().map(|listed| self.part(listed)).collect::<S3Result<Vec<&Part>>>()?;
        if parts[..parts.len() - 1].iter().any(|part| part.bytes.len() < minimum) {
            let message = "Your proposed upload is smaller than the minimum allowed size";
            return Err(refuse(S3ErrorCode::EntityTooSmall, message));
        }
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.bytes.iter().copied()).collect();
        let algorithm = self.algorithm.unwrap_or(Algorithm::Crc64Nvme);
        let checksum = if self.composite {
            let sums: Vec<u8> = parts.iter().flat_map(|part| base64::decode(&part.checksum.value).unwrap()).collect();
            let value = format!("{}-{}", base64::encode(algorithm.digest(&sums)), parts.len());
            Checksum { algorithm, value }
        } else {
            algorithm.of(&bytes)
        };
        let tags: String = parts.iter().map(|part| part.tag.as_str()).collect();
        Ok(Object {
            bytes: bytes.into(),
            tag: format!("{}-{}", md5(&unhexed(&tags)), parts.len()),
            modified: now(),
            checksum,
            composite: self.composite,
            properties: self.properties.clone(),
        })
    }

    /// The part that the list means.
    fn part(&self, listed: &CompletedPart) -> S3Result<&Part> {
        let part = self.parts.get(&listed.part_number.unwrap_or_default());
        let same_tag = |part: &&Part| listed.e_tag.as_ref().is_some_and(|tag| tag.value() == part.tag);
        let told = given!(listed);
        let same_sum = |part: &&Part| told.iter().all(|checksum| *checksum == part.checksum);
        let Some(part) = part.filter(same_tag).filter(same_sum) else {
            let message = "One or more of the specified parts could not be found. The part may not have been \
                           uploaded, or the specified entity tag may not match the part's entity tag.";
            return Err(S3Error::with_message(S3ErrorCode::InvalidPart, message));
        };
        if self.composite && told.is_empty() {
            let message = format!(
                "The upload was created using a {} checksum. The complete request must include the checksum for each \
                 part. It was missing for part {} in the request.",
                part.checksum.algorithm.name().to_lowercase(),
                listed.part_number.unwrap_or_default()
            );
            return Err(S3Error::with_message(S3ErrorCode::InvalidRequest, message));
        }
        Ok(part)
    }
}

/// Whether a checksum is one of parts, as headers have it.
pub fn kind(composite: bool) -> ChecksumType {
    ChecksumType::from_static(if composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT })
}

fn upload<'a>(uploads: &'a mut BTreeMap<String, Upload>, id: &str, key: &str) -> S3Result<&'a mut Upload> {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
                   aborted or completed.";
    let missing = || S3Error::with_message(S3ErrorCode::NoSuchUpload, message);
    uploads.get_mut(id).filter(|upload| upload.key == key).ok_or_else(missing)
}

fn unhexed(digits: &str) -> Vec<u8> {
    digits.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
