//! How long the parts of `detect` take per measurement, each on one thread.
//!
//! `cargo bench --bench detect [-- NAME]` measures; with `-- --test` each is run once on little data, so that they keep
//! working. The timing is our own, in a few lines: a framework would be a second build of crates that we share with
//! others, and what is measured takes long enough for a clock. The whole program is measured by
//! `compare_with_duckdb.py` beside this file.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on fails")]
#![expect(clippy::print_stdout, reason = "it is not the program that prints")]

use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use trebuchet_ad::domain::aggregate::{Hours, hourly_moments};
use trebuchet_ad::domain::detector::{Detector, Method, Rules};
use trebuchet_ad::domain::digest::InputDigest;
use trebuchet_ad::domain::measurement::{HOUR, MINUTE, Millis};
use trebuchet_ad::domain::model::{self, Baseline, Training};
use trebuchet_ad::domain::synthetic::anomaly::{Kind, Wanted};
use trebuchet_ad::domain::synthetic::preset::Preset;
use trebuchet_ad::domain::synthetic::record::{Records, Style};
use trebuchet_ad::domain::synthetic::table::{Order, Table};
use trebuchet_ad::domain::synthetic::{Plan, Recipe};
use trebuchet_ad::domain::zone::Zone;
use trebuchet_ad::source::input::Input;
use trebuchet_ad::source::{self, ReadOptions};
use trebuchet_ad::store::codec::write::MeasurementWriter;

/// 2024-01-01.
const FROM: Millis = 1_704_067_200_000;

/// How often each is measured.
const RUNS: usize = 11;

#[expect(clippy::disallowed_methods, reason = "a program of its own, with its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let bench = Bench {
        test: arguments.iter().any(|argument| argument == "--test"),
        wanted: arguments.into_iter().find(|argument| !argument.starts_with('-')),
    };
    let plan = plan(if bench.test { 2 } else { 56 });
    let zurich = Zone::parse("Europe/Zurich").unwrap();
    for (name, method, zone) in [
        ("scan adaptive", Method::Adaptive, Zone::UTC),
        ("scan adaptive in Zurich", Method::Adaptive, zurich),
        ("scan adaptive@2", Method::Adaptive2, Zone::UTC),
        ("scan classic", Method::Classic, Zone::UTC),
    ] {
        let series = columns(&plan);
        bench.run(name, || series.iter().map(|(times, values)| scan(method, zone, times, values)).sum());
    }
    for (name, work) in [
        ("figures of hours, digest", figures as fn(&[Millis], &[f64])),
        ("figures of sparse hours", |times, values| each_apart(times, values, 7 * MINUTE + 1)),
        ("moments of hours", moments),
        ("digest of inputs", |times, values| {
            black_box(InputDigest::of(times, values));
        }),
        ("baseline from moments", |times, values| {
            black_box(baseline(times, values));
        }),
    ] {
        let series = columns(&plan);
        let one = |(times, values): &(Vec<Millis>, Vec<f64>)| {
            work(times, values);
            times.len()
        };
        bench.run(name, || series.iter().map(one).sum());
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, write) in [
        ("read wide csv", wide_csv as fn(&Plan, &Path)),
        ("read long csv", long_csv),
        ("read ndjson", ndjson),
        ("read parquet by parameter", |plan, path| parquet(plan, Order::Parameter, path)),
        ("read parquet by time", |plan, path| parquet(plan, Order::Time, path)),
    ] {
        let path = folder.path().join(name.replace(' ', "-"));
        write(&plan, &path);
        bench.run(name, || read(&path));
    }
}

/// What was asked for.
struct Bench {
    test: bool,
    wanted: Option<String>,
}

impl Bench {
    /// Measures something that says how many measurements it has dealt with.
    fn run(&self, name: &str, mut work: impl FnMut() -> usize) {
        if self.wanted.as_ref().is_some_and(|wanted| !name.contains(wanted.as_str())) {
            return;
        }
        if self.test {
            assert!(black_box(work()) > 0);
            println!("{name}: ok");
            return;
        }
        let mut measure = || {
            let start = Instant::now();
            let measurements = black_box(work());
            start.elapsed().as_secs_f64() * 1e9 / measurements as f64
        };
        measure(); // warms up
        let mut times: Vec<f64> = (0..RUNS).map(|_| measure()).collect();
        times.sort_by(f64::total_cmp);
        let (median, least, most) = (times[RUNS / 2], times[0], times[RUNS - 1]);
        println!("{name:28} {median:6.1} ns per measurement ({least:.1} to {most:.1})");
    }
}

