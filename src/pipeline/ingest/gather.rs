//! Gathers records by hour: in memory up to a budget, beyond it in temporary files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::spill::{Place, Spill};
use crate::domain::measurement::HOUR;
use crate::domain::record::{HourPart, RecordBatch};
use crate::error::Result;

/// Below how many bytes of text a part is put to the one before it.
const SMALL: usize = 1 << 15;

/// What a part takes beside its columns, about.
const OVERHEAD: usize = 2048;

/// Records of an hour that come from one source.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which source, by its place among all.
    pub source: u32,
    /// The records, in the order of the source.
    pub batch: RecordBatch,
}

/// The records of an hour, in the order of their sources, and in each in its order.
#[derive(Clone, Debug)]
pub enum HourRecords {
    /// In memory.
    Held(Arc<Vec<Part>>),
    /// In temporary files.
    Spilled(Arc<Spill>, Vec<Place>),
}

/// Records by hour.
#[derive(Debug)]
pub struct Gather {
    budget: usize,
    bytes: usize,
    hours: BTreeMap<i64, Vec<Part>>,
    spill: Option<Spill>,
}

impl Gather {
    /// Nothing yet; at most about so many bytes are to be held in memory.
    pub fn new(budget: usize) -> Self {
        Self { budget, bytes: 0, hours: BTreeMap::new(), spill: None }
    }

    /// Adds records of a source. They come source by source.
    pub fn add(&mut self, source: u32, HourPart { hour, batch }: HourPart) -> Result<()> {
        let parts = self.hours.entry(hour).or_default();
        let size = size(&batch);
        match parts.last_mut() {
            Some(last) if last.source == source && batch.texts.bytes() < SMALL => last.batch.append(&batch),
            _ => {
                self.bytes += OVERHEAD;
                parts.push(Part { source, batch });
            }
        }
        self.bytes += size;
        if self.bytes > self.budget { self.spill() } else { Ok(()) }
    }

    /// Puts everything that is held into temporary files.
    fn spill(&mut self) -> Result<()> {
        let spill = match &mut self.spill {
            Some(spill) => spill,
            none => none.insert(Spill::new()?),
        };
        for (hour, parts) in std::mem::take(&mut self.hours) {
            for part in parts {
                spill.write(hour, &part)?;
            }
        }
        self.bytes = 0;
        Ok(())
    }

    /// The hours in order, each with its records.
    pub fn finish(mut self) -> Result<Vec<(i64, HourRecords)>> {
        if self.spill.is_some() {
            self.spill()?;
        }
        let Some(spill) = self.spill else {
            let hours = self.hours.into_iter();
            return Ok(hours.map(|(hour, parts)| (hour, HourRecords::Held(Arc::new(parts)))).collect());
        };
        let (spill, hours) = spill.finish()?;
        let spill = Arc::new(spill);
        Ok(hours.into_iter().map(|(hour, at)| (hour, HourRecords::Spilled(Arc::clone(&spill), at))).collect())
    }
}

impl HourRecords {
    /// Visits the parts in order.
    pub fn each(&self, mut visit: impl FnMut(&Part) -> Result<()>) -> Result<()> {
        match self {
            Self::Held(parts) => parts.iter().try_for_each(visit),
            Self::Spilled(spill, places) => places.iter().try_for_each(|place| visit(&spill.read(place)?)),
        }
    }

    /// Whether all records come from one source.
    pub fn is_of_one_source(&self) -> bool {
        let mut sources: Vec<u32> = match self {
            Self::Held(parts) => parts.iter().map(|part| part.source).collect(),
            Self::Spilled(_, places) => places.iter().map(|place| place.source).collect(),
        };
        sources.dedup();
        sources.len() <= 1
    }
}

/// About how many bytes records take.
pub fn size(batch: &RecordBatch) -> usize {
    batch.texts.bytes() + batch.len() * 41 + batch.measurements.len() * 16 + batch.measurements.parameters.len() * 64
}

/// When an hour begins.
pub fn start_of(hour: i64) -> i64 {
    hour * HOUR
}
