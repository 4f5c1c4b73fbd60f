//! What is written: bytes in memory, or a file that may be larger than memory.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use sha2::Digest;

use crate::domain::digest::Sha256;

/// How much of a file is read at a time to digest it.
const PIECE: usize = 1 << 18;

/// The bytes of an object that is to be written.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// In memory.
    Memory(Bytes),
    /// In a file, from its start, which nobody changes.
    File(Arc<File>, u64),
}

impl Content {
    /// All that is in a file.
    pub(super) fn of_file(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self::File(Arc::new(file), size))
    }

    /// How many bytes there are.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, size) => *size,
        }
    }

    /// The digest of all bytes.
    pub(super) fn sha256(&self) -> io::Result<Sha256> {
        if let Self::Memory(bytes) = self {
            return Ok(Sha256::of(bytes));
        }
        let mut hasher = sha2::Sha256::new();
        let mut start = 0;
        while start < self.size() {
            let piece = self.part(start, PIECE)?;
            hasher.update(&piece);
            start += piece.len() as u64;
        }
        Ok(Sha256::from_bytes(hasher.finalize().into()))
    }

    /// So many bytes from a place on, or all that follow.
    pub(super) fn part(&self, start: u64, length: usize) -> io::Result<Bytes> {
        let length = length.min(usize::try_from(self.size().saturating_sub(start)).unwrap_or(usize::MAX));
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(start).map_err(io::Error::other)?;
                Ok(bytes.slice(start..start + length))
            }
            Self::File(file, _) => {
                let mut bytes = vec![0; length];
                std::os::unix::fs::FileExt::read_exact_at(&**file, &mut bytes, start)?;
                Ok(bytes.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn files_and_memory_are_read_alike() {
        let bytes: Vec<u8> = (0..PIECE as u32 * 2 + 77).map(|i| (i ^ i >> 8) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let contents = [Content::of_file(file).unwrap(), Content::Memory(bytes.clone().into())];
        for content in contents {
            assert_eq!(content.size(), bytes.len() as u64);
            assert_eq!(content.sha256().unwrap(), Sha256::of(&bytes));
            assert_eq!(content.part(3, 5).unwrap(), bytes[3..8]);
            let end = bytes.len() - 2;
            assert_eq!(content.part(end as u64, 100).unwrap(), bytes[end..]);
            assert!(content.part(bytes.len() as u64, 1).unwrap().is_empty());
        }
    }
}
