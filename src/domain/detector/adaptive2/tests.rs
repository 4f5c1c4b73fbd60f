use proptest::prelude::*;

use super::super::{Detector, Method};
use super::*;
use crate::domain::measurement::MINUTE;
use crate::domain::zone::Zone;

const THRESHOLD: f64 = 2.25;
/// A Monday, 00:00 UTC.
const START: Millis = 1_704_067_200_000;

/// Noise of about a normal shape with standard deviation 1: the sum of twelve uniform numbers (xorshift64).
pub(super) struct Noise(pub u64);

impl Noise {
    pub fn next(&mut self) -> f64 {
        let uniform = |state: &mut u64| {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            (*state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| uniform(&mut self.0)).sum::<f64>() - 6.0
    }
}

/// `days` of a value every five minutes, around 100 with a daily cycle of ±20 and noise of 1; `plant` changes them.
fn series(seed: u64, days: i64, plant: impl Fn(f64, f64) -> f64) -> Vec<(Millis, f64)> {
    let mut noise = Noise(seed * 2 + 1_234_567);
    (0..days * 288)
        .map(|index| {
            let hours = index as f64 / 12.0;
            let usual = 100.0 + 20.0 * libm::sin(hours / 24.0 * std::f64::consts::TAU) + noise.next();
            (START + index * 5 * MINUTE, plant(hours, usual))
        })
        .collect()
}

fn rules() -> Rules {
    Rules::new(THRESHOLD, Zone::UTC)
}

fn detector() -> Adaptive2 {
    Adaptive2::new(rules())
}

fn quiet(_: Event, _: Millis) {}

/// The hours at which values are exceedances.
fn exceedances(detector: &mut Adaptive2, series: &[(Millis, f64)]) -> Vec<f64> {
    let hour = |time: Millis| (time - START) as f64 / HOUR as f64;
    let rows = series.iter().filter(|(time, value)| detector.push(*time, *value, quiet).exceedance);
    rows.map(|(time, _)| hour(*time)).collect()
}

/// Incidents: exceedances more than twelve hours apart begin a new one.
fn incidents(exceedances: &[f64]) -> Vec<f64> {
    let mut last = f64::NEG_INFINITY;
    let mut starts = Vec::new();
    for &hour in exceedances {
        if hour - last > 12.0 {
            starts.push(hour);
        }
        last = hour;
    }
    starts
}

/// The level shifts that are told, and the hours in which they are.
fn shifts(series: &[(Millis, f64)]) -> Vec<(f64, Shift)> {
    let mut detector = detector();
    let mut told = Vec::new();
    for &(time, value) in series {
        detector.push(time, value, |event, _| {
            if let Event::LevelShift(_, shift) = event {
                told.push(((time - START) as f64 / HOUR as f64, shift));
            }
        });
    }
    told
}

#[test]
fn a_lasting_shift_is_one_incident_and_the_new_level_is_usual_within_twelve_hours() {
    for (seed, size) in [(1, 15.0), (2, -15.0), (3, 40.0), (4, 8.0)] {
        let at = 24.0 * 14.0 + 3.0;
        let values = series(seed, 24, |hour, value| if hour >= at { value + size } else { value });
        let hours = exceedances(&mut detector(), &values);
        let after: Vec<f64> = hours.iter().copied().filter(|hour| *hour >= at).collect();
        assert_eq!(incidents(&after).len(), 1, "size {size}: {:?}", incidents(&after));
        assert!(after.last().unwrap() - at <= 12.0, "size {size}: exceedances until {}", after.last().unwrap() - at);
        let told = shifts(&values);
        let [(hour, shift)] = told[..] else { panic!("size {size}: {told:?}") };
        assert!((shift.size - size).abs() < 0.2 * size.abs() && !shift.returned, "{shift:?}");
        assert_eq!(((shift.since.start() - START) / HOUR, hour), (at as i64, at + 12.0));
    }
}

#[test]
fn the_old_level_is_remembered() {
    let (up, down) = (24.0 * 14.0, 24.0 * 19.0);
    let values = series(9, 23, |hour, value| if hour >= up && hour < down { value + 30.0 } else { value });
    let told = shifts(&values);
    let [(_, first), (_, second)] = told[..] else { panic!("{told:?}") };
    assert!(!first.returned && second.returned, "{told:?}");
    assert_eq!(first.size, -second.size);
    let hours = exceedances(&mut detector(), &values);
    let last = hours.iter().rfind(|hour| **hour < down + 48.0).unwrap() - down;
    assert!((0.0..=12.0).contains(&last), "the last exceedance is {last} hours after the return");
}

#[test]
fn a_slow_trend_is_no_anomaly() {
    let values = series(5, 60, |hour, value| value + 0.02 * hour);
    let starts = incidents(&exceedances(&mut detector(), &values));
    assert!(starts.len() <= 4, "{starts:?}");
}

/// Of spikes of 12σ, five to seven days after an outage of 30 hours at twenty times the values: with the part that
/// guards against it, and without.
#[test]
fn a_contaminated_week_blinds_nobody() {
    let outage = |hour: f64| (24.0 * 9.0..24.0 * 9.0 + 30.0).contains(&hour);
    let found = |make: &dyn Fn() -> Adaptive2| {
        let one = |seed: u64| {
            let at = 24.0 * 14.0 + 5.0 * seed as f64;
            let values = series(200 + seed, 17, |hour, value| match hour {
                hour if outage(hour) => value * 20.0,
                hour if (hour - at).abs() < 0.01 => value + 12.0,
                _ => value,
            });
            exceedances(&mut make(), &values).iter().any(|hour| (hour - at).abs() < 0.02)
        };
        (0..10).filter(|seed| one(*seed)).count()
    };
    let with = found(&detector);
    let without = found(&|| Adaptive2::without(Ingredient::ClippedMemory, rules()));
    assert!(with >= 9 && without <= 2, "{with} of 10, without the clip {without}");
}

#[test]
fn a_constant_series_alerts_when_it_moves_but_not_by_rounding() {
    for level in [5.0, 0.0, -3.0e7] {
        let mut detector = detector();
        for index in 0..288 * 5 {
            assert!(!detector.push(START + index * 5 * MINUTE, level, quiet).exceedance);
        }
        let next = START + 288 * 5 * 5 * MINUTE;
        assert!(!detector.clone().push(next, level * (1.0 + 1e-6), quiet).exceedance, "rounding at {level}");
        assert!(detector.push(next, level * 1.2 + 1.0, quiet).exceedance, "a move from {level}");
    }
}

/// A series that is rounded, and flips to the next step now and then, is quiet; three steps are not.
#[test]
fn steps_of_the_resolution_are_no_anomaly() {
    for resolution in [1.0, 0.1] {
        let mut detector = detector();
        let value = |index: i64| (200.0 + f64::from(u8::from(index % 331 == 0))) * resolution;
        for index in 0..288 * 14 {
            let verdict = detector.push(START + index * 5 * MINUTE, value(index), quiet);
            assert!(!verdict.exceedance || index < 288 * 2, "at {index}: {verdict:?}");
        }
        let next = START + 288 * 14 * 5 * MINUTE;
        assert!(!detector.clone().push(next, 201.0 * resolution, quiet).exceedance);
        assert!(detector.push(next, 204.0 * resolution, quiet).exceedance);
    }
}

#[test]
fn silence_is_told_once_at_its_onset() {
    let mut detector = detector();
    let values = series(7, 10, |_, value| value);
    let last = values.last().unwrap().0;
    for &(time, value) in &values {
        assert_eq!(detector.advance_to(time), None);
        detector.push(time, value, quiet);
    }
    assert_eq!(detector.advance_to(last + 10 * MINUTE), None);
    let silence = detector.advance_to(last + 15 * MINUTE).unwrap();
    assert_eq!(silence.since, last);
    assert!(silence.onset > last + 10 * MINUTE && silence.onset <= last + 15 * MINUTE, "{silence:?}");
    assert_eq!(detector.advance_to(last + HOUR), None, "told once");
    detector.push(last + 2 * HOUR, 100.0, quiet);
    assert_eq!(detector.advance_to(last + 2 * HOUR + 5 * MINUTE), None);
}

#[test]
fn nights_without_data_are_no_silence_but_a_morning_without_is() {
    let mut detector = detector();
    let open = |time: Millis| (8..20).contains(&((time - START).rem_euclid(24 * HOUR) / HOUR));
    let mut told = Vec::new();
    for (time, value) in series(8, 10, |_, value| value) {
        told.extend(detector.advance_to(time));
        if open(time) {
            detector.push(time, value, quiet);
        }
    }
    // the first nights are news
    assert!(told.iter().all(|silence| silence.onset < START + 72 * HOUR), "{told:?}");
    let morning = START + 10 * 24 * HOUR + 8 * HOUR;
    assert_eq!(detector.advance_to(morning), None);
    assert!(detector.advance_to(morning + 30 * MINUTE).is_some());
}

/// A series of two values a week has a silence only when weeks go by.
#[test]
fn sparse_series_are_silent_when_weeks_go_by() {
    let mut detector = detector();
    let mut told = Vec::new();
    let mut time = START;
    for index in 0..80 {
        time = START + (index / 2 * 7 + index % 2 * 3) * 24 * HOUR + 9 * HOUR;
        told.extend(detector.advance_to(time));
        detector.push(time, 50.0 + (index % 5) as f64, quiet);
    }
    assert!(told.is_empty(), "{told:?}");
    assert!(detector.advance_to(time + 40 * 24 * HOUR).is_some());
}

#[test]
fn degenerate_series_are_survived() {
    let hostile: [&[f64]; 6] = [
        &[1e150, -1e150, 1e-300],
        &[1e300, 1e-300],
        &[-0.0, 0.0],
        &[f64::MIN_POSITIVE, 0.0],
        &[1e-300, 2e-300],
        &[0.0, 0.0, 1.0],
    ];
    for values in hostile {
        for interval in [0, 1, MINUTE, HOUR, 3 * 24 * HOUR] {
            let mut detector = detector();
            for index in 0..400 {
                let value = values[index % values.len()];
                let verdict = detector.push(START + index as i64 * interval, value, quiet);
                assert!(!verdict.surprise.is_nan() && verdict.surprise >= 0.0, "{values:?} every {interval} ms");
                assert_eq!(verdict.limits.contain(value), !verdict.exceedance, "{values:?} every {interval} ms");
            }
            assert_eq!(Adaptive2::from_state(&detector.state(), rules()).unwrap().state(), detector.state());
        }
    }
    assert!(detector().is_learning());
    assert_eq!(detector().advance_to(START), None);
}

#[test]
fn a_million_values_in_one_second_are_one_hour() {
    let mut detector = detector();
    let times: Vec<Millis> = (0..1_000_000).map(|index| START + index / 1000).collect();
    let values: Vec<f64> = (0..1_000_000).map(|index| f64::from(index % 7)).collect();
    detector.scan(&times, &values, |event, _| panic!("{event:?}"));
    assert!(detector.is_learning());
}

/// Series of all kinds: steps in time from none to days, values with bursts, repeats and different scales.
fn any_series() -> impl Strategy<Value = Vec<(Millis, f64)>> {
    let row = (
        prop_oneof![6 => Just(5 * MINUTE), 2 => Just(HOUR), 1 => 0..3 * HOUR, 1 => Just(30 * HOUR)],
        prop_oneof![8 => -2.0..2.0, 1 => -60.0..60.0, 1 => Just(0.0)],
    );
    (proptest::collection::vec(row, 200..900), prop_oneof![Just(1.0), Just(1e-9), Just(1e12)], -100.0..100.0).prop_map(
        |(rows, scale, level)| {
            let mut time = START;
            let value = |(step, noise): (Millis, f64)| {
                time += step;
                (time, (level + noise) * scale)
            };
            rows.into_iter().map(value).collect()
        },
    )
}

/// The event, as told of a run of values that begins so many values later.
fn moved(event: Event, by: usize) -> Event {
    match event {
        Event::Silence(_) => event,
        Event::LevelShift(index, shift) => Event::LevelShift(index + by, shift),
        Event::Value(index, verdict) => Event::Value(index + by, verdict),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_value_is_outside_its_limits_exactly_when_its_surprise_reaches_the_threshold(
        series in any_series(), threshold in prop_oneof![Just(0.3), 1.0..4.0_f64],
    ) {
        let mut detector = Adaptive2::new(Rules::new(threshold, Zone::UTC));
        for (time, value) in series {
            let verdict = detector.push(time, value, quiet);
            prop_assert_eq!(verdict.exceedance, !verdict.limits.contain(value));
            prop_assert_eq!(verdict.exceedance, verdict.surprise >= threshold && verdict.deciding.is_some());
        }
    }

    /// The limits shown for one value decide on any other that might have come instead.
    #[test]
    fn limits_decide_on_every_value(series in any_series(), others in proptest::collection::vec(-3.0..3.0_f64, 8)) {
        let mut detector = detector();
        for (index, &(time, value)) in series.iter().enumerate() {
            let before = (index % 37 == 36).then(|| detector.clone());
            let verdict = detector.push(time, value, quiet);
            let (Some(before), Limits::Between { lower, upper }) = (before, verdict.limits) else { continue };
            for other in &others {
                let other = f64::midpoint(lower, upper) + other * (upper - lower);
                let near = |edge: f64| (other - edge).abs() <= 1e-9 * (edge.abs() + other.abs() + (upper - lower));
                if !near(lower) && !near(upper) {
                    let exceedance = before.clone().push(time, other, quiet).exceedance;
                    prop_assert_eq!(exceedance, other < lower || other > upper, "{} in {}..{}", other, lower, upper);
                }
            }
        }
    }

    /// Any chopping, any break with the state written and read, and any threshold: what is learnt has the same bits.
    #[test]
    fn pushing_scanning_and_going_on_from_a_state_are_the_same(series in any_series(), cut in 0.0..1.0_f64) {
        let (times, values): (Vec<_>, Vec<_>) = series.iter().copied().unzip();
        let cut = (cut * times.len() as f64) as usize;
        let mut pushed = detector();
        let mut expected = Vec::new();
        for (index, &(time, value)) in series.iter().enumerate() {
            pushed.push(time, value, |event, gap| expected.push((moved(event, index), gap)));
        }
        let mut first = detector();
        let mut found = Vec::new();
        first.scan(&times[..cut], &values[..cut], |event, gap| found.push((event, gap)));
        let mut second = Adaptive2::from_state(&first.state(), rules()).unwrap();
        prop_assert_eq!(second.state(), first.state());
        second.attend_until(first.attentive_until());
        second.scan(&times[cut..], &values[cut..], |event, gap| found.push((moved(event, cut), gap)));
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(second.state(), pushed.state());
        let mut other = Adaptive2::new(Rules::new(2.3, Zone::UTC));
        other.scan(&times, &values, quiet);
        prop_assert_eq!(other.state(), pushed.state());
    }

    /// Asking for silences changes nothing but what was told.
    #[test]
    fn telling_of_the_time_teaches_nothing(series in any_series()) {
        let (mut told, mut plain) = (detector(), detector());
        for (time, value) in series {
            told.advance_to(time);
            prop_assert_eq!(told.push(time, value, quiet), plain.push(time, value, quiet));
        }
        prop_assert_eq!(told.state(), plain.state());
    }
}

#[test]
fn a_state_of_another_kind_is_refused() {
    let state = detector().state();
    assert!(Adaptive2::from_state(&state[1..], rules()).is_none());
    assert!(Adaptive2::from_state(&[], rules()).is_none());
    let mut later = state;
    later[3] += 1;
    assert!(Adaptive2::from_state(&later, rules()).is_none());
}

#[test]
fn both_versions_can_be_chosen() {
    assert!(matches!(Detector::new(Method::Adaptive, rules()), Detector::Adaptive(_)));
    assert!(matches!(Detector::new(Method::Adaptive2, rules()), Detector::Adaptive2(_)));
    assert_eq!((Method::Adaptive.id(), Method::Adaptive2.id()), ("adaptive@1", "adaptive@2"));
}
