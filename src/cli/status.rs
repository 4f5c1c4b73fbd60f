//! The flags of `status`.

use clap::Args;

use super::store::StoreArgs;
use super::values::ShowArgs;

/// `trebuchet-ad status`.
#[derive(Args, Clone, Debug)]
#[command(
    about = "Show where a store stands: data, models, what was detected, what is stale or unfinished",
    long_about = "Show where a store stands: what data it has, which models, up to where detection has come, which incidents \
        are open, which hours are stale because data came late, and what a stopped command has left.\n\nWith several \
        datasets and none named, each has a line. Nothing is written.\n\nWith --check it tries what the subcommands need \
        on the store (on S3 with an object that nobody sees, which it deletes again), says what is missing and which \
        subcommands would fail, and exits with 1 if any would.",
    after_help = "Examples:\n  trebuchet-ad status\n  trebuchet-ad status --format json | jq .stale\n  \
        trebuchet-ad status --check --store s3://bucket/prefix"
)]
pub struct StatusArgs {
    /// Try every permission that the subcommands need on the store, and say which are missing
    #[arg(long)]
    pub check: bool,
    /// How to show it; there is no CSV of it
    #[command(flatten)]
    pub show: ShowArgs,
    /// Which store and dataset
    #[command(flatten)]
    pub store: StoreArgs,
}
