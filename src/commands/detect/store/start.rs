//! The states from which detection begins.

use std::collections::BTreeMap;
use std::ops::Range;

use super::plan::{Begin, Plan};
use crate::commands::context::Context;
use crate::domain::detector::Rules;
use crate::domain::model::Slot;
use crate::domain::parameters::Parameter;
use crate::domain::series::{Flow, Learned};
use crate::error::{Error, Result};
use crate::pipeline::judge::Judge;
use crate::pipeline::store_detection::follow;
use crate::pipeline::store_reader::{Reading, StoreReader};
use crate::store::codec::rows::state::{self, StateRow};
use crate::store::detections;
use crate::store::layout::DataType;
use crate::store::runs::Run;

/// What a model knows of each parameter.
pub(super) type Known = BTreeMap<Parameter, Vec<Slot>>;

/// The flows of parameters.
pub(super) type Flows = BTreeMap<Parameter, Flow>;

/// What it takes to begin.
pub(super) struct Start<'a> {
    pub context: &'a Context,
    pub judge: &'a Judge,
    pub rules: &'a (dyn Fn(&str) -> Rules + Sync),
    pub stored: &'a StoreReader,
    pub reading: Reading<'a>,
}

impl Start<'_> {
    /// What the model knows.
    pub fn model(&self, plan: &Plan) -> Result<Known> {
        let mut known = Known::new();
        for (parameter, slot) in plan.model.baselines(&self.context.store)? {
            known.entry(parameter).or_default().push(slot);
        }
        Ok(known)
    }

    /// The flows at the first hour.
    pub fn flows(&self, plan: &Plan, known: &Known, completed: &[Run]) -> Result<Flows> {
        let (start, trained) = (plan.hours.start, plan.model.facts.to);
        match plan.begin {
            Begin::Live(from) => {
                let mut flows = self.live(from, completed)?;
                self.follow(&mut flows, from..start, plan)?;
                Ok(flows)
            }
            Begin::Model => {
                let mut flows = self.trained(plan, known)?;
                self.follow(&mut flows, trained..start, plan)?;
                Ok(flows)
            }
            Begin::Adopt => {
                let mut flows = self.trained(plan, known)?;
                self.follow(&mut flows, trained..start, plan)?;
                for (parameter, older) in self.live(start, completed)? {
                    let newer = flows.remove(&parameter).unwrap_or_else(|| self.appeared(&parameter, plan));
                    flows.insert(parameter, newer.adopted_from(older));
                }
                Ok(flows)
            }
        }
    }

    /// A parameter that appears.
    pub fn appeared(&self, parameter: &Parameter, plan: &Plan) -> Flow {
        let rules = (self.rules)(&parameter.name);
        let mut flow = Flow::new(parameter, self.judge.method, rules, &self.context.settings.digest);
        flow.begin_live(plan.model.facts.model_version, Learned::of(self.judge.zone, &[]));
        flow
    }

    /// Takes flows to the end of these hours, where a run begins.
    fn follow(&self, flows: &mut Flows, hours: Range<i64>, plan: &Plan) -> Result<()> {
        if !hours.is_empty() {
            follow(self.stored, hours, flows, |parameter| self.appeared(parameter, plan), self.reading)?;
            flows.values_mut().for_each(Flow::begin_run);
        }
        Ok(())
    }

    /// The states of live detection at an hour.
    fn live(&self, hour: i64, completed: &[Run]) -> Result<Flows> {
        let runs: Vec<Run> = completed.iter().filter(|run| run.command == detections::COMMAND).cloned().collect();
        let rows = detections::states_at(&self.context.store, &runs, hour)?;
        rows.into_iter().map(|row| self.resumed(row)).collect()
    }

    /// The states of the model, ready for live detection.
    fn trained(&self, plan: &Plan, known: &Known) -> Result<Flows> {
        let store = &self.context.store;
        let mut flows = Flows::new();
        for (name, used) in plan.model.objects(store, DataType::State)? {
            let key = name.key();
            for row in state::read(&key, store.read_verified(&key, &used.sha256)?)? {
                let (parameter, mut flow) = self.resumed(row)?;
                let slots = known.get(&parameter).map_or(&[][..], Vec::as_slice);
                flow.begin_live(plan.model.facts.model_version, Learned::of(self.judge.zone, slots));
                flows.insert(parameter, flow);
            }
        }
        Ok(flows)
    }

    fn resumed(&self, row: StateRow) -> Result<(Parameter, Flow)> {
        let rules = (self.rules)(&row.parameter.name);
        let flow = Flow::from_state(&row.state, self.judge.method, rules).map_err(|reason| {
            Error::failed(format!("{} of {}: {reason}", row.parameter.name.escape_debug(), self.context.dataset))
                .hint("train a model with this version of the program: trebuchet-ad train")
        })?;
        Ok((row.parameter, flow))
    }
}
