//! `train`: models, made, listed, shown and compared.

mod diff;
mod make;
mod show;

use super::context::Context;
use super::reading;
use crate::cli::train::{TrainArgs, TrainCommand};
use crate::error::{Error, ExitStatus, Result};
use crate::settings::Settings;
use crate::store::models::{self, Model};
use crate::store::runs;
use crate::ui::Ui;

/// Runs `train`.
///
/// # Errors
/// When a flag makes no sense, or the store can't be read or written.
pub fn run(args: &TrainArgs, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    let context = Context::open(&args.store, settings)?;
    match &args.command {
        None => make::run(args, &context, settings, ui),
        Some(command) => {
            let models = models::list(&runs::list(&context.store, &context.dataset)?)?;
            match command {
                TrainCommand::List { show } => show::list(&models, &context, show, settings, args, ui),
                TrainCommand::Show { version, parameter, left_out, show } => {
                    let model = models::find(&models, &context.dataset, *version)?;
                    let wanted = reading::parameters(parameter)?;
                    show::run(model, &context, &show::What { wanted, left_out: *left_out }, show, settings, ui)
                }
                TrainCommand::Diff { before, after, parameter, show } => {
                    let find = |version: &u32| models::find(&models, &context.dataset, *version);
                    diff::run(
                        [find(before)?, find(after)?],
                        &context,
                        &reading::parameters(parameter)?,
                        show,
                        settings,
                        ui,
                    )
                }
            }
        }
    }
}

/// The error for a pattern that no parameter of a model matches.
fn no_such_parameter(model: &Model) -> Error {
    let names: Vec<&str> = model.facts.parameters.iter().take(20).map(|history| history.parameter.as_str()).collect();
    let more = if names.len() < model.facts.parameters.len() { ", …" } else { "" };
    Error::usage(format!("no parameter of model {} matches --parameter", model.facts.model_version))
        .hint(format!("it has: {}{more}", names.join(", ")))
}
