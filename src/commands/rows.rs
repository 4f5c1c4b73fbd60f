//! Shows rows as it was asked for.

use serde_json::{Map, Value};

use crate::cli::detect::OutputFormat;
use crate::cli::values::{Format, ShowArgs};
use crate::error::Result;
use crate::settings::Settings;
use crate::ui::Ui;
use crate::ui::grid::Grid;
use crate::ui::sink::Sink;

/// How many rows a terminal shows unless told otherwise.
const TOP: usize = 40;

/// Shows rows. On a terminal a table is cut; `more` says how to see the rest.
pub(super) fn show(
    grid: &mut Grid,
    about: Map<String, Value>,
    name: &str,
    args: &ShowArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<()> {
    let format = format(args, settings);
    let output = args.output.clone().unwrap_or_else(|| "-".into());
    let all = grid.rows.len();
    let cut = format == Format::Table && output.as_os_str() == "-" && ui.width().is_some() && all > TOP;
    if cut {
        grid.rows.truncate(TOP);
    }
    let mut sink = Sink::create(&output, &settings.access)?;
    grid.write(&mut sink, format, about, name).map_err(|cause| sink.failed(&cause))?;
    sink.finish()?;
    if cut {
        ui.note(format_args!("… and {} more rows (--format csv shows all)", all - TOP));
    }
    Ok(())
}

/// The format: as typed, by the name of the file, by the settings, a table.
pub(super) fn format(args: &ShowArgs, settings: &Settings) -> Format {
    let ending = args.output.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
    let by_ending = match ending {
        Some("json") => Some(Format::Json),
        Some("csv") => Some(Format::Csv),
        _ => None,
    };
    let by_settings = settings.format.map(|format| match format {
        OutputFormat::Table => Format::Table,
        OutputFormat::Json | OutputFormat::Ndjson => Format::Json,
        OutputFormat::Csv => Format::Csv,
    });
    args.format.or(by_ending).or(by_settings).unwrap_or(Format::Table)
}
