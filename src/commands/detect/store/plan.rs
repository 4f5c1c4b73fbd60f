//! Which hours are detected, by which model, and from which state.

use std::ops::Range;

use crate::cli::detect::DetectArgs;
use crate::commands::context::Context;
use crate::commands::late;
use crate::commands::next::with_store;
use crate::domain::measurement::HOUR;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::pipeline::judge::Judge;
use crate::pipeline::store_reader::StoreReader;
use crate::settings::Settings;
use crate::store::detections::Detected;
use crate::store::models::{self, Model};
use crate::ui::Ui;

/// What was asked for.
pub(super) struct Asked {
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// The end of complete history.
    pub complete: i64,
    /// The end of the hours that are over.
    pub over: i64,
    pub version: Option<u32>,
    pub dry_run: bool,
    /// The command for the same store, without what comes after it.
    command: String,
}

/// From which state detection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// From that of the model, taken on to the first hour.
    Model,
    /// From that of live detection at this hour, taken on to the first hour.
    Live(i64),
    /// From that of the model, taken on to the first hour, with the incidents and intervals of live detection.
    Adopt,
}

/// What will be done.
pub(super) struct Plan {
    /// The hours to detect; may be empty.
    pub hours: Range<i64>,
    /// Hours that were asked for, and are detected already.
    pub again: Range<i64>,
    pub begin: Begin,
    pub model: Model,
    pub notes: Vec<String>,
}

impl Asked {
    pub fn of(args: &DetectArgs, settings: &Settings, judge: &Judge, stored: &StoreReader, ui: &Ui) -> Result<Self> {
        let now = settings.clock.now();
        late::warn_of_future(stored.in_the_future(now), judge.zone, ui);
        let (from, to) = args.range.hours(judge.zone, now)?;
        let Some(complete) = stored.complete_until(now) else { return Err(stored.nothing_in(0..0, judge.zone)) };
        if to.is_some_and(|to| to > complete) {
            ui.note(format_args!("history is complete until {}", judge.zone.rfc3339(complete * HOUR)));
        }
        let to = to.map(|to| to.min(complete));
        if let (Some(from), true) = (from, from.is_some_and(|from| from >= to.unwrap_or(complete))) {
            return Err(stored.nothing_in(from..to.unwrap_or(complete).max(from + 1), judge.zone));
        }
        let command = with_store("", &args.store);
        let command = command.trim_start_matches("trebuchet-ad").trim().to_owned();
        let (over, version, dry_run) = (now.div_euclid(HOUR), args.model_version, args.dry_run);
        Ok(Self { from, to, complete, over, version, dry_run, command })
    }

    /// The command that shows what was found once more.
    pub fn again(&self, plan: &Plan, zone: Zone) -> String {
        let [from, to] = [plan.hours.start, plan.hours.end].map(|hour| zone.rfc3339(hour * HOUR));
        let version = plan.model.facts.model_version;
        self.command("detect", &format!("--dry-run --model-version {version} --from {from} --to {to}"))
    }

