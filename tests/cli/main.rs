//! Tests that run the program, one module a subcommand.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod generate;
mod harness;
mod settings;
