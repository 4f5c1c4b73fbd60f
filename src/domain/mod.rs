//! The statistics, and everything else that is pure: no files, no clock, no threads, no output.

pub mod measurement;
pub mod rows;
pub mod synthetic;
pub mod zone;
