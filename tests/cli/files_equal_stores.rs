//! Detection in files and detection in a store find the same, bit for bit.
//!
//! A file is judged from its first value on. A store is trained on the beginning of the same history, and detects the rest,
//! in one run or in many. Two things differ by design, and both only at the end of training:
//!
//! - Nobody was told of the incidents of training. Where an incident of the file began in it and goes on after it, the store
//!   opens an incident with the first exceedance after training.
//! - A silence that is under way at the end of training, and lasts for the hour that follows, is told again, as of that time.
//!
//! What the file knows at the end of training a second file shows, which ends there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::ValueEnum;
use serde_json::{Value, json};
use trebuchet_ad::cli::generate::PresetArg;
use trebuchet_ad::domain::alert::Alert;
use trebuchet_ad::domain::detector::Limits;
use trebuchet_ad::domain::incident::Finding;
use trebuchet_ad::domain::measurement::{HOUR, Millis};
use trebuchet_ad::store::Store;
use trebuchet_ad::store::codec::rows::alerts;
use trebuchet_ad::store::layout::DataType;
use trebuchet_ad::store::runs;

use super::data::Dice;
use super::equal_history::{self, Case, History, millis, rfc3339};
use super::filled::{dataset, init};
use super::harness::Sandbox;

/// A value with what was said of it: time, value, surprise, channel, expected, lower and upper limit. Numbers are texts that
/// give the same bits when they are read.
type Point = (Millis, [String; 6]);

/// What `--scores` says of the values of each parameter from the end of training on.
#[derive(Debug, Default)]
struct Scores {
    /// How many there are.
    values: u64,
    /// The time of the first value.
    first: BTreeMap<String, Millis>,
    /// Those that are exceedances.
    exceedances: BTreeMap<String, Vec<Point>>,
}

/// What both sides found.
struct Compared {
    trained: Millis,
    /// The incidents of the whole file, and of the file that ends with training.
    whole: Vec<Value>,
    before: Vec<Value>,
    scores: Scores,
    /// The incidents of the store, and its alerts.
    stored: Vec<Value>,
    alerts: Vec<Alert>,
    /// What the comparison was about.
    seen: BTreeSet<&'static str>,
}

/// The incidents of a document.
fn incidents(document: &Value) -> Vec<Value> {
    document["incidents"].as_array().unwrap().clone()
}

fn text<'a>(incident: &'a Value, key: &str) -> &'a str {
    incident[key].as_str().unwrap_or_else(|| panic!("{key}: {incident:#}"))
}

fn time(incident: &Value, key: &str) -> Millis {
    millis(text(incident, key))
}

/// The incident of a store as a file tells it, but for the place and for the id, which is made from the place and the model.
fn as_of_file(stored: &Value, file: &Value) -> Value {
    let keys = file.as_object().unwrap().keys().filter(|key| !["file", "id"].contains(&key.as_str()));
    keys.map(|key| (key.clone(), stored.get(key).cloned().unwrap_or_else(|| panic!("no {key}: {stored:#}")))).collect()
}

fn without_place(incident: &Value) -> Value {
    as_of_file(incident, incident)
}

/// The incidents of a parameter, the earliest first.
fn of<'a>(incidents: &'a [Value], parameter: &str) -> Vec<&'a Value> {
    let mut all: Vec<&Value> = incidents.iter().filter(|incident| incident["parameter"] == parameter).collect();
    all.sort_by_key(|incident| time(incident, "start"));
    all
}

impl Scores {
    fn read(csv: &[u8], from: Millis) -> Self {
        let mut scores = Self::default();
        for row in csv::Reader::from_reader(csv).records() {
            let row = row.unwrap();
            let time = millis(&row[0]);
            if time < from {
                continue;
            }
            scores.values += 1;
            scores.first.entry(row[1].to_owned()).or_insert(time);
            let [score, surprise] = [&row[3], &row[4]].map(|number| number.parse::<f64>().unwrap());
            // the score of a further point of an incident is 0, although it surprises
            if &row[9] == "1" || (score == 0.0 && surprise > 0.0) {
                let point = [2, 4, 5, 6, 7, 8].map(|column| row[column].to_owned());
                scores.exceedances.entry(row[1].to_owned()).or_default().push((time, point));
            }
        }
        scores
    }
}

