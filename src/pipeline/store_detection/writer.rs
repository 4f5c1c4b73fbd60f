//! Writing what was found while more is being found: one thread encodes, and one puts, which mostly waits for the disk.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::rows::{Ready, ReadyObject};
use crate::error::{Error, Result};
use crate::parallel::ordered_map;
use crate::store::Store;
use crate::store::objects::NewObject;
use crate::store::runs::ObjectUsed;

/// How many objects, or bytes of them, are put together: to make them durable takes as long for one as for many.
const TOGETHER: usize = 128;
const TOGETHER_BYTES: usize = 2 << 20;

/// Among how many pieces of work the objects of a batch of rows are divided, and how many objects a piece has at most: in
/// layout full they are many and small, and to hand each over takes as long as a tenth of its making.
const PIECES: usize = 16;
const PIECE: usize = 32;

/// Does `work`, which hands rows over to be written beside it. Returns what it returned, and the objects that were
/// written. One batch of rows, and one of objects, waits at most.
///
/// # Errors
/// When the store can't be written, or those of `work`. Some objects may then have been written.
pub fn write_beside<T>(
    store: &Store,
    threads: usize,
    work: impl FnOnce(&dyn Fn(Ready) -> Result<()>) -> Result<T>,
) -> Result<(T, Vec<ObjectUsed>)> {
    let (to_encode, rows) = sync_channel(1);
    let (to_put, objects) = sync_channel(1);
    std::thread::scope(|scope| {
        let putter = scope.spawn(|| put_all(store, objects));
        let encoder = scope.spawn(move || encode_all(threads, rows, to_put));
        let result = work(&|ready| to_encode.send(ready).map_err(|_| nobody_listens()));
        drop(to_encode);
        // if one has failed, those before it have heard only that nobody listens any more
        let broken = |_| Error::failed("writing has ended by a fault of this program");
        let encoded = encoder.join().unwrap_or_else(|panic| Err(broken(panic)));
        let written = putter.join().unwrap_or_else(|panic| Err(broken(panic)))?;
        encoded?;
        Ok((result?, written))
    })
}

fn nobody_listens() -> Error {
    Error::failed("writing has ended")
}

fn encode_all(threads: usize, rows: Receiver<Ready>, to_put: SyncSender<Vec<NewObject>>) -> Result<()> {
    let (mut objects, mut bytes) = (Vec::new(), 0);
    let give = |objects| to_put.send(objects).map_err(|_| nobody_listens());
    let encode = |piece: Vec<ReadyObject>| piece.into_iter().map(ReadyObject::encode).collect::<Result<Vec<_>>>();
    ordered_map(threads, rows.into_iter().flat_map(pieces), encode, |encoded| {
        for object in encoded? {
            bytes += object.bytes.len();
            objects.push(object);
            if objects.len() >= TOGETHER || bytes >= TOGETHER_BYTES {
                bytes = 0;
                give(std::mem::take(&mut objects))?;
            }
        }
        Ok(())
    })?;
    give(objects)
}

fn pieces(ready: Ready) -> impl Iterator<Item = Vec<ReadyObject>> {
    let mut objects = ready.into_objects();
    let size = (objects.len() / PIECES).clamp(1, PIECE);
    std::iter::from_fn(move || Some(objects.by_ref().take(size).collect::<Vec<_>>()).filter(|piece| !piece.is_empty()))
}

fn put_all(store: &Store, batches: Receiver<Vec<NewObject>>) -> Result<Vec<ObjectUsed>> {
    let mut used = Vec::new();
    for objects in batches {
        let written = store.put_all(&objects)?;
        used.extend(
            objects.into_iter().zip(&written).map(|(object, written)| ObjectUsed::written(object.key, written)),
        );
    }
    Ok(used)
}
