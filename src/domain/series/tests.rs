//! However measurements are cut, the same comes out.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::aggregate::{ValueEma, fold};
use crate::domain::digest::InputDigest;
use crate::domain::hour::{self, Hour};
use crate::domain::measurement::MINUTE;
use crate::domain::model::Slot;
use crate::domain::moments::Moments;
use crate::domain::parameters::Parameter;
use crate::domain::zone::Zone;

/// Monday 2024-01-01T00Z, in hours.
const START: Hour = Hour::new(473_352);
const LIVE: Hour = Hour::new(473_352 + 14 * 24 + 5);
const END: Hour = Hour::new(473_352 + 24 * 24 + 11);

/// Hours with their times and values.
type Data = Vec<(Hour, Vec<Millis>, Vec<f64>)>;

/// A value every ten minutes around 100, with a day's cycle and noise; from `from` on nothing for some hours, and from
/// `step` on another level.
fn series(seed: u64, from: Hour, hours: i64, step: Hour, size: f64) -> Data {
    let mut state = seed * 2 + 1_234_567;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut all = Vec::new();
    for hour in hour::each(&(START..END)) {
        let (mut times, mut values) = (Vec::new(), Vec::new());
        for index in 0..6 {
            let noise = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            let level = if hour >= step { size } else { 0.0 };
            times.push(hour.start() + index * 10 * MINUTE);
            values.push(100.0 + noise + level + (hour.number() % 24) as f64);
        }
        if !(from..from + hours).contains(&hour) {
            all.push((hour, times, values));
        }
    }
    all
}

fn id() -> SeriesId {
    SeriesId {
        source: "acme/shop/1".into(),
        parameter: Parameter { name: "cpu".into(), aggregation: Aggregation::None },
    }
}

fn counted_id() -> SeriesId {
    SeriesId {
        source: "acme/shop/1".into(),
        parameter: Parameter { name: "log".into(), aggregation: Aggregation::Count },
    }
}

fn zone() -> Zone {
    Zone::parse("Europe/Zurich").unwrap_or(Zone::UTC)
}

fn rules() -> Rules {
    Rules::new(2.0, zone())
}

fn settings() -> Sha256 {
    Sha256::of(b"settings")
}

fn of_store(id: SeriesId) -> Series {
    Series::of_store(id, Method::Adaptive2, rules(), &settings())
}

fn resumed(state: &[u8], id: SeriesId) -> Series {
    Series::from_state(state, id, Method::Adaptive2, rules()).unwrap()
}

fn evidence() -> Evidence {
    let frame = Frame {
        dataset: "acme/shop/1".into(),
        rule: Method::Adaptive2.id().into(),
        settings_digest: settings(),
        tool_version: "1".into(),
        zone: zone(),
    };
    Evidence::new(Arc::new(frame), id().parameter, model(), 2.0)
}

/// What a model knows: some slot.
fn model() -> Vec<Slot> {
    let moments = Moments::from_parts(20, 101.0, 30.0);
    let (weeks, baseline_mean, weeks_used) = (2, 101.0, 2);
    vec![Slot { slot: 40, moments, weeks, baseline_mean, weeks_used, left_out: Vec::new() }]
}

fn feed(series: &mut Series, data: &Data, hours: std::ops::Range<Hour>, listener: &mut impl Listener) {
    for (_, times, values) in data.iter().filter(|hour| hours.contains(&hour.0)) {
        series.take(times, values, listener);
    }
    series.pass_until(hours.end, listener);
}

fn trained(data: &Data) -> Vec<u8> {
    let mut series = of_store(id());
    feed(&mut series, data, START..LIVE, &mut ());
    series.state()
}

fn begun(data: &Data, model_version: u32) -> Series {
    let mut series = resumed(&trained(data), id());
    series.begin_live(model_version, Learned::of(zone(), &model()));
    series
}

fn add(all: &mut DerivedRows, rows: DerivedRows) {
    all.hours.extend(rows.hours);
    all.intervals.extend(rows.intervals);
    all.alerts.extend(rows.alerts);
    all.states.extend(rows.states);
    all.learned.extend(rows.learned);
}

