//! For people.

use std::io::{self, Write};

use super::start;
use crate::commands::context::Context;
use crate::domain::dataset::Dataset;
use crate::domain::format::moment;
use crate::domain::hour::{self, Hour};
use crate::domain::stale::{Cause, Stale};
use crate::domain::text::visible;
use crate::domain::zone::Zone;
use crate::pipeline::overview::Overview;
use crate::settings::Origin;
use crate::store::Store;
use crate::store::settings::StoredSettings;
use crate::ui::grid::{Cell, Grid};
use crate::ui::text::{counted, grouped};

/// How many stale parameters and open incidents are named.
const NAMED: usize = 10;

/// Writes a dataset's status: facts, one a line, then what is open and what is stale.
pub(super) fn write(out: &mut impl Write, context: &Context, overview: &Overview, zone: Zone) -> io::Result<()> {
    for (name, text) in facts(context, overview, zone) {
        writeln!(out, "{name:<12}{text}")?;
    }
    if !overview.open.is_empty() {
        writeln!(out)?;
        open_incidents(overview, zone).write_table(out)?;
    }
    if !overview.stale.is_empty() {
        writeln!(out)?;
        stale_parameters(overview, zone).write_table(out)?;
    }
    Ok(())
}

/// The facts, each with its name.
fn facts(context: &Context, overview: &Overview, zone: Zone) -> Vec<(&'static str, String)> {
    let layout = context.store.layout().name();
    let store = format!("{}, layout {layout} ({})", visible(&context.store.place()), origin(&context.store_from));
    let dataset = format!("{} ({})", context.dataset, origin(&context.dataset_from));
    let mut facts = vec![("store", store), ("dataset", dataset), ("settings", settings(context))];
    facts.extend(data(overview, zone));
    facts.push(("parameters", grouped(overview.parameters.len() as u64)));
    facts.push(("model", newest_model(overview, zone)));
    facts.push(("detected", detected(overview, zone)));
    if let Some(new) = overview.new_hours() {
        facts.push(("new", counted(hour::count(&new), "complete hour")));
    }
    facts.push(("incidents", incidents(overview, zone)));
    facts.push(("stale", stale(overview)));
    facts.push(("unfinished", unfinished(overview)));
    facts.push(("quarantine", counted(overview.quarantined, "record")));
    facts.push(("runs", runs(overview, zone)));
    facts
}

fn time(hour: Hour, zone: Zone) -> String {
    moment(start(hour), zone)
}

fn settings(context: &Context) -> String {
    let StoredSettings { number, settings, digest } = &context.settings;
    let threshold =
        settings.detection.threshold.map(|threshold| format!(", threshold {threshold}")).unwrap_or_default();
    format!(
        "{number}, in the store: {}{threshold}, {} ({})",
        settings.detection.method,
        settings.timezone,
        digest.short()
    )
}

fn data(overview: &Overview, zone: Zone) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    match &overview.hours {
        None => facts.push(("data", "none yet".to_owned())),
        Some(hours) => {
            let missing = hour::count(hours) - overview.hours_with_data;
            let gaps = if missing > 0 { format!(", {} without", counted(missing, "hour")) } else { String::new() };
            let (first, end) = (time(hours.start, zone), time(hours.end, zone));
            facts.push(("data", format!("{first} to {end} {}{gaps}", zone.name())));
            let (objects, bytes) = overview.objects;
            facts.push(("", format!("{}, {} kB", counted(objects, "object"), grouped(bytes.div_ceil(1000)))));
        }
    }
    if let Some(first) = overview.future.first() {
        let count = counted(overview.future.len() as u64, "hour");
        let first = time(*first, zone);
        facts.push(("future", format!("{count} with records, from {first} on: clocks or zones may be wrong")));
    }
    facts
}

fn newest_model(overview: &Overview, zone: Zone) -> String {
    let Some(newest) = overview.models.last() else { return "none yet".to_owned() };
    let (version, models) = (newest.facts.model_version, grouped(overview.models.len() as u64));
    format!("{version} of {models}, until {}", time(newest.facts.to, zone))
}

fn detected(overview: &Overview, zone: Zone) -> String {
    let Some((covered, version)) = &overview.detected else { return "nothing yet".to_owned() };
    format!("{} to {}, last by model {version}", time(covered.start, zone), time(covered.end, zone))
}

fn incidents(overview: &Overview, zone: Zone) -> String {
    let (exceedances, incidents) = overview.alerts;
    let newest = overview.newest.map(|newest| format!(", newest {}", moment(newest, zone))).unwrap_or_default();
    format!("{} of {}, {} open{newest}", grouped(incidents), counted(exceedances, "exceedance"), overview.open.len())
}

fn stale(overview: &Overview) -> String {
    if overview.stale.is_empty() {
        return "nothing".to_owned();
    }
    let hours: usize = overview.stale.iter().map(|(_, stale)| stale.hours.len()).sum();
    format!("{} of {}", counted(hours as u64, "hour"), counted(overview.stale.len() as u64, "parameter"))
}

fn runs(overview: &Overview, zone: Zone) -> String {
    let Some(last) = overview.runs.last() else { return "none".to_owned() };
    let runs = grouped(overview.runs.len() as u64);
    format!("{runs}, the last: {} at {}", last.command, moment(last.started, zone))
}

fn open_incidents(overview: &Overview, zone: Zone) -> Grid {
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
    grid
}

fn stale_parameters(overview: &Overview, zone: Zone) -> Grid {
    let mut grid = Grid::new(&["stale since", "hours", "because it", "parameter"]);
    for (parameter, Stale { causes, hours }) in overview.stale.iter().take(NAMED) {
        let Some((hour, cause)) = causes.first() else { continue };
        let more = if causes.len() > 1 { format!(", and {} more", causes.len() - 1) } else { String::new() };
        grid.push([
            Cell::from(time(*hour, zone)),
            (hours.len() as u64).into(),
            format!("{}{more}", because(*cause)).into(),
            (&*parameter.name).into(),
        ]);
    }
    grid
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
        let time = |hour: Hour| time(hour, Zone::UTC);
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
