//! Where everything lies in a store: the only place that knows paths.
//!
//! An object's key is `<data type>/project=…/customer_id=…/application=…/version=…/<partition>/<name>`, in the manner of
//! Hive, so that Athena, Spark, DuckDB and polars find it. Which keys the partition has is one table,
//! [`DataType::keys`]; raw objects of an hour are numbered, derived ones are named by the digest of their rows. What is
//! no table lies beside them: `settings/…/000001.json`, `claims/…/model/000001.json`, `superseded/<run>/<key>`.

mod documents;
pub mod parameter_key;

pub use documents::*;

use std::fmt::Write;

use chrono::{DateTime, NaiveDate};

use crate::domain::dataset::Dataset;
use crate::domain::digest::Sha256;
use crate::domain::measurement::{HOUR, Millis};

/// The key of the document that says what the store is.
pub const MARKER: &str = "trebuchet.json";

/// The largest number of a numbered object: six digits, so that the order of names is that of numbers.
pub const LAST_NUMBER: u32 = 999_999;

const DAY: Millis = 24 * HOUR;

/// How deep the folders of a store are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Few, large objects: rows are sorted by what is no folder.
    Compact,
    /// Every key of the platform's table is a folder, for stores that others read by path.
    Full,
}

/// What the rows of an object are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataType {
    /// Records, verbatim.
    Raw,
    /// Measurements, taken out of the records.
    Measurements,
    /// Figures of hours.
    Hourly,
    /// Figures of days.
    Daily,
    /// Figures of ISO weeks.
    Weekly,
    /// Figures of months.
    Monthly,
    /// Figures of meteorological seasons.
    Seasonal,
    /// States of detectors.
    State,
    /// Baselines, by slot.
    Model,
    /// Exceedances.
    Alerts,
    /// What is known of each hour of the week, after each day.
    Learned,
    /// Runs, as JSON.
    Runs,
    /// Records that could not be used.
    Quarantine,
}

/// A folder of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionKey {
    /// `date=YYYY-MM-DD`, in UTC.
    Date,
    /// `hour=HH`: of the day in UTC; for models, of the day of the slot.
    Hour,
    /// `day_of_week=1` (Monday) to `7`.
    DayOfWeek,
    /// `model_version=N`.
    ModelVersion,
    /// `parameter_key=`: the name of the parameter, escaped.
    ParameterKey,
}

/// What decides in which partition a row lies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coordinates<'a> {
    /// The row's time; for figures the start of their interval, for a state the last moment that it has seen.
    pub time: Millis,
    /// The parameter.
    pub parameter: &'a str,
    /// Hour of the week, 0 to 167; only models have it.
    pub slot: usize,
    /// The version of the model; only models have it.
    pub model_version: u32,
}

/// A partition of a data type: the values of its keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    /// The start of the UTC day.
    pub date: Option<Millis>,
    /// ISO day of the week.
    pub day_of_week: Option<u8>,
    /// The hour of the day.
    pub hour: Option<u8>,
    /// The version of the model.
    pub model_version: Option<u32>,
    /// The name of the parameter, escaped; see [`parameter_key`].
    pub parameter_key: Option<String>,
}

/// The last part of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// The number of a raw object or of the measurements of the same number, within its hour.
    Number(u32),
    /// The digest of the rows.
    Digest(Sha256),
    /// The id of a run.
    Run(String),
}

/// Which object a key names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// What its rows are.
    pub data_type: DataType,
    /// The dataset.
    pub dataset: Dataset,
    /// The partition.
    pub partition: Partition,
    /// The name.
    pub name: Name,
}

impl Layout {
    /// Both layouts.
    pub const ALL: [Self; 2] = [Self::Compact, Self::Full];

