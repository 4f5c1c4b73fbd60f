//! What becomes of a detector's events.

use crate::domain::hour::Hour;
use proptest::prelude::*;

use super::super::bytes::{Reader, Writer};
use super::super::detector::{Direction, Shift};
use super::super::incident::Kind;
use super::super::measurement::{Aggregation, HOUR, MINUTE};
use super::super::parameters::Parameter;
use super::super::zone::Zone;
use super::*;

/// A Monday, 00:00 UTC.
const START: Millis = 1_704_067_200_000;

/// A value every five minutes around 100, with noise of standard deviation 1; `plant` changes it, or leaves it out.
fn series(seed: u64, days: i64, plant: impl Fn(f64, f64) -> Option<f64>) -> (Vec<Millis>, Vec<f64>) {
    let mut state = seed * 2 + 1_234_567;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let rows = (0..days * 288).filter_map(|index| {
        let noise = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let value = plant(index as f64 / 12.0, 100.0 + noise)?;
        Some((START + index * 5 * MINUTE, value))
    });
    rows.unzip()
}

fn rules(attention: Attention) -> Rules {
    Rules { attention, ..Rules::new(2.15, Zone::UTC) }
}

fn id() -> SeriesId {
    SeriesId { source: "test".into(), parameter: Parameter { name: "cpu".into(), aggregation: Aggregation::None } }
}

fn new_monitor(method: Method, rules: Rules) -> Monitor {
    Monitor::new(id(), method, rules)
}

fn state(monitor: &Monitor) -> Vec<u8> {
    let mut writer = Writer::new(b"");
    monitor.write(&mut writer);
    writer.finish()
}

fn read(state: &[u8], method: Method, rules: Rules) -> Option<Monitor> {
    let mut reader = Reader::new(state, b"")?;
    Monitor::read(&mut reader, id(), method, rules).filter(|_| reader.is_at_end())
}

fn incidents(rules: Rules, (times, values): &(Vec<Millis>, Vec<f64>)) -> Vec<Incident> {
    let mut monitor = new_monitor(Method::Adaptive2, rules);
    monitor.scan(Batch { times, values, before: None }, |_| {});
    monitor.into_incidents()
}

fn hour(time: Millis) -> f64 {
    (time - START) as f64 / HOUR as f64
}

#[test]
fn a_silence_is_one_incident_from_its_onset_until_data_come_again() {
    let silent = 400.0..403.0;
    let data = series(1, 21, |hour, value| (!silent.contains(&hour)).then_some(value));
    let found = incidents(rules(Attention::default()), &data);
    let silences: Vec<&Incident> = found.iter().filter(|incident| incident.kind == Kind::Silence).collect();
    let [silence] = silences[..] else { panic!("{found:?}") };
    assert!(silence.alert.value().is_none() && silence.alert.verdict.surprise >= 2.15);
    let (onset, end) = (hour(silence.alert.time), hour(silence.last));
    assert!(onset > 400.0 && onset < 400.0 + 2.0 / 12.0 + 1e-6, "three intervals after the last value: {onset}");
    assert_eq!(end, 403.0);
}

#[test]
fn data_that_end_are_silent_only_for_whoever_waits() {
    let (times, values) = series(2, 10, |_, value| Some(value));
    let (end, batch) = (times[times.len() - 1], Batch { times: &times, values: &values, before: None });
    let mut monitor = new_monitor(Method::Adaptive2, rules(Attention::default()));
    monitor.scan(batch, |_| {});
    monitor.advance_to(end, |reported| panic!("{reported:?}"));
    let mut found = 0;
    monitor.advance_to(end + 5 * HOUR, |_| found += 1);
    monitor.advance_to(end + 9 * HOUR, |_| found += 1);
    assert_eq!(found, 1, "told once");
    let last = monitor.into_incidents().pop().unwrap();
    assert_eq!((last.kind, last.end), (Kind::Silence, end + 9 * HOUR), "it lasts");
}

