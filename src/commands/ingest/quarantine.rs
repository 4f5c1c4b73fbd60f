//! `ingest quarantine`: shows records that could not be used, and gives them back to be mended.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use globset::Glob;

use crate::cli::detect::OutputFormat;
use crate::cli::ingest::QuarantineArgs;
use crate::cli::store::StoreArgs;
use crate::commands::context::Context;
use crate::commands::next::with_store;
use crate::error::{Error, ExitStatus, Result};
use crate::pipeline::ingest::bad;
use crate::s3::Access;
use crate::s3::address::is_on_s3;
use crate::settings::Settings;
use crate::store::codec::rows::quarantine::{self, QuarantineRow};
use crate::store::runs::{self, ObjectUsed, Run};
use crate::ui::Ui;
use crate::ui::quarantine as table;
use crate::ui::sink::Sink;
use crate::ui::text::{counted, shell_path};

/// The command that runs which clear the quarantine record.
const COMMAND: &str = "ingest quarantine";

/// Runs `ingest quarantine`.
///
/// # Errors
/// When the store can't be read, or what was asked for not be written.
pub(super) fn run(args: &QuarantineArgs, place: &StoreArgs, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    if let Some(folder) = args.export.as_deref().filter(|folder| is_on_s3(folder)) {
        return Err(Error::usage(format!("--export {}: records to mend go to a folder on a disk", folder.display()))
            .hint("name a folder such as mended; what is mended can be ingested from S3, too"));
    }
    let context = Context::open(place, settings)?;
    let store = &context.store;
    let runs = runs::list(store, &context.dataset)?;
    let objects: Vec<ObjectUsed> = bad::shown(store, &runs)?.into_iter().map(|(_, object)| object).collect();
    let wanted = args.source.as_deref().map(|pattern| {
        Glob::new(pattern)
            .map(|glob| glob.compile_matcher())
            .map_err(|cause| Error::usage(format!("--source: {cause}")))
    });
    let wanted = wanted.transpose()?;
    let mut rows = Vec::new();
    for object in &objects {
        let read = quarantine::read(&object.name, store.read_verified(&object.name, &object.sha256)?)?;
        rows.extend(read.into_iter().filter(|row| wanted.as_ref().is_none_or(|glob| glob.is_match(&row.source))));
    }
    rows.sort();
    if let Some(folder) = &args.export {
        return export(&rows, folder, args.dry_run, place, ui);
    }
    if args.clear {
        if args.dry_run {
            ui.note(format_args!("{} would be cleared", counted(rows.len() as u64, "record")));
            return Ok(ExitStatus::Done);
        }
        let (clock, dataset) = (settings.clock, &context.dataset);
        let mut run = Run::begin(clock, COMMAND, vec!["--clear".to_owned()], dataset, context.settings.used());
        bad::clear(&mut run, &objects);
        run.counts.insert("records".to_owned(), rows.len() as u64);
        run.inputs = objects.clone();
        run.complete(store, clock)?;
        ui.note(format_args!("{} cleared", counted(rows.len() as u64, "record")));
        return Ok(ExitStatus::Done);
    }
    show(&rows, args, place, settings, ui)
}

fn show(
    rows: &[QuarantineRow],
    args: &QuarantineArgs,
    place: &StoreArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<ExitStatus> {
    let path = args.output.clone().unwrap_or_else(|| "-".into());
    let by_ending = match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Some(OutputFormat::Json),
        Some("ndjson" | "jsonl") => Some(OutputFormat::Ndjson),
        Some("csv") => Some(OutputFormat::Csv),
        _ => None,
    };
    let mut sink = Sink::create(&path, &settings.access)?;
    let written = match args.format.or(by_ending).or(settings.format).unwrap_or(OutputFormat::Table) {
        OutputFormat::Table => table::write_table(&mut sink, rows),
        OutputFormat::Json => table::write_json(&mut sink, rows),
        OutputFormat::Ndjson => table::write_ndjson(&mut sink, rows),
        OutputFormat::Csv => table::write_csv(&mut sink, rows),
    };
    written.map_err(|cause| sink.failed(&cause))?;
    sink.finish()?;
    ui.note(format_args!("{} in quarantine", counted(rows.len() as u64, "record")));
    if !rows.is_empty() {
        ui.next(with_store("ingest quarantine --export mended", place));
    }
    Ok(ExitStatus::Done)
}

/// Writes the records of each source, with the header of its table, to a file of the folder.
fn export(rows: &[QuarantineRow], folder: &Path, trial: bool, place: &StoreArgs, ui: &Ui) -> Result<ExitStatus> {
    let mut files: BTreeMap<(&str, Option<&str>), Vec<&QuarantineRow>> = BTreeMap::new();
    let cut = rows.iter().filter(|row| row.is_cut).count() as u64;
    for row in rows.iter().filter(|row| !row.is_cut) {
        files.entry((&row.source, row.header.as_deref())).or_default().push(row);
    }
    let mut names = BTreeSet::new();
    if !trial {
        let failed = |cause| Error::io(format_args!("can't make the folder {}", folder.display()), &cause);
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    for ((source, header), rows) in &files {
        let path = folder.join(unused(&mut names, source, rows[0]));
        if trial {
            ui.note(format_args!("would write {} to {}", counted(rows.len() as u64, "record"), path.display()));
            continue;
        }
        if path.exists() {
            return Err(Error::failed(format!("{} is there already", path.display()))
                .hint("it may have been mended: choose another folder, or remove it"));
        }
        let mut sink = Sink::create(&path, &Access::default())?;
        let lines = header.iter().map(|header| header.trim_end().as_bytes());
        let mut lines = lines.chain(rows.iter().map(|row| row.record.as_slice()));
        let written = lines.try_for_each(|line| sink.write_all(line).and_then(|()| sink.write_all(b"\n")));
        written.map_err(|cause| sink.failed(&cause))?;
        sink.finish()?;
    }
    if trial {
        ui.note("nothing was written");
        return Ok(ExitStatus::Done);
    }
    ui.note(format_args!(
        "{} of {} written to {}",
        counted(rows.len() as u64 - cut, "record"),
        counted(files.len() as u64, "source"),
        folder.display()
    ));
    if cut > 0 {
        ui.warn(format_args!("{} left out: only their beginnings were kept", counted(cut, "record")));
    }
    let command = with_store(&format!("ingest {}", shell_path(folder)), place);
    ui.next(format_args!("{command} (when the records are mended)"));
    Ok(ExitStatus::Done)
}

/// A name for the file of a source that no other file has.
fn unused(names: &mut BTreeSet<String>, source: &str, first: &QuarantineRow) -> String {
    let ending = match (&first.header, first.record.first()) {
        (None, Some(b'{' | b'[')) => "ndjson",
        _ => "csv",
    };
    let safe = |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' };
    let name: String = source.chars().map(safe).take(100).collect();
    let name = name.trim_start_matches(['.', '-']);
    let base = if name.is_empty() { "records" } else { name };
    let mut candidate = format!("{base}.{ending}");
    let mut again = 2;
    while !names.insert(candidate.clone()) {
        candidate = format!("{base}-{again}.{ending}");
        again += 1;
    }
    candidate
}
