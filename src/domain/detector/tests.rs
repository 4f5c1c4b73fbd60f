//! What holds of every detector, whatever the series.

use proptest::prelude::*;

use super::*;
use crate::domain::measurement::{HOUR, MINUTE};
use crate::domain::zone::Zone;

/// Six weeks of a daily and weekly cycle with noise, every `minutes`, from a Monday on; `level` moves it.
fn series(minutes: i64, seed: u64, level: f64) -> Vec<(Millis, f64)> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let start = 4 * 24 * HOUR;
    let count = 42 * 24 * 60 / minutes;
    let value = |index: i64, noise: f64| {
        let days = (index * minutes) as f64 / 1440.0;
        let weekend = if (days as i64) % 7 >= 5 { 0.6 } else { 1.0 };
        level + weekend * 20.0 * libm::sin(days * std::f64::consts::TAU) + 3.0 * noise
    };
    (0..count)
        .map(|index| {
            let noise = uniform() + uniform() + uniform() - 1.5;
            (start + index * minutes * MINUTE, value(index, noise))
        })
        .collect()
}

fn detector(method: Method) -> Detector {
    Detector::new(method, Rules::new(method.default_threshold(), Zone::UTC))
}

fn deaf(_: Event, _: Option<Millis>) {}

/// Every method, with a threshold of their own or a low one, which makes more exceedances.
fn any_detector() -> impl Strategy<Value = (Method, f64)> {
    prop_oneof![
        Just((Method::Adaptive, 2.5)),
        Just((Method::Adaptive, 0.3)),
        Just((Method::Adaptive, 1.0)),
        Just((Method::Adaptive2, 2.15)),
        Just((Method::Adaptive2, 0.3)),
        Just((Method::Classic, Classic::THREE_SIGMA)),
        Just((Method::Classic, 1.0)),
    ]
}

/// Series with outliers of every size, irregular times, repeated times, and constant stretches.
fn any_series() -> impl Strategy<Value = Vec<(Millis, f64)>> {
    let value = prop_oneof![
        6 => -10.0..10.0,
        1 => Just(0.0),
        1 => -1e6..1e6,
        1 => prop_oneof![Just(-0.0), Just(1e-300), Just(1e150), Just(-1e150), Just(f64::MIN_POSITIVE)],
    ];
    let step = prop_oneof![6 => Just(10 * MINUTE), 1 => Just(0), 2 => 1..3 * HOUR, 1 => 1..400 * HOUR];
    prop::collection::vec((step, value), 1..600).prop_map(|steps| {
        let mut time = -5_000_000_000;
        let mut rows: Vec<_> = steps
            .into_iter()
            .map(|(step, value)| {
                time += step;
                (time, value)
            })
            .collect();
        rows.sort_by(|&a, &b| crate::domain::measurement::canonical_order(a, b));
        rows
    })
}

