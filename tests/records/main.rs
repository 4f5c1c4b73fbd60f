//! Records as they are read for keeping: texts, kinds, measurements, and what can't be used.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod bad;
mod json;
mod mapping;
mod parquet;
mod reading;
mod table;
