//! `detect` on a store: however it is cut into runs, the same comes out; stale hours are refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use trebuchet_ad::domain::aggregate;
use trebuchet_ad::domain::detector::Direction;
use trebuchet_ad::domain::measurement::{HOUR, MINUTE, Millis};
use trebuchet_ad::store::Store;
use trebuchet_ad::store::codec::rows::{alerts, figures, learned, state};
use trebuchet_ad::store::layout::{DataType, Layout};
use trebuchet_ad::store::runs;
use trebuchet_ad::store::settings::Rule;

use super::filled::{Noise, Row, START, dataset, init, put, put_settings, tree};
use super::harness::{Outcome, Sandbox};

const DAYS: i64 = 17;

/// Three weeks: of `cpu` and `memory` a value every ten minutes, and `errors` now and then. On the last days `cpu`
/// jumps and comes back, `memory` falls silent and comes again, and `errors` burst.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut noise = Noise::new(7);
    let mut rows = Vec::new();
    for index in 0..DAYS * 144 {
        let time = START + index * 10 * MINUTE;
        let hour = index as f64 / 6.0;
        let cycle = (hour / 24.0 * std::f64::consts::TAU).sin() * 10.0;
        let jump = if (330.0..334.0).contains(&hour) { 40.0 } else { 0.0 };
        rows.push((time, "cpu", 100.0 + cycle + noise.next() + jump, false));
        if !(350.0..361.0).contains(&hour) {
            rows.push((time, "memory", 500.0 - cycle + 3.0 * noise.next(), false));
        }
        let burst = if (380.0..381.0).contains(&hour) { 60 } else { 2 };
        rows.extend((0..burst).map(|second| (time + second * 1000, "errors", 1.0, true)));
    }
    rows
});

const TRAINED: i64 = 12;

fn day(day: i64) -> String {
    format!("2024-01-{:02}", day + 1)
}

fn filled(layout: Layout) -> (Sandbox, Store) {
    let sandbox = Sandbox::new();
    let store = init(&sandbox, "s", layout, |_| {});
    put(&store, 0, START, &ROWS);
    run(&sandbox, &format!("train --to {}", day(TRAINED)));
    (sandbox, store)
}

fn run(sandbox: &Sandbox, arguments: &str) -> Outcome {
    let outcome = at(sandbox, arguments, "2024-03-01T00:00:00Z");
    assert_eq!(outcome.code, 0, "{arguments}: {}", outcome.stderr);
    outcome
}

