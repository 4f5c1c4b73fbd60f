//! Gathers records by hour: in memory up to a budget, beyond it as objects ([`EncodedHour`]) and in temporary files.
//!
//! When there is no room left, those hours go first that got nothing for the longest time, for they are likely to be
//! complete: the threads that read make objects of them ([`Packing`]). These stay in memory while they take less than
//! half of the room. Hours that get records again and again, as of a file in no order, go into temporary files as they
//! are.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::encoded_hour::{EncodedHour, Most};
use super::spill::{Place, Spill};
use crate::domain::hour::Hour;
use crate::domain::measurement::Millis;
use crate::domain::record::{HourPart, RecordBatch};
use crate::error::Result;
use crate::source::records::Identity;

/// Below how many bytes of text a part is put to the one before it.
const SMALL: usize = 1 << 15;

/// What a part takes beside its columns, about.
const OVERHEAD: usize = 2048;

/// About how many bytes of records a thread packs at a time: as much work as to read a piece of a source.
const TOGETHER: usize = 2 << 20;

/// Fewer bytes of records than these take less room as they are than as objects, which have a name for everything.
const LEAST: usize = 1 << 14;

/// For how many pieces of sources an hour must have got nothing to be packed.
const QUIET: u64 = 2;

/// Records of an hour that come from one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Which source, by its place among all.
    pub source: u32,
    /// The records, in the order of the source.
    pub batch: RecordBatch,
}

/// Some records of an hour.
#[derive(Clone, Debug)]
enum Piece {
    /// In memory.
    Held(Box<Part>),
    /// As objects.
    EncodedHour(Box<EncodedHour>),
    /// In a temporary file, of this source.
    Spilled(u32, Place),
}

/// The records of an hour, in the order of their sources, and in each in its order.
#[derive(Debug)]
pub struct HourRecords {
    pieces: Vec<Piece>,
    spill: Option<Arc<Spill>>,
}

/// An hour that is being gathered.
#[derive(Debug, Default)]
struct BufferedHour {
    pieces: Vec<Piece>,
    /// How many bytes its parts in memory take.
    bytes: usize,
    /// When it got something: the number of pieces of sources then.
    touched: u64,
    /// Whether its first records are being packed.
    packing: bool,
}

/// Hours that are to be packed by the next thread that has time.
#[derive(Debug, Default)]
pub struct Packing(Mutex<VecDeque<Bundle>>);

/// Some hours that are to be packed, each with its parts.
#[derive(Debug)]
pub struct Bundle {
    hours: Vec<(Hour, Vec<Part>)>,
    bytes: usize,
}

/// Records by hour.
#[derive(Debug)]
pub struct HourBuffer<'a> {
    budget: usize,
    /// How many bytes the parts in memory take, without those that are being packed.
    held: usize,
    /// How many bytes of memory packed hours take.
    packed: usize,
    hours: BTreeMap<Hour, BufferedHour>,
    /// The hours that have parts in memory, by when they last got something.
    by_touch: BTreeSet<(u64, Hour)>,
    /// How many pieces of sources have come.
    moment: u64,
    spill: Option<Spill>,
    packing: &'a Packing,
}

impl Packing {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Bundle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be packed next.
    pub fn next(&self) -> Option<Bundle> {
        self.lock().pop_front()
    }
}

impl Bundle {
    /// Packs the hours. `labels` are what the sources are called, `now` when the records come in.
    ///
    /// # Errors
    /// When a page would have 2 GiB or more, which Parquet does not allow.
    pub fn pack(self, labels: &[Arc<str>], now: Millis) -> Result<Vec<(Hour, EncodedHour)>> {
        self.hours.into_iter().map(|(hour, parts)| Ok((hour, EncodedHour::of(parts, labels, now)?))).collect()
    }
}

impl<'a> HourBuffer<'a> {
    /// Nothing yet; at most about so many bytes are to be held in memory, and what is to be packed goes to `packing`.
    pub fn new(budget: usize, packing: &'a Packing) -> Self {
        let (hours, by_touch) = (BTreeMap::new(), BTreeSet::new());
        Self { budget, held: 0, packed: 0, hours, by_touch, moment: 0, spill: None, packing }
    }

