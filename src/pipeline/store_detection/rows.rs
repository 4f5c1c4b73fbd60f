//! Rows that wait for the end of their day.

use std::collections::BTreeMap;

use crate::domain::alert::Alert;
use crate::domain::dataset::Dataset;
use crate::domain::hour::Hour;
use crate::domain::interval::{DAY, Unit};
use crate::domain::measurement::Millis;
use crate::domain::parameters::Parameter;
use crate::domain::series::{DerivedRows, KeptState};
use crate::error::Result;
use crate::store::codec::rows::figures::{self, ParameterRow};
use crate::store::codec::rows::learned::{self, ParameterLearned};
use crate::store::codec::rows::state::{self, StateRow};
use crate::store::codec::rows::{Encoded, alerts};
use crate::store::detections::state_partition;
use crate::store::layout::{Coordinates, DataType, Layout, Name, ObjectName, Partition};
use crate::store::objects::NewObject;

/// Rows of an object.
#[derive(Debug)]
enum Rows {
    Figures(Vec<ParameterRow>),
    /// In pieces: there may be many, and a vector that grows takes more than it needs.
    Alerts(Vec<Vec<Alert>>),
    States(Vec<StateRow>),
    Learned(Vec<ParameterLearned>),
}

/// Rows whose partitions are complete, ready to be encoded.
#[derive(Debug)]
pub struct Ready {
    dataset: Dataset,
    rows: BTreeMap<(DataType, Partition), Rows>,
}

/// Rows by the object that they will be in: a run writes one object for each partition.
#[derive(Debug)]
pub struct Pending {
    layout: Layout,
    dataset: Dataset,
    rule: String,
    rows: BTreeMap<(DataType, Partition), Rows>,
}

impl Pending {
    /// Nothing waits yet. `rule` is the recorded name of the method.
    #[must_use]
    pub fn new(layout: Layout, dataset: &Dataset, rule: &str) -> Self {
        Self { layout, dataset: dataset.clone(), rule: rule.to_owned(), rows: BTreeMap::new() }
    }

    /// Adds rows that were derived from a parameter.
    pub fn add(&mut self, parameter: &Parameter, rows: DerivedRows) {
        let DerivedRows { hours, intervals, alerts, states, learned } = rows;
        let rows = hours.into_iter().map(|row| (DataType::Hourly, row));
        let longer = intervals.into_iter().map(|(unit, row)| (data_type(unit), row));
        for (data_type, row) in rows.chain(longer) {
            if let Rows::Figures(rows) = self.of(data_type, row.start, parameter, || Rows::Figures(Vec::new())) {
                rows.push((parameter.clone(), row));
            }
        }
        let mut alerts = alerts.into_iter().peekable();
        while let Some(time) = alerts.peek().map(|alert| alert.exceedance.time) {
            // every partition has whole hours
            let same = |alert: &Alert| Hour::of(alert.exceedance.time) == Hour::of(time);
            let mut piece: Vec<Alert> = std::iter::from_fn(|| alerts.next_if(same)).collect();
            piece.shrink_to_fit();
            if let Rows::Alerts(rows) = self.of(DataType::Alerts, time, parameter, || Rows::Alerts(Vec::new())) {
                rows.push(piece);
            }
        }
        for slot in learned {
            if let Rows::Learned(rows) = self.of(DataType::Learned, slot.day, parameter, || Rows::Learned(Vec::new())) {
                rows.push((parameter.clone(), slot));
            }
        }
        states.into_iter().for_each(|kept| self.add_state(parameter, kept));
    }

    /// Adds the state of a parameter.
    pub fn add_state(&mut self, parameter: &Parameter, kept: KeptState) {
        let KeptState { end, state_digest, model_version, state } = kept;
        let (at, rule) = (end.start(), self.rule.clone());
        let row = StateRow { at, parameter: parameter.clone(), rule, model_version, state_digest, state };
        let rows = self.rows.entry((DataType::State, state_partition(at)));
        if let Rows::States(rows) = rows.or_insert_with(|| Rows::States(Vec::new())) {
            rows.push(row);
        }
    }

    fn of(&mut self, of: DataType, time: Millis, parameter: &Parameter, new: impl FnOnce() -> Rows) -> &mut Rows {
        let row = Coordinates { time, parameter: &parameter.name, ..Coordinates::default() };
        self.rows.entry((of, self.layout.partition(of, &row))).or_insert_with(new)
    }

    /// The rows of the days that are over at the beginning of hour `end`; all there are where that is `None`.
    pub fn ready(&mut self, end: Option<Hour>) -> Ready {
        let over =
            |partition: &Partition| end.is_none_or(|end| partition.date.is_none_or(|date| date + DAY <= end.start()));
        let (ready, left) = std::mem::take(&mut self.rows).into_iter().partition(|((_, partition), _)| over(partition));
        self.rows = left;
        Ready { dataset: self.dataset.clone(), rows: ready }
    }
}

/// The rows of an object, ready to be encoded.
#[derive(Debug)]
pub struct ReadyObject {
    dataset: Dataset,
    data_type: DataType,
    partition: Partition,
    rows: Rows,
}

impl Ready {
    /// The objects that are to be made of them.
    pub fn into_objects(self) -> impl ExactSizeIterator<Item = ReadyObject> {
        let Self { dataset, rows } = self;
        rows.into_iter().map(move |((data_type, partition), rows)| {
            let dataset = dataset.clone();
            ReadyObject { dataset, data_type, partition, rows }
        })
    }
}

impl ReadyObject {
    /// The object.
    ///
    /// # Errors
    /// When a page would have 2 GiB or more, which Parquet does not allow.
    pub fn encode(self) -> Result<NewObject> {
        let Self { dataset, data_type, partition, rows } = self;
        let Encoded { digest, bytes } = encoded(rows)?;
        let name = ObjectName { data_type, dataset, partition, name: Name::Digest(digest) };
        Ok(NewObject::new(name.key(), bytes))
    }
}

fn encoded(rows: Rows) -> Result<Encoded> {
    match rows {
        Rows::Figures(rows) => figures::encode(rows),
        Rows::Alerts(rows) => alerts::encode(rows.iter().flatten()),
        Rows::States(rows) => state::encode(rows),
        Rows::Learned(rows) => learned::encode(rows),
    }
}

fn data_type(unit: Unit) -> DataType {
    match unit {
        Unit::Hour => DataType::Hourly,
        Unit::Day => DataType::Daily,
        Unit::Week => DataType::Weekly,
        Unit::Month => DataType::Monthly,
        Unit::Season => DataType::Seasonal,
    }
}