fn at(sandbox: &Sandbox, arguments: &str, now: &str) -> Outcome {
    let mut command = sandbox.command(&format!("{arguments} --store s"));
    let output = command.env("TREBUCHET_NOW", now).output().unwrap();
    Outcome {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// All rows of a data type that readers see, as text.
fn rows(store: &Store, data_type: DataType) -> Vec<String> {
    let runs = runs::list(store, &dataset()).unwrap();
    let mut all = Vec::new();
    for (name, used) in runs::visible_of(store, &runs, data_type).unwrap() {
        let (key, bytes) = (name.key(), store.read_verified(&name.key(), &used.sha256).unwrap());
        match data_type {
            DataType::Alerts => all.extend(alerts::read(&key, bytes).unwrap().iter().map(|row| format!("{row:?}"))),
            DataType::Learned => all.extend(learned::read(&key, bytes).unwrap().iter().map(|row| format!("{row:?}"))),
            DataType::State => all.extend(state::read(&key, bytes).unwrap().iter().map(|row| format!("{row:?}"))),
            _ => all.extend(figures::read(&key, bytes).unwrap().iter().map(|row| format!("{row:?}"))),
        }
    }
    all.sort();
    all
}

const DERIVED: [DataType; 7] = [
    DataType::Alerts,
    DataType::Hourly,
    DataType::Daily,
    DataType::Weekly,
    DataType::Monthly,
    DataType::Seasonal,
    DataType::Learned,
];

/// The rows of all data types, and the states at the frontier.
fn everything(store: &Store) -> BTreeMap<&'static str, Vec<String>> {
    let mut all: BTreeMap<&'static str, Vec<String>> =
        DERIVED.into_iter().map(|data_type| (data_type.name(), rows(store, data_type))).collect();
    let at = format!("at: {}", START + DAYS * 24 * HOUR);
    let states = rows(store, DataType::State).into_iter().filter(|row| row.contains(&at)).collect();
    all.insert("state", states);
    all
}

#[test]
fn any_cut_into_runs_and_any_layout_and_thread_count_give_the_same() {
    let (sandbox, store) = filled(Layout::Compact);
    let outcome = run(&sandbox, "detect --threads 1");
    let whole = everything(&store);
    assert_eq!(whole["hourly"].len() as i64, (DAYS - TRAINED) * 72 - 11);
    assert_eq!((whole["daily"].len(), whole["weekly"].len(), whole["state"].len()), (15, 3, 3));
    assert!(whole["alerts"].len() > 5 && whole["learned"].len() == 3 * 24 * 5, "{}", whole["alerts"].len());
    for word in ["cpu", "memory", "errors"] {
        assert!(outcome.text().contains(word), "{}", outcome.text());
    }
    assert!(outcome.stderr.contains("by model 1") && outcome.stderr.contains("next: trebuchet-ad status"));
    let again = outcome.stderr.split("again: trebuchet-ad ").nth(1).unwrap().lines().next().unwrap();
    assert_eq!(at(&sandbox, &again.replace(" --store s", ""), "2024-03-01T00:00:00Z").text(), outcome.text());
    let status = run(&sandbox, "status");
    assert!(status.text().contains(" open, newest 2024-01-"), "{}", status.text());
    for row in &whole["alerts"] {
        // of silences, changes of level, and minutes without occurrences there is no record
        let none = ["Silence", "LevelShift", "finding: Value(0.0)"].iter().any(|finding| row.contains(finding));
        assert!(none || row.contains("origin: Some"), "{row}");
    }

    let threads = filled(Layout::Compact);
    run(&threads.0, "detect --threads 4");
    assert_eq!(tree(&threads.0, "s"), tree(&sandbox, "s"));

    let (cut, cut_store) = filled(Layout::Compact);
    for to in ["2024-01-13T05:00Z", "2024-01-14T18:00Z", "2024-01-15T00:00Z", "2024-01-15T17:00Z", "2024-01-15T20:00Z"]
    {
        run(&cut, &format!("detect --to {to}"));
    }
    let last = run(&cut, "detect");
    assert_eq!(everything(&cut_store), whole);
    // what the last run found can be seen again, and nothing of those before
    let again = last.stderr.split("again: trebuchet-ad ").nth(1).unwrap().lines().next().unwrap();
    assert_eq!(run(&cut, &again.replace(" --store s", "")).text(), last.text());

    let (_full, full_store) = {
        let full = filled(Layout::Full);
        run(&full.0, "detect");
        full
    };
    assert_eq!(everything(&full_store), whole);
}

#[test]
fn a_name_that_is_both_measured_and_counted_is_two_parameters() {
    let (sandbox, store) = filled(Layout::Compact);
    run(&sandbox, "detect");
    let alone = everything(&store);
    for layout in Layout::ALL {
        let sandbox = Sandbox::new();
        let store = init(&sandbox, "s", layout, |_| {});
        let mut all = ROWS.clone();
        all.extend(ROWS.iter().filter(|row| row.1 == "errors").map(|row| (row.0, "cpu", 1.0, true)));
        put(&store, 0, START, &all);
        run(&sandbox, &format!("train --to {}", day(TRAINED)));
        run(&sandbox, "detect");
        for (name, rows) in everything(&store) {
            // the rows of records shift
            let known = |row: &String| row.split(", origin: ").next().unwrap().to_owned();
            let (counted, rest): (Vec<String>, Vec<String>) =
                rows.iter().map(known).partition(|row| row.contains("\"cpu\", aggregation: Count"));
            assert_eq!(rest, alone[name].iter().map(known).collect::<Vec<_>>(), "{name}");
            let errors = rest.iter().filter(|row| row.contains("\"errors\"")).count();
            assert_eq!(counted.len(), errors, "{name}");
        }
        let ids: Vec<String> =
            rows(&store, DataType::Alerts).iter().map(|row| row.split(", ").next().unwrap().to_owned()).collect();
        assert!(ids.iter().all(|id| id.starts_with("Alert { id: ")));
        assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
        let status = run(&sandbox, "status --format json").json();
        assert_eq!((status["parameters"].as_array().unwrap().len(), &status["stale"]), (4, &serde_json::json!([])));
    }
}

#[test]
fn intervals_are_folded_from_the_hours() {
    let (sandbox, store) = filled(Layout::Compact);
    run(&sandbox, "detect");
    let all = runs::list(&store, &dataset()).unwrap();
    let read = |data_type| {
        let mut rows = Vec::new();
        for (name, used) in runs::visible_of(&store, &all, data_type).unwrap() {
            rows.extend(figures::read(&name.key(), store.read_verified(&name.key(), &used.sha256).unwrap()).unwrap());
        }
        rows
    };
    let hours = read(DataType::Hourly);
    for (data_type, unit) in [
        (DataType::Daily, trebuchet_ad::domain::interval::Unit::Day),
        (DataType::Weekly, trebuchet_ad::domain::interval::Unit::Week),
    ] {
        for name in ["cpu", "errors", "memory"] {
            let of = |rows: &[figures::ParameterRow]| -> Vec<aggregate::Row> {
                rows.iter().filter(|row| &*row.0.name == name).map(|row| row.1).collect()
            };
            let expected = aggregate::fold(unit, &of(&hours));
            let mut found = of(&read(data_type));
            found.sort_by_key(|row| row.start);
            assert_eq!(found, expected[..found.len()]);
            assert!(!found.is_empty());
        }
    }
}

#[test]
fn what_was_detected_is_not_detected_again() {
    let (sandbox, store) = filled(Layout::Compact);
    let nothing = run(&sandbox, &format!("detect --to {}", day(TRAINED + 1)));
    assert!(nothing.stderr.contains("from 2024-01-13T00:00:00Z to 2024-01-14T00:00:00Z"), "{}", nothing.stderr);
    let before = tree(&sandbox, "s");
    let again = run(&sandbox, &format!("detect --from {} --to {}", day(TRAINED), day(TRAINED + 1)));
    assert!(again.stderr.contains("nothing to do: ") && again.stderr.contains("detected already"), "{}", again.stderr);
    assert_eq!(tree(&sandbox, "s"), before);
    // later hours go on, also where earlier ones are asked for again
    run(&sandbox, &format!("detect --from {}T06:00Z", day(TRAINED)));
    let last = run(&sandbox, "detect --dry-run --from 2024-01-16 --output found.json");
    assert!(last.code == 0 && sandbox.read("found.json").len() > 1000);
    run(&sandbox, "detect --output found.json");
    let nothing: serde_json::Value = serde_json::from_slice(&sandbox.read("found.json")).unwrap();
    assert_eq!(nothing["incidents"], serde_json::json!([]), "{nothing:#}");
    assert_eq!(run(&sandbox, "detect --format json").json(), nothing);
    let done = run(&sandbox, "detect");
    assert!(done.stderr.contains("nothing to do: detection has come to 2024-01-18T00:00:00Z"), "{}", done.stderr);

    // a budget, from which no threshold is made yet
    let budgeted = Sandbox::new();
    init(&budgeted, "s", Layout::Compact, |settings| settings.detection.budget = Some(1.0));
    for command in ["train", "detect"] {
        let refused = at(&budgeted, command, "2024-03-01T00:00:00Z");
        assert!(refused.code == 2 && refused.stderr.contains("detection.budget 1,"), "{}", refused.stderr);
    }

    // other settings
    put_settings(&store, 1, |settings| settings.detection.threshold = Some(3.0));
    let other = at(&sandbox, &format!("detect --from {}", day(TRAINED)), "2024-03-01T00:00:00Z");
    assert_eq!(other.code, 1);
    assert!(other.stderr.contains("it was detected with settings 1, but settings 2 are in force"), "{}", other.stderr);
}

#[test]
fn late_data_make_their_hour_and_all_later_ones_of_their_parameter_stale() {
    let (sandbox, store) = filled(Layout::Compact);
    run(&sandbox, &format!("detect --to {}", day(DAYS - 1)));
    let late: Millis = START + (TRAINED * 24 + 30) * HOUR + 5 * MINUTE;
    put(&store, 1, START + 1, &[(late, "cpu", 101.0, false)]);
    let before = tree(&sandbox, "s");
    let refused = at(&sandbox, &format!("detect --from {}", day(TRAINED)), "2024-03-01T00:00:00Z");
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    // from the 30th hour to the end of the day before the last
    let hours = (DAYS - 1 - TRAINED) * 24 - 30;
    assert!(refused.stderr.contains(&format!("{hours} hours of 1 parameter are stale")), "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("cpu: {hours} hours, since data of 2024-01-14T06:00:00Z came later")));
    assert!(refused.stderr.contains("replay") && !refused.stderr.contains("memory"), "{}", refused.stderr);
    assert_eq!(tree(&sandbox, "s"), before);
    // also where only later hours are asked for
    let later = at(&sandbox, &format!("detect --from {}", day(TRAINED + 3)), "2024-03-01T00:00:00Z");
    assert!(later.code == 1 && later.stderr.contains(&format!("{hours} hours of 1 parameter")), "{}", later.stderr);
    // hours before it are as they were
    let earlier = run(&sandbox, &format!("detect --from {} --to {}", day(TRAINED), day(TRAINED + 1)));
    assert!(earlier.stderr.contains("it was detected already, by the same data and settings"), "{}", earlier.stderr);
    assert_eq!(tree(&sandbox, "s"), before);
    // going on says so, and does
    let on = run(&sandbox, "detect");
    assert!(on.stderr.contains("data came late for 1 hour from 2024-01-14T06:00:00Z on"), "{}", on.stderr);
    // one for the future is no reason
    assert!(tree(&sandbox, "s").len() > before.len());
}

#[test]
fn ranges_that_make_no_sense_are_refused() {
    let (sandbox, _store) = filled(Layout::Compact);
    for (arguments, code, words) in [
        (
            "detect --from 2024-01-15",
            1,
            "detection has come to 2024-01-13T00:00:00Z: beginning at 2024-01-15T00:00:00Z would leave a hole",
        ),
        ("detect --from 2024-01-10", 1, "train --store s --to 2024-01-10T00:00:00Z"),
        ("detect --model-version 7", 1, "acme/shop/1 has no model 7"),
        ("detect --threshold 3", 2, "--dry-run"),
        ("detect --scores x.csv", 2, "--scores is for files"),
        ("detect --dry-run --method classic", 2, "stores need the method adaptive@2"),
        ("detect --from 2025-01-01", 1, "has no measurements"),
    ] {
        let refused = at(&sandbox, arguments, "2024-03-01T00:00:00Z");
        assert_eq!(refused.code, code, "{arguments}: {}", refused.stderr);
        assert!(refused.stderr.contains(words), "{arguments}: {}", refused.stderr);
    }
    let both = sandbox.run("detect x.csv --store s");
    assert!(both.code == 2 && both.stderr.contains("leave out the files"), "{}", both.stderr);
    let nowhere = sandbox.run("detect");
    assert!(nowhere.code == 2 && nowhere.stderr.contains("trebuchet-ad detect data.csv"), "{}", nowhere.stderr);
}

#[test]
fn before_live_detection_began_nothing_is_written() {
    let (sandbox, _store) = filled(Layout::Compact);
    run(&sandbox, &format!("detect --to {}", day(TRAINED + 1)));
    let before = tree(&sandbox, "s");
    let refused = at(&sandbox, "detect --from 2024-01-10", "2024-03-01T00:00:00Z");
    assert!(refused.code == 1 && !refused.stderr.contains("train --"), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("live detection of acme/shop/1 began at 2024-01-13T00:00:00Z"),
        "{}",
        refused.stderr
    );
    let refused = at(&sandbox, "detect --dry-run --from 2024-01-10", "2024-03-01T00:00:00Z");
    assert!(refused.code == 1 && refused.stderr.contains("--model-version"), "{}", refused.stderr);
    // labels that can't be read are an error before anything is detected
    let refused = at(&sandbox, "detect --labels no.json", "2024-03-01T00:00:00Z");
    assert!(refused.code != 0 && refused.stderr.contains("no.json"), "{}", refused.stderr);
    // and those about something else are one at the end
    std::fs::write(
        sandbox.path("other.json"),
        r#"{"other.csv": [["2024-01-14 00:00:00", "2024-01-14 02:00:00"]], "x.csv": []}"#,
    )
    .unwrap();
    assert_eq!(tree(&sandbox, "s"), before);
    let told = at(&sandbox, "detect --labels other.json", "2024-03-01T00:00:00Z");
    assert!(told.code == 1 && told.text().contains("cpu") && told.stderr.contains("about none"), "{}", told.stderr);
}

#[test]
fn what_has_not_begun_is_left_until_it_is_over() {
    let (sandbox, store) = filled(Layout::Compact);
    // one clock is five seconds fast, and one record is of another century
    let now = START + (TRAINED + 2) * 24 * HOUR;
    put(&store, 1, START + 1, &[(now + 5000, "cpu", 101.0, false), (4_070_908_800_000, "cpu", 1.0, false)]);
    let at_now = |arguments: &str, now: &str| {
        let outcome = at(&sandbox, arguments, now);
        assert_eq!(outcome.code, 0, "{arguments}: {}", outcome.stderr);
        outcome
    };
    let detected = at_now("detect", "2024-01-14T23:59:58Z");
    assert!(detected.stderr.contains("to 2024-01-14T23:00:00Z by model 1"), "{}", detected.stderr);
    let warned = "from 2024-01-15T00:00:00Z on, in the future";
    assert!(
        detected.stderr.contains("73 hours with records") && detected.stderr.contains(warned),
        "{}",
        detected.stderr
    );
    let on = at_now("detect", "2024-01-15T00:00:00Z");
    assert!(on.stderr.contains("to 2024-01-15T00:00:00Z by model 1") && on.stderr.contains("72 hours with records"));
    let status = at_now("status --format json", "2024-01-15T00:00:00Z").json();
    assert_eq!(status["data"]["complete_until"], "2024-01-15T00:00:00Z", "{status:#}");
    assert_eq!((&status["data"]["to"], &status["future_hours"]), (&"2024-01-15T01:00:00Z".into(), &72.into()));
    assert!(at_now("status", "2024-01-15T00:00:00Z").text().contains("future      72 hours with records"));
    at_now("train", "2024-01-15T00:00:00Z");
    at_now("detect", "2024-01-15T01:00:00Z");
}

#[test]
fn a_lasting_silence_is_open_however_long_it_lasts() {
    let sandbox = Sandbox::new();
    let store = init(&sandbox, "s", Layout::Compact, |_| {});
    let end = START + (TRAINED * 24 + 6) * HOUR;
    put(&store, 0, START, &ROWS.iter().filter(|row| row.1 != "memory" || row.0 < end).copied().collect::<Vec<_>>());
    run(&sandbox, &format!("train --to {}", day(TRAINED)));
    run(&sandbox, "detect");
    let status = run(&sandbox, "status --format json").json();
    let open = status["open_incidents"].as_array().unwrap_or_else(|| panic!("{status:#}"));
    assert!(open.iter().any(|incident| incident["parameter"] == "memory"), "{status:#}");
}

#[test]
fn a_dry_run_writes_nothing_and_takes_any_settings() {
    let (sandbox, _store) = filled(Layout::Compact);
    let files = |sandbox: &Sandbox| {
        let listed = std::process::Command::new("find").arg(sandbox.path("s")).output().unwrap();
        String::from_utf8(listed.stdout).unwrap()
    };
    let before = files(&sandbox);
    let usual = run(&sandbox, "detect --dry-run --format json").json();
    let strict = run(&sandbox, "detect --dry-run --format json --threshold 8").json();
    let below = run(&sandbox, "detect --dry-run --format json --direction below").json();
    let count = |json: &serde_json::Value| json["incidents"].as_array().unwrap().len();
    assert!(count(&strict) < count(&usual), "{usual:#}");
    let exceedances = |json: &serde_json::Value| json["summary"]["exceedances"].as_u64().unwrap();
    assert!(exceedances(&below) < exceedances(&usual) / 2, "most were above");
    assert_eq!(files(&sandbox), before);
    // and so it does where detection has been
    run(&sandbox, "detect");
    let before = files(&sandbox);
    let again = run(&sandbox, "detect --dry-run --format json --from 2024-01-13").json();
    assert_eq!(again["incidents"], usual["incidents"]);
    assert_eq!(files(&sandbox), before);
}

/// A flag is laid over the rule of the settings field by field: the result is that of a store whose settings say so.
#[test]
fn a_flag_overrides_its_own_field_of_the_rules_of_a_dataset() {
    let of_settings = |direction, least_change, flags: &str| {
        let sandbox = Sandbox::new();
        let rule = Rule { parameters: "*".to_owned(), direction, least_change, ..Rule::default() };
        let store = init(&sandbox, "s", Layout::Compact, |settings| settings.detection.rules = vec![rule.clone()]);
        put(&store, 0, START, &ROWS);
        run(&sandbox, &format!("train --to {}", day(TRAINED)));
        run(&sandbox, &format!("detect --dry-run --format json {flags}")).json()
    };
    let (above, both, below) = (Some(Direction::Above), Some(Direction::Both), Some(Direction::Below));
    let rule = of_settings(above, Some(15.0), "");
    assert_eq!(of_settings(above, Some(15.0), "--direction above"), rule, "what the rule says already");
    let mut all = vec![rule];
    for (direction, least, flags) in [
        (both, Some(15.0), "--direction both"),
        (below, Some(15.0), "--direction below"),
        (above, None, "--min-change 0"),
        (None, None, "--direction both --min-change 0"),
    ] {
        let expected = of_settings(direction, least, "");
        assert_eq!(of_settings(above, Some(15.0), flags), expected, "{flags}");
        all.push(expected);
    }
    let exceedances: BTreeSet<u64> = all.iter().map(|one| one["summary"]["exceedances"].as_u64().unwrap()).collect();
    assert!(exceedances.len() >= 4, "the flags tell apart: {exceedances:?}");
}

#[test]
fn a_newer_model_is_adopted_once_detection_has_come_there() {
    let (sandbox, store) = filled(Layout::Compact);
    run(&sandbox, &format!("detect --to {}", day(TRAINED + 1)));
    run(&sandbox, &format!("train --to {}", day(TRAINED + 2)));
    let waiting = run(&sandbox, &format!("detect --to {}T12:00Z", day(TRAINED + 1)));
    assert!(waiting.stderr.contains("model 2 was trained until") && waiting.stderr.contains("by model 1"));
    let early = at(&sandbox, "detect --model-version 2", "2024-03-01T00:00:00Z");
    assert!(early.code == 1 && early.stderr.contains("go on without --model-version"), "{}", early.stderr);
    run(&sandbox, &format!("detect --to {}", day(TRAINED + 2)));
    let adopted = run(&sandbox, &format!("detect --to {}", day(TRAINED + 3)));
    assert!(adopted.stderr.contains("model 2 is adopted in place of 1"), "{}", adopted.stderr);
    let pinned = run(&sandbox, &format!("detect --model-version 1 --to {}", day(TRAINED + 4)));
    assert!(pinned.stderr.contains("model 1 is adopted in place of 2"), "{}", pinned.stderr);
    let rows = rows(&store, DataType::Hourly);
    let of = |version: u32| rows.iter().filter(|row| row.contains(&format!("model_version: {version}"))).count();
    // memory was silent in the last ten hours of the third day, and in the first one of the fourth
    assert_eq!((of(1), of(2)), (3 * 72 - 1, 72 - 10));
}

#[test]
fn a_damaged_state_is_named_and_nothing_is_written() {
    let (sandbox, store) = filled(Layout::Compact);
    run(&sandbox, &format!("detect --to {}", day(TRAINED + 1)));
    let runs = runs::list(&store, &dataset()).unwrap();
    let detected: Vec<_> = runs.into_iter().filter(|run| run.command == "detect").collect();
    let (name, _) = runs::visible_of(&store, &detected, DataType::State).unwrap().remove(0);
    let path = sandbox.path("s").join(name.key());
    let mut bytes = std::fs::read(&path).unwrap();
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let before = tree(&sandbox, "s");
    let refused = at(&sandbox, "detect", "2024-03-01T00:00:00Z");
    assert!(refused.code == 1 && refused.stderr.contains("is not what was written"), "{}", refused.stderr);
    assert_eq!(tree(&sandbox, "s"), before);
}

/// Killed at any moment, then run again: the tree is that of a run that nobody disturbed.
#[test]
fn a_run_that_was_killed_is_completed_by_the_same_command() {
    let (sandbox, _store) = filled(Layout::Compact);
    run(&sandbox, "detect");
    let expected = tree(&sandbox, "s");
    for milliseconds in [4, 12, 25, 45, 80] {
        let (killed, _) = filled(Layout::Compact);
        let mut command = killed.command("detect --store s");
        command.env("TREBUCHET_NOW", "2024-03-01T00:00:00Z");
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        run(&killed, "detect");
        assert_eq!(tree(&killed, "s"), expected, "killed after {milliseconds} ms");
    }
}