#[test]
fn a_silence_that_is_over_does_not_last() {
    let (times, values) = series(3, 10, |_, value| Some(value));
    let (head, tail) = Batch { times: &times, values: &values, before: None }.split(times.len() - 200);
    let mut monitor = new_monitor(Method::Adaptive2, rules(Attention::default()));
    let gone = 3 * HOUR;
    monitor.scan(head, |_| {});
    let mut found = 0;
    monitor.advance_to(tail.times[0] + gone, |_| found += 1);
    assert_eq!(found, 1);
    let later: Vec<Millis> = tail.times.iter().map(|time| time + 4 * HOUR).collect();
    monitor.scan(Batch { times: &later, ..tail }, |reported| panic!("told already, at its onset: {reported:?}"));
    monitor.advance_to(later[199], |reported| panic!("{reported:?}"));
    let last = monitor.into_incidents().pop().unwrap();
    assert_eq!((last.kind, last.end), (Kind::Silence, later[0]));
}

fn shifted(size: f64) -> (Vec<Millis>, Vec<f64>) {
    series(4, 21, |hour, value| Some(if hour >= 400.0 { value + size } else { value }))
}

#[test]
fn a_level_that_stays_is_one_incident_of_its_own_kind() {
    for size in [15.0, -15.0] {
        let found = incidents(rules(Attention::default()), &shifted(size));
        let shifts: Vec<&Incident> = found.iter().filter(|incident| incident.kind == Kind::LevelShift).collect();
        let [incident] = shifts[..] else { panic!("{found:?}") };
        assert!((400.0..401.0).contains(&hour(incident.alert.time)), "opened by the first values");
        let taken_over = incident.shift.unwrap();
        assert!((taken_over.shift.size - size).abs() < 2.0 && taken_over.shift.usual > 0.0, "{taken_over:?}");
        assert!((400.0..=414.0).contains(&hour(taken_over.time)), "{}", hour(taken_over.time));
        assert!(hour(incident.end) < 424.0);
    }
}

#[test]
fn only_what_matters_is_told() {
    let kinds = |direction, least, least_share, size| {
        let attention = Attention { direction, least, least_share };
        let found = incidents(rules(attention), &shifted(size));
        found
            .iter()
            .filter(|incident| (400.0..412.0).contains(&hour(incident.alert.time)))
            .map(|incident| incident.kind)
            .collect::<Vec<_>>()
    };
    let shift: Vec<Kind> = vec![Kind::LevelShift];
    assert_eq!(kinds(Direction::Above, 0.0, 0.0, 15.0), shift);
    assert_eq!(kinds(Direction::Below, 0.0, 0.0, 15.0), []);
    assert_eq!(kinds(Direction::Below, 0.0, 0.0, -15.0), shift);
    assert_eq!(kinds(Direction::Both, 25.0, 0.0, 15.0), []);
    assert_eq!(kinds(Direction::Both, 0.0, 0.25, 15.0), []);
    assert_eq!(kinds(Direction::Both, 0.0, 0.05, 15.0), shift);
}

#[test]
fn events_come_to_what_they_are() {
    let (times, values) = ([10, 20, 40], [1.0, 2.0, 3.0]);
    let batch = Batch { times: &times, values: &values, before: Some(5) };
    let all = Attention::default();
    let silence = Silence { since: 20, onset: 30, usual: 1.0, usual_std: 1.0, surprise: 3.0 };
    let Outcome::Exceedance(found, until) = outcome_of(Event::Silence(silence), &batch, 2.0, &all) else {
        panic!("nothing")
    };
    assert_eq!((found.time, found.verdict.surprise, until), (30, 3.0, Some(40)));
    assert_eq!(found.since_previous, Some(10));
    let early = Silence { since: 5, onset: 7, ..silence };
    let Outcome::Exceedance(_, until) = outcome_of(Event::Silence(early), &batch, 2.0, &all) else { panic!("nothing") };
    assert_eq!(until, Some(10), "it began before the batch");
    let shift = Shift { since: Hour::new(0), size: -1.0, usual: 0.1, returned: false };
    let above = Attention { direction: Direction::Above, ..all };
    assert!(matches!(outcome_of(Event::LevelShift(1, shift), &batch, 2.0, &above), Outcome::Nothing));
    let Outcome::Exceedance(found, None) = outcome_of(Event::LevelShift(1, shift), &batch, 2.0, &all) else {
        panic!("nothing")
    };
    assert_eq!((found.time, found.verdict.surprise, found.since_previous), (20, 2.0, Some(10)));
    assert_eq!(batch.only(0).since_previous(0), Some(5));
    assert_eq!(batch.only(2).since_previous(0), Some(20));
}

