//! Writes hours into the store: encoded on all cores, and put many at a time by threads beside.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::hour::{Made, Plan};
use super::hour_buffer::HourRecords;
use crate::domain::hour::Hour;
use crate::error::{Error, Result};
use crate::interrupt::Stop;
use crate::parallel::ordered_map;
use crate::store::Store;
use crate::store::objects::{NewObject, Put};
use crate::store::runs::ObjectUsed;

/// How many hours, and bytes, are put together; each has two objects.
const TOGETHER: usize = 160;
const BYTES: usize = 4 << 20;

/// How many threads put: while one waits until its objects are durable, the other goes on.
const PUTTERS: usize = 2;

/// What has been written, or in a trial would have been.
#[derive(Debug, Default)]
pub struct Written {
    /// All objects that hold what came, found or made.
    pub outputs: Vec<ObjectUsed>,
    /// The keys of those that were there before.
    pub relied: Vec<String>,
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
///
/// # Errors
/// When the store or a temporary file can't be read or written, or the work was stopped.
pub fn hours(
    plan: &Plan<'_>,
    hours: Vec<(Hour, HourRecords)>,
    threads: usize,
    stop: &Stop,
    trial: bool,
    share: &(dyn Fn(f64) + Sync),
) -> Result<Written> {
    // To make an hour begins with asking the store for what it has of it.
    let threads = plan.store.map_or(threads, |store| store.reading_threads(threads));
    let mut written = Written::default();
    let (mut done, all) = (0, hours.len().max(1) as f64);
    let mut waiting = spread(hours);
    while !waiting.is_empty() {
        let (sender, receiver) = sync_channel::<Group>(1);
        let groups = Groups(Mutex::new(Some(receiver)));
        let put = || put_all(plan.store.filter(|_| !trial), &groups);
        let (made, put) = std::thread::scope(|scope| {
            let putters = [(); PUTTERS].map(|()| scope.spawn(put));
            let mut group = Group::new();
            let mut bytes = 0;
            let make = |(hour, records)| (hour, stop.check().and_then(|()| plan.make(hour, records)));
            let made = ordered_map(threads, std::mem::take(&mut waiting).into_iter(), make, |(hour, made)| {
                let made = made?;
                bytes += made.raw.iter().chain(&made.measurements).map(|object| object.bytes.len()).sum::<usize>();
                group.push((hour, made));
                done += 1;
                share(f64::min(f64::from(done) / all, 1.0));
                if group.len() >= TOGETHER || bytes >= BYTES {
                    bytes = 0;
                    // If nobody listens any more, the writer has failed, and says why.
                    sender.send(std::mem::take(&mut group)).map_err(|_| Error::failed("the store can't be written"))?;
                }
                Ok(())
            });
            let _heard = sender.send(group);
            drop(sender);
            (made, putters.map(|putter| putter.join()))
        });
        for put in put {
            let (put, again) = put.map_err(|_| Error::failed("a thread failed; this is a bug"))??;
            written.add(put);
            waiting.extend(again);
        }
        made?;
    }
    Ok(written)
}

/// The hours in the order in which they are written: those that are objects already are spread among the others, so that
/// there is always something to encode while the disk is waited for.
fn spread(hours: Vec<(Hour, HourRecords)>) -> Vec<(Hour, HourRecords)> {
    let (packed, others): (Vec<_>, Vec<_>) = hours.into_iter().partition(|(_, records)| records.is_packed());
    let place = |hours: Vec<_>| {
        let all = hours.len() as f64;
        hours.into_iter().enumerate().map(move |(index, hour)| (index as f64 / all, hour))
    };
    let mut all: Vec<_> = place(packed).chain(place(others)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, hour)| hour).collect()
}

/// Hours that are put together.
type Group = Vec<(Hour, Made)>;

/// What came of putting: what was written, and the hours that must be made again since others were faster, or more is to
/// come.
type Putting = Result<(Written, Vec<(Hour, HourRecords)>)>;

/// Where groups come from, for as long as someone puts them.
struct Groups(Mutex<Option<Receiver<Group>>>);

impl Groups {
    fn lock(&self) -> MutexGuard<'_, Option<Receiver<Group>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the channel when it is dropped: after an error, and when a thread panics. A sender would wait otherwise.
struct EndAll<'a>(&'a Groups);

impl Drop for EndAll<'_> {
    fn drop(&mut self) {
        self.0.lock().take();
    }
}

/// Puts what comes.
fn put_all(store: Option<&Store>, groups: &Groups) -> Putting {
    let end = EndAll(groups);
    let put = put_groups(store, std::iter::from_fn(|| groups.lock().as_ref()?.recv().ok()))?;
    std::mem::forget(end); // no error: the others go on
    Ok(put)
}

fn put_groups(store: Option<&Store>, groups: impl Iterator<Item = Group>) -> Putting {
    let mut written = Written::default();
    let mut again = Vec::new();
    // Measurements go with the next group, so that the disk is waited for less often.
    let mut carried: Vec<NewObject> = Vec::new();
    for group in groups {
        let Some(store) = store else {
            group.iter().for_each(|(_, made)| written.try_out(made));
            continue;
        };
        let mut objects = std::mem::take(&mut carried);
        let mut raw = Vec::new();
        for (hour, mut made) in group {
            written.relied.extend(made.relied.iter().map(|object| object.name.clone()));
            written.outputs.append(&mut made.relied);
            objects.append(&mut made.owed);
            if let Some(object) = made.raw.take() {
                raw.push((objects.len(), hour, made));
                objects.push(object);
            }
        }
        let results = store.put_all(&objects)?;
        let mut lost = vec![false; objects.len()];
        for (place, hour, mut made) in raw {
            if results[place].put == Put::Different {
                lost[place] = true;
                let nothing = NewObject::new(String::new(), Vec::new());
                made.raw = Some(std::mem::replace(&mut objects[place], nothing));
                again.push((hour, made.into_records()));
                continue;
            }
            written.note(made.records, made.values);
            carried.extend(made.measurements);
            again.extend(made.again.filter(|_| made.more).map(|records| (hour, records)));
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

    /// Notes what would be written.
    fn try_out(&mut self, made: &Made) {
        self.note(made.records, made.values);
        self.outputs.extend(made.relied.iter().cloned());
        for object in made.raw.iter().chain(&made.measurements) {
            self.objects += 1;
            self.bytes += object.bytes.len() as u64;
        }
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
        self.relied.extend(other.relied);
        self.note(other.records, other.values);
        self.objects += other.objects;
        self.bytes += other.bytes;
    }
}
