//! What the table shows, and that it fits.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::detector::{Channel, Deciding, Limits, Method, Verdict};
use crate::domain::incident::Exceedance;
use crate::domain::measurement::Aggregation;
use crate::domain::severity::Severity;
use crate::domain::text::columns;
use crate::domain::zone::Zone;
use crate::ui::incidents::Summary;

fn finding(name: &str, value: f64, lower: f64, upper: f64, channel: Channel, usual: f64) -> Finding {
    let deciding = Deciding { channel, quantity: value - upper, usual, usual_std: usual.abs() / 3.0 };
    let limits = if lower <= upper { Limits::Between { lower, upper } } else { Limits::Nothing };
    let verdict = Verdict { surprise: 7.0, deciding: Some(deciding), expected: lower / 3.0, limits, exceedance: true };
    let alert = Exceedance { time: 1_704_067_200_123, value, verdict, since_previous: Some(59_999) };
    let last = alert.time + 1_234_567_890;
    Finding {
        file: "file".into(),
        parameter: "parameter".into(),
        aggregation: Aggregation::None,
        name: Arc::from(name),
        incident: Incident { alert, peak: alert, last, exceedances: 12_345 },
        severity: Severity::of(300.0, 2.5, last - alert.time),
    }
}

fn lines(findings: Vec<Finding>, width: Option<usize>) -> Vec<String> {
    let summary = Summary::default();
    let report =
        Report { method: Method::Adaptive, threshold: 2.5, zone: Zone::UTC, findings, summary, evaluation: None };
    let mut text = Vec::new();
    write_table(&mut text, &report, usize::MAX, width, false).unwrap();
    String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
}

/// The numbers of `12.3, expected 4, limits 1 to 5; …`: the value and the limits, as shown.
fn shown(line: &str) -> (f64, f64, f64) {
    let number = |text: &str| text.trim().replace(',', "").parse::<f64>().unwrap();
    let (value, rest) = line.split_once(", expected ").unwrap();
    let limits = rest.split_once("; ").unwrap().0.split_once(", limits ").unwrap().1;
    let (lower, upper) = limits.split_once(" to ").unwrap();
    (number(value), number(lower), number(upper))
}

#[test]
fn long_names_lose_their_middle() {
    assert_eq!(shortened("realAWSCloudwatch/ec2_cpu_24ae8d", Some(20)), "realAWS…2_cpu_24ae8d");
    assert_eq!(shortened("short", Some(20)), "short");
    assert_eq!(shortened("no room is no limit at all in a pipe", None), "no room is no limit at all in a pipe");
    assert_eq!(shortened("温度温度温度温度温度温度", Some(11)), "温度…度温度");
}

const CHANNELS: [Channel; 5] = [Channel::Step, Channel::Point, Channel::Fast, Channel::Slow, Channel::Slot];

proptest! {
    #[test]
    fn two_lines_an_incident_that_fit_the_terminal(
        name in "[a-z温🔥\u{301}\u{1b}/]{0,120}",
        value in any::<f64>().prop_filter("readable", |value| value.abs() <= 1e150),
        range in 0.0..1e17_f64, channel in 0usize..5, width in 60usize..220, whole in any::<bool>(),
    ) {
        let value = if whole { value.trunc() } else { value };
        let upper = value - range.max(value.abs() / 1e15);
        let findings = || vec![
            finding(&name, value, upper - range, upper, CHANNELS[channel], range),
            finding("b", value, 1.0, 0.0, CHANNELS[channel], 12_345_678_901_234_567.0),
        ];
        for width in [80, width] {
            let lines = lines(findings(), Some(width));
            prop_assert_eq!(lines.len(), 4);
            for line in &lines {
                prop_assert!(columns(line) <= width, "{} columns: {line}", columns(line));
                prop_assert!(!line.contains('\x1b'), "an escape");
            }
        }
        prop_assert_eq!(lines(findings(), None).len(), 4);
    }

    /// What is shown as lying outside the limits lies outside the limits that are shown.
    #[test]
    fn values_are_shown_outside_their_limits(
        limit in -1e12..1e12_f64, below in 0.0..1e9_f64, steps in 1u32..2000, above in any::<bool>(),
    ) {
        let limit = if steps % 3 == 0 { limit.round() } else { limit };
        let outside = |x: f64| if above { x.next_up() } else { x.next_down() };
        let value = (0..steps).fold(limit, |x, _| outside(x));
        let (lower, upper) = if above { (limit - below, limit) } else { (limit, limit + below) };
        let lines = lines(vec![finding("x", value, lower, upper, Channel::Step, 5.0)], Some(400));
        let (value, lower, upper) = shown(&lines[1]);
        prop_assert!(value < lower || value > upper, "{}", lines[1]);
    }
}
