//! Generated histories for the comparison of files with stores: what is in them, where training ends, and how they come.

use std::collections::BTreeMap;

use chrono::DateTime;
use clap::ValueEnum;
use serde_json::{Value, json};
use trebuchet_ad::cli::generate::PresetArg;
use trebuchet_ad::domain::measurement::{HOUR, Millis};
use trebuchet_ad::store::layout::Layout;

use super::data::Dice;
use super::harness::Sandbox;

/// One history, and how it is judged.
#[derive(Clone, Debug)]
pub struct Case {
    /// The preset of `generate`.
    pub preset: PresetArg,
    /// The first day.
    pub from: &'static str,
    /// More flags of `generate`.
    pub flags: &'static str,
    pub timezone: &'static str,
    /// How `detect FILE` judges, as flags.
    pub rules: &'static str,
    /// The same as the settings of a store say it.
    pub detection: Value,
    /// Training ends within the first anomaly of this kind in the second half of the first 20 days.
    pub trained_within: &'static str,
    pub layout: Layout,
    /// The lengths of runs, in hours: each cut takes its runs from them by chance.
    pub cuts: &'static [&'static [i64]],
    /// What the history must contain, so that the comparison is about something.
    pub contains: &'static [&'static str],
}

/// The records of a history.
#[derive(Debug)]
pub struct History {
    /// In the order in which they come.
    lines: Vec<String>,
    /// The end of training.
    pub trained: Millis,
    /// The end of the last hour.
    pub end: Millis,
}

/// How many days a history has.
const DAYS: i64 = 35;

/// No training ends before this day.
const TRAINED: i64 = 14;

/// The time of a text as RFC 3339.
pub fn millis(text: &str) -> Millis {
    DateTime::parse_from_rfc3339(text).unwrap_or_else(|error| panic!("{text}: {error}")).timestamp_millis()
}

