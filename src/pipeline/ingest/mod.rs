//! Records from files into a store.
//!
//! * [`read`]: all sources are read to their ends first, so that nothing is written if one is bad.
//! * [`fields`]: what must be named so that records are understood again.
//! * [`hour_buffer`]: the records of each hour, in memory up to a budget, beyond it as objects ([`encoded_hour`]) and in temporary
//!   files ([`spill`]).
//! * [`hour`], [`same`]: what is new in an hour becomes a raw object and its measurements; [`mod@write`] puts them.
//! * [`bad`]: what can't be used goes into quarantine.
//! * [`revoke`]: takes runs out of sight.

pub mod bad;
pub mod encoded_hour;
pub mod fields;
pub mod hour;
pub mod hour_buffer;
pub mod read;
pub mod revoke;
pub mod same;
pub mod spill;
pub mod write;
