//! However a range is cut into runs, the same comes out.

use proptest::prelude::*;

use super::*;
use crate::domain::aggregate::fold;
use crate::domain::digest::InputDigest;
use crate::domain::measurement::MINUTE;
use crate::domain::model::Slot;
use crate::domain::moments::Moments;
use crate::domain::zone::Zone;

/// Monday 2024-01-01T00Z, in hours.
const START: i64 = 473_352;
const LIVE: i64 = START + 14 * 24 + 5;
const END: i64 = START + 24 * 24 + 11;

/// Hours with their times and values.
type Series = Vec<(i64, Vec<Millis>, Vec<f64>)>;

/// A value every ten minutes around 100, with a day's cycle and noise; from `from` on nothing for some hours, and from
/// `step` on another level.
fn series(seed: u64, from: i64, hours: i64, step: i64, size: f64) -> Series {
    let mut state = seed * 2 + 1_234_567;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut all = Vec::new();
    for hour in START..END {
        let (mut times, mut values) = (Vec::new(), Vec::new());
        for index in 0..6 {
            let noise = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
            let level = if hour >= step { size } else { 0.0 };
            times.push(hour * HOUR + index * 10 * MINUTE);
            values.push(100.0 + noise + level + (hour % 24) as f64);
        }
        if !(from..from + hours).contains(&hour) {
            all.push((hour, times, values));
        }
    }
    all
}

fn parameter() -> Parameter {
    Parameter { name: "cpu".into(), aggregation: Aggregation::None }
}

fn zone() -> Zone {
    Zone::parse("Europe/Zurich").unwrap_or(Zone::UTC)
}

fn rules() -> Rules {
    Rules::new(2.0, zone())
}

fn frame() -> Frame {
    Frame {
        dataset: "acme/shop/1".to_owned(),
        rule: Method::Adaptive2.id().into(),
        settings_digest: Sha256::of(b"settings"),
        tool_version: "1".into(),
        zone: zone(),
    }
}

/// What a model knows: some slot.
fn model() -> Vec<Slot> {
    let moments = Moments::from_parts(20, 101.0, 30.0);
    let (weeks, baseline_mean, weeks_used) = (2, 101.0, 2);
    vec![Slot { slot: 40, moments, weeks, baseline_mean, weeks_used, left_out: Vec::new() }]
}

fn feed(flow: &mut Flow, series: &Series, hours: std::ops::Range<i64>, listener: &mut impl Listener) {
    for (hour, times, values) in series.iter().filter(|hour| hours.contains(&hour.0)) {
        flow.hour(HourOf { hour: *hour, times, values, counted: None }, listener);
    }
    flow.pass_until(hours.end, listener);
}

fn trained(series: &Series) -> Vec<u8> {
    let mut flow = Flow::new(&parameter(), Method::Adaptive2, rules(), &Sha256::of(b"settings"));
    feed(&mut flow, series, START..LIVE, &mut ());
    flow.state().unwrap()
}

/// All that was found in runs that end at these hours, and the state at the end.
fn live(series: &Series, ends: &[i64]) -> (Found, Vec<Incident>, Vec<u8>) {
    let frame = frame();
    let mut all = Found::default();
    let mut flow = Flow::from_state(&trained(series), Method::Adaptive2, rules()).unwrap();
    flow.begin_live(3, Learned::of(zone(), &model()));
    let mut start = LIVE;
    let mut incidents: Vec<Incident> = Vec::new();
    for &end in ends {
        flow = Flow::from_state(&flow.state().unwrap(), Method::Adaptive2, rules()).unwrap();
        let mut detection = Detection::new(&frame, parameter(), model(), 2.0);
        feed(&mut flow, series, start..end, &mut detection);
        let found = detection.take().unwrap();
        all.hours.extend(found.hours);
        all.intervals.extend(found.intervals);
        all.alerts.extend(found.alerts);
        all.states.extend(found.states);
        all.learned.extend(found.learned);
        for incident in flow.incidents() {
            incidents.retain(|known| known.alert != incident.alert);
            incidents.push(incident.clone());
        }
        start = end;
    }
    (all, incidents, flow.state().unwrap())
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
                let hour = other.start.div_euclid(HOUR);
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
        let hour = alert.exceedance.time.div_euclid(HOUR);
        let before = found.hours.iter().rfind(|row| row.start < hour * HOUR).unwrap();
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
        let of_slot = |hour: &&Row| zone().week_and_slot(hour.start.div_euclid(HOUR)).1 == usize::from(row.slot);
        let hours = found.hours.iter().filter(of_slot).filter(|hour| hour.start < row.day + 24 * HOUR);
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
    let counted = Parameter { name: "log".into(), aggregation: Aggregation::Count };
    let mut flow = Flow::new(&counted, Method::Adaptive2, rules(), &Sha256::of(b"settings"));
    let times: Vec<Millis> = (0..60).map(|minute| START * HOUR + minute * MINUTE).collect();
    let frame = frame();
    let mut detection = Detection::new(&frame, counted, Vec::new(), 2.0);
    let hour = HourOf { hour: START, times: &times, values: &[0.0; 60], counted: Some(InputDigest::EMPTY) };
    flow.hour(hour, &mut detection);
    let row = detection.take().unwrap().hours[0];
    assert_eq!((row.input_digest, row.figures.moments.count()), (InputDigest::EMPTY, 60));
}

