//! The flags of `ingest`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::detect::OutputFormat;
use super::reading::{ReadingArgs, TimeUnitArg};
use super::store::StoreArgs;
use super::values::{self, ShowArgs};
use crate::domain::zone::Zone;

/// The flags of `ingest`.
#[derive(Args, Clone, Debug)]
#[command(
    subcommand_negates_reqs = true,
    override_usage = "trebuchet-ad ingest [OPTIONS] <FILE|DIR|->...\n       trebuchet-ad ingest list [OPTIONS]\n       \
        trebuchet-ad ingest quarantine [OPTIONS]\n       \
        trebuchet-ad ingest revoke [OPTIONS] <RUN>...",
    after_help = "Examples:\n  \
    trebuchet-ad ingest --init --store store --dataset acme/shop/1 data.ndjson\n  \
    trebuchet-ad ingest --store store logs/ '2024-*.csv.gz'\n  \
    zcat app.json.gz | trebuchet-ad ingest -\n\n\
    Records that are there already are passed over, so files that have grown, or that overlap, can be ingested again. \
    The flags under Records are kept with the dataset when it begins, and need not be given again.\n\n\
    Exit codes:\n  \
    0 done, 1 failed, 2 wrong usage, 5 too many bad records (with --max-bad), 130 and 143 interrupted"
)]
pub struct IngestArgs {
    /// Files, folders, objects (s3://BUCKET/KEY) or prefixes (s3://BUCKET/PREFIX/), or - for standard input: CSV, NDJSON,
    /// JSON or Parquet, plain, gzip or zstd
    #[arg(required = true, value_name = "FILE|DIR|-")]
    pub inputs: Vec<String>,
    /// What else to do
    #[command(subcommand)]
    pub command: Option<IngestCommand>,

    /// Which store and dataset
    #[command(flatten)]
    pub store: StoreArgs,
    /// Make the store if there is none
    #[arg(long, help_heading = "Store")]
    pub init: bool,
    /// How deep the folders of a new store are [default: compact]
    #[arg(long, value_enum, requires = "init", help_heading = "Store")]
    pub layout: Option<LayoutArg>,
    /// How S3 encrypts the objects of a new store [default: as the bucket does]
    #[arg(long, value_enum, value_name = "HOW", requires = "init", help_heading = "Store")]
    pub encryption: Option<EncryptionArg>,
    /// The KMS key that encrypts them (ARN, id or alias) [default: AWS's own]
    #[arg(long, value_name = "KEY", requires = "encryption", help_heading = "Store")]
    pub kms_key: Option<String>,
    /// The storage class of raw records in a new store on S3, such as STANDARD_IA [default: STANDARD]
    #[arg(long, value_name = "CLASS", requires = "init", help_heading = "Store")]
    pub raw_storage_class: Option<String>,

    /// The column or field with the time
    #[arg(long, visible_alias = "time-field", value_name = "NAME", help_heading = "Records")]
    pub time_column: Option<String>,
    /// The unit of times that are numbers [default: told from their size]
    #[arg(long, value_enum, value_name = "UNIT", help_heading = "Records")]
    pub time_unit: Option<TimeUnitArg>,
    /// The zone of times without an offset, and of the hours of the week [default: UTC]
    #[arg(long, value_name = "IANA ZONE", value_parser = values::zone, help_heading = "Records")]
    pub timezone: Option<Zone>,
    /// What all records are, whatever they say
    #[arg(long, value_enum, help_heading = "Records")]
    pub kind: Option<KindArg>,
    /// The field that says what a record is (metric, event or log) [default: kind]
    #[arg(long, value_name = "NAME", help_heading = "Records")]
    pub kind_field: Option<String>,
    /// The column or field with the name of the parameter
    #[arg(long, visible_alias = "parameter-field", value_name = "NAME", help_heading = "Records")]
    pub parameter_column: Option<String>,
    /// The column or field with its value
    #[arg(long, visible_alias = "value-field", value_name = "NAME", help_heading = "Records")]
    pub value_column: Option<String>,
    /// A field whose value comes before the names of the parameters: web1.cpu
    #[arg(long, value_name = "NAME", help_heading = "Records")]
    pub name_field: Option<String>,
    /// Which fields are parameters, as a pattern; can be repeated [default: all numbers]
    #[arg(long, value_name = "GLOB", help_heading = "Records")]
    pub parameter: Vec<String>,
    /// When two records of an hour are the same: when their text is, when they come from the same position of the same
    /// source, or when this field is (field:NAME for one called text or position) [default: text]
    #[arg(long, value_name = "text|position|FIELD", help_heading = "Records")]
    pub identity: Option<String>,