/// Five parameters, every ten seconds.
fn plan(days: Millis) -> Plan {
    let anomalies = Wanted { per_parameter: 3, kinds: Kind::ALL.to_vec(), size: 8.0 };
    Plan::new(Recipe { anomalies, ..Recipe::plain(Preset::Web, (FROM, FROM + days * 24 * HOUR), 10_000, 5) })
}

/// Times and values of each parameter.
fn columns(plan: &Plan) -> Vec<(Vec<Millis>, Vec<f64>)> {
    let column = |index: usize| {
        let mut values = vec![0.0; plan.steps as usize];
        plan.series[index].fill(plan, 0, &mut values);
        ((0..plan.steps).map(|step| plan.time(step)).collect(), values)
    };
    (0..plan.series.len()).map(column).collect()
}

fn scan(method: Method, zone: Zone, times: &[Millis], values: &[f64]) -> usize {
    let mut detector = Detector::new(method, Rules::new(method.default_threshold(), zone));
    detector.scan(times, values, |event, quiet| {
        black_box((event, quiet));
    });
    times.len()
}

/// What `detect` writes for every hour.
fn figures(times: &[Millis], values: &[f64]) {
    let mut hours = Hours::default();
    hours.extend(times, values, |hour| {
        black_box(hour);
    });
    black_box(hours.finish());
}

/// The same where there are only a few measurements an hour.
fn each_apart(times: &[Millis], values: &[f64], apart: Millis) {
    let times: Vec<Millis> = (0..).zip(times).map(|(k, _)| FROM + k * apart).collect();
    figures(&times, values);
}

/// All that `train` needs of every hour for the baseline.
fn moments(times: &[Millis], values: &[f64]) {
    hourly_moments(times, values, |hour, moments| {
        black_box((hour, moments));
    });
}

fn baseline(times: &[Millis], values: &[f64]) -> Baseline {
    let mut training = Training::default();
    hourly_moments(times, values, |hour, moments| training.push(hour, moments));
    training.finish(Zone::UTC, &model::Rules::default())
}

/// Reads a file to its end, one piece after the other.
fn read(path: &Path) -> usize {
    let input = Input::file(path.to_str().unwrap()).unwrap();
    let mut opened = source::open(&input, &ReadOptions::default()).unwrap();
    let mut measurements = 0;
    while let Some(job) = opened.blocks.next().unwrap() {
        let parsed = black_box(job().unwrap());
        assert_eq!(parsed.skipped.bad(), 0);
        measurements += parsed.chunks.iter().map(|chunk| chunk.range.len()).sum::<usize>();
    }
    measurements
}

fn wide_csv(plan: &Plan, path: &Path) {
    text(plan, Style::Csv, path);
}

fn ndjson(plan: &Plan, path: &Path) {
    text(plan, Style::Ndjson, path);
}

fn text(plan: &Plan, style: Style, path: &Path) {
    let records = Records::new(plan, style);
    let mut text = records.head();
    text.extend(
        trebuchet_ad::domain::synthetic::arrival::Arrivals::default()
            .arrange(records.part(plan.recipe.from, plan.recipe.to)),
    );
    std::fs::write(path, text).unwrap();
}

fn long_csv(plan: &Plan, path: &Path) {
    let mut text = b"time,parameter,value\n".to_vec();
    for (series, (times, values)) in plan.series.iter().zip(columns(plan)) {
        for (time, value) in times.into_iter().zip(values) {
            writeln!(text, "{},{},{value}", Zone::UTC.rfc3339(time), series.name).unwrap();
        }
    }
    std::fs::write(path, text).unwrap();
}

fn parquet(plan: &Plan, order: Order, path: &Path) {
    let table = Table::new(plan, order, 1_000_000);
    let mut writer = MeasurementWriter::new(std::fs::File::create(path).unwrap()).unwrap();
    (0..table.blocks()).for_each(|block| writer.write_group(table.block(block)).unwrap());
    writer.finish().unwrap();
}
