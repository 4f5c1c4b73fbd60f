//! What can be typed. [`crate::settings`] checks it.

use std::ffi::OsString;

use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};

pub mod detect;
pub mod generate;
pub mod ingest;
pub mod moment;
pub mod reading;
pub mod status;
pub mod store;
pub mod train;
pub mod values;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "trebuchet-ad",
    version,
    about = "Find what is abnormal in operational data, and say why",
    long_about = "Find what is abnormal in operational data (metrics, events, logs), when it was, and why.\n\n\
        It learns what is usual for each parameter and hour of the week, and reports what lies outside.",
    after_help = "Start with:  trebuchet-ad detect data.csv",
    propagate_version = true,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags of every command.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find anomalies in files: what was abnormal, when, and why
    Detect(Box<detect::DetectArgs>),
    /// Make synthetic records with known anomalies, and the truth about them
    Generate(Box<generate::GenerateArgs>),
    /// Bring records into a store: files of any kind, each record once
    Ingest(Box<ingest::IngestArgs>),
    /// Make a model: what is usual for each parameter at each hour of the week
    Train(Box<train::TrainArgs>),
    /// Show where a store stands: data, models, what was detected, what is stale or unfinished
    Status(Box<status::StatusArgs>),
}

impl Command {
    /// The store that was typed, where the command may be about one.
    #[must_use]
    pub fn store(&self) -> Option<&store::StoreArgs> {
        match self {
            Self::Detect(args) => Some(&args.store),
            Self::Generate(_) => None,
            Self::Ingest(args) => Some(&args.store),
            Self::Train(args) => Some(&args.store),
            Self::Status(args) => Some(&args.store),
        }
    }
}

/// Flags of every command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Common options")]
pub struct CommonArgs {
    /// Say nothing on standard error but errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on standard error
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// Use so many threads [default: all cores]; results do not depend on it
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Have so many requests to S3 under way at once [default: 32]; results do not depend on it
    #[arg(long, global = true, value_name = "N")]
    pub concurrency: Option<usize>,
    /// Keep copies of what is read of a store on S3 in this folder, and read them from there [default: keep none]
    #[arg(long, global = true, value_name = "DIR")]
    pub cache_dir: Option<String>,
    /// How much they may take; what was used longest ago goes first [default: 10G]
    #[arg(long, global = true, value_name = "SIZE", value_parser = values::size)]
    pub cache_size: Option<usize>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false)]
    pub color: ColorChoice,
}

impl Cli {
    /// The definition of the command line, from which help, man pages and completions are made.
    #[must_use]
    pub fn definition() -> clap::Command {
        <Self as CommandFactory>::command()
    }

    /// Parses the words that were typed, the name of the program first.
    ///
    /// # Errors
    /// When they are wrong, or when help or the version was asked for.
    pub fn parse_args(typed: &[OsString]) -> Result<Self, clap::Error> {
        let matches = Self::definition().try_get_matches_from(typed)?;
        Self::from_arg_matches(&matches)
    }
}