    /// How files are written.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// How many records may be bad, or nothing is written: a number, or a share such as 1% [default: all but one]
    #[arg(long, value_name = "N|N%", help_heading = "Reading")]
    pub max_bad: Option<String>,
    /// How much memory records may take, about, before temporary files are used
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = values::size, help_heading = "Reading")]
    pub memory: usize,

    /// Read everything, and only tell what would be written
    #[arg(long, help_heading = "Result")]
    pub dry_run: bool,
    /// How to tell what was done; json goes to standard output [default: by the ending of --output, otherwise table]
    #[arg(long, value_enum, help_heading = "Result")]
    pub format: Option<SummaryFormat>,
    /// Write what was done to a file
    #[arg(long, short, value_name = "FILE", help_heading = "Result")]
    pub output: Option<PathBuf>,
}

/// What else `ingest` does.
#[derive(Clone, Debug, Subcommand)]
pub enum IngestCommand {
    /// List the runs of ingest with what they brought, the newest first
    List(ListArgs),
    /// Show the records that could not be used, write them to files to be mended, or forget them
    #[command(after_help = "To mend records:\n  \
        trebuchet-ad ingest quarantine --export mended\n  \
        (correct the files in mended/)\n  \
        trebuchet-ad ingest mended/\n  \
        trebuchet-ad ingest quarantine --clear")]
    Quarantine(QuarantineArgs),
    /// Take mistaken runs of ingest out of sight of everyone who reads the store
    Revoke(RevokeArgs),
}

/// The flags of `ingest list`.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// Only the last so many runs
    #[arg(long, value_name = "N")]
    pub last: Option<usize>,
    /// How to show them
    #[command(flatten)]
    pub show: ShowArgs,
}

/// The flags of `ingest quarantine`.
#[derive(Args, Clone, Debug)]
pub struct QuarantineArgs {
    /// Only records of sources whose name matches
    #[arg(long, value_name = "GLOB")]
    pub source: Option<String>,
    /// Write the records to a folder, a file for each source, to be mended and ingested again
    #[arg(long, value_name = "DIR", conflicts_with_all = ["clear", "format", "output"])]
    pub export: Option<PathBuf>,
    /// Show these records no more: they were mended, or don't matter
    #[arg(long, conflicts_with_all = ["source", "format", "output"])]
    pub clear: bool,
    /// How to show the records [default: by the ending of --output, otherwise table]
    #[arg(long, value_enum)]
    pub format: Option<OutputFormat>,
    /// Write them to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Only tell what --export or --clear would do
    #[arg(long)]
    pub dry_run: bool,
}

/// The flags of `ingest revoke`.
#[derive(Args, Clone, Debug)]
pub struct RevokeArgs {
    /// The ids of the runs, as ingest has told them, or how they begin
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<String>,
    /// Only tell what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// How S3 encrypts objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EncryptionArg {
    /// With keys of S3 (SSE-S3)
    #[value(name = "AES256", alias = "sse-s3")]
    S3,
    /// With a key of KMS (SSE-KMS)
    #[value(name = "aws:kms", alias = "sse-kms")]
    Kms,
    /// Twice, with a key of KMS (DSSE-KMS)
    #[value(name = "aws:kms:dsse")]
    KmsTwice,
}

impl EncryptionArg {
    /// The name that S3 gives to it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "AES256",
            Self::Kms => "aws:kms",
            Self::KmsTwice => "aws:kms:dsse",
        }
    }
}

/// How deep the folders of a store are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LayoutArg {
    /// Few, large objects
    Compact,
    /// Every key is a folder, for stores that others read by path
    Full,
}

/// What records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// Quantities at a moment
    Metric,
    /// Something that happened
    Event,
    /// Lines of a log
    Log,
}

/// How to tell what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SummaryFormat {
    /// A few lines on standard error
    Table,
    /// One document
    Json,
}
