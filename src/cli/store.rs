//! The flags of every command that works with a store.

use clap::Args;

/// Which store, and which dataset in it. Nested commands take them too.
#[derive(Args, Clone, Debug, Default)]
pub struct StoreArgs {
    /// Where the store is: a folder, or s3://BUCKET/PREFIX [default: TREBUCHET_STORE, or store in trebuchet.toml]
    #[arg(long, global = true, value_name = "PLACE", help_heading = "Store")]
    pub store: Option<String>,
    /// The dataset: customer/application/version, or project/customer/application/version [default: TREBUCHET_DATASET,
    /// or dataset in trebuchet.toml, or the only one of the store]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Store")]
    pub dataset: Option<String>,
}
