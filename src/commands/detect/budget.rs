//! `--budget`: a first pass over the data finds the thresholds.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::request::FilesRequest;
use crate::domain::budget::Budget;
use crate::domain::measurement::Millis;
use crate::domain::parameters::Parameter;
use crate::domain::series::SeriesOutcome;
use crate::error::Result;
use crate::interrupt::Stop;
use crate::pipeline::files::{self, Aim, Options, SeriesKey};
use crate::ui::Ui;
use crate::ui::incidents::{Allotted, BudgetReport};

/// A budget, and how much time of each series was judged.
pub(super) struct KeptBudget {
    budget: Budget,
    default: f64,
    judged: BTreeMap<SeriesKey, Millis>,
}

/// Finds the threshold of each series and puts it into the request, if there is a budget. What is wrong with files is
/// told by the second pass.
pub(super) fn keep(request: &mut FilesRequest, stop: &Stop, ui: &Ui) -> Result<Option<KeptBudget>> {
    let Some(budget) = request.budget else { return Ok(None) };
    let progress = ui.progress("finding thresholds");
    let options = Options { aim: Aim::Count, ..request.options.clone() };
    let outcomes = files::run(&request.units, &options, stop, &|share| progress.set(share))?;
    let mut kept = KeptBudget { budget, default: request.options.rules.threshold, judged: BTreeMap::new() };
    for (unit, outcome) in outcomes.into_iter().enumerate() {
        for (parameter, counted) in outcome.counted {
            let key = (unit, parameter);
            kept.judged.insert(key.clone(), counted.judged);
            if let Some((threshold, _)) = budget.threshold(&counted) {
                request.options.thresholds.insert(key, threshold);
            }
        }
    }
    Ok(Some(kept))
}

impl KeptBudget {
    /// What became of the budget in a series.
    pub fn allotted(&self, unit: usize, series: &SeriesOutcome, file: &Arc<str>, name: &Arc<str>) -> Allotted {
        let parameter = Parameter { name: Arc::clone(&series.parameter), aggregation: series.aggregation };
        let key = (unit, parameter);
        Allotted {
            file: Arc::clone(file),
            parameter: Arc::clone(&series.parameter),
            aggregation: series.aggregation,
            name: Arc::clone(name),
            threshold: series.threshold,
            judged: self.judged.get(&key).copied().unwrap_or(0),
            incidents: series.incidents.len() as u64,
        }
    }

    /// The whole.
    pub fn report(&self, series: Vec<Allotted>) -> BudgetReport {
        BudgetReport { budget: self.budget, default: self.default, series }
    }
}
