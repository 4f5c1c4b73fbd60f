//! The series at the hour where detection begins.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::{Begin, History, Started};
use crate::domain::hour::Hour;
use crate::domain::model::Slot;
use crate::domain::parameters::{Parameter, SeriesId};
use crate::domain::series::{Learned, Series};
use crate::error::{Advice, Error, Result};
use crate::store::Store;
use crate::store::codec::rows::state::{self, StateRow};
use crate::store::detections;
use crate::store::layout::DataType;
use crate::store::models::Model;

/// What a model knows of each parameter.
type Slots = BTreeMap<Parameter, Vec<Slot>>;

/// Series by parameter.
type AllSeries = BTreeMap<Parameter, Series>;

/// What a model knows of each parameter.
pub(super) fn model(store: &Store, model: &Model) -> Result<Slots> {
    let mut slots = Slots::new();
    for (parameter, slot) in model.baselines(store)? {
        slots.entry(parameter).or_default().push(slot);
    }
    Ok(slots)
}

/// The series at the first hour of the plan.
pub(super) fn series(started: &Started, known: &Slots, history: &History) -> Result<AllSeries> {
    let (start, trained) = (started.plan.hours.start, started.plan.model.facts.to);
    match started.plan.begin {
        Begin::Live(from) => {
            let mut series = started.live(from, history)?;
            started.catch_up(&mut series, from..start)?;
            Ok(series)
        }
        Begin::Model => {
            let mut series = started.trained(known)?;
            started.catch_up(&mut series, trained..start)?;
            Ok(series)
        }
        Begin::Adopt => {
            let mut series = started.trained(known)?;
            started.catch_up(&mut series, trained..start)?;
            for (parameter, older) in started.live(start, history)? {
                let newer = series.remove(&parameter).unwrap_or_else(|| started.appeared(&parameter));
                series.insert(parameter, newer.adopted_from(older));
            }
            Ok(series)
        }
    }
}

impl Started<'_> {
    /// The series of a parameter that appears.
    pub(super) fn appeared(&self, parameter: &Parameter) -> Series {
        let rules = self.detection.rules;
        let settings = &self.detection.settings.digest;
        let mut series = Series::of_store(self.id(parameter), rules.method, rules.of(&parameter.name), settings);
        series.begin_live(self.plan.model.facts.model_version, Learned::of(rules.zone, &[]));
        series
    }

    fn id(&self, parameter: &Parameter) -> SeriesId {
        SeriesId { source: Arc::clone(&self.frame.dataset), parameter: parameter.clone() }
    }

    /// Takes series through hours whose rows nobody needs.
    fn catch_up(&self, all: &mut AllSeries, hours: Range<Hour>) -> Result<()> {
        if hours.is_empty() {
            return Ok(());
        }
        let (reader, reading) = (self.detection.reader, self.detection.reading);
        reader.read(
            hours,
            reading,
            |_| (),
            |window, _| {
                window.fold(
                    reading.threads,
                    all,
                    |parameter| self.appeared(parameter),
                    |_, series, stretch| {
                        reading.stop.check()?;
                        for (times, values) in &stretch.parts {
                            series.take(times, values, &mut ());
                        }
                        series.pass_until(stretch.hours.end, &mut ());
                        Ok(())
                    },
                )
            },
        )
    }

    /// The series that live detection has come to at an hour.
    fn live(&self, hour: Hour, history: &History) -> Result<AllSeries> {
        let rows = detections::states_at(self.detection.store, &history.detected, hour)?;
        rows.into_iter().map(|row| self.resumed(row, Advice::IngestIntoNewStore)).collect()
    }

    /// The series of the model, ready for live detection.
    fn trained(&self, known: &Slots) -> Result<AllSeries> {
        let (store, model) = (self.detection.store, &self.plan.model);
        let mut all = AllSeries::new();
        for (name, used) in model.objects(store, DataType::State)? {
            let key = name.key();
            for row in state::read(&key, store.read_verified(&key, &used.sha256)?)? {
                let (parameter, mut series) = self.resumed(row, Advice::TrainWithThisVersion)?;
                let slots = known.get(&parameter).map_or(&[][..], Vec::as_slice);
                series.begin_live(model.facts.model_version, Learned::of(self.detection.rules.zone, slots));
                all.insert(parameter, series);
            }
        }
        Ok(all)
    }

    fn resumed(&self, row: StateRow, otherwise: Advice) -> Result<(Parameter, Series)> {
        let rules = self.detection.rules;
        let (id, of_parameter) = (self.id(&row.parameter), rules.of(&row.parameter.name));
        let series = Series::from_state(&row.state, id, rules.method, of_parameter).map_err(|reason| {
            Error::failed(format!("{} of {}: {reason}", row.parameter.name.escape_debug(), self.detection.dataset))
                .advise(otherwise)
        })?;
        Ok((row.parameter, series))
    }
}