/// A time as RFC 3339 in UTC.
pub fn rfc3339(time: Millis) -> String {
    DateTime::from_timestamp_millis(time).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

impl History {
    /// Generates the history of a case.
    pub fn generate(sandbox: &Sandbox, case: &Case) -> Self {
        let Case { from, flags, timezone, .. } = case;
        let preset = case.preset.to_possible_value().unwrap();
        let preset = preset.get_name();
        let arguments = format!(
            "generate --preset {preset} --from {from} --days {DAYS} --timezone {timezone} --every 10m --parameters 4 \
             --anomalies 4 --late 3% --duplicates 2% --missing 2% --output all.ndjson {flags}"
        );
        let made = sandbox.run(&arguments);
        assert_eq!(made.code, 0, "{}", made.stderr);
        let lines: Vec<String> =
            String::from_utf8(sandbox.read("all.ndjson")).unwrap().lines().map(str::to_owned).collect();
        let times: Vec<Millis> = lines.iter().map(|line| time(line)).collect();
        assert!(!times.is_sorted(), "some come late");
        assert!(lines.windows(2).any(|pair| pair[0] == pair[1]), "some come twice");
        let start = times.iter().min().unwrap().div_euclid(HOUR) * HOUR;
        let end = (times.iter().max().unwrap().div_euclid(HOUR) + 1) * HOUR;
        let trained = within(sandbox, case.trained_within, start + TRAINED * 24 * HOUR);
        let mut history = Self { lines, trained, end };
        // where training ends, and at the end of all
        history.close(trained);
        history.close(end);
        history
    }

    /// Adds records in the last millisecond before a time: one of a parameter of its own, and one of each parameter that is
    /// counted. A file ends with its last record, a store with an hour. With these records both end at the same time, and
    /// both count the same minutes.
    fn close(&mut self, end: Millis) {
        let mut records = BTreeMap::from([("closing".to_owned(), json!({"kind": "metric", "closing": 1}))]);
        for line in &self.lines {
            let mut record: Value = serde_json::from_str(line).unwrap();
            if let Some(name) = record["event"].as_str().or(record["level"].as_str()).map(str::to_owned) {
                records.entry(name).or_insert_with(|| record.take());
            }
        }
        let place = self.lines.iter().position(|line| time(line) >= end).unwrap_or(self.lines.len());
        let closing = records.into_values().map(|mut record| {
            record.as_object_mut().unwrap().remove("timestamp");
            format!("{{\"timestamp\":\"{}\",{}", rfc3339(end - 1), &record.to_string()[1..])
        });
        self.lines.splice(place..place, closing.collect::<Vec<_>>());
    }

    /// All records as a file.
    pub fn whole(&self) -> String {
        text(&self.lines)
    }

    /// The records before the end of training as a file.
    pub fn before(&self) -> String {
        text(&self.lines.iter().filter(|line| time(line) < self.trained).cloned().collect::<Vec<_>>())
    }

    /// The records in several files. Of each record all copies are in one file: copies in two sources are the same record to
    /// a store, which holds as many as the richest source has.
    pub fn files(&self, dice: &mut Dice) -> Vec<String> {
        let mut cuts: Vec<usize> = (0..4).map(|_| 1 + dice.below(self.lines.len() - 1)).collect();
        cuts.retain(|cut| self.lines[*cut] != self.lines[cut - 1]);
        cuts.extend([0, self.lines.len()]);
        cuts.sort_unstable();
        let mut files: Vec<String> = cuts.windows(2).map(|cut| text(&self.lines[cut[0]..cut[1]])).collect();
        dice.shuffle(&mut files);
        files
    }

    /// Cuts the hours after training into runs: their ends.
    pub fn cut(&self, lengths: &[i64], dice: &mut Dice) -> Vec<Millis> {
        let mut ends = Vec::new();
        let mut end = self.trained;
        while end < self.end {
            end = (end + lengths[dice.below(lengths.len())] * HOUR).min(self.end);
            ends.push(end);
        }
        ends
    }
}

fn text(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

fn time(line: &str) -> Millis {
    millis(line.split('"').nth(3).unwrap())
}

/// The beginning of the second hour after the beginning of the first anomaly of this kind from a time on.
fn within(sandbox: &Sandbox, kind: &str, from: Millis) -> Millis {
    let truth = String::from_utf8(sandbox.read("all.truth.ndjson")).unwrap();
    let anomalies = truth.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let starts =
        anomalies.filter(|anomaly| anomaly["kind"] == kind).map(|anomaly| millis(anomaly["start"].as_str().unwrap()));
    let start = starts.filter(|start| *start >= from).min().unwrap_or_else(|| panic!("no {kind}: {truth}"));
    (start.div_euclid(HOUR) + 2) * HOUR
}

/// In spring: clocks change after training, which ends in a silence. What is counted is rare or frequent.
pub fn web() -> Case {
    Case {
        preset: PresetArg::Web,
        from: "2024-03-10",
        flags: "--seed 5 --events 0.05/h --logs 3/h",
        timezone: "Europe/Zurich",
        rules: "",
        detection: json!({"method": "adaptive@2"}),
        trained_within: "silence",
        layout: Layout::Compact,
        cuts: &[&[1, 2, 3, 5, 30, 70], &[24, 48]],
        contains: &["goes on", "told again", "silence", "level shift", "count"],
    }
}

/// In autumn: clocks change after training, which ends before a new level is taken over.
pub fn batch() -> Case {
    Case {
        preset: PresetArg::Batch,
        from: "2024-10-06",
        flags: "--seed 2 --noise heavy",
        timezone: "Europe/Zurich",
        rules: "--direction above --min-change 1%",
        detection: json!({"method": "adaptive@2",
            "rules": [{"parameters": "*", "direction": "above", "least_relative_change": 0.01}]}),
        trained_within: "level-shift",
        layout: Layout::Compact,
        cuts: &[&[7, 11, 40]],
        contains: &["goes on", "silence", "level shift"],
    }
}

/// Clocks change in training. By a low threshold most values are exceedances, so that most verdicts are compared.
pub fn iot() -> Case {
    Case {
        preset: PresetArg::Iot,
        from: "2024-03-24",
        flags: "--seed 7 --trend 5%/week",
        timezone: "Europe/Zurich",
        rules: "--threshold 0.05",
        detection: json!({"method": "adaptive@2", "threshold": 0.05}),
        trained_within: "drift",
        layout: Layout::Compact,
        cuts: &[&[1, 20, 50]],
        contains: &["goes on", "most values"],
    }
}

/// Whole numbers, many of them equal.
pub fn flat() -> Case {
    Case {
        preset: PresetArg::Flat,
        from: "2024-01-01",
        flags: "--seed 8 --noise counts --logs 6/h",
        timezone: "UTC",
        rules: "",
        detection: json!({"method": "adaptive@2"}),
        trained_within: "variance-burst",
        layout: Layout::Full,
        cuts: &[&[17, 60, 100]],
        contains: &["goes on", "level shift", "count"],
    }
}
