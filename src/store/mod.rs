//! Parquet: the only place that uses polars.

pub mod codec;
