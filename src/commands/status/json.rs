//! For programs.

use std::io::{self, Write};

use crate::domain::hour::Hour;
use serde_json::{Value, json};

use super::start;
use crate::commands::context::Context;
use crate::domain::dataset::Dataset;
use crate::domain::measurement::Aggregation;
use crate::domain::stale::Cause;
use crate::domain::zone::Zone;
use crate::pipeline::overview::Overview;
use crate::store::Store;

/// The format of the documents.
pub(super) const FORMAT: u32 = 1;

/// Writes a dataset's status.
pub(super) fn write(out: &mut impl Write, context: &Context, overview: &Overview) -> io::Result<()> {
    let settings = &context.settings;
    let mut value = dataset(&context.dataset, overview);
    value["format_version"] = json!(FORMAT);
    value["store"] = store(&context.store);
    value["store"]["named_by"] = json!(context.store_from.to_string());
    value["named_by"] = json!(context.dataset_from.to_string());
    value["settings"] = json!({
        "number": settings.number,
        "sha256": settings.digest.to_string(),
        "content": settings.settings,
    });
    line(out, &value)
}

/// Writes the status of all datasets.
pub(super) fn write_all(out: &mut impl Write, all: &Store, overviews: &[(&Dataset, Overview)]) -> io::Result<()> {
    let datasets: Vec<Value> = overviews.iter().map(|(name, overview)| dataset(name, overview)).collect();
    line(out, &json!({"format_version": FORMAT, "store": store(all), "datasets": datasets}))
}

/// Writes a document.
pub(super) fn line(out: &mut impl Write, value: &Value) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

fn store(store: &Store) -> Value {
    json!({"place": store.place(), "layout": store.layout().name()})
}

fn dataset(dataset: &Dataset, overview: &Overview) -> Value {
    let time = |hour: Hour| Zone::UTC.rfc3339(start(hour));
    let parameters = overview.parameters.iter().map(|(parameter, hours, count)| {
        json!({
            "parameter": &*parameter.name,
            "counted": parameter.aggregation == Aggregation::Count,
            "from": time(hours.start),
            "to": time(hours.end),
            "hours": count,
        })
    });
    let models = overview.models.iter().map(|model| {
        let facts = &model.facts;
        json!({"model": facts.model_version, "from": time(facts.from), "to": time(facts.to), "run": model.run.id})
    });
    let stale = overview.stale.iter().map(|(parameter, stale)| {
        let causes = stale.causes.iter().map(|(hour, cause)| json!({"hour": time(*hour), "cause": name(*cause)}));
        json!({
            "parameter": &*parameter.name,
            "counted": parameter.aggregation == Aggregation::Count,
            "causes": causes.collect::<Vec<_>>(),
            "hours": stale.hours.iter().map(|hour| time(*hour)).collect::<Vec<_>>(),
        })
    });
    let open = overview.open.iter().map(|open| {
        json!({
            "incident": open.id.to_string(),
            "parameter": open.parameter,
            "since": Zone::UTC.rfc3339(open.since),
            "last": Zone::UTC.rfc3339(open.last),
            "exceedances": open.exceedances,
            "text": open.text,
        })
    });
    let unnamed = overview.unnamed.iter().map(|(data_type, count)| (data_type.name(), count));
    json!({
        "dataset": dataset.to_string(),
        "data": overview.hours.as_ref().map(|hours| json!({
            "from": time(hours.start),
            "to": time(hours.end),
            "complete_until": overview.complete_until.map(time),
            "hours": overview.hours_with_data,
            "objects": overview.objects.0,
            "bytes": overview.objects.1,
        })),
        "future_hours": overview.future.len(),
        "parameters": parameters.collect::<Vec<_>>(),
        "models": models.collect::<Vec<_>>(),
        "detected": overview.detected.as_ref().map(|(covered, version)| json!({
            "from": time(covered.start), "to": time(covered.end), "model": version,
        })),
        "new_hours": overview.new_hours().map(|hours| hours.end - hours.start),
        "exceedances": overview.alerts.0,
        "incidents": overview.alerts.1,
        "newest_incident": overview.newest.map(|newest| Zone::UTC.rfc3339(newest)),
        "open_incidents": open.collect::<Vec<_>>(),
        "stale": stale.collect::<Vec<_>>(),
        "unfinished": {"objects": unnamed.collect::<std::collections::BTreeMap<_, _>>(), "models": overview.claimed},
        "quarantined": overview.quarantined,
        "runs": overview.runs.len(),
    })
}

fn name(cause: Cause) -> &'static str {
    match cause {
        Cause::Changed => "changed",
        Cause::Added => "added",
        Cause::Gone => "gone",
        Cause::Broken => "broken",
    }
}
