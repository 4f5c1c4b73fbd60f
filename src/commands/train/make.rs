//! Making a model.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::domain::hour::Hour;
use serde_json::{Map, json};

use super::show;
use crate::cli::train::TrainArgs;
use crate::commands::context::Context;
use crate::commands::late;
use crate::commands::next::with_store;
use crate::domain::digest::Sha256;
use crate::domain::format;
use crate::domain::measurement::{Aggregation, HOUR};
use crate::domain::model::Baseline;
use crate::domain::zone::Zone;
use crate::error::{Error, ExitStatus, Result};
use crate::interrupt;
use crate::pipeline::rules::RuleSet;
use crate::pipeline::store_reader::{Reading, StoreReader};
use crate::pipeline::training::{self, Learned, Trained};
use crate::settings::Settings;
use crate::store::claims;
use crate::store::codec::rows::{Encoded, model, state};
use crate::store::layout::{Coordinates, DataType, Name, ObjectName, Partition};
use crate::store::models::{self, Facts, History, Model};
use crate::store::objects::NewObject;
use crate::store::runs::{self, ObjectUsed, Run};
use crate::ui::Ui;
use crate::ui::text::{counted, grouped};

/// Of how many parameters it is told what was left out, and of how many weeks of each.
const TOLD: usize = 5;

/// Below so many weeks none can be told to be outlying.
const WEEKS: u32 = 4;

/// Trains.
pub(super) fn run(args: &TrainArgs, context: &Context, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    let rules = RuleSet::of_settings(&context.settings.settings)?;
    let Context { store, dataset, .. } = context;
    let completed = runs::list(store, dataset)?;
    let made = models::list(&completed)?;
    let stored = StoreReader::open(store, dataset, &completed)?;
    drop(completed); // they name every object
    let hours = hours(args, &stored, rules.zone, settings, ui)?;
    let done = |model: &Model| {
        let Model { facts, run } = model;
        let same =
            run.inputs.iter().eq(stored.objects(hours.clone())) && run.settings.sha256 == context.settings.digest;
        same && (facts.from, facts.to) == (hours.start, hours.end) && run.tool_version == env!("CARGO_PKG_VERSION")
    };
    if let Some(same) = made.iter().find(|model| done(model)) {
        return there_already(same, args, context, settings, ui);
    }
    if !args.dry_run {
        store.objects().sweep()?;
    }
    let arguments = arguments(args, rules.zone, &hours);
    let mut run = Run::begin(settings.clock, models::COMMAND, arguments, dataset, context.settings.used());
    let stop = interrupt::listen()?;
    let progress = ui.progress("training");
    let reading = Reading { threads: settings.threads, stop, progress: &|share| progress.set(share) };
    let trained = training::train(dataset, &stored, hours.clone(), &rules, &context.settings.digest, reading)?;
    drop(progress);

    let digest = training::digest(&context.settings.digest, &hours, &trained.parameters);
    let facts = |version| facts(version, &hours, digest, &rules, &trained.parameters);
    if args.dry_run {
        let claims = claims::list(store, dataset, DataType::Model)?;
        let same = claims.iter().find(|claim| claim.digest == digest).map(|claim| claim.version);
        let next = claims.last().map_or(1, |last| last.version + 1);
        let facts = facts(same.unwrap_or(next));
        tell(&facts, &trained, args, context, settings, ui)?;
        ui.note(match same {
            Some(same) => format!("that is model {same}; nothing was written"),
            None => format!("it would be model {next}; nothing was written"),
        });
        ui.next(with_store("train", &args.store));
        return Ok(ExitStatus::Done);
    }
    stop.check()?;
    let claimed = claims::claim(store, dataset, DataType::Model, &digest)?;
    if let Some(same) = made.iter().find(|model| model.facts.model_version == claimed.version) {
        return there_already(same, args, context, settings, ui);
    }
    let objects = objects(context, claimed.version, hours.end, &rules, &trained.parameters)?;
    let written = store.put_all(&objects)?;
    run.inputs = stored.objects(hours.clone()).cloned().collect();
    run.outputs =
        objects.iter().zip(&written).map(|(object, written)| ObjectUsed::written(&object.key, written)).collect();
    let facts = facts(claimed.version);
    run.counts.insert("parameters".to_owned(), facts.parameters.len() as u64);
    run.counts.insert("measurements".to_owned(), facts.parameters.iter().map(|history| history.measurements).sum());
    for (step, time) in [("baseline", trained.baseline), ("state", trained.state)] {
        run.seconds.insert(step.to_owned(), time.as_secs_f64());
    }
    run.tell(&facts)?;
    run.complete(store, settings.clock)?;
    tell(&facts, &trained, args, context, settings, ui)?;
    let (bytes, count) = (written.iter().map(|written| written.bytes).sum::<u64>(), written.len() as u64);
    ui.note(format_args!(
        "model {} written: {} of {} kB; baseline {:.2} s, state {:.2} s",
        facts.model_version,
        counted(count, "object"),
        grouped(bytes.div_ceil(1000)),
        trained.baseline.as_secs_f64(),
        trained.state.as_secs_f64()
    ));
    ui.next(with_store("detect", &args.store));
    Ok(ExitStatus::Done)
}

