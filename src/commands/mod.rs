//! The subcommands: load, compute, show. No arithmetic here.

pub mod context;
pub mod detect;
pub mod generate;
pub mod ingest;
mod late;
pub mod next;
mod reading;
pub mod status;
pub mod train;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::error::{Kind, Result};
use crate::settings::{Places, Settings};
use crate::ui::Ui;

/// Runs the program and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::parse_args() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Kind::Usage.exit_code() } else { 0 };
            let _closed = error.print();
            return code.into();
        }
    };
    let places = Places::read();
    let color = places.as_ref().ok().and_then(|places| places.color(cli.common.color).ok()).flatten();
    let ui = Ui::new(cli.common.quiet, cli.common.verbose, color);
    match places.and_then(|places| run(&cli, &places, &ui)) {
        Ok(code) => code.into(),
        Err(error) => {
            ui.error(&error);
            error.kind().exit_code().into()
        }
    }
}

fn run(cli: &Cli, places: &Places, ui: &Ui) -> Result<u8> {
    places.color(cli.common.color)?;
    let settings = Settings::resolve(&cli.common, places)?;
    match &cli.command {
        Command::Detect(args) => detect::run(args, &settings, ui),
        Command::Generate(args) => generate::run(args, &settings, ui),
        Command::Ingest(args) => ingest::run(args, &settings, ui),
        Command::Train(args) => train::run(args, &settings, ui),
        Command::Status(args) => status::run(args, &settings, ui),
    }
}
