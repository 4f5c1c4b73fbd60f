//! Detecting, and writing what is found.

use super::rows::Pending;
use super::turn::TakenTurn;
use super::writer::write_beside;
use super::{Begin, Detection, Plan, Started, trace};
use crate::clock::Clock;
use crate::error::Result;
use crate::store::detections::{self, Facts};
use crate::store::runs::Run;

/// What has been written.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// How many objects.
    pub objects: u64,
    /// How many bytes they have.
    pub bytes: u64,
}

impl Started<'_> {
    /// Detects in the hours of the plan, and writes everything; the document of the run last.
    ///
    /// # Errors
    /// When an object is missing or damaged, which is named; when it was stopped; when the store can't be written; and
    /// when another run has detected some of these hours in the meantime.
    pub fn record(&mut self, clock: Clock, turn: &TakenTurn) -> Result<Recorded> {
        let Detection { store, dataset, settings, rules, reader, reading } = self.detection;
        let facts = self.plan.facts();
        let Facts { from, to, model_version, .. } = facts;
        store.objects().sweep()?;
        let asked = [("--from", from.number()), ("--to", to.number()), ("--model-version", model_version.into())];
        let arguments = asked.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value.to_string()]).collect();
        let mut run = Run::begin(clock, detections::COMMAND, arguments, dataset, settings.used());
        let mut pending = Pending::new(store.layout(), dataset, rules.method.id());
        let (mut hours, mut alerts) = (0, 0);
        let ((), written) = write_beside(store, reading.threads, |write| {
            self.detect(|mut rows, window| {
                trace(reader, window, &mut rows, reading)?;
                for (parameter, rows) in rows {
                    hours += rows.hours.len() as u64;
                    alerts += rows.alerts.len() as u64;
                    pending.add(&parameter, rows);
                }
                reading.stop.check()?;
                write(pending.ready(Some(window.hours.end)))
            })?;
            // those at the end of a day are there already
            if !to.begins_day() {
                self.states().for_each(|(parameter, kept)| pending.add_state(parameter, kept));
            }
            write(pending.ready(None))
        })?;
        run.outputs = written;
        run.inputs = reader.objects(from..to).cloned().collect();
        let counts = [("alerts", alerts), ("hours", hours), ("parameters", self.series.len() as u64)];
        run.counts.extend(counts.map(|(name, count)| (name.to_owned(), count)));
        run.tell(&facts)?;
        run.finish(clock);
        let run = turn.done(store, run)?;
        let bytes = run.outputs.iter().map(|object| object.bytes).sum();
        Ok(Recorded { objects: run.outputs.len() as u64, bytes })
    }
}

impl Plan {
    fn facts(&self) -> Facts {
        let adopted = self.begin == Begin::Adopt;
        let model_version = self.model.facts.model_version;
        Facts { from: self.hours.start, to: self.hours.end, model_version, adopted }
    }
}