/// The hours to train on: what was asked for, as far as there is complete history.
fn hours(args: &TrainArgs, stored: &StoreReader, zone: Zone, settings: &Settings, ui: &Ui) -> Result<Range<Hour>> {
    let now = settings.clock.now();
    late::warn_of_future(stored.in_the_future(now), zone, ui);
    let (from, to) = args.range.hours(zone, now)?;
    let (Some(all), Some(complete)) = (stored.range(), stored.complete_until(now)) else {
        return Err(stored.nothing_in(Range::default(), zone));
    };
    if complete <= all.start {
        return Err(Error::failed("there is no complete hour yet")
            .hint(format!("the first one is over at {}; then train again", zone.rfc3339(all.start.end()))));
    }
    let hours = from.unwrap_or(all.start).max(all.start)..to.unwrap_or(complete).min(complete);
    if hours.is_empty() || !stored.has(hours.clone()) {
        return Err(stored.nothing_in(from.unwrap_or(all.start)..to.unwrap_or(complete), zone));
    }
    let [first, end] = [hours.start, hours.end].map(|hour| zone.rfc3339(hour.start()));
    if from.is_some_and(|from| from < hours.start) {
        ui.note(format_args!("there are no measurements before {first}"));
    }
    if to.is_some_and(|to| to > hours.end) {
        ui.note(format_args!("history is complete until {end}; later hours are left for later"));
    }
    Ok(hours)
}

/// What was asked for, as far as it decides what is done.
fn arguments(args: &TrainArgs, zone: Zone, hours: &Range<Hour>) -> Vec<String> {
    let asked = [(args.range.from, "--from", hours.start), (args.range.to, "--to", hours.end)];
    let given = asked.into_iter().filter(|(asked, ..)| asked.is_some());
    given.flat_map(|(_, flag, hour)| [flag.to_owned(), zone.rfc3339(hour.start())]).collect()
}

/// Says that there is nothing to do.
fn there_already(
    model: &Model,
    args: &TrainArgs,
    context: &Context,
    settings: &Settings,
    ui: &Ui,
) -> Result<ExitStatus> {
    let version = model.facts.model_version;
    let mut grid = show::histories(&model.facts);
    crate::commands::rows::show(&mut grid, show::about(&model.facts, context), "parameters", &args.show, settings, ui)?;
    ui.note(format_args!("model {version} is of the same data and settings already; nothing was written"));
    ui.next(with_store("detect", &args.store));
    Ok(ExitStatus::Done)
}

fn facts(version: u32, hours: &Range<Hour>, digest: Sha256, rules: &RuleSet, parameters: &[Learned]) -> Facts {
    let history = |learned: &Learned| {
        let Baseline { slots, history } = &learned.baseline;
        History {
            parameter: learned.parameter.name.to_string(),
            counted: learned.parameter.aggregation == Aggregation::Count,
            first: history.first,
            end: history.end,
            hours: history.hours,
            measurements: history.measurements,
            weeks: history.weeks,
            slots: slots.len() as u64,
            incomplete: history.incomplete,
            outlying: history.outlying,
            learning: learned.learning,
        }
    };
    Facts {
        model_version: version,
        from: hours.start,
        to: hours.end,
        digest,
        method: rules.method.id().to_owned(),
        timezone: rules.zone.name().to_owned(),
        parameters: parameters.iter().map(history).collect(),
    }
}

