//! Tests of whole data sets.

use super::anomaly::Kind;
use super::arrival::Arrivals;
use super::record::{Records, Style};
use super::*;
use crate::domain::measurement::MINUTE;

/// Four weeks from 2024-01-01 at one sample a minute, without gaps, late or duplicate records, events, logs or
/// anomalies.
pub fn recipe() -> Recipe {
    const FROM: Millis = 1_704_067_200_000;
    let anomalies = Wanted { per_parameter: 0, kinds: Kind::ALL.to_vec(), size: 8.0 };
    Recipe { anomalies, ..Recipe::plain(Preset::Web, (FROM, FROM + 28 * 24 * HOUR), MINUTE, 5) }
}

/// The plan of [`recipe`] with some changes.
pub fn plan(change: impl FnOnce(&mut Recipe)) -> Plan {
    let mut recipe = recipe();
    change(&mut recipe);
    Plan::new(recipe)
}

fn values(plan: &Plan, series: usize) -> Vec<f64> {
    let mut values = vec![0.0; plan.steps as usize];
    plan.series[series].fill(plan, 0, &mut values);
    values
}

fn present(plan: &Plan, series: usize) -> Vec<bool> {
    let mut present = vec![false; plan.steps as usize];
    plan.series[series].fill_present(plan, 0, &mut present);
    present
}

fn text(plan: &Plan, style: Style, part: Millis) -> (String, arrival::Counts) {
    let records = Records::new(plan, style);
    let mut arrivals = Arrivals::default();
    let mut counts = arrival::Counts::default();
    let mut text = records.head();
    let mut from = plan.recipe.from;
    while from < plan.recipe.to {
        let to = (from + part).min(plan.recipe.to);
        let part = records.part(from, to);
        counts.add(part.counts);
        text.extend(arrivals.arrange(part));
        from = to;
    }
    text.extend(arrivals.rest());
    (String::from_utf8(text).unwrap(), counts)
}

#[test]
fn any_part_of_a_series_is_the_same_as_in_the_whole() {
    for noise in [Noise::Normal, Noise::Heavy, Noise::Counts] {
        let plan = plan(|recipe| {
            recipe.noise = noise;
            recipe.missing = 0.1;
            recipe.zone = Zone::parse("Europe/Zurich").unwrap();
            recipe.anomalies.per_parameter = 7;
        });
        let (whole, all_present) = (values(&plan, 1), present(&plan, 1));
        for (first, count) in [(0, 1), (17, 100), (20_000, 15_000), (plan.steps - 1, 1)] {
            let mut part = vec![0.0; count];
            let mut part_present = vec![false; count];
            plan.series[1].fill(&plan, first, &mut part);
            plan.series[1].fill_present(&plan, first, &mut part_present);
            assert_eq!(part, whole[first as usize..][..count]);
            assert_eq!(part_present, all_present[first as usize..][..count]);
        }
    }
}

