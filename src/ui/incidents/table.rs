//! Two lines an incident, for people. The first has the beginning of its identity, by which it can be named.

use std::io::{self, Write};

use super::{Report, ShownIncident};
use crate::domain::explanation::{Wording, judged_by, of_incident};
use crate::domain::format::{DIGITS, duration, moment, number, telling_digits};
use crate::domain::incident::{Incident, Kind, News};
use crate::domain::measurement::Millis;
use crate::domain::severity::Level;
use crate::domain::text::{columns, columns_of, visible};
use crate::domain::zone::Zone;
use crate::source::Reason;
use crate::ui::text::{counted, grouped, paint};

/// The width of a terminal whose width is not known.
const WIDTH: usize = 80;

/// From this width on the limits stand beside the value.
const WIDE: usize = 140;

/// From this width on the beginning of the identity stands before the name.
const WITH_ID: usize = 72;

/// Writes the worst `top` incidents. Of a store, those that only go on are left out.
///
/// # Errors
/// Those of the writer.
pub fn write_table(
    out: &mut impl Write,
    report: &Report,
    top: usize,
    width: Option<usize>,
    color: bool,
) -> io::Result<()> {
    let shown: Vec<&ShownIncident> = report.news().take(top).collect();
    let rows: Vec<[String; 4]> = shown
        .iter()
        .map(|finding| {
            let incident = &finding.incident;
            let id =
                if width.is_none_or(|width| width >= WITH_ID) { incident.id.short() + "  " } else { String::new() };
            [start(incident, report.zone), length(incident), level(finding), id]
        })
        .collect();
    let widest = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [widest(0), widest(1), widest(2)];
    for (finding, [when, long, level, id]) in shown.iter().zip(&rows) {
        let head = format!("{when:w0$}  {long:>w1$}  ", w0 = widths[0], w1 = widths[1]);
        let level = format!("{level:w2$}", w2 = widths[2]);
        let taken = head.chars().count() + widths[2] + 2 + id.len();
        let room = width.map(|width| width.saturating_sub(taken));
        let name = shortened(&visible(&finding.name), room);
        let level = paint(&level, code(finding.severity.level()), color);
        let ended = if matches!(finding.news, Some((News::Ended, _))) { "  (ended)" } else { "" };
        writeln!(out, "{head}{level}  {}{}{ended}", paint(id, "2", color), paint(&name, "1", color))?;
        writeln!(
            out,
            "  {}",
            cut(
                &reason(finding, width.unwrap_or(WIDTH).saturating_sub(2), report.zone),
                width.map(|width| width.saturating_sub(2))
            )
        )?;
    }
    Ok(())
}

/// When an incident began. The onset of a silence is computed: its milliseconds say nothing.
fn start(incident: &Incident, zone: Zone) -> String {
    let time = incident.alert.time;
    moment(if incident.alert.value().is_some() { time } else { time.div_euclid(1000) * 1000 }, zone)
}

/// How long an incident lasted.
fn length(incident: &Incident) -> String {
    match (incident.duration(), incident.kind) {
        (0, Kind::Value) => "1 value".to_owned(),
        (0, Kind::LevelShift | Kind::Silence) => "at once".to_owned(),
        (lasted, _) => duration(lasted),
    }
}

fn level(finding: &ShownIncident) -> String {
    format!("{} {:.1}", finding.severity.level().name(), finding.severity.score())
}

fn code(level: Level) -> &'static str {
    match level {
        Level::Critical => "31;1",
        Level::High => "31",
        Level::Medium => "33",
        Level::Low => "2",
    }
}

/// Value, limits where there is room, what was expected, and the sentence, as fully as there is room.
fn reason(finding: &ShownIncident, room: usize, zone: Zone) -> String {
    let incident = &finding.incident;
    let full = of_incident(incident, Wording::Full, zone);
    let brief = of_incident(incident, Wording::Brief, zone);
    let verdict = &incident.alert.verdict;
    let Some(value) = incident.alert.value() else { return if columns(&full) <= room { full } else { brief } };
    let (value, limits) = match verdict.limits.ends() {
        Some((lower, upper)) => {
            let digits = telling_digits(value, lower, upper);
            let limits = format!(", limits {} to {}", number(lower, digits), number(upper, digits));
            (number(value, digits), if room >= WIDE { limits } else { String::new() })
        }
        None => (number(value, DIGITS), String::new()),
    };
    let start = format!("{value}, expected {}{limits}", number(verdict.expected, DIGITS));
    let judged = judged_by(verdict.tier, Wording::Brief).filter(|_| incident.shift.is_none());
    let with_tier = judged.map(|whose| format!("{start}; {brief}, {whose}"));
    let mut lines = [Some(format!("{start}; {full}")), with_tier].into_iter().flatten();
    lines.find(|line| columns(line) <= room).unwrap_or_else(|| format!("{start}; {brief}"))
}

