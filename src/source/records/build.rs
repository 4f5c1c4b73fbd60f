//! Makes a batch of JSON texts: the one way in which all records are understood, whatever they were made from.

use xxhash_rust::xxh3::{xxh3_64, xxh3_128, xxh3_128_with_seed};

use super::mapping::{Identity, Mapping};
use super::{BadRecord, Batch};
use crate::domain::measurement::{Aggregation, Millis};
use crate::domain::parameters::Parameters;
use crate::domain::record::RecordRef;
use crate::source::json::extract::{Extractor, Fault, Rules, Said, Sink};
use crate::source::json::facts::Roles;
use crate::source::json::shape::Shapes;
use crate::source::{ReadOptions, Reason};

/// The number of a parameter that is not wanted.
const UNWANTED: u32 = u32::MAX;

/// Sets hashes of fields apart from those of texts.
const OF_FIELD: u64 = 1;

/// After how many records it is judged how many will come.
const FEW: usize = 16;

/// What is known of a source and the same for all its records.
#[derive(Clone, Debug)]
pub struct Plan {
    rules: Rules,
    mapping: Mapping,
    /// A hash of what the source is called.
    source: u64,
}

impl Plan {
    /// A plan for the source of this name.
    pub fn new(label: &str, options: &ReadOptions, mapping: &Mapping) -> Self {
        Self { rules: mapping.rules(options), mapping: mapping.clone(), source: xxh3_64(label.as_bytes()) }
    }

    /// How records are understood.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What tells a record from others.
    fn identity(&self, said: &Said<'_>, position: u64) -> u128 {
        identity(&self.mapping.identity, said.text, said.identity, self.source, position)
    }
}

/// What tells a record from others: its text, the value of its field if it has one that is not empty, its source and
/// position there.
fn identity(by: &Identity, text: &str, value: Option<&str>, source: u64, position: u64) -> u128 {
    match (by, value) {
        (Identity::Field(_), Some(value)) if !value.is_empty() => xxh3_128_with_seed(value.as_bytes(), OF_FIELD),
        (Identity::Position, _) => {
            // an odd factor: no two positions of a source give the same seed
            let place = source.wrapping_add(position.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            xxh3_128_with_seed(text.as_bytes(), place)
        }
        _ => xxh3_128(text.as_bytes()),
    }
}

/// The identities of records that were kept: of each its text, the name of its source, and its position there.
pub fn identities<'t>(records: impl Iterator<Item = (&'t str, &'t str, u64)>, by: &Identity) -> Vec<u128> {
    let mut roles = Roles::default();
    if let Identity::Field(field) = by {
        roles.identity = Some(field.clone());
    }
    let mut shapes = Shapes::default();
    let of = |(text, source, position): (&'t str, &'t str, u64)| match by {
        Identity::Field(_) => {
            let record = shapes.read(text, &roles).ok();
            let value = record.as_ref().and_then(|record| record.facts.identity.as_deref());
            identity(by, text, value, 0, position)
        }
        Identity::Text => identity(by, text, None, 0, position),
        Identity::Position => identity(by, text, None, xxh3_64(source.as_bytes()), position),
    };
    records.map(of).collect()
}

/// Reads records, one after the other, into a [`Batch`].
pub struct Builder<'p, 't> {
    plan: &'p Plan,
    extractor: Extractor<'p, 't>,
    found: Found<'p>,
    /// How many bytes of records are expected in all.
    bytes: usize,
}

/// What has been found so far.
struct Found<'p> {
    mapping: &'p Mapping,
    /// All parameters that have been seen, and their numbers in the batch.
    seen: Parameters,
    numbers: Vec<u32>,
    batch: Batch,
    /// What is wrong with a value of the record of the moment.
    fault: Option<Fault>,
}

impl<'p, 't> Builder<'p, 't> {
    /// A batch of records of about so many bytes.
    pub fn new(plan: &'p Plan, bytes: usize) -> Self {
        let (seen, numbers) = (Parameters::default(), Vec::new());
        let found = Found { mapping: &plan.mapping, seen, numbers, batch: Batch::default(), fault: None };
        Self { plan, extractor: Extractor::new(&plan.rules), found, bytes }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// When it or a value in it can't be used; then nothing of it is.
    pub fn add(&mut self, position: u64, text: &'t [u8]) -> Result<(), Fault> {
        let before = self.found.batch.records.measurements.len();
        let missing = self.found.batch.missing;
        let read = self.extractor.read(text, &mut self.found);
        match (read, self.found.fault.take()) {
            (Ok(said), None) => {
                let identity = self.plan.identity(&said, position);
                let Said { text, time: event_time, kind, .. } = said;
                if self.found.batch.records.len() == FEW {
                    self.found.batch.records.reserve_for(self.bytes);
                }
                self.found.batch.records.push(&RecordRef { event_time, kind, position, identity, text });
                Ok(())
            }
            (Err(fault), _) | (_, Some(fault)) => {
                self.found.batch.records.measurements.truncate(before);
                self.found.batch.missing = missing;
                Err(fault)
            }
        }
    }

    /// Adds a record; if it can't be used, it is kept apart.
    pub fn add_or_reject(&mut self, position: u64, text: &'t [u8]) {
        if let Err(fault) = self.add(position, text) {
            self.reject(position, fault, text);
        }
    }

    /// Keeps a record apart that can't be used.
    pub fn reject(&mut self, line: u64, (reason, message): Fault, text: &[u8]) {
        self.found.batch.bad.push(BadRecord::new(line, reason, message, text));
    }

    /// What has been read.
    pub fn finish(self) -> Batch {
        self.found.batch
    }
}

impl Found<'_> {
    /// The number in the batch of a parameter that has not been seen before.
    #[cold]
    fn admit(&mut self, seen: usize, field: &str) -> u32 {
        let parameter = &self.seen.all()[seen];
        let wanted = parameter.aggregation == Aggregation::Count || self.mapping.fields.contain(field);
        let number = if wanted { self.batch.records.measurements.parameters.number_of(parameter) } else { UNWANTED };
        self.numbers.push(number);
        number
    }
}

impl Sink for Found<'_> {
    fn number(&mut self, parameter: &str, field: &str, aggregation: Aggregation) -> u32 {
        let seen = self.seen.number(parameter, aggregation) as usize;
        match self.numbers.get(seen) {
            Some(number) => *number,
            None => self.admit(seen, field),
        }
    }

    fn measure(&mut self, number: u32, _: Millis, value: f64) {
        if number != UNWANTED {
            let record = self.batch.records.len() as u32;
            self.batch.records.measurements.push(record, number, value);
        }
    }

    fn wants(&mut self, field: &str) -> bool {
        self.mapping.fields.contain(field)
    }

    fn fault(&mut self, reason: Reason, message: impl FnOnce() -> String) {
        if reason == Reason::Missing {
            self.batch.missing += 1;
        } else if self.fault.is_none() {
            self.fault = Some((reason, message()));
        }
    }
}
