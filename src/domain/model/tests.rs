use proptest::prelude::*;

use super::*;
use crate::domain::aggregate::hourly_moments;
use crate::domain::measurement::{MINUTE, Millis};

/// 2024-01-01T00Z, a Monday.
const MONDAY: Hour = Hour::new(473_352);

/// An hour in which this many equal values were measured.
fn constant(count: usize, value: f64) -> Moments {
    std::iter::repeat_n(value, count).collect()
}

/// A baseline from the counts and means of one hour a week, from a Monday on.
fn weekly(hours: &[(usize, f64)]) -> Baseline {
    let mut training = Training::default();
    (0..).zip(hours).for_each(|(week, &(count, mean))| training.push(MONDAY + week * 168, constant(count, mean)));
    training.finish(Zone::UTC, &Rules::default())
}

fn only_slot(baseline: &Baseline) -> &Slot {
    let [slot] = &baseline.slots[..] else { panic!("{} slots", baseline.slots.len()) };
    slot
}

/// Which weeks were left out.
fn weeks_left_out(baseline: &Baseline) -> Vec<i64> {
    baseline.left_out().iter().map(|left_out| (left_out.hour - MONDAY) / 168).collect()
}

#[test]
fn an_outlying_week_is_left_out_but_stays_in_the_plain_figures() {
    let baseline = weekly(&[(60, 10.0), (60, 11.0), (60, 9.0), (60, 500.0), (60, 10.0)]);
    let slot = only_slot(&baseline);
    assert_eq!((slot.slot, slot.weeks, slot.weeks_used, slot.moments.count()), (0, 5, 4, 300));
    assert!((slot.moments.mean() - 108.0).abs() < 1e-12 && (slot.baseline_mean - 10.0).abs() < 1e-12);
    let most = 5.0 * 1.4826;
    assert_eq!(slot.left_out[0].reason, Reason::Outlying { mean: 500.0, median: 10.0, most });
    assert_eq!(weeks_left_out(&baseline), [3]);
    let week = Zone::UTC.week_and_slot(MONDAY).0 + 3;
    assert_eq!(baseline.left_out_by_week(Zone::UTC).into_iter().collect::<Vec<_>>(), [(week, (0, 1))]);
    let history = History {
        first: MONDAY,
        end: MONDAY + 4 * 168 + 1,
        hours: 5,
        measurements: 300,
        weeks: 5,
        incomplete: 0,
        outlying: 1,
    };
    assert_eq!(baseline.history, history);
}

#[test]
fn of_three_weeks_none_is_left_out() {
    let baseline = weekly(&[(60, 10.0), (60, 10.5), (60, 500.0)]);
    assert_eq!((only_slot(&baseline).weeks_used, baseline.left_out().len()), (3, 0));
}

#[test]
fn constant_weeks_do_not_make_a_rounding_error_outlying() {
    let baseline =
        weekly(&[(60, 0.3), (60, 0.3), (60, 0.3), (60, 0.1 + 0.2), (60, 0.3), (60, 0.3), (60, 0.3), (60, 0.3)]);
    assert!(weeks_left_out(&baseline).is_empty());
    // … but a real incident is, once there are enough weeks to be sure
    assert!(weeks_left_out(&weekly(&[(60, 0.0), (60, 0.0), (60, 0.0), (60, 0.0), (60, 7.0)])).is_empty());
    let mut eight = [(60, 0.0); 8];
    eight[5].1 = 7.0;
    assert_eq!(weeks_left_out(&weekly(&eight)), [5]);
}

#[test]
fn a_slot_that_happens_to_be_steady_is_judged_by_the_spread_of_the_others() {
    let mut training = Training::default();
    for week in 0..4 {
        for slot in 0..168 {
            // the same four means everywhere, in another order, but for slot 50: three close to each other and one not
            let ordinary = [10.0, 12.0, 14.0, 16.0][(week + slot) as usize % 4];
            let mean = if slot == 50 { [13.0, 13.01, 12.99, 16.0][week as usize] } else { ordinary };
            training.push(MONDAY + week * 168 + slot, constant(60, mean));
        }
    }
    assert_eq!(training.finish(Zone::UTC, &Rules::default()).left_out(), []);
}

#[test]
fn an_incomplete_hour_does_not_train() {
    let baseline = weekly(&[(60, 10.0), (29, 90.0), (60, 12.0)]);
    let slot = only_slot(&baseline);
    assert_eq!((slot.weeks, slot.weeks_used, slot.baseline_mean, slot.moments.count()), (3, 2, 11.0, 149));
    assert_eq!(slot.left_out[0].reason, Reason::Incomplete { count: 29, usual: 60 });
    assert_eq!(baseline.history.incomplete, 1);
    assert!(weeks_left_out(&weekly(&[(60, 10.0), (30, 90.0), (60, 12.0)])).is_empty());
}

#[test]
fn another_sampling_interval_is_not_incomplete() {
    for counts in [[360, 360, 360, 60, 60, 60, 60], [60, 60, 60, 60, 360, 360, 360], [360, 360, 60, 60, 60, 60, 60]] {
        assert!(weeks_left_out(&weekly(&counts.map(|count| (count, 10.0)))).is_empty());
    }
}

#[test]
fn with_one_or_two_weeks_all_is_used() {
    for weeks in [&[(60, 10.0)][..], &[(60, 10.0), (1, 10.0)], &[(1, 10.0), (60, 10.0)]] {
        let baseline = weekly(weeks);
        assert_eq!(only_slot(&baseline).weeks_used as usize, weeks.len());
    }
}

