//! Detecting, and writing what is found.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Begin, Plan};
use crate::commands::context::Context;
use crate::domain::interval::DAY;
use crate::domain::measurement::HOUR;
use crate::domain::parameters::Parameter;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::pipeline::store_detection::{self, Live, Pending};
use crate::pipeline::store_reader::{Reading, StoreReader};
use crate::settings::Settings;
use crate::store::detections::{self, Facts};
use crate::store::runs::{self, Run};
use crate::ui::text::{counted, grouped};

/// What it takes.
pub(super) struct Work<'a> {
    pub context: &'a Context,
    pub plan: &'a Plan,
    pub stored: &'a StoreReader,
    pub reading: Reading<'a>,
    pub settings: &'a Settings,
    pub rule: &'a str,
    /// The ids of the runs that were complete when this one began.
    pub known: &'a BTreeSet<String>,
}

/// What has been written.
pub(super) struct Written {
    objects: u64,
    bytes: u64,
    version: u32,
}

impl Written {
    /// The line about it.
    pub fn line(&self, plan: &Plan, zone: Zone) -> String {
        format!(
            "detected from {} to {} by model {}; {} of {} kB written",
            zone.rfc3339(plan.hours.start * HOUR),
            zone.rfc3339(plan.hours.end * HOUR),
            self.version,
            counted(self.objects, "object"),
            grouped(self.bytes.div_ceil(1000))
        )
    }
}

impl Work<'_> {
    /// Detects in the hours of the plan, and writes everything; the document of the run last.
    pub fn detect<'b>(
        &self,
        parameters: &mut BTreeMap<Parameter, Live<'b>>,
        new: impl Fn(&Parameter) -> Live<'b>,
    ) -> Result<Written> {
        let Context { store, dataset, settings, .. } = self.context;
        let Facts { from, to, model_version, .. } = self.facts();
        store.objects().sweep()?;
        let asked = [("--from", from), ("--to", to), ("--model-version", model_version.into())];
        let arguments = asked.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value.to_string()]).collect();
        let mut run = Run::begin(self.settings.clock, detections::COMMAND, arguments, dataset, settings.used());
        let mut pending = Pending::new(store.layout(), dataset, self.rule);
        let (mut rows, mut alerts) = (0, 0);
        let threads = self.reading.threads;
        let ((), written) = store_detection::write_beside(store, threads, |write| {
            store_detection::detect(self.stored, from..to, parameters, new, self.reading, |mut found, window| {
                store_detection::trace(self.stored, window, &mut found, self.reading)?;
                for (parameter, found) in found {
                    rows += found.hours.len() as u64;
                    alerts += found.alerts.len() as u64;
                    pending.add(&parameter, found);
                }
                self.reading.stop.check()?;
                write(pending.ready(Some(window.hours.end)))
            })?;
            // those at the end of a day are there already
            if (to * HOUR).rem_euclid(DAY) != 0 {
                for (parameter, live) in &*parameters {
                    live.kept()?.into_iter().for_each(|kept| pending.add_state(parameter, kept));
                }
            }
            write(pending.ready(None))
        })?;
        run.outputs = written;
        run.inputs = self.stored.objects(from..to).cloned().collect();
        let counts = [("alerts", alerts), ("hours", rows), ("parameters", parameters.len() as u64)];
        run.counts.extend(counts.map(|(name, count)| (name.to_owned(), count)));
        run.tell(&self.facts())?;
        self.nobody_else_has(&run)?;
        run.complete(store, self.settings.clock)?;
        let bytes = run.outputs.iter().map(|object| object.bytes).sum();
        Ok(Written { objects: run.outputs.len() as u64, bytes, version: model_version })
    }

    /// Fails if another run has detected some of these hours in the meantime, unless it has done the same.
    fn nobody_else_has(&self, run: &Run) -> Result<()> {
        let Context { store, dataset, .. } = self.context;
        let others = detections::list(&runs::list_others(store, dataset, self.known)?)?;
        let Some(other) = detections::contrary(&others, &self.plan.hours, &run.outputs) else { return Ok(()) };
        let zone = self.context.settings.settings.zone()?;
        let [from, to] = [other.facts.from, other.facts.to].map(|hour| zone.rfc3339(hour * HOUR));
        Err(Error::failed(format!(
            "run {} has detected from {from} to {to} in the meantime; what this one has found, nobody sees",
            other.run.id
        ))
        .hint("to go on from there, run the command again"))
    }

    fn facts(&self) -> Facts {
        let Plan { hours, begin, model, .. } = self.plan;
        let adopted = *begin == Begin::Adopt;
        Facts { from: hours.start, to: hours.end, model_version: model.facts.model_version, adopted }
    }
}
