//! Several programs at once on one store, one of which the network holds up: no row twice, none missing, and every exit
//! code is true.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use trebuchet_ad::store::codec::rows::{alerts, figures, learned};

use super::harness::{Outcome, Sandbox};
use super::s3::{Faults, Options, Proxy, Server};

/// How long a request is held back.
const HELD: Duration = Duration::from_millis(2500);

const NOW: &str = "2026-01-01T00:00:00Z";

/// A folder with files, and a server on which stores are made.
struct Place {
    sandbox: Sandbox,
    server: Server,
}

impl Place {
    /// Four weeks of two parameters, of which the last days come in two further files.
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let made = sandbox
            .run("generate --preset web --from 2024-02-20 --days 28 --every 30m --parameters 2 --output all.ndjson");
        assert_eq!(made.code, 0, "{}", made.stderr);
        let all = String::from_utf8(sandbox.read("all.ndjson")).unwrap();
        let lines: Vec<&str> = all.lines().collect();
        let (first, rest) = lines.split_at(lines.len() * 26 / 28);
        let (second, third) = rest.split_at(rest.len() / 2);
        for (name, lines) in [("first.ndjson", first), ("second.ndjson", second), ("third.ndjson", third)] {
            std::fs::write(sandbox.path(name), lines.join("\n") + "\n").unwrap();
        }
        Self { sandbox, server: Server::start(Options::default()) }
    }

    /// Starts a command on the store of this name, through a proxy or not.
    fn start(&self, store: &str, proxy: Option<&Proxy>, now: &str, command: &str) -> Child {
        let environment = match proxy {
            Some(proxy) => self.server.environment_through(&proxy.endpoint()),
            None => self.server.environment(),
        };
        let mut program = self.sandbox.command(command);
        program.args(["--store", &format!("s3://{}/{store}", self.server.bucket())]);
        program.envs(environment).env("TREBUCHET_NOW", now);
        program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn run(&self, store: &str, command: &str) -> Outcome {
        self.run_at(store, NOW, command)
    }

    fn run_at(&self, store: &str, now: &str, command: &str) -> Outcome {
        Outcome::from(&self.start(store, None, now, command).wait_with_output().unwrap())
    }

    fn must(&self, store: &str, commands: &[&str]) {
        for command in commands {
            let outcome = self.run(store, command);
            assert_eq!(outcome.code, 0, "{command}: {}", outcome.stderr);
        }
    }

    /// Runs a command through a proxy that holds back what it puts under such a path, and others once it does so.
    fn held(&self, store: &str, held: &[&'static str], command: &str, meanwhile: impl FnOnce()) -> Outcome {
        let proxy = Proxy::start(&self.server.endpoint(), Faults::hold(held, HELD));
        let slow = self.start(store, Some(&proxy), "2026-01-01T00:05:00Z", command);
        let began = Instant::now();
        while proxy.held() == 0 {
            assert!(began.elapsed() < Duration::from_secs(60), "{command} never put {held:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        meanwhile();
        Outcome::from(&slow.wait_with_output().unwrap())
    }

    /// The objects of a store but the log of runs and turns.
    fn tree(&self, store: &str) -> BTreeMap<String, Vec<u8>> {
        let mut tree = self.server.tree(store);
        tree.retain(|key, _| !["runs/", "turns/", "checkpoints/"].iter().any(|log| key.starts_with(log)));
        tree
    }

    /// The keys of measurements and their records that are there.
    fn records(&self, store: &str) -> Vec<String> {
        let keys = self.server.tree(store).into_keys();
        keys.filter(|key| key.starts_with("raw/") || key.starts_with("measurements/")).collect()
    }

    /// The id of a run of `ingest`, the last of which is 0.
    fn ingest(&self, store: &str, back: usize) -> String {
        let runs = self.server.tree(store).into_iter().filter(|(key, _)| key.starts_with("runs/"));
        let documents = runs.map(|(_, bytes)| serde_json::from_slice::<serde_json::Value>(&bytes).unwrap());
        let mut ids: Vec<(String, String)> = documents
            .filter(|run| run["command"] == "ingest")
            .map(|run| (run["started"].to_string(), run["id"].as_str().unwrap().to_owned()))
            .collect();
        ids.sort();
        ids.swap_remove(ids.len() - 1 - back).1
    }
}

#[test]
fn two_detections_write_each_row_once() {
    let place = Place::new();
    let begin = ["ingest --init --dataset acme/shop/1 first.ndjson", "train --to 2024-03-10"];
    let end = ["ingest second.ndjson", "detect", "ingest third.ndjson", "detect"];
    place.must("alone", &begin);
    place.must("alone", &["detect"]);
    place.must("alone", &end);
    let expected = place.tree("alone");
    // the document of the first run comes late; or it is held up before it has written anything
    for (store, held) in [("late", "/runs/"), ("slow", "/hourly/"), ("turn", "000001.json"), ("done", "000002.json")] {
        place.must(store, &begin);
        let slow = place.held(store, &[held], "detect", || {
            // the first does not know of this: it must not be told either that all has been detected
            place.must(store, &["ingest second.ndjson", "detect", "detect", "ingest third.ndjson", "detect"]);
        });
        match slow.code {
            0 => {}
            1 => assert!(slow.stderr.contains("in the meantime"), "{held}: {}", slow.stderr),
            _ => panic!("{held}: {}", slow.stderr),
        }
        place.must(store, &["detect"]);
        let found = place.tree(store);
        for data_type in ["hourly", "alerts", "daily", "learned"] {
            let rows = |tree: &BTreeMap<String, Vec<u8>>| rows(tree, data_type);
            let (there, once) = rows(&found);
            assert_eq!(there, once, "{held}: rows of {data_type} are there twice");
            assert_eq!(once, rows(&expected).1, "{held}: {data_type}");
        }
        let status = place.run(store, "status --format json");
        assert_eq!(status.code, 0, "{}", status.stderr);
    }
}

/// How many rows a data type has, and how many different ones, by parameter and time.
fn rows(tree: &BTreeMap<String, Vec<u8>>, data_type: &str) -> (usize, usize) {
    let objects = tree.iter().filter(|(key, _)| key.starts_with(&format!("{data_type}/")));
    let mut all = Vec::new();
    for (key, bytes) in objects {
        match data_type {
            "alerts" => all.extend(alerts::read(key, bytes.clone()).unwrap().iter().map(|row| format!("{:?}", row.id))),
            "learned" => {
                let rows = learned::read(key, bytes.clone()).unwrap();
                all.extend(rows.iter().map(|(parameter, row)| format!("{parameter:?} {} {}", row.day, row.slot)));
            }
            _ => {
                let rows = figures::read(key, bytes.clone()).unwrap();
                all.extend(rows.iter().map(|(parameter, row)| format!("{parameter:?} {}", row.start)));
            }
        }
    }
    let there = all.len();
    all.sort();
    all.dedup();
    (there, all.len())
}

#[test]
fn what_an_ingest_relies_on_is_not_revoked_under_it() {
    let place = Place::new();
    place.must("alone", &["ingest --init --dataset acme/shop/1 second.ndjson"]);
    let whole = place.records("alone");
    // `runs`: it had done its turn before the other one revoked; the others: it finds out
    for (store, held, kept) in
        [("late", "/runs/", true), ("turn", "000001.json", false), ("done", "000002.json", false)]
    {
        place.must(store, &["ingest --init --dataset acme/shop/1 second.ndjson"]);
        let slow = place.held(store, &[held], "ingest second.ndjson", || {
            place.must(store, &[&format!("ingest revoke {}", place.ingest(store, 0))]);
        });
        assert_eq!(slow.code, if kept { 0 } else { 1 }, "{held}: {}", slow.stderr);
        if !kept {
            assert!(slow.stderr.contains("was revoked while"), "{held}: {}", slow.stderr);
        }
        assert_eq!(place.records(store), if kept { whole.clone() } else { Vec::new() }, "{held}");
        let status = place.run(store, "status");
        assert_eq!(status.code, 0, "{held}: {}", status.stderr);
        place.must(store, &["ingest second.ndjson", "status"]);
        assert_eq!(place.records(store).len(), whole.len(), "{held}");
    }
}

#[test]
fn two_revocations_of_one_run_end_well() {
    let place = Place::new();
    for (store, held) in [("copying", "/superseded/"), ("late", "/runs/")] {
        place.must(store, &["ingest --init --dataset acme/shop/1 first.ndjson"]);
        let revoke = format!("ingest revoke {}", place.ingest(store, 0));
        let slow = place.held(store, &[held], &revoke, || place.must(store, &[&revoke]));
        match slow.code {
            0 => {}
            2 => assert!(slow.stderr.contains("is revoked already"), "{held}: {}", slow.stderr),
            _ => panic!("{held}: {}", slow.stderr),
        }
        assert_eq!(place.records(store), [""; 0], "{held}");
        let status = place.run(store, "status");
        assert_eq!(status.code, 0, "{held}: {}", status.stderr);
    }
}

#[test]
fn runs_that_share_objects_can_be_revoked_at_once() {
    let place = Place::new();
    for (store, held) in [("late", "/runs/"), ("note", "/superseded/")] {
        place.must(store, &["ingest --init --dataset acme/shop/1 second.ndjson"]);
        let again = place.run_at(store, "2026-01-01T00:01:00Z", "ingest second.ndjson");
        assert_eq!(again.code, 0, "{}", again.stderr);
        let [first, second] = [1, 0].map(|back| place.ingest(store, back));
        assert_ne!(first, second);
        let slow = place.held(store, &[held], &format!("ingest revoke {first}"), || {
            place.must(store, &[&format!("ingest revoke {second}")]);
        });
        assert_eq!(slow.code, 0, "{held}: {}", slow.stderr);
        place.must(store, &["ingest third.ndjson"]); // which completes what is left to do
        let seen = place.records(store);
        place.must("third", &["ingest --init --dataset acme/shop/1 third.ndjson"]);
        assert_eq!(seen.len(), place.records("third").len(), "{held}: {seen:?}");
    }
}

/// A run that was stopped between its turn and its document, and a log that was folded for days before anyone came back.
#[test]
fn a_document_that_comes_days_late_is_seen() {
    let place = Place::new();
    let on_disk = |now: &str, command: &str| {
        let mut program = place.sandbox.command(command);
        Outcome::from(&program.args(["--store", "s"]).env("TREBUCHET_NOW", now).output().unwrap())
    };
    let must = |now: &str, command: &str| {
        let outcome = on_disk(now, command);
        assert_eq!(outcome.code, 0, "{command}: {}", outcome.stderr);
        outcome
    };
    must(NOW, "ingest --init --dataset acme/shop/1 first.ndjson");
    must(NOW, "train --to 2024-03-10");
    let runs = || -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![place.sandbox.path("s/runs")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    };
    let before = runs();
    must("2026-01-01T01:00:00Z", "detect");
    let document = runs().into_iter().find(|path| !before.contains(path)).unwrap();
    std::fs::remove_file(&document).unwrap();
    for hour in 0..120 {
        let line = format!("{{\"time\":\"2024-03-19T{:02}:{:02}:00Z\",\"extra\":1}}\n", hour / 60, hour % 60);
        std::fs::write(place.sandbox.path("more.ndjson"), line).unwrap();
        must(&format!("2026-01-{:02}T{:02}:30:00Z", 2 + hour / 24, hour % 24), "ingest more.ndjson");
    }
    must("2026-01-08T00:00:00Z", "detect");
    assert!(document.exists());
    let outcome = must("2026-01-08T01:00:00Z", "detect");
    assert!(outcome.stderr.contains("nothing to do"), "{}", outcome.stderr);
    must("2026-01-08T02:00:00Z", "status");
}
