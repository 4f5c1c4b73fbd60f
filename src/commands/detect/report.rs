//! What was found, as it is shown.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::TOP;
use super::budget::KeptBudget;
use super::names::Names;
use super::request::Show;
use crate::cli::detect::OutputFormat;
use crate::domain::series::SeriesOutcome;
use crate::error::Result;
use crate::pipeline::files::UnitOutcome;
use crate::pipeline::rules::RuleSet;
use crate::ui::Ui;
use crate::ui::incidents::{self, Report, ShownIncident, Source, Summary};
use crate::ui::sink::Sink;

/// What the outcomes amount to; worst incidents first.
pub(super) fn report(
    source: Source,
    outcomes: Vec<UnitOutcome>,
    names: &Names,
    rules: &RuleSet,
    budget: Option<&KeptBudget>,
) -> Report {
    let mut summary = Summary::default();
    let mut shown = Vec::new();
    let mut allotted = Vec::new();
    for (unit, outcome) in outcomes.into_iter().enumerate() {
        for (&reason, count) in outcome.files.iter().flat_map(|file| file.skipped.counts()) {
            *summary.skipped.entry(reason).or_default() += count;
        }
        if outcome.series.is_empty() {
            continue;
        }
        summary.files += outcome.files.iter().filter(|file| file.measurements > 0).count() as u64;
        let label: Arc<str> = outcome.label.as_str().into();
        let several_series = outcome.series.len() > 1;
        for mut series in outcome.series {
            add(&mut summary, &series);
            let name = names.of_series(&label, &series.parameter, several_series);
            allotted.extend(budget.map(|budget| budget.allotted(unit, &series, &label, &name)));
            let (incidents, quiet) = (std::mem::take(&mut series.incidents), series.quiet.take());
            for incident in incidents.into_iter().chain(quiet.map(|quiet| *quiet)) {
                let is_open = series.open == Some(incident.id);
                let news = (source == Source::Dataset).then(|| (series.news(&incident), is_open));
                let severity = incident.severity(series.threshold);
                shown.push(ShownIncident {
                    source: Arc::clone(&label),
                    parameter: Arc::clone(&series.parameter),
                    aggregation: series.aggregation,
                    name: Arc::clone(&name),
                    incident,
                    severity,
                    threshold: series.threshold,
                    news,
                });
            }
        }
    }
    shown.sort_by(worst_first);
    let (method, threshold, zone) = (rules.method, rules.threshold, rules.zone);
    let budget = budget.map(|budget| budget.report(allotted));
    Report { source, method, threshold, zone, incidents: shown, summary, budget, evaluation: None }
}

/// Worst first; equally bad ones in the order of time and name, so that the order is always the same.
fn worst_first(a: &ShownIncident, b: &ShownIncident) -> Ordering {
    let by_severity = b.severity.score().total_cmp(&a.severity.score());
    let key =
        |shown: &ShownIncident| (shown.incident.alert.time, Arc::clone(&shown.source), Arc::clone(&shown.parameter));
    by_severity.then_with(|| key(a).cmp(&key(b)))
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

/// The report of a dataset in which nothing was detected.
pub(super) fn empty(rules: &RuleSet) -> Report {
    report(Source::Dataset, Vec::new(), &Names::of(&[], &BTreeSet::new()), rules, None)
}

/// Writes the incidents.
pub(super) fn write(show: &Show, report: &Report, mut sink: Sink, ui: &Ui) -> Result<()> {
    let to_terminal = show.output.as_os_str() == "-";
    let width = ui.width().filter(|_| to_terminal);
    let written = match show.format {
        OutputFormat::Json => incidents::write_json(&mut sink, report),
        OutputFormat::Ndjson => incidents::write_ndjson(&mut sink, report),
        OutputFormat::Csv => incidents::write_csv(&mut sink, report),
        OutputFormat::Table => {
            let top = show.top.unwrap_or(if width.is_some() { TOP } else { usize::MAX });
            let color = ui.color().stdout && to_terminal;
            incidents::write_table(&mut sink, report, top, width, color)
                .and_then(|()| incidents::write_budget(&mut sink, report, top))
                .and_then(|()| incidents::write_comparison(&mut sink, report, top))
        }
    };
    written.map_err(|cause| sink.failed(&cause))?;
    sink.finish()
}
