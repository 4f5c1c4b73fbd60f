//! From the domain's types to Parquet and back: the only place that uses polars.
//!
//! * [`rows`]: the rows of each data type of the store, as [`table`]s.
//! * [`read`]: Parquet files of others, whatever is in them; [`mod@write`]: measurements for others.

mod differences;
mod doubles;
mod guard;
mod names;
mod pages;
pub mod read;
pub mod rows;
pub mod table;
pub mod text_column;
pub mod write;
