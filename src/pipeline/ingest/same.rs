//! Which records are new: the store holds as many copies of a record as the richest single source had.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::domain::record::RecordBatch;

/// Counts by identity.
type Counts = HashMap<u128, u32, BuildHasherDefault<Folded>>;

/// Identities are hashes already.
#[derive(Default)]
struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.chunks(8).for_each(|chunk| {
            let mut padded = [0; 8];
            padded[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_le_bytes(padded);
        });
    }

    fn write_u128(&mut self, identity: u128) {
        self.0 = identity as u64 ^ (identity >> 64) as u64;
    }
}

/// Tells new records from those that are there.
#[derive(Default)]
pub struct Sieve {
    /// How many copies there are in each object of the hour, in the order in which they are relied on, unless used up.
    there: Vec<Counts>,
    /// Which of the objects were relied on.
    relied: Vec<bool>,
    /// How many copies there are in all, with those that were let through.
    have: Counts,
    source: Option<u32>,
    /// How many copies the source of the moment has had.
    seen: Counts,
    /// Whether all records come from one source and nothing was there: then all are new.
    all_new: bool,
}

impl Sieve {
    /// A sieve for an hour whose objects have records of these identities; `one_source`: all records that will come are
    /// of one source.
    pub fn new(there: &[Vec<u128>], one_source: bool) -> Self {
        let all_new = one_source && there.iter().all(Vec::is_empty);
        let mut sieve = Self { all_new, relied: vec![false; there.len()], ..Self::default() };
        for identities in there {
            let mut counts = Counts::default();
            for identity in identities {
                *counts.entry(*identity).or_default() += 1;
                *sieve.have.entry(*identity).or_default() += 1;
            }
            sieve.there.push(counts);
        }
        sieve
    }

    /// Whether a record is new; the records of a source come one after the other.
    fn is_new(&mut self, source: u32, identity: u128) -> bool {
        if self.source != Some(source) {
            self.source = Some(source);
            self.seen.clear();
        }
        let seen = self.seen.entry(identity).or_default();
        *seen += 1;
        let have = self.have.entry(identity).or_default();
        if *seen > *have {
            *have += 1;
            return true;
        }
        // It is there: which objects are needed for so many copies?
        let mut copies = 0;
        for (counts, relied) in self.there.iter().zip(&mut self.relied) {
            let more = counts.get(&identity).copied().unwrap_or(0);
            *relied |= more > 0;
            copies += more;
            if copies >= *seen {
                break;
            }
        }
        false
    }

    /// Adds the records of a part that are new to `fresh`; how many were there already.
    pub fn pass(&mut self, source: u32, batch: &RecordBatch, fresh: &mut RecordBatch) -> u64 {
        if self.all_new {
            fresh.append(batch);
            return 0;
        }
        let keep: Vec<bool> = batch.identities.iter().map(|identity| self.is_new(source, *identity)).collect();
        let kept = keep.iter().filter(|keep| **keep).count();
        if kept == batch.len() {
            fresh.append(batch);
        } else if kept > 0 {
            fresh.append(&batch.only(&keep));
        }
        (batch.len() - kept) as u64
    }

    /// Which of the objects hold records that came.
    pub fn relied(&self) -> &[bool] {
        &self.relied
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::record::{Kind, RecordRef};

    fn batch(identities: &[u8]) -> RecordBatch {
        let mut batch = RecordBatch::default();
        for identity in identities {
            let (identity, text) = (u128::from(*identity), "");
            batch.push(&RecordRef { event_time: 0, kind: Kind::Metric, position: 1, identity, text });
        }
        batch
    }

    proptest! {
        #[test]
        fn there_are_as_many_copies_as_the_richest_source_has(
            there in prop::collection::vec(prop::collection::vec(0u8..5, 0..5), 0..4),
            sources in prop::collection::vec(prop::collection::vec(0u8..5, 0..8), 1..4)
        ) {
            let objects: Vec<Vec<u128>> =
                there.iter().map(|object| object.iter().map(|identity| u128::from(*identity)).collect()).collect();
            let mut sieve = Sieve::new(&objects, sources.len() == 1);
            let mut fresh = RecordBatch::default();
            let mut same = 0;
            for (source, identities) in sources.iter().enumerate() {
                let (first, second) = identities.split_at(identities.len() / 2);
                for part in [first, second] {
                    same += sieve.pass(source as u32, &batch(part), &mut fresh);
                }
            }
            prop_assert_eq!(fresh.len() + same as usize, sources.iter().map(Vec::len).sum::<usize>());
            for identity in 0..5u8 {
                let count = |all: &[u8]| all.iter().filter(|other| **other == identity).count();
                let before: usize = there.iter().map(|object| count(object)).sum();
                let richest = sources.iter().map(|source| count(source)).max().unwrap_or(0);
                let added = fresh.identities.iter().filter(|other| **other == u128::from(identity)).count();
                prop_assert_eq!(added, richest.saturating_sub(before));
                // The objects that are relied on have what was there of the richest source.
                let relied = there.iter().zip(sieve.relied()).filter(|(_, relied)| **relied);
                let of_relied: usize = relied.map(|(object, _)| count(object)).sum();
                prop_assert!(of_relied >= richest.min(before));
            }
        }
    }
}
