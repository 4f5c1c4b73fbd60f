//! `detect`: anomalies straight from files.

mod evaluate;
mod request;
mod scores;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use request::Request;

use crate::cli::detect::{DetectArgs, OutputFormat};
use crate::domain::text::visible;
use crate::error::{Error, Kind, Result};
use crate::interrupt;
use crate::pipeline::{self, FileReport, SeriesOutcome, UnitOutcome};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::ui::incidents::{self, Finding, Report, Summary};
use crate::ui::sink::Sink;
use crate::ui::text::{counted, shell_word};

/// The exit code when anomalies were found and `--exit-code` was given.
const FOUND: u8 = 3;

/// How many incidents a terminal shows unless told otherwise.
const TOP: usize = 20;

/// How many bad rows are described.
const BAD_ROWS_SHOWN: usize = 10;

/// Runs `detect`.
///
/// # Errors
/// When a flag makes no sense, a file can't be read, or a result can't be written.
pub fn run(args: &DetectArgs, settings: &Settings, ui: &Ui) -> Result<u8> {
    let started = Instant::now();
    let request = Request::from_args(args, settings)?;
    let sink = Sink::create(&request.output)?;
    let scores = request.scores.as_deref().map(|path| scores::Target::prepare(path, &request)).transpose()?;

    let progress = ui.progress("detecting");
    let stop = interrupt::listen()?;
    let outcomes = pipeline::run(&request.units, &request.options, stop, &|share| progress.set(share))?;
    drop(progress);

    let troubles = report_files(&outcomes, &request, ui);
    let evaluation = request.labels.as_deref().map(|path| evaluate::against(path, &request, &outcomes)).transpose()?;
    let mut report = report(&request, outcomes, scores)?;
    report.evaluation = evaluation;
    if report.summary.measurements == 0 {
        return Err(nothing_measured(troubles, &request));
    }
    report.findings.sort_by(worst_first);
    write(&request, &report, sink, ui)?;
    conclude(args, &request, &report, ui, started);
    if let Some(error) = troubles.into_iter().next() {
        // The details have been told; what remains is the exit code.
        return Ok(error.kind().exit_code());
    }
    request.max_bad.check(&report.summary)?;
    Ok(if request.exit_code && !report.findings.is_empty() { FOUND } else { 0 })
}

/// Worst first; equally bad ones in the order of time and name, so that the order is always the same.
fn worst_first(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    let by_severity = b.severity.score().total_cmp(&a.severity.score());
    let key =
        |finding: &Finding| (finding.incident.alert.time, Arc::clone(&finding.file), Arc::clone(&finding.parameter));
    by_severity.then_with(|| key(a).cmp(&key(b)))
}

/// Tells what could not be read, and returns the errors that make the whole a failure.
fn report_files(outcomes: &[UnitOutcome], request: &Request, ui: &Ui) -> Vec<Error> {
    let mut troubles = Vec::new();
    let mut not_data = Vec::new();
    let mut shown = 0;
    let mut bad = 0;
    for (outcome, file) in outcomes.iter().flat_map(|outcome| outcome.files.iter().map(move |file| (outcome, file))) {
        let label = visible(&file.label);
        for note in &file.notes {
            let text = format!("{label}: {note}");
            if request.is_single() { ui.note(text) } else { ui.detail(text) }
        }
        if request.may_hold_no_data(file) && outcome.series.is_empty() {
            not_data.push(label.clone());
            let reason = file.error.as_ref().map_or_else(|| first_example(file), ToString::to_string);
            ui.detail(format_args!("skipped {reason}"));
            continue;
        }
        for example in file.skipped.examples() {
            bad += 1;
            if shown < BAD_ROWS_SHOWN {
                shown += 1;
                ui.note(format_args!("{label}:{}: {}", example.line, example.message));
            }
        }
        if let Some(error) = &file.error {
            ui.error(error);
            troubles.push(Error::new(error.kind(), error.to_string()));
        } else if outcome.series.is_empty() {
            let error = Error::failed(format!("{label}: no row has a time and a number"));
            ui.error(&error);
            troubles.push(error);
        }
    }
    let total: u64 = outcomes.iter().flat_map(|outcome| &outcome.files).map(|file| file.skipped.bad()).sum();
    if bad > 0 && total > shown as u64 && not_data.is_empty() {
        ui.note(format_args!("… and {} more", counted(total - shown as u64, "bad row")));
    }
    if !not_data.is_empty() {
        let names = if not_data.len() <= 3 { format!(": {}", not_data.join(", ")) } else { String::new() };
        ui.note(format_args!(
            "skipped {} without measurements{names} (--verbose says why)",
            counted(not_data.len() as u64, "file")
        ));
    }
    troubles
}

