//! The statistics, and everything else that is pure: no files, no clock, no threads, no output.

pub mod budget;
pub mod counts;
pub mod detector;
pub mod ema;
pub mod evaluation;
pub mod explanation;
pub mod format;
pub mod gumbel;
pub mod incident;
pub mod measurement;
pub mod moments;
pub mod rows;
pub mod severity;
pub mod synthetic;
pub mod text;
pub mod watch;
pub mod zone;