#[test]
fn a_newer_model_goes_on_with_the_incident_and_the_intervals() {
    let series = series(4, END, 0, LIVE + 20, 25.0);
    let switch = LIVE + 22;
    let begin = |version| {
        let mut flow = Flow::from_state(&trained(&series), Method::Adaptive2, rules()).unwrap();
        flow.begin_live(version, Learned::of(zone(), &model()));
        flow
    };
    let frame = frame();
    let (mut older, mut newer) = (begin(3), begin(4));
    let mut detection = Detection::new(&frame, parameter(), model(), 2.0);
    feed(&mut older, &series, LIVE..switch, &mut detection);
    feed(&mut newer, &series, LIVE..switch, &mut ());
    let opened = detection.take().unwrap().alerts[0].incident;
    let mut flow = newer.adopted_from(older);
    feed(&mut flow, &series, switch..switch + 48, &mut detection);
    let found = detection.take().unwrap();
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
    assert_eq!((alert.kind, alert.opens_incident, alert.exceedance.time), (Kind::Silence, true, LIVE * HOUR));
    assert_eq!(alert.exceedance.since_previous, Some(10 * HOUR + 10 * MINUTE));
    assert!(whole.1[0].kind == Kind::Silence && whole.1[0].end >= (LIVE + 20) * HOUR, "until data came again");
    assert_eq!(live(&series, &[LIVE + 1, LIVE + 2, LIVE + 25, END]), whole);

    // one that is over within the first hour was a matter of those who listened before
    let over = self::series(5, LIVE - 10, 10, END, 0.0);
    assert!(live(&over, &[END]).0.alerts.iter().all(|alert| alert.kind != Kind::Silence));

    // a newer model says no more of what the older one has told, and all of what it has not
    let frame = frame();
    let switch = LIVE + 5;
    let mut detection = Detection::new(&frame, parameter(), model(), 2.0);
    for is_told in [true, false] {
        let mut newer = Flow::from_state(&trained(&series), Method::Adaptive2, rules()).unwrap();
        newer.begin_live(4, Learned::of(zone(), &model()));
        feed(&mut newer, &series, LIVE..switch, &mut ());
        let mut older = Flow::new(&parameter(), Method::Adaptive2, rules(), &Sha256::of(b"settings"));
        if is_told {
            feed(&mut older, &series, START..switch, &mut ());
            assert!(older.monitor.last_incident().is_some_and(|incident| incident.kind == Kind::Silence));
        }
        let mut flow = newer.adopted_from(older);
        feed(&mut flow, &series, switch..switch + 3, &mut detection);
        let times: Vec<Millis> = detection.take().unwrap().alerts.iter().map(|alert| alert.exceedance.time).collect();
        assert_eq!(times, if is_told { Vec::new() } else { vec![switch * HOUR] });
        assert!(flow.monitor.is_open((switch + 3) * HOUR));
    }
}

#[test]
fn a_run_begins_with_the_incident_that_may_go_on() {
    let series = series(6, LIVE + 10, 3, LIVE + 60, 25.0);
    let mut flow = Flow::from_state(&trained(&series), Method::Adaptive2, rules()).unwrap();
    flow.begin_live(3, Learned::of(zone(), &model()));
    let frame = frame();
    let mut detection = Detection::new(&frame, parameter(), model(), 2.0);
    feed(&mut flow, &series, LIVE..LIVE + 12, &mut detection);
    let told = detection.take().unwrap().alerts;
    assert_eq!(flow.open_incident(), Some(told[0].incident), "a silence");
    feed(&mut flow, &series, LIVE + 12..LIVE + 61, &mut detection);
    assert!(flow.incidents().len() > 1);
    assert_eq!(flow.open_incident(), detection.take().unwrap().alerts.last().map(|alert| alert.incident));
    flow.begin_run();
    assert_eq!(flow.incidents(), [], "nothing was found in this run");
    feed(&mut flow, &series, LIVE + 61..LIVE + 62, &mut detection);
    assert_eq!(flow.incidents().len(), 1, "it went on");
    feed(&mut flow, &series, LIVE + 62..END, &mut detection);
    assert_eq!(flow.open_incident(), None, "the new level was taken over long ago");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_cut_into_runs_gives_the_same(
        seed in 0u64..50, silent in LIVE - 10..END, hours in 0i64..40, step in LIVE - 10..END, size in -25.0..25.0_f64,
        cuts in prop::collection::btree_set(LIVE..END, 0..12),
    ) {
        let series = series(seed, silent, hours, step, size);
        let ends: Vec<i64> = cuts.into_iter().chain([END]).collect();
        let (found, incidents, state) = live(&series, &ends);
        let (expected, expected_incidents, expected_state) = live(&series, &[END]);
        prop_assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        prop_assert_eq!(incidents, expected_incidents);
        prop_assert_eq!(state, expected_state);
    }
}
