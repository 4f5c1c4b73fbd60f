//! Rows of derived objects, read on all cores, or as many at once as the store can give.

use super::store_reader::Reading;
use crate::error::{Error, Result};
use crate::parallel::ordered_map;
use crate::store::Store;
use crate::store::layout::ObjectName;
use crate::store::runs::ObjectUsed;

/// The rows of all these objects, in their order, each checked by its digest.
///
/// # Errors
/// When an object is missing or damaged, which is named; or when it was stopped.
pub(super) fn of<T: Send>(
    store: &Store,
    objects: impl IntoIterator<Item = (ObjectName, ObjectUsed), IntoIter: Send>,
    reading: Reading,
    read: impl Fn(&str, Vec<u8>) -> Result<Vec<T>> + Sync,
) -> Result<Vec<T>> {
    let decode = |(name, used): (ObjectName, ObjectUsed)| {
        reading.stop.check()?;
        let key = name.key();
        read(&key, store.read_verified(&key, &used.sha256)?)
    };
    let mut all = Vec::new();
    ordered_map(store.reading_threads(reading.threads), objects.into_iter(), decode, |rows: Result<Vec<T>>| {
        all.extend(rows?);
        Ok::<(), Error>(())
    })?;
    Ok(all)
}
