//! What decides the results of a dataset: numbered documents that are never changed.
//!
//! `settings/<dataset>/000001.json` is the first; the largest number is in force. Every run names the document that it
//! went by, by number and digest. New settings are a new number, and creating it is the compare-and-swap: the second
//! to try sees that it was overtaken.

use globset::Glob;
use serde::{Deserialize, Serialize};

use super::layout::{self, LAST_NUMBER};
use super::objects::Put;
use super::runs::SettingsUsed;
use super::{Store, document};
use crate::domain::dataset::Dataset;
use crate::domain::detector::{Direction, Method, checked_least, checked_threshold};
use crate::domain::digest::Sha256;
use crate::domain::record::Kind;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};

/// What decides the results of a dataset. The document has every field but those that say nothing; the canonical form is
/// this structure as one line of JSON, whose SHA-256 is the digest.
///
/// Fields may be added; one that is not in a document says nothing, so that digests stay as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetSettings {
    /// The IANA zone of the hours of the week, and of times that name none.
    pub timezone: String,
    /// How records are understood.
    #[serde(default)]
    pub mapping: Mapping,
    /// When two records are the same.
    #[serde(default)]
    pub identity: Identity,
    /// How to tell what is normal.
    pub detection: Detection,
}

/// How records are understood; what is not said is found out from their content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// The column or field of event times; in JSON a dotted path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_field: Option<String>,
    /// The unit of times that are numbers: `s`, `ms`, `us` or `ns`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_unit: Option<String>,
    /// The kind of all records, whatever they say: `metric`, `event` or `log`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The field that says what kind a record is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind_field: Option<String>,
    /// The field that names the parameter of a record that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter_field: Option<String>,
    /// The field with that parameter's value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_field: Option<String>,
    /// A field whose value becomes the first part of the parameters' names: a host, a region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_field: Option<String>,
    /// Which fields are parameters, as globs of their dotted paths; all numbers where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
}

/// When two records are the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// When their texts are.
    #[default]
    Text,
    /// When they come from the same place of the same source.
    Position,
    /// When this field has the same value.
    Field(String),
}

/// How to tell what is normal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detection {
    /// The method and its version: `adaptive@1`.
    pub method: String,
    /// The surprise from which on a value is abnormal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// How many alerts a parameter may give in a week without anything being wrong: what the threshold is made from. No
    /// program can do it yet: `train` and `detect` refuse it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
    /// What is said of some parameters; of several that match the last one that says something counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

/// What is said of parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A glob of their names.
    pub parameters: String,
    /// On which side deviations matter: `above`, `below` or `both`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "direction")]
    pub direction: Option<Direction>,
    /// The smallest change that is worth an alert, in the unit of the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_change: Option<f64>,
    /// The same relative to what is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_relative_change: Option<f64>,
}

/// Settings that are in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredSettings {
    /// Their number, from 1.
    pub number: u32,
    /// What they are.
    pub settings: DatasetSettings,
    /// The digest of their canonical form.
    pub digest: Sha256,
}

/// What became of new settings.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// They are in force, or were already.
    Stored(StoredSettings),
    /// Others have come in between: these.
    Overtaken(StoredSettings),
}

impl Default for DatasetSettings {
    fn default() -> Self {
        let detection =
            Detection { method: Method::DEFAULT.id().to_owned(), threshold: None, budget: None, rules: Vec::new() };
        let timezone = Zone::UTC.name().to_owned();
        Self { timezone, mapping: Mapping::default(), identity: Identity::default(), detection }
    }
}

impl DatasetSettings {
    /// The canonical form: the bytes of the document.
    ///
    /// # Errors
    /// When a number is not finite.
    pub fn canonical(&self) -> Result<Vec<u8>> {
        document::to_line(self)
    }

