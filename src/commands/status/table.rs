//! For people.

use std::io::{self, Write};

use super::start;
use crate::commands::context::Context;
use crate::domain::dataset::Dataset;
use crate::domain::format::moment;
use crate::domain::stale::{Cause, Stale};
use crate::domain::text::visible;
use crate::domain::zone::Zone;
use crate::pipeline::overview::Overview;
use crate::settings::Origin;
use crate::store::Store;
use crate::ui::grid::{Cell, Grid};
use crate::ui::text::{counted, grouped};

/// How many stale parameters and open incidents are named.
const NAMED: usize = 10;

/// Writes a dataset's status.
pub(super) fn write(out: &mut impl Write, context: &Context, overview: &Overview, zone: Zone) -> io::Result<()> {
    let time = |hour: i64| moment(start(hour), zone);
    let mut line = |name: &str, text: String| writeln!(out, "{name:<12}{text}");
    let layout = context.store.layout().name();
    line("store", format!("{}, layout {layout} ({})", visible(&context.store.place()), origin(&context.store_from)))?;
    line("dataset", format!("{} ({})", context.dataset, origin(&context.dataset_from)))?;
    let settings = &context.settings.settings;
    let threshold =
        settings.detection.threshold.map(|threshold| format!(", threshold {threshold}")).unwrap_or_default();
    line(
        "settings",
        format!(
            "{}, in the store: {}{threshold}, {} ({})",
            context.settings.number,
            settings.detection.method,
            settings.timezone,
            context.settings.digest.short()
        ),
    )?;
    match &overview.hours {
        None => line("data", "none yet".to_owned())?,
        Some(hours) => {
            let missing = (hours.end - hours.start) as u64 - overview.hours_with_data;
            let gaps = if missing > 0 { format!(", {} without", counted(missing, "hour")) } else { String::new() };
            line("data", format!("{} to {} {}{gaps}", time(hours.start), time(hours.end), zone.name()))?;
            let (objects, bytes) = overview.objects;
            line("", format!("{}, {} kB", counted(objects, "object"), grouped(bytes.div_ceil(1000))))?;
        }
    }
    if let Some(first) = overview.future.first() {
        let count = counted(overview.future.len() as u64, "hour");
        line("future", format!("{count} with records, from {} on: clocks or zones may be wrong", time(*first)))?;
    }
    line("parameters", grouped(overview.parameters.len() as u64))?;
    line(
        "model",
        match overview.models.last() {
            None => "none yet".to_owned(),
            Some(newest) => {
                let facts = &newest.facts;
                format!(
                    "{} of {}, until {}",
                    facts.model_version,
                    grouped(overview.models.len() as u64),
                    time(facts.to)
                )
            }
        },
    )?;
    line(
        "detected",
        match &overview.detected {
            None => "nothing yet".to_owned(),
            Some((covered, version)) => {
                format!("{} to {}, last by model {version}", time(covered.start), time(covered.end))
            }
        },
    )?;
    if let Some(new) = overview.new_hours() {
        line("new", counted((new.end - new.start) as u64, "complete hour"))?;
    }
    let (exceedances, incidents) = overview.alerts;
    line(
        "incidents",
        format!(
            "{} of {}, {} open{}",
            grouped(incidents),
            counted(exceedances, "exceedance"),
            overview.open.len(),
            overview.newest.map(|newest| format!(", newest {}", moment(newest, zone))).unwrap_or_default()
        ),
    )?;
    line(
        "stale",
        match overview.stale.len() {
            0 => "nothing".to_owned(),
            parameters => {
                let hours: usize = overview.stale.iter().map(|(_, stale)| stale.hours.len()).sum();
                format!("{} of {}", counted(hours as u64, "hour"), counted(parameters as u64, "parameter"))
            }
        },
    )?;
    line("unfinished", unfinished(overview))?;
    line("quarantine", counted(overview.quarantined, "record"))?;
    line(
        "runs",
        match overview.runs.last() {
            None => "none".to_owned(),
            Some(last) => {
                format!(
                    "{}, the last: {} at {}",
                    grouped(overview.runs.len() as u64),
                    last.command,
                    moment(last.started, zone)
                )
            }
        },
    )?;
    if !overview.open.is_empty() {
        writeln!(out)?;
        let mut grid = Grid::new(&["open since", "last", "exceedances", "incident", "parameter"]);
        for open in overview.open.iter().take(NAMED) {
            grid.push([
                Cell::from(moment(open.since, zone)),
                moment(open.last, zone).into(),
                open.exceedances.into(),
                open.id.to_string().into(),
                open.parameter.as_str().into(),
            ]);
        }
        grid.write_table(out)?;
    }
    if !overview.stale.is_empty() {
        writeln!(out)?;
        let mut grid = Grid::new(&["stale since", "hours", "because it", "parameter"]);
        for (parameter, Stale { causes, hours }) in overview.stale.iter().take(NAMED) {
            let Some((hour, cause)) = causes.first() else { continue };
            let more = if causes.len() > 1 { format!(", and {} more", causes.len() - 1) } else { String::new() };
            grid.push([
                Cell::from(time(*hour)),
                (hours.len() as u64).into(),
                format!("{}{more}", because(*cause)).into(),
                (&*parameter.name).into(),
            ]);
        }
        grid.write_table(out)?;
    }
    Ok(())
}

/// Writes a line for each dataset.
pub(super) fn write_all(out: &mut impl Write, store: &Store, all: &[(&Dataset, Overview)]) -> io::Result<()> {
    writeln!(out, "{:<12}{}, layout {}", "store", visible(&store.place()), store.layout().name())?;
    writeln!(out, "{:<12}{}", "datasets", all.len())?;
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let mut grid = Grid::new(&["dataset", "data until", "model", "detected until", "open", "stale", "unfinished"]);
    for (dataset, overview) in all {
        let time = |hour: i64| moment(start(hour), Zone::UTC);
        let objects: u64 = overview.unnamed.values().sum();
        grid.push([
            Cell::from(dataset.to_string()),
            overview.hours.as_ref().map(|hours| time(hours.end)).into(),
            overview.models.last().map(|model| model.facts.model_version).into(),
            overview.detected.as_ref().map(|(covered, _)| time(covered.end)).into(),
            (overview.open.len() as u64).into(),
            (overview.stale.len() as u64).into(),
            (objects + overview.claimed.len() as u64).into(),
        ]);
    }
    grid.write_table(out)
}

/// What stopped commands have left.
fn unfinished(overview: &Overview) -> String {
    let mut parts: Vec<String> = overview
        .unnamed
        .iter()
        .map(|(data_type, count)| format!("{} in {}", counted(*count, "object"), data_type.name()))
        .collect();
    parts.extend(overview.claimed.iter().map(|version| format!("model {version} was claimed, but not made")));
    match parts.is_empty() {
        true => "nothing".to_owned(),
        false => {
            format!("{} (of a command that was stopped, or still works; the same again completes it)", parts.join(", "))
        }
    }
}

/// Why an hour is stale, after "because it".
pub(super) fn because(cause: Cause) -> &'static str {
    match cause {
        Cause::Changed => "has other data now",
        Cause::Added => "has got data",
        Cause::Gone => "has lost its data",
        Cause::Broken => "does not follow from the hour before",
    }
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Only => "the only one".to_owned(),
        named => named.to_string(),
    }
}
