//! `generate`: synthetic records with known anomalies.

use crate::cli::generate::GenerateArgs;
use crate::error::Result;
use crate::settings::Settings;
use crate::ui::Ui;

/// Runs `generate`.
///
/// # Errors
/// When the flags make no sense, or the output can't be written.
pub fn run(_args: &GenerateArgs, _settings: &Settings, _ui: &Ui) -> Result<u8> {
    Ok(0)
}
