//! Makes a store for `compare_store_with_duckdb.py`: `cargo bench --bench store -- PLACE HOURS PARAMETERS EACH`, with so
//! many values of each parameter an hour, a daily cycle and noise. Without arguments it makes a small one and removes it.
//!
//! Raw objects are left out of it: neither training nor DuckDB reads them.

#![expect(clippy::unwrap_used, reason = "a bench that can't go on fails")]

use trebuchet_ad::clock::Clock;
use trebuchet_ad::domain::measurement::{Aggregation, HOUR, Millis};
use trebuchet_ad::domain::parameters::Parameter;
use trebuchet_ad::parallel::ordered_map;
use trebuchet_ad::store::Store;
use trebuchet_ad::store::codec::rows::measurements::Measurements;
use trebuchet_ad::store::layout::{Coordinates, DataType, Layout, Name, ObjectName};
use trebuchet_ad::store::objects::NewObject;
use trebuchet_ad::store::runs::{ObjectUsed, Run};
use trebuchet_ad::store::settings::{DatasetSettings, Next, put_next};

/// 2026-01-05T00:00:00Z, a Monday.
const START: Millis = 1_767_571_200_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let folder = tempfile::tempdir().unwrap();
    let (place, [hours, parameters, each]) = match &arguments[..] {
        [place, numbers @ ..] if numbers.len() == 3 => {
            (place.clone(), [0, 1, 2].map(|index| numbers[index].parse::<i64>().unwrap()))
        }
        _ => (folder.path().join("s").display().to_string(), [48, 3, 60]),
    };
    let store = Store::init(&place, Layout::Compact).unwrap();
    let dataset = "bench/store/1".parse().unwrap();
    let Next::Stored(settings) = put_next(&store, &dataset, 0, DatasetSettings::default()).unwrap() else {
        panic!("the store was there already");
    };
    let object = |hour: i64| {
        let start = START + hour * HOUR;
        let partition =
            store.layout().partition(DataType::Measurements, &Coordinates { time: start, ..Coordinates::default() });
        let name = Name::Number(0);
        let key = ObjectName { data_type: DataType::Measurements, dataset: dataset.clone(), partition, name }.key();
        NewObject { key, bytes: measurements(hour, start, parameters, each).encode().unwrap() }
    };
    let mut run = Run::begin(Clock::frozen(START), "ingest", Vec::new(), &dataset, settings.used());
    let mut objects = Vec::new();
    ordered_map(2, 0..hours, object, |object| {
        objects.push(object);
        Ok::<(), ()>(())
    })
    .unwrap();
    let written = store.put_all(&objects).unwrap();
    run.outputs = objects.iter().zip(&written).map(|(object, w)| ObjectUsed::written(&object.key, w)).collect();
    run.complete(&store, Clock::frozen(START)).unwrap();
    let bytes: u64 = written.iter().map(|written| written.bytes).sum();
    print(hours * parameters * each, objects.len(), bytes);
}

/// An hour of measurements.
fn measurements(hour: i64, start: Millis, parameters: i64, each: i64) -> Measurements {
    let mut rows = Measurements::default();
    let mut noise = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(hour as u64 + 1);
    let cycle = (hour % 24 - 12).abs() as f64;
    for parameter in 0..parameters {
        for step in 0..each {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            rows.times.push(start + step * HOUR / each);
            let uniform = (noise >> 11) as f64 / (1_u64 << 53) as f64;
            rows.values.push((100.0 * (parameter as f64 + 1.0) + 3.0 * cycle + uniform * 20.0).round() / 10.0);
            rows.record_rows.push(step);
        }
        let name = format!("parameter.{parameter:02}").into();
        rows.series.push((Parameter { name, aggregation: Aggregation::None }, rows.times.len()));
    }
    rows
}

#[expect(clippy::print_stdout, reason = "what was made is told to whoever runs it")]
fn print(measurements: i64, objects: usize, bytes: u64) {
    println!("{measurements} measurements in {objects} objects of {bytes} bytes");
}
