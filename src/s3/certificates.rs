//! The certificates of authorities that are believed.

use std::path::Path;

use aws_smithy_http_client::tls::TrustStore;
use aws_smithy_types::base64;

use crate::error::{Error, Result};

/// How a certificate begins and ends in a PEM file.
const MARKS: (&str, &str) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");

/// The authorities to believe: those in a PEM file, or else those of the system.
///
/// # Errors
/// When the file can't be read, or has no certificates.
pub(super) fn trusted(bundle: Option<&Path>) -> Result<TrustStore> {
    let Some(path) = bundle else { return Ok(TrustStore::default()) };
    let hint = "AWS_CA_BUNDLE names a file in PEM format, with parts that begin with -----BEGIN CERTIFICATE-----";
    let pem = std::fs::read(path).map_err(|cause| {
        Error::io(format_args!("can't read the certificates in {}", path.display()), &cause)
            .hint("the file is named by AWS_CA_BUNDLE")
    })?;
    let text = String::from_utf8_lossy(&pem);
    let mut certificates = text.split(MARKS.0).skip(1).peekable();
    if certificates.peek().is_none() {
        return Err(Error::failed(format!("{} has no certificates", path.display())).hint(hint));
    }
    // the SDK would panic
    if let Some(number) = certificates.position(|certificate| !is_certificate(certificate)) {
        let message = format!("certificate {} in {} can't be understood", number + 1, path.display());
        return Err(Error::failed(message).hint(hint));
    }
    Ok(TrustStore::empty().with_pem_certificate(pem))
}

/// Whether what follows the mark of a beginning is a certificate, as far as its frame shows: a sequence of two sequences
/// and a string of bits (RFC 5280, 4.1).
fn is_certificate(text: &str) -> bool {
    let Some((body, _)) = text.split_once(MARKS.1) else { return false };
    let body: String = body.split_whitespace().collect();
    let Ok(bytes) = base64::decode(body) else { return false };
    let Some((0x30, content, [])) = element(&bytes) else { return false };
    let Some((0x30, first, rest)) = element(content) else { return false };
    let Some((0x30, _, rest)) = element(rest) else { return false };
    matches!(element(rest), Some((0x03, _, []))) && element(first).is_some()
}

/// The tag, the content and what follows of the first element in DER.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match usize::from(first) {
        short @ ..0x80 => (short, rest),
        long => {
            let (length, rest) = rest.split_at_checked(long & 0x7f).filter(|(length, _)| length.len() <= 4)?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}
