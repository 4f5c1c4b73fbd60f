//! `--cache-dir`: what was read of a store on S3 once is not read there again, and nothing else changes.

use std::path::{Path, PathBuf};

use super::harness::{Outcome, Sandbox};
use super::s3::{Options, Server};

const STORE: &str = "--store s3://test-bucket/store";
const READS: [&str; 4] = [
    "detect --dry-run --to 2024-03-20 --format json",
    "train --dry-run",
    "train show 1 --format json",
    "status --format json",
];

fn run(sandbox: &Sandbox, server: &Server, arguments: &str) -> Outcome {
    run_at(sandbox, server, arguments, "2024-03-26T00:00:00Z")
}

fn run_at(sandbox: &Sandbox, server: &Server, arguments: &str, now: &str) -> Outcome {
    let mut command = sandbox.command(&format!("{arguments} {STORE}"));
    let outcome = Outcome::from(&command.envs(server.environment()).env("TREBUCHET_NOW", now).output().unwrap());
    assert_eq!(outcome.code, 0, "{arguments}: {}", outcome.stderr);
    outcome
}

/// A store on S3 with four weeks of data and a model, and what is left to come.
fn filled() -> (Sandbox, Server) {
    let (sandbox, server) = (Sandbox::new(), Server::start(Options::default()));
    let made =
        sandbox.run("generate --preset web --from 2024-02-20 --days 30 --every 1h --parameters 2 --output x.ndjson");
    assert_eq!(made.code, 0, "{}", made.stderr);
    run(&sandbox, &server, "ingest --init --dataset acme/shop/1 x.ndjson");
    run(&sandbox, &server, "train --to 2024-03-15");
    server.forget_requests();
    (sandbox, server)
}

