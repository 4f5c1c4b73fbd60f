//! What the user hears of the sources, before anything is written.

use crate::cli::store::StoreArgs;
use crate::commands::advice;
use crate::domain::text::visible;
use crate::error::{Cause, Error, Result};
use crate::pipeline::ingest::read::SourceReport;
use crate::source::input::Input;
use crate::ui::Ui;
use crate::ui::text::counted;

/// How many bad records are described.
const BAD: usize = 10;

/// How many errors are shown in full.
const ERRORS: usize = 10;

/// Tells of bad records, and of files of a folder that are no data.
///
/// # Errors
/// When a source can't be read, or nothing in it can be used: then nothing must be written.
pub(super) fn tell(sources: &[SourceReport], inputs: &[Input], store: &StoreArgs, ui: &Ui) -> Result<()> {
    let mut errors = Vec::new();
    let (mut described, mut bad) = (0, 0);
    for (source, input) in sources.iter().zip(inputs) {
        let label = visible(&source.label);
        if source.records + source.bad == 0 && may_hold_no_data(source, input) {
            let why = source.error.as_ref().map_or_else(|| format!("{label}: no records"), Error::with_cause);
            ui.note(format_args!("not data: {}", visible(&why)));
            continue;
        }
        for note in &source.notes {
            let text = format!("{label}: {note}");
            if sources.len() == 1 { ui.note(text) } else { ui.detail(text) }
        }
        for (line, message) in source.examples.iter().take(BAD - described) {
            described += 1;
            ui.note(format_args!("{label}:{line}: {message}"));
        }
        bad += source.bad;
        match &source.error {
            Some(error) => errors.push(error.clone()),
            None if source.records == 0 && !input.from_directory => {
                let error = Error::failed(format!("{label}: there is no record that can be used"));
                errors.push(match source.bad {
                    0 => error.hint("the file is empty"),
                    _ => error.hint("correct the records above, or name the fields with --time-column and others"),
                });
            }
            None => {}
        }
    }
    let more = bad - described as u64;
    if described > 0 && more > 0 {
        ui.note(format_args!("… and {}", counted(more, "more bad record")));
    }
    let many = errors.len();
    let Some(last) = errors.pop() else {
        let any = sources.iter().any(|source| source.records > 0);
        return if any {
            Ok(())
        } else {
            Err(Error::failed("there are no records in any file").hint("nothing was written"))
        };
    };
    errors.iter().take(ERRORS - 1).for_each(|error| advice::tell(error, Some(store), ui));
    if many > ERRORS {
        ui.note(format_args!("… and {} of this kind", counted((many - ERRORS) as u64, "more error")));
    }
    Err(last.hint("nothing was written: everything must be readable"))
}

/// Whether a file lies in a folder by chance, so that it is no error if there is no data in it.
fn may_hold_no_data(source: &SourceReport, input: &Input) -> bool {
    let sure = [".parquet", ".gz", ".zst"].iter().any(|ending| source.label.ends_with(ending));
    let unreadable = source.error.as_ref().is_some_and(|error| sure || error.cause() == Cause::System);
    input.from_directory && !unreadable
}
