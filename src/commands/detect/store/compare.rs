//! Whether hours that were detected already would be detected the same way.

use super::plan::Plan;
use crate::commands::context::Context;
use crate::domain::measurement::HOUR;
use crate::error::{Error, Result};
use crate::pipeline::staleness;
use crate::pipeline::store_reader::{Reading, StoreReader};
use crate::store::detections::{Detected, frontier};
use crate::store::runs::Run;
use crate::ui::text::counted;

/// How many parameters an error names.
const NAMED: usize = 5;

/// Refuses to go on where the hours that were asked for again are stale.
pub(super) fn refuse_stale(
    plan: &Plan,
    stored: &StoreReader,
    completed: &[Run],
    detected: &[Detected],
    context: &Context,
    reading: Reading,
) -> Result<()> {
    let (false, Some(end)) = (plan.again.is_empty(), frontier(detected)) else { return Ok(()) };
    let overlapping =
        |detected: &&Detected| detected.facts.to > plan.again.start && detected.facts.from < plan.again.end;
    let zone = context.settings.settings.zone()?;
    let time = |hour: i64| zone.rfc3339(hour * HOUR);
    if let Some(other) =
        detected.iter().filter(overlapping).find(|other| other.run.settings.sha256 != context.settings.digest)
    {
        return Err(Error::failed(format!(
            "from {} to {} it was detected with settings {}, but settings {} are in force now",
            time(other.facts.from),
            time(other.facts.to),
            other.run.settings.number,
            context.settings.number
        ))
        .hint("what was said then stays as it is; to judge it again beside it takes trebuchet-ad replay, which this version does not have yet")
        .hint("to go on from where detection has come to, leave out --from"));
    }
    // from the first hour on: what comes late makes everything after it stale
    let covered = detected.iter().map(|detected| detected.facts.from).min().unwrap_or(end)..end;
    let measured = stored.input_digests(covered.clone(), reading)?;
    let mut all = staleness::of(&context.store, completed, &covered, &measured, reading)?;
    all.retain(|(_, stale)| stale.causes[0].0 < plan.again.end);
    if all.is_empty() {
        return Ok(());
    }
    let hours: usize = all.iter().map(|(_, stale)| stale.hours.len()).sum();
    let named = all.iter().take(NAMED).map(|(parameter, stale)| {
        let causes = stale.causes.iter().take(NAMED).map(|(hour, _)| time(*hour)).collect::<Vec<_>>().join(", ");
        let stale = counted(stale.hours.len() as u64, "hour");
        format!("{}: {stale}, since data of {causes} came later", parameter.name.escape_debug())
    });
    let error = Error::failed(format!(
        "{} of {} are stale: they were judged before all of their data was there",
        counted(hours as u64, "hour"),
        counted(all.len() as u64, "parameter")
    ));
    let error = named.fold(error, Error::hint);
    Err(error
        .hint("what was said then stays as it is; to judge them again beside it takes trebuchet-ad replay, which this version does not have yet")
        .hint("to go on from where detection has come to, leave out --from"))
}
