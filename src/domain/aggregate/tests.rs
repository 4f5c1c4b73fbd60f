use proptest::prelude::*;

use super::*;
use crate::domain::hour::Hour;
use crate::domain::interval::DAY;
use crate::domain::measurement::{HOUR, MINUTE};

/// Every bit of the figures.
fn bits(figures: &Figures) -> [u64; 10] {
    let Figures { moments, min, max, first, last, ema } = figures;
    let (count, sum, value) = ema.parts();
    let numbers = [moments.mean(), moments.squares(), *min, *max, *first, *last, sum, value].map(f64::to_bits);
    let mut all = [0; 10];
    all[..8].copy_from_slice(&numbers);
    (all[8], all[9]) = (moments.count(), count);
    all
}

fn hours_of(measurements: &[(Millis, f64)], ema: ValueEma) -> (Vec<HourFigures>, ValueEma) {
    let (times, values): (Vec<Millis>, Vec<f64>) = measurements.iter().copied().unzip();
    let mut hours = Hours::new(ema);
    let mut all = Vec::new();
    hours.extend(&times, &values, |hour| all.push(hour));
    let (last, ema) = hours.finish();
    all.extend(last);
    (all, ema)
}

/// Rows whose digests are made up, but all different.
fn rows_of(measurements: &[(Millis, f64)]) -> Vec<Row> {
    let mut state = StateDigest::before_all("test", &[]);
    let row = |hour: HourFigures| {
        state = state.after(hour.hour, hour.input_digest, 1);
        hour.row(state, 1)
    };
    hours_of(measurements, ValueEma::default()).0.into_iter().map(row).collect()
}

/// In canonical order, over some days around 1970, with hours that are empty and hours that are full.
fn measurements() -> impl Strategy<Value = Vec<(Millis, f64)>> {
    let time = (-200..200_i64, 0..60_i64).prop_map(|(hour, minute)| hour * HOUR + minute * MINUTE);
    let dense = (0..3_i64, 0..HOUR).prop_map(|(hour, millis)| hour * HOUR + millis);
    let value = prop_oneof![-1e6..1e6, Just(0.0), Just(-0.0), Just(1e6)];
    prop::collection::vec((prop_oneof![time, dense], value), 1..400).prop_map(|mut all| {
        all.sort_by(|&a, &b| crate::domain::measurement::canonical_order(a, b));
        all
    })
}

