//! From the domain's types to Parquet and back: the only place that uses polars.

mod guard;
mod names;
pub mod read;
pub mod rows;
pub mod table;
pub mod text_column;
pub mod write;
