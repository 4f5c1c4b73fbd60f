//! What the table shows, and that it fits.

use std::sync::Arc;

use crate::domain::hour::Hour;
use proptest::prelude::*;

use super::*;
use crate::domain::detector::{Channel, Deciding, Limits, Method, Shift, Silence, Tier, Verdict};
use crate::domain::identity::Id;
use crate::domain::incident::{self, Exceedance, TakenOver};
use crate::domain::measurement::{Aggregation, HOUR};
use crate::domain::severity::Severity;
use crate::domain::text::columns;
use crate::domain::zone::Zone;
use crate::ui::incidents::{Source, Summary};

const TIME: Millis = 1_704_067_200_123;

fn finding(name: &str, value: f64, lower: f64, upper: f64, channel: Channel, usual: f64) -> ShownIncident {
    let deciding = Deciding { channel, quantity: value - upper, usual, usual_std: usual.abs() / 3.0 };
    let limits = if lower <= upper { Limits::Between { lower, upper } } else { Limits::Nothing };
    let tier = if upper > 0.0 { Tier::HourOfWeek } else { Tier::HourOfDay };
    let deciding = Some(deciding);
    let verdict = Verdict { surprise: 7.0, deciding, expected: lower / 3.0, limits, exceedance: true, tier };
    let finding = incident::Finding::Value(value);
    of(name, Exceedance { time: TIME, finding, verdict, since_previous: Some(59_999) }, Kind::Value)
}

fn of(name: &str, alert: Exceedance, kind: Kind) -> ShownIncident {
    let last = alert.time + 1_234_567_890;
    let id = Id::from_bits(0x3f9a_12cd_0000_0001);
    let incident = Incident { id, alert, peak: alert, last, end: last, exceedances: 12_345, kind, shift: None };
    ShownIncident {
        source: "file".into(),
        parameter: "parameter".into(),
        aggregation: Aggregation::None,
        name: Arc::from(name),
        incident,
        severity: Severity::of(300.0, 2.5, last - alert.time),
        threshold: 2.5,
        news: None,
    }
}

fn silence(name: &str, gap: Millis, usual: f64) -> ShownIncident {
    let silence = Silence { since: TIME, onset: TIME + gap, usual, usual_std: usual / 3.0, surprise: 3.0 };
    of(name, Exceedance::of_silence(silence), Kind::Silence)
}

/// A change of level that values have opened.
fn level_shift(value: f64, size: f64, returned: bool) -> ShownIncident {
    let opened = finding("shift", value, value - 2.0 * size.abs(), value - size.abs(), Channel::Value, size.abs());
    let shift = Shift { since: Hour::of(TIME), size, usual: size.abs() / 7.0, returned };
    let taken_over = TakenOver { time: TIME + 12 * HOUR, shift, back: None };
    let incident = Incident { kind: Kind::LevelShift, shift: Some(taken_over), ..opened.incident };
    ShownIncident { incident, ..opened }
}

fn lines(findings: Vec<ShownIncident>, width: Option<usize>) -> Vec<String> {
    let report = Report {
        source: Source::File,
        method: Method::Adaptive,
        threshold: 2.5,
        zone: Zone::UTC,
        incidents: findings,
        summary: Summary::default(),
        budget: None,
        evaluation: None,
    };
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

#[test]
fn what_is_no_value_is_told_in_two_lines_of_80_columns() {
    let findings = || {
        vec![
            silence("cpu", 15 * 60_000, 1.0 / 60.0),
            silence("cpu", 40 * HOUR, 12.3456),
            level_shift(115.234, 15.2, false),
            level_shift(99.9, -15.2, true),
        ]
    };
    for width in [Some(80), None] {
        let lines = lines(findings(), width);
        assert!(lines.iter().all(|line| columns(line) <= 80), "{lines:#?}");
        assert_eq!(lines[1], "  no data since 00:00:00.123; the longest gap of an hour is usually 1 min ± 20 s");
        assert_eq!(lines[3], "  no data since 2024-01-01 00:00:00.123; longest hourly gap 12 h 20 min ± 4 h");
        assert_eq!(lines[5], "  115.2, expected 28.28; level rose by 15.2 (hourly ± 2.2), usual after 12 h");
        assert_eq!(lines[7], "  99.9, expected 23.17; the level returned, it fell by 15.2");
    }
}

#[test]
fn a_short_history_is_said_where_there_is_room() {
    let text = |width| lines(vec![finding("x", -1.0, -4.0, -3.0, Channel::Step, 0.5)], Some(width)).remove(1);
    assert!(text(200).ends_with("is usually 0.5 ± 0.17; judged by the same hour of other days"), "{}", text(200));
    assert!(text(80).ends_with(", hourly max 0.5 ± 0.17, by hour of day"), "{}", text(80));
    assert!(text(70).ends_with(", hourly max 0.5 ± 0.17"), "{}", text(70));
}

proptest! {
    #[test]
    fn two_lines_an_incident_that_fit_the_terminal(
        name in "[a-z温🔥\u{301}\u{1b}/]{0,120}",
        value in any::<f64>().prop_filter("readable", |value| value.abs() <= 1e150),
        range in 0.0..1e17_f64, channel in 0usize..8, gap in 1i64..1_000_000_000_000, width in 60usize..220, whole in any::<bool>(),
    ) {
        let value = if whole { value.trunc() } else { value };
        let upper = value - range.max(value.abs() / 1e15);
        let findings = || vec![
            finding(&name, value, upper - range, upper, Channel::ALL[channel], range),
            finding("b", value, 1.0, 0.0, Channel::ALL[channel], 12_345_678_901_234_567.0),
            silence(&name, gap, range / 1e12),
            level_shift(value, range + 1.0, whole),
        ];
        for width in [80, width] {
            let lines = lines(findings(), Some(width));
            prop_assert_eq!(lines.len(), 8);
            for line in &lines {
                prop_assert!(columns(line) <= width, "{} columns: {line}", columns(line));
                prop_assert!(!line.contains('\x1b'), "an escape");
            }
        }
        prop_assert_eq!(lines(findings(), None).len(), 8);
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