    /// Adds the records of a piece of a source. They come source by source.
    ///
    /// # Errors
    /// When a temporary file can't be written.
    pub fn add(&mut self, source: u32, parts: Vec<HourPart>) -> Result<()> {
        self.moment += 1;
        for HourPart { hour: at, batch } in parts {
            let hour = self.hours.entry(at).or_default();
            let mut bytes = size(&batch);
            match hour.pieces.last_mut() {
                Some(Piece::Held(last)) if last.source == source && batch.texts.bytes() < SMALL => {
                    last.batch.append(&batch);
                }
                _ => {
                    bytes += OVERHEAD;
                    hour.pieces.push(Piece::Held(Box::new(Part { source, batch })));
                }
            }
            self.by_touch.remove(&(hour.touched, at));
            self.by_touch.insert((self.moment, at));
            hour.touched = self.moment;
            hour.bytes += bytes;
            self.held += bytes;
        }
        self.make_room()
    }

    /// Adds what has been packed.
    ///
    /// # Errors
    /// When a temporary file can't be written.
    pub fn add_encoded(&mut self, hours: Vec<(Hour, EncodedHour)>) -> Result<()> {
        for (at, mut packed) in hours {
            if self.packed + packed.held() > self.budget / 2 {
                packed.spill(at, spill(&mut self.spill)?)?;
            }
            self.packed += packed.held();
            let hour = self.hours.entry(at).or_default();
            hour.packing = false;
            hour.pieces.insert(0, Piece::EncodedHour(Box::new(packed)));
        }
        self.make_room()
    }

    fn make_room(&mut self) -> Result<()> {
        while self.held + self.packed > self.budget && self.held > 0 {
            let mut bundle = Bundle { hours: Vec::new(), bytes: 0 };
            while bundle.bytes < TOGETHER
                && let Some((touched, at)) = self.by_touch.first().copied()
                && touched + QUIET <= self.moment
            {
                self.by_touch.pop_first();
                self.put_away(at, &mut bundle)?;
            }
            if bundle.hours.is_empty() && self.held + self.packed > self.budget {
                self.spill_all()?;
            }
            if !bundle.hours.is_empty() {
                self.packing.lock().push_back(bundle);
            }
        }
        Ok(())
    }

    /// Packs an hour, or puts its parts into a temporary file.
    fn put_away(&mut self, at: Hour, bundle: &mut Bundle) -> Result<()> {
        let Some(hour) = self.hours.get_mut(&at) else { return Ok(()) };
        let bytes = std::mem::take(&mut hour.bytes);
        self.held -= bytes;
        let parts = if bytes < LEAST || hour.packing { None } else { take_whole(&mut hour.pieces, Most::ORDINARY) };
        let Some(parts) = parts else { return hour.spill(at, &mut self.spill) };
        hour.packing = true;
        bundle.hours.push((at, parts));
        bundle.bytes += bytes;
        Ok(())
    }

    /// Puts everything that is held into temporary files.
    fn spill_all(&mut self) -> Result<()> {
        for (_, at) in std::mem::take(&mut self.by_touch) {
            if let Some(hour) = self.hours.get_mut(&at) {
                hour.bytes = 0;
                hour.spill(at, &mut self.spill)?;
            }
        }
        self.held = 0;
        Ok(())
    }

    /// The hours in order, each with its records.
    ///
    /// # Errors
    /// When a temporary file can't be written.
    pub fn finish(mut self) -> Result<Vec<(Hour, HourRecords)>> {
        // What nobody has come to stays as it is.
        while let Some(bundle) = self.packing.next() {
            for (at, parts) in bundle.hours {
                let held = parts.into_iter().map(|part| Piece::Held(Box::new(part)));
                self.hours.entry(at).or_default().pieces.splice(0..0, held);
            }
        }
        let spill = self.spill.map(|mut spill| {
            spill.close();
            Arc::new(spill)
        });
        let records = |pieces| HourRecords { pieces, spill: spill.clone() };
        Ok(self.hours.into_iter().map(|(at, hour)| (at, records(hour.pieces))).collect())
    }
}

/// The temporary files, which are made where there are none.
fn spill(spill: &mut Option<Spill>) -> Result<&mut Spill> {
    match spill {
        Some(spill) => Ok(spill),
        none => Ok(none.insert(Spill::new()?)),
    }
}

