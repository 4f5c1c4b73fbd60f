//! What is said on standard error at the end: what was looked at, and what to type next.

use std::time::Instant;

use super::TOP;
use super::request::Show;
use crate::cli::detect::{DetectArgs, ExitCodeArg, OutputFormat};
use crate::error::ExitStatus;
use crate::ui::Ui;
use crate::ui::incidents::Report;
use crate::ui::text::{counted, grouped, shell_word};

/// The length from which on a command is no longer worth showing.
const LONGEST_COMMAND: usize = 200;

/// Says what was looked at.
pub(super) fn conclude(show: &Show, report: &Report, ui: &Ui, started: Instant) {
    let on_terminal = ui.width().is_some() && show.output.as_os_str() == "-";
    let top = show.top.unwrap_or(if on_terminal { TOP } else { usize::MAX });
    let told = report.news().count();
    if show.format == OutputFormat::Table && told > top {
        let more = (told - top) as u64;
        ui.note(format_args!("… and {} (--top 0 shows all)", counted(more, "more incident")));
    }
    let open = (report.incidents.len() - told) as u64;
    if show.format == OutputFormat::Table && open > 0 {
        let go = if open == 1 { "goes" } else { "go" };
        ui.note(format_args!(
            "{} that began before {go} on (detect list --open shows them)",
            counted(open, "incident")
        ));
    }
    ui.note(report.summary_line(started.elapsed().as_secs_f64()));
    report.budget.iter().for_each(|budget| ui.note(budget.summary_line()));
    let summary = &report.summary;
    if summary.learning > 0 {
        let who = match (summary.learning, summary.series) {
            (1, 1) => "there is".to_owned(),
            (learning, all) if learning == all => format!("in each of the {} series there is", grouped(all)),
            (learning, all) => format!("in {} of {} series there is", grouped(learning), grouped(all)),
        };
        ui.note(format_args!("{who} too little history for limits: 24 hours with data are needed"));
    }
}

/// How the program ends.
pub(super) fn status(show: &Show, report: &Report) -> ExitStatus {
    let found = match show.exit_code {
        None => false,
        Some(ExitCodeArg::New) => report.has_new(),
        Some(ExitCodeArg::Any) => !report.incidents.is_empty(),
    };
    if found { ExitStatus::Found } else { ExitStatus::Done }
}

/// The next command worth typing: what was typed, and a bit more.
pub(super) fn next(args: &DetectArgs, typed: &[String], report: &Report) -> Option<String> {
    if args.inputs.iter().any(|input| input == "-") || typed.iter().any(|word| word == "--") {
        return None;
    }
    let several = report.summary.files > 1;
    let more = match report.incidents.first() {
        Some(_) if args.scores.is_none() && several => "--scores scores".to_owned(),
        Some(_) if args.scores.is_none() => "--scores scores.csv".to_owned(),
        Some(_) if args.format.is_none() && args.output.is_none() => "--format json".to_owned(),
        None if report.summary.learning < report.summary.series
            && args.threshold.is_none()
            && args.budget.is_none() =>
        {
            format!("--threshold {:.1}", report.threshold - 0.5)
        }
        _ => return None,
    };
    let typed: Vec<String> = typed.iter().map(|word| shell_word(word)).collect();
    let command = format!("trebuchet-ad {} {more}", typed.join(" "));
    (command.len() <= LONGEST_COMMAND).then_some(command)
}
