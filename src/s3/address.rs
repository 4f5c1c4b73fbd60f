//! `s3://bucket/key`.

use std::fmt;
use std::path::Path;

use crate::error::{Error, Result};

/// How addresses begin.
pub const SCHEME: &str = "s3://";

/// What `s3://bucket/key` names: an object, or all objects whose keys begin so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The bucket.
    pub bucket: String,
    /// What follows the slash after it; empty where nothing does.
    pub key: String,
}

impl Address {
    /// The address in a text; `None` where it is none, as it does not begin with `s3://`.
    ///
    /// # Errors
    /// When the name of the bucket can't be one.
    pub fn parse(text: &str) -> Result<Option<Self>> {
        let Some(rest) = text.strip_prefix(SCHEME) else { return Ok(None) };
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket(bucket) {
            let message =
                format!("'{}' can't be the name of a bucket, in {}", bucket.escape_debug(), text.escape_debug());
            return Err(Error::usage(message)
                .hint("an address is s3://BUCKET/KEY; a bucket has 3 to 63 lower-case letters, digits, - and ."));
        }
        Ok(Some(Self { bucket: bucket.to_owned(), key: key.to_owned() }))
    }

    /// Whether it can be that of an object: it has a key, which does not stand for a folder.
    #[must_use]
    pub fn names_object(&self) -> bool {
        !self.key.is_empty() && !self.key.ends_with('/')
    }

    /// The address of another key in the same bucket.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { bucket: self.bucket.clone(), key: key.to_owned() }
    }
}

/// Whether a path is an address on S3 rather than one of a file.
#[must_use]
pub fn is_on_s3(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().starts_with(SCHEME.as_bytes())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.key)
    }
}

/// Whether a bucket may have this name, by the rules for general purpose buckets; capitals and `_`, which the oldest
/// buckets have, are let through.
fn is_bucket(name: &str) -> bool {
    let allowed = |letter: u8| letter.is_ascii_alphanumeric() || b"-._".contains(&letter);
    (3..=255).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.contains("..")
        && !name.starts_with(['.', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_and_a_key() {
        let parse = |text: &str| Address::parse(text).unwrap();
        assert_eq!(parse("data.csv"), None);
        assert_eq!(parse("S3://bucket/x"), None);
        let address = parse("s3://my.bucket-1/a/b c/ü=1").unwrap();
        assert_eq!((address.bucket.as_str(), address.key.as_str()), ("my.bucket-1", "a/b c/ü=1"));
        assert_eq!(address.to_string(), "s3://my.bucket-1/a/b c/ü=1");
        assert_eq!(address.with_key("x").to_string(), "s3://my.bucket-1/x");
        assert!(address.names_object() && ["", "a/"].iter().all(|key| !address.with_key(key).names_object()));
        assert_eq!(parse("s3://bucket").unwrap(), parse("s3://bucket/").unwrap());
    }

    #[test]
    fn what_can_be_no_bucket_is_refused() {
        for text in
            ["s3://", "s3:///x", "s3://a/x", "s3://a b/x", "s3://../x", "s3://-ab/x", "s3://a\nbc/x", "s3://bücket/x"]
        {
            let error = Address::parse(text).unwrap_err();
            assert_eq!(error.kind(), crate::error::Kind::Usage);
            assert!(error.to_string().contains("can't be the name of a bucket") && !error.to_string().contains('\n'));
        }
    }
}
