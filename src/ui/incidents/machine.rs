//! Incidents for other programs: JSON, NDJSON and CSV.
//!
//! The structure is versioned: fields are only ever added within a version. Since version 2 incidents have an `id`, and
//! those of a store say `dataset` where those of files say `file`, and what is news: `state` (`new`, `open`, `ended`) and
//! whether it `goes_on`; a store has no number of `files`. Times are RFC 3339 in the zone of the
//! report; numbers are exact; limits are null where no value would have passed. A silence has no value, nor has a
//! change of level: its value, what was expected, limits and tier are null. Incidents come worst first.

use std::io::{self, Write};

use serde::Serialize;

use super::{BudgetReport, Comparison, Report, ShownIncident, Source};
use crate::domain::alert::Side;
use crate::domain::explanation::{Wording, of_incident};
use crate::domain::incident::{self, Exceedance, TakenOver};
use crate::domain::measurement::Aggregation;
use crate::domain::text::csv_field;
use crate::domain::zone::Zone;
use crate::source::Reason;

/// The name of the structure.
const SCHEMA: &str = "trebuchet-ad/detect";

/// The version of the structure.
const VERSION: u32 = 2;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    version: u32,
    tool_version: &'static str,
    method: &'static str,
    threshold: f64,
    timezone: &'static str,
    summary: SummaryView,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<BudgetView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluation: Option<EvaluationView<'a>>,
    incidents: Vec<IncidentView<'a>>,
}

#[derive(Serialize)]
struct SummaryView {
    measurements: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<u64>,
    series: u64,
    series_still_learning: u64,
    from: Option<String>,
    to: Option<String>,
    exceedances: u64,
    incidents: usize,
    skipped: std::collections::BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct BudgetView<'a> {
    incidents: f64,
    period: &'static str,
    series: Vec<AllottedView<'a>>,
}

#[derive(Serialize)]
struct AllottedView<'a> {
    file: &'a str,
    parameter: &'a str,
    aggregation: &'static str,
    threshold: f64,
    enough_history: bool,
    judged_seconds: f64,
    incidents: u64,
    realised: Option<f64>,
}

#[derive(Serialize)]
struct IncidentView<'a> {
    id: String,
    /// Of a store: what there is to say of it, and whether it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goes_on: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset: Option<&'a str>,
    parameter: &'a str,
    aggregation: &'static str,
    kind: &'static str,
    start: String,
    end: String,
    duration_seconds: f64,
    exceedances: u64,
    severity: f64,
    severity_level: &'static str,
    direction: Option<&'static str>,
    #[serde(flatten)]
    alert: PointView,
    text: String,
    peak: PeakView,
    threshold: f64,
    shift: Option<ShiftView>,
}

/// A change of level that was taken over.
#[derive(Serialize)]
struct ShiftView {
    since: String,
    taken_over: String,
    size: f64,
    usual: f64,
    returned: bool,
    back: Option<String>,
}

/// A value with all that decided.
#[derive(Serialize)]
struct PointView {
    value: Option<f64>,
    expected: Option<f64>,
    lower_limit: Option<f64>,
    upper_limit: Option<f64>,
    surprise: f64,
    channel: Option<&'static str>,
    quantity: Option<f64>,
    usual: Option<f64>,
    usual_std: Option<f64>,
    tier: Option<&'static str>,
}

#[derive(Serialize)]
struct PeakView {
    time: String,
    #[serde(flatten)]
    point: PointView,
}

#[derive(Serialize)]
struct EvaluationView<'a> {
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<f64>,
    series: usize,
    incidents: usize,
    true_incidents: usize,
    windows: usize,
    found_windows: usize,
    false_incidents_per_day_and_series: Option<f64>,
    mean_delay_seconds: Option<f64>,
    missed: Vec<MissedView<'a>>,
}

#[derive(Serialize)]
struct MissedView<'a> {
    series: &'a str,
    kind: Option<&'a str>,
    start: String,
    end: String,
}

