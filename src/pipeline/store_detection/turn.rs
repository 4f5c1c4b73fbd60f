//! Whose turn it is to detect: only one stretch can follow another, whoever writes its rows.
//!
//! A run that finds that another one has begun a stretch does exactly the same once more, since nobody can know whether
//! the other still works. Both write the same objects then. Only where that is not possible (other settings, an object
//! was revoked) it takes the turn away, and the other one fails when it wants to complete.

use std::collections::BTreeSet;

use super::{Begin, Detection, History, Plan};
use crate::domain::dataset::Dataset;
use crate::domain::hour::Hour;
use crate::error::{Error, Result};
use crate::pipeline::store_reader::StoreReader;
use crate::store::Store;
use crate::store::checkpoints::Log;
use crate::store::detections;
use crate::store::models::Model;
use crate::store::runs::{ObjectUsed, Run};
use crate::store::turns::{Entry, Stretch, Turn};

/// The turn that a run has.
#[derive(Clone, Debug)]
pub struct TakenTurn {
    turn: Turn,
    number: u32,
}

/// What there is to do in a turn.
#[derive(Debug)]
pub enum Turned {
    /// What was planned.
    Planned(TakenTurn),
    /// What another run has begun: this plan, with these measurements.
    Begun(Box<(TakenTurn, Plan, StoreReader)>),
}

impl History {
    /// Reads the log of a dataset, and first completes the run that has done its turn, but whose document is not in the
    /// log yet.
    ///
    /// # Errors
    /// As [`History::of`]; and when the store can't be written.
    pub fn completed(store: &Store, dataset: &Dataset) -> Result<Self> {
        loop {
            let log = Log::read(store, dataset)?;
            log.fold(store)?;
            let history = Self::new(log.runs)?;
            let Some((_, Entry::Done(run))) = history.turn(dataset).last(store)? else { return Ok(history) };
            run.record(store)?;
        }
    }

    fn turn(&self, dataset: &Dataset) -> Turn {
        Turn::to_detect(dataset, detections::frontier(&self.detected))
    }
}

/// Takes the turn to do what is planned; or what another run has begun, which is said.
///
/// # Errors
/// When another run has done it in the meantime; or the store can't be read or written.
pub fn take_turn(detection: &Detection, plan: &Plan, history: &History) -> Result<Turned> {
    let Detection { store, dataset, .. } = *detection;
    let turn = history.turn(dataset);
    let planned = detection.stretch(plan);
    let mut last = turn.last(store)?;
    loop {
        let number = match &last {
            None => 1,
            Some((number, Entry::Detects(begun))) => {
                let taken = TakenTurn { turn: turn.clone(), number: *number };
                if *begun == planned {
                    return Ok(Turned::Planned(taken));
                }
                if let Some((plan, reader)) = detection.again(begun, history) {
                    return Ok(Turned::Begun(Box::new((taken, plan, reader))));
                }
                number + 1
            }
            Some((_, Entry::Done(run))) => return Err(overtaken(run)),
            Some((number, Entry::Relies(_) | Entry::Revoked(_))) => number + 1,
        };
        last = match turn.take(store, number, &Entry::Detects(planned.clone()))? {
            None => return Ok(Turned::Planned(TakenTurn { turn, number })),
            Some(other) => Some((number, other)),
        };
    }
}

impl TakenTurn {
    /// Completes a run that has finished. If another run has done the same in this turn, that one counts.
    ///
    /// # Errors
    /// When another run has taken the turn away; or the store can't be written.
    pub(super) fn done(&self, store: &Store, run: Run) -> Result<Run> {
        let other = self.turn.take(store, self.number + 1, &Entry::Done(Box::new(run.clone())))?;
        let run = match other {
            None => run,
            Some(Entry::Done(other)) if names(&other.outputs) == names(&run.outputs) => *other,
            Some(Entry::Done(other)) => return Err(overtaken(&other)),
            Some(_) => {
                return Err(Error::failed("another run has begun to detect these hours in another way")
                    .hint("what this one has found, nobody sees; run the command again"));
            }
        };
        run.record(store)?;
        Ok(run)
    }
}

impl Detection<'_> {
    /// All that decides the rows of a plan.
    fn stretch(&self, plan: &Plan) -> Stretch {
        Stretch {
            from: plan.hours.start,
            to: plan.hours.end,
            model_version: plan.model.facts.model_version,
            adopted: plan.begin == Begin::Adopt,
            settings: self.settings.used(),
            inputs: self.reader.objects(plan.hours.clone()).cloned().collect(),
        }
    }

    /// The plan of a stretch that another run has begun, and its measurements; `None` if it can't be done the same way.
    fn again(&self, begun: &Stretch, history: &History) -> Option<(Plan, StoreReader)> {
        let is_model = |model: &&Model| model.facts.model_version == begun.model_version;
        let model = history.models.iter().find(is_model)?.clone();
        if begun.settings != self.settings.used() {
            return None;
        }
        let reader = self.reader.only(begun.from..begun.to, &begun.inputs)?;
        let begin = match detections::frontier(&history.detected) {
            _ if begun.adopted => Begin::Adopt,
            Some(frontier) => Begin::Live(frontier),
            None => Begin::Model,
        };
        let hours: std::ops::Range<Hour> = begun.from..begun.to;
        Some((Plan { again: hours.start..hours.start, hours, begin, model, adoption: None }, reader))
    }
}

fn names(objects: &[ObjectUsed]) -> BTreeSet<&str> {
    objects.iter().map(|object| object.name.as_str()).collect()
}

fn overtaken(other: &Run) -> Error {
    Error::failed(format!("run {} has detected these hours in the meantime", other.id))
        .hint("what this one has found, nobody sees; to go on from there, run the command again")
}
