//! Detection in a store: from its measurements, a window of hours after the other, to the rows that are recorded.
//!
//! [`Plan`] says which hours are detected, by which model and from which states. [`Detection::start`] brings the series
//! to the first of these hours. [`Started::detect`] takes them through the hours, and [`Started::record`] also writes
//! what comes out. Nothing here knows the command line or prints.

mod plan;
mod record;
mod rows;
mod stale;
mod states;
mod turn;
mod writer;

pub use self::plan::{Adoption, Asked, Begin, Plan};
pub use self::record::Recorded;
pub use self::turn::{Turned, take_turn};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rules::RuleSet;
use super::store_reader::{Reading, StoreReader, Wanted, Window};
use crate::domain::alert::Alert;
use crate::domain::dataset::Dataset;
use crate::domain::hour::Hour;
use crate::domain::model::Slot;
use crate::domain::parameters::Parameter;
use crate::domain::series::{DerivedRows, Evidence, Frame, KeptState, Series, SeriesOutcome};
use crate::error::Result;
use crate::store::Store;
use crate::store::detections::{self, Detected};
use crate::store::models::{self, Model};
use crate::store::runs::{self, Run};
use crate::store::settings::StoredSettings;

/// What completed runs have done with a dataset.
#[derive(Debug)]
pub struct History {
    /// All of them.
    pub runs: Vec<Run>,
    /// The models that they made.
    pub models: Vec<Model>,
    /// The stretches that they detected.
    pub detected: Vec<Detected>,
}

impl History {
    /// Reads the log of a dataset.
    ///
    /// # Errors
    /// When a document can't be read, or does not say what it must.
    pub fn of(store: &Store, dataset: &Dataset) -> Result<Self> {
        Self::new(runs::list(store, dataset)?)
    }

    fn new(runs: Vec<Run>) -> Result<Self> {
        let (models, detected) = (models::list(&runs)?, detections::list(&runs)?);
        Ok(Self { runs, models, detected })
    }

    /// The hours for which measurements came after detection had passed them.
    #[must_use]
    pub fn late(&self, reader: &StoreReader) -> BTreeSet<Hour> {
        let objects =
            reader.hours().flat_map(|hour| reader.objects(hour..hour.next()).map(move |object| (hour, object)));
        detections::late(&self.detected, objects)
    }
}

/// What it takes to detect in a dataset.
#[derive(Clone, Copy)]
pub struct Detection<'a> {
    /// The store.
    pub store: &'a Store,
    /// The dataset.
    pub dataset: &'a Dataset,
    /// Its settings.
    pub settings: &'a StoredSettings,
    /// The rules that judge: those of the settings, unless nothing is recorded.
    pub rules: &'a RuleSet,
    /// The measurements.
    pub reader: &'a StoreReader,
    /// How they are read.
    pub reading: Reading<'a>,
}

/// A detection whose series have come to the first hour of the plan.
pub struct Started<'a> {
    detection: Detection<'a>,
    plan: &'a Plan,
    frame: Arc<Frame>,
    series: BTreeMap<Parameter, DetectedSeries>,
    keep_times: bool,
}

/// A series, and the rows that are derived from it.
struct DetectedSeries {
    series: Series,
    evidence: Evidence,
}

impl<'a> Detection<'a> {
    /// Brings the series to the first hour of the plan. Times of exceedances and sampling intervals are kept if
    /// `keep_times`.
    ///
    /// # Errors
    /// When an object is missing or damaged, which is named; or when it was stopped.
    pub fn start(self, plan: &'a Plan, history: &History, keep_times: bool) -> Result<Started<'a>> {
        let frame = Arc::new(Frame {
            dataset: self.dataset.to_string().into(),
            rule: self.rules.method.id().into(),
            settings_digest: self.settings.digest,
            tool_version: env!("CARGO_PKG_VERSION").into(),
            zone: self.rules.zone,
        });
        let mut started = Started { detection: self, plan, frame, series: BTreeMap::new(), keep_times };
        let known = states::model(self.store, &plan.model)?;
        for (parameter, series) in states::series(&started, &known, history)? {
            let slots = known.get(&parameter).cloned().unwrap_or_default();
            let detected = started.detected(series, slots);
            started.series.insert(parameter, detected);
        }
        Ok(started)
    }
}

impl Started<'_> {
    /// Detects in the hours of the plan. `each` gets the rows that were derived from each parameter, in their order, a
    /// window after the other.
    ///
    /// # Errors
    /// When an object is missing or damaged, which is named; when it was stopped; and those of `each`.
    pub fn detect(&mut self, mut each: impl FnMut(Vec<(Parameter, DerivedRows)>, &Window) -> Result<()>) -> Result<()> {
        let Detection { reader, reading, .. } = self.detection;
        let mut all = std::mem::take(&mut self.series);
        reader.read(
            self.plan.hours.clone(),
            reading,
            |_| (),
            |window, _| {
                let new = |parameter: &Parameter| self.detected(self.appeared(parameter), Vec::new());
                window.fold(reading.threads, &mut all, new, |_, detected, stretch| {
                    reading.stop.check()?;
                    let DetectedSeries { series, evidence } = detected;
                    for (times, values) in &stretch.parts {
                        series.take(times, values, evidence);
                    }
                    series.pass_until(stretch.hours.end, evidence);
                    Ok(())
                })?;
                let rows = all.iter_mut().map(|(parameter, detected)| (parameter.clone(), detected.evidence.take()));
                each(rows.collect(), &window)
            },
        )?;
        self.series = all;
        Ok(())
    }

    /// The states that series have come to.
    fn states(&self) -> impl Iterator<Item = (&Parameter, KeptState)> {
        self.series.iter().filter_map(|(parameter, detected)| Some((parameter, KeptState::of(&detected.series)?)))
    }

    /// What was found in the parameters that are `wanted`.
    #[must_use]
    pub fn into_outcomes(self, wanted: impl Fn(&str) -> bool) -> Vec<SeriesOutcome> {
        let series = self.series.into_iter().filter(|(parameter, _)| wanted(&parameter.name));
        // nobody has heard of the incidents of the training
        let told = self.plan.begin != Begin::Model || self.plan.hours.start > self.plan.model.facts.to;
        let outcome = |(_, detected): (_, DetectedSeries)| {
            let mut outcome = detected.series.into_outcome();
            outcome.before = outcome.before.filter(|_| told);
            outcome.quiet = outcome.quiet.filter(|_| told);
            outcome
        };
        series.map(outcome).collect()
    }

    fn detected(&self, mut series: Series, model: Vec<Slot>) -> DetectedSeries {
        series.begin_run(self.keep_times);
        let parameter = series.id().parameter.clone();
        let threshold = self.detection.rules.of(&parameter.name).threshold;
        let evidence = Evidence::new(Arc::clone(&self.frame), parameter, model, threshold);
        DetectedSeries { series, evidence }
    }
}

/// Looks up where the values of the alerts in a window come from.
fn trace(reader: &StoreReader, window: &Window, rows: &mut [(Parameter, DerivedRows)], reading: Reading) -> Result<()> {
    let mut alerts: Vec<&mut Alert> = Vec::new();
    let mut wanted = Vec::new();
    for (parameter, rows) in rows {
        for alert in &mut rows.alerts {
            if let Some(value) = alert.exceedance.value() {
                wanted.push(Wanted { parameter: parameter.clone(), time: alert.exceedance.time, value });
                alerts.push(alert);
            }
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let origins = reader.origins(window, &wanted, reading)?;
    alerts.into_iter().zip(origins).for_each(|(alert, origin)| alert.origin = origin);
    Ok(())
}
