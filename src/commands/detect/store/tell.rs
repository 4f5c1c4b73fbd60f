//! What is said besides the incidents.

use super::plan::{Asked, Begin, Plan};
use crate::cli::detect::DetectArgs;
use crate::commands::next::with_store;
use crate::domain::measurement::HOUR;
use crate::error::Result;
use crate::pipeline::judge::Judge;
use crate::ui::Ui;
use crate::ui::text::counted;

/// Says that everything that was asked for is there.
pub(super) fn nothing_to_do(plan: &Plan, asked: &Asked, judge: &Judge, args: &DetectArgs, ui: &Ui) -> Result<u8> {
    let time = |hour: i64| judge.zone.rfc3339(hour * HOUR);
    if plan.again.is_empty() {
        let come = if plan.begin == Begin::Model { "begins at" } else { "has come to" };
        ui.note(format_args!(
            "nothing to do: detection {come} {}, and history is complete until {}",
            time(plan.hours.start),
            time(asked.complete)
        ));
        let hours = asked.over - asked.complete;
        if hours > 0 {
            ui.note(format_args!("nothing has come for the {} since then", counted(hours as u64, "hour")));
        }
        ui.next(with_store("ingest FILES", &args.store));
    } else {
        ui.note(format_args!(
            "nothing to do: from {} to {} it was detected already, by the same data and settings",
            time(plan.again.start),
            time(plan.again.end)
        ));
        ui.next(with_store("status", &args.store));
    }
    Ok(0)
}
