//! `ingest list`: the runs of ingest, with what they brought.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::measured_in;
use crate::cli::ingest::ListArgs;
use crate::cli::store::StoreArgs;
use crate::commands::context::Context;
use crate::commands::next::with_store;
use crate::commands::rows;
use crate::domain::hour::Hour;
use crate::error::{ExitStatus, Result};
use crate::settings::Settings;
use crate::store::runs::{self, Run};
use crate::ui::Ui;
use crate::ui::grid::{Cell, Grid};
use crate::ui::text::counted;

/// Runs `ingest list`.
///
/// # Errors
/// When the store can't be read.
pub(super) fn run(args: &ListArgs, place: &StoreArgs, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    let context = Context::open(place, settings)?;
    let (store, zone) = (&context.store, context.settings.settings.zone()?);
    let all = runs::list(store, &context.dataset)?;
    let revoked: BTreeMap<&str, &Run> =
        all.iter().flat_map(|run| run.revokes.iter().map(move |id| (id.as_str(), run))).collect();
    let mut grid =
        Grid::new(&["run", "started", "new", "bad", "first hour", "last hour", "state", "sources", "revoked by"]);
    let ingests = all.iter().rev().filter(|run| run.command == "ingest");
    let mut count = 0;
    for run in ingests.take(args.last.unwrap_or(usize::MAX)) {
        let hours = run.outputs.iter().filter_map(|object| measured_in(store, object));
        let range = hours.fold(None, |range: Option<(Hour, Hour)>, hour| {
            Some(range.map_or((hour, hour), |(first, last)| (first.min(hour), last.max(hour))))
        });
        let day =
            |hour: Hour| Cell::Both(zone.civil(hour.start()).date().to_string(), json!(zone.rfc3339(hour.start())));
        let of = |name: &str| Cell::from(run.counts.get(name).copied().unwrap_or_default());
        let by = revoked.get(run.id.as_str());
        let sources: Vec<&str> = run.inputs.iter().map(|input| input.name.as_str()).collect();
        grid.push([
            run.id.as_str().into(),
            // people find it in the id
            Cell::Both(String::new(), json!(zone.rfc3339(run.started))),
            of("records"),
            of("bad"),
            range.map_or(Cell::Nothing, |range| day(range.0)),
            range.map_or(Cell::Nothing, |range| day(range.1)),
            (if by.is_some() { "revoked" } else { "" }).into(),
            Cell::Both(String::new(), json!(sources)),
            Cell::Both(String::new(), json!(by.map(|run| &run.id))),
        ]);
        count += 1;
    }
    let about: Map<String, Value> = json!({"dataset": context.dataset.to_string(), "timezone": zone.name()})
        .as_object()
        .cloned()
        .unwrap_or_default();
    rows::show(&mut grid, about, "runs", &args.show, settings, ui)?;
    ui.note(counted(count, "run"));
    if count > 0 {
        ui.note(format_args!("to take a mistaken one out of sight: {}", with_store("ingest revoke RUN", place)));
    }
    Ok(ExitStatus::Done)
}
