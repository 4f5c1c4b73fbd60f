//! Writing what was found while more is being found: to wait for a disk takes longer than to encode.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::Ready;
use crate::error::{Error, Result};
use crate::store::Store;
use crate::store::objects::NewObject;
use crate::store::runs::ObjectUsed;

/// How many objects, or bytes of them, are gathered: to make them durable takes as long for one as for many.
const GATHERED: usize = 128;
const GATHERED_BYTES: usize = 2 << 20;

/// Does `work`, which hands rows over to be written beside it. Returns what it returned, and the objects that were
/// written. One batch of rows waits at most.
///
/// # Errors
/// When the store can't be written, or those of `work`. Some objects may then have been written.
pub fn write_beside<T>(
    store: &Store,
    threads: usize,
    work: impl FnOnce(&dyn Fn(Ready) -> Result<()>) -> Result<T>,
) -> Result<(T, Vec<ObjectUsed>)> {
    let (sender, receiver): (SyncSender<Ready>, Receiver<Ready>) = sync_channel(1);
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            let (mut used, mut objects) = (Vec::new(), Vec::new());
            for ready in receiver {
                objects.extend(ready.encode(threads)?);
                let bytes: usize = objects.iter().map(|object: &NewObject| object.bytes.len()).sum();
                if objects.len() >= GATHERED || bytes >= GATHERED_BYTES {
                    put(store, &mut objects, &mut used)?;
                }
            }
            put(store, &mut objects, &mut used)?;
            Ok(used)
        });
        // that nobody receives any more is because of an error, which comes below
        let hand_over = |ready: Ready| sender.send(ready).map_err(|_| Error::failed("writing has ended"));
        let result = work(&hand_over);
        drop(sender);
        let written: Result<Vec<ObjectUsed>> =
            writer.join().unwrap_or_else(|_| Err(Error::failed("writing has ended by a fault of this program")));
        let written = written?;
        Ok((result?, written))
    })
}

fn put(store: &Store, objects: &mut Vec<NewObject>, used: &mut Vec<ObjectUsed>) -> Result<()> {
    let objects = std::mem::take(objects);
    let written = store.put_all(&objects)?;
    used.extend(objects.into_iter().zip(&written).map(|(object, written)| ObjectUsed::written(object.key, written)));
    Ok(())
}
