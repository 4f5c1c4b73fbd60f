//! The flags of `generate`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::values;
use crate::domain::measurement::Millis;
use crate::domain::zone::Zone;

/// The flags of `generate`.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
        trebuchet-ad generate --output data.ndjson\n  \
        trebuchet-ad generate --preset iot --timezone Europe/Zurich --from 2024-03-01 --output data.csv\n  \
        trebuchet-ad generate --parameters 20 --every 10s --days 90 --output data.parquet\n  \
        trebuchet-ad generate --late 1% --duplicates 0.5% --missing 2% --events 2/h --logs 100/h | head\n\n\
    The same flags and seed give the same bytes, on any machine and with any number of threads.\n\n\
    The truth is a JSON document a line for each anomaly: parameter, kind, start, end (exclusive), and size, \
    which is 0 where values are frozen or withheld. Values are not kept within bounds: a large --size may take a \
    percentage above 100. In Parquet records that come twice are equal rows, and none come late.")]
pub struct GenerateArgs {
    /// What is simulated; it decides the parameters and the course of a week
    #[arg(long, value_enum, default_value_t = PresetArg::Web)]
    pub preset: PresetArg,
    /// The same seed gives the same data
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Start of the range: RFC 3339, or a date or civil time in the time zone
    #[arg(long, value_name = "TIME", default_value = "2024-01-01", help_heading = "Range")]
    pub from: String,
    /// End of the range, exclusive
    #[arg(long, value_name = "TIME", conflicts_with = "days", help_heading = "Range")]
    pub to: Option<String>,
    /// Length of the range in days, where --to is not given
    #[arg(long, value_name = "N", default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=100_000),
        help_heading = "Range")]
    pub days: u32,
    /// Time from one sample to the next
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = values::duration,
        help_heading = "Range")]
    pub every: Millis,
    /// IANA time zone in which days and weeks begin and dates are read
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = values::zone, help_heading = "Range")]
    pub timezone: Zone,

    /// Number of parameters; more than a preset knows are numbered (cpu.01, cpu.02)
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000),
        help_heading = "Values")]
    pub parameters: u32,
    /// Growth of the levels, of what they are at the start; negative for a decline
    #[arg(long, value_name = "GROWTH", default_value = "0%/week", value_parser = values::growth,
        allow_hyphen_values = true, help_heading = "Values")]
    pub trend: f64,
    /// How values scatter around their level
    #[arg(long, value_enum, default_value_t = NoiseArg::Normal, help_heading = "Values")]
    pub noise: NoiseArg,
    /// Standard deviation of the noise, relative to the level [default: 0.05% to 10%, by parameter]
    #[arg(long, value_name = "SHARE", value_parser = values::relative, help_heading = "Values")]
    pub noise_size: Option<f64>,
    /// Share of samples that are missing, one by one, but never within an anomaly
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = values::share, help_heading = "Values")]
    pub missing: f64,

    /// Share of records that come late, by up to an hour
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = values::share, help_heading = "Records")]
    pub late: f64,
    /// Share of records that come twice, one right after the other
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = values::share, help_heading = "Records")]
    pub duplicates: f64,
    /// Events, such as deployments, at random times (NDJSON only)
    #[arg(long, value_name = "RATE", default_value = "0/h", value_parser = values::rate, help_heading = "Records")]
    pub events: f64,
    /// Log lines at random times (NDJSON only)
    #[arg(long, value_name = "RATE", default_value = "0/h", value_parser = values::rate, help_heading = "Records")]
    pub logs: f64,

    /// Anomalies of each parameter, after the first three days and the first fifth of the range [default: 3, or as
    /// many as fit]
    #[arg(long, value_name = "N", help_heading = "Anomalies")]
    pub anomalies: Option<u32>,
    /// Kinds of anomalies, planted in turn [default: all]
    #[arg(long, value_name = "KINDS", value_enum, value_delimiter = ',', help_heading = "Anomalies")]
    pub kinds: Vec<KindArg>,
    /// How far values are moved, or how much stronger noise is, in standard deviations of the noise
    #[arg(long, value_name = "SIGMAS", default_value_t = 8.0, help_heading = "Anomalies")]
    pub size: f64,

    /// Where the data goes, a file or s3://BUCKET/KEY; an ending of .gz or .zst compresses NDJSON and CSV [default:
    /// standard output]
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// How the data is written [default: by the ending of --output, or ndjson]
    #[arg(long, value_enum, help_heading = "Output")]
    pub format: Option<FormatArg>,
    /// Where the truth about the anomalies goes [default: beside --output, as in data.truth.ndjson]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub truth: Option<PathBuf>,
    /// Order of the rows in Parquet [default: parameter]
    #[arg(long, value_enum, help_heading = "Output")]
    pub order: Option<OrderArg>,
    /// Say what would be written, and write nothing
    #[arg(long, help_heading = "Output")]
    pub dry_run: bool,
}

/// What is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PresetArg {
    /// A web shop: busy by day, less at the weekend
    Web,
    /// Batch jobs: busy at night
    Batch,
    /// Sensors: they follow the sun
    Iot,
    /// Constant levels and noise
    Flat,
}

/// How values scatter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum NoiseArg {
    /// Normally distributed
    Normal,
    /// Heavy-tailed: Student's t with 3 degrees of freedom
    Heavy,
    /// Whole numbers: Poisson distributed around the level
    Counts,
}

/// How data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// A JSON document a line: metrics, events and log lines
    Ndjson,
    /// A table with a column for each parameter
    Csv,
    /// Rows of event_time, parameter and value
    Parquet,
}

/// The order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OrderArg {
    /// By parameter, then by time
    Parameter,
    /// By time, then by parameter
    Time,
}

/// A kind of anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    /// 1 to 3 samples far above
    Spike,
    /// 1 to 3 samples far below
    Dip,
    /// Up or down for 6 to 24 hours
    LevelShift,
    /// Away bit by bit over 12 to 36 hours, and back at once
    Drift,
    /// The same value for 2 to 6 hours
    Flatline,
    /// Stronger noise for 1 to 3 hours
    VarianceBurst,
    /// No samples for 2 to 6 hours
    Silence,
}