/// An alert as scores tell it, if it is about a value.
fn point(alert: &Alert) -> Option<Point> {
    let Finding::Value(value) = alert.exceedance.finding else { return None };
    let verdict = &alert.exceedance.verdict;
    let number = |number: f64| format!("{number:?}");
    let (lower, upper) = match verdict.limits {
        Limits::Between { lower, upper } => (number(lower), number(upper)),
        Limits::Learning | Limits::Nothing => (String::new(), String::new()),
    };
    let channel = verdict.deciding.map_or("", |deciding| deciding.channel.name()).to_owned();
    let point = [number(value), number(verdict.surprise), channel, number(verdict.expected), lower, upper];
    Some((alert.exceedance.time, point))
}

/// The alerts of a store, by parameter and time; those of the same time in the order in which they are kept.
fn alerts_of(store: &Store) -> Vec<Alert> {
    let runs = runs::list(store, &dataset()).unwrap();
    let mut all = Vec::new();
    for (name, used) in runs::visible_of(store, &runs, DataType::Alerts).unwrap() {
        let key = name.key();
        all.extend(alerts::read(&key, store.read_verified(&key, &used.sha256).unwrap()).unwrap());
    }
    all.sort_by(|a, b| (&a.parameter, a.exceedance.time).cmp(&(&b.parameter, b.exceedance.time)));
    all
}