/// By hand: 2, 4, 4, 4, 5, 5, 7, 9 have mean 5 and squares that sum up to 32.
#[test]
fn the_figures_of_an_hour() {
    let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
    let measurements: Vec<(Millis, f64)> = (0..).map(|k| k * MINUTE - HOUR).zip(values).collect();
    let (hours, ema) = hours_of(&measurements, ValueEma::default());
    let [HourFigures { hour, figures, .. }] = hours[..] else { panic!("{hours:?}") };
    assert_eq!(hour, Hour::new(-1));
    assert_eq!(
        (figures.moments.count(), figures.min, figures.max, figures.first, figures.last),
        (8, 2.0, 9.0, 2.0, 9.0)
    );
    assert!((figures.moments.mean() - 5.0).abs() < 1e-15 && (figures.moments.squares() - 32.0).abs() < 1e-13);
    assert!((figures.moments.std_dev().unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-14);
    assert_eq!((ema, ema.value()), (figures.ema, 5.0));
}

/// NIST StRD "NumAcc3", made to be hard: certified mean 1000000.2 and standard deviation 0.1, exactly.
#[test]
fn a_large_mean_does_not_spoil_a_small_spread() {
    let alternating = (0..1000).map(|k| if k % 2 == 0 { 1_000_000.1 } else { 1_000_000.3 });
    let values: Vec<f64> = std::iter::once(1_000_000.2).chain(alternating).collect();
    for apart in [1, MINUTE] {
        let measurements: Vec<(Millis, f64)> = (0..).map(|k| k * apart).zip(values.iter().copied()).collect();
        let seasons = fold(Unit::Season, &rows_of(&measurements));
        let moments = seasons[0].figures.moments;
        assert_eq!((seasons.len(), moments.count()), (1, 1001));
        assert!((moments.mean() - 1_000_000.2).abs() < 1e-9);
        assert!((moments.std_dev().unwrap() - 0.1).abs() < 1e-9, "{:?}", moments.std_dev());
    }
}

#[test]
fn the_ema_flows_from_hour_to_hour() {
    let measurements: Vec<(Millis, f64)> = (0..30).map(|k| (k * 20 * MINUTE, (k * k % 17) as f64)).collect();
    let mut ema = ValueEma::default();
    let expected: Vec<f64> = measurements.iter().map(|&(_, x)| ema.push(x)).collect();
    let (hours, _) = hours_of(&measurements, ValueEma::default());
    let found: Vec<f64> = hours.iter().map(|hour| hour.figures.ema.value()).collect();
    assert_eq!(found, expected.into_iter().skip(2).step_by(3).collect::<Vec<f64>>());
}

#[test]
fn a_single_value_has_no_spread_and_equal_values_have_none_either() {
    let (hours, _) = hours_of(&[(0, 0.1), (HOUR, 0.1), (HOUR + 1, 0.1), (HOUR + 2, 0.1)], ValueEma::default());
    assert_eq!(hours[0].figures.moments.std_dev(), None);
    assert_eq!(hours[1].figures.moments.std_dev(), Some(0.0));
    assert_eq!(hours[1].figures.moments.mean(), 0.1);
}

#[test]
fn nothing_gives_nothing() {
    assert_eq!(Hours::default().finish(), (None, ValueEma::default()));
    assert_eq!(fold(Unit::Season, &[]), []);
    hourly_moments(&[], &[], |_, _| panic!("no hour"));
}

#[test]
fn an_interval_is_closed_when_its_hours_are_over() {
    let rows = rows_of(&[(0, 1.0), (HOUR, 2.0), (DAY + HOUR, 4.0)]);
    let mut folding = Folding::new(Unit::Day);
    assert_eq!((folding.push(rows[0]), folding.push(rows[1])), (None, None));
    assert_eq!(folding.close(Hour::new(23)), None);
    let day = folding.clone().close(Hour::new(24)).unwrap();
    assert_eq!(folding.push(rows[2]), Some(day));
    assert_eq!((day.start, day.figures.moments.count(), day.figures.ema), (0, 2, rows[1].figures.ema));
    assert_eq!(
        (day.state_digest, day.input_digest),
        (rows[1].state_digest, rows[0].input_digest.and(rows[1].input_digest))
    );
    assert_eq!(folding.unfinished().map(|row| row.start), Some(DAY));
}

/// What is wrong at most by so much of the size of the numbers.
fn close(a: f64, b: f64, size: f64) -> bool {
    (a - b).abs() <= 1e-12 * size
}

fn agree(a: &Row, b: &Row) -> bool {
    let (one, two) = (&a.figures, &b.figures);
    let exact = |row: &Row| {
        let Figures { moments, min, max, first, last, ema } = row.figures;
        let digests = (row.input_digest, row.state_digest, row.model_version);
        (row.start, moments.count(), [min, max, first, last, ema.value()].map(f64::to_bits), digests)
    };
    exact(a) == exact(b)
        && close(one.moments.mean(), two.moments.mean(), 1e6)
        && close(one.moments.squares(), two.moments.squares(), one.moments.count() as f64 * 1e12)
}

proptest! {
    #[test]
    fn cuts_do_not_count(measurements in measurements(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9)) {
        let (whole, ema) = hours_of(&measurements, ValueEma::default());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(measurements.len() + 1)).collect();
        cuts.extend([0, measurements.len()]);
        cuts.sort_unstable();
        let mut hours = Hours::default();
        let mut found = Vec::new();
        for pair in cuts.windows(2) {
            let (times, values): (Vec<Millis>, Vec<f64>) = measurements[pair[0]..pair[1]].iter().copied().unzip();
            hours.extend(&times, &values, |hour| found.push(hour));
        }
        let (last, last_ema) = hours.finish();
        found.extend(last);
        prop_assert_eq!(last_ema, ema);
        prop_assert_eq!(found.len(), whole.len());
        for (a, b) in found.iter().zip(&whole) {
            prop_assert_eq!((a.hour, bits(&a.figures), a.input_digest), (b.hour, bits(&b.figures), b.input_digest));
        }
    }

    #[test]
    fn one_by_one_is_the_same(measurements in measurements()) {
        let mut hours = Hours::default();
        let mut found: Vec<HourFigures> = measurements.iter().filter_map(|&(time, x)| hours.push(time, x)).collect();
        found.extend(hours.finish().0);
        prop_assert_eq!(found, hours_of(&measurements, ValueEma::default()).0);
    }

    /// A run that ends with an hour, and a next one that has nothing but the row of that hour.
    #[test]
    fn a_run_goes_on_from_the_row_before(measurements in measurements(), cut in -200..200_i64) {
        let (whole, _) = hours_of(&measurements, ValueEma::default());
        let place = measurements.partition_point(|&(time, _)| time < cut * HOUR);
        let (mut found, _) = hours_of(&measurements[..place], ValueEma::default());
        let ema = found.last().map(|hour| {
            let (count, sum, value) = hour.figures.ema.parts();
            ValueEma::from_parts(count, sum, value)
        });
        found.extend(hours_of(&measurements[place..], ema.unwrap_or_default()).0);
        prop_assert_eq!(found, whole);
    }

    #[test]
    fn figures_equal_the_plain_formulas(measurements in measurements()) {
        for hour in hours_of(&measurements, ValueEma::default()).0 {
            let interval = Unit::Hour.containing(hour.hour.start());
            let inside = measurements.iter().filter(|(time, _)| interval.contains(*time));
            let (times, values): (Vec<Millis>, Vec<f64>) = inside.copied().unzip();
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
            let figures = hour.figures;
            prop_assert_eq!(figures.moments.count(), values.len() as u64);
            prop_assert!(close(figures.moments.mean(), mean, 1e6));
            prop_assert!(close(figures.moments.squares(), squares, count * 1e12));
            prop_assert_eq!(figures.min, values.iter().copied().fold(f64::INFINITY, f64::min));
            prop_assert_eq!(figures.max, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            prop_assert_eq!(figures.first.to_bits(), values[0].to_bits());
            prop_assert_eq!(figures.last.to_bits(), values[values.len() - 1].to_bits());
            prop_assert_eq!(hour.input_digest, InputDigest::of(&times, &values));
        }
    }

    #[test]
    fn moments_alone_are_the_same(measurements in measurements()) {
        let (times, values): (Vec<Millis>, Vec<f64>) = measurements.iter().copied().unzip();
        let mut found = Vec::new();
        hourly_moments(&times, &values, |hour, moments| found.push((hour, moments)));
        let (hours, _) = hours_of(&measurements, ValueEma::default());
        prop_assert_eq!(found, hours.iter().map(|hour| (hour.hour, hour.figures.moments)).collect::<Vec<_>>());
    }

    /// Merging equals one pass, but for rounding errors of the moments.
    #[test]
    fn longer_intervals_equal_one_pass(measurements in measurements()) {
        let rows = rows_of(&measurements);
        for unit in Unit::FOLDED {
            let found = fold(unit, &rows);
            prop_assert!(found.windows(2).all(|pair| pair[0].start < pair[1].start));
            for row in found {
                let interval = unit.containing(row.start);
                prop_assert_eq!(interval.start(), row.start);
                let inside: Vec<(Millis, f64)> =
                    measurements.iter().filter(|(time, _)| interval.contains(*time)).copied().collect();
                let values: Vec<f64> = inside.iter().map(|&(_, x)| x).collect();
                let moments = Moments::from_iter(values.iter().copied());
                prop_assert_eq!(row.figures.moments.count(), values.len() as u64);
                prop_assert!(close(row.figures.moments.mean(), moments.mean(), 1e6));
                prop_assert!(close(row.figures.moments.squares(), moments.squares(), values.len() as f64 * 1e12));
                prop_assert_eq!(row.figures.min, values.iter().copied().fold(f64::INFINITY, f64::min));
                prop_assert_eq!(row.figures.max, values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
                prop_assert_eq!(row.figures.first.to_bits(), values[0].to_bits());
                prop_assert_eq!(row.figures.last.to_bits(), values[values.len() - 1].to_bits());
                let last = rows.iter().rfind(|hour| interval.contains(hour.start)).unwrap();
                prop_assert_eq!((row.figures.ema, row.state_digest), (last.figures.ema, last.state_digest));
            }
        }
    }

    /// Weeks folded from days equal those folded from hours, again but for rounding errors.
    #[test]
    fn weeks_from_days_equal_weeks_from_hours(measurements in measurements()) {
        let rows = rows_of(&measurements);
        let days = fold(Unit::Day, &rows);
        for unit in [Unit::Week, Unit::Month, Unit::Season] {
            let (from_days, from_hours) = (fold(unit, &days), fold(unit, &rows));
            prop_assert_eq!(from_days.len(), from_hours.len());
            for (a, b) in from_days.iter().zip(&from_hours) {
                prop_assert!(agree(a, b), "{:?}\n{:?}", a, b);
            }
        }
    }

    /// However the hours are cut to runs and in whatever order their rows arrive.
    #[test]
    fn late_hours_find_their_place(
        (rows, shuffled) in measurements()
            .prop_map(|all| rows_of(&all))
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        for unit in Unit::FOLDED {
            prop_assert_eq!(fold(unit, &shuffled), fold(unit, &rows));
        }
    }
}
