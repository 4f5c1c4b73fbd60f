//! `train`: models, made, listed, shown and compared.

mod diff;
mod make;
mod show;

use serde_json::{Map, Value};

use super::context::Context;
use super::reading;
use crate::cli::detect::OutputFormat;
use crate::cli::train::{ShowArgs, TrainArgs, TrainCommand};
use crate::cli::values::Format;
use crate::error::{Error, ExitStatus, Result};
use crate::settings::Settings;
use crate::store::models::{self, Model};
use crate::store::runs;
use crate::ui::Ui;
use crate::ui::grid::Grid;
use crate::ui::sink::Sink;

/// How many rows a terminal shows unless told otherwise.
const TOP: usize = 40;

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

/// Shows rows as it was asked for. On a terminal a table is cut; `more` says how to see the rest.
fn show(
    grid: &mut Grid,
    about: Map<String, Value>,
    name: &str,
    args: &ShowArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<()> {
    let format = format(args, settings);
    let output = args.output.clone().unwrap_or_else(|| "-".into());
    let all = grid.rows.len();
    let cut = format == Format::Table && output.as_os_str() == "-" && ui.width().is_some() && all > TOP;
    if cut {
        grid.rows.truncate(TOP);
    }
    let mut sink = Sink::create(&output, &settings.access)?;
    grid.write(&mut sink, format, about, name).map_err(|cause| sink.failed(&cause))?;
    sink.finish()?;
    if cut {
        ui.note(format_args!("… and {} more rows (--format csv shows all)", all - TOP));
    }
    Ok(())
}

/// The format: as typed, by the name of the file, by the settings, a table.
pub(super) fn format(args: &ShowArgs, settings: &Settings) -> Format {
    let ending = args.output.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
    let by_ending = match ending {
        Some("json") => Some(Format::Json),
        Some("csv") => Some(Format::Csv),
        _ => None,
    };
    let by_settings = settings.format.map(|format| match format {
        OutputFormat::Table => Format::Table,
        OutputFormat::Json | OutputFormat::Ndjson => Format::Json,
        OutputFormat::Csv => Format::Csv,
    });
    args.format.or(by_ending).or(by_settings).unwrap_or(Format::Table)
}
