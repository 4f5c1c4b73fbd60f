//! The flags of `detect`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::moment::{Moment, RangeArgs, moment};
use super::reading::{ReadingArgs, TimeUnitArg};
use super::store::StoreArgs;
use super::values::{self, ShowArgs};
use crate::domain::budget::Budget;

/// The flags of `detect`.
#[derive(Args, Clone, Debug)]
#[command(
    subcommand_negates_reqs = true,
    override_usage = "trebuchet-ad detect [OPTIONS] [FILE|DIR|-]...\n       trebuchet-ad detect list [OPTIONS]",
    after_help = "Examples:\n  \
    trebuchet-ad detect cpu.csv\n  \
    trebuchet-ad detect metrics/ --parameter 'http.*' --timezone Europe/Zurich\n  \
    zcat app.json.gz | trebuchet-ad detect -\n  \
    trebuchet-ad detect cpu.csv --format json | jq .\n  \
    trebuchet-ad detect --store data --dataset acme/shop/2.1\n  \
    trebuchet-ad detect list --store data --last 24h\n\n\
    Exit codes:\n  \
    0 done, 1 failed, 2 wrong usage, 3 anomalies found (with --exit-code),\n  \
    5 too many bad rows (with --max-bad), 130 and 143 interrupted"
)]
pub struct DetectArgs {
    /// Files, folders, objects (s3://BUCKET/KEY) or prefixes (s3://BUCKET/PREFIX/), or - for standard input: CSV, NDJSON,
    /// JSON or Parquet, plain, gzip or zstd. Without any, live detection of a store goes on from where it has come to, and
    /// writes what it finds
    #[arg(value_name = "FILE|DIR|-")]
    pub inputs: Vec<String>,
    /// What else to do
    #[command(subcommand)]
    pub command: Option<DetectCommand>,

    /// How to tell what is normal [default: adaptive; of a store that of the dataset]
    #[arg(long, value_enum, help_heading = "Detection")]
    pub method: Option<MethodArg>,
    /// Surprise from which on a value is abnormal, -log10 of its probability in an ordinary hour
    /// [default: that of the method; classic: three standard deviations]
    #[arg(long, value_name = "SURPRISE", help_heading = "Detection")]
    pub threshold: Option<f64>,
    /// So many incidents of each series instead of a threshold, such as 1/week: a first pass over the data finds, for
    /// each series, the threshold that would have kept to it
    #[arg(long, value_name = "N/day|week|month", value_parser = values::budget, conflicts_with = "threshold",
        help_heading = "Detection")]
    pub budget: Option<Budget>,
    /// Only deviations on this side matter (above, below, or both), for the parameters that match: 'GLOB=above', or
    /// just 'above' for all; can be repeated, the last one that matches counts
    #[arg(long, value_name = "[GLOB=]SIDE", help_heading = "Detection")]
    pub direction: Vec<String>,
    /// Only deviations from the expected value by at least so much matter, for the parameters that match: 'GLOB=5', or
    /// 'GLOB=5%' of the expected value, or without GLOB for all; can be repeated, the last one that matches counts
    #[arg(long, value_name = "[GLOB=]AMOUNT", allow_hyphen_values = true, help_heading = "Detection")]
    pub min_change: Vec<String>,
    /// Only parameters whose name matches; can be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Detection")]
    pub parameter: Vec<String>,
    /// The zone of times without an offset, of the hours of the week, and of the times shown [default: UTC; of a store
    /// that of the dataset]
    #[arg(long, value_name = "IANA ZONE", help_heading = "Detection")]
    pub timezone: Option<String>,
    /// Take all files as one, instead of each as a series of its own
    #[arg(long, help_heading = "Detection")]
    pub concat: bool,

    /// Which store and dataset.
    #[command(flatten)]
    pub store: StoreArgs,
    /// Which hours of a store.
    #[command(flatten, next_help_heading = "Store")]
    pub range: RangeArgs,
    /// Judge by this model of the store, instead of the newest that detection has come to
    #[arg(long, value_name = "N", help_heading = "Store")]
    pub model_version: Option<u32>,
    /// Write nothing to the store; with any --threshold, --direction and --min-change
    #[arg(long, help_heading = "Store")]
    pub dry_run: bool,

    /// How files are written.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// The column or field with the time
    #[arg(long, value_name = "NAME", help_heading = "Reading")]
    pub time_column: Option<String>,
    /// The column with the name of the parameter
    #[arg(long, value_name = "NAME", help_heading = "Reading")]
    pub parameter_column: Option<String>,
    /// The column with the value
    #[arg(long, value_name = "NAME", help_heading = "Reading")]
    pub value_column: Option<String>,
    /// The unit of times that are numbers [default: told from their size]
    #[arg(long, value_enum, value_name = "UNIT", help_heading = "Reading")]
    pub time_unit: Option<TimeUnitArg>,
    /// How many rows may be bad before it counts as an error: a number, or a share such as 1% [default: all but one]
    #[arg(long, value_name = "N|N%", help_heading = "Reading")]
    pub max_bad: Option<String>,

    /// How to show the incidents [default: by the ending of --output, otherwise table]
    #[arg(long, value_enum, help_heading = "Result")]
    pub format: Option<OutputFormat>,
    /// Write the incidents to a file, or to s3://BUCKET/KEY, instead of standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Result")]
    pub output: Option<PathBuf>,
    /// Show at most so many incidents, the worst; 0 shows all [default: 20 on a terminal, otherwise all]
    #[arg(long, value_name = "N", help_heading = "Result")]
    pub top: Option<usize>,
    /// Write what is said of every row to a CSV file; for a folder or several files, to a folder with the same tree
    #[arg(long, value_name = "PATH", help_heading = "Result")]
    pub scores: Option<PathBuf>,
    /// Compare with labels: NAB's JSON, the truth file of generate, or CSV with a label column (a file or a folder)
    #[arg(long, value_name = "FILE|DIR", help_heading = "Result")]
    pub labels: Option<PathBuf>,
    /// End with exit code 3 if there is a new incident: in a store one that began in this run, in files any. With =any
    /// also if one that began before goes on or has ended
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, require_equals = true,
        default_missing_value = "new", help_heading = "Result")]
    pub exit_code: Option<ExitCodeArg>,
}

