//! The flags of `status`.

use clap::Args;

use super::store::StoreArgs;
use super::train::ShowArgs;

/// `trebuchet-ad status`.
#[derive(Args, Clone, Debug)]
#[command(
    about = "Show where a store stands: data, models, what was detected, what is stale or unfinished",
    long_about = "Show where a store stands: what data it has, which models, up to where detection has come, which incidents \
        are open, which hours are stale because data came late, and what a stopped command has left.\n\nWith several \
        datasets and none named, each has a line. Nothing is written.",
    after_help = "Examples:\n  trebuchet-ad status\n  trebuchet-ad status --format json | jq .stale"
)]
pub struct StatusArgs {
    /// How to show it; there is no CSV of it
    #[command(flatten)]
    pub show: ShowArgs,
    /// Which store and dataset
    #[command(flatten)]
    pub store: StoreArgs,
}
