//! What became of a budget.

use std::io::{self, Write};
use std::sync::Arc;

use super::Report;
use crate::domain::budget::Budget;
use crate::domain::format::{duration, number};
use crate::domain::measurement::{Aggregation, HOUR, Millis};
use crate::domain::text::visible;
use crate::ui::text::grouped;

/// A budget, and what became of it.
#[derive(Debug)]
pub struct BudgetReport {
    /// The budget.
    pub budget: Budget,
    /// The threshold of series with too little history.
    pub default: f64,
    /// The series, in the order of the files and of their names.
    pub series: Vec<Allotted>,
}

/// What became of the budget in one series.
#[derive(Debug)]
pub struct Allotted {
    /// The file or folder.
    pub file: Arc<str>,
    /// The parameter.
    pub parameter: Arc<str>,
    /// Whether its values are measured or counted.
    pub aggregation: Aggregation,
    /// What people know the series by.
    pub name: Arc<str>,
    /// The threshold.
    pub threshold: f64,
    /// How much time was judged, after learning.
    pub judged: Millis,
    /// The incidents that there were.
    pub incidents: u64,
}

impl BudgetReport {
    /// Whether a series was judged for at least one period.
    #[must_use]
    pub fn is_enough(&self, series: &Allotted) -> bool {
        self.budget.periods(series.judged) >= 1.0
    }

    /// How many incidents there were in each period; `None` where nothing was judged.
    #[must_use]
    pub fn realised(&self, series: &Allotted) -> Option<f64> {
        let periods = self.budget.periods(series.judged);
        (periods > 0.0).then(|| series.incidents as f64 / periods)
    }

    /// `1/week`.
    fn rate(&self, incidents: f64) -> String {
        format!("{}/{}", number(incidents, 2), self.budget.period.name())
    }

    /// What became of it, in words: of those series that had enough history.
    #[must_use]
    pub fn summary_line(&self) -> String {
        let (enough, short): (Vec<_>, Vec<_>) = self.series.iter().partition(|series| self.is_enough(series));
        let mut line = format!("budget {} for each series", self.rate(self.budget.incidents));
        let thresholds = || enough.iter().map(|series| series.threshold);
        if !enough.is_empty() {
            let (least, most) = (thresholds().fold(f64::INFINITY, f64::min), thresholds().fold(0.0, f64::max));
            let range = if least < most { format!("s {least:.2} to {most:.2}") } else { format!(" {most:.2}") };
            let periods: f64 = enough.iter().map(|series| self.budget.periods(series.judged)).sum();
            let incidents: u64 = enough.iter().map(|series| series.incidents).sum();
            let exceeded = enough.iter().filter(|series| self.realised(series) > Some(self.budget.incidents)).count();
            line += &format!("; threshold{range}, realised {}", self.rate(incidents as f64 / periods));
            if exceeded > 0 {
                line += &format!("; {} series above it", grouped(exceeded as u64));
            }
        }
        if !short.is_empty() {
            let (has, all) = (grouped(short.len() as u64), grouped(self.series.len() as u64));
            let period = self.budget.period.name();
            line += &format!("; too little history in {has} of {all} series (less than a {period} judged), ");
            line += &format!("which keep the threshold {:.2}", self.default);
        }
        line
    }
}

/// Writes the thresholds and what they realised, of at most `top` series; nothing where there is only one, of which the
/// summary says all.
///
/// # Errors
/// Those of the writer.
pub fn write_budget(out: &mut impl Write, report: &Report, top: usize) -> io::Result<()> {
    let Some(budget) = report.budget.as_ref().filter(|budget| budget.series.len() > 1) else { return Ok(()) };
    let rate = budget.rate(budget.budget.incidents);
    writeln!(out, "\nbudget {rate} for each series")?;
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING).set_header(["threshold", "realised", "judged", "series"]);
    for series in budget.series.iter().take(top) {
        let judged = series.judged / HOUR * HOUR;
        let realised = budget.realised(series).map_or_else(|| "-".to_owned(), |realised| budget.rate(realised));
        let realised = if budget.is_enough(series) { realised } else { "too short".to_owned() };
        let judged = if judged > 0 { duration(judged) } else { "-".to_owned() };
        table.add_row([format!("{:.2}", series.threshold), realised, judged, visible(&series.name)]);
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim())?;
    }
    let more = budget.series.len().saturating_sub(top);
    if more > 0 { writeln!(out, "… and {more} more series") } else { Ok(()) }
}