/// Adds the incidents of a run to those of the runs before it.
fn add_incidents(all: &mut Vec<Incident>, series: Series) {
    for incident in series.into_outcome().incidents {
        all.retain(|known| known.id != incident.id);
        all.push(incident);
    }
}

/// All that was found in runs that end at these hours, and the state at the end.
fn live(data: &Data, ends: &[Hour]) -> (DerivedRows, Vec<Incident>, Vec<u8>) {
    let (mut all, mut incidents) = (DerivedRows::default(), Vec::new());
    let mut state = begun(data, 3).state();
    let mut start = LIVE;
    for &end in ends {
        let (mut series, mut evidence) = (resumed(&state, id()), evidence());
        feed(&mut series, data, start..end, &mut evidence);
        add(&mut all, evidence.take());
        state = series.state();
        add_incidents(&mut incidents, series);
        start = end;
    }
    (all, incidents, state)
}

#[test]
fn everything_is_there_once_it_is_over() {
    let series = series(1, LIVE + 30, 4, LIVE + 100, 20.0);
    let (found, incidents, state) = live(&series, &[END]);
    assert!(state.len() < 20_000, "{}", state.len());
    assert_eq!(found.hours.len() as i64, END - LIVE - 4);
    let units: Vec<Unit> = found.intervals.iter().map(|interval| interval.0).collect();
    let count = |unit| units.iter().filter(|other| **other == unit).count();
    // from Monday 15th 05:00 to Thursday 25th 11:00
    assert_eq!(Unit::FOLDED.map(count), [10, 1, 0, 0]);
    for unit in [Unit::Day, Unit::Week] {
        let of = |wanted: Unit| found.intervals.iter().filter(move |row| row.0 == wanted).map(|row| row.1);
        let folded = fold(unit, &found.hours);
        let rows: Vec<Row> = of(unit).collect();
        assert_eq!(rows, folded[..rows.len()]);
    }
    assert_eq!(found.states.len(), 10);
    assert_eq!(found.states[0].end, START + 15 * 24);
    assert_eq!(
        found
            .hours
            .windows(2)
            .filter(|pair| {
                let (one, other) = (&pair[0], &pair[1]);
                let hour = Hour::of(other.start);
                one.state_digest.after(hour, other.input_digest, 3) != other.state_digest
            })
            .count(),
        0,
        "each state follows from the one before"
    );
    assert!(
        !incidents.is_empty() && found.alerts.iter().filter(|alert| alert.opens_incident).count() == incidents.len()
    );
    assert!(found.alerts.iter().any(|alert| alert.kind == crate::domain::incident::Kind::Silence));
    for alert in &found.alerts {
        let opening = found.alerts.iter().find(|other| other.opens_incident && other.incident == alert.incident);
        assert!(opening.is_some_and(|opening| opening.exceedance.time <= alert.exceedance.time));
    }
    let ids: std::collections::BTreeSet<Id> = found.alerts.iter().map(|alert| alert.id).collect();
    assert_eq!(ids.len(), found.alerts.len());
}

#[test]
fn alerts_have_the_numbers_of_their_moment() {
    let series = series(2, END, 0, LIVE + 50, 30.0);
    let (found, ..) = live(&series, &[END]);
    let values: Vec<(Millis, f64)> =
        series.iter().flat_map(|(_, times, values)| times.iter().copied().zip(values.iter().copied())).collect();
    let mut checked = 0;
    for alert in found.alerts.iter().filter(|alert| alert.exceedance.value().is_some()) {
        let mut ema = ValueEma::default();
        values.iter().take_while(|value| value.0 <= alert.exceedance.time).for_each(|value| {
            ema.push(value.1);
        });
        assert_eq!(alert.ema.to_bits(), ema.value().to_bits());
        let hour = Hour::of(alert.exceedance.time);
        let before = found.hours.iter().rfind(|row| row.start < hour.start()).unwrap();
        assert_eq!(alert.state_digest, before.state_digest);
        checked += 1;
    }
    assert!(checked > 3, "{checked}");
}