/// A name with its middle left out where it is too long: both ends tell more than the middle.
fn shortened(name: &str, room: Option<usize>) -> String {
    let room = room.map_or(usize::MAX, |room| room.max(8));
    if columns(name) <= room {
        return name.to_owned();
    }
    let tail = (room - 1) * 2 / 3;
    let head = fitting(name.chars(), room - 1 - tail);
    let tail: String = fitting(name.chars().rev(), tail).chars().rev().collect();
    format!("{head}…{tail}")
}

/// A line that ends before the edge of the terminal, between words: half a number would be another number.
fn cut(line: &str, room: Option<usize>) -> String {
    match room {
        Some(room) if columns(line) > room => {
            let fits = fitting(line.chars(), room.saturating_sub(2));
            let words =
                fits.rfind(' ').map_or(fits.as_str(), |blank| fits[..blank].trim_end_matches([',', ';', '±', ' ']));
            format!("{words} …")
        }
        _ => line.to_owned(),
    }
}

/// The characters that fit in so many columns.
fn fitting(characters: impl Iterator<Item = char>, room: usize) -> String {
    let mut taken = 0;
    let fits = |c: &char| {
        taken += columns_of(*c);
        taken <= room
    };
    characters.take_while(fits).collect()
}

/// Writes how the incidents compare with labels, and what was missed.
///
/// # Errors
/// Those of the writer.
pub fn write_comparison(out: &mut impl Write, report: &Report, top: usize) -> io::Result<()> {
    let Some(comparison) = &report.evaluation else { return Ok(()) };
    let evaluation = &comparison.evaluation;
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{share:.2}"));
    writeln!(
        out,
        "\nprecision {} ({} of {}), recall {} ({} of {}), F1 {}",
        share(evaluation.precision()),
        evaluation.true_incidents,
        counted(evaluation.incidents as u64, "incident"),
        share(evaluation.recall()),
        evaluation.found,
        counted(evaluation.windows as u64, "window"),
        share(evaluation.f1()),
    )?;
    if let (Some(false_a_day), Some(delay)) = (evaluation.false_a_day(), evaluation.delay) {
        let delay = duration(delay as Millis);
        writeln!(out, "{false_a_day:.3} false incidents a day and series; found after {delay} on average")?;
    }
    if evaluation.missed.is_empty() {
        return Ok(());
    }
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_header(["missed", "until", "kind", "series"]);
    for (series, window) in evaluation.missed.iter().take(top) {
        table.add_row([
            moment(window.start, report.zone),
            moment(window.end, report.zone),
            window.kind.clone().unwrap_or_default(),
            visible(&comparison.names[*series]),
        ]);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim())?;
    }
    let more = evaluation.missed.len().saturating_sub(top);
    if more > 0 { writeln!(out, "… and {more} more missed") } else { Ok(()) }
}

/// See [`Report::summary_line`].
pub(super) fn summary_line(report: &Report, seconds: f64) -> String {
    let summary = &report.summary;
    let mut line = format!("{} of {} series", counted(summary.measurements, "measurement"), grouped(summary.series));
    if let Some((from, to)) = summary.range {
        line += &format!(" from {} to {} {}", moment(from, report.zone), moment(to, report.zone), report.zone.name());
    }
    line += &format!(
        "; {}, {}",
        counted(report.incidents.len() as u64, "incident"),
        counted(summary.exceedances, "exceedance")
    );
    let skipped: Vec<_> = summary
        .skipped
        .iter()
        .map(|(reason, count)| match reason {
            Reason::Missing => counted(*count, "missing value"),
            reason => format!("{} {}", grouped(*count), skipped_words(*reason)),
        })
        .collect();
    if !skipped.is_empty() {
        line += &format!("; skipped {}", skipped.join(", "));
    }
    line + &format!("; {seconds:.2} s")
}

/// What was skipped, after its number.
pub(super) fn skipped_words(reason: Reason) -> &'static str {
    match reason {
        Reason::Missing => "missing values",
        Reason::Time => "with unreadable times",
        Reason::TimeRange => "with times outside 1900 to 2199",
        Reason::NotANumber => "not a number",
        Reason::Infinite => "infinite",
        Reason::TooLarge => "too large",
        Reason::Fields => "with too few or too many fields",
        Reason::NotUtf8 => "not UTF-8",
        Reason::Json => "not JSON",
        Reason::Nothing => "with nothing to measure",
        Reason::TooLong => "too long",
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
