//! Settings: flags, then the environment, parsed once into validated types. Only this module (and [`crate::clock`])
//! reads the environment.

use std::num::NonZeroUsize;

use clap::ColorChoice;

use crate::cli::CommonArgs;
use crate::error::{Error, Result};

/// The settings of every command.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many threads to use; at least 1.
    pub threads: usize,
}

impl Settings {
    /// Resolves the settings of every command.
    ///
    /// # Errors
    /// When a value is invalid; the message names the flag or variable.
    pub fn resolve(args: &CommonArgs) -> Result<Self> {
        let (threads, name) = match (args.threads, variable("TREBUCHET_THREADS")) {
            (Some(threads), _) => (Some(threads), "--threads"),
            (None, Some(text)) => {
                let threads = text.parse().map_err(|_| {
                    Error::usage(format!("TREBUCHET_THREADS must be a whole number, not '{}'", text.escape_debug()))
                })?;
                (Some(threads), "TREBUCHET_THREADS")
            }
            (None, None) => (None, ""),
        };
        match threads {
            Some(0) => Err(Error::usage(format!("{name} must be at least 1"))),
            Some(1025..) => Err(Error::usage(format!("{name} must be at most 1024"))),
            Some(threads) => Ok(Self { threads }),
            None => Ok(Self { threads: std::thread::available_parallelism().map_or(1, NonZeroUsize::get) }),
        }
    }
}

/// Whether colours are wanted, if anyone said so: `--color`, then `NO_COLOR`; `None` leaves it to the streams.
#[must_use]
pub fn color(choice: ColorChoice) -> Option<bool> {
    match choice {
        ColorChoice::Always => Some(true),
        ColorChoice::Never => Some(false),
        ColorChoice::Auto => variable("NO_COLOR").map(|_| false),
    }
}

/// An environment variable that is set to something.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).filter(|text| !text.is_empty()).map(|text| text.to_string_lossy().into_owned())
}