#[test]
fn what_is_no_state_is_refused() {
    let rules = rules(Attention::default());
    let (times, values) = shifted(15.0);
    for method in Method::ALL {
        let mut monitor = new_monitor(method, rules);
        monitor.scan(Batch { times: &times, values: &values, before: None }, |_| {});
        let state = state(&monitor);
        assert!(read(&state, method, rules).is_some());
        for wrong in [&[][..], &state[..state.len() - 1], &state[4..]] {
            assert!(read(wrong, method, rules).is_none());
        }
        let other = Method::ALL.into_iter().find(|other| *other != method).unwrap();
        assert!(read(&state, other, rules).is_none(), "a state of another method");
    }
}

#[test]
fn incidents_are_named_by_their_series_and_place() {
    let (times, values) = shifted(15.0);
    let named = |source: &str, model_version: u32| {
        let id = SeriesId { source: source.into(), ..id() };
        let mut monitor = Monitor::new(id, Method::Classic, Rules::new(0.5, Zone::UTC));
        monitor.begin_live(model_version);
        // each exceedance is an incident, and some have the same time
        let times: Vec<Millis> = times.iter().map(|time| time.div_euclid(HOUR) * HOUR).collect();
        monitor.scan(Batch { times: &times, values: &values, before: None }, |_| {});
        monitor.into_incidents().into_iter().map(|incident| incident.id).collect::<Vec<_>>()
    };
    let ids = named("a", 0);
    assert_eq!(ids, named("a", 0));
    let mut different = [ids.clone(), named("b", 0), named("a", 1)].concat();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), 3 * ids.len());
}

proptest! {
    /// However the data are cut into pieces, and whether they are scanned or pushed, the incidents are the same.
    #[test]
    fn any_chopping_gives_the_same_incidents(
        seed in 0u64..20, piece in 1usize..700, from in 200.0..300.0_f64, hours in 0.0..10.0_f64, size in -20.0..20.0_f64,
    ) {
        let data = series(seed, 16, |hour, value| {
            let silent = hour >= from && hour < from + hours;
            (!silent).then_some(if hour >= 320.0 { value + size } else { value })
        });
        let expected = incidents(rules(Attention::default()), &data);
        let mut monitor = new_monitor(Method::Adaptive2, rules(Attention::default()));
        let mut pushed = new_monitor(Method::Adaptive2, rules(Attention::default()));
        let mut before = None;
        for (times, values) in data.0.chunks(piece).zip(data.1.chunks(piece)) {
            let batch = Batch { times, values, before };
            monitor.scan(batch, |_| {});
            (0..times.len()).for_each(|index| { pushed.push(batch.only(index), |_| {}); });
            before = times.last().copied();
        }
        prop_assert_eq!(&monitor.into_incidents(), &expected);
        prop_assert_eq!(&pushed.into_incidents(), &expected);
    }

    /// A monitor that was put away between pieces goes on with the same bits: the same is found, the last incident is the
    /// same, and so is the state at the end. This holds for every method.
    #[test]
    fn a_state_goes_on_as_if_nothing_had_been(
        seed in 0u64..20, piece in 1usize..900, from in 200.0..300.0_f64, hours in 0.0..10.0_f64, size in -20.0..20.0_f64,
        method in prop::sample::select(Method::ALL.to_vec()),
    ) {
        let (times, values) = series(seed, 16, |hour, value| {
            let silent = hour >= from && hour < from + hours;
            (!silent).then_some(if hour >= 320.0 { value + size } else { value })
        });
        let rules = rules(Attention::default());
        let follow = |length: usize, keep: bool| {
            let mut monitor = new_monitor(method, rules);
            let (mut found, mut before) = (Vec::new(), None);
            for (times, values) in times.chunks(length).zip(values.chunks(length)) {
                if keep {
                    monitor = read(&state(&monitor), method, rules).unwrap();
                }
                let batch = Batch { times, values, before };
                monitor.scan(batch, |reported| found.push((*reported.exceedance, reported.role, reported.place)));
                before = times.last().copied();
            }
            let incident = monitor.last_incident().cloned();
            (found, incident, state(&monitor))
        };
        prop_assert_eq!(follow(piece, true), follow(times.len(), false));
    }
}
