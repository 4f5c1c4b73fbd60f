//! What changed from one model to another.

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobSet;
use serde_json::json;

use super::no_such_parameter;
use super::show::{object, slot};
use crate::cli::values::ShowArgs;
use crate::commands::context::Context;
use crate::domain::model::{Change, Slot, diff};
use crate::domain::parameters::Parameter;
use crate::error::{ExitStatus, Result};
use crate::settings::Settings;
use crate::store::models::Model;
use crate::ui::Ui;
use crate::ui::grid::{Cell, Grid};
use crate::ui::text::counted;

/// The slots of each parameter, in order.
type Slots = BTreeMap<Parameter, Vec<Slot>>;

/// Shows it.
pub(super) fn run(
    [before, after]: [&Model; 2],
    context: &Context,
    wanted: &GlobSet,
    show: &ShowArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<ExitStatus> {
    let (old, new) = (slots(before, context, wanted)?, slots(after, context, wanted)?);
    let names: BTreeSet<&Parameter> = old.keys().chain(new.keys()).collect();
    if names.is_empty() {
        return Err(no_such_parameter(after));
    }
    let mut changes: Vec<(&str, Change)> = Vec::new();
    for name in &names {
        let (old, new) = (old.get(*name).map_or(&[][..], Vec::as_slice), new.get(*name).map_or(&[][..], Vec::as_slice));
        changes.extend(diff(old, new).into_iter().map(|change| (&*name.name, change)));
    }
    // what came or went has no size, and comes last
    let size = |change: &Change| change.rise_in_std_devs().map_or(-1.0, f64::abs);
    changes.sort_by(|(_, a), (_, b)| size(b).total_cmp(&size(a)));
    let columns = ["parameter", "slot", "before", "after", "rise", "in std_devs", "weeks before", "weeks after"];
    let mut grid = Grid::new(&columns);
    for (parameter, change) in &changes {
        let mean = |slot: Option<&Slot>| Cell::from(slot.map(|slot| slot.baseline_mean));
        let weeks = |slot: Option<&Slot>| Cell::from(slot.map(|slot| slot.weeks_used));
        grid.push([
            Cell::from(*parameter),
            slot(change.slot),
            mean(change.before),
            mean(change.after),
            change.rise().into(),
            change.rise_in_std_devs().into(),
            weeks(change.before),
            weeks(change.after),
        ]);
    }
    let versions = [before, after].map(|model| model.facts.model_version);
    let about = json!({"dataset": context.dataset.to_string(), "before": versions[0], "after": versions[1]});
    crate::commands::rows::show(&mut grid, object(about), "changes", show, settings, ui)?;
    let of = counted(names.len() as u64, "parameter");
    ui.note(match changes.len() as u64 {
        0 => format!("the baselines of models {} and {} are the same ({of})", versions[0], versions[1]),
        count => format!("{} from model {} to {} ({of})", counted(count, "changed slot"), versions[0], versions[1]),
    });
    Ok(ExitStatus::Done)
}

fn slots(model: &Model, context: &Context, wanted: &GlobSet) -> Result<Slots> {
    let mut slots = Slots::new();
    for (parameter, slot) in model.baselines(&context.store)? {
        if wanted.is_empty() || wanted.is_match(&*parameter.name) {
            slots.entry(parameter).or_default().push(slot);
        }
    }
    Ok(slots)
}