    /// The name of the layout.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::Full => "full",
        }
    }

    /// The layout of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }

    /// In which partition a row lies.
    #[must_use]
    pub fn partition(self, data_type: DataType, row: &Coordinates) -> Partition {
        let mut partition = Partition::default();
        let hour_of =
            if data_type == DataType::Model { row.slot % 24 } else { (row.time.rem_euclid(DAY) / HOUR) as usize };
        for key in data_type.keys(self) {
            match key {
                PartitionKey::Date => partition.date = Some(row.time.div_euclid(DAY) * DAY),
                PartitionKey::Hour => partition.hour = Some(hour_of as u8),
                PartitionKey::DayOfWeek => partition.day_of_week = Some((row.slot / 24 + 1) as u8),
                PartitionKey::ModelVersion => partition.model_version = Some(row.model_version),
                PartitionKey::ParameterKey => partition.parameter_key = Some(parameter_key::escape(row.parameter)),
            }
        }
        partition
    }

    /// Reads a key; `None` where it is not one that this layout makes.
    #[must_use]
    pub fn parse(self, key: &str) -> Option<ObjectName> {
        let (data_type, rest) = key.split_once('/')?;
        let data_type = DataType::from_name(data_type)?;
        let (dataset, mut rest) = dataset(rest)?;
        let mut partition = Partition::default();
        for key in data_type.keys(self) {
            let (part, after) = rest.split_once('/')?;
            partition.read(*key, part.strip_prefix(key.name())?.strip_prefix('=')?)?;
            rest = after;
        }
        let object = ObjectName { data_type, dataset, partition, name: Name::parse(data_type, rest)? };
        (object.key() == key).then_some(object)
    }
}

impl DataType {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Raw,
        Self::Measurements,
        Self::Hourly,
        Self::Daily,
        Self::Weekly,
        Self::Monthly,
        Self::Seasonal,
        Self::State,
        Self::Model,
        Self::Alerts,
        Self::Learned,
        Self::Runs,
        Self::Quarantine,
    ];

    /// The name of the data type, and of its folder.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Measurements => "measurements",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Seasonal => "seasonal",
            Self::State => "state",
            Self::Model => "model",
            Self::Alerts => "alerts",
            Self::Learned => "learned",
            Self::Runs => "runs",
            Self::Quarantine => "quarantine",
        }
    }

    /// The data type of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|data_type| data_type.name() == name)
    }

    /// The keys of its partitions, from the outermost folder to the innermost, after those of the dataset.
    #[must_use]
    pub fn keys(self, layout: Layout) -> &'static [PartitionKey] {
        use PartitionKey as P;
        match (self, layout) {
            (Self::Raw | Self::Measurements, _) => &[P::Date, P::Hour],
            (Self::State | Self::Runs | Self::Quarantine, _) => &[P::Date],
            (Self::Hourly | Self::Alerts, Layout::Full) => &[P::Date, P::Hour, P::ParameterKey],
            (Self::Daily | Self::Weekly | Self::Monthly | Self::Seasonal | Self::Learned, Layout::Full) => {
                &[P::Date, P::ParameterKey]
            }
            (Self::Hourly | Self::Alerts, Layout::Compact) => &[P::Date],
            (Self::Daily | Self::Weekly | Self::Monthly | Self::Seasonal | Self::Learned, Layout::Compact) => {
                &[P::Date]
            }
            (Self::Model, Layout::Full) => &[P::DayOfWeek, P::Hour, P::ModelVersion, P::ParameterKey],
            (Self::Model, Layout::Compact) => &[P::ModelVersion],
        }
    }

    /// The folder of a dataset's objects of this type, with `/` at its end.
    #[must_use]
    pub fn folder(self, dataset: &Dataset) -> String {
        format!("{}/{}", self.name(), dataset_folder(dataset))
    }

    fn ending(self) -> &'static str {
        if self == Self::Runs { ".json" } else { ".parquet" }
    }
}

impl PartitionKey {
    /// The name of the folder, before `=`, and of the column.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Hour => "hour",
            Self::DayOfWeek => "day_of_week",
            Self::ModelVersion => "model_version",
            Self::ParameterKey => "parameter_key",
        }
    }
}

