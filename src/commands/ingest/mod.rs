//! `ingest`: records from files into a store.

mod list;
mod quarantine;
mod request;
mod revoke;
mod sources;
mod summary;
mod target;

use std::time::Instant;

use self::summary::Summary;
use self::target::Target;
use crate::cli::ingest::{IngestArgs, IngestCommand};
use crate::commands::reading::MaxBad;
use crate::domain::hour::Hour;
use crate::domain::measurement::Millis;
use crate::error::{Error, ExitStatus, Result};
use crate::interrupt::{self, Stop};
use crate::memory_budget::MemoryBudget;
use crate::pipeline::ingest::encoded_hour::Most;
use crate::pipeline::ingest::hour::{Known, Plan};
use crate::pipeline::ingest::read::{self, ReadAll, Reading};
use crate::pipeline::ingest::{fields, revoke as revoking, write};
use crate::settings::Settings;
use crate::source::ReadOptions;
use crate::source::input::{self, Input};
use crate::source::records::Mapping;
use crate::store::checkpoints::Log;
use crate::store::layout::DataType;
use crate::store::runs::{self, ObjectUsed, Run};
use crate::store::settings::DatasetSettings;
use crate::store::{Store, detections, models};
use crate::ui::Ui;

/// Runs `ingest`.
///
/// # Errors
/// When a flag makes no sense, a source can't be read, or the store can't be written.
pub fn run(args: &IngestArgs, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    match &args.command {
        Some(IngestCommand::List(list)) => return list::run(list, &args.store, settings, ui),
        Some(IngestCommand::Quarantine(quarantine)) => return quarantine::run(quarantine, &args.store, settings, ui),
        Some(IngestCommand::Revoke(revoke)) => return revoke::run(revoke, &args.store, settings, ui),
        None => {}
    }
    let started = Instant::now();
    let max_bad = MaxBad::parse(args.max_bad.as_deref(), "record")?;
    let output = summary::Output::of(args, &settings.access)?;
    let target = Target::find(args, settings)?;
    let mut wanted = request::settings(args, target.stored.as_ref())?;
    let mapping = request::mapping(&wanted)?;
    let stop = interrupt::listen()?;
    let inputs = target.outside(input::discover(&args.inputs, &settings.access)?)?;
    let options = options(args, &inputs, &mut wanted, &mapping, &target)?;

    let progress = ui.progress("reading");
    let (threads, memory, now) = (settings.threads, args.memory, settings.clock.now());
    let reading = Reading { inputs: &inputs, options: &options, mapping: &mapping, threads, memory, now };
    let all = read::read(&reading, stop, &|share| progress.set(share))?;
    drop(progress);
    sources::tell(&all.sources, &inputs, &args.store, ui)?;
    let sum = |of: fn(&read::SourceReport) -> u64| all.sources.iter().map(of).sum::<u64>();
    let (bad, good) = (sum(|source| source.bad), sum(|source| source.records));
    max_bad.check(bad, good, "record", "nothing was written; correct the records above")?;

    let work = Work { args, settings, inputs: &inputs, options: &options, mapping: &mapping, now, stop, ui };
    let mut summary = Summary::of(&all, &target, args, now);
    if args.dry_run {
        work.try_out(&target, all, &mut summary)?;
    } else {
        work.write(target, &wanted, all, &mut summary)?;
    }
    summary.tell(output, started, ui)?;
    Ok(ExitStatus::Done)
}

/// How files are read; the settings are told what must be kept of it.
fn options(
    args: &IngestArgs,
    inputs: &[Input],
    wanted: &mut DatasetSettings,
    mapping: &Mapping,
    target: &Target,
) -> Result<ReadOptions> {
    let options = request::read_options(args, wanted)?;
    if options.time_column.is_some() {
        return Ok(options);
    }
    let needed = fields::needed(inputs, &options, mapping)?;
    if let (Some(column), true) = (&needed.time_column, target.stored.is_some()) {
        let dataset = &target.dataset;
        let message = format!(
            "the times are in column {}, but {dataset} knows them by usual names",
            crate::source::excerpt::name(column)
        );
        return Err(Error::usage(message).hint("ingest these files into another dataset, with --dataset"));
    }
    wanted.mapping.time_field.clone_from(&needed.time_column);
    wanted.mapping.parameter_field.clone_from(&needed.parameter_column);
    wanted.mapping.value_field.clone_from(&needed.value_column);
    Ok(needed)
}

