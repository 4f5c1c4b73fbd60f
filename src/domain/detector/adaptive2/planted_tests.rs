//! What is found of planted anomalies, and what each part of the method has to do with it.

use super::*;
use crate::domain::measurement::MINUTE;
use crate::domain::synthetic::anomaly::{Anomaly, Kind};
use crate::domain::synthetic::noise::Noise;
use crate::domain::synthetic::preset::Preset;
use crate::domain::synthetic::{Plan, Recipe};
use crate::domain::zone::Zone;

const THRESHOLD: f64 = 2.25;
/// A Monday, 00:00 UTC.
const FROM: Millis = 1_704_067_200_000;
const DAY: Millis = 24 * HOUR;
const EVERY: Millis = 5 * MINUTE;

/// A series, and where something was planted in it.
struct Planted {
    rows: Vec<(Millis, f64)>,
    windows: Vec<(Millis, Millis)>,
}

/// What was found.
#[derive(Debug, Default)]
struct Outcome {
    windows: usize,
    found: usize,
    /// Incidents of the windows that were found.
    incidents: usize,
    /// Incidents elsewhere.
    wrong: usize,
    days: f64,
}

impl Outcome {
    fn recall(&self) -> f64 {
        self.found as f64 / self.windows as f64
    }

    fn wrong_a_day(&self) -> f64 {
        self.wrong as f64 / self.days
    }
}

fn rules(zone: Zone) -> Rules {
    Rules::new(THRESHOLD, zone)
}

fn recipe(preset: Preset, noise: Noise, days: i64) -> Recipe {
    Recipe { seed: 11, noise, ..Recipe::plain(preset, (FROM, FROM + days * DAY), EVERY, 5) }
}

/// Five parameters for six weeks, with something planted about every five days from the third week on.
fn planted(recipe: Recipe, what: Option<(Kind, f64, u64)>) -> Vec<Planted> {
    let mut plan = Plan::new(recipe);
    if let Some((kind, size, count)) = what {
        for (index, series) in plan.series.iter_mut().enumerate() {
            let index = index as u64;
            let mut first = 14 * 288 + index * 83;
            let mut size = size;
            while first + count + 288 < plan.steps {
                series.anomalies.push(Anomaly { kind, first, count, size });
                if kind == Kind::LevelShift {
                    size = -size;
                }
                first += 5 * 288 + 40 + index * 23;
            }
        }
    }
    let steps = plan.steps as usize;
    let one = |series: &crate::domain::synthetic::series::Series| {
        let (mut values, mut present) = (vec![0.0; steps], vec![false; steps]);
        series.fill(&plan, 0, &mut values);
        series.fill_present(&plan, 0, &mut present);
        let rows = (0..steps).filter(|&step| present[step]).map(|step| (plan.time(step as u64), values[step]));
        let window = |anomaly: &Anomaly| (plan.time(anomaly.first), plan.time(anomaly.end()) + 2 * plan.recipe.every);
        Planted { rows: rows.collect(), windows: series.anomalies.iter().map(window).collect() }
    };
    plan.series.iter().map(one).collect()
}

/// Exceedances as incidents: the times of each.
fn incidents(detector: &mut Adaptive2, rows: &[(Millis, f64)]) -> Vec<Vec<Millis>> {
    let mut found: Vec<Vec<Millis>> = Vec::new();
    let mut add = |time: Millis| match found.last_mut() {
        Some(incident) if time - incident[incident.len() - 1] <= 12 * HOUR => incident.push(time),
        _ => found.push(vec![time]),
    };
    for &(time, value) in rows {
        detector.push(time, value, |event, _| match event {
            Event::Silence(silence) => add(silence.onset),
            Event::LevelShift(..) => add(time),
            Event::Value(_, verdict) if verdict.exceedance => add(time),
            Event::Value(..) => {}
        });
    }
    found
}

fn outcome(planted: &[Planted], make: impl Fn() -> Adaptive2) -> Outcome {
    let mut outcome = Outcome::default();
    for Planted { rows, windows } in planted {
        let incidents = incidents(&mut make(), rows);
        let ends = |incident: &Vec<Millis>| (incident[0], incident[incident.len() - 1]);
        let near = |incident: &Vec<Millis>, window: &(Millis, Millis)| {
            let (start, end) = ends(incident);
            start <= window.1 + 12 * HOUR && end >= window.0
        };
        for window in windows {
            let inside = |time: &Millis| (window.0..=window.1).contains(time);
            if incidents.iter().any(|incident| incident.iter().any(inside)) {
                outcome.found += 1;
                outcome.incidents += incidents.iter().filter(|incident| near(incident, window)).count();
            }
        }
        outcome.windows += windows.len();
        outcome.wrong +=
            incidents.iter().filter(|incident| !windows.iter().any(|window| near(incident, window))).count();
        outcome.days += (rows[rows.len() - 1].0 - rows[0].0) as f64 / DAY as f64 - 1.0;
    }
    outcome
}

fn method() -> Adaptive2 {
    Adaptive2::new(rules(Zone::UTC))
}

/// All presets together, with normal noise.
fn of_all_presets(what: Option<(Kind, f64, u64)>) -> Outcome {
    let mut all = Outcome::default();
    for preset in Preset::ALL {
        let one = outcome(&planted(recipe(preset, Noise::Normal, 42), what), method);
        all.windows += one.windows;
        all.found += one.found;
        all.incidents += one.incidents;
        all.wrong += one.wrong;
        all.days += one.days;
    }
    all
}

