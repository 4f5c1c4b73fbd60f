//! `detect list`: the incidents of a store as they were recorded.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Range;

use serde_json::{Map, Value, json};

use crate::cli::detect::{ListArgs, SeverityArg};
use crate::cli::moment::{Moment, RangeArgs};
use crate::cli::store::StoreArgs;
use crate::cli::values::Format;
use crate::commands::context::Context;
use crate::commands::next::with_store;
use crate::commands::{reading, rows};
use crate::domain::alert::Side;
use crate::domain::format::{duration, moment};
use crate::domain::hour::Hour;
use crate::domain::identity::Id;
use crate::domain::measurement::Aggregation;
use crate::domain::severity::Level;
use crate::domain::text::visible;
use crate::domain::zone::Zone;
use crate::error::{Error, ExitStatus, Result};
use crate::interrupt;
use crate::pipeline::overview::lasting;
use crate::pipeline::recorded::{self, RecordedIncident};
use crate::pipeline::store_reader::Reading;
use crate::settings::Settings;
use crate::store::{detections, runs};
use crate::ui::Ui;
use crate::ui::grid::{Cell, Grid};
use crate::ui::sink::Sink;
use crate::ui::text::{counted, wrapped};

/// The columns. Most are for programs: for people the text has a line of its own.
const COLUMNS: [&str; 15] = [
    "incident",
    "since",
    "lasted",
    "state",
    "severity",
    "exceedances",
    "parameter",
    "last",
    "score",
    "aggregation",
    "kind",
    "side",
    "value",
    "model",
    "text",
];

/// Runs `detect list`.
///
/// # Errors
/// When a flag makes no sense, or the store can't be read.
pub(super) fn run(args: &ListArgs, place: &StoreArgs, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    let context = Context::open(place, settings)?;
    let (store, dataset) = (&context.store, &context.dataset);
    let zone = context.settings.settings.zone()?;
    let wanted = reading::parameters(&args.parameter)?;
    let hours = hours(args, zone, settings)?;
    let runs = runs::list(store, dataset)?;
    let reading = Reading { threads: settings.threads, stop: interrupt::listen()?, progress: &|_| {} };
    let alerts = match &hours {
        None => recorded::alerts(store, &runs, reading)?,
        Some(hours) => recorded::alerts_in(store, &runs, hours, reading)?,
    };
    let detected = detections::list(&runs)?;
    let open = match detections::frontier(&detected) {
        Some(frontier) => lasting(store, dataset, &detected, frontier)?,
        None => BTreeSet::new(),
    };
    let mut incidents = recorded::incidents(&alerts);
    incidents.retain(|incident| {
        (wanted.is_empty() || wanted.is_match(&incident.parameter))
            && args.severity.is_none_or(|least| level(incident.severity.level()) >= least)
            && (!args.open || open.contains(&incident.id))
    });
    incidents.reverse();

    let format = rows::format(&args.show, settings);
    let mut grid = grid(&incidents, &open, zone, format == Format::Table);
    if format == Format::Table {
        let output = args.show.output.clone().unwrap_or_else(|| "-".into());
        let mut sink = Sink::create(&output, &settings.access)?;
        table(&mut sink, &grid, &incidents, ui.width()).map_err(|cause| sink.failed(&cause))?;
        sink.finish()?;
    } else {
        let time = |hour: Hour| zone.rfc3339(hour.start());
        let about = json!({
            "schema": "trebuchet-ad/incidents",
            "dataset": dataset.to_string(),
            "timezone": zone.name(),
            "from": hours.as_ref().map(|hours| time(hours.start)),
            "to": hours.as_ref().map(|hours| time(hours.end)),
            "detected_until": detections::frontier(&detected).map(time),
        });
        let about: Map<String, Value> = about.as_object().cloned().unwrap_or_default();
        rows::show(&mut grid, about, "incidents", &args.show, settings, ui)?;
    }
    let going_on = incidents.iter().filter(|incident| open.contains(&incident.id)).count();
    let count = counted(incidents.len() as u64, "incident");
    if let Some(frontier) = detections::frontier(&detected) {
        let come = moment(frontier.start(), zone);
        ui.note(format_args!("{count}, {going_on} open; detection has come to {come} {}", zone.name()));
    } else {
        ui.note("nothing has been detected in this dataset yet");
        ui.next(with_store("detect", place));
    }
    Ok(ExitStatus::Done)
}

