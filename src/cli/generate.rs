//! The flags of `generate`.

/// The flags of `generate`.
#[derive(clap::Args, Clone, Debug)]
pub struct GenerateArgs {
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}
