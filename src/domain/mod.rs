//! The statistics, and everything else that is pure: no files, no clock, no threads, no output.

pub mod counts;
pub mod detector;
pub mod ema;
pub mod explanation;
pub mod format;
pub mod gumbel;
pub mod incident;
pub mod evaluation;
pub mod measurement;
pub mod moments;
pub mod severity;
pub mod text;
pub mod rows;
pub mod synthetic;
pub mod zone;
