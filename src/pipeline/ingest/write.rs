//! Writes hours into the store: encoded on all cores, and put many at a time by one thread beside.

use std::sync::mpsc::{Receiver, sync_channel};

use super::gather::HourRecords;
use super::hour::{Made, Plan};
use crate::error::{Error, Result};
use crate::interrupt::Stop;
use crate::parallel::ordered_map;
use crate::store::Store;
use crate::store::objects::{NewObject, Put};
use crate::store::runs::ObjectUsed;

/// How many hours, and bytes, are put together.
const TOGETHER: usize = 128;
const BYTES: usize = 32 << 20;

/// What has been written, or in a trial would have been.
#[derive(Debug, Default)]
pub struct Written {
    /// All objects that hold what came, found or made.
    pub outputs: Vec<ObjectUsed>,
    /// How many records are new.
    pub records: u64,
    /// How many measurements they have.
    pub values: u64,
    /// How many objects were made.
    pub objects: u64,
    /// How many bytes they have.
    pub bytes: u64,
}

/// Writes all hours. `share` is told how much is done.
pub fn hours(
    plan: &Plan<'_>,
    hours: &[(i64, HourRecords)],
    threads: usize,
    stop: &Stop,
    trial: bool,
    share: &(dyn Fn(f64) + Sync),
) -> Result<Written> {
    let mut written = Written::default();
    let mut waiting: Vec<usize> = (0..hours.len()).collect();
    let all = waiting.len().max(1) as f64;
    while !waiting.is_empty() {
        let (sender, receiver) = sync_channel::<Vec<(usize, Made)>>(1);
        let (made, put) = std::thread::scope(|scope| {
            let writer = scope.spawn(|| put_all(plan.store.filter(|_| !trial), receiver));
            let mut group: Vec<(usize, Made)> = Vec::new();
            let mut bytes = 0;
            let make = |at: &usize| (*at, stop.check().and_then(|()| plan.make(hours[*at].0, &hours[*at].1)));
            let made = ordered_map(threads, waiting.iter(), make, |(at, made)| {
                let made = made?;
                bytes += made.raw.iter().chain(&made.measurements).map(|object| object.bytes.len()).sum::<usize>();
                group.push((at, made));
                share(at as f64 / all);
                if group.len() >= TOGETHER || bytes >= BYTES {
                    bytes = 0;
                    // If nobody listens any more, the writer has failed, and says why.
                    sender.send(std::mem::take(&mut group)).map_err(|_| Error::failed("the store can't be written"))?;
                }
                Ok(())
            });
            let _heard = sender.send(group);
            drop(sender);
            (made, writer.join())
        });
        let (put, again) = put.map_err(|_| Error::failed("a thread failed; this is a bug"))??;
        made?;
        written.add(put);
        if trial {
            break;
        }
        waiting = again;
    }
    Ok(written)
}

/// Puts what comes; returns what was written, and the hours that must be made again since others were faster, or more
/// is to come.
fn put_all(store: Option<&Store>, groups: Receiver<Vec<(usize, Made)>>) -> Result<(Written, Vec<usize>)> {
    let mut written = Written::default();
    let mut again = Vec::new();
    // Measurements go with the next group, so that the disk is waited for less often.
    let mut carried: Vec<NewObject> = Vec::new();
    for group in groups {
        let mut objects = std::mem::take(&mut carried);
        let mut raw = Vec::new();
        for (at, made) in group {
            written.outputs.extend(made.relied);
            objects.extend(made.owed);
            let (Some(object), Some(measurements)) = (made.raw, made.measurements) else { continue };
            if store.is_none() {
                written.note(made.records, made.values);
                let both = [object, measurements];
                written.objects += 2;
                written.bytes += both.iter().map(|object| object.bytes.len() as u64).sum::<u64>();
                continue;
            }
            raw.push((objects.len(), at, measurements, (made.records, made.values), made.more));
            objects.push(object);
        }
        let Some(store) = store else { continue };
        let results = store.put_all(&objects)?;
        let mut lost = vec![false; objects.len()];
        for (place, at, measurements, (records, values), more) in raw {
            if results[place].put == Put::Different {
                lost[place] = true;
                again.push(at);
                continue;
            }
            written.note(records, values);
            carried.push(measurements);
            if more {
                again.push(at);
            }
        }
        written.put(&objects, &results, &lost);
    }
    if let Some(store) = store {
        let results = store.put_all(&carried)?;
        written.put(&carried, &results, &vec![false; carried.len()]);
    }
    Ok((written, again))
}

impl Written {
    fn note(&mut self, records: u64, values: u64) {
        self.records += records;
        self.values += values;
    }

    fn put(&mut self, objects: &[NewObject], results: &[crate::store::Written], lost: &[bool]) {
        for ((object, result), _) in objects.iter().zip(results).zip(lost).filter(|(_, lost)| !**lost) {
            self.outputs.push(ObjectUsed::written(object.key.as_str(), result));
            if result.put == Put::Created {
                self.objects += 1;
                self.bytes += result.bytes;
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.outputs.extend(other.outputs);
        self.note(other.records, other.values);
        self.objects += other.objects;
        self.bytes += other.bytes;
    }
}
