//! What the user hears of the files: rows that could not be used, files that hold no data, and files that should have
//! been read and could not be.

use super::request::FilesRequest;
use crate::commands::advice;
use crate::domain::text::visible;
use crate::error::{Error, ExitStatus, Kind};
use crate::pipeline::files::{FileReport, UnitOutcome};
use crate::ui::Ui;
use crate::ui::text::counted;

/// How many bad rows are described.
const BAD_ROWS: usize = 10;

/// How many files of a folder that hold no data are named, each with the reason.
const NOT_DATA: usize = 3;

/// How many errors are shown in full.
const ERRORS: usize = 10;

/// Tells of rows and files that were left out, and returns the errors that make the whole a failure. They are told last,
/// with [`tell_errors`], below the result. What was skipped in files that turn out to be no data is forgotten.
pub(super) fn tell(outcomes: &mut [UnitOutcome], request: &FilesRequest, ui: &Ui) -> Vec<Error> {
    let mut troubles = Vec::new();
    let mut not_data = Vec::new();
    let (mut described, mut bad) = (0, 0);
    for file in outcomes.iter_mut().flat_map(|outcome| &mut outcome.files) {
        let label = visible(&file.label);
        if file.measurements == 0 && request.may_hold_no_data(file) {
            not_data.push(file.error.take().map_or_else(|| why_nothing(file, &label), |error| error.with_cause()));
            file.skipped = crate::source::Skipped::default();
            continue;
        }
        for note in &file.notes {
            let text = format!("{label}: {note}");
            if request.is_single() { ui.note(text) } else { ui.detail(text) }
        }
        let mut examples: Vec<_> = file.skipped.examples().iter().collect();
        examples.sort_by_key(|example| example.line);
        for example in examples.into_iter().take(BAD_ROWS - described) {
            described += 1;
            ui.note(format_args!("{label}:{}: {}", example.line, example.message));
        }
        bad += file.skipped.bad();
        if let Some(error) = file.error.take() {
            troubles.push(error);
        } else if file.measurements == 0 {
            troubles.push(nothing_in(file, &label));
        }
    }
    let more = bad - described as u64;
    if described > 0 && more > 0 {
        ui.note(format_args!("… and {}", counted(more, "more bad row")));
    }
    if not_data.len() <= NOT_DATA {
        not_data.iter().for_each(|reason| ui.note(format_args!("not data: {}", visible(reason))));
    } else {
        not_data.iter().for_each(|reason| ui.detail(format_args!("not data: {}", visible(reason))));
        let files = counted(not_data.len() as u64, "file");
        ui.note(format_args!("{files} of the folder left out as not data (--verbose says which, and why)"));
    }
    troubles
}

/// Tells the errors, and returns what they amount to.
pub(super) fn tell_errors(errors: &[Error], ui: &Ui) -> ExitStatus {
    for error in errors.iter().take(ERRORS) {
        advice::tell(error, None, ui);
    }
    if errors.len() > ERRORS {
        let more = counted((errors.len() - ERRORS) as u64, "more error");
        advice::tell(&Error::failed(format!("… and {more} of this kind")), None, ui);
    }
    let kind = |wanted: &Kind| errors.iter().any(|error| error.kind() == *wanted);
    let worst = [Kind::Failed, Kind::Usage].into_iter().find(kind);
    worst.or(errors.first().map(Error::kind)).map_or(ExitStatus::Done, ExitStatus::Failed)
}

/// The error when there is nothing to show, and no file to blame.
pub(super) fn nothing_measured(outcomes: &[UnitOutcome], request: &FilesRequest) -> Error {
    if request.options.parameters.is_empty() {
        return Error::failed("there are no measurements in any file")
            .hint("detect reads CSV, NDJSON, JSON and Parquet with a time and numbers");
    }
    let mut names: Vec<&str> =
        outcomes.iter().flat_map(|outcome| outcome.unwanted.names()).map(|name| &**name).collect();
    names.sort_unstable();
    names.dedup();
    let more = if names.len() > ERRORS { ", …" } else { "" };
    let shown: Vec<String> = names.iter().take(ERRORS).map(|name| crate::source::excerpt::name(name)).collect();
    Error::usage("no parameter matches --parameter").hint(format!("there are: {}{more}", shown.join(", ")))
}

/// Why there is nothing in a file that could be read.
fn why_nothing(file: &FileReport, label: &str) -> String {
    file.skipped.examples().first().map_or_else(
        || format!("{label}: no measurements"),
        |example| format!("{label}:{}: {}", example.line, example.message),
    )
}

fn nothing_in(file: &FileReport, label: &str) -> Error {
    let error = Error::failed(format!("{label}: no row has both a time and a number"));
    if file.skipped.bad() == 0 {
        error.hint("all values are missing")
    } else {
        error.hint("correct the rows above, or name the columns with --time-column and --value-column")
    }
}
