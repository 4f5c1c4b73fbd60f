//! Parquet: the only place that uses polars.
