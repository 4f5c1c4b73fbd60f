//! A budget is kept by the threshold that a ladder gives.

use proptest::prelude::*;

use super::super::identity::Id;
use super::super::incident::{Exceedance, Grouping};
use super::super::measurement::Aggregation;
use super::super::monitor::Monitor;
use super::super::parameters::{Parameter, SeriesId};
use super::super::zone::Zone;
use super::*;

const QUIET: Option<Millis> = Some(12 * HOUR);

fn id() -> SeriesId {
    SeriesId { source: "test".into(), parameter: Parameter { name: "cpu".into(), aggregation: Aggregation::None } }
}

fn counts(ladder: &Ladder) -> Vec<u64> {
    ladder.rungs.iter().map(|rung| rung.incidents).collect()
}

#[test]
fn thresholds_rise_from_the_lowest_to_the_highest() {
    let thresholds = Ladder::default().rungs.map(|rung| rung.threshold);
    assert!(thresholds.is_sorted_by(|a, b| a < b));
    assert_eq!((thresholds[0], thresholds.len()), (1.0, RUNGS));
    assert!((thresholds[RUNGS - 1] - 30.0).abs() < 1e-12);
}

#[test]
fn each_rung_counts_for_itself() {
    let mut ladder = Ladder::default();
    for (hour, surprise) in [(0, 1.5), (10, 1.2), (20, 5.0), (30, 1.1), (60, 0.9), (70, 40.0)] {
        ladder.add(hour * HOUR, surprise, QUIET);
    }
    let counts = counts(&ladder);
    assert_eq!((counts[0], counts[RUNGS - 1]), (2, 1));
    assert_eq!(
        ladder.rungs.iter().filter(|rung| (1.5..5.0).contains(&rung.threshold)).map(|r| r.incidents).max(),
        Some(2)
    );
    // by a threshold between 1.2 and 1.5 what a lower one holds together falls apart
    assert_eq!(ladder.lowest_within(3.0).0, 1.0);
    let (threshold, incidents) = ladder.lowest_within(2.0);
    assert!(incidents == 2 && (1.5..1.55).contains(&threshold), "{threshold}");
    let (threshold, incidents) = ladder.lowest_within(1.9);
    assert!(incidents == 1 && (5.0..5.15).contains(&threshold), "{threshold}");
    assert_eq!(ladder.lowest_within(0.0), (ladder.rungs[RUNGS - 1].threshold, 1), "nothing better can be done");
}

#[test]
fn without_a_quiet_time_everything_counts() {
    let mut ladder = Ladder::default();
    (0..5).for_each(|hour| ladder.add(hour * HOUR, 2.0, None));
    assert_eq!(counts(&ladder)[0], 5);
}

/// At the lowest threshold everything runs into one incident, which is no reason to take it.
#[test]
fn a_low_threshold_by_which_everything_is_one_incident_is_not_taken() {
    let mut ladder = Ladder::default();
    for hour in 0..1000 {
        ladder.add(hour * HOUR, if hour % 50 == 0 { 4.0 } else { 1.3 }, QUIET);
    }
    assert_eq!(counts(&ladder)[0], 1);
    let (threshold, incidents) = ladder.lowest_within(10.0);
    assert!(threshold > 4.0 && incidents == 0, "{threshold} {incidents}");
}

#[test]
fn a_silence_counts_by_how_long_it_was() {
    let silence = |surprise| Silence { since: 0, onset: HOUR / 4, usual: 1.0 / 12.0, usual_std: 0.02, surprise };
    let up_to = |end: Millis| {
        let mut ladder = Ladder::default();
        ladder.add_silence(&silence(1.0), end, QUIET);
        ladder.add(end + 11 * HOUR, 1.0, QUIET);
        assert_eq!(counts(&ladder)[0], 1, "what follows on its end belongs to it");
        counts(&ladder).iter().sum::<u64>()
    };
    assert!(up_to(HOUR / 4) < up_to(HOUR / 2) && up_to(HOUR / 2) < up_to(HOUR), "{} {}", up_to(HOUR / 4), up_to(HOUR));
    assert_eq!(up_to(100 * HOUR), RUNGS as u64);
    assert_eq!(reached(&Silence { usual: 0.0, ..silence(1.0) }, HOUR), f64::INFINITY);
}

