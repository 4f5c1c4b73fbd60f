//! The statistics, and everything else that is pure: no files, no clock, no threads, no output.

pub mod aggregate;
pub mod alert;
pub mod counts;
pub mod dataset;
pub mod detector;
pub mod digest;
pub mod ema;
pub mod evaluation;
pub mod explanation;
pub mod format;
pub mod gumbel;
pub mod incident;
pub mod interval;
pub mod measurement;
pub mod model;
pub mod moments;
pub mod parameters;
pub mod record;
pub mod rows;
pub mod severity;
pub mod stale;
pub mod synthetic;
pub mod text;
pub mod texts;
pub mod zone;
