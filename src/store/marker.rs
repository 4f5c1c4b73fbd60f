//! `trebuchet.json`: the document that makes a folder a store, and says how the store is built.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document;
use super::layout::{DataType, Layout, MARKER};
use super::objects::{ObjectStore, Put};
use crate::error::{Advice, Error, Result};

/// The format that this program reads and writes.
const FORMAT: u32 = 1;

/// How a store is built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    format: u32,
    layout: String,
    /// Data types that lie elsewhere.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    roots: BTreeMap<String, String>,
    /// How S3 keeps the objects.
    #[serde(default, skip_serializing_if = "Keeping::says_nothing")]
    keeping: Keeping,
}

/// How S3 keeps the objects of a store; as the bucket does where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keeping {
    /// How they are encrypted: `AES256` (SSE-S3), `aws:kms` (SSE-KMS) or `aws:kms:dsse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<String>,
    /// The key of KMS that encrypts them (its ARN, id or alias).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// The storage class of raw objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_storage_class: Option<String>,
}

impl Keeping {
    /// Whether all is as the bucket does it.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What is read first: a newer format may have other fields.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl Marker {
    /// The marker of a new store.
    #[must_use]
    pub fn new(layout: Layout, keeping: Keeping) -> Self {
        Self { format: FORMAT, layout: layout.name().to_owned(), roots: BTreeMap::new(), keeping }
    }

    /// How S3 keeps the objects.
    #[must_use]
    pub fn keeping(&self) -> &Keeping {
        &self.keeping
    }

    /// Writes it, unless the same one is there.
    ///
    /// # Errors
    /// When the place can't be written, or something else is there.
    pub fn create(&self, objects: &dyn ObjectStore) -> Result<()> {
        if objects.get(MARKER)?.is_none() {
            refuse_half_a_store(objects)?;
        }
        match objects.put_new(MARKER, &document::to_line(self)?)? {
            Put::Created | Put::Same => Ok(()),
            Put::Different => {
                let there = Self::read(objects)?;
                if there.layout != self.layout {
                    let message = format!(
                        "{} is a store of layout {} already, not {}",
                        objects.place(),
                        there.layout,
                        self.layout
                    );
                    return Err(Error::usage(message).hint("a store keeps its layout; make another one"));
                }
                if there.keeping != self.keeping && !self.keeping.says_nothing() {
                    let message = format!("{} is encrypted, or keeps raw, in another way already", objects.place());
                    return Err(
                        Error::usage(message).hint(format!("see keeping in {MARKER}; a store stays as it was made"))
                    );
                }
                Ok(())
            }
        }
    }

    /// Tries to create it where it is already: no server may answer that it has.
    ///
    /// # Errors
    /// When the place can't be written.
    pub fn create_again(&self, objects: &dyn ObjectStore) -> Result<Put> {
        objects.put_new(MARKER, &document::to_line(self)?)
    }

    /// Reads the marker of a store.
    ///
    /// # Errors
    /// When there is none, or it is of an unknown format.
    pub fn read(objects: &dyn ObjectStore) -> Result<Self> {
        let Some(bytes) = objects.get(MARKER)? else {
            refuse_half_a_store(objects)?;
            return Err(Error::failed(format!("{} is not a store: it has no {MARKER}", objects.place()))
                .advise(Advice::InitStoreThere));
        };
        let place = format!("{}/{MARKER}", objects.place());
        let Format { format } = document::parse(&place, &bytes)?;
        if format != FORMAT {
            return Err(Error::failed(format!(
                "{place} says format {format}; this trebuchet-ad reads format {FORMAT}"
            ))
            .hint("use the trebuchet-ad that wrote the store, or a newer one"));
        }
        document::parse(&place, &bytes)
    }

    /// The layout, if the store is one that this program can use.
    ///
    /// # Errors
    /// When it is not.
    pub fn layout(&self) -> Result<Layout> {
        if let Some((data_type, root)) = self.roots.first_key_value() {
            let message = format!("the store keeps {data_type} in {root}, which this trebuchet-ad can't do yet");
            return Err(Error::failed(message).hint(format!("see roots in {MARKER}; use a newer trebuchet-ad")));
        }
        Layout::from_name(&self.layout).ok_or_else(|| {
            let names = Layout::ALL.map(Layout::name).join(" and ");
            Error::failed(format!("the store has the layout '{}'; known are {names}", self.layout.escape_debug()))
                .hint("use the trebuchet-ad that wrote the store, or a newer one")
        })
    }
}

/// An error where there is data of a store, but no marker.
fn refuse_half_a_store(objects: &dyn ObjectStore) -> Result<()> {
    for data_type in DataType::ALL {
        if objects.list(&format!("{}/", data_type.name()))?.iter().any(|object| object.key.contains("/project=")) {
            let place = objects.place();
            return Err(Error::failed(format!(
                "{place} is half a store: it has {}/, but no {MARKER}",
                data_type.name()
            ))
            .hint(format!("copy {MARKER} from where the store was copied from")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::local::LocalStore;
    use super::*;

    fn message(bytes: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let objects = LocalStore::open(folder.path()).unwrap();
        assert_eq!(objects.put_new(MARKER, bytes.as_bytes()).unwrap(), Put::Created);
        let error = Marker::read(&objects).and_then(|marker| marker.layout()).unwrap_err();
        assert!(!error.hints().is_empty());
        error.to_string()
    }

    #[test]
    fn the_marker_is_one_line() {
        let line = document::to_line(&Marker::new(Layout::Compact, Keeping::default())).unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), "{\"format\":1,\"layout\":\"compact\"}\n");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(message(r#"{"format":2,"tree":"deep"}"#).contains("says format 2; this trebuchet-ad reads format 1"));
        assert!(message(r#"{"format":1,"layout":"deep"}"#).contains("the layout 'deep'; known are compact and full"));
        assert!(message(r#"{"format":1,"layout":"full","x":1}"#).contains("unknown field `x`"));
        assert!(message(r#"{"format":1}"#).contains("missing field `layout`"));
        assert!(message("").contains("can't be understood"));
        let roots = r#"{"format":1,"layout":"full","roots":{"raw":"s3://b/p"}}"#;
        assert!(message(roots).contains("keeps raw in s3://b/p, which this trebuchet-ad can't do yet"));
    }

    #[test]
    fn half_a_store_is_neither_opened_nor_made_whole() {
        let folder = tempfile::tempdir().unwrap();
        let objects = LocalStore::open(folder.path()).unwrap();
        assert_eq!(objects.put_new("data.csv", b"1").unwrap(), Put::Created);
        assert!(Marker::read(&objects).unwrap_err().to_string().ends_with("is not a store: it has no trebuchet.json"));
        assert_eq!(objects.put_new("raw/project=a/x", b"1").unwrap(), Put::Created);
        let half = "is half a store: it has raw/, but no trebuchet.json";
        assert!(Marker::read(&objects).unwrap_err().to_string().ends_with(half));
        assert!(
            Marker::new(Layout::Full, Keeping::default()).create(&objects).unwrap_err().to_string().ends_with(half)
        );
    }
}
