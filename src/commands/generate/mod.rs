//! `generate`: synthetic records with known anomalies.

mod settings;
mod write;

use std::fmt::Write as _;
use std::path::Path;

use self::settings::{Format, Output};
use crate::cli::generate::GenerateArgs;
use crate::cli::values::duration_text;
use crate::domain::synthetic::Plan;
use crate::domain::synthetic::arrival::Counts;
use crate::domain::synthetic::record::Style;
use crate::domain::zone::Zone;
use crate::error::{ExitStatus, Result};
use crate::interrupt;
use crate::settings::Settings;
use crate::ui::Ui;
use crate::ui::text::{counted, grouped, shell_path};

/// Runs `generate`.
///
/// # Errors
/// When the flags make no sense, or the output can't be written.
pub fn run(args: &GenerateArgs, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    let recipe = settings::recipe(args)?;
    let output = settings::output(args, ui.width().is_some())?;
    let plan = Plan::new(recipe);
    say_what_is_left_out(&plan, &output, ui);
    if args.dry_run {
        let target = output.data.as_deref().map_or("standard output".into(), Path::to_string_lossy);
        let expected = plan.expected(output.format == Format::Text(Style::Ndjson));
        let about = if plan.is_exact() { "" } else { "about " };
        ui.note(format_args!("would write to {target}: {about}{}", summary(&plan, &output, expected)));
        return Ok(ExitStatus::Done);
    }
    // The truth first, so that an impossible name is found before the work is done.
    let access = &settings.access;
    let truth = output.truth.as_deref().map(|path| write::truth(&plan, path, access)).transpose()?;
    let progress = ui.progress("generating");
    let data = output.data.as_deref();
    let work = write::Work { threads: settings.threads, progress: &progress, stop: interrupt::listen()?, access };
    let (sink, counts) = match output.format {
        Format::Text(style) => write::text(&plan, style, data, &work)?,
        Format::Parquet(order) => write::parquet(&plan, order, data, &work)?,
    };
    sink.finish()?;
    if let Some(truth) = truth {
        truth.finish()?;
    }
    drop(progress);
    ui.note(summary(&plan, &output, counts));
    if matches!(output.format, Format::Text(_)) {
        let [late, copies] = [counts.late, counts.duplicates].map(grouped);
        ui.detail(format_args!("of the records {late} come late, and {copies} are copies"));
    }
    if let Some(data) = data.filter(|data| settings::is_plain(data)) {
        ui.next(next_command(&plan, data, output.truth.as_deref()));
    }
    Ok(ExitStatus::Done)
}

/// Says what was asked for and is not in the output.
fn say_what_is_left_out(plan: &Plan, output: &Output, ui: &Ui) {
    let recipe = &plan.recipe;
    if output.format != Format::Text(Style::Ndjson) && recipe.events + recipe.logs > 0.0 {
        let format = if output.format == Format::Text(Style::Csv) { "CSV" } else { "Parquet" };
        ui.note(format_args!("note: --events and --logs are left out: {format} holds metrics only"));
    }
    if matches!(output.format, Format::Parquet(_)) && recipe.late > 0.0 {
        ui.note("note: --late is left out: rows in Parquet are sorted");
    }
    if output.truth.is_none() && recipe.anomalies.per_parameter > 0 {
        ui.note("note: no truth about the anomalies is written; add --truth FILE");
    }
}

/// What was made, in a sentence.
fn summary(plan: &Plan, output: &Output, counts: Counts) -> String {
    let recipe = &plan.recipe;
    let mut text = String::new();
    if matches!(output.format, Format::Text(_)) {
        let _infallible = write!(text, "{} with ", counted(counts.records, "record"));
    }
    let _infallible = write!(
        text,
        "{} of {}, {} to {} every {}, {}",
        counted(counts.measurements, "measurement"),
        counted(plan.series.len() as u64, "parameter"),
        recipe.zone.rfc3339(recipe.from),
        recipe.zone.rfc3339(recipe.to),
        duration_text(recipe.every),
        match plan.truth().len() as u64 {
            1 => "1 anomaly".to_owned(),
            count => format!("{} anomalies", grouped(count)),
        },
    );
    if let Some(truth) = &output.truth {
        let _infallible = write!(text, " ({})", truth.display());
    }
    text
}

/// The command that finds the anomalies, and measures how well.
fn next_command(plan: &Plan, data: &Path, truth: Option<&Path>) -> String {
    let mut command = format!("trebuchet-ad detect {}", shell_path(data));
    if let Some(truth) = truth.filter(|truth| settings::is_plain(truth) && truth.as_os_str() != "-") {
        let _infallible = write!(command, " --labels {}", shell_path(truth));
    }
    if plan.recipe.zone != Zone::UTC {
        let _infallible = write!(command, " --timezone {}", plan.recipe.zone.name());
    }
    command
}
