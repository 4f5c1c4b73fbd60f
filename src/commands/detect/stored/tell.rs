//! What is said besides the incidents.

use std::collections::BTreeSet;

use super::plan::{Asked, Plan};
use crate::cli::detect::DetectArgs;
use crate::commands::next::with_store;
use crate::domain::measurement::HOUR;
use crate::domain::zone::Zone;
use crate::error::Result;
use crate::pipeline::judge::Judge;
use crate::pipeline::stored::Stored;
use crate::store::detections::{Detected, frontier};
use crate::ui::Ui;
use crate::ui::text::counted;

/// Says that data have come for hours that were detected before.
pub(super) fn warn_of_late(stored: &Stored, detected: &[Detected], zone: Zone, ui: &Ui) {
    let (Some(first), Some(end)) = (detected.iter().map(|detected| detected.facts.from).min(), frontier(detected))
    else {
        return;
    };
    let seen: BTreeSet<&str> =
        detected.iter().flat_map(|detected| &detected.run.inputs).map(|object| object.name.as_str()).collect();
    let late = |hour: &i64| stored.objects(*hour..*hour + 1).any(|object| !seen.contains(object.name.as_str()));
    let hours: Vec<i64> = stored.hours().filter(|hour| (first..end).contains(hour)).filter(late).collect();
    if let Some(hour) = hours.first() {
        let time = zone.rfc3339(hour * HOUR);
        ui.warn(format_args!(
            "data came late for {} from {time} on: what was detected there and later, of their parameters, is stale",
            counted(hours.len() as u64, "hour")
        ));
    }
}

/// Says that everything that was asked for is there.
pub(super) fn nothing_to_do(plan: &Plan, asked: &Asked, judge: &Judge, args: &DetectArgs, ui: &Ui) -> Result<u8> {
    let time = |hour: i64| judge.zone.rfc3339(hour * HOUR);
    if plan.again.is_empty() {
        ui.note(format_args!(
            "nothing to do: detection has come to {}, and history is complete until {}",
            time(plan.hours.start),
            time(asked.complete)
        ));
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