/// What a command shows, and how many objects it reads from S3.
fn shown(sandbox: &Sandbox, server: &Server, arguments: &str) -> (Vec<u8>, u64) {
    server.forget_requests();
    let outcome = run(sandbox, server, arguments);
    assert!(server.requests("ListObjectsV2") > 0);
    (outcome.stdout, server.requests("GetObject"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn bytes(folder: &Path) -> u64 {
    files(&folder.join("objects-1")).iter().map(|path| path.metadata().unwrap().len()).sum()
}

#[test]
fn the_second_reading_asks_s3_for_lists_only() {
    let (sandbox, server) = filled();
    for command in READS {
        let (plain, requests) = shown(&sandbox, &server, command);
        assert!(requests > 2, "{command}");
        let cached = format!("{command} --cache-dir cache");
        let first = shown(&sandbox, &server, &cached);
        assert_eq!(first.0, plain, "{command}");
        assert_eq!(shown(&sandbox, &server, &cached), (plain, 0), "{command}");
    }
    // the same by the environment, and by a file
    let mut command = sandbox.command(&format!("status {STORE}"));
    server.forget_requests();
    let outcome = command.envs(server.environment()).env("TREBUCHET_CACHE_DIR", "cache").output().unwrap();
    assert_eq!((outcome.status.code(), server.requests("GetObject")), (Some(0), 0));
    std::fs::write(sandbox.path("trebuchet.toml"), "cache_dir = \"cache\"\ncache_size = \"1G\"\n").unwrap();
    assert_eq!(shown(&sandbox, &server, "status").1, 0);
    assert!(files(&sandbox.path("cache")).iter().any(|path| path.ends_with("CACHEDIR.TAG")));
}

#[test]
fn copies_are_no_reason_not_to_see_what_has_changed() {
    let (sandbox, server) = filled();
    let look = |server: &Server| {
        for command in READS {
            let plain = run(&sandbox, server, command);
            for _ in 0..2 {
                assert_eq!(run(&sandbox, server, &format!("{command} --cache-dir cache")).stdout, plain.stdout);
            }
        }
    };
    look(&server);
    // late records, which are taken out again
    std::fs::write(sandbox.path("late.csv"), "time,cpu\n2024-03-17T05:07:00Z,77\n2024-03-18T05:07:00Z,78\n").unwrap();
    let ingested = run(&sandbox, &server, "ingest late.csv --cache-dir cache --format json").json();
    look(&server);
    let id = ingested["run"].as_str().unwrap();
    run(&sandbox, &server, &format!("ingest revoke {id} --cache-dir cache"));
    look(&server);
    // the store is removed, and another one begun in its place
    server.tree("").keys().for_each(|key| server.delete(key));
    let gone =
        sandbox.command(&format!("status {STORE} --cache-dir cache")).envs(server.environment()).output().unwrap();
    assert!(String::from_utf8(gone.stderr).unwrap().contains("is not a store"));
    let made = sandbox.run("generate --seed 2 --from 2024-02-20 --days 30 --every 1h --parameters 1 --output y.ndjson");
    assert_eq!(made.code, 0, "{}", made.stderr);
    run(&sandbox, &server, "ingest --init --layout full --dataset acme/shop/1 y.ndjson --cache-dir cache");
    run(&sandbox, &server, "train --to 2024-03-15 --cache-dir cache");
    look(&server);
}

#[test]
fn a_store_that_is_filled_through_copies_is_the_same() {
    const LIFE: [&str; 6] = ["detect", "ingest late.csv", "ingest x.ndjson", "train", "detect", "ingest late.csv"];
    let (sandbox, server) = filled();
    std::fs::write(sandbox.path("late.csv"), "time,cpu\n2024-03-22T05:07:00Z,77\n").unwrap();
    let live = |flags: &str| {
        for (minute, command) in LIFE.iter().enumerate() {
            run_at(&sandbox, &server, &format!("{command} {flags}"), &format!("2024-03-26T00:0{}:00Z", minute + 1));
        }
        let mut tree = server.tree("store");
        tree.retain(|key, _| !["runs/", "turns/", "checkpoints/"].iter().any(|log| key.starts_with(log)));
        tree
    };
    let before = server.tree("");
    let plain = live("");
    server.tree("").keys().for_each(|key| server.delete(key));
    before.into_iter().for_each(|(key, bytes)| server.put(&key, bytes));
    let cached = live("--cache-dir cache");
    assert_eq!(cached.keys().collect::<Vec<_>>(), plain.keys().collect::<Vec<_>>());
    assert!(cached == plain);
}

#[test]
fn many_programs_share_a_small_folder() {
    let (sandbox, server) = filled();
    let command = format!("{} --cache-dir cache --cache-size 64K {STORE}", READS[0]);
    let (plain, _) = shown(&sandbox, &server, READS[0]);
    for _ in 0..2 {
        let program = || {
            let mut program = sandbox.command(&command);
            program.envs(server.environment()).env("TREBUCHET_NOW", "2024-03-26T00:00:00Z");
            program.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        };
        let programs = [program(), program(), program(), program()];
        for program in programs {
            let outcome = Outcome::from(&program.wait_with_output().unwrap());
            assert_eq!((outcome.code, &outcome.stdout), (0, &plain), "{}", outcome.stderr);
        }
    }
    let kept = bytes(&sandbox.path("cache"));
    assert!(kept > 0 && kept <= (64 << 10) * 3 / 2, "{kept}");
}

#[test]
fn damaged_copies_are_read_anew() {
    let (sandbox, server) = filled();
    let command = format!("{} --cache-dir cache", READS[0]);
    let (first, requests) = shown(&sandbox, &server, &command);
    for path in files(&sandbox.path("cache/objects-1")) {
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[0] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
    assert_eq!(shown(&sandbox, &server, &command), (first.clone(), requests));
    assert_eq!(shown(&sandbox, &server, &command), (first, 0));
}

#[test]
fn wrong_settings_are_refused() {
    let sandbox = Sandbox::new();
    let refused = |arguments: &str, variable: (&str, &str), words: &str| {
        let outcome = Outcome::from(&sandbox.command(arguments).envs([variable]).output().unwrap());
        assert!(outcome.code == 2 && outcome.stderr.contains(words), "{}", outcome.stderr);
    };
    refused("status --cache-size 10", ("X", "x"), "--cache-size");
    refused("status", ("TREBUCHET_CACHE_SIZE", "much"), "TREBUCHET_CACHE_SIZE can't be 'much'");
    refused("status --cache-dir s3://b/x", ("X", "x"), "--cache-dir can't be 's3://b/x'");
    std::fs::write(sandbox.path("trebuchet.toml"), "cache_dir = 1\n").unwrap();
    refused("status", ("X", "x"), "trebuchet.toml: cache_dir must be a text");
}
