//! `detect` on a store: live detection goes on from where it has come to.

mod compare;
mod plan;
mod start;
mod tell;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use self::plan::{Asked, Plan};
use super::request::Request;
use super::{FOUND, conclude, evaluate, worst_first, write};
use crate::cli::detect::{DetectArgs, OutputFormat};
use crate::commands::context::Context;
use crate::commands::late;
use crate::commands::next::with_store;
use crate::domain::detector::{Attention, Rules};
use crate::domain::measurement::HOUR;
use crate::domain::series::{Detection, Frame};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::pipeline::files::UnitOutcome;
use crate::pipeline::judge::Judge;
use crate::pipeline::rules::attention;
use crate::pipeline::store_detection;
use crate::pipeline::store_detection::Live;
use crate::pipeline::store_reader::{Reading, StoreReader};
use crate::settings::Settings;
use crate::store::{detections, models, runs};
use crate::ui::Ui;
use crate::ui::sink::Sink;

/// Detects in a store.
pub(super) fn run(args: &DetectArgs, settings: &Settings, ui: &Ui) -> Result<u8> {
    let started = Instant::now();
    check(args)?;
    let context = Context::open(&args.store, settings).map_err(|error| match args.store.store {
        None => error.hint("or name files: trebuchet-ad detect data.csv"),
        Some(_) => error,
    })?;
    let judge = Judge::new(&context.settings.settings)?;
    let request = Request::of_store(args, settings, &context.dataset, &judge)?;
    let Context { store, dataset, .. } = &context;
    let completed = runs::list(store, dataset)?;
    let stored = StoreReader::open(store, dataset, &completed)?;
    let models = models::list(&completed)?;
    let detected = detections::list(&completed)?;
    let stop = interrupt::listen()?;
    let progress = ui.progress("detecting");
    let reading = Reading { threads: settings.threads, stop, progress: &|share| progress.set(share) };

    let asked = Asked::of(args, settings, &judge, &stored, ui)?;
    let plan = Plan::make(&asked, &models, &detected, &context, &judge)?;
    if !plan.hours.is_empty() {
        plan.notes.iter().for_each(|note| ui.note(note));
    }
    if !args.dry_run {
        let objects = stored.hours().flat_map(|hour| stored.objects(hour..hour + 1).map(move |object| (hour, object)));
        late::warn(&detections::late(&detected, objects), judge.zone, ui);
        compare::refuse_stale(&plan, &stored, &completed, &detected, &context, reading)?;
    }
    // everything that may be wrong with what was asked for, before anything is written
    let labels = evaluate::labels(&request)?;
    if plan.hours.is_empty() {
        drop(progress);
        // programs want to hear of it, and what was found before must not stay in a file
        if request.format != OutputFormat::Table || args.output.is_some() {
            let (report, _) = super::report(&request, Vec::new(), None, None);
            write(&request, &report, Sink::create(&request.output, &settings.access)?, ui)?;
        }
        return tell::nothing_to_do(&plan, &asked, &judge, args, ui);
    }

    let sink = Sink::create(&request.output, &settings.access)?;
    let rules = |parameter: &str| -> Rules {
        let rules = judge.rules(parameter);
        let wished = attention(&request.options.wishes, parameter);
        let attention = if wished == Attention::default() { rules.attention } else { wished };
        Rules { threshold: request.options.threshold, attention, ..rules }
    };
    let frame = Frame {
        dataset: dataset.to_string(),
        rule: judge.method.id().into(),
        settings_digest: context.settings.digest,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        zone: judge.zone,
    };
    let start = start::Start { context: &context, judge: &judge, rules: &rules, stored: &stored, reading };
    let known = start.model(&plan)?;
    let mut parameters: BTreeMap<_, Live> = BTreeMap::new();
    let of = |parameter: &crate::domain::parameters::Parameter, flow| {
        let slots = known.get(parameter).cloned().unwrap_or_default();
        let threshold = rules(&parameter.name).threshold;
        Live::new(flow, Detection::new(&frame, parameter.clone(), slots, threshold), threshold)
    };
    for (parameter, flow) in start.flows(&plan, &known, &completed)? {
        let live = of(&parameter, flow);
        parameters.insert(parameter, live);
    }
    let ids: BTreeSet<String> = completed.iter().map(|run| run.id.clone()).collect();
    drop((completed, models, detected)); // which know each object of the past
    let new = |parameter: &_| of(parameter, start.appeared(parameter, &plan));
    let written = if args.dry_run {
        store_detection::detect(&stored, plan.hours.clone(), &mut parameters, new, reading, |_, _| Ok(()))?;
        None
    } else {
        let (rule, known) = (&frame.rule, &ids);
        let work = work::Work { context: &context, plan: &plan, stored: &stored, reading, settings, rule, known };
        Some(work.detect(&mut parameters, new)?)
    };
    drop(progress);

    let wanted = |name: &str| request.options.parameters.is_empty() || request.options.parameters.is_match(name);
    let shown = parameters.into_iter().filter(|(parameter, _)| wanted(&parameter.name));
    let series: Vec<_> = shown.map(|(parameter, live)| live.outcome(&parameter)).collect();
    let outcomes = vec![UnitOutcome { label: dataset.to_string(), series, ..UnitOutcome::default() }];
    let hours = plan.hours.start * HOUR..plan.hours.end * HOUR;
    let evaluation = labels.map(|labels| labels.against(&request, &outcomes, Some(&hours))).transpose();
    let (mut report, _) = super::report(&request, outcomes, None, None);
    let unlabelled = evaluation.map(|evaluation| report.evaluation = evaluation).err();
    report.findings.sort_by(worst_first);
    write(&request, &report, sink, ui)?;
    conclude::conclude(&request, &report, ui, started);
    match written {
        Some(written) => {
            ui.note(written.line(&plan, judge.zone));
            if !report.findings.is_empty() {
                ui.note(format_args!("to see these incidents again: {}", asked.again(&plan, judge.zone)));
            }
        }
        None => ui.note("nothing was written"),
    }
    if let Some(error) = unlabelled {
        return Err(error);
    }
    ui.next(with_store(if args.dry_run { "detect" } else { "status" }, &args.store));
    Ok(if request.exit_code && !report.findings.is_empty() { FOUND } else { 0 })
}

