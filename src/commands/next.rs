//! The commands that are worth typing next.

use crate::cli::store::StoreArgs;
use crate::ui::text::shell_word;

/// A command for the same store and dataset.
#[must_use]
pub fn with_store(command: &str, args: &StoreArgs) -> String {
    let mut line = format!("trebuchet-ad {command}");
    for (flag, value) in [("--store", &args.store), ("--dataset", &args.dataset)] {
        if let Some(value) = value {
            line = format!("{line} {flag} {}", shell_word(value));
        }
    }
    line
}
