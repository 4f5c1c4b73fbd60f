//! `adaptive@1` says what its executable specification says, value by value. See `README.md` beside this file.

use trebuchet_ad::domain::detector::{Detector, Method, Rules};
use trebuchet_ad::domain::zone::Zone;

/// What may differ: rounding of transcendental functions.
const TOLERANCE: f64 = 1e-9;

#[test]
fn every_figure_is_that_of_the_specification() {
    let input = include_str!("input.csv").lines().skip(1);
    let expected = include_str!("expected.csv").lines().skip(1);
    let scale = {
        let values: Vec<f64> = input.clone().map(|line| line.split_once(',').unwrap().1.parse().unwrap()).collect();
        values.iter().map(|x| x.abs()).sum::<f64>() / values.len() as f64
    };
    let mut detector = Detector::new(Method::Adaptive, Rules::new(2.5, Zone::UTC));
    let (mut judged, mut exceedances) = (0, 0);
    for (input, expected) in input.zip(expected) {
        let (time, value) = input.split_once(',').unwrap();
        let time = chrono::DateTime::parse_from_rfc3339(time).unwrap().timestamp_millis();
        let verdict = detector.push(time, value.parse().unwrap(), |_, _| {});
        let fields: Vec<&str> = expected.split(',').collect();
        let [_, _, _, surprise, channel, quantity, usual, usual_std, expected, lower, upper, _] = fields[..] else {
            panic!("a line of expected.csv has {} fields", fields.len());
        };
        let same = |ours: Option<f64>, theirs: &str, what: &str| match (ours, theirs.parse::<f64>()) {
            (Some(ours), Ok(theirs)) => {
                let allowed = TOLERANCE * theirs.abs().max(if what == "surprise" { 1.0 } else { scale });
                assert!((ours - theirs).abs() <= allowed, "{input}: {what} {ours}, specified {theirs}");
            }
            (ours, _) => assert!(ours.is_none() && theirs.is_empty(), "{input}: {what} {ours:?}, specified {theirs}"),
        };
        let deciding = verdict.deciding;
        same(Some(verdict.surprise), surprise, "surprise");
        same(Some(verdict.expected), expected, "expected");
        same(deciding.map(|deciding| deciding.quantity), quantity, "quantity");
        same(deciding.map(|deciding| deciding.usual), usual, "usual");
        same(deciding.map(|deciding| deciding.usual_std), usual_std, "usual_std");
        same(verdict.limits.ends().map(|ends| ends.0), lower, "lower limit");
        same(verdict.limits.ends().map(|ends| ends.1), upper, "upper limit");
        assert_eq!(deciding.map_or("", |deciding| deciding.channel.name()), channel, "{input}");
        judged += usize::from(deciding.is_some());
        exceedances += usize::from(verdict.exceedance);
    }
    assert!(judged > 1500 && exceedances > 3, "the fixture has {judged} judged values, {exceedances} exceedances");
}
