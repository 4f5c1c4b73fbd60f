//! `detect` on a store: live detection goes on from where it has come to.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Instant;

use super::evaluate::KnownLabels;
use super::names::Names;
use super::request::StoreRequest;
use super::{conclude, report};
use crate::cli::detect::OutputFormat;
use crate::commands::context::Context;
use crate::commands::late;
use crate::commands::next::with_store;
use crate::domain::hour::Hour;
use crate::domain::zone::Zone;
use crate::error::{ExitStatus, Result};
use crate::interrupt;
use crate::pipeline::files::UnitOutcome;
use crate::pipeline::rules::{RuleSet, not_in_a_store};
use crate::pipeline::store_detection::{Adoption, Asked, Begin, Detection, History, Plan, Recorded, Turned, take_turn};
use crate::pipeline::store_reader::{Reading, StoreReader};
use crate::settings::Settings;
use crate::source::ReadOptions;
use crate::ui::Ui;
use crate::ui::incidents::Source;
use crate::ui::sink::Sink;
use crate::ui::text::{counted, grouped};

/// Detects in a store.
pub(super) fn run(request: &StoreRequest, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    let began = Instant::now();
    let context = Context::open(&request.store, settings).map_err(|error| match request.store.store {
        None => error.hint("or name files: trebuchet-ad detect data.csv"),
        Some(_) => error,
    })?;
    let rules = rules(request, &context)?;
    let Context { store, dataset, settings: stored, .. } = &context;
    let history = if request.dry_run { History::of(store, dataset)? } else { History::completed(store, dataset)? };
    let reader = StoreReader::open(store, dataset, &history.runs)?;
    let stop = interrupt::listen()?;
    let progress = ui.progress("detecting");
    let reading = Reading { threads: settings.threads, stop, progress: &|share| progress.set(share) };
    let detection = Detection { store, dataset, settings: stored, rules: &rules, reader: &reader, reading };

    let asked = asked(request, &reader, rules.zone, settings, ui)?;
    let mut plan = Plan::make(&detection, &asked, &history)?;
    if let (false, Some(adoption)) = (plan.hours.is_empty(), plan.adoption) {
        ui.note(adoption_line(adoption, rules.zone));
    }
    if !request.dry_run {
        late::warn(&history.late(&reader), rules.zone, ui);
        detection.refuse_stale(&plan, &history)?;
    }
    // everything that may be wrong with what was asked for, before anything is written
    let labels = labels(request, &context, rules.zone)?;
    if plan.hours.is_empty() {
        drop(progress);
        return nothing_to_do(request, &plan, &asked, &rules, settings, ui);
    }

    let sink = Sink::create(&request.show.output, &settings.access)?;
    let (mut turn, mut begun) = (None, None);
    if !request.dry_run {
        match take_turn(&detection, &plan, &history)? {
            Turned::Planned(taken) => turn = Some(taken),
            Turned::Begun(other) => {
                let (taken, other, reader) = *other;
                ui.note(begun_line(&other, rules.zone));
                (turn, plan, begun) = (Some(taken), other, Some(reader));
            }
        }
    }
    let detection = Detection { reader: begun.as_ref().unwrap_or(&reader), ..detection };
    let mut started = detection.start(&plan, &history, labels.is_some())?;
    drop(history); // which knows each object of the past
    let recorded = match &turn {
        Some(turn) => Some(started.record(settings.clock, turn)?),
        None => {
            started.detect(|_, _| Ok(()))?;
            None
        }
    };
    let wanted = |name: &str| request.parameters.is_empty() || request.parameters.is_match(name);
    let series = started.into_outcomes(wanted);
    drop(progress);

    let outcomes = vec![UnitOutcome { label: dataset.to_string(), series, ..UnitOutcome::default() }];
    let names = Names::of(&outcomes, &BTreeSet::new());
    let hours = plan.hours.start.start()..plan.hours.end.start();
    let evaluation = labels.map(|labels| labels.against(&outcomes, &names, Some(&hours))).transpose();
    let mut report = report::report(Source::Dataset, outcomes, &names, &rules, None);
    let unlabelled = evaluation.map(|evaluation| report.evaluation = evaluation).err();
    report::write(&request.show, &report, sink, ui).map_err(|error| match recorded {
        Some(_) => error.hint(format!("what was found is recorded; to see it: {}", listed(request, &plan, rules.zone))),
        None => error,
    })?;
    conclude::conclude(&request.show, &report, ui, began);
    match recorded {
        Some(recorded) => {
            ui.note(recorded_line(recorded, &plan, rules.zone));
            if !report.incidents.is_empty() {
                ui.note(format_args!("to see these incidents again: {}", again(request, &plan, rules.zone)));
            }
        }
        None => ui.note("nothing was written"),
    }
    if let Some(error) = unlabelled {
        return Err(error);
    }
    ui.next(with_store(if request.dry_run { "detect" } else { "status" }, &request.store));
    Ok(conclude::status(&request.show, &report))
}

