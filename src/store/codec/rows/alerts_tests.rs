//! Tests of [`super`].

use super::*;
use crate::domain::digest::{Sha256, StateDigest};
use crate::domain::hour::Hour;
use crate::domain::identity::Identity;
use crate::domain::measurement::HOUR;
use crate::domain::measurement::{Aggregation, Millis};

fn alert(parameter: &str, time: Millis) -> Alert {
    let aggregation = Aggregation::None;
    let (dataset, rule) = ("a/b/1", "adaptive@1");
    let identity = Identity { dataset, parameter, aggregation, time, rule, model_version: 2, place: 0 };
    let deciding = Deciding { channel: Channel::Step, quantity: -21_953.0, usual: 4_100.0, usual_std: 900.0 };
    let limits = Limits::Between { lower: -1.5, upper: f64::from(3) };
    let tier = Tier::HourOfDay;
    let verdict = Verdict { surprise: 7.25, deciding: Some(deciding), expected: 0.1, limits, exceedance: true, tier };
    Alert {
        id: identity.alert(),
        incident: identity.incident(),
        opens_incident: true,
        parameter: parameter.into(),
        aggregation,
        exceedance: Exceedance { time, finding: Finding::Value(12.5), verdict, since_previous: Some(60_000) },
        kind: Kind::LevelShift,
        side: Some(Side::Below),
        slot: Some(SlotFigures { slot: 167, mean: 1.0, std_dev: Some(0.5), count: 2, weeks: 1 }),
        ema: 11.0,
        severity: Severity::of(7.25, 2.5, HOUR),
        text: "fell 21,953 in 30 minutes".to_owned(),
        rule: "adaptive@1".into(),
        model_version: 2,
        settings_digest: Sha256::of(b"settings"),
        state_digest: StateDigest::before_all(parameter, &[]),
        tool_version: "0.1.0".into(),
        origin: Some(Origin { object: "raw/x/000000.parquet".into(), sha256: Sha256::of(b"raw"), row: 5 }),
    }
}

/// With everything missing that may be.
fn bare(parameter: &str, time: Millis, limits: Limits) -> Alert {
    let mut alert = alert(parameter, time);
    alert.exceedance.since_previous = None;
    alert.exceedance.verdict.deciding = None;
    alert.exceedance.verdict.limits = limits;
    (alert.side, alert.slot, alert.origin) = (None, None, None);
    alert.opens_incident = false;
    alert
}

#[test]
fn alerts_read_back() {
    let mut single = alert("d", HOUR);
    single.slot = single.slot.map(|slot| SlotFigures { std_dev: None, ..slot });
    single.aggregation = Aggregation::Count;
    let alerts =
        vec![alert("b", HOUR - 5), bare("a", HOUR + 2, Limits::Learning), bare("c", HOUR, Limits::Nothing), single];
    let encoded = encode(alerts.iter().rev()).unwrap();
    assert_eq!(read("x", encoded.bytes).unwrap(), alerts);
    for few in [&alerts[..0], &alerts[1..2]] {
        assert_eq!(read("x", encode(few.iter()).unwrap().bytes).unwrap(), few);
    }
}

#[test]
fn silences_and_level_shifts_read_back() {
    let silence = Silence { since: 5, onset: HOUR, usual: 0.25, usual_std: 0.5, surprise: 3.5 };
    let shift = |returned| Shift { since: Hour::new(473_000), size: -5.5, usual: 1.25, returned };
    let shifted = |returned| Exceedance::of_shift(HOUR, shift(returned), 2.5, None);
    let found = [Exceedance::of_silence(silence), shifted(false), shifted(true)];
    let alerts: Vec<Alert> = (["a", "b", "c"].into_iter().zip(found))
        .map(|(parameter, exceedance)| Alert { exceedance, ..bare(parameter, HOUR, Limits::Learning) })
        .collect();
    assert_eq!(read("x", encode(alerts.iter()).unwrap().bytes).unwrap(), alerts);
}

#[test]
fn pointers_and_the_version_do_not_change_the_name() {
    let digest = |change: fn(&mut Alert)| {
        let mut alert = alert("a", 0);
        change(&mut alert);
        encode(std::iter::once(&alert)).unwrap().digest
    };
    let same = digest(|_| {});
    assert_eq!(digest(|alert| alert.origin = None), same);
    assert_eq!(digest(|alert| alert.tool_version = "9".into()), same);
    assert_ne!(digest(|alert| alert.text.push('!')), same);
    assert_ne!(digest(|alert| alert.opens_incident = false), same);
    assert_ne!(digest(|alert| alert.aggregation = Aggregation::Count), same);
}

/// The lists by which names are read back: who adds a channel must add it there.
#[test]
fn every_name_reads_back() {
    let distinct = |names: Vec<&str>| names.iter().collect::<std::collections::BTreeSet<_>>().len() == names.len();
    assert!(distinct(Channel::ALL.map(Channel::name).to_vec()));
    for channel in Channel::ALL {
        match channel {
            Channel::Fast | Channel::Slow | Channel::Point | Channel::Step => {}
            Channel::Value | Channel::Local | Channel::Long | Channel::Slot => {}
        }
    }
}
