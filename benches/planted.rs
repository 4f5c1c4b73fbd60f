//! What the detectors find of planted anomalies, by kind and size, and what they report where nothing was planted.
//!
//! `cargo bench --bench planted` prints a Markdown table for each method; with `-- --test` it runs on little data, so that
//! it keeps working. Data is made by `generate`'s own code: twelve parameters for six weeks, three anomalies each.

#![expect(clippy::print_stdout, reason = "it is not the program that prints")]

use trebuchet_ad::domain::detector::{Method, Rules};
use trebuchet_ad::domain::incident::Incident;
use trebuchet_ad::domain::measurement::{Aggregation, HOUR, MINUTE, Millis};
use trebuchet_ad::domain::monitor::{Batch, Monitor};
use trebuchet_ad::domain::parameters::{Parameter, SeriesId};
use trebuchet_ad::domain::synthetic::anomaly::{Kind, Wanted};
use trebuchet_ad::domain::synthetic::noise::Noise;
use trebuchet_ad::domain::synthetic::preset::Preset;
use trebuchet_ad::domain::synthetic::series::Series;
use trebuchet_ad::domain::synthetic::{Plan, Recipe};
use trebuchet_ad::domain::zone::Zone;

/// 2024-01-01, a Monday.
const FROM: Millis = 1_704_067_200_000;

/// Sizes in standard deviations of the noise; a flatline and a silence have none.
const SIZES: [f64; 3] = [3.0, 8.0, 15.0];

#[expect(clippy::disallowed_methods, reason = "a program of its own, with its own arguments")]
fn main() {
    let test = std::env::args().any(|argument| argument == "--test");
    let days = if test { 14 } else { 42 };
    for method in [Method::Adaptive, Method::Adaptive2] {
        for (preset, name) in [(Preset::Web, "web"), (Preset::Flat, "flat")] {
            for noise in [Noise::Normal, Noise::Heavy] {
                table(method, preset, name, noise, days);
            }
        }
    }
}

/// Prints the table of one method on one kind of data.
fn table(method: Method, preset: Preset, name: &str, noise: Noise, days: i64) {
    let clean = plan(preset, noise, days, Wanted { per_parameter: 0, kinds: Vec::new(), size: 0.0 });
    let false_ones: usize = incidents(&clean, method).iter().map(Vec::len).sum();
    let a_day = false_ones as f64 / (clean.series.len() as i64 * (days - 1)) as f64;
    println!("\n{} on {name}, {noise:?} noise: {a_day:.3} false incidents a day and parameter\n", method.id());
    println!("| kind | found, by size {SIZES:?} | incidents an event | events with just one |\n|---|---|---|---|");
    let kinds =
        [Kind::Spike, Kind::Dip, Kind::LevelShift, Kind::Drift, Kind::VarianceBurst, Kind::Flatline, Kind::Silence];
    for kind in kinds {
        row(kind.name(), SIZES.map(|size| Found::of(method, &plan(preset, noise, days, wanted(kind, size)))));
    }
    // two samples are missing: the gap is three usual intervals
    let mut short = plan(preset, noise, days, wanted(Kind::Silence, 0.0));
    short.series.iter_mut().flat_map(|series| &mut series.anomalies).for_each(|anomaly| anomaly.count = 2);
    row("silence of three intervals", SIZES.map(|_| Found::of(method, &short)));
}

fn row(name: &str, results: [Found; 3]) {
    let shares = results.each_ref().map(|found| format!("{:.2}", found.events as f64 / found.windows as f64));
    let [_, large, _] = results;
    let events = large.events.max(1) as f64;
    let (an_event, single) = (large.incidents as f64 / events, large.single as f64 / events);
    println!("| {name} | {} | {an_event:.2} | {single:.2} |", shares.join(" "));
}

fn wanted(kind: Kind, size: f64) -> Wanted {
    Wanted { per_parameter: 3, kinds: vec![kind], size }
}

fn plan(preset: Preset, noise: Noise, days: i64, anomalies: Wanted) -> Plan {
    let range = (FROM, FROM + days * 24 * HOUR);
    Plan::new(Recipe { seed: 5, noise, anomalies, ..Recipe::plain(preset, range, 5 * MINUTE, 12) })
}

/// What was found of a plan's anomalies.
struct Found {
    /// The anomalies.
    windows: usize,
    /// Those that an incident touches, from their start to two samples after their end.
    events: usize,
    /// The incidents that touch those, or follow within twelve hours.
    incidents: usize,
    /// The events with one incident only.
    single: usize,
}

impl Found {
    fn of(method: Method, plan: &Plan) -> Self {
        let mut found = Self { windows: 0, events: 0, incidents: 0, single: 0 };
        for (series, incidents) in plan.series.iter().zip(incidents(plan, method)) {
            for anomaly in &series.anomalies {
                let (start, end) = (plan.time(anomaly.first), plan.time(anomaly.end()) + 2 * plan.recipe.every);
                let until = |end: Millis| {
                    incidents
                        .iter()
                        .filter(move |incident| incident.alert.time <= end && incident.last >= start)
                        .count()
                };
                found.windows += 1;
                if until(end) > 0 {
                    found.events += 1;
                    found.incidents += until(end + 12 * HOUR);
                    found.single += usize::from(until(end + 12 * HOUR) == 1);
                }
            }
        }
        found
    }
}

/// The incidents of every series of a plan.
fn incidents(plan: &Plan, method: Method) -> Vec<Vec<Incident>> {
    let detect = |series: &Series| {
        let steps = plan.steps as usize;
        let (mut values, mut present) = (vec![0.0; steps], vec![false; steps]);
        series.fill(plan, 0, &mut values);
        series.fill_present(plan, 0, &mut present);
        let rows = (0..steps).filter(|&step| present[step]).map(|step| (plan.time(step as u64), values[step]));
        let (times, values): (Vec<_>, Vec<_>) = rows.unzip();
        let parameter = Parameter { name: "planted".into(), aggregation: Aggregation::None };
        let id = SeriesId { source: "planted".into(), parameter };
        let mut monitor = Monitor::new(id, method, Rules::new(method.default_threshold(), Zone::UTC));
        monitor.scan(Batch { times: &times, values: &values, before: None }, |_| {});
        monitor.into_incidents()
    };
    plan.series.iter().map(detect).collect()
}
