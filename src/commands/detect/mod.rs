//! `detect`: anomalies straight from files, or live in a store.

mod budget;
mod conclude;
mod evaluate;
mod files;
mod names;
pub(super) mod request;
mod scores;
mod store;
mod wishes;

use std::sync::Arc;
use std::time::Instant;

use request::Request;

use crate::cli::detect::{DetectArgs, OutputFormat};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::pipeline::files::{self, SeriesOutcome, UnitOutcome};
use crate::settings::Settings;
use crate::ui::Ui;
use crate::ui::incidents::{self, Finding, Report, Summary};
use crate::ui::sink::Sink;

/// The exit code when anomalies were found and `--exit-code` was given.
const FOUND: u8 = 3;

/// How many incidents a terminal shows unless told otherwise.
const TOP: usize = 20;

/// Runs `detect`.
///
/// # Errors
/// When a flag makes no sense, a file can't be read, or a result can't be written.
pub fn run(args: &DetectArgs, settings: &Settings, ui: &Ui) -> Result<u8> {
    if args.inputs.is_empty() {
        return store::run(args, settings, ui);
    }
    let of_store = [
        (args.store.store.is_some() || args.store.dataset.is_some(), "--store and --dataset"),
        (!args.range.is_empty(), "--from and --to"),
        (args.model_version.is_some(), "--model-version"),
        (args.dry_run, "--dry-run"),
    ];
    if let Some((_, flags)) = of_store.into_iter().find(|(given, _)| *given) {
        return Err(Error::usage(format!("{flags}: files have none, they are for detection in a store"))
            .hint("leave out the files, or the flags of a store"));
    }
    let started = Instant::now();
    let mut request = Request::from_args(args, settings)?;
    evaluate::labels(&request)?; // before the work, if they can't be read
    let sink = Sink::create(&request.output, &settings.access)?;
    let scores = request.scores.as_deref().map(|path| scores::Target::prepare(path, &request)).transpose()?;

    let stop = interrupt::listen()?;
    let kept = budget::keep(&mut request, stop, ui)?;
    let progress = ui.progress("detecting");
    let mut outcomes = files::run(&request.units, &request.options, stop, &|share| progress.set(share))?;
    drop(progress);

    let mut troubles = files::tell(&mut outcomes, &request, ui);
    if outcomes.iter().all(|outcome| outcome.series.is_empty()) {
        if troubles.is_empty() {
            return Err(files::nothing_measured(&outcomes, &request));
        }
        return Ok(files::tell_errors(&troubles, ui));
    }
    let labels = evaluate::labels(&request)?;
    let evaluation = labels.map(|labels| labels.against(&request, &outcomes, None)).transpose()?;
    wishes::warn_of_idle(&request.options.wishes, &outcomes, ui);
    let (mut report, unwritten) = report(&request, outcomes, scores, kept.as_ref());
    report.evaluation = evaluation;
    report.findings.sort_by(worst_first);
    write(&request, &report, sink, ui)?;
    conclude::conclude(&request, &report, ui, started);
    troubles.extend(unwritten);
    if !troubles.is_empty() {
        return Ok(files::tell_errors(&troubles, ui));
    }
    let missing = crate::source::Reason::Missing;
    let bad = report.summary.skipped.iter().filter(|(reason, _)| **reason != missing).map(|(_, count)| count).sum();
    request.max_bad.check(bad, report.summary.measurements, "row", "the result above is of the good rows")?;
    if let Some(next) = conclude::next(args, &report) {
        ui.next(next);
    }
    Ok(if request.exit_code && !report.findings.is_empty() { FOUND } else { 0 })
}

/// Worst first; equally bad ones in the order of time and name, so that the order is always the same.
fn worst_first(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    let by_severity = b.severity.score().total_cmp(&a.severity.score());
    let key =
        |finding: &Finding| (finding.incident.alert.time, Arc::clone(&finding.file), Arc::clone(&finding.parameter));
    by_severity.then_with(|| key(a).cmp(&key(b)))
}

/// What the outcomes amount to. Writes the scores on the way; that they can't be written is no reason not to tell what
/// was found.
fn report(
    request: &Request,
    outcomes: Vec<UnitOutcome>,
    mut scores: Option<scores::Target>,
    kept: Option<&budget::Kept>,
) -> (Report, Option<Error>) {
    let mut summary = Summary::default();
    let mut findings = Vec::new();
    let mut unwritten = None;
    let names = names::Names::of(&outcomes, request);
    let mut allotted = Vec::new();
    for (unit, outcome) in outcomes.into_iter().enumerate() {
        for (&reason, count) in outcome.files.iter().flat_map(|file| file.skipped.counts()) {
            *summary.skipped.entry(reason).or_default() += count;
        }
        if outcome.series.is_empty() {
            continue;
        }
        summary.files += outcome.files.iter().filter(|file| file.measurements > 0).count() as u64;
        let file: Arc<str> = outcome.label.as_str().into();
        let several_series = outcome.series.len() > 1;
        let mut rows = Vec::new();
        for mut series in outcome.series {
            rows.extend(series.scores.take());
            add(&mut summary, &series);
            let name = names.of_series(&file, &series.parameter, several_series);
            allotted.extend(kept.map(|kept| kept.allotted(unit, &series, &file, &name)));
            for incident in series.incidents {
                let severity = incident.severity(series.threshold);
                findings.push(Finding {
                    file: Arc::clone(&file),
                    parameter: Arc::clone(&series.parameter),
                    aggregation: series.aggregation,
                    name: Arc::clone(&name),
                    incident,
                    severity,
                    threshold: series.threshold,
                });
            }
        }
        if let (Some(target), None) = (&mut scores, &unwritten) {
            unwritten = target.write(&outcome.label, rows).err();
        }
    }
    let (method, threshold, zone) = (request.options.method, request.options.threshold, request.options.zone);
    let budget = kept.map(|kept| kept.report(allotted));
    (Report { method, threshold, zone, findings, summary, budget, evaluation: None }, unwritten)
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
                .and_then(|()| incidents::write_budget(&mut sink, report, top))
                .and_then(|()| incidents::write_comparison(&mut sink, report, top))
        }
    };
    written.map_err(|cause| sink.failed(&cause))?;
    sink.finish()
}