impl Partition {
    /// The folders, with `/` at their end.
    fn folder(&self, data_type: DataType) -> String {
        let mut folder = String::new();
        let mut add = |key: PartitionKey, value: Option<String>| {
            if let Some(value) = value {
                let _infallible = write!(folder, "{}={value}/", key.name());
            }
        };
        // The order of the folders is the same in every row of the table: only models have a day of the week.
        debug_assert!(self.day_of_week.is_none() || data_type == DataType::Model);
        add(PartitionKey::Date, self.date.map(date_text));
        add(PartitionKey::DayOfWeek, self.day_of_week.map(|day| day.to_string()));
        add(PartitionKey::Hour, self.hour.map(|hour| format!("{hour:02}")));
        add(PartitionKey::ModelVersion, self.model_version.map(|version| version.to_string()));
        add(PartitionKey::ParameterKey, self.parameter_key.clone());
        folder
    }

    /// The start of the hour or day, where the partition is of one.
    #[must_use]
    pub fn start(&self) -> Option<Millis> {
        Some(self.date? + self.hour.map_or(0, |hour| Millis::from(hour) * HOUR))
    }

    fn read(&mut self, key: PartitionKey, value: &str) -> Option<()> {
        match key {
            PartitionKey::Date => self.date = Some(date(value)?),
            PartitionKey::Hour => self.hour = Some(value.parse().ok().filter(|hour| *hour < 24)?),
            PartitionKey::DayOfWeek => self.day_of_week = Some(value.parse().ok().filter(|day| (1..=7).contains(day))?),
            PartitionKey::ModelVersion => self.model_version = Some(value.parse().ok()?),
            PartitionKey::ParameterKey => {
                self.parameter_key = parameter_key::is_valid(value).then(|| value.to_owned());
                self.parameter_key.as_ref()?;
            }
        }
        Some(())
    }
}

impl Name {
    fn parse(data_type: DataType, text: &str) -> Option<Self> {
        let stem = text.strip_suffix(data_type.ending())?;
        match data_type {
            DataType::Raw | DataType::Measurements => number(stem).map(Self::Number),
            DataType::Runs => is_run_id(stem).then(|| Self::Run(stem.to_owned())),
            _ => stem.parse().ok().map(Self::Digest),
        }
    }

    fn stem(&self) -> String {
        match self {
            Self::Number(number) => format!("{number:06}"),
            Self::Digest(digest) => digest.to_string(),
            Self::Run(id) => id.clone(),
        }
    }
}

impl ObjectName {
    /// The key under which the object is kept.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}{}{}", self.folder(), self.name.stem(), self.data_type.ending())
    }

    /// The folder of the object's partition, with `/` at its end.
    #[must_use]
    pub fn folder(&self) -> String {
        partition_folder(self.data_type, &self.dataset, &self.partition)
    }
}

/// The folder of a partition, with `/` at its end.
#[must_use]
pub fn partition_folder(data_type: DataType, dataset: &Dataset, partition: &Partition) -> String {
    data_type.folder(dataset) + &partition.folder(data_type)
}

/// Whether a text can be the id of a run: it is a part of a key.
#[must_use]
pub fn is_run_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

/// The day of a moment, as it is written in keys.
#[must_use]
pub fn date_text(time: Millis) -> String {
    DateTime::from_timestamp_millis(time).unwrap_or_default().date_naive().to_string()
}

fn date(text: &str) -> Option<Millis> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
}

fn number(text: &str) -> Option<u32> {
    (text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn dataset_folder(dataset: &Dataset) -> String {
    format!(
        "project={}/customer_id={}/application={}/version={}/",
        dataset.project(),
        dataset.customer(),
        dataset.application(),
        dataset.version()
    )
}

/// The dataset that a path begins with, and what follows.
fn dataset(path: &str) -> Option<(Dataset, &str)> {
    let mut rest = path;
    let mut next = |name: &str| {
        let (part, after) = rest.split_once('/')?;
        rest = after;
        part.strip_prefix(name)
    };
    let keys = [next("project=")?, next("customer_id=")?, next("application=")?, next("version=")?];
    Some((Dataset::new(keys[0], keys[1], keys[2], keys[3]).ok()?, rest))
}

#[cfg(test)]
mod tests;