impl Compared {
    /// Values, limits and verdicts: each exceedance of a value in the one is one in the other, with the same numbers. So what
    /// is within its limits in the one is so in the other.
    fn same_exceedances(&self) {
        let mut stored: BTreeMap<String, Vec<Point>> = BTreeMap::new();
        for alert in &self.alerts {
            if let Some(point) = point(alert) {
                stored.entry(alert.parameter.to_string()).or_default().push(point);
            }
        }
        let mut wanted = self.scores.exceedances.clone();
        for points in stored.values_mut().chain(wanted.values_mut()) {
            points.sort();
        }
        assert_eq!(stored.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
        for (parameter, wanted) in &wanted {
            for (stored, wanted) in stored[parameter].iter().zip(wanted) {
                assert_eq!(stored, wanted, "exceedance of {parameter}");
            }
            assert_eq!(stored[parameter].len(), wanted.len(), "number of exceedances of {parameter}");
        }
    }

    /// Incidents: those that begin after training are the same in all that a file tells, and in the same order; one that began
    /// before goes on in the store as it must.
    fn same_incidents(&mut self) {
        let mut after_training = Vec::new();
        let parameters: BTreeSet<String> = self.scores.first.keys().cloned().collect();
        for parameter in &parameters {
            let (whole, stored) = (of(&self.whole, parameter), of(&self.stored, parameter));
            let (earlier, later): (Vec<_>, Vec<_>) =
                whole.into_iter().partition(|incident| time(incident, "start") < self.trained);
            let until = later.first().map_or(Millis::MAX, |next| time(next, "start"));
            let goes_on = self.goes_on(parameter, earlier.last().copied(), stored.first().copied(), until);
            self.seen.extend(goes_on.iter().copied());
            let stored = &stored[usize::from(!goes_on.is_empty())..];
            for (stored, file) in stored.iter().zip(&later) {
                assert_eq!(as_of_file(stored, file), without_place(file), "incident of {parameter}");
            }
            assert_eq!(stored.len(), later.len(), "incidents of {parameter} after training: {stored:#?} {later:#?}");
            after_training
                .extend(later.into_iter().map(|incident| (parameter.clone(), text(incident, "start").to_owned())));
        }
        let name = |incident: &Value| (text(incident, "parameter").to_owned(), text(incident, "start").to_owned());
        let order = |incidents: &[Value]| -> Vec<_> {
            incidents.iter().map(name).filter(|name| after_training.contains(name)).collect()
        };
        assert_eq!(order(&self.stored), order(&self.whole), "the worst come first");
    }

    /// What becomes in the store of the incident that was the last one of a parameter in training, `file`. The next incident of
    /// the file begins at `until`. Returns what was seen of it: nothing where the store must know nothing of it.
    fn goes_on(
        &self,
        parameter: &str,
        file: Option<&Value>,
        stored: Option<&Value>,
        until: Millis,
    ) -> Vec<&'static str> {
        let at_end = of(&self.before, parameter).last().copied();
        assert_eq!(at_end.map(|incident| &incident["start"]), file.map(|incident| &incident["start"]));
        let (Some(at_end), Some(file)) = (at_end, file) else { return Vec::new() };
        // only a silence lasts to the last millisecond: there is no value then
        let silent = time(at_end, "end") == self.trained - 1;
        let told_again = silent && self.scores.first[parameter] >= self.trained + HOUR;
        let number = |incident: &Value| incident["exceedances"].as_u64().unwrap();
        let exceedances = number(file) - number(at_end) + u64::from(told_again);
        if exceedances == 0 {
            return Vec::new();
        }
        let stored = stored.unwrap_or_else(|| panic!("the store has no incident of {parameter}: {file:#}"));
        assert_eq!((number(stored), &stored["end"]), (exceedances, &file["end"]), "{stored:#} {file:#}");
        let start = time(stored, "start");
        let none = Vec::new();
        let all = self.scores.exceedances.get(parameter).unwrap_or(&none);
        let values: Vec<&Point> = all.iter().filter(|(time, _)| *time < until).collect();
        if told_again {
            assert_eq!(start, self.trained, "{stored:#}");
            assert!(
                stored["value"].is_null() && stored["quantity"].as_f64() > at_end["quantity"].as_f64(),
                "{stored:#}"
            );
            if at_end["kind"] == "silence" && number(at_end) == 1 {
                for key in ["surprise", "usual", "usual_std"] {
                    assert_eq!(stored[key], at_end[key], "{key}: {stored:#} {at_end:#}");
                }
            }
            return vec!["goes on", "told again"];
        }
        if let (Some((first, point)), true) = (values.first(), values.len() as u64 == exceedances) {
            let surprise = |point: &[String; 6]| point[1].parse::<f64>().unwrap();
            assert_eq!(start, *first, "{stored:#}");
            assert_eq!(stored["value"].as_f64(), point[0].parse().ok(), "{stored:#}");
            assert_eq!(stored["surprise"].as_f64(), Some(surprise(point)), "{stored:#}");
            let most = values.iter().map(|(_, point)| surprise(point)).fold(0.0, f64::max);
            assert_eq!(stored["peak"]["surprise"].as_f64(), Some(most), "{stored:#}");
        } else {
            assert!((self.trained..until).contains(&start), "{stored:#}");
        }
        vec!["goes on"]
    }

