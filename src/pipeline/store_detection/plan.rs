//! Which hours are detected, by which model, and from which states.

use std::ops::Range;

use super::{Detection, History};
use crate::domain::hour::Hour;
use crate::error::{Advice, Error, Result};
use crate::store::models::{self, Model};

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The first hour; where detection has come to unless it is given.
    pub from: Option<Hour>,
    /// The hour after the last one; `complete` unless it is given.
    pub to: Option<Hour>,
    /// The end of complete history.
    pub complete: Hour,
    /// The model.
    pub version: Option<u32>,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// From which states detection begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// From those of the model, taken on to the first hour.
    Model,
    /// From those of live detection at this hour, taken on to the first hour.
    Live(Hour),
    /// From those of the model, taken on to the first hour, with the incidents and intervals of live detection.
    Adopt,
}

/// What happens with a model that is not the one of live detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// This version is adopted in place of the other.
    Now(u32, u32),
    /// This version is adopted once detection has come to this hour; until then the other judges.
    Later(u32, Hour, u32),
}

/// What will be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The hours to detect; may be empty.
    pub hours: Range<Hour>,
    /// Hours that were asked for, and are detected already.
    pub again: Range<Hour>,
    /// From which states.
    pub begin: Begin,
    /// The model that judges.
    pub model: Model,
    /// What happens with a newer model.
    pub adoption: Option<Adoption>,
}

/// The model that judges, from which states, and the hour up to which live detection has come.
struct Start<'a> {
    model: &'a Model,
    begin: Begin,
    frontier: Hour,
    adoption: Option<Adoption>,
}

impl Plan {
    /// Decides what will be done.
    ///
    /// # Errors
    /// When there is no model, it does not fit the settings, or the hours can't be detected by it.
    pub fn make(detection: &Detection, asked: &Asked, history: &History) -> Result<Self> {
        let start = detection.start_of(asked, history)?;
        let Start { model, begin, frontier, adoption } = start;
        detection.refuse_other_slots(model)?;
        let is_live = !history.detected.is_empty();
        let from = asked.from.unwrap_or(frontier);
        let to = asked.to.unwrap_or(asked.complete);
        if asked.dry_run {
            if from < model.facts.to {
                return Err(detection.too_early(from, model, is_live));
            }
            let begin = match begin {
                Begin::Live(_) if from < frontier => Begin::Model,
                Begin::Adopt if from != frontier => Begin::Model,
                begin => begin,
            };
            return Ok(Self { hours: from..to.max(from), again: from..from, begin, model: model.clone(), adoption });
        }
        if from > frontier {
            return Err(detection.hole(from, frontier));
        }
        let first = history.detected.iter().map(|detected| detected.facts.from).min().unwrap_or(model.facts.to);
        if from < first {
            return Err(if is_live { detection.before_live(first) } else { detection.too_early(from, model, false) });
        }
        let again = from..to.min(frontier).max(from);
        Ok(Self { hours: frontier..to.max(frontier), again, begin, model: model.clone(), adoption })
    }
}

impl Detection<'_> {
    fn time(&self, hour: Hour) -> String {
        self.rules.zone.rfc3339(hour.start())
    }

    fn start_of<'a>(&self, asked: &Asked, history: &'a History) -> Result<Start<'a>> {
        let History { models, detected, .. } = history;
        let Some(newest) = models.last() else {
            return Err(Error::failed(format!("{} has no model yet", self.dataset)).advise(Advice::Train));
        };
        let pinned = asked.version.map(|version| models::find(models, self.dataset, version)).transpose()?;
        let wanted = pinned.unwrap_or(newest);
        let Some(last) = detected.iter().max_by_key(|detected| detected.facts.to) else {
            let (begin, frontier) = (Begin::Model, wanted.facts.to);
            return Ok(Start { model: wanted, begin, frontier, adoption: None });
        };
        let frontier = last.facts.to;
        let current = models::find(models, self.dataset, last.facts.model_version)?;
        let (version, end) = (wanted.facts.model_version, wanted.facts.to);
        let going_on = Start { model: current, begin: Begin::Live(frontier), frontier, adoption: None };
        if version == current.facts.model_version {
            Ok(going_on)
        } else if end <= frontier || (asked.dry_run && pinned.is_some()) {
            let adoption = Some(Adoption::Now(version, current.facts.model_version));
            Ok(Start { model: wanted, begin: Begin::Adopt, frontier, adoption })
        } else if pinned.is_some() {
            Err(Error::failed(format!(
                "model {version} was trained until {}, but detection has come to {} only",
                self.time(end),
                self.time(frontier)
            ))
            .advise(Advice::DetectWithoutModelUntil(self.time(end))))
        } else {
            let adoption = Some(Adoption::Later(version, end, current.facts.model_version));
            Ok(Start { adoption, ..going_on })
        }
    }

    /// Fails if a model speaks of other hours of the week than the settings.
    fn refuse_other_slots(&self, model: &Model) -> Result<()> {
        let facts = &model.facts;
        let now = [self.rules.method.id(), self.rules.zone.name()];
        if [facts.method.as_str(), facts.timezone.as_str()] == now {
            return Ok(());
        }
        Err(Error::failed(format!(
            "model {} was trained with {} in {}, but the settings of the dataset say {} in {}",
            facts.model_version, facts.method, facts.timezone, now[0], now[1]
        ))
        .advise(Advice::TrainWithTheseSettings))
    }

    /// The error for hours that the model was trained on.
    fn too_early(&self, from: Hour, model: &Model, is_live: bool) -> Error {
        let [from, trained] = [from, model.facts.to].map(|hour| self.time(hour));
        let error = Error::failed(format!("model {} was trained until {trained}", model.facts.model_version));
        // a new model would be adopted by live detection
        let advice = if is_live { Advice::NameModelUntil(from) } else { Advice::TrainUntil(from) };
        error.advise(advice).advise(Advice::DetectFiles)
    }

    /// The error for hours before live detection began.
    fn before_live(&self, first: Hour) -> Error {
        Error::failed(format!(
            "live detection of {} began at {}: nothing is written of hours before",
            self.dataset,
            self.time(first)
        ))
        .hint("leave out --from to go on with live detection; or see what a model finds there with --dry-run")
        .advise(Advice::DetectFiles)
    }

    /// The error for hours after the frontier.
    fn hole(&self, from: Hour, frontier: Hour) -> Error {
        let [from, frontier] = [from, frontier].map(|hour| self.time(hour));
        Error::failed(format!("detection has come to {frontier}: beginning at {from} would leave a hole"))
            .advise(Advice::DetectUntil(from))
    }
}