/// With and without anomalies values differ only where the truth says, and there by what it says.
#[test]
fn anomalies_are_where_the_truth_says_and_nowhere_else() {
    for noise in [Noise::Normal, Noise::Heavy, Noise::Counts] {
        let without = plan(|recipe| (recipe.noise, recipe.missing) = (noise, 0.02));
        let with = plan(|recipe| {
            (recipe.noise, recipe.missing) = (noise, 0.02);
            recipe.anomalies.per_parameter = 7;
        });
        for index in 0..with.series.len() {
            let series = &with.series[index];
            let (plain, changed) = (values(&without, index), values(&with, index));
            let (plain_present, changed_present) = (present(&without, index), present(&with, index));
            let mut quiet = vec![true; plain.len()];
            for anomaly in &series.anomalies {
                let window = anomaly.first as usize..anomaly.end() as usize;
                quiet[window.clone()].fill(false);
                let moved: Vec<f64> =
                    window.clone().map(|step| (changed[step] - plain[step]) / series.sigma()).collect();
                assert!(
                    changed_present[window.clone()].iter().all(|present| *present == (anomaly.kind != Kind::Silence))
                );
                let slack = 1.1 / 30.0 + if noise == Noise::Counts { 0.6 / series.sigma() } else { 0.0 };
                let floor = |step: usize| noise == Noise::Counts && changed[step] == 0.0;
                let near = |moved: f64, size: f64| (moved - size).abs() < slack;
                let mut steps = window.clone().zip(&moved);
                match anomaly.kind {
                    Kind::Spike | Kind::Dip | Kind::LevelShift => {
                        assert!(steps.all(|(step, moved)| near(*moved, anomaly.size) || floor(step)), "{anomaly:?}");
                    }
                    Kind::Drift => {
                        assert!(floor(window.end - 1) || near(moved[moved.len() - 1], anomaly.size), "{anomaly:?}");
                        assert!(moved[0].abs() < slack + 8.0 / anomaly.count as f64);
                    }
                    Kind::Flatline => assert!(steps.all(|(step, _)| changed[step] == plain[window.start])),
                    Kind::VarianceBurst => {
                        let spread = moved.iter().map(|moved| moved * moved).sum::<f64>() / moved.len() as f64;
                        assert!(spread > 4.0, "{anomaly:?} moved by {spread}"); // (8 − 1)² = 49 for noise of size 1
                    }
                    Kind::Silence => {}
                }
            }
            for step in (0..plain.len()).filter(|step| quiet[*step]) {
                assert_eq!((plain[step], plain_present[step]), (changed[step], changed_present[step]));
            }
        }
    }
}

#[test]
fn the_truth_is_sorted_by_start_and_name() {
    let plan = plan(|recipe| (recipe.parameters, recipe.anomalies.per_parameter) = (40, 5));
    let truth = plan.truth();
    assert_eq!(truth.len(), 200);
    assert!(truth.is_sorted_by_key(|(series, anomaly)| (anomaly.first, &series.name)));
}

/// Without noise a series is its level: the same civil time of two weeks has the same value, on both sides of the
/// clock change of 2024-03-31, when civil weeks are an hour apart in UTC.
#[test]
fn cycles_follow_civil_time_over_a_clock_change() {
    let plan = plan(|recipe| {
        recipe.zone = Zone::parse("Europe/Zurich").unwrap();
        recipe.from = 1_711_321_200_000; // 2024-03-25T00:00+01:00, a Monday
        recipe.to = recipe.from + 14 * 24 * HOUR;
        recipe.noise_size = Some(0.0);
    });
    let values = values(&plan, 2);
    let (week, hour) = (7 * 24 * 60, 60);
    assert!((0..6 * 24 * 60).all(|minute| values[minute] == values[minute + week - hour]));
    assert!((0..24 * 60).any(|minute| values[minute] != values[minute + week]));
}

#[test]
fn the_trend_grows_by_its_share_in_a_week() {
    let plan = plan(|recipe| {
        (recipe.preset, recipe.noise_size, recipe.trend) = (Preset::Flat, Some(0.0), 0.02);
    });
    let values = values(&plan, 0);
    assert_eq!([values[0], values[7 * 1440], values[14 * 1440]], [100.0, 102.0, 104.0]);
}

/// The noise around the level: mean 0 and the size asked for, within four standard errors of 40,320 samples (0.02 and
/// 0.014 of sigma).
#[test]
fn noise_has_the_size_asked_for() {
    let plan = plan(|recipe| (recipe.preset, recipe.noise_size) = (Preset::Flat, Some(0.1)));
    let values = values(&plan, 0);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    assert!((mean - 100.0).abs() < 0.2, "{mean}");
    assert!((variance.sqrt() - 10.0).abs() < 0.14, "{}", variance.sqrt());
}

