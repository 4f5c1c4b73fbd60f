//! `status`: where a store stands.

mod check;
mod json;
mod table;

use crate::cli::status::StatusArgs;
use crate::cli::values::Format;
use crate::commands::context::{self, Context};
use crate::commands::next::with_store;
use crate::domain::dataset::Dataset;
use crate::domain::hour::Hour;
use crate::error::{Error, ExitStatus, Result};
use crate::interrupt;
use crate::pipeline::overview::Overview;
use crate::pipeline::store_reader::Reading;
use crate::settings::Settings;
use crate::store::Store;
use crate::ui::Ui;
use crate::ui::sink::Sink;

/// Runs `status`.
///
/// # Errors
/// When a flag makes no sense, or the store can't be read.
pub fn run(args: &StatusArgs, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    let format = super::rows::format(&args.show, settings);
    if format == Format::Csv {
        return Err(Error::usage("--format csv: a status has no rows").hint("it may be table or json"));
    }
    if args.check {
        return check::run(args, format, settings, ui);
    }
    let (store, _) = context::open_store(&args.store, settings)?;
    let output = args.show.output.clone().unwrap_or_else(|| "-".into());
    let datasets = store.datasets()?;
    if datasets.len() != 1 && context::named_dataset(&args.store, settings)?.is_none() {
        return all(&store, &datasets, args, format, &output, settings, ui);
    }
    let context = Context::open(&args.store, settings)?;
    let overview = look(&store, &context.dataset, settings, ui)?;
    let mut sink = Sink::create(&output, &settings.access)?;
    let written = match format {
        Format::Json => json::write(&mut sink, &context, &overview),
        Format::Table | Format::Csv => {
            let zone = context.settings.settings.zone()?;
            table::write(&mut sink, &context, &overview, zone)
        }
    };
    written.map_err(|cause| sink.failed(&cause))?;
    sink.finish()?;
    ui.next(with_store(next(&overview), &args.store));
    Ok(ExitStatus::Done)
}

/// A line for each dataset of a store that has none, or several.
fn all(
    store: &Store,
    datasets: &[Dataset],
    args: &StatusArgs,
    format: Format,
    output: &std::path::Path,
    settings: &Settings,
    ui: &Ui,
) -> Result<ExitStatus> {
    let mut overviews = Vec::new();
    for dataset in datasets {
        overviews.push((dataset, look(store, dataset, settings, ui)?));
    }
    let mut sink = Sink::create(output, &settings.access)?;
    let written = match format {
        Format::Json => json::write_all(&mut sink, store, &overviews),
        Format::Table | Format::Csv => table::write_all(&mut sink, store, &overviews),
    };
    written.map_err(|cause| sink.failed(&cause))?;
    sink.finish()?;
    match datasets.first() {
        None => ui.next(with_store("ingest FILES --dataset CUSTOMER/APPLICATION/VERSION", &args.store)),
        Some(first) => ui.next(format_args!("{} --dataset {first}", with_store("status", &args.store))),
    }
    Ok(ExitStatus::Done)
}

fn look(store: &Store, dataset: &Dataset, settings: &Settings, ui: &Ui) -> Result<Overview> {
    let stop = interrupt::listen()?;
    let progress = ui.progress("reading");
    let reading = Reading { threads: settings.threads, stop, progress: &|share| progress.set(share) };
    Overview::of(store, dataset, settings.clock.now(), reading)
}

/// What is worth doing next.
fn next(overview: &Overview) -> &'static str {
    let new = overview.new_hours().is_some_and(|hours| !hours.is_empty());
    match () {
        () if overview.hours.is_none() => "ingest FILES",
        () if overview.models.is_empty() => "train",
        () if new => "detect",
        () => "train list",
    }
}

/// The beginning of an hour.
fn start(hour: Hour) -> i64 {
    hour.start()
}
