//! Claims of version numbers: a version belongs to the run that creates its claim first.
//!
//! A claim holds the digest of everything that decides the result: inputs and settings. A run that comes with the same
//! digest, a run that was killed or one beside, gets the same version, and makes the same objects.

use serde::{Deserialize, Serialize};

use super::layout::{self, DataType, LAST_NUMBER};
use super::objects::Put;
use super::{Store, document};
use crate::domain::dataset::Dataset;
use crate::domain::digest::Sha256;
use crate::error::{Error, Result};

/// A version number that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The number, from 1.
    pub version: u32,
    /// The digest of inputs and settings.
    pub digest: Sha256,
}

/// A claim that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The number, from 1.
    pub version: u32,
    /// Whether it has just been claimed: otherwise the version may be there already, whole or in part.
    pub new: bool,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(with = "document::text")]
    digest: Sha256,
}

/// All claims of a dataset's versions of a data type, in the order of their numbers.
///
/// # Errors
/// When they can't be read.
pub fn list(store: &Store, dataset: &Dataset, of: DataType) -> Result<Vec<Claim>> {
    let listed = store.objects().list(&layout::claims_folder(dataset, of))?;
    let claims = listed.iter().map(|object| {
        let version = layout::parse_claim(dataset, of, &object.key).ok_or_else(|| {
            Error::failed(format!("{} is not the claim of a version", object.key))
                .hint(format!("it does not belong there; move it out of {}", store.place()))
        })?;
        let Document { digest } = document::parse(&object.key, &store.read(&object.key)?)?;
        Ok(Claim { version, digest })
    });
    claims.collect()
}

/// Claims a version for this digest: the one that has it already, or else the next number.
///
/// # Errors
/// When the store can't be read or written.
pub fn claim(store: &Store, dataset: &Dataset, of: DataType, digest: &Sha256) -> Result<Claimed> {
    loop {
        let claims = list(store, dataset, of)?;
        if let Some(same) = claims.iter().find(|claim| claim.digest == *digest) {
            return Ok(Claimed { version: same.version, new: false });
        }
        let version = claims.last().map_or(1, |last| last.version + 1);
        if version > LAST_NUMBER {
            return Err(Error::failed(format!("there can't be more than {LAST_NUMBER} versions of {}", of.name())));
        }
        let line = document::to_line(&Document { digest: *digest })?;
        match store.objects().put_new(&layout::claim_key(dataset, of, version), &line)? {
            Put::Created => return Ok(Claimed { version, new: true }),
            Put::Same => return Ok(Claimed { version, new: false }),
            Put::Different => {} // someone was faster
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::layout::Layout;
    use super::*;

    #[test]
    fn a_digest_has_one_version() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::init(&folder.path().display().to_string(), Layout::Compact).unwrap();
        let dataset: Dataset = "acme/shop/1".parse().unwrap();
        let claim = |text: &[u8]| claim(&store, &dataset, DataType::Model, &Sha256::of(text)).unwrap();
        assert_eq!(claim(b"a"), Claimed { version: 1, new: true });
        assert_eq!(claim(b"b"), Claimed { version: 2, new: true });
        assert_eq!(claim(b"a"), Claimed { version: 1, new: false });
        let claims = list(&store, &dataset, DataType::Model).unwrap();
        assert_eq!(claims[1], Claim { version: 2, digest: Sha256::of(b"b") });
        assert_eq!(list(&store, &"x/y/1".parse().unwrap(), DataType::Model).unwrap(), []);
    }

    #[test]
    fn racers_never_share_a_version() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::init(&folder.path().display().to_string(), Layout::Compact).unwrap();
        let dataset: Dataset = "acme/shop/1".parse().unwrap();
        let versions: Vec<(u8, Claimed)> = std::thread::scope(|scope| {
            let racers = (0..16_u8).map(|racer| {
                let (store, dataset) = (&store, &dataset);
                scope.spawn(move || {
                    (racer / 2, claim(store, dataset, DataType::Model, &Sha256::of(&[racer / 2])).unwrap())
                })
            });
            racers.collect::<Vec<_>>().into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        let pairs: BTreeSet<(u8, u32)> = versions.iter().map(|(digest, claimed)| (*digest, claimed.version)).collect();
        assert_eq!(pairs.len(), 8, "{versions:?}");
        assert_eq!(pairs.iter().map(|pair| pair.1).collect::<BTreeSet<_>>(), (1..=8).collect());
        assert_eq!(versions.iter().filter(|(_, claimed)| claimed.new).count(), 8);
    }
}
