//! Objects in S3 buckets, and in whatever speaks its language: the only place that uses the AWS SDK.
//!
//! * `address`: what `s3://bucket/key` names.
//! * `client`: how to reach S3: the ordinary chain of AWS settings (`configuration`), `certificates`, time
//!   limits, repetition (`backoff`, `attempts`).
//! * `transfer`, `multipart`, `read`: one object there and back, checked by its SHA-256.
//! * `download`: an object to a file, in bounded memory; `content`: what is written, from memory or a file.
//! * `check`: what is allowed, and what the server can do.
//! * `fault`, `unanswered`: what went wrong, in the user's words.
//!
//! Everything here waits for its answer; many requests at once come from many threads, or from
//! [`Bucket::put_all`]. How many are under way at a time, and how many bytes they hold, is bounded by the client.

pub mod address;
mod attempts;
mod backoff;
mod certificates;
pub mod check;
mod client;
mod configuration;
mod content;
mod download;
mod fault;
mod multipart;
mod read;
mod transfer;
mod unanswered;

pub use self::client::{Access, AwsSettings, Bucket, CacheAt};
pub use self::read::{Head, Listed};
pub use self::transfer::{Created, Upload, Wishes};