/// The rules of the dataset, with what is tried in their place.
fn rules(request: &StoreRequest, context: &Context) -> Result<RuleSet> {
    let rules = RuleSet::of_settings(&context.settings.settings)?;
    match request.trial.method {
        Some(method) if method != rules.method => {
            Err(not_in_a_store(method).hint("detect FILES works with every method"))
        }
        _ => Ok(request.trial.on(rules)),
    }
}

/// The hours that were asked for.
fn asked(request: &StoreRequest, reader: &StoreReader, zone: Zone, settings: &Settings, ui: &Ui) -> Result<Asked> {
    let now = settings.clock.now();
    late::warn_of_future(reader.in_the_future(now), zone, ui);
    let (from, to) = request.range.hours(zone, now)?;
    let Some(complete) = reader.complete_until(now) else { return Err(reader.nothing_in(Range::default(), zone)) };
    if to.is_some_and(|to| to > complete) {
        ui.note(format_args!("history is complete until {}", zone.rfc3339(complete.start())));
    }
    let to = to.map(|to| to.min(complete));
    let end = to.unwrap_or(complete);
    if let Some(from) = from.filter(|from| *from >= end) {
        return Err(reader.nothing_in(from..end.max(from.next()), zone));
    }
    Ok(Asked { from, to, complete, version: request.version, dry_run: request.dry_run })
}

fn labels(request: &StoreRequest, context: &Context, zone: Zone) -> Result<Option<KnownLabels>> {
    let Some(path) = &request.show.labels else { return Ok(None) };
    let options = ReadOptions { zone, ..ReadOptions::default() };
    KnownLabels::read(path, &[context.dataset.to_string()], &options, &request.show.access).map(Some)
}

/// Says that everything that was asked for is there.
fn nothing_to_do(
    request: &StoreRequest,
    plan: &Plan,
    asked: &Asked,
    rules: &RuleSet,
    settings: &Settings,
    ui: &Ui,
) -> Result<ExitStatus> {
    // programs want to hear of it, and what was found before must not stay in a file
    if request.show.format != OutputFormat::Table || request.show.output.as_os_str() != "-" {
        let sink = Sink::create(&request.show.output, &settings.access)?;
        report::write(&request.show, &report::empty(rules), sink, ui)?;
    }
    let time = |hour: Hour| rules.zone.rfc3339(hour.start());
    if plan.again.is_empty() {
        let come = if plan.begin == Begin::Model { "begins at" } else { "has come to" };
        ui.note(format_args!(
            "nothing to do: detection {come} {}, and history is complete until {}",
            time(plan.hours.start),
            time(asked.complete)
        ));
        let hours = Hour::of(settings.clock.now()) - asked.complete;
        if hours > 0 {
            ui.note(format_args!("nothing has come for the {} since then", counted(hours as u64, "hour")));
        }
        ui.next(with_store("ingest FILES", &request.store));
    } else {
        ui.note(format_args!(
            "nothing to do: from {} to {} it was detected already, by the same data and settings",
            time(plan.again.start),
            time(plan.again.end)
        ));
        ui.next(with_store("status", &request.store));
    }
    Ok(ExitStatus::Done)
}

fn adoption_line(adoption: Adoption, zone: Zone) -> String {
    match adoption {
        Adoption::Now(version, current) => format!("model {version} is adopted in place of {current}"),
        Adoption::Later(version, end, current) => format!(
            "model {version} was trained until {}: it is adopted once detection has come there; until then it is model \
             {current} that judges",
            zone.rfc3339(end.start())
        ),
    }
}

fn begun_line(plan: &Plan, zone: Zone) -> String {
    format!(
        "another run has begun to detect from {} to {}: this is done first; run the command again to go on from there",
        zone.rfc3339(plan.hours.start.start()),
        zone.rfc3339(plan.hours.end.start())
    )
}

fn recorded_line(recorded: Recorded, plan: &Plan, zone: Zone) -> String {
    format!(
        "detected from {} to {} by model {}; {} of {} kB written",
        zone.rfc3339(plan.hours.start.start()),
        zone.rfc3339(plan.hours.end.start()),
        plan.model.facts.model_version,
        counted(recorded.objects, "object"),
        grouped(recorded.bytes.div_ceil(1000))
    )
}

/// The command that lists what was found.
fn listed(request: &StoreRequest, plan: &Plan, zone: Zone) -> String {
    let [from, to] = [plan.hours.start, plan.hours.end].map(|hour| zone.rfc3339(hour.start()));
    format!("{} --from {from} --to {to}", with_store("detect list", &request.store))
}

/// The command that shows what was found once more.
fn again(request: &StoreRequest, plan: &Plan, zone: Zone) -> String {
    let [from, to] = [plan.hours.start, plan.hours.end].map(|hour| zone.rfc3339(hour.start()));
    let version = plan.model.facts.model_version;
    format!("{} --dry-run --model-version {version} --from {from} --to {to}", with_store("detect", &request.store))
}