/// The hours that were asked for; `None` for all.
fn hours(args: &ListArgs, zone: Zone, settings: &Settings) -> Result<Option<Range<Hour>>> {
    let now = settings.clock.now();
    let range = match args.last {
        None => args.range,
        Some(ago @ Moment::Ago(_)) => RangeArgs { from: Some(ago), to: None },
        Some(_) => {
            return Err(Error::usage("--last is a duration").hint("such as 24h or 7d; --from and --to take times"));
        }
    };
    let (from, to) = range.hours(zone, now)?;
    Ok((!range.is_empty())
        .then(|| from.unwrap_or(Hour::new(i64::from(i32::MIN)))..to.unwrap_or(Hour::new(i64::from(i32::MAX)))))
}

fn level(level: Level) -> SeverityArg {
    match level {
        Level::Low => SeverityArg::Low,
        Level::Medium => SeverityArg::Medium,
        Level::High => SeverityArg::High,
        Level::Critical => SeverityArg::Critical,
    }
}

fn grid(incidents: &[RecordedIncident], open: &BTreeSet<Id>, zone: Zone, for_people: bool) -> Grid {
    let mut grid = Grid::new(&COLUMNS);
    let programs = |value: Value| Cell::Both(String::new(), value);
    for incident in incidents {
        // the onset of a silence is computed: its milliseconds say nothing
        let onset = if incident.value.is_some() { incident.since } else { incident.since.div_euclid(1000) * 1000 };
        let lasted = match incident.last - incident.since {
            0 if incident.value.is_some() => "1 value".to_owned(),
            0 => "at once".to_owned(),
            lasted => duration(lasted),
        };
        let id = if for_people { incident.id.short() } else { incident.id.to_string() };
        grid.push([
            id.into(),
            Cell::Both(moment(onset, zone), json!(zone.rfc3339(incident.since))),
            Cell::Both(lasted, json!((incident.last - incident.since) as f64 / 1000.0)),
            (if open.contains(&incident.id) { "open" } else { "ended" }).into(),
            Cell::Both(
                format!("{} {:.1}", incident.severity.level().name(), incident.severity.score()),
                json!(incident.severity.level().name()),
            ),
            Cell::Both(String::new(), json!(incident.exceedances)),
            incident.parameter.as_str().into(),
            programs(json!(zone.rfc3339(incident.last))),
            programs(json!(incident.severity.score())),
            programs(json!(if incident.aggregation == Aggregation::Count { "count" } else { "none" })),
            programs(json!(incident.kind.name())),
            programs(json!(incident.side.map(Side::name))),
            programs(json!(incident.value)),
            programs(json!(incident.model_version)),
            programs(json!(incident.text)),
        ]);
    }
    grid
}

/// Two lines an incident: what it is, and what was said when it began.
fn table(out: &mut impl Write, grid: &Grid, incidents: &[RecordedIncident], width: Option<usize>) -> io::Result<()> {
    let mut lines = Vec::new();
    grid.write_table(&mut lines)?;
    let lines = String::from_utf8_lossy(&lines).into_owned();
    let lines: Vec<&str> = lines.lines().collect();
    let (head, rows) = lines.split_at(lines.len().saturating_sub(incidents.len()));
    head.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    for (line, incident) in rows.iter().zip(incidents) {
        writeln!(out, "{line}")?;
        let text = wrapped(&visible(&incident.text), width.map(|width| width.saturating_sub(2)));
        text.lines().try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    Ok(())
}