/// In Zurich the clocks were put back on 2024-10-27, at 01:00Z: 02:00 came twice.
#[test]
fn an_hour_that_comes_twice_is_one_week() {
    let zurich = Zone::parse("Europe/Zurich").unwrap();
    let twice = Hour::of(1_729_987_200_000); // 2024-10-27T00Z, and the hour after it
    let mut training = Training::default();
    for (hour, mean) in [(twice - 167, 1.0), (twice, 2.0), (twice + 1, 4.0), (twice + 169, 1.0)] {
        training.push(hour, constant(10, mean));
    }
    let baseline = training.finish(zurich, &Rules::default());
    let slot = baseline.slots.iter().find(|slot| slot.slot == 6 * 24 + 2).unwrap();
    assert_eq!((slot.weeks, slot.moments.count()), (2, 30));
}

#[test]
fn a_diff_says_what_changed_by_how_much() {
    let before = weekly(&[(1, 9.0), (1, 11.0)]);
    let after = weekly(&[(1, 9.0), (1, 11.0), (1, 16.0)]);
    assert_eq!(diff(&before.slots, &before.slots), []);
    let [change] = diff(&before.slots, &after.slots)[..] else { panic!() };
    assert_eq!((change.slot, change.rise()), (0, Some(2.0)));
    assert!((change.rise_in_std_devs().unwrap() - 2.0_f64.sqrt()).abs() < 1e-12);
    let [new] = diff(&[], &after.slots)[..] else { panic!() };
    assert_eq!((new.before, new.after, new.rise()), (None, Some(&after.slots[0]), None));
    let others: Vec<Slot> = [3, 0, 7].map(|slot| Slot { slot, ..after.slots[0].clone() }).into();
    let slots: Vec<u8> = diff(&others[1..], &others[..1]).iter().map(|change| change.slot).collect();
    assert_eq!(slots, [0, 3, 7]);
}

/// Measurements over some weeks, with a daily cycle, gaps, and now and then another week.
fn measurements() -> impl Strategy<Value = Vec<(Millis, f64)>> {
    let hour = (0..9_i64 * 168, prop::collection::vec(-1e3..1e3, 1..8));
    prop::collection::btree_map(hour.0, hour.1, 1..400).prop_map(|hours| {
        let of = |(hour, values): (i64, Vec<f64>)| {
            let start = (MONDAY + hour).start();
            (0..).zip(values).map(move |(k, x)| (start + k * MINUTE, x + (hour % 24) as f64 * 10.0))
        };
        hours.into_iter().flat_map(of).collect()
    })
}

fn training(measurements: &[(Millis, f64)]) -> Training {
    let (times, values): (Vec<Millis>, Vec<f64>) = measurements.iter().copied().unzip();
    let mut training = Training::default();
    hourly_moments(&times, &values, |hour, moments| training.push(hour, moments));
    training
}

proptest! {
    #[test]
    fn slots_equal_the_plain_formulas(measurements in measurements()) {
        let zone = Zone::parse("America/New_York").unwrap();
        let baseline = training(&measurements).finish(zone, &Rules::default());
        let mut plain: BTreeMap<usize, Vec<(i64, f64)>> = BTreeMap::new();
        for &(time, x) in &measurements {
            let (week, slot) = zone.week_and_slot(Hour::of(time));
            plain.entry(slot).or_default().push((week, x));
        }
        prop_assert_eq!(baseline.slots.len(), plain.len());
        for (slot, (number, values)) in baseline.slots.iter().zip(plain) {
            let count = values.len() as f64;
            let mean = values.iter().map(|(_, x)| x).sum::<f64>() / count;
            let squares: f64 = values.iter().map(|(_, x)| (x - mean) * (x - mean)).sum();
            let weeks: std::collections::BTreeSet<i64> = values.iter().map(|&(week, _)| week).collect();
            prop_assert_eq!((usize::from(slot.slot), slot.moments.count()), (number, values.len() as u64));
            prop_assert_eq!(slot.weeks as usize, weeks.len());
            prop_assert!((slot.moments.mean() - mean).abs() <= 1e-9);
            if let Some(std_dev) = slot.moments.std_dev() {
                prop_assert!((std_dev - (squares / (count - 1.0)).sqrt()).abs() <= 1e-9);
            }
            prop_assert!((1..=slot.weeks).contains(&slot.weeks_used));
            if slot.left_out.is_empty() {
                prop_assert_eq!(slot.baseline_mean.to_bits(), slot.moments.mean().to_bits());
                prop_assert_eq!(slot.weeks_used, slot.weeks);
            }
        }
        prop_assert_eq!(baseline.history.measurements, measurements.len() as u64);
        prop_assert_eq!(baseline.history.incomplete + baseline.history.outlying, baseline.left_out().len() as u64);
    }

    /// Hours may come in any order, in parts.
    #[test]
    fn parts_merge_to_the_same_bits(measurements in measurements(), cut in 0..9_i64 * 168) {
        let place = measurements.partition_point(|&(time, _)| time < (MONDAY + cut).start());
        let (early, late) = (training(&measurements[..place]), training(&measurements[place..]));
        let whole = training(&measurements).finish(Zone::UTC, &Rules::default());
        prop_assert_eq!(&early.clone().and(late.clone()).finish(Zone::UTC, &Rules::default()), &whole);
        prop_assert_eq!(&late.and(early).finish(Zone::UTC, &Rules::default()), &whole);
    }
}