    /// The zone.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn zone(&self) -> Result<Zone> {
        Zone::parse(&self.timezone).ok_or_else(|| {
            let error = bad("timezone", &self.timezone, "is not an IANA time zone");
            match Zone::suggestions(&self.timezone) {
                names if names.is_empty() => error.hint("it is a name such as UTC or Europe/Zurich"),
                names => error.hint(format!("did you mean {}?", names.join(" or "))),
            }
        })
    }

    /// The method.
    ///
    /// # Errors
    /// When this program does not know it.
    pub fn method(&self) -> Result<Method> {
        let wanted = &self.detection.method;
        Method::ALL.into_iter().find(|method| method.id() == wanted).ok_or_else(|| {
            let known = Method::ALL.map(Method::id).join(", ");
            bad("detection.method", wanted, "is not known")
                .hint(format!("known are {known}; a newer one needs a newer trebuchet-ad"))
        })
    }

    /// Checks everything that a type does not tell.
    ///
    /// # Errors
    /// When something makes no sense; the message names the field and shows its value.
    pub fn check(&self) -> Result<()> {
        self.zone()?;
        self.method()?;
        let unit = self.mapping.time_unit.as_deref();
        if let Some(unit) = unit.filter(|unit| !["s", "ms", "us", "ns"].contains(unit)) {
            return Err(bad("mapping.time_unit", unit, "is not a unit").hint("it may be s, ms, us or ns"));
        }
        let kind = self.mapping.kind.as_deref();
        if let Some(kind) = kind.filter(|kind| Kind::parse(kind).is_none()) {
            let known = Kind::ALL.map(Kind::name).join(", ");
            return Err(bad("mapping.kind", kind, "is not a kind of records").hint(format!("it may be {known}")));
        }
        let detection = &self.detection;
        if let Some(threshold) = detection.threshold {
            checked_threshold(threshold)
                .map_err(|bounds| bad("detection.threshold", &threshold.to_string(), &bounds.to_string()))?;
        }
        if let Some(budget) = detection.budget.filter(|budget| !(budget.is_finite() && *budget > 0.0)) {
            return Err(bad("detection.budget", &budget.to_string(), "must be above 0"));
        }
        if detection.threshold.is_some() && detection.budget.is_some() {
            return Err(Error::usage("detection.threshold and detection.budget can't both be set")
                .hint("the threshold is made from the budget"));
        }
        for rule in &detection.rules {
            for value in [rule.least_change, rule.least_relative_change].into_iter().flatten() {
                checked_least(value)
                    .map_err(|bounds| bad("the smallest change", &value.to_string(), &bounds.to_string()))?;
            }
        }
        let globs = self.mapping.parameters.iter();
        for glob in globs.chain(detection.rules.iter().map(|rule| &rule.parameters)) {
            Glob::new(glob).map_err(|cause| bad("the pattern", glob, &format!("can't be used: {}", cause.kind())))?;
        }
        let fields = [
            &self.mapping.time_field,
            &self.mapping.kind_field,
            &self.mapping.parameter_field,
            &self.mapping.value_field,
            &self.mapping.name_field,
        ];
        if fields.into_iter().flatten().any(String::is_empty) || self.identity == Identity::Field(String::new()) {
            return Err(Error::usage("the name of a field is empty").hint("leave it out to have it found"));
        }
        Ok(())
    }
}

impl StoredSettings {
    fn new(number: u32, settings: DatasetSettings) -> Result<Self> {
        let digest = Sha256::of(&settings.canonical()?);
        Ok(Self { number, settings, digest })
    }

    /// How runs name them.
    #[must_use]
    pub fn used(&self) -> SettingsUsed {
        SettingsUsed { number: self.number, sha256: self.digest }
    }
}

/// The settings that are in force; `None` where the dataset has none.
///
/// # Errors
/// When they can't be read or understood.
pub fn newest(store: &Store, dataset: &Dataset) -> Result<Option<StoredSettings>> {
    let mut newest = None;
    for object in store.objects().list(&layout::settings_folder(dataset))? {
        let (_, number) = layout::parse_settings(&object.key).ok_or_else(|| {
            Error::failed(format!("{} is no settings document", object.key))
                .hint(format!("it does not belong there; move it out of {}", store.place()))
        })?;
        newest = newest.max(Some(number));
    }
    newest.map(|number| read(store, dataset, number)).transpose()
}

/// The settings of this number.
///
/// # Errors
/// When there are none, or they can't be read or understood.
pub fn read(store: &Store, dataset: &Dataset, number: u32) -> Result<StoredSettings> {
    let key = layout::settings_key(dataset, number);
    let bytes = store.read(&key)?;
    let settings: DatasetSettings = document::parse(&key, &bytes)?;
    settings.check().map_err(|error| error.at(&key))?;
    let stored = StoredSettings::new(number, settings)?;
    if Sha256::of(&bytes) != stored.digest {
        return Err(Error::failed(format!("{key} is not in canonical form, so it was changed by hand"))
            .hint("restore it; settings are changed by adding new ones"));
    }
    Ok(stored)
}

/// Puts new settings in force after those of number `after` (0 for none), unless others have come in between.
///
/// # Errors
/// When they make no sense, or the store can't be read or written.
pub fn put_next(store: &Store, dataset: &Dataset, after: u32, settings: DatasetSettings) -> Result<Next> {
    settings.check()?;
    let number = after + 1;
    if number > LAST_NUMBER {
        return Err(Error::failed(format!("there can't be more than {LAST_NUMBER} settings of a dataset")));
    }
    let stored = StoredSettings::new(number, settings)?;
    if let Some(newest) = newest(store, dataset)? {
        if newest.digest == stored.digest {
            return Ok(Next::Stored(newest));
        }
        if newest.number != after {
            return Ok(Next::Overtaken(newest));
        }
    } else if after != 0 {
        return Err(Error::failed(format!("the settings {after} of {dataset} have gone"))
            .hint(format!("restore {}", layout::settings_key(dataset, after))));
    }
    match store.objects().put_new(&layout::settings_key(dataset, number), &stored.settings.canonical()?)? {
        Put::Created | Put::Same => Ok(Next::Stored(stored)),
        Put::Different => Ok(Next::Overtaken(read(store, dataset, number)?)),
    }
}

/// A direction as its name.
mod direction {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::domain::detector::Direction;

    pub fn serialize<S: Serializer>(direction: &Option<Direction>, to: S) -> Result<S::Ok, S::Error> {
        direction.map(Direction::name).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Direction>, D::Error> {
        let name = Option::<String>::deserialize(from)?;
        name.map(|name| name.parse()).transpose().map_err(serde::de::Error::custom)
    }
}

fn bad(field: &str, value: &str, why: &str) -> Error {
    Error::usage(format!("{field} '{}' {why}", value.escape_debug()))
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