/// At least 95 % are found, with at most 0.1 false incidents a day, and nine in ten events are one incident.
fn assert_found(what: (Kind, f64, u64)) {
    let outcome = of_all_presets(Some(what));
    assert!(outcome.windows >= 80, "{outcome:?}");
    assert!(outcome.recall() >= 0.95, "{what:?}: {outcome:?}");
    assert!(outcome.wrong_a_day() <= 0.1, "{what:?}: {outcome:?}");
    assert!(outcome.incidents as f64 <= 1.1 * outcome.found as f64, "{what:?}: {outcome:?}");
}

#[test]
fn spikes_of_eight_sigma_are_found() {
    assert_found((Kind::Spike, 8.0, 1));
}

#[test]
fn dips_of_eight_sigma_are_found() {
    assert_found((Kind::Dip, -8.0, 2));
}

#[test]
fn shifts_of_three_sigma_for_six_hours_are_found() {
    assert_found((Kind::LevelShift, 3.0, 72));
}

#[test]
fn silences_of_three_intervals_are_found() {
    assert_found((Kind::Silence, 0.0, 3));
}

#[test]
fn clean_data_are_quiet() {
    let outcome = of_all_presets(None);
    assert!(outcome.wrong_a_day() <= 0.05, "{outcome:?}");
}

/// The noise of a series is eight times as strong by day; spikes are of eight standard deviations of their hour.
#[test]
fn quiet_nights_are_judged_as_such() {
    let quiet_nights = |seed: u64| {
        let mut noise = super::tests::Noise(seed);
        let mut planted = Planted { rows: Vec::new(), windows: Vec::new() };
        let mut next = 14 * 288 + seed as i64 * 31;
        for step in 0..42 * 288_i64 {
            let by_day = 0.5 - 0.5 * libm::cos((step % 288) as f64 / 288.0 * std::f64::consts::TAU);
            let level = 20.0 + 140.0 * by_day;
            let (time, sigma) = (FROM + step * EVERY, 0.05 * level);
            let mut value = level + sigma * noise.next();
            if step == next {
                next += 800 + 17 * seed as i64;
                value += 8.0 * sigma;
                planted.windows.push((time, time));
            }
            planted.rows.push((time, value));
        }
        planted
    };
    let series: Vec<Planted> = (1..9).map(quiet_nights).collect();
    let with = outcome(&series, method);
    let without = outcome(&series, || Adaptive2::without(Ingredient::SpreadByHour, rules(Zone::UTC)));
    assert!(with.recall() >= 0.75 && with.recall() >= without.recall() + 0.3, "{with:?}, without: {without:?}");
}

/// A job that makes a burst every night is ordinary after two nights.
#[test]
fn what_recurs_daily_is_ordinary() {
    let mut noise = super::tests::Noise(5);
    let burst = |step: i64| if step % 288 == 37 { 12.0 } else { 0.0 };
    let rows = (0..28 * 288).map(|step| (FROM + step * EVERY, 50.0 + noise.next() + burst(step))).collect();
    let series = [Planted { rows, windows: Vec::new() }];
    let with = outcome(&series, method);
    let without = outcome(&series, || Adaptive2::without(Ingredient::Recurrence, rules(Zone::UTC)));
    assert!(with.wrong <= 3 && without.wrong > with.wrong, "{with:?}, without: {without:?}");
}

/// The first weekend is not seen before, and so no anomaly; the second is known.
#[test]
fn the_first_weekend_is_doubted() {
    let series = planted(recipe(Preset::Web, Noise::Normal, 14), None);
    let with = outcome(&series, method);
    let without = outcome(&series, || Adaptive2::without(Ingredient::Doubt, rules(Zone::UTC)));
    assert!(with.wrong_a_day() <= 0.1 && without.wrong > with.wrong, "{with:?}, without: {without:?}");
}

/// Days 2 to 7, of series of all kinds.
#[test]
fn the_start_is_no_flood() {
    let mut outcome = Outcome::default();
    for preset in Preset::ALL {
        for noise in [Noise::Normal, Noise::Counts] {
            let one = super::planted_tests::outcome(&planted(recipe(preset, noise, 7), None), method);
            outcome.wrong += one.wrong;
            outcome.days += one.days;
        }
    }
    assert!(outcome.wrong_a_day() <= 0.2, "{outcome:?}");
}

/// Zurich's clocks change on 2024-03-31 and 2024-10-27; the series follows them, or UTC.
#[test]
fn changes_of_the_clock_raise_nothing() {
    let zurich = Zone::parse("Europe/Zurich").unwrap();
    for follows in [zurich, Zone::UTC] {
        for month in [2, 9] {
            let from = FROM + month * 30 * DAY;
            let recipe = Recipe { zone: follows, from, to: from + 49 * DAY, ..recipe(Preset::Web, Noise::Normal, 49) };
            let series = planted(recipe, None);
            let late = |make: &dyn Fn() -> Adaptive2| {
                let count = |planted: &Planted| {
                    let incidents = incidents(&mut make(), &planted.rows);
                    incidents.iter().filter(|incident| incident[0] >= from + 14 * DAY).count()
                };
                series.iter().map(count).sum::<usize>()
            };
            let with = late(&|| Adaptive2::new(rules(zurich)));
            let days = 35.0 * series.len() as f64;
            assert!(with as f64 / days <= 0.1, "{}, month {month}: {with} in {days} days", follows.name());
        }
    }
}
