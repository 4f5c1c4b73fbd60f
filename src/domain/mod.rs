//! The statistics, and everything else that is pure: no files, no clock, no threads, no output.
//!
//! # Words
//!
//! | word | meaning | where |
//! |---|---|---|
//! | record | one raw document: a metric, an event or a log line | [`record`] |
//! | parameter | the name of a measured or counted quantity | [`parameters`] |
//! | measurement | event time, parameter, value | [`measurement`] |
//! | dataset | project, customer, application and version | [`dataset`] |
//! | series | a parameter of a dataset, or of a file, as its measurements come | [`series`] |
//! | ledger | what a series of a store keeps: EMA, figures of hours, digests | [`series`] |
//! | slot | hour of the week, 0 to 167, Monday 00:00 first, in a time zone | [`zone`] |
//! | baseline | mean and standard deviation of each slot, from weeks that are not outlying | [`model`] |
//! | detector | judges values, then learns from them | [`detector`] |
//! | channel | a view of the series in which a value can deviate | [`detector::Channel`] |
//! | surprise | `−log10` of the probability of a deviation in an ordinary hour | [`gumbel`] |
//! | limits | the values that are normal at one moment | [`detector::Limits`] |
//! | verdict | what a detector says of a value | [`detector::Verdict`] |
//! | exceedance | a value outside its limits, data that did not come, or a level that changed | [`incident`] |
//! | incident | exceedances of a series that belong together | [`incident`] |
//! | monitor | a detector together with the incidents that it finds | [`monitor`] |
//! | alert | the exceedance that opens an incident, as it is stored, with its evidence | [`alert`] |
//! | attention | which deviations matter to the owner of a parameter | [`detector::Attention`] |
//! | stale | judged by other measurements than there are now | [`stale`] |

pub mod aggregate;
pub mod alert;
pub mod budget;
mod bytes;
pub mod dataset;
pub mod detector;
pub mod digest;
pub mod ema;
pub mod evaluation;
pub mod explanation;
pub mod format;
pub mod gumbel;
pub mod hour;
pub mod identity;
pub mod incident;
pub mod interval;
pub mod measurement;
pub mod model;
pub mod moments;
pub mod monitor;
pub mod parameters;
pub mod record;
pub mod rows;
pub mod series;
pub mod severity;
pub mod stale;
pub mod synthetic;
pub mod text;
pub mod texts;
pub mod zone;