    /// A command for the same store.
    fn command(&self, name: &str, more: &str) -> String {
        ["trebuchet-ad", name, &self.command, more]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Plan {
    pub fn make(
        asked: &Asked,
        models: &[Model],
        detected: &[Detected],
        context: &Context,
        judge: &Judge,
    ) -> Result<Self> {
        let Some(newest) = models.last() else {
            return Err(Error::failed(format!("{} has no model yet", context.dataset))
                .hint(format!("make one with: {}", asked.command("train", ""))));
        };
        let pinned = asked.version.map(|version| models::find(models, &context.dataset, version)).transpose()?;
        let last = detected.iter().max_by_key(|detected| detected.facts.to);
        let mut notes = Vec::new();
        let time = |hour: i64| judge.zone.rfc3339(hour * HOUR);
        let (model, begin, frontier) = match last {
            None => {
                let model = pinned.unwrap_or(newest);
                (model, Begin::Model, model.facts.to)
            }
            Some(last) => {
                let frontier = last.facts.to;
                let current = models::find(models, &context.dataset, last.facts.model_version)?;
                let wanted = pinned.unwrap_or(newest);
                let (version, end) = (wanted.facts.model_version, wanted.facts.to);
                if version == current.facts.model_version {
                    (current, Begin::Live(frontier), frontier)
                } else if end <= frontier || (asked.dry_run && pinned.is_some()) {
                    notes.push(format!("model {version} is adopted in place of {}", current.facts.model_version));
                    (wanted, Begin::Adopt, frontier)
                } else if pinned.is_some() {
                    return Err(Error::failed(format!(
                        "model {version} was trained until {}, but detection has come to {} only",
                        time(end),
                        time(frontier)
                    ))
                    .hint(format!(
                        "go on without --model-version up to there: {}",
                        asked.command("detect", &format!("--to {}", time(end)))
                    )));
                } else {
                    notes.push(format!(
                        "model {version} was trained until {}: it is adopted once detection has come there; until \
                         then it is model {} that judges",
                        time(end),
                        current.facts.model_version
                    ));
                    (current, Begin::Live(frontier), frontier)
                }
            }
        };
        model_fits(model, judge)?;
        let first = detected.iter().map(|detected| detected.facts.from).min();
        let start = first.unwrap_or(model.facts.to);
        let from = asked.from.unwrap_or(frontier);
        let to = asked.to.unwrap_or(asked.complete);
        if from > frontier && !asked.dry_run {
            return Err(hole(asked, from, frontier, judge.zone));
        }
        if asked.dry_run && from < model.facts.to {
            return Err(too_early(asked, from, model, last.is_some(), judge.zone));
        }
        if !asked.dry_run && from < start {
            return Err(match last {
                None => too_early(asked, from, model, false, judge.zone),
                Some(_) => Error::failed(format!(
                    "live detection of {} began at {}: nothing is written of hours before",
                    context.dataset,
                    time(start)
                ))
                .hint("leave out --from to go on with live detection; or see what a model finds there with --dry-run")
                .hint("or look back over files: trebuchet-ad detect FILES"),
            });
        }
        if asked.dry_run {
            let begin = match begin {
                Begin::Live(_) if from < frontier => Begin::Model,
                Begin::Adopt if from != frontier => Begin::Model,
                begin => begin,
            };
            return Ok(Self { hours: from..to.max(from), again: from..from, begin, model: model.clone(), notes });
        }
        let again = from..to.min(frontier).max(from);
        let hours = frontier..to.max(frontier);
        Ok(Self { hours, again, begin, model: model.clone(), notes })
    }
}

/// Whether a model speaks of the hours of the week as the settings do.
fn model_fits(model: &Model, judge: &Judge) -> Result<()> {
    let facts = &model.facts;
    let now = [judge.method.id(), judge.zone.name()];
    if [facts.method.as_str(), facts.timezone.as_str()] == now {
        return Ok(());
    }
    Err(Error::failed(format!(
        "model {} was trained with {} in {}, but the settings of the dataset say {} in {}",
        facts.model_version, facts.method, facts.timezone, now[0], now[1]
    ))
    .hint("train a model with these settings: trebuchet-ad train"))
}

/// The error for hours that the model was trained on.
fn too_early(asked: &Asked, from: i64, model: &Model, is_live: bool, zone: Zone) -> Error {
    let [from, trained] = [from, model.facts.to].map(|hour| zone.rfc3339(hour * HOUR));
    let error = Error::failed(format!("model {} was trained until {trained}", model.facts.model_version));
    let error = if is_live {
        // a new model would be adopted by live detection
        error.hint(format!(
            "name one that was trained until {from} or before with --model-version: trebuchet-ad train list"
        ))
    } else {
        let command = asked.command("train", &format!("--to {from}"));
        error.hint(format!("to detect from {from} on, train on what came before: {command}"))
    };
    error.hint("or look back over files: trebuchet-ad detect FILES")
}

fn hole(asked: &Asked, from: i64, frontier: i64, zone: Zone) -> Error {
    let [from, frontier] = [from, frontier].map(|hour| zone.rfc3339(hour * HOUR));
    Error::failed(format!("detection has come to {frontier}: beginning at {from} would leave a hole"))
        .hint(format!("detect what lies between first: {}", asked.command("detect", &format!("--to {from}"))))
}
