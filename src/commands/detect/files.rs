//! `detect FILES`: anomalies straight from files.

use std::time::Instant;

use super::evaluate::KnownLabels;
use super::names::Names;
use super::request::FilesRequest;
use super::{budget, conclude, report, scores, troubles};
use crate::cli::detect::DetectArgs;
use crate::commands::detect::attention;
use crate::error::{Error, ExitStatus, Result};
use crate::interrupt;
use crate::pipeline::files::{self, UnitOutcome};
use crate::ui::Ui;
use crate::ui::incidents::Source;
use crate::ui::sink::Sink;

/// Detects in files.
pub(super) fn run(mut request: FilesRequest, args: &DetectArgs, ui: &Ui) -> Result<ExitStatus> {
    let started = Instant::now();
    let labels = labels(&request)?; // before the work, if they can't be read
    let sink = Sink::create(&request.show.output, &request.show.access)?;
    let target = request.scores.as_deref().map(|path| scores::Target::prepare(path, &request)).transpose()?;

    let stop = interrupt::listen()?;
    let kept = budget::keep(&mut request, stop, ui)?;
    let progress = ui.progress("detecting");
    let mut outcomes = files::run(&request.units, &request.options, stop, &|share| progress.set(share))?;
    drop(progress);

    let mut errors = troubles::tell(&mut outcomes, &request, ui);
    if outcomes.iter().all(|outcome| outcome.series.is_empty()) {
        if errors.is_empty() {
            return Err(troubles::nothing_measured(&outcomes, &request));
        }
        return Ok(troubles::tell_errors(&errors, ui));
    }
    let names = Names::of(&outcomes, &request.found_in_folder);
    let evaluation = labels.map(|labels| labels.against(&outcomes, &names, None)).transpose()?;
    let series = outcomes.iter().flat_map(|outcome| &outcome.series);
    attention::warn_of_idle(&request.attention, series, ui);
    // that scores can't be written is no reason not to tell what was found
    let unwritten = target.and_then(|target| write_scores(target, &mut outcomes).err());
    let mut report = report::report(Source::File, outcomes, &names, &request.options.rules, kept.as_ref());
    report.evaluation = evaluation;
    report::write(&request.show, &report, sink, ui)?;
    conclude::conclude(&request.show, &report, ui, started);
    errors.extend(unwritten);
    if !errors.is_empty() {
        return Ok(troubles::tell_errors(&errors, ui));
    }
    let missing = crate::source::Reason::Missing;
    let bad = report.summary.skipped.iter().filter(|(reason, _)| **reason != missing).map(|(_, count)| count).sum();
    request.max_bad.check(bad, report.summary.measurements, "row", "the result above is of the good rows")?;
    if let Some(next) = conclude::next(args, &request.typed, &report) {
        ui.next(next);
    }
    Ok(conclude::status(&request.show, &report))
}

fn labels(request: &FilesRequest) -> Result<Option<KnownLabels>> {
    let Some(path) = &request.show.labels else { return Ok(None) };
    let files: Vec<String> = request.units.iter().map(|unit| unit.label.clone()).collect();
    KnownLabels::read(path, &files, &request.options.read, &request.show.access).map(Some)
}

fn write_scores(mut target: scores::Target, outcomes: &mut [UnitOutcome]) -> Result<(), Error> {
    let measured = outcomes.iter_mut().filter(|outcome| !outcome.series.is_empty());
    measured.into_iter().try_for_each(|outcome| target.write(&outcome.label, std::mem::take(&mut outcome.scores)))
}