#[test]
fn periods_have_their_length() {
    let day = 24 * HOUR;
    assert_eq!([Period::Day, Period::Week, Period::Month].map(Period::length), [day, 7 * day, 30 * day + 37_800_000]);
    let budget = Budget { incidents: 2.0, period: Period::Week };
    let counted = |judged| Counted { ladder: Ladder::default(), judged };
    assert_eq!(budget.threshold(&counted(7 * day - 1)), None, "too little history");
    assert_eq!(budget.threshold(&counted(7 * day)), Some((1.0, 0)));
}

/// Some weeks of values with heavy tails and a change of level, every second time with gaps.
fn any_series() -> impl Strategy<Value = (Vec<Millis>, Vec<f64>)> {
    let step = prop_oneof![30 => Just(0), 1 => 1..8i64];
    let value = prop_oneof![12 => -1.0..1.0, 2 => -4.0..4.0, 1 => -30.0..30.0];
    let rows = prop::collection::vec((step, value), 600..1200);
    (rows, -10.0..10.0_f64, 10i64..61, any::<bool>()).prop_map(|(rows, size, minutes, gaps)| {
        let (mut time, half) = (0, rows.len() / 2);
        let row = |(index, (more, value)): (usize, (i64, f64))| {
            time += (1 + if gaps { more } else { 0 }) * minutes * HOUR / 60;
            (time, if index > half { value + size } else { value })
        };
        rows.into_iter().enumerate().map(row).unzip()
    })
}

fn any_method() -> impl Strategy<Value = Method> {
    prop_oneof![Just(Method::Adaptive), Just(Method::Adaptive2), Just(Method::Classic)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The threshold that a ladder gives makes as many incidents as it counted. Only of silences there may be other
    /// numbers: how long a gap became without the hours in which nothing is expected is known to the detector alone.
    #[test]
    fn the_count_comes_true(
        (times, values) in any_series(), method in any_method(), piece in 1usize..300, most in 0.0..12.0_f64,
    ) {
        let rules = Rules::new(2.0, Zone::UTC);
        let batch = Batch { times: &times, values: &values, before: None };
        let mut counter = Counter::new(method, rules);
        let mut rest = batch;
        while !rest.times.is_empty() {
            let (first, later) = rest.split(piece.min(rest.times.len()));
            counter.scan(first);
            rest = later;
        }
        let mut whole = Counter::new(method, rules);
        whole.scan(batch);
        let (counted, whole) = (counter.finish(None), whole.finish(None));
        prop_assert_eq!(counts(&counted.ladder), counts(&whole.ladder));
        prop_assert_eq!(counted.judged, whole.judged);

        let (threshold, incidents) = counted.ladder.lowest_within(most);
        let mut silent = false;
        let mut at = |threshold| {
            let mut monitor = Monitor::new(id(), method, Rules { threshold, ..rules });
            monitor.scan(batch, |reported| silent |= matches!(reported.exceedance.finding, Finding::Silence(_)));
            monitor.into_incidents().len() as u64
        };
        let (found, all) = (at(threshold), at(Ladder::LOWEST));
        prop_assert!(found == incidents || silent, "{} counted, {} found at {}", incidents, found, threshold);
        prop_assert!(all == counts(&counted.ladder)[0], "the lowest is counted as it is");
        prop_assert!(incidents as f64 <= most || threshold > 29.9);
    }

    /// A rung groups as [`Grouping`] does.
    #[test]
    fn a_rung_counts_the_incidents_of_its_threshold(
        steps in prop::collection::vec((0i64..20, 0.5..40.0_f64), 1..200), quiet in prop_oneof![Just(None), Just(QUIET)],
    ) {
        let (mut ladder, mut time) = (Ladder::default(), 0);
        let mut groupings = vec![Grouping::default(); RUNGS];
        for (step, surprise) in steps {
            time += step * HOUR;
            ladder.add(time, surprise, quiet);
            let silence = Silence { since: time, onset: time, usual: 0.0, usual_std: 0.0, surprise };
            for (rung, grouping) in ladder.rungs.iter().zip(&mut groupings) {
                if surprise >= rung.threshold {
                    let id = || Id::from_bits(0);
                    grouping.add(Exceedance::of_silence(silence), quiet, id);
                }
            }
        }
        let expected: Vec<u64> = groupings.into_iter().map(|grouping| grouping.into_incidents().len() as u64).collect();
        prop_assert_eq!(counts(&ladder), expected);
    }
}
