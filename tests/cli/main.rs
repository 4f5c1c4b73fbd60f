//! Tests that run the program, one module a subcommand.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod data;
mod derived;
mod detect_budget;
mod detect_files;
mod detect_formats;
mod detect_inputs;
mod detect_kinds;
mod detect_results;
mod detect_store;
mod equal_history;
mod files_equal_stores;
mod filled;
mod fixtures;
mod generate;
mod growth;
mod harness;
mod ingest;
mod ingest_faults;
mod lists;
mod main_program;
mod parquet;
mod races;
mod s3_cache;
mod s3_check;
mod s3_faults;
mod s3_files;
mod s3_servers;
mod s3_trial;
mod schema;
mod settings;
mod store_end_to_end;
mod store_s3;
mod stores;
mod train;

#[path = "../support/s3/mod.rs"]
mod s3;