#[test]
fn what_is_learned_is_the_model_and_all_hours_since() {
    let series = series(3, END, 0, END, 0.0);
    let (found, ..) = live(&series, &[END]);
    for row in &found.learned {
        let of_slot = |hour: &&Row| zone().week_and_slot(Hour::of(hour.start)).1 == usize::from(row.slot);
        let hours = found.hours.iter().filter(of_slot).filter(|hour| hour.start < row.day + 24 * 60 * MINUTE);
        let known = model()
            .iter()
            .find(|slot| slot.slot == row.slot)
            .map_or((Moments::default(), 0), |slot| (slot.moments, slot.weeks));
        let (moments, weeks) =
            hours.fold(known, |(moments, weeks), hour| (moments.merge(hour.figures.moments), weeks + 1));
        assert_eq!((row.moments, row.weeks), (moments, weeks));
    }
    // of the first day only the hours that were live
    assert_eq!(found.learned.len(), 10 * 24 - 5);
}

#[test]
fn minutes_without_occurrences_are_no_input() {
    let (mut series, mut evidence) = (of_store(counted_id()), evidence());
    let times = [START.start() + 30 * MINUTE + 1, START.start() + 32 * MINUTE];
    series.take(&times, &[1.0, 2.0], &mut evidence);
    series.pass_until(START + 3, &mut evidence);
    let rows = evidence.take().hours;
    let input = |row: &Row| (row.input_digest, row.figures.moments.count(), row.figures.max);
    // the first hour begins with the first occurrence
    assert_eq!(input(&rows[0]), (InputDigest::of(&times, &[1.0, 2.0]), 30, 2.0));
    assert_eq!([1, 2].map(|hour| input(&rows[hour])), [(InputDigest::EMPTY, 60, 0.0); 2]);
}

#[test]
fn a_newer_model_goes_on_with_the_incident_and_the_intervals() {
    let series = series(4, END, 0, LIVE + 20, 25.0);
    let switch = LIVE + 22;
    let (mut older, mut newer) = (begun(&series, 3), begun(&series, 4));
    let mut evidence = evidence();
    feed(&mut older, &series, LIVE..switch, &mut evidence);
    feed(&mut newer, &series, LIVE..switch, &mut ());
    let opened = evidence.take().alerts[0].incident;
    let mut adopted = newer.adopted_from(older);
    feed(&mut adopted, &series, switch..switch + 48, &mut evidence);
    let found = evidence.take();
    let first = &found.alerts[0];
    assert_eq!((first.incident, first.opens_incident, first.model_version), (opened, false, 4));
    let (_, day) = found.intervals[0];
    assert_eq!(day.figures.moments.count(), 24 * 6, "three hours of the day were judged by the older model");
    let whole = live(&series, &[END]).0;
    assert_eq!(whole.hours[30].figures, found.hours[30 - 22].figures);
}