/// The objects of a model: its baselines, and the states at the end of its range.
fn objects(
    context: &Context,
    version: u32,
    end: Hour,
    rules: &RuleSet,
    parameters: &[Learned],
) -> Result<Vec<NewObject>> {
    let layout = context.store.layout();
    let mut baselines: BTreeMap<Partition, Vec<model::ParameterSlot>> = BTreeMap::new();
    for learned in parameters {
        for slot in &learned.baseline.slots {
            let parameter = &learned.parameter;
            let row = Coordinates {
                time: 0,
                parameter: &parameter.name,
                slot: usize::from(slot.slot),
                model_version: version,
            };
            let rows = baselines.entry(layout.partition(DataType::Model, &row)).or_default();
            rows.push((parameter.clone(), slot.clone()));
        }
    }
    let object = |data_type, partition, encoded: Encoded| {
        let (dataset, name) = (context.dataset.clone(), Name::Digest(encoded.digest));
        NewObject::new(ObjectName { data_type, dataset, partition, name }.key(), encoded.bytes)
    };
    let mut objects = Vec::with_capacity(baselines.len() + 1);
    for (partition, rows) in baselines {
        objects.push(object(DataType::Model, partition, model::encode(rows)?));
    }
    let at = end.start();
    let state = |learned: &Learned| state::StateRow {
        at,
        parameter: learned.parameter.clone(),
        rule: rules.method.id().to_owned(),
        model_version: version,
        state_digest: learned.state_digest,
        state: learned.state.clone(),
    };
    let row = Coordinates { time: at - 1, ..Coordinates::default() };
    let rows = state::encode(parameters.iter().map(state).collect())?;
    objects.push(object(DataType::State, layout.partition(DataType::State, &row), rows));
    Ok(objects)
}

/// Shows what stands behind each parameter, and what was left out.
fn tell(
    facts: &Facts,
    trained: &Trained,
    args: &TrainArgs,
    context: &Context,
    settings: &Settings,
    ui: &Ui,
) -> Result<()> {
    let mut about: Map<_, _> = show::about(facts, context);
    about.insert("dry_run".to_owned(), json!(args.dry_run));
    crate::commands::rows::show(&mut show::histories(facts), about, "parameters", &args.show, settings, ui)?;
    let zone = context.settings.settings.zone()?;
    ui.note(show::sentence(facts, context, zone));
    let left_out: Vec<&Learned> = trained
        .parameters
        .iter()
        .filter(|learned| learned.baseline.history.incomplete + learned.baseline.history.outlying > 0)
        .collect();
    for learned in left_out.iter().take(TOLD) {
        ui.note(format_args!(
            "left out of {}: {}",
            learned.parameter.name.escape_debug(),
            weeks(&learned.baseline, zone)
        ));
    }
    if left_out.len() > TOLD {
        let more = counted((left_out.len() - TOLD) as u64, "more parameter");
        ui.note(format_args!("… and of {more}; train show {} --left-out shows all", facts.model_version));
    }
    let most = facts.parameters.iter().map(|history| history.weeks).max().unwrap_or(0);
    if most < WEEKS {
        ui.note(format_args!("with less than {WEEKS} weeks of history, outlying weeks can't be told yet"));
    }
    let learning = facts.parameters.iter().filter(|history| history.learning).count() as u64;
    if learning > 0 {
        ui.note(format_args!("{} had too little history for limits", counted(learning, "parameter")));
    }
    Ok(())
}

/// Which weeks have hours that were left out: `the week of 2026-03-02 (3 incomplete hours, 20 outlying)`.
fn weeks(baseline: &Baseline, zone: Zone) -> String {
    const WEEK: i64 = 168 * HOUR;
    const MONDAY: i64 = -72 * HOUR; // of the week of 1970-01-01
    let weeks = baseline.left_out_by_week(zone);
    let texts = weeks.iter().take(TOLD).map(|(week, (incomplete, outlying))| {
        let monday = format::moment(MONDAY + week * WEEK, Zone::UTC);
        let monday = monday.split(' ').next().unwrap_or_default();
        let what = match (incomplete, outlying) {
            (0, outlying) => counted(u64::from(*outlying), "outlying hour"),
            (incomplete, 0) => counted(u64::from(*incomplete), "incomplete hour"),
            (incomplete, outlying) => {
                format!("{}, {outlying} outlying", counted(u64::from(*incomplete), "incomplete hour"))
            }
        };
        format!("week of {monday} ({what})")
    });
    let texts = texts.collect::<Vec<_>>().join("; ");
    if weeks.len() > TOLD { format!("{texts}; and {} more weeks", weeks.len() - TOLD) } else { texts }
}
