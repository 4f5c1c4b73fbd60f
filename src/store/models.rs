//! Models: the versions that completed runs of `train` have made.

use crate::domain::hour::Hour;
use serde::{Deserialize, Serialize};

use super::Store;
use super::codec::rows::model::{self, ParameterSlot};
use super::layout::{DataType, ObjectName};
use super::runs::{self, ObjectUsed, Run};
use crate::domain::dataset::Dataset;
use crate::domain::digest::Sha256;
use crate::error::{Advice, Error, Result};

/// The command whose runs make models.
pub const COMMAND: &str = "train";

/// What a run of `train` says of its model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its version.
    pub model_version: u32,
    /// The first hour that it was trained on.
    #[serde(with = "super::document::hour")]
    pub from: Hour,
    /// The hour after the last one.
    #[serde(with = "super::document::hour")]
    pub to: Hour,
    /// The digest of everything that decided it.
    #[serde(with = "super::document::text")]
    pub digest: Sha256,
    /// The recorded name of the method.
    pub method: String,
    /// The zone of the slots.
    pub timezone: String,
    /// How much stands behind each parameter.
    pub parameters: Vec<History>,
}

/// How much stands behind a parameter's baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Its name.
    pub parameter: String,
    /// Whether its values are counted by minute.
    pub counted: bool,
    /// The first hour with values.
    #[serde(with = "super::document::hour")]
    pub first: Hour,
    /// The hour after the last one.
    #[serde(with = "super::document::hour")]
    pub end: Hour,
    /// How many hours have values.
    pub hours: u64,
    /// How many values there are.
    pub measurements: u64,
    /// How many weeks have values.
    pub weeks: u32,
    /// How many hours of the week have values.
    pub slots: u64,
    /// How many hours were left out as incomplete.
    pub incomplete: u64,
    /// How many in outlying weeks.
    pub outlying: u64,
    /// Whether there was too little for limits.
    pub learning: bool,
}

/// A model, and the run that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What is said of it.
    pub facts: Facts,
    /// The run.
    pub run: Run,
}

impl Model {
    /// Its baselines, sorted by slot and parameter.
    ///
    /// # Errors
    /// When an object is missing or damaged, which is named.
    pub fn baselines(&self, store: &Store) -> Result<Vec<ParameterSlot>> {
        let mut rows = Vec::new();
        for (name, used) in self.objects(store, DataType::Model)? {
            let key = name.key();
            rows.extend(model::read(&key, store.read_verified(&key, &used.sha256)?)?);
        }
        rows.sort_by(|(a, one), (b, two)| one.slot.cmp(&two.slot).then_with(|| a.cmp(b)));
        Ok(rows)
    }

    /// Its objects of a data type: [`DataType::Model`] or [`DataType::State`].
    ///
    /// # Errors
    /// When the run names an object that the layout does not have.
    pub fn objects(&self, store: &Store, data_type: DataType) -> Result<Vec<(ObjectName, ObjectUsed)>> {
        runs::visible_of(store, std::slice::from_ref(&self.run), data_type)
    }
}

/// The models of a dataset whose runs are `runs`, in the order of their versions.
///
/// # Errors
/// When the document of a run does not say what it must.
pub fn list(runs: &[Run]) -> Result<Vec<Model>> {
    let told = runs::told(runs, COMMAND)?.into_iter();
    let mut models: Vec<Model> = told.map(|(facts, run)| Model { facts, run }).collect();
    models.sort_by_key(|model| model.facts.model_version);
    models.dedup_by_key(|model| model.facts.model_version);
    Ok(models)
}

/// The model of this version.
///
/// # Errors
/// When there is none; the hint says which there are.
pub fn find<'a>(models: &'a [Model], dataset: &Dataset, version: u32) -> Result<&'a Model> {
    models.iter().find(|model| model.facts.model_version == version).ok_or_else(|| {
        let error = Error::failed(format!("{dataset} has no model {version}"));
        let versions: Vec<String> = models.iter().map(|model| model.facts.model_version.to_string()).collect();
        match versions.is_empty() {
            true => error.advise(Advice::TrainFirst),
            false => error.hint(format!("it has: {}", versions.join(", "))),
        }
    })
}