proptest! {
    /// The limits that people see are the ones that decide.
    #[test]
    fn a_value_is_outside_its_limits_exactly_when_it_is_an_exceedance(
        (method, threshold) in any_detector(), rows in any_series(),
    ) {
        let mut detector = Detector::new(method, Rules::new(threshold, Zone::UTC));
        for (time, value) in rows {
            let verdict = detector.push(time, value, deaf);
            prop_assert_eq!(verdict.exceedance, !verdict.limits.contain(value), "{} in {:?}", value, verdict);
            if method != Method::Classic {
                prop_assert_eq!(verdict.exceedance, verdict.surprise >= threshold, "{:?}", verdict);
            }
            prop_assert!(verdict.surprise.is_finite() && verdict.surprise >= 0.0 && verdict.expected.is_finite());
            prop_assert!(verdict.limits.ends().is_none_or(|(lower, upper)| lower <= upper));
        }
    }

    /// Scanning tells the same as judging each value, in whatever pieces.
    #[test]
    fn scanning_in_pieces_gives_the_same_bits(
        (method, threshold) in any_detector(), rows in any_series(), piece in 1usize..100,
    ) {
        let rules = Rules::new(threshold, Zone::UTC);
        let moved = |event: Event, by: usize| match event {
            Event::Silence(_) => event,
            Event::LevelShift(index, shift) => Event::LevelShift(index + by, shift),
            Event::Value(index, verdict) => Event::Value(index + by, verdict),
        };
        let mut one_by_one = Detector::new(method, rules);
        let mut expected = Vec::new();
        for (index, &(time, value)) in rows.iter().enumerate() {
            let verdict = one_by_one.push(time, value, |event, quiet| expected.push((moved(event, index), quiet)));
            let told = |event: &Event| matches!(*event, Event::Value(at, told) if at == index && told == verdict);
            prop_assert!(!verdict.exceedance || expected.last().is_some_and(|(event, _)| told(event)));
        }
        let mut scanned = Vec::new();
        let mut detector = Detector::new(method, rules);
        for (number, rows) in rows.chunks(piece).enumerate() {
            let (times, values): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
            detector.scan(&times, &values, |event, quiet| scanned.push((moved(event, number * piece), quiet)));
        }
        prop_assert_eq!(scanned, expected);
        prop_assert_eq!(detector.quiet_time(), one_by_one.quiet_time());
    }

    /// The interval is that of the values which would pass: shown by trying other values at the same moment.
    #[test]
    fn the_limits_tell_what_other_values_would_have_passed(
        seed in 0u64..50, place in 1500usize..4000, share in -1.0..2.0,
    ) {
        let rows = series(15, seed, 100.0);
        let mut detector = detector(Method::Adaptive);
        rows[..place].iter().for_each(|&(time, value)| { detector.push(time, value, deaf); });
        let (time, value) = rows[place];
        let Some((lower, upper)) = detector.clone().push(time, value, deaf).limits.ends() else { return Ok(()) };
        let other = lower + share * (upper - lower);
        let verdict = detector.push(time, other, deaf);
        let close = 1e-9 * (upper - lower);
        if (other - lower).abs() > close && (other - upper).abs() > close {
            prop_assert_eq!(verdict.exceedance, !(lower..=upper).contains(&other));
        }
    }

    /// What matters changes no surprise, and only takes exceedances away: those on the other side of what was expected,
    /// and those by too little.
    #[test]
    fn attention_only_takes_away(
        (method, threshold) in any_detector(), rows in any_series(),
        direction in prop_oneof![Just(Direction::Both), Just(Direction::Above), Just(Direction::Below)],
        least in prop_oneof![Just(0.0), 0.0..20.0], least_share in prop_oneof![Just(0.0), 0.0..2.0],
    ) {
        let rules = Rules::new(threshold, Zone::UTC);
        let attention = Attention { direction, least, least_share };
        let mut all = Detector::new(method, rules);
        let mut some = Detector::new(method, Rules { attention, ..rules });
        for (time, value) in rows {
            let (all, some) = (all.push(time, value, deaf), some.push(time, value, deaf));
            prop_assert_eq!(all.surprise.to_bits(), some.surprise.to_bits());
            prop_assert_eq!(some.exceedance, !some.limits.contain(value));
            prop_assert!(all.exceedance || !some.exceedance);
            if some.exceedance {
                let away = value - some.expected;
                let amount = least.max(least_share * some.expected.abs());
                prop_assert!(value > some.expected + amount || value < some.expected - amount || amount == 0.0);
                prop_assert!(direction != Direction::Above || away > 0.0, "{:?}", some);
                prop_assert!(direction != Direction::Below || away < 0.0, "{:?}", some);
            }
        }
    }

    /// Learning does not depend on the threshold.
    #[test]
    fn the_threshold_changes_no_surprise(rows in any_series()) {
        let mut strict = Detector::new(Method::Adaptive, Rules::new(5.0, Zone::UTC));
        let mut lax = Detector::new(Method::Adaptive, Rules::new(0.3, Zone::UTC));
        for (time, value) in rows {
            prop_assert_eq!(strict.push(time, value, deaf).surprise.to_bits(), lax.push(time, value, deaf).surprise.to_bits());
        }
    }
}

#[test]
fn a_spike_of_ten_sigma_is_found_and_ordinary_weeks_are_quiet() {
    let mut rows = series(15, 3, 100.0);
    let place = rows.len() - 500;
    rows[place].1 += 3.0 * 0.5 * 10.0; // the noise is the sum of three uniforms: σ = 3·0.5
    let mut detector = detector(Method::Adaptive);
    let found: Vec<_> = (0..rows.len()).filter(|&i| detector.push(rows[i].0, rows[i].1, deaf).exceedance).collect();
    assert!(found.contains(&place), "{found:?}");
    assert!(found.len() <= 4, "{found:?}");
}

#[test]
fn a_constant_series_is_quiet_until_it_moves() {
    let mut detector = detector(Method::Adaptive);
    let quiet = (0..500).all(|index| !detector.push(index * 10 * MINUTE, 7.0, deaf).exceedance);
    assert!(quiet);
    let verdict = detector.push(500 * 10 * MINUTE, 8.0, deaf);
    assert!(verdict.exceedance && !verdict.limits.contain(8.0));
}

#[test]
fn there_are_no_limits_before_24_hours_with_data() {
    let mut detector = detector(Method::Adaptive);
    for (time, value) in series(30, 1, 10.0).into_iter().take(48) {
        assert_eq!(detector.push(time, value * 1e6, deaf).limits, Limits::Learning);
    }
    assert!(detector.is_learning());
    let (time, value) = series(30, 1, 10.0)[48];
    assert_ne!(detector.push(time, value * 1e6, deaf).limits, Limits::Learning);
}
