//! `ingest revoke`: takes mistaken runs out of sight.

use crate::cli::ingest::RevokeArgs;
use crate::cli::store::StoreArgs;
use crate::commands::context::Context;
use crate::commands::next::with_store;
use crate::error::{ExitStatus, Result};
use crate::interrupt;
use crate::pipeline::ingest::revoke::{COMMAND, carry_out, complete, plan};
use crate::settings::Settings;
use crate::store::runs::{self, Run};
use crate::ui::Ui;
use crate::ui::text::counted;

/// Runs `ingest revoke`.
///
/// # Errors
/// When there is no such run, or the store can't be written.
pub(super) fn run(args: &RevokeArgs, place: &StoreArgs, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    let stop = interrupt::listen()?;
    let Context { store, dataset, settings: stored, .. } = Context::open(place, settings)?;
    let all = runs::list(&store, &dataset)?;
    if !args.dry_run {
        store.objects().sweep()?;
        complete(&store, &all)?;
    }
    let plan = plan(&all, &args.runs)?;
    let (moved, kept) = (plan.moved.len() as u64, plan.kept.len() as u64);
    if !args.dry_run {
        let arguments = plan.runs.clone();
        let run = Run::begin(settings.clock, COMMAND, arguments, &dataset, stored.used());
        carry_out(&store, run, &plan, settings.clock, stop)?;
    }
    let verb = if args.dry_run { "would go" } else { "went" };
    ui.note(format_args!("{} {verb} out of sight, to superseded/", counted(moved, "object")));
    if kept > 0 {
        let by: Vec<&str> = plan.needed_by.iter().map(String::as_str).collect();
        ui.warn(format_args!(
            "{} {} in sight with all records, since other runs found records of theirs there: {}",
            counted(kept, "object"),
            if args.dry_run { "would stay" } else { "stay" },
            by.join(", ")
        ));
        ui.note("to be rid of them too, revoke those runs as well, and ingest their files again");
    }
    ui.next(with_store("status", place));
    Ok(ExitStatus::Done)
}
