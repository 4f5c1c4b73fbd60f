//! The flags of `train`.

use clap::{Args, Subcommand};

use super::moment::RangeArgs;
use super::store::StoreArgs;
use super::values::ShowArgs;

/// `trebuchet-ad train`.
#[derive(Args, Clone, Debug)]
#[command(
    about = "Make a model: what is usual for each parameter at each hour of the week",
    long_about = "Make a model of a dataset: what is usual for each parameter at each hour of the week, and the state from \
        which detection goes on at the end of the range.\n\nWithout a range it is made from all complete hours. The same \
        data and settings give the same model, which is then not made twice.",
    after_help = "Examples:\n  trebuchet-ad train\n  trebuchet-ad train --to 2026-03-01\n  trebuchet-ad train show 1 \
        --parameter 'http.*'\n  trebuchet-ad train diff 1 2",
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub struct TrainArgs {
    /// What else can be done with models
    #[command(subcommand)]
    pub command: Option<TrainCommand>,
    /// From when to when
    #[command(flatten)]
    pub range: RangeArgs,
    /// Say what the model would be, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How to show it
    #[command(flatten)]
    pub show: ShowArgs,
    /// Which store and dataset
    #[command(flatten)]
    pub store: StoreArgs,
}

/// The verbs of `train`.
#[derive(Clone, Debug, Subcommand)]
pub enum TrainCommand {
    /// List the models of the dataset
    List {
        /// How to show them
        #[command(flatten)]
        show: ShowArgs,
    },
    /// Show a model: the history behind each parameter, the slots of some, or what was left out
    Show {
        /// Its number
        #[arg(value_name = "MODEL")]
        version: u32,
        /// Show the slots of the parameters that match; can be repeated
        #[arg(long, value_name = "GLOB")]
        parameter: Vec<String>,
        /// Show the hours that were left out, and why
        #[arg(long)]
        left_out: bool,
        /// How to show it
        #[command(flatten)]
        show: ShowArgs,
    },
    /// Show what changed from one model to another, the largest changes first
    Diff {
        /// The number of the one
        #[arg(value_name = "OLDER")]
        before: u32,
        /// The number of the other
        #[arg(value_name = "NEWER")]
        after: u32,
        /// Only parameters that match; can be repeated
        #[arg(long, value_name = "GLOB")]
        parameter: Vec<String>,
        /// How to show it
        #[command(flatten)]
        show: ShowArgs,
    },
}
