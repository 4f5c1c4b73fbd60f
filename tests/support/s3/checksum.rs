//! The checksums of S3: verified when they come, kept, and told when they are asked for.

use aws_smithy_types::base64;
use hyper::HeaderMap;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::{S3Error, S3ErrorCode, S3Result};

/// The algorithms that S3 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// By the name that requests have for it.
    pub fn parse(name: &str) -> S3Result<Self> {
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            S3Error::with_message(S3ErrorCode::InvalidRequest, "Checksum algorithm provided is unsupported.")
        })
    }

    /// As requests name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The checksum of some bytes.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Crc32 => Crc32::checksum(bytes).to_vec(),
            Self::Crc32c => Crc32c::checksum(bytes).to_vec(),
            Self::Crc64Nvme => Crc64Nvme::checksum(bytes).to_vec(),
            Self::Sha1 => Sha1::checksum(bytes).to_vec(),
            Self::Sha256 => Sha256::checksum(bytes).to_vec(),
        }
    }

    /// The checksum of some bytes, as headers have it.
    pub fn of(self, bytes: &[u8]) -> Checksum {
        Checksum { algorithm: self, value: base64::encode(self.digest(bytes)) }
    }

    fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_lowercase())
    }
}

/// A checksum as headers have it: in base64, and of an object in parts with `-` and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    pub algorithm: Algorithm,
    pub value: String,
}

/// The checksums among the fields of a request.
macro_rules! given {
    ($input:expr) => {{
        use $crate::s3::checksum::{Algorithm, Checksum};
        let fields = [
            (Algorithm::Crc32, &$input.checksum_crc32),
            (Algorithm::Crc32c, &$input.checksum_crc32c),
            (Algorithm::Crc64Nvme, &$input.checksum_crc64nvme),
            (Algorithm::Sha1, &$input.checksum_sha1),
            (Algorithm::Sha256, &$input.checksum_sha256),
        ];
        let told =
            |(algorithm, value): (Algorithm, &Option<String>)| value.clone().map(|value| Checksum { algorithm, value });
        fields.into_iter().filter_map(told).collect::<Vec<Checksum>>()
    }};
}

/// Writes a checksum into the field of an answer that is for it.
macro_rules! tell {
    ($output:expr, $checksum:expr) => {{
        use $crate::s3::checksum::Algorithm;
        let value = Some($checksum.value.clone());
        match $checksum.algorithm {
            Algorithm::Crc32 => $output.checksum_crc32 = value,
            Algorithm::Crc32c => $output.checksum_crc32c = value,
            Algorithm::Crc64Nvme => $output.checksum_crc64nvme = value,
            Algorithm::Sha1 => $output.checksum_sha1 = value,
            Algorithm::Sha256 => $output.checksum_sha256 = value,
        }
    }};
}

pub(super) use {given, tell};

/// Checks the bytes of a body against the checksum in its headers or trailers, and gives it back; that there is none
/// is an error where one was announced.
pub fn verified(
    mut given: Vec<Checksum>,
    announced: Option<&str>,
    trailers: Option<HeaderMap>,
    bytes: &[u8],
) -> S3Result<Option<Checksum>> {
    for algorithm in Algorithm::ALL {
        let trailer = trailers.as_ref().and_then(|trailers| trailers.get(algorithm.header()));
        if let Some(value) = trailer.and_then(|value| value.to_str().ok()) {
            given.push(Checksum { algorithm, value: value.to_owned() });
        }
    }
    let refuse = |message: String| Err(S3Error::with_message(S3ErrorCode::InvalidRequest, message));
    match given.as_slice() {
        [] if announced.is_some() => refuse(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers \
             were found."
                .to_owned(),
        ),
        [] => Ok(None),
        [checksum] => {
            let algorithm = checksum.algorithm;
            let digest = algorithm.digest(bytes);
            match base64::decode(&checksum.value) {
                Ok(value) if value == digest => Ok(Some(checksum.clone())),
                Ok(value) if value.len() == digest.len() => Err(S3Error::with_message(
                    S3ErrorCode::BadDigest,
                    format!("The {} you specified did not match the calculated checksum.", algorithm.name()),
                )),
                _ => refuse(format!("Value for {} header is invalid.", algorithm.header())),
            }
        }
        _ => refuse("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.".to_owned()),
    }
}

/// Checks the bytes of a body against its MD5 in base64, if the request gives it.
pub fn verify_md5(given: Option<&str>, bytes: &[u8]) -> S3Result<()> {
    if given.is_some_and(|given| given != base64::encode(Md5::checksum(bytes))) {
        let message = "The Content-MD5 you specified did not match what we received.";
        return Err(S3Error::with_message(S3ErrorCode::BadDigest, message));
    }
    Ok(())
}

/// MD5 in hexadecimal digits, of which S3 makes entity tags.
pub fn md5(bytes: &[u8]) -> String {
    Md5::checksum(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