#[test]
fn a_silence_under_way_when_live_detection_begins_is_told_of_from_there() {
    use crate::domain::incident::Kind;
    let series = series(5, LIVE - 10, 30, END, 0.0);
    let whole = live(&series, &[END]);
    let alert = &whole.0.alerts[0];
    assert_eq!((alert.kind, alert.opens_incident, alert.exceedance.time), (Kind::Silence, true, LIVE.start()));
    assert_eq!(alert.exceedance.since_previous, Some(10 * 60 * MINUTE + 10 * MINUTE));
    assert!(whole.1[0].kind == Kind::Silence && whole.1[0].end >= (LIVE + 20).start(), "until data came again");
    assert_eq!(live(&series, &[LIVE + 1, LIVE + 2, LIVE + 25, END]), whole);

    // one that is over within the first hour was a matter of those who listened before
    let over = self::series(5, LIVE - 10, 10, END, 0.0);
    assert!(live(&over, &[END]).0.alerts.iter().all(|alert| alert.kind != Kind::Silence));

    // a newer model says no more of what the older one has told, and all of what it has not
    let switch = LIVE + 5;
    let mut evidence = evidence();
    for is_told in [true, false] {
        let mut newer = begun(&series, 4);
        feed(&mut newer, &series, LIVE..switch, &mut ());
        let mut older = of_store(id());
        if is_told {
            feed(&mut older, &series, START..switch, &mut ());
            assert!(older.monitor.last_incident().is_some_and(|incident| incident.kind == Kind::Silence));
        }
        let mut adopted = newer.adopted_from(older);
        feed(&mut adopted, &series, switch..switch + 3, &mut evidence);
        let times: Vec<Millis> = evidence.take().alerts.iter().map(|alert| alert.exceedance.time).collect();
        assert_eq!(times, if is_told { Vec::new() } else { vec![switch.start()] });
        assert!(adopted.monitor.is_open((switch + 3).start()));
    }
}

#[test]
fn a_run_begins_with_the_incident_that_may_go_on() {
    let data = series(6, LIVE + 10, 3, LIVE + 60, 25.0);
    let (mut series, mut evidence) = (begun(&data, 3), evidence());
    feed(&mut series, &data, LIVE..LIVE + 12, &mut evidence);
    let told = evidence.take().alerts;
    assert_eq!(series.open_incident(), Some(told[0].incident), "a silence");
    feed(&mut series, &data, LIVE + 12..LIVE + 61, &mut evidence);
    assert_eq!(series.open_incident(), evidence.take().alerts.last().map(|alert| alert.incident));
    let state = series.state();
    let incidents = series.into_outcome().incidents;
    assert!(incidents.len() > 1);
    let again = || {
        let mut series = resumed(&state, id());
        series.begin_run(true);
        series
    };
    assert_eq!(again().into_outcome().incidents, [], "nothing was found in this run");
    let mut series = again();
    feed(&mut series, &data, LIVE + 61..LIVE + 62, &mut evidence);
    let outcome = series.into_outcome();
    let [went_on] = &outcome.incidents[..] else { panic!("{:?}", outcome.incidents) };
    assert_eq!(went_on.id, incidents[incidents.len() - 1].id);
    assert_eq!(outcome.exceedance_times.len() as u64, went_on.exceedances, "also those of before");
    assert!(outcome.exceedances < went_on.exceedances);
    let mut series = again();
    feed(&mut series, &data, LIVE + 61..END, &mut evidence);
    assert_eq!(series.open_incident(), None, "the new level was taken over long ago");
}

#[test]
fn what_is_no_state_is_refused() {
    let state = begun(&series(7, END, 0, END, 0.0), 3).state();
    for wrong in [&[][..], &state[..state.len() - 1], &state[4..], &[&state[..], &[0]].concat()] {
        assert_eq!(Series::from_state(wrong, id(), Method::Adaptive2, rules()).err(), Some(NoState));
    }
}