/// For which incidents the exit code is 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExitCodeArg {
    /// New ones
    New,
    /// All that are shown, also those that began before
    Any,
}

/// What else `detect` does.
#[derive(Clone, Debug, Subcommand)]
pub enum DetectCommand {
    /// List the incidents that detection in a store has recorded, the newest first, without detecting anything
    #[command(after_help = "Examples:\n  \
        trebuchet-ad detect list --last 24h\n  \
        trebuchet-ad detect list --open --severity high\n  \
        trebuchet-ad detect list --from 2026-03-01 --to 2026-03-08 --parameter 'http.*' --format csv")]
    List(ListArgs),
}

/// The flags of `detect list`.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// Which hours: incidents with an exceedance in them [default: all]
    #[command(flatten)]
    pub range: RangeArgs,
    /// Only the last so many hours or days: 24h, 7d
    #[arg(long, value_name = "DURATION", value_parser = moment, conflicts_with_all = ["from", "to"])]
    pub last: Option<Moment>,
    /// Only parameters whose name matches; can be repeated
    #[arg(long, value_name = "GLOB")]
    pub parameter: Vec<String>,
    /// Only incidents of this level or worse
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub severity: Option<SeverityArg>,
    /// Only incidents that go on
    #[arg(long)]
    pub open: bool,
    /// How to show them
    #[command(flatten)]
    pub show: ShowArgs,
}

/// The names of the levels of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum SeverityArg {
    /// Score from 0
    Low,
    /// Score from 1
    Medium,
    /// Score from 2
    High,
    /// Score from 4
    Critical,
}

/// The names of the methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MethodArg {
    /// Learns level, weekly pattern and spread of each series, follows level shifts, notices silence (adaptive@2)
    Adaptive,
    /// Its first version, which stays as it is
    #[value(name = "adaptive@1")]
    Adaptive1,
    /// The same, by the name under which results are recorded
    #[value(name = "adaptive@2")]
    Adaptive2,
    /// Mean ± 3 stdDev of the hour of the week, every exceedance an alert
    Classic,
}

/// The names of the output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Two lines an incident, for people
    Table,
    /// One document with a summary and the incidents
    Json,
    /// One JSON object a line, for each incident
    Ndjson,
    /// One row for each incident
    Csv,
}
