//! How data is kept: for now, as Parquet files.

pub mod codec;