/// Occurrences at irregular times, some at the same; a burst from `burst` on, and none for some hours.
fn occurrences(seed: u64, burst: Hour, silent: Hour) -> (Vec<Millis>, Vec<f64>) {
    let mut state = seed * 2 + 987_654_321;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below) as i64
    };
    let mut times = Vec::new();
    for hour in hour::each(&(START..START + 5 * 24)).filter(|hour| !(silent..silent + 7).contains(hour)) {
        let count = if (burst..burst + 2).contains(&hour) { 400 } else { 5 + random(20) };
        times.extend((0..count).map(|_| hour.start() + random(60 * MINUTE as u64)));
    }
    times.sort_unstable();
    let weights = times.iter().map(|time| 1.0 + (time % 3) as f64).collect();
    (times, weights)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_cut_into_runs_gives_the_same(
        seed in 0u64..50, silent in -10..246_i64, hours in 0i64..40, step in -10..246_i64, size in -25.0..25.0_f64,
        cuts in prop::collection::btree_set(0..246_i64, 0..12),
    ) {
        prop_assert_eq!(END - LIVE, 246);
        let data = series(seed, LIVE + silent, hours, LIVE + step, size);
        let ends: Vec<Hour> = cuts.into_iter().map(|cut| LIVE + cut).chain([END]).collect();
        let (found, incidents, state) = live(&data, &ends);
        let (expected, expected_incidents, expected_state) = live(&data, &[END]);
        prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        prop_assert_eq!(incidents, expected_incidents);
        prop_assert_eq!(state, expected_state);
    }

    /// Within an hour as well, with the state kept at each cut.
    #[test]
    fn any_cut_of_measurements_gives_the_same(
        seed in 0u64..50, silent in -10..60_i64, hours in 0i64..40, step in -10..60_i64,
        size in -25.0..25.0_f64, lengths in prop::collection::vec(1usize..40, 1..8),
    ) {
        let data = series(seed, LIVE + silent, hours, LIVE + step, size);
        let of_live = data.iter().filter(|(hour, ..)| (LIVE..LIVE + 72).contains(hour));
        let (times, values): (Vec<Millis>, Vec<f64>) =
            of_live.flat_map(|(_, times, values)| times.iter().copied().zip(values.iter().copied())).unzip();
        let cut = |lengths: &[usize]| {
            let (mut all, mut at) = (DerivedRows::default(), 0);
            let mut series = begun(&data, 3);
            for length in lengths.iter().cycle() {
                let end = times.len().min(at + length);
                let mut evidence = evidence();
                series.take(&times[at..end], &values[at..end], &mut evidence);
                add(&mut all, evidence.take());
                series = resumed(&series.state(), id());
                at = end;
                if at == times.len() {
                    break;
                }
            }
            let mut evidence = evidence();
            series.pass_until(LIVE + 72, &mut evidence);
            add(&mut all, evidence.take());
            (format!("{all:?}"), series.state())
        };
        prop_assert_eq!(cut(&lengths), cut(&[times.len()]));
    }

    /// What is counted, too; and a series without a ledger finds the same.
    #[test]
    fn any_cut_of_occurrences_gives_the_same(
        seed in 0u64..50, burst in 30..110_i64, silent in 20..110_i64,
        lengths in prop::collection::vec(1usize..300, 1..8),
    ) {
        let (times, weights) = occurrences(seed, START + burst, START + silent);
        let whole = |mut series: Series| {
            series.take(&times, &weights, &mut ());
            series
        };
        let mut cut = of_store(counted_id());
        let mut of_files = Series::of_files(counted_id(), Method::Adaptive2, rules(), false);
        let (mut rows, mut at) = (DerivedRows::default(), 0);
        for length in lengths.iter().cycle() {
            let end = times.len().min(at + length);
            let mut evidence = evidence();
            cut.take(&times[at..end], &weights[at..end], &mut evidence);
            add(&mut rows, evidence.take());
            cut = resumed(&cut.state(), counted_id());
            of_files.take(&times[at..end], &weights[at..end], &mut ());
            at = end;
            if at == times.len() {
                break;
            }
        }
        let (mut one, mut evidence) = (of_store(counted_id()), evidence());
        one.take(&times, &weights, &mut evidence);
        prop_assert_eq!(format!("{rows:?}"), format!("{:?}", evidence.take()));
        prop_assert_eq!(cut.state(), one.state());
        prop_assert_eq!(&of_files.state(), &whole(Series::of_files(counted_id(), Method::Adaptive2, rules(), false)).state());
        // the last minute of a file is over, that of a store is not
        let last = times[times.len() - 1].div_euclid(MINUTE) * MINUTE;
        let before = |incidents: Vec<Incident>| {
            incidents.into_iter().filter(|incident| incident.alert.time < last).map(|found| found.alert).collect::<Vec<_>>()
        };
        let of_files = before(of_files.finish(None, &mut ()).incidents);
        prop_assert_eq!(of_files, before(one.into_outcome().incidents));
    }
}
