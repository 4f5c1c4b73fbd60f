//! The digest of a file, taken as it is read: of just the bytes that were read, also where a file grows, and without the
//! file being needed once more.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::Digest;

use crate::domain::digest::Sha256;

/// The digest of what is read from the beginning to the end; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Digesting(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    hasher: sha2::Sha256,
    bytes: u64,
    is_at_end: bool,
}

impl Digesting {
    /// Feeds what was read; nothing is the end.
    pub fn take(&self, read: &[u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.hasher.update(read);
        state.bytes += read.len() as u64;
        state.is_at_end = read.is_empty();
    }

    /// The SHA-256 digest, and of how many bytes; `None` if it was not read to its end.
    #[must_use]
    pub fn finish(&self) -> Option<(Sha256, u64)> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_at_end.then(|| (Sha256::from_bytes(state.hasher.clone().finalize().into()), state.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_of_all_that_was_read_once_that_is_all() {
        let digesting = Digesting::default();
        digesting.take(b"ab");
        assert_eq!(digesting.finish(), None);
        digesting.clone().take(b"c");
        digesting.take(b"");
        assert_eq!(digesting.finish(), Some((Sha256::of(b"abc"), 3)));
    }
}