/// Writes the report as one JSON document.
///
/// # Errors
/// Those of the writer.
pub fn write_json(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let summary = &report.summary;
    let time = |time| report.zone.rfc3339(time);
    let document = Document {
        schema: SCHEMA,
        version: VERSION,
        tool_version: env!("CARGO_PKG_VERSION"),
        method: report.method.id(),
        threshold: report.threshold,
        timezone: report.zone.name(),
        summary: SummaryView {
            measurements: summary.measurements,
            files: (report.source == Source::File).then_some(summary.files),
            series: summary.series,
            series_still_learning: summary.learning,
            from: summary.range.map(|range| time(range.0)),
            to: summary.range.map(|range| time(range.1)),
            exceedances: summary.exceedances,
            incidents: report.incidents.len(),
            skipped: summary.skipped.iter().map(|(reason, count)| (reason_name(*reason), *count)).collect(),
        },
        budget: report.budget.as_ref().map(budget_view),
        evaluation: report.evaluation.as_ref().map(|evaluation| evaluation_view(evaluation, report.zone)),
        incidents: report.incidents.iter().map(|shown| view(shown, report)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Writes each incident as a JSON object on a line of its own.
///
/// # Errors
/// Those of the writer.
pub fn write_ndjson(out: &mut impl Write, report: &Report) -> io::Result<()> {
    for shown in &report.incidents {
        serde_json::to_writer(&mut *out, &view(shown, report))?;
        writeln!(out)?;
    }
    Ok(())
}

/// Writes each incident as a row of a CSV file.
///
/// # Errors
/// Those of the writer.
pub fn write_csv(out: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(
        out,
        "{},parameter,aggregation,start,end,duration_seconds,exceedances,severity,severity_level,direction,value,expected,\
         lower_limit,upper_limit,surprise,channel,quantity,usual,usual_std,text,peak_time,peak_value,peak_surprise,\
         kind,tier,threshold,shift_since,shift_size,shift_usual,shift_returned,shift_back,id{}",
        match report.source {
            Source::File => "file",
            Source::Dataset => "dataset",
        },
        if report.source == Source::Dataset { ",state,goes_on" } else { "" }
    )?;
    let optional = |x: Option<f64>| x.map_or_else(String::new, |x| format!("{x:?}"));
    for shown in &report.incidents {
        let view = view(shown, report);
        let (alert, peak, shift) = (&view.alert, &view.peak, view.shift.as_ref());
        let fields = [
            csv_field(&shown.source),
            csv_field(view.parameter),
            view.aggregation.to_owned(),
            view.start,
            view.end,
            format!("{:?}", view.duration_seconds),
            view.exceedances.to_string(),
            format!("{:?}", view.severity),
            view.severity_level.to_owned(),
            view.direction.unwrap_or_default().to_owned(),
            optional(alert.value),
            optional(alert.expected),
            optional(alert.lower_limit),
            optional(alert.upper_limit),
            format!("{:?}", alert.surprise),
            alert.channel.unwrap_or_default().to_owned(),
            optional(alert.quantity),
            optional(alert.usual),
            optional(alert.usual_std),
            csv_field(&view.text),
            peak.time.clone(),
            optional(peak.point.value),
            format!("{:?}", peak.point.surprise),
            view.kind.to_owned(),
            alert.tier.unwrap_or_default().to_owned(),
            format!("{:?}", view.threshold),
            shift.map_or_else(String::new, |shift| shift.since.clone()),
            optional(shift.map(|shift| shift.size)),
            optional(shift.map(|shift| shift.usual)),
            shift.map_or_else(String::new, |shift| shift.returned.to_string()),
            shift.and_then(|shift| shift.back.clone()).unwrap_or_default(),
            view.id,
        ];
        let news = shown.news.map_or_else(String::new, |(news, goes_on)| format!(",{},{goes_on}", news.name()));
        writeln!(out, "{}{news}", fields.join(","))?;
    }
    Ok(())
}

fn view<'a>(shown: &'a ShownIncident, report: &Report) -> IncidentView<'a> {
    let (incident, zone) = (&shown.incident, report.zone);
    IncidentView {
        id: incident.id.to_string(),
        state: shown.news.map(|(news, _)| news.name()),
        goes_on: shown.news.map(|(_, goes_on)| goes_on),
        file: (report.source == Source::File).then_some(&*shown.source),
        dataset: (report.source == Source::Dataset).then_some(&*shown.source),
        parameter: &shown.parameter,
        aggregation: aggregation_name(shown.aggregation),
        kind: incident.kind.name(),
        start: zone.rfc3339(incident.alert.time),
        end: zone.rfc3339(incident.end),
        duration_seconds: incident.duration() as f64 / 1000.0,
        exceedances: incident.exceedances,
        severity: shown.severity.score(),
        severity_level: shown.severity.level().name(),
        direction: Side::of(&incident.alert).map(Side::name),
        alert: point(&incident.alert),
        text: of_incident(incident, Wording::Full, zone),
        peak: PeakView { time: zone.rfc3339(incident.peak.time), point: point(&incident.peak) },
        threshold: shown.threshold,
        shift: incident.shift.map(|TakenOver { time, shift, back }| ShiftView {
            since: zone.rfc3339(shift.since.start()),
            taken_over: zone.rfc3339(time),
            size: shift.size,
            usual: shift.usual,
            returned: shift.returned,
            back: back.map(|time| zone.rfc3339(time)),
        }),
    }
}

fn aggregation_name(aggregation: Aggregation) -> &'static str {
    match aggregation {
        Aggregation::None => "none",
        Aggregation::Count => "count",
    }
}

