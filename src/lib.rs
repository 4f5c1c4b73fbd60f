//! Anomaly detection on operational data: metrics, events and logs.
//!
//! The binary `trebuchet-ad` is a thin wrapper around this library.
//!
//! # Layout
//!
//! Imports go one way: `commands → {pipeline, ui} → {source, store} → {s3, domain}`.
//!
//! * [`cli`]: what can be typed; [`settings`]: the valid values, from the command line, the environment and
//!   `trebuchet.toml`.
//! * [`commands`]: one file a subcommand; load, compute, show; no arithmetic.
//! * [`domain`]: the statistics and everything else that is pure: no files, no clock, no threads.
//! * [`pipeline`]: from records to results, on all cores, in bounded memory: detection in files, ingest, training,
//!   detection in a store.
//! * [`store`]: how data is kept: objects that are written once, on a disk or on S3, in a layout that Athena reads; and
//!   Parquet, the only place that uses polars.
//! * [`s3`]: objects in S3 buckets; the only place that uses the AWS SDK.
//! * [`source`]: where measurements, and records for keeping, come from: files, folders, standard input.
//! * [`parallel`]: many threads whose results come in order; [`memory_budget`]: memory that they share.
//! * [`ui`]: the only code that prints.
//! * [`clock`]: what time it is, which tests stop.
//! * [`interrupt`]: Ctrl-C and SIGTERM.
//! * [`error`]: what can go wrong, and the exit codes.

pub mod cli;
pub mod clock;
pub mod commands;
pub mod domain;
pub mod error;
pub mod interrupt;
pub mod memory_budget;
pub mod parallel;
pub mod pipeline;
pub mod s3;
pub mod settings;
pub mod source;
pub mod store;
pub mod ui;