/// Takes out the parts, if there is nothing but parts of one source in memory that go into one object.
fn take_whole(pieces: &mut Vec<Piece>, most: Most) -> Option<Vec<Part>> {
    let (mut source, mut records, mut bytes) = (None, 0, 0);
    let is_whole = pieces.iter().all(|piece| match piece {
        Piece::Held(part) => {
            records += part.batch.len();
            bytes += part.batch.texts.bytes();
            *source.get_or_insert(part.source) == part.source
        }
        Piece::EncodedHour(_) | Piece::Spilled(..) => false,
    });
    if !is_whole || records == 0 || most.is_reached(records, bytes) {
        return None;
    }
    let parts = pieces.drain(..).filter_map(|piece| match piece {
        Piece::Held(part) => Some(*part),
        Piece::EncodedHour(_) | Piece::Spilled(..) => None,
    });
    Some(parts.collect())
}

impl BufferedHour {
    /// Puts all parts that are held into a temporary file.
    fn spill(&mut self, at: Hour, files: &mut Option<Spill>) -> Result<()> {
        for piece in &mut self.pieces {
            if let Piece::Held(part) = piece {
                *piece = Piece::Spilled(part.source, spill(files)?.write(at, &part.batch)?);
            }
        }
        Ok(())
    }
}

impl HourRecords {
    /// Visits the parts in order; `identity` says what tells records apart.
    ///
    /// # Errors
    /// Those of `visit`, and when a temporary file can't be read.
    pub fn each(&self, identity: &Identity, mut visit: impl FnMut(&Part) -> Result<()>) -> Result<()> {
        self.pieces.iter().try_for_each(|piece| match (piece, &self.spill) {
            (Piece::Held(part), _) => visit(part),
            (Piece::EncodedHour(packed), spill) => visit(&packed.unpack(spill.as_deref(), identity)?),
            (Piece::Spilled(source, place), Some(spill)) => visit(&Part { source: *source, batch: spill.read(place)? }),
            (Piece::Spilled(..), None) => Ok(()), // there are files where there are places in them
        })
    }

    /// Records that are objects.
    #[must_use]
    pub fn of_encoded(packed: EncodedHour) -> Self {
        Self { pieces: vec![Piece::EncodedHour(Box::new(packed))], spill: None }
    }

    /// Whether the records are objects.
    #[must_use]
    pub fn is_packed(&self) -> bool {
        matches!(self.pieces[..], [Piece::EncodedHour(_)])
    }

    /// Takes out the records as objects, if they are of one source and go into one.
    ///
    /// # Errors
    /// When a page would have 2 GiB or more, which Parquet does not allow.
    pub fn take_encoded(&mut self, labels: &[Arc<str>], now: Millis, most: Most) -> Result<Option<EncodedHour>> {
        if let Some(parts) = take_whole(&mut self.pieces, most) {
            return EncodedHour::of(parts, labels, now).map(Some);
        }
        if !self.is_packed() {
            return Ok(None);
        }
        Ok(self
            .pieces
            .pop()
            .and_then(|piece| if let Piece::EncodedHour(packed) = piece { Some(*packed) } else { None }))
    }

    /// How many bytes the records that are not in memory as they are take: as objects, and in temporary files.
    #[must_use]
    pub fn compressed(&self) -> usize {
        let of = |piece: &Piece| match piece {
            Piece::Held(_) => 0,
            Piece::EncodedHour(packed) => packed.bytes(),
            Piece::Spilled(_, place) => place.bytes(),
        };
        self.pieces.iter().map(of).sum()
    }

    /// The temporary files, if there are any.
    #[must_use]
    pub fn spill(&self) -> Option<&Spill> {
        self.spill.as_deref()
    }

    /// Whether all records come from one source.
    #[must_use]
    pub fn is_of_one_source(&self) -> bool {
        let mut sources = self.pieces.iter().map(|piece| match piece {
            Piece::Held(part) => part.source,
            Piece::EncodedHour(packed) => packed.source(),
            Piece::Spilled(source, _) => *source,
        });
        let first = sources.next();
        sources.all(|source| Some(source) == first)
    }
}

/// About how many bytes records take.
fn size(batch: &RecordBatch) -> usize {
    batch.texts.bytes() + batch.len() * 41 + batch.measurements.len() * 16 + batch.measurements.parameters.len() * 64
}

/// When an hour begins.
#[must_use]
pub fn start_of(hour: Hour) -> Millis {
    hour.start()
}

#[cfg(test)]
#[path = "hour_buffer_tests.rs"]
mod tests;