fn point(exceedance: &Exceedance) -> PointView {
    let verdict = &exceedance.verdict;
    let ends = verdict.limits.ends();
    let nothing = PointView {
        value: None,
        expected: None,
        lower_limit: None,
        upper_limit: None,
        surprise: verdict.surprise,
        channel: None,
        quantity: None,
        usual: None,
        usual_std: None,
        tier: None,
    };
    match exceedance.finding {
        incident::Finding::Silence(silence) => {
            let seconds = |hours: f64| Some(hours * 3600.0);
            let gap = Some((silence.onset - silence.since) as f64 / 1000.0);
            PointView { quantity: gap, usual: seconds(silence.usual), usual_std: seconds(silence.usual_std), ..nothing }
        }
        incident::Finding::LevelShift(shift) => {
            PointView { quantity: Some(shift.size), usual: Some(shift.usual), ..nothing }
        }
        incident::Finding::Value(value) => PointView {
            value: Some(value),
            expected: Some(verdict.expected),
            lower_limit: ends.map(|ends| ends.0),
            upper_limit: ends.map(|ends| ends.1),
            channel: verdict.deciding.map(|deciding| deciding.channel.name()),
            quantity: verdict.deciding.map(|deciding| deciding.quantity),
            usual: verdict.deciding.map(|deciding| deciding.usual),
            usual_std: verdict.deciding.map(|deciding| deciding.usual_std),
            tier: Some(verdict.tier.name()),
            ..nothing
        },
    }
}

fn budget_view(report: &BudgetReport) -> BudgetView<'_> {
    let series = report.series.iter().map(|series| AllottedView {
        file: &series.file,
        parameter: &series.parameter,
        aggregation: aggregation_name(series.aggregation),
        threshold: series.threshold,
        enough_history: report.is_enough(series),
        judged_seconds: series.judged as f64 / 1000.0,
        incidents: series.incidents,
        realised: report.realised(series),
    });
    BudgetView { incidents: report.budget.incidents, period: report.budget.period.name(), series: series.collect() }
}

fn evaluation_view(comparison: &Comparison, zone: Zone) -> EvaluationView<'_> {
    let evaluation = &comparison.evaluation;
    let missed = evaluation.missed.iter().map(|(series, window)| MissedView {
        series: &comparison.names[*series],
        kind: window.kind.as_deref(),
        start: zone.rfc3339(window.start),
        end: zone.rfc3339(window.end),
    });
    EvaluationView {
        precision: evaluation.precision(),
        recall: evaluation.recall(),
        f1: evaluation.f1(),
        series: evaluation.series,
        incidents: evaluation.incidents,
        true_incidents: evaluation.true_incidents,
        windows: evaluation.windows,
        found_windows: evaluation.found,
        false_incidents_per_day_and_series: evaluation.false_a_day(),
        mean_delay_seconds: evaluation.delay.map(|millis| millis / 1000.0),
        missed: missed.collect(),
    }
}

fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::Missing => "missing",
        Reason::Time => "unreadable_time",
        Reason::TimeRange => "time_out_of_range",
        Reason::NotANumber => "not_a_number",
        Reason::Infinite => "infinite",
        Reason::TooLarge => "too_large",
        Reason::Fields => "wrong_number_of_fields",
        Reason::NotUtf8 => "not_utf8",
        Reason::Json => "not_json",
        Reason::Nothing => "nothing_to_measure",
        Reason::TooLong => "too_long",
    }
}
