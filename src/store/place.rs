//! Where a store is: a folder, or a prefix of a bucket.

use std::fmt;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::s3::address::{Address, SCHEME};

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a folder of a disk.
    Folder(PathBuf),
    /// Below a prefix of a bucket.
    Bucket(Address),
}

impl Place {
    /// The place that a user has written.
    ///
    /// # Errors
    /// When it can't be one.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(address) = Address::parse(text)? {
            return Ok(Self::Bucket(address));
        }
        if text.contains("://") {
            return Err(Error::usage(format!("can't use {} as a store", text.escape_debug()))
                .hint(format!("a store is a folder, or {SCHEME}BUCKET/PREFIX")));
        }
        if text.is_empty() {
            return Err(Error::usage("the name of the store is empty")
                .hint(format!("--store is a folder, or {SCHEME}BUCKET/PREFIX")));
        }
        Ok(Self::Folder(PathBuf::from(text)))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Bucket(address) => address.fmt(f),
        }
    }
}