fn first_example(file: &FileReport) -> String {
    let label = visible(&file.label);
    file.skipped.examples().first().map_or_else(
        || format!("{label}: no measurements"),
        |example| format!("{label}:{}: {}", example.line, example.message),
    )
}

/// The error when there is nothing to show.
fn nothing_measured(troubles: Vec<Error>, request: &Request) -> Error {
    let single_trouble = troubles.len() == 1;
    match troubles.into_iter().next() {
        Some(error) if single_trouble => Error::new(error.kind(), "no measurements").hint("see above"),
        Some(error) => Error::new(error.kind(), "no measurements in any file"),
        None if request.options.parameters.is_empty() => Error::failed("no measurements in any file")
            .hint("detect reads CSV, NDJSON, JSON and Parquet with a time and numbers"),
        None => Error::failed("no parameter matches --parameter"),
    }
}

/// What the outcomes amount to. Writes the scores on the way.
fn report(request: &Request, outcomes: Vec<UnitOutcome>, mut scores: Option<scores::Target>) -> Result<Report> {
    let mut summary = Summary::default();
    let mut findings = Vec::new();
    let several_files = outcomes.iter().filter(|outcome| !outcome.series.is_empty()).count() > 1;
    for outcome in outcomes {
        for file in &outcome.files {
            if !request.may_hold_no_data(file) || !outcome.series.is_empty() {
                for (&reason, count) in file.skipped.counts() {
                    *summary.skipped.entry(reason).or_default() += count;
                }
            }
        }
        if outcome.series.is_empty() {
            continue;
        }
        summary.files += outcome.files.len() as u64;
        let file: Arc<str> = outcome.label.as_str().into();
        let several_series = outcome.series.len() > 1;
        let mut rows = Vec::new();
        for mut series in outcome.series {
            rows.extend(series.scores.take());
            add(&mut summary, &series);
            let name = name(&file, &series, several_files, several_series);
            for incident in series.incidents {
                let severity = incident.severity(request.options.threshold);
                findings.push(Finding {
                    file: Arc::clone(&file),
                    parameter: Arc::clone(&series.parameter),
                    aggregation: series.aggregation,
                    name: Arc::clone(&name),
                    incident,
                    severity,
                });
            }
        }
        if let Some(scores) = &mut scores {
            scores.write(&outcome.label, rows)?;
        }
    }
    let (method, threshold, zone) = (request.options.method, request.options.threshold, request.options.zone);
    Ok(Report { method, threshold, zone, findings, summary, evaluation: None })
}

/// What people know a series by: no longer than needed.
fn name(file: &Arc<str>, series: &SeriesOutcome, several_files: bool, several_series: bool) -> Arc<str> {
    let plain = &*series.parameter == "value" && !several_series;
    match (several_files, plain) {
        (_, true) => Arc::clone(file),
        (false, false) => Arc::clone(&series.parameter),
        (true, false) => format!("{file}: {}", series.parameter).into(),
    }
}

