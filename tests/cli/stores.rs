//! Makes stores for tests by the library: records of a few parameters, hour by hour.

use std::path::Path;

use trebuchet_ad::clock::Clock;
use trebuchet_ad::domain::aggregate::Hours;
use trebuchet_ad::domain::dataset::Dataset;
use trebuchet_ad::domain::digest::StateDigest;
use trebuchet_ad::domain::measurement::{Aggregation, HOUR, MINUTE, Millis};
use trebuchet_ad::domain::parameters::Parameter;
use trebuchet_ad::domain::record::{Kind, RecordBatch, RecordRef};
use trebuchet_ad::store::Store;
use trebuchet_ad::store::codec::rows::{figures, measurements::Measurements};
use trebuchet_ad::store::layout::{Coordinates, DataType, Layout, Name, ObjectName};
use trebuchet_ad::store::objects::NewObject;
use trebuchet_ad::store::runs::{ObjectUsed, Run};
use trebuchet_ad::store::settings::{self, DatasetSettings};

/// 2026-01-05T00:00:00Z, a Monday.
pub const START: Millis = 1_767_571_200_000;

/// The first hour.
pub const FIRST: i64 = START / HOUR;

/// A record: when, of what, how much.
pub type Record = (Millis, &'static str, Aggregation, f64);

/// A store in the making.
pub struct Making {
    pub store: Store,
    pub dataset: Dataset,
    settings: settings::StoredSettings,
}

impl Making {
    /// A store in this folder with an empty dataset.
    pub fn new(folder: &Path, layout: Layout, name: &str, settings: DatasetSettings) -> Self {
        let store = Store::init(&folder.display().to_string(), layout).unwrap();
        let dataset: Dataset = name.parse().unwrap();
        let settings::Next::Stored(settings) = settings::put_next(&store, &dataset, 0, settings).unwrap() else {
            panic!("the dataset was there already");
        };
        Self { store, dataset, settings }
    }

    fn name(&self, data_type: DataType, time: Millis, name: Name) -> ObjectName {
        let row = Coordinates { time, parameter: "cpu", ..Coordinates::default() };
        let partition = self.store.layout().partition(data_type, &row);
        ObjectName { data_type, dataset: self.dataset.clone(), partition, name }
    }

    fn complete(&self, command: &str, at: Millis, objects: &[NewObject], facts: &[(&str, i64)]) {
        let mut run = Run::begin(Clock::frozen(at), command, Vec::new(), &self.dataset, self.settings.used());
        let written = self.store.put_all(objects).unwrap();
        run.outputs = objects.iter().zip(&written).map(|(object, w)| ObjectUsed::written(&object.key, w)).collect();
        run.facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        run.complete(&self.store, Clock::frozen(at)).unwrap();
    }

    /// Brings records in, those of each hour as object `number` of it; the run began at `at`.
    pub fn ingest(&self, number: u32, at: Millis, records: impl Iterator<Item = Record>) {
        let mut batch = RecordBatch::default();
        for (index, (time, name, aggregation, value)) in records.enumerate() {
            let parameter = batch.measurements.parameters.number(name, aggregation);
            batch.measurements.push(index as u32, parameter, value);
            let position = index as u64 + 1;
            batch.push(&RecordRef { event_time: time, kind: Kind::Metric, position, identity: 0, text: "{}" });
        }
        let mut objects = Vec::new();
        for part in batch.by_hour() {
            let key = |data_type| self.name(data_type, part.hour.start(), Name::Number(number)).key();
            let bytes = Measurements::of(&part.batch).encode().unwrap();
            objects.push(NewObject::new(key(DataType::Raw), vec![1]));
            objects.push(NewObject::new(key(DataType::Measurements), bytes));
        }
        self.complete("ingest", at, &objects, &[]);
    }

    /// Pretends to have detected `cpu` in these hours: writes the rows of its hours as `detect` does.
    pub fn detect(&self, hours: std::ops::Range<i64>, at: Millis, records: impl Iterator<Item = Record>) {
        let mut figures_of = Hours::default();
        let mut all = Vec::new();
        for (time, .., value) in records.filter(|record| record.1 == "cpu") {
            all.extend(figures_of.push(time, value));
        }
        all.extend(figures_of.finish().0);
        let cpu = Parameter { name: "cpu".into(), aggregation: Aggregation::None };
        let mut digest = StateDigest::before_all("cpu", &[]);
        let mut objects = Vec::new();
        for hour in all.into_iter().filter(|hour| hours.contains(&hour.hour.number())) {
            digest = digest.after(hour.hour, hour.input_digest, 1);
            let encoded = figures::encode(vec![(cpu.clone(), hour.row(digest, 1))]).unwrap();
            let key = self.name(DataType::Hourly, hour.hour.start(), Name::Digest(encoded.digest)).key();
            objects.push(NewObject::new(key, encoded.bytes));
        }
        let facts = [("from", hours.start), ("to", hours.end), ("model_version", 1)];
        self.complete("detect", at, &objects, &facts);
    }
}

/// `cpu` and `memory` every five minutes, and `events.deploy` now and then, for so many hours: a daily cycle and some
/// noise. In the hour 5 of the second Wednesday nearly nothing came; the third Thursday is far out.
pub fn records(hours: i64) -> impl Iterator<Item = Record> {
    (0..hours * 12).flat_map(|step| {
        let time = START + step * 5 * MINUTE;
        let hour = step / 12;
        let noise = |seed: i64| ((step * 7919 + seed * 104_729) * 48_271 % 10_007) as f64 / 10_007.0 - 0.5;
        let cycle = (hour % 24 - 12).abs() as f64;
        let outlying = if hour / 24 == 17 { 300.0 } else { 0.0 };
        let mut records = vec![
            (time, "cpu", Aggregation::None, 50.0 + 2.0 * cycle + noise(1) + outlying),
            (time, "memory", Aggregation::None, 1000.0 + noise(2) * 10.0),
        ];
        if step % 100 == 7 {
            records.push((time + 1000, "events.deploy", Aggregation::Count, 1.0));
        }
        if hour == 9 * 24 + 5 && step % 12 > 1 {
            records.clear();
        }
        records
    })
}