/// 40,320 records: four standard errors of a share p are 4·√(p(1 − p)/40320).
#[test]
fn missing_late_and_duplicate_records_have_the_shares_asked_for() {
    let plan = plan(|recipe| (recipe.missing, recipe.late, recipe.duplicates) = (0.1, 0.02, 0.05));
    let (text, counts) = text(&plan, Style::Ndjson, HOUR);
    let near = |found: f64, share: f64, of: f64| {
        let error = (share * (1.0 - share) / of).sqrt();
        assert!((found / of - share).abs() < 4.0 * error, "{found} of {of} is not {share}");
    };
    let steps = plan.steps as f64;
    let missing = (0..5).map(|index| present(&plan, index).iter().filter(|present| !**present).count()).sum::<usize>();
    near(missing as f64, 0.1, 5.0 * steps);
    near(counts.duplicates as f64, 0.05, steps);
    near(counts.late as f64 / 1.05, 0.02, steps);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len() as u64, counts.records);
    let copies = lines.windows(2).filter(|pair| pair[0] == pair[1]).count();
    assert_eq!(copies as u64, counts.duplicates);
}

/// Late records are out of order by an hour at most; the others are in order.
#[test]
fn late_records_are_out_of_order_by_an_hour_at_most() {
    let plan = plan(|recipe| (recipe.late, recipe.to) = (0.05, recipe.from + 48 * HOUR));
    let (text, counts) = text(&plan, Style::Csv, 3 * HOUR);
    let minutes = |stamp: &str| (Zone::UTC, chrono::DateTime::parse_from_rfc3339(stamp).unwrap().timestamp() / 60).1;
    let times: Vec<i64> = text.lines().skip(1).map(|line| minutes(line.split(',').next().unwrap())).collect();
    let mut newest = i64::MIN;
    let mut behind = 0;
    for time in &times {
        behind += u64::from(*time < newest);
        assert!(newest.saturating_sub(*time) <= 60);
        newest = newest.max(*time);
    }
    assert!(behind > 0 && behind <= counts.late);
    let mut sorted = times.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), 48 * 60);
}

#[test]
fn any_chopping_gives_the_same_text() {
    let plan = plan(|recipe| {
        (recipe.missing, recipe.late, recipe.duplicates) = (0.3, 0.05, 0.05);
        (recipe.events, recipe.logs, recipe.parameters) = (2.0, 30.0, 23);
        recipe.to = recipe.from + 24 * HOUR;
    });
    for style in [Style::Ndjson, Style::Csv] {
        let whole = text(&plan, style, 24 * HOUR);
        assert!(whole == text(&plan, style, 7 * MINUTE + 1), "{style:?}");
    }
}

#[test]
fn ndjson_is_json_with_nested_names_and_the_values_of_the_series() {
    let plan = plan(|recipe| {
        (recipe.missing, recipe.events, recipe.logs, recipe.parameters) = (0.3, 5.0, 50.0, 23);
        recipe.to = recipe.from + 6 * HOUR;
    });
    let (text, counts) = text(&plan, Style::Ndjson, HOUR);
    let mut found = 0;
    let mut kinds = std::collections::BTreeMap::new();
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        *kinds.entry(record["kind"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        let time = chrono::DateTime::parse_from_rfc3339(record["timestamp"].as_str().unwrap()).unwrap();
        if record["kind"] != "metric" {
            continue;
        }
        let step = plan.step_from(time.timestamp_millis());
        for series in &plan.series {
            if let Some(value) = record.pointer(&format!("/{}", series.name.replace('.', "/"))) {
                let mut expected = [0.0];
                series.fill(&plan, step, &mut expected);
                assert_eq!(value.as_f64(), Some(expected[0]));
                found += 1;
            }
        }
    }
    assert_eq!(found, counts.measurements);
    // Three hosts; a record of which all parameters are missing is none.
    let samples: Vec<Vec<bool>> = (0..23).map(|series| present(&plan, series)).collect();
    let any = |host: &[Vec<bool>]| (0..360).filter(|step| host.iter().any(|present| present[*step])).count();
    assert_eq!(kinds["metric"], samples.chunks(10).map(any).sum::<usize>());
    assert!(kinds["event"] > 0 && kinds["log"] > 0);
}
