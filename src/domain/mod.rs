//! The statistics, and everything else that is pure: no files, no clock, no threads, no output.

pub mod evaluation;
pub mod measurement;
pub mod zone;
