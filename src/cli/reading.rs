//! The flags by which files are read.

use clap::{Args, ValueEnum};

/// How files are written, where their content doesn't tell.
#[derive(Args, Clone, Debug)]
pub struct ReadingArgs {
    /// The format of the files, where it can't be told from their content
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Reading")]
    pub input_format: Option<InputFormat>,
    /// The compression of the files, where it can't be told from their content
    #[arg(long, value_enum, value_name = "COMPRESSION", help_heading = "Reading")]
    pub compression: Option<CompressionArg>,
    /// The character between the fields of a CSV file: one character, or tab
    #[arg(long, value_name = "CHAR", help_heading = "Reading")]
    pub delimiter: Option<String>,
}

/// The names of the input formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// Comma-separated values, or another delimiter
    Csv,
    /// A JSON record a line
    Ndjson,
    /// A JSON array of records, or records one after the other
    Json,
    /// Apache Parquet
    Parquet,
}

/// The names of the compressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompressionArg {
    /// Not compressed
    None,
    /// gzip
    Gzip,
    /// Zstandard
    Zstd,
}

/// The names of the units of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TimeUnitArg {
    /// Seconds
    S,
    /// Milliseconds
    Ms,
    /// Microseconds
    Us,
    /// Nanoseconds
    Ns,
}
