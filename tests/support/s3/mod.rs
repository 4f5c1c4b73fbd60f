//! S3 inside of the test process: a server on a port of its own, and a proxy that disturbs what goes through it.
//!
//! Both are as strict as S3 itself where the program relies on S3, so that what passes here passes there. They listen
//! on the loopback address only and end when their handles are dropped.

#![allow(dead_code, unused_imports, reason = "each test target uses its part of it")]

mod background;
mod bucket;
mod checksum;
mod doors;
mod front;
mod multipart;
mod operations;
mod permissions;
mod proxy;
mod server;
mod wire;

pub use doors::{CERTIFICATE, Door};
pub use proxy::{Fault, Faults, Proxy};
pub use server::{ACCESS_KEY, Options, SECRET_KEY, Server, Stored};
