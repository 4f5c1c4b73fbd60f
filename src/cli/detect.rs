//! The flags of `detect`.

/// The flags of `detect`.
#[derive(clap::Args, Clone, Debug)]
pub struct DetectArgs {
    /// Files, folders, or - for standard input
    #[arg(required = true, value_name = "FILE|DIR|-")]
    pub inputs: Vec<String>,
}