/// What the work needs.
struct Work<'a> {
    args: &'a IngestArgs,
    settings: &'a Settings,
    inputs: &'a [Input],
    options: &'a ReadOptions,
    mapping: &'a Mapping,
    /// When the records come in.
    now: Millis,
    stop: &'a Stop,
    ui: &'a Ui,
}

impl Work<'_> {
    /// Writes everything and completes the run.
    fn write(&self, target: Target, wanted: &DatasetSettings, all: ReadAll, summary: &mut Summary) -> Result<()> {
        let clock = self.settings.clock;
        let (store, stored) = target.ready(self.args, wanted, &self.settings.access)?;
        let dataset = &target.dataset;
        store.objects().sweep()?;
        let log = Log::read(&store, dataset)?;
        log.fold(&store)?;
        let before = &log.runs;
        revoking::complete(&store, before)?;
        let mut run = Run::begin(clock, "ingest", self.args.inputs.clone(), dataset, stored.used());
        let known = Known::of(before);
        let mut outputs = all.bad.write(&store, dataset, &known, run.started)?;
        let mut relied: Vec<String> = outputs.iter().map(|object| object.name.clone()).collect();
        let labels = read::labels(self.inputs);
        let plan = Plan {
            store: Some(&store),
            dataset,
            known,
            labels: &labels,
            options: self.options,
            mapping: self.mapping,
            now: self.now,
            most: Most::ORDINARY,
            memory: MemoryBudget::new(self.args.memory),
        };
        let progress = self.ui.progress("writing");
        let share = |share| progress.set(share);
        let mut written = write::hours(&plan, all.hours, self.settings.threads, self.stop, false, &share)?;
        drop(progress);
        self.stop.check()?;
        run.inputs = all.sources.iter().filter_map(read::SourceReport::used).collect();
        outputs.append(&mut written.outputs);
        relied.append(&mut written.relied);
        let turn = revoking::rely(&store, &mut run, relied)?;
        let newer = log.newer(&store)?;
        revoked_meanwhile(&newer, before, &outputs)?;
        let hour = |object| Some((measured_in(&store, object)?, object));
        let detections = before.iter().chain(&newer).filter(|run| run.command == detections::COMMAND);
        let detected = detections::list(&detections.cloned().collect::<Vec<_>>())?;
        summary.late = detections::late(&detected, outputs.iter().filter_map(hour));
        summary.zone = stored.settings.zone()?;
        run.outputs = outputs;
        summary.add(&written);
        summary.has_model = !models::list(before)?.is_empty();
        run.counts = summary.counts();
        revoking::complete_relying(&store, &mut run, clock, turn)?;
        summary.run = Some(run.id);
        Ok(())
    }

    /// Tells what would be written.
    fn try_out(&self, target: &Target, all: ReadAll, summary: &mut Summary) -> Result<()> {
        let known = match &target.store {
            Some(store) => Known::of(&runs::list(store, &target.dataset)?),
            None => Known::default(),
        };
        let labels = read::labels(self.inputs);
        let plan = Plan {
            store: target.store.as_ref(),
            dataset: &target.dataset,
            known,
            labels: &labels,
            options: self.options,
            mapping: self.mapping,
            now: self.now,
            most: Most::ORDINARY,
            memory: MemoryBudget::new(self.args.memory),
        };
        let progress = self.ui.progress("trying");
        let share = |share| progress.set(share);
        summary.add(&write::hours(&plan, all.hours, self.settings.threads, self.stop, true, &share)?);
        Ok(())
    }
}

/// The hour of an object with measurements; `None` for others.
fn measured_in(store: &Store, object: &ObjectUsed) -> Option<Hour> {
    let name = store.layout().parse(&object.name).filter(|name| name.data_type == DataType::Measurements)?;
    name.partition.start().map(Hour::of)
}

/// Fails if what this run relies on was taken out of sight in the meantime.
fn revoked_meanwhile(newer: &[Run], before: &[Run], outputs: &[ObjectUsed]) -> Result<()> {
    if newer.iter().all(|run| run.revokes.is_empty()) {
        return Ok(());
    }
    let now: Vec<Run> = before.iter().chain(newer).cloned().collect();
    let (now, before) = (Known::of(&now), Known::of(before));
    let gone = outputs.iter().find(|object| now.is_revoked(&object.name) && !before.is_revoked(&object.name));
    match gone {
        None => Ok(()),
        Some(object) => Err(revoking::revoked_meanwhile(&object.name)),
    }
}
