//! From the domain's types to Parquet and back: the only place that uses polars.

mod guard;
pub mod read;
pub mod write;
