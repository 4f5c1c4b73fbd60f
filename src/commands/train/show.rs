//! Showing models.

use globset::GlobSet;
use serde_json::{Map, Value, json};

use super::no_such_parameter;
use crate::cli::train::TrainArgs;
use crate::cli::values::ShowArgs;
use crate::commands::context::Context;
use crate::commands::next::with_store;
use crate::domain::format::{DIGITS, number};
use crate::domain::model::{LeftOut, Reason};
use crate::domain::zone::Zone;
use crate::error::{ExitStatus, Result};
use crate::settings::Settings;
use crate::store::codec::rows::model::ParameterSlot;
use crate::store::models::{Facts, Model};
use crate::ui::Ui;
use crate::ui::grid::{Cell, Grid};
use crate::ui::text::{counted, grouped};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// What of a model is shown.
pub(super) struct What {
    /// Which parameters.
    pub wanted: GlobSet,
    /// Whether the hours that were left out.
    pub left_out: bool,
}

/// Lists the models.
pub(super) fn list(
    models: &[Model],
    context: &Context,
    show: &ShowArgs,
    settings: &Settings,
    args: &TrainArgs,
    ui: &Ui,
) -> Result<ExitStatus> {
    let zone = context.settings.settings.zone()?;
    let mut grid = Grid::new(&["model", "from", "to", "parameters", "measurements", "settings", "made"]);
    for Model { facts, run } in models {
        grid.push([
            facts.model_version.into(),
            time(facts.from.start(), zone),
            time(facts.to.start(), zone),
            (facts.parameters.len() as u64).into(),
            facts.parameters.iter().map(|history| history.measurements).sum::<u64>().into(),
            Cell::Both(String::new(), json!(run.settings.number)),
            Cell::Both(date(run.finished, zone), json!(zone.rfc3339(run.finished))),
        ]);
    }
    let about = json!({"dataset": context.dataset.to_string()});
    crate::commands::rows::show(&mut grid, object(about), "models", show, settings, ui)?;
    match models.last() {
        None => {
            ui.note(format_args!("{} has no model yet", context.dataset));
            ui.next(with_store("train", &args.store));
        }
        Some(newest) => {
            let command = format!("train show {}", newest.facts.model_version);
            ui.next(with_store(&command, &args.store));
        }
    }
    Ok(ExitStatus::Done)
}

/// Shows a model.
pub(super) fn run(
    model: &Model,
    context: &Context,
    what: &What,
    show: &ShowArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<ExitStatus> {
    let zone = Zone::parse(&model.facts.timezone).unwrap_or(Zone::UTC);
    let about = about(&model.facts, context);
    if what.wanted.is_empty() && !what.left_out {
        crate::commands::rows::show(&mut histories(&model.facts), about, "parameters", show, settings, ui)?;
        ui.note(sentence(&model.facts, context, zone));
        return Ok(ExitStatus::Done);
    }
    let mut rows = model.baselines(&context.store)?;
    if !what.wanted.is_empty() {
        rows.retain(|(parameter, _)| what.wanted.is_match(&*parameter.name));
        if rows.is_empty() {
            return Err(no_such_parameter(model));
        }
    }
    rows.sort_by(|(a, one), (b, two)| a.cmp(b).then(one.slot.cmp(&two.slot)));
    let (mut grid, name) = if what.left_out { (left_out(&rows, zone), "left_out") } else { (slots(&rows), "slots") };
    crate::commands::rows::show(&mut grid, about, name, show, settings, ui)?;
    if grid.rows.is_empty() {
        ui.note("nothing was left out");
    }
    Ok(ExitStatus::Done)
}

/// How much stands behind each parameter.
pub(super) fn histories(facts: &Facts) -> Grid {
    let mut grid = Grid::new(&["parameter", "measurements", "hours", "weeks", "slots", "incomplete", "outlying"]);
    for history in &facts.parameters {
        grid.push([
            Cell::from(history.parameter.as_str()),
            history.measurements.into(),
            history.hours.into(),
            history.weeks.into(),
            history.slots.into(),
            history.incomplete.into(),
            history.outlying.into(),
        ]);
    }
    grid
}

/// What is said of a model before its rows, for programs.
pub(super) fn about(facts: &Facts, context: &Context) -> Map<String, Value> {
    let zone = Zone::parse(&facts.timezone).unwrap_or(Zone::UTC);
    object(json!({
        "dataset": context.dataset.to_string(),
        "model_version": facts.model_version,
        "from": zone.rfc3339(facts.from.start()),
        "to": zone.rfc3339(facts.to.start()),
        "method": facts.method,
        "timezone": facts.timezone,
        "digest": facts.digest.to_string(),
    }))
}

/// The same, for people.
pub(super) fn sentence(facts: &Facts, context: &Context, zone: Zone) -> String {
    let measurements: u64 = facts.parameters.iter().map(|history| history.measurements).sum();
    format!(
        "model {} of {}: {} of {} from {} to {} ({}), {}",
        facts.model_version,
        context.dataset,
        counted(measurements, "measurement"),
        counted(facts.parameters.len() as u64, "parameter"),
        zone.rfc3339(facts.from.start()),
        zone.rfc3339(facts.to.start()),
        zone.name(),
        facts.method
    )
}

/// An hour of the week: `Mon 08`.
pub(super) fn slot(slot: u8) -> Cell {
    let name = DAYS.get(usize::from(slot) / 24).copied().unwrap_or_default();
    Cell::Both(format!("{name} {:02}", slot % 24), json!(slot))
}

fn slots(rows: &[ParameterSlot]) -> Grid {
    let columns = ["parameter", "slot", "count", "mean", "std_dev", "weeks", "baseline_mean", "weeks_used", "left_out"];
    let mut grid = Grid::new(&columns);
    for (parameter, row) in rows {
        let left_out: Vec<String> = row.left_out.iter().map(LeftOut::to_string).collect();
        grid.push([
            Cell::from(&*parameter.name),
            slot(row.slot),
            row.moments.count().into(),
            row.moments.mean().into(),
            row.moments.std_dev().into(),
            row.weeks.into(),
            row.baseline_mean.into(),
            row.weeks_used.into(),
            Cell::Both(if left_out.is_empty() { String::new() } else { left_out.len().to_string() }, json!(left_out)),
        ]);
    }
    grid
}

fn left_out(rows: &[ParameterSlot], zone: Zone) -> Grid {
    let mut grid = Grid::new(&["parameter", "hour", "reason", "why"]);
    for (parameter, row) in rows {
        for LeftOut { hour, reason } in &row.left_out {
            let (name, why) = match *reason {
                Reason::Incomplete { count, usual } => {
                    ("incomplete", format!("{} measurements, usual are {}", grouped(count), grouped(usual)))
                }
                Reason::Outlying { mean, median, most } => {
                    let [mean, median, most] = [mean, median, most].map(|x| number(x, DIGITS));
                    ("outlying", format!("the week's mean is {mean}, the median of all {median} ± {most}"))
                }
            };
            grid.push([Cell::from(&*parameter.name), time(hour.start(), zone), name.into(), why.into()]);
        }
    }
    grid
}

fn date(time: i64, zone: Zone) -> String {
    zone.rfc3339(time).chars().take("2026-01-31".len()).collect()
}

fn time(time: i64, zone: Zone) -> Cell {
    Cell::Both(crate::domain::format::moment(time, zone), json!(zone.rfc3339(time)))
}

/// The fields of a JSON object.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
