//! `status --check`: whether what the subcommands need of the store can be done.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::json::{FORMAT, line};
use crate::cli::status::StatusArgs;
use crate::cli::values::Format;
use crate::commands::context::{named_by, store_place};
use crate::commands::next::with_store;
use crate::domain::text::visible;
use crate::error::{Error, ExitStatus, Result};
use crate::s3::check::{ABORT, Answer, Checked};
use crate::settings::Settings;
use crate::store::check::{self, Report};
use crate::store::place::Place;
use crate::ui::Ui;
use crate::ui::grid::{Cell, Grid};
use crate::ui::sink::Sink;

/// The subcommands that use a store.
const COMMANDS: [&str; 5] = ["ingest", "ingest revoke", "train", "detect", "status"];

/// Who writes.
const WRITERS: [&str; 4] = ["ingest", "ingest revoke", "train", "detect"];

/// Tries it, shows it, and fails where something is missing that a subcommand needs.
pub(super) fn run(args: &StatusArgs, format: Format, settings: &Settings, ui: &Ui) -> Result<ExitStatus> {
    let named = store_place(&args.store, settings)?;
    let name = format!("{}-{:016x}", settings.clock.now(), settings.clock.salt());
    let report = Place::parse(&named.text).and_then(|place| check::check(&place, &settings.access, &name));
    let report = report.map_err(|error| named_by(error, &named.origin))?;
    let output = args.show.output.clone().unwrap_or_else(|| "-".into());
    let mut sink = Sink::create(&output, &settings.access)?;
    let written = match format {
        Format::Json => write_json(&mut sink, &report),
        Format::Table | Format::Csv => write_table(&mut sink, &report),
    };
    written.map_err(|cause| sink.failed(&cause))?;
    sink.finish()?;
    if let Some(error) = missing(&report.checked) {
        return Err(error);
    }
    for checked in &report.checked {
        if let Answer::No(_) = checked.answer {
            ui.warn(format_args!(
                "{} on {} is not allowed: unfinished uploads of large objects stay until a rule of the bucket removes them",
                checked.what,
                visible(&checked.on)
            ));
        }
    }
    ui.next(with_store("status", &args.store));
    Ok(ExitStatus::Done)
}

/// The subcommands that fail without it.
fn needed_by(what: &str) -> &'static [&'static str] {
    use crate::s3::check::{CREATES_ONLY, DECRYPT, ENCRYPT, LISTS_AT_ONCE};
    match what {
        "s3:ListBucket" | "s3:GetObject" | DECRYPT | check::READ => &COMMANDS,
        "s3:PutObject" | ENCRYPT | check::CREATE | CREATES_ONLY | LISTS_AT_ONCE => &WRITERS,
        "s3:DeleteObject" => &["ingest revoke"],
        // files that are in the making are deleted under another name
        check::DELETE => &["ingest revoke"],
        _ => &[],
    }
}

/// The error where a subcommand would fail.
fn missing(all: &[Checked]) -> Option<Error> {
    let lacks = all.iter().filter_map(|checked| match &checked.answer {
        Answer::No(reason) if !needed_by(checked.what).is_empty() => Some((checked, reason)),
        _ => None,
    });
    let lacks: Vec<(&Checked, &String)> = lacks.collect();
    if lacks.is_empty() {
        return None;
    }
    let what: Vec<&str> = lacks.iter().map(|(checked, _)| checked.what).collect();
    let fails = |command: &&str| lacks.iter().any(|(checked, _)| needed_by(checked.what).contains(command));
    let failing: Vec<&str> = COMMANDS.into_iter().filter(fails).collect();
    let message = format!("missing: {}; so these fail: {}", what.join(", "), failing.join(", "));
    let hints = lacks.iter().map(|(checked, reason)| match checked.what {
        permission if permission.contains(':') => {
            format!("whoever manages the permissions must allow {permission} on {}", checked.on)
        }
        what if checked.on.starts_with("http") || checked.on.starts_with("S3 ") => {
            format!("a store needs a server that {what}; of {}: {reason}; use a newer version of it", checked.on)
        }
        what => format!("to {what} fails: {reason}"),
    });
    Some(hints.fold(Error::failed(message), Error::hint))
}

fn write_table(out: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(out, "{:<12}{}", "store", visible(&report.place))?;
    if let Some(server) = &report.server {
        writeln!(out, "{:<12}{}", "server", visible(server))?;
    }
    writeln!(out)?;
    let mut grid = Grid::new(&["what", "answer", "needed by"]);
    for checked in &report.checked {
        let needed = match needed_by(checked.what) {
            [] if checked.what == ABORT => "nobody: it tidies up after large objects".to_owned(),
            needed => needed.join(", "),
        };
        grid.push([Cell::from(checked.what), answer(&checked.answer).into(), needed.into()]);
    }
    grid.write_table(out)
}

fn write_json(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let checks = report.checked.iter().map(|checked| {
        let reason = match &checked.answer {
            Answer::Yes => Value::Null,
            Answer::No(reason) | Answer::Unknown(reason) => json!(reason),
        };
        json!({
            "what": checked.what,
            "on": checked.on,
            "answer": answer(&checked.answer),
            "reason": reason,
            "needed_by": needed_by(checked.what),
        })
    });
    let store = json!({"place": report.place, "server": report.server});
    line(out, &json!({"format_version": FORMAT, "store": store, "checks": checks.collect::<Vec<_>>()}))
}

fn answer(answer: &Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No(_) => "no",
        Answer::Unknown(_) => "unknown",
    }
}
