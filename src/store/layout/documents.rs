//! Where documents lie that are no rows of a table: settings, claims, and what was taken out of sight.

use super::{DataType, dataset, dataset_folder, number};
use crate::domain::dataset::Dataset;

/// The folder of all settings, of all datasets.
pub const SETTINGS: &str = "settings/";

/// The folder of a dataset's settings.
#[must_use]
pub fn settings_folder(dataset: &Dataset) -> String {
    format!("{SETTINGS}{}", dataset_folder(dataset))
}

/// The key of a dataset's settings of this number.
#[must_use]
pub fn settings_key(dataset: &Dataset, number: u32) -> String {
    format!("{}{number:06}.json", settings_folder(dataset))
}

/// Which settings a key names.
#[must_use]
pub fn parse_settings(key: &str) -> Option<(Dataset, u32)> {
    let (dataset, name) = dataset(key.strip_prefix(SETTINGS)?)?;
    Some((dataset, number(name.strip_suffix(".json")?)?))
}

/// The folder of the claims of a dataset's version numbers of a data type.
#[must_use]
pub fn claims_folder(dataset: &Dataset, of: DataType) -> String {
    format!("claims/{}{}/", dataset_folder(dataset), of.name())
}

/// The key of the claim of a version number.
#[must_use]
pub fn claim_key(dataset: &Dataset, of: DataType, version: u32) -> String {
    format!("{}{version:06}.json", claims_folder(dataset, of))
}

/// Which version number the key of a claim names.
#[must_use]
pub fn parse_claim(dataset: &Dataset, of: DataType, key: &str) -> Option<u32> {
    number(key.strip_prefix(&claims_folder(dataset, of))?.strip_suffix(".json")?)
}

/// The folder of a dataset's checkpoints of its run log.
#[must_use]
pub fn checkpoints_folder(dataset: &Dataset) -> String {
    format!("checkpoints/{}", dataset_folder(dataset))
}

/// The folder of the heads of its checkpoints.
#[must_use]
pub fn checkpoint_heads_folder(dataset: &Dataset) -> String {
    checkpoints_folder(dataset) + "heads/"
}

/// The key of a head.
#[must_use]
pub fn checkpoint_head_key(dataset: &Dataset, number: u32) -> String {
    format!("{}{number:08}.json", checkpoint_heads_folder(dataset))
}

/// The key of a part of a checkpoint.
#[must_use]
pub fn checkpoint_part_key(dataset: &Dataset, digest: &str) -> String {
    format!("{}parts/{digest}.jsonl.zst", checkpoints_folder(dataset))
}

/// The folder of the turns of a dataset's runs.
#[must_use]
pub fn turns_folder(dataset: &Dataset) -> String {
    format!("turns/{}", dataset_folder(dataset))
}

/// Where a run keeps what it took out of sight.
#[must_use]
pub fn superseded_key(run: &str, key: &str) -> String {
    format!("superseded/{run}/{key}")
}
