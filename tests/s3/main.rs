//! Tests of the store on S3, and of the server and the proxy that stand in for S3 in all tests.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod cached;
mod client;
mod contract;
mod double;
mod double_parts;
mod double_proxy;
mod files;
mod stores;

#[path = "../support/s3/mod.rs"]
mod s3;
