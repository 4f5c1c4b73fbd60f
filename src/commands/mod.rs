//! The subcommands: load, compute, show. No arithmetic here.

mod advice;
pub mod context;
pub mod detect;
pub mod generate;
pub mod ingest;
mod late;
pub mod next;
mod reading;
mod rows;
pub mod status;
pub mod train;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::error::{ExitStatus, Kind, Result};
use crate::settings::{Places, Settings};
use crate::ui::Ui;

/// Runs the program and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    ended().code().into()
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads what was typed")]
fn ended() -> ExitStatus {
    let typed: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::parse_args(&typed) {
        Ok(cli) => cli,
        Err(error) => {
            let status = if error.use_stderr() { ExitStatus::Failed(Kind::Usage) } else { ExitStatus::Done };
            let _closed = error.print();
            return status;
        }
    };
    let places = Places::read();
    let color = places.as_ref().ok().and_then(|places| places.color(cli.common.color).ok()).flatten();
    let ui = Ui::new(cli.common.quiet, cli.common.verbose, color);
    places.and_then(|places| run(&cli, &typed, &places, &ui)).unwrap_or_else(|error| {
        advice::tell(&error, cli.command.store(), &ui);
        ExitStatus::Failed(error.kind())
    })
}

fn run(cli: &Cli, typed: &[OsString], places: &Places, ui: &Ui) -> Result<ExitStatus> {
    places.color(cli.common.color)?;
    let settings = Settings::resolve(&cli.common, typed, places)?;
    match &cli.command {
        Command::Detect(args) => detect::run(args, &settings, ui),
        Command::Generate(args) => generate::run(args, &settings, ui),
        Command::Ingest(args) => ingest::run(args, &settings, ui),
        Command::Train(args) => train::run(args, &settings, ui),
        Command::Status(args) => status::run(args, &settings, ui),
    }
}
