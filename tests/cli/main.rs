//! Tests that run the program, one module a subcommand.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod fixtures;
mod generate;
mod harness;
mod main_program;
mod parquet;
mod settings;
