//! From the domain's types to Parquet and back.

pub mod write;
