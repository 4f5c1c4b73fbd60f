//! Whether hours that were detected already would be detected the same way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::plan::{Plan, frontier};
use crate::commands::context::Context;
use crate::domain::digest::InputDigest;
use crate::domain::interval::DAY;
use crate::domain::measurement::HOUR;
use crate::domain::stale::{Judged, Stale, stale};
use crate::error::{Error, Result};
use crate::pipeline::stored::{Reading, Stored};
use crate::store::codec::rows::figures;
use crate::store::detections::Detected;
use crate::store::layout::DataType;
use crate::store::runs::{self, Run};
use crate::ui::text::counted;

/// How many parameters an error names.
const NAMED: usize = 5;

/// Refuses to go on where the hours that were asked for again are stale.
pub(super) fn refuse_stale(
    plan: &Plan,
    stored: &Stored,
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
        .hint("what was said then stays as it is; to judge it again beside it: trebuchet-ad replay")
        .hint("to go on from where detection has come to, leave out --from"));
    }
    let all = stale_from(plan.again.start, end, stored, completed, context, reading)?;
    if all.is_empty() {
        return Ok(());
    }
    let hours: usize = all.iter().map(|(_, stale)| stale.hours.len()).sum();
    let named = all.iter().take(NAMED).map(|(parameter, stale)| {
        let causes = stale.causes.iter().take(NAMED).map(|(hour, _)| time(*hour)).collect::<Vec<_>>().join(", ");
        let stale = counted(stale.hours.len() as u64, "hour");
        format!("{}: {stale}, since data of {causes} came later", parameter.escape_debug())
    });
    let error = Error::failed(format!(
        "{} of {} are stale: they were judged before all of their data was there",
        counted(hours as u64, "hour"),
        counted(all.len() as u64, "parameter")
    ));
    let error = named.fold(error, Error::hint);
    Err(error
        .hint("what was said then stays as it is; to judge them again beside it: trebuchet-ad replay")
        .hint("to go on from where detection has come to, leave out --from"))
}

/// What is stale between two hours.
fn stale_from(
    start: i64,
    end: i64,
    stored: &Stored,
    completed: &[Run],
    context: &Context,
    reading: Reading,
) -> Result<Vec<(Arc<str>, Stale)>> {
    let store = &context.store;
    let mut judged: BTreeMap<Arc<str>, BTreeMap<i64, Judged>> = BTreeMap::new();
    for (name, used) in runs::visible_of(store, completed, DataType::Hourly)? {
        let within = |date| date + DAY > start * HOUR && date < end * HOUR;
        if name.partition.date.is_some_and(within) {
            let key = name.key();
            for (parameter, row) in figures::read(&key, store.read_verified(&key, &used.sha256)?)? {
                let row = Judged::from(&row);
                judged.entry(parameter).or_default().insert(row.hour, row);
            }
        }
    }
    let mut measured: BTreeMap<Arc<str>, BTreeMap<i64, InputDigest>> = BTreeMap::new();
    for (parameter, hours) in stored.input_digests(start..end, reading)? {
        let all = measured.entry(parameter.name).or_default();
        for (hour, digest) in hours {
            let known = all.entry(hour).or_default();
            *known = known.and(digest);
        }
    }
    let names: BTreeSet<Arc<str>> = judged.keys().chain(measured.keys()).cloned().collect();
    let all = names.into_iter().filter_map(|name| {
        let judged: Vec<Judged> = judged.remove(&name).unwrap_or_default().into_values().collect();
        let measured: Vec<_> = measured.remove(&name).unwrap_or_default().into_iter().collect();
        stale(&(start..end), None, &judged, &measured).map(|stale| (name, stale))
    });
    Ok(all.collect())
}
