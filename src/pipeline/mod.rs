//! From records to results, on all cores, in bounded memory.
//!
//! * [`files`]: detection in files, without a store.
//! * [`ingest`]: from files to the raw records and measurements of a store.
//! * [`store_reader`]: the measurements of a store, read back window by window.
//! * [`training`], [`store_detection`]: what is folded from them.
//! * [`recorded`]: incidents as they were recorded.
//! * [`staleness`], [`overview`]: what is known of a store.

pub mod files;
pub mod ingest;
pub mod overview;
pub mod recorded;
mod rows;
pub mod rules;
pub mod staleness;
pub mod store_detection;
pub mod store_reader;
pub mod training;
