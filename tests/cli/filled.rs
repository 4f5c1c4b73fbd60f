//! A store with measurements, made without `ingest`, so that detection can be tested on its own.

use std::collections::BTreeMap;

use trebuchet_ad::clock::Clock;
use trebuchet_ad::domain::dataset::Dataset;
use trebuchet_ad::domain::measurement::{Aggregation, HOUR, Millis};
use trebuchet_ad::domain::record::{Kind, RecordBatch, RecordRef};
use trebuchet_ad::store::Store;
use trebuchet_ad::store::codec::rows::measurements::Measurements;
use trebuchet_ad::store::layout::{Coordinates, DataType, Layout, Name, ObjectName};
use trebuchet_ad::store::runs::{ObjectUsed, Run};
use trebuchet_ad::store::settings::{self, DatasetSettings, Next};

use super::harness::Sandbox;

/// 2024-01-01T00:00:00Z, a Monday.
pub const START: Millis = 1_704_067_200_000;

/// A measurement: time, parameter, value, whether it is counted.
pub type Row = (Millis, &'static str, f64, bool);

/// Noise that is always the same: about normal, with standard deviation 1.
pub struct Noise(u64);

impl Noise {
    pub fn new(seed: u64) -> Self {
        Self(seed * 2 + 987_654_321)
    }

    pub fn next(&mut self) -> f64 {
        let mut sum = -6.0;
        for _ in 0..12 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            sum += (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        }
        sum
    }
}

/// The settings of the dataset: `change` says what is not as usual.
pub fn init(sandbox: &Sandbox, name: &str, layout: Layout, change: impl Fn(&mut DatasetSettings)) -> Store {
    let store = Store::init(&sandbox.path(name).display().to_string(), layout).unwrap();
    put_settings(&store, 0, change);
    store
}

/// Puts settings in force after those of this number.
pub fn put_settings(store: &Store, after: u32, change: impl Fn(&mut DatasetSettings)) {
    let mut settings = DatasetSettings::default();
    settings.detection.method = "adaptive@2".to_owned();
    change(&mut settings);
    assert!(matches!(settings::put_next(store, &dataset(), after, settings).unwrap(), Next::Stored(_)));
}

/// The dataset.
pub fn dataset() -> Dataset {
    "acme/shop/1".parse().unwrap()
}

/// Puts measurements into the objects of this number, as a run of `ingest` does that began at `now`.
pub fn put(store: &Store, number: u32, now: Millis, rows: &[Row]) {
    let mut hours: BTreeMap<i64, Vec<&Row>> = BTreeMap::new();
    rows.iter().for_each(|row| hours.entry(row.0.div_euclid(HOUR)).or_default().push(row));
    let settings = settings::newest(store, &dataset()).unwrap().unwrap();
    let mut run = Run::begin(Clock::frozen(now), "ingest", vec![number.to_string()], &dataset(), settings.used());
    for (hour, rows) in hours {
        let mut batch = RecordBatch::default();
        for (index, (time, name, value, counted)) in rows.into_iter().enumerate() {
            let aggregation = if *counted { Aggregation::Count } else { Aggregation::None };
            let parameter = batch.measurements.parameters.number(name, aggregation);
            batch.measurements.push(index as u32, parameter, *value);
            let (event_time, position) = (*time, index as u64 + 1);
            batch.push(&RecordRef { event_time, kind: Kind::Metric, position, identity: 0, text: "" });
        }
        let row = Coordinates { time: hour * HOUR, ..Coordinates::default() };
        let partition = store.layout().partition(DataType::Measurements, &row);
        for data_type in [DataType::Measurements, DataType::Raw] {
            let (dataset, partition) = (dataset(), partition.clone());
            let key = ObjectName { data_type, dataset, partition, name: Name::Number(number) }.key();
            let bytes = if data_type == DataType::Raw { vec![7] } else { Measurements::of(&batch).encode().unwrap() };
            let written = store.put(&key, &bytes).unwrap();
            run.outputs.push(ObjectUsed::written(key, &written));
        }
    }
    run.complete(store, Clock::frozen(now)).unwrap();
}

/// All objects of a store but the run log, with their bytes.
pub fn tree(sandbox: &Sandbox, name: &str) -> BTreeMap<String, Vec<u8>> {
    let root = sandbox.path(name);
    let mut found = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let key = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            if key.starts_with('.') || ["runs", "turns", "checkpoints"].contains(&key.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(key, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}