    /// The alerts of the store are those that its incidents consist of, with the same numbers and texts.
    fn incidents_consist_of_alerts(&mut self) {
        let mut groups: BTreeMap<String, Vec<&Alert>> = BTreeMap::new();
        for alert in &self.alerts {
            groups.entry(alert.incident.to_string()).or_default().push(alert);
        }
        assert_eq!(groups.len(), self.stored.len(), "number of incidents");
        let mut openers: BTreeMap<(String, Millis), Vec<&Alert>> = BTreeMap::new();
        for group in groups.into_values() {
            let opener: Vec<_> = group.iter().filter(|alert| alert.opens_incident).collect();
            let [alert] = opener[..] else { panic!("{} alerts open an incident: {group:#?}", opener.len()) };
            openers.insert((alert.parameter.to_string(), alert.exceedance.time), group);
        }
        for incident in &self.stored {
            let group = &openers[&(text(incident, "parameter").to_owned(), time(incident, "start"))];
            let alert = group.iter().find(|alert| alert.opens_incident).unwrap();
            assert_eq!(incident["id"], json!(alert.incident.to_string()), "{incident:#}");
            assert_eq!(incident["exceedances"], json!(group.len()), "{incident:#}");
            assert_eq!(incident["surprise"].as_f64(), Some(alert.exceedance.verdict.surprise), "{incident:#}");
            if let Some((_, point)) = point(alert) {
                for (key, number) in ["value", "expected", "lower_limit", "upper_limit"].into_iter().zip([0, 3, 4, 5]) {
                    let number = point[number].parse().ok().filter(|number: &f64| number.is_finite());
                    assert_eq!(incident[key].as_f64(), number, "{key}: {incident:#}");
                }
                let deciding = alert.exceedance.verdict.deciding.unwrap();
                let numbers = [deciding.quantity, deciding.usual, deciding.usual_std];
                for (key, number) in ["quantity", "usual", "usual_std"].into_iter().zip(numbers) {
                    assert_eq!(incident[key].as_f64(), Some(number), "{key}: {incident:#}");
                }
            }
            let most = group.iter().map(|alert| alert.exceedance.verdict.surprise).fold(0.0, f64::max);
            let peak = group.iter().filter(|alert| alert.exceedance.verdict.surprise == most);
            let peak = peak.map(|alert| alert.exceedance.time).min();
            assert_eq!(incident["peak"]["surprise"].as_f64(), Some(most), "{incident:#}");
            assert_eq!(Some(time(&incident["peak"], "time")), peak, "{incident:#}");
            if incident["shift"].is_null() {
                assert_eq!(text(incident, "text"), alert.text, "{incident:#}");
            } else {
                self.seen.insert("level shift");
                let shifted = group.iter().find_map(|alert| match alert.exceedance.finding {
                    Finding::LevelShift(shift) if alert.exceedance.time == time(&incident["shift"], "taken_over") => {
                        Some(shift)
                    }
                    _ => None,
                });
                let shift = shifted.unwrap_or_else(|| panic!("no change of level: {incident:#} {group:#?}"));
                assert_eq!(incident["shift"]["size"].as_f64(), Some(shift.size), "{incident:#}");
                assert_eq!(incident["shift"]["usual"].as_f64(), Some(shift.usual), "{incident:#}");
            }
            if incident["kind"] == "silence" && time(incident, "start") > self.trained {
                self.seen.insert("silence");
            }
            if incident["aggregation"] == "count" {
                self.seen.insert("count");
            }
        }
    }
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            std::fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

fn compare(case: &Case) {
    let sandbox = Sandbox::in_memory();
    let history = History::generate(&sandbox, case);
    let dice = &mut Dice(history.trained as u64);
    let History { trained, end, .. } = history;
    let run = |arguments: &str| {
        let output = sandbox.command(arguments).env("TREBUCHET_NOW", rfc3339(end + HOUR)).output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let json = |arguments: &str| serde_json::from_slice::<Value>(&run(arguments)).unwrap();

    std::fs::write(sandbox.path("whole.ndjson"), history.whole()).unwrap();
    std::fs::write(sandbox.path("before.ndjson"), history.before()).unwrap();
    let how = format!("--format json --timezone {} {}", case.timezone, case.rules);
    let whole = json(&format!("detect whole.ndjson {how}"));
    assert_eq!(json(&format!("detect whole.ndjson {how} --scores scores.csv")), whole, "scores change nothing");
    let before = json(&format!("detect before.ndjson {how}"));
    let scores = Scores::read(&sandbox.read("scores.csv"), trained);

    let store = init(&sandbox, "one", case.layout, |settings| {
        settings.timezone = case.timezone.to_owned();
        settings.detection = serde_json::from_value(case.detection.clone()).unwrap();
    });
    let files = history.files(dice);
    for (number, content) in files.iter().enumerate() {
        std::fs::write(sandbox.path(&format!("{number}.ndjson")), content).unwrap();
        run(&format!("ingest --store one {number}.ndjson --dataset acme/shop/1"));
    }
    run("ingest --store one 0.ndjson --dataset acme/shop/1"); // which is there already
    run(&format!("train --store one --to {}", rfc3339(trained)));
    for cut in 0..case.cuts.len() {
        copy(&sandbox.path("one"), &sandbox.path(&cut.to_string()));
    }

    // what a dry run finds a run finds, and a dry run once more
    let range = format!("--from {} --to {}", rfc3339(trained), rfc3339(end));
    let dry = json(&format!("detect --store one --format json --dry-run {range}"));
    let document = json("detect --store one --format json");
    assert_eq!(document, dry, "a dry run before");
    assert_eq!(json(&format!("detect --store one --format json --dry-run {range}")), document, "a dry run after");

    let (whole, before, stored) = (incidents(&whole), incidents(&before), incidents(&document));
    let ends = whole.iter().chain(&stored).map(|incident| time(incident, "end"));
    assert!(ends.max().unwrap() < end - 1, "a silence at the end would end a millisecond earlier in the file");
    let alerts = alerts_of(&store);
    let mut compared = Compared { trained, whole, before, scores, stored, alerts, seen: BTreeSet::new() };
    compared.same_exceedances();
    compared.same_incidents();
    compared.incidents_consist_of_alerts();
    assert_eq!(document["summary"]["measurements"], json!(compared.scores.values), "values");
    assert_eq!(document["summary"]["exceedances"], json!(compared.alerts.len()), "exceedances");
    if compared.alerts.len() as u64 > compared.scores.values / 2 {
        compared.seen.insert("most values");
    }

    for (cut, lengths) in case.cuts.iter().enumerate() {
        let mut union: BTreeMap<_, Value> = BTreeMap::new();
        let ends = history.cut(lengths, dice);
        let mut start = trained;
        for end in &ends {
            let document = json(&format!("detect --store {cut} --format json --to {}", rfc3339(*end)));
            // a run tells of all that is known at its end
            let within = start..*end;
            start = *end;
            let told = compared.alerts.iter().filter(|alert| within.contains(&alert.exceedance.time)).count();
            assert_eq!(document["summary"]["exceedances"], json!(told), "exceedances of the run that ends at {end}");
            for incident in incidents(&document) {
                union.insert((text(&incident, "parameter").to_owned(), time(&incident, "start")), incident);
            }
        }
        let one_run: BTreeMap<_, Value> = compared
            .stored
            .iter()
            .cloned()
            .map(|incident| ((text(&incident, "parameter").to_owned(), time(&incident, "start")), incident))
            .collect();
        let ends: Vec<String> = ends.into_iter().map(rfc3339).collect();
        // what is news depends on where the runs are cut
        union.values_mut().for_each(|incident| drop(incident.as_object_mut().unwrap().remove("state")));
        for (key, incident) in &one_run {
            let mut incident = incident.clone();
            assert_eq!(incident.as_object_mut().unwrap().remove("state"), Some(json!("new")));
            assert_eq!(union.get(key), Some(&incident), "incident of runs that end at {ends:?}");
        }
        assert_eq!(union.len(), one_run.len(), "runs that end at {ends:?} find {:#?}", union.keys());
        let found = alerts_of(&Store::open(sandbox.path(&cut.to_string()).to_str().unwrap()).unwrap());
        for (found, wanted) in found.iter().zip(&compared.alerts) {
            assert_eq!(found, wanted, "alert of runs that end at {ends:?}");
        }
        assert_eq!(found.len(), compared.alerts.len(), "runs that end at {ends:?}");
    }
    let missing: Vec<_> = case.contains.iter().filter(|wanted| !compared.seen.contains(**wanted)).collect();
    assert!(missing.is_empty(), "nothing of {missing:?} in {case:?}, but {:?}", compared.seen);
}

#[test]
fn a_web_shop_in_spring_with_events_and_logs() {
    compare(&equal_history::web());
}

#[test]
fn batch_jobs_in_autumn_by_rules() {
    compare(&equal_history::batch());
}

#[test]
fn sensors_with_verdicts_of_most_values() {
    compare(&equal_history::iot());
}

#[test]
fn flat_counts_with_equal_values_in_the_full_layout() {
    compare(&equal_history::flat());
}

#[test]
fn every_preset_is_compared() {
    let compared = [equal_history::web(), equal_history::batch(), equal_history::iot(), equal_history::flat()];
    assert_eq!(compared.map(|case| case.preset), *PresetArg::value_variants());
}
