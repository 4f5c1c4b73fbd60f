//! What was done, for people and for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use crate::domain::hour::Hour;
use serde_json::json;

use super::target::Target;
use crate::cli::ingest::{IngestArgs, SummaryFormat};
use crate::cli::store::StoreArgs;
use crate::commands::late;
use crate::commands::next::with_store;
use crate::domain::measurement::Millis;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::pipeline::ingest::read::ReadAll;
use crate::pipeline::ingest::write::Written;
use crate::s3::Access;
use crate::ui::Ui;
use crate::ui::sink::Sink;
use crate::ui::text::{counted, grouped};

/// Where the summary goes, if it is a document: it is known to be writable before anything is ingested.
pub(super) struct Output(Option<Sink>);

impl Output {
    /// What the flags say.
    pub fn of(args: &IngestArgs, access: &Access) -> Result<Self> {
        let path: PathBuf = args.output.clone().unwrap_or_else(|| "-".into());
        let json = path.extension().is_some_and(|ending| ending == "json");
        let format = args.format.unwrap_or(if json { SummaryFormat::Json } else { SummaryFormat::Table });
        if format == SummaryFormat::Table && args.output.is_some() {
            return Err(Error::usage("--output needs --format json").hint("or a name that ends with .json"));
        }
        let is_document = format == SummaryFormat::Json;
        Ok(Self(is_document.then(|| Sink::create(&path, access)).transpose()?))
    }
}

/// What was done, or would be.
pub(super) struct Summary {
    /// The run, once it is complete.
    pub run: Option<String>,
    trial: bool,
    store: String,
    dataset: String,
    /// How later commands name store and dataset, where they must.
    place: StoreArgs,
    /// Whether there is a model already.
    pub has_model: bool,
    /// The hours  that detection has come past without what was ingested.
    pub late: BTreeSet<Hour>,
    /// The hours that have not begun yet, in order.
    future: Vec<Hour>,
    /// In which they are told.
    pub zone: Zone,
    hours: u64,
    records: u64,
    bad: u64,
    missing: u64,
    sources: Vec<serde_json::Value>,
    new_records: u64,
    new_measurements: u64,
    objects: u64,
    bytes: u64,
}

impl Summary {
    /// What is known when everything has been read.
    pub fn of(all: &ReadAll, target: &Target, args: &IngestArgs, now: Millis) -> Self {
        let sources = all.sources.iter().map(|source| {
            json!({ "source": source.label, "records": source.records, "measurements": source.values,
                "missing": source.missing, "bad": source.bad })
        });
        Self {
            run: None,
            trial: args.dry_run,
            store: target.place.text.clone(),
            dataset: target.dataset.to_string(),
            place: args.store.clone(),
            has_model: false,
            late: BTreeSet::new(),
            future: all.hours.iter().map(|(hour, _)| *hour).filter(|hour| hour.start() > now).collect(),
            zone: Zone::UTC,
            hours: all.hours.len() as u64,
            records: all.sources.iter().map(|source| source.records).sum(),
            bad: all.sources.iter().map(|source| source.bad).sum(),
            missing: all.sources.iter().map(|source| source.missing).sum(),
            sources: sources.collect(),
            new_records: 0,
            new_measurements: 0,
            objects: 0,
            bytes: 0,
        }
    }

    /// Adds what was written.
    pub fn add(&mut self, written: &Written) {
        self.new_records += written.records;
        self.new_measurements += written.values;
        self.objects += written.objects;
        self.bytes += written.bytes;
    }

    /// For the run log.
    pub fn counts(&self) -> BTreeMap<String, u64> {
        let counts = [
            ("records", self.new_records),
            ("measurements", self.new_measurements),
            ("already there", self.records - self.new_records),
            ("hours", self.hours),
            ("bad", self.bad),
            ("missing", self.missing),
        ];
        counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
    }

    /// Tells it.
    pub fn tell(&self, output: Output, started: Instant, ui: &Ui) -> Result<()> {
        let seconds = started.elapsed().as_secs_f64();
        if let Some(mut sink) = output.0 {
            let document = json!({
                "schema": "trebuchet-ad/ingest", "version": 1, "tool_version": env!("CARGO_PKG_VERSION"),
                "run": self.run, "dry_run": self.trial, "store": self.store, "dataset": self.dataset,
                "records": self.records, "already_there": self.records - self.new_records,
                "new_records": self.new_records, "new_measurements": self.new_measurements, "hours": self.hours,
                "late_hours": self.late.len(), "future_hours": self.future.len(), "bad": self.bad,
                "missing": self.missing, "objects": self.objects, "bytes": self.bytes, "seconds": (seconds * 1000.0).round() / 1000.0, "sources": self.sources,
            });
            writeln!(sink, "{document:#}").map_err(|cause| sink.failed(&cause))?;
            sink.finish()?;
        }
        let (would, run) = match &self.run {
            None => ("would be ", String::new()),
            Some(run) => ("", format!("; run {run}")),
        };
        let size = match self.bytes {
            ..1_000_000 => format!("{} kB", grouped(self.bytes.div_ceil(1000))),
            _ => format!("{:.1} MB", self.bytes as f64 / 1e6),
        };
        ui.note(format_args!(
            "{} with {} {would}new in {} ({} already there); {}, {size}; {seconds:.1} s{run}",
            counted(self.new_records, "record"),
            counted(self.new_measurements, "measurement"),
            self.dataset,
            grouped(self.records - self.new_records),
            counted(self.objects, "object"),
        ));
        ui.detail(format_args!("{} in {}", counted(self.records, "record"), counted(self.hours, "hour")));
        if self.bad > 0 {
            let place = if self.trial { "would be put into" } else { "in" };
            let command = with_store("ingest quarantine", &self.place);
            ui.note(format_args!("{} {place} quarantine: {command}", counted(self.bad, "bad record")));
        }
        late::warn(&self.late, self.zone, ui);
        late::warn_of_future(self.future.iter().copied(), self.zone, ui);
        if !self.trial {
            let next = match self.has_model {
                false => "train",
                true if self.late.is_empty() => "detect",
                true => "status", // which says what is stale
            };
            ui.next(with_store(next, &self.place));
        }
        Ok(())
    }
}
