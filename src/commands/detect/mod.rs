//! `detect`: anomalies straight from files, or live in a store.

mod attention;
mod budget;
mod conclude;
mod evaluate;
mod files;
mod list;
mod names;
mod report;
mod request;
mod scores;
mod store;
mod troubles;

use request::Request;

use crate::cli::detect::{DetectArgs, DetectCommand};
use crate::error::{ExitStatus, Result};
use crate::settings::Settings;
use crate::ui::Ui;

/// How many incidents a terminal shows unless told otherwise.
const TOP: usize = 20;

/// Runs `detect`.
///
/// # Errors
/// When a flag makes no sense, a file can't be read, or a result can't be written.
pub fn run(args: &DetectArgs, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    if let Some(DetectCommand::List(list)) = &args.command {
        return list::run(list, &args.store, settings, ui);
    }
    match Request::from_args(args, settings)? {
        Request::Files(request) => files::run(*request, args, ui),
        Request::Store(request) => store::run(&request, settings, ui),
    }
}