fn add(summary: &mut Summary, series: &SeriesOutcome) {
    summary.series += 1;
    summary.measurements += series.values;
    summary.exceedances += series.exceedances;
    summary.learning += u64::from(series.learning);
    summary.range = match (summary.range, series.range) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    };
}

/// Writes the incidents.
fn write(request: &Request, report: &Report, mut sink: Sink, ui: &Ui) -> Result<()> {
    let to_terminal = request.output.as_os_str() == "-";
    let width = ui.width().filter(|_| to_terminal);
    let written = match request.format {
        OutputFormat::Json => incidents::write_json(&mut sink, report),
        OutputFormat::Ndjson => incidents::write_ndjson(&mut sink, report),
        OutputFormat::Csv => incidents::write_csv(&mut sink, report),
        OutputFormat::Table => {
            let top = request.top.unwrap_or(if width.is_some() { TOP } else { usize::MAX });
            let color = ui.color().stdout && to_terminal;
            incidents::write_table(&mut sink, report, top, width, color)
                .and_then(|()| incidents::write_comparison(&mut sink, report, top))
        }
    };
    written.map_err(|cause| sink.failed(&cause))?;
    sink.finish()
}

/// Says on standard error what was looked at, and what to type next.
fn conclude(args: &DetectArgs, request: &Request, report: &Report, ui: &Ui, started: Instant) {
    let on_terminal = ui.width().is_some() && request.output.as_os_str() == "-";
    let top = request.top.unwrap_or(if on_terminal { TOP } else { usize::MAX });
    if request.format == OutputFormat::Table && report.findings.len() > top {
        let more = (report.findings.len() - top) as u64;
        ui.note(format_args!("… and {} (--top 0 shows all)", counted(more, "more incident")));
    }
    ui.note(report.summary_line(started.elapsed().as_secs_f64()));
    let summary = &report.summary;
    if summary.learning > 0 {
        let of = if summary.learning == summary.series { "no series has" } else { "some series lack" };
        ui.note(format_args!(
            "{of} enough history for limits ({} of {}): they need 24 hours with data",
            summary.learning, summary.series
        ));
    }
    if let Some(next) = next(args, report) {
        ui.next(next);
    }
}

/// The next command worth typing.
fn next(args: &DetectArgs, report: &Report) -> Option<String> {
    let inputs = args.inputs.iter().map(|input| shell_word(input)).collect::<Vec<_>>().join(" ");
    let worst = report.findings.first();
    match worst {
        _ if args.inputs.iter().any(|input| input == "-") => None,
        Some(_) if args.scores.is_none() => Some(format!("trebuchet-ad detect {inputs} --scores scores.csv")),
        Some(_) if args.format.is_none() && args.output.is_none() => {
            Some(format!("trebuchet-ad detect {inputs} --format json"))
        }
        Some(_) => None,
        None if report.summary.learning < report.summary.series => {
            Some(format!("trebuchet-ad detect {inputs} --threshold {}", report.threshold - 0.5))
        }
        None => None,
    }
}

/// How many bad rows are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum MaxBad {
    /// As many as there are, as long as something is left.
    Any,
    /// So many.
    Count(u64),
    /// A share of all, from 0 to 1.
    Share(f64),
}

impl MaxBad {
    fn check(self, summary: &Summary) -> Result<()> {
        let missing = crate::source::Reason::Missing;
        let skipped: &BTreeMap<_, _> = &summary.skipped;
        let bad: u64 = skipped.iter().filter(|(reason, _)| **reason != missing).map(|(_, count)| count).sum();
        let allowed = match self {
            Self::Any => return Ok(()),
            Self::Count(count) => count,
            Self::Share(share) => (share * (summary.measurements + bad) as f64) as u64,
        };
        if bad <= allowed {
            return Ok(());
        }
        let message = format!("{} but --max-bad allows {allowed}", counted(bad, "bad row"));
        Err(Error::new(Kind::TooManyBad, message).hint("the result above is of the good rows"))
    }
}