/// Refuses what makes no sense on a store.
fn check(args: &DetectArgs) -> Result<()> {
    let for_files = [
        (args.scores.is_some(), "--scores"),
        (args.budget.is_some(), "--budget"),
        (args.concat, "--concat"),
        (args.timezone.is_some(), "--timezone"),
        (args.max_bad.is_some(), "--max-bad"),
        (args.reading.input_format.is_some(), "--input-format"),
        (args.reading.compression.is_some(), "--compression"),
        (args.reading.delimiter.is_some(), "--delimiter"),
        (args.time_column.is_some(), "--time-column"),
        (args.parameter_column.is_some(), "--parameter-column"),
        (args.value_column.is_some(), "--value-column"),
        (args.time_unit.is_some(), "--time-unit"),
    ];
    if let Some((_, flag)) = for_files.into_iter().find(|(given, _)| *given) {
        return Err(Error::usage(format!("{flag} is for files, but none are named"))
            .hint("name files; or leave it out to go on with live detection in a store"));
    }
    let deciding = [
        (args.threshold.is_some(), "--threshold"),
        (!args.direction.is_empty(), "--direction"),
        (!args.min_change.is_empty(), "--min-change"),
        (args.method.is_some(), "--method"),
    ];
    match deciding.into_iter().find(|(given, _)| *given) {
        Some((_, flag)) if !args.dry_run => {
            Err(Error::usage(format!("{flag} decides results, and those of a store are decided by its settings"))
                .hint("try it with --dry-run, which writes nothing"))
        }
        _ => Ok(()),
    }
}
