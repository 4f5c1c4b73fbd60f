//! Stores on S3: the whole pipeline writes the same objects there as on a disk, whatever the network does.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use super::filled::tree;
use super::harness::{Outcome, Sandbox};
use super::s3::{Fault, Faults, Options, Proxy, Server};

/// The commands of a store's life, each with the time at which its clock stands.
const LIFE: [(&str, &str); 8] = [
    ("2026-01-01T00:00:00Z", "ingest --init --dataset acme/shop/1 early.ndjson"),
    ("2026-01-01T00:01:00Z", "train"),
    ("2026-01-01T00:02:00Z", "detect"),
    ("2026-01-02T00:00:00Z", "ingest late.ndjson bad.ndjson"),
    ("2026-01-02T00:01:00Z", "detect"),
    ("2026-01-02T00:02:00Z", "ingest early.ndjson"),
    ("2026-01-03T00:00:00Z", "train --to 2024-03-20"),
    ("2026-01-03T00:01:00Z", "status"),
];

/// A folder with five weeks of two parameters: early ones, and late ones of which some lines are no records.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let made =
        sandbox.run("generate --preset web --from 2024-02-20 --days 35 --every 30m --parameters 2 --output all.ndjson");
    assert_eq!(made.code, 0, "{}", made.stderr);
    let all = String::from_utf8(sandbox.read("all.ndjson")).unwrap();
    let lines: Vec<&str> = all.lines().collect();
    let (early, late) = lines.split_at(lines.len() * 4 / 5);
    std::fs::write(sandbox.path("early.ndjson"), early.join("\n")).unwrap();
    std::fs::write(sandbox.path("late.ndjson"), late.join("\n")).unwrap();
    std::fs::write(sandbox.path("bad.ndjson"), format!("{{\"no\": \"time\"}}\n{}\n{{", late[0])).unwrap();
    sandbox
}

/// Runs a command on the store at `place`, at this time, in this environment.
fn run(sandbox: &Sandbox, environment: &[(&str, String)], place: &str, (now, command): (&str, &str)) -> Outcome {
    let mut program: Command = sandbox.command(command);
    program.args(["--store", place]).envs(environment.iter().map(|(name, value)| (*name, value.as_str())));
    Outcome::from(&program.env("TREBUCHET_NOW", now).output().unwrap())
}

fn live(sandbox: &Sandbox, environment: &[(&str, String)], place: &str) {
    for step in LIFE {
        let outcome = run(sandbox, environment, place, step);
        assert_eq!(outcome.code, 0, "{step:?}: {}", outcome.stderr);
    }
}

/// The objects of a store on S3 but the log of runs and turns.
fn tree_on_s3(server: &Server, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let mut tree = server.tree(prefix);
    tree.retain(|key, _| !["runs/", "turns/", "checkpoints/"].iter().any(|log| key.starts_with(log)));
    tree
}

fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (key, bytes) in expected {
        assert!(found[key] == *bytes, "{key}");
    }
}

#[test]
fn a_life_on_s3_leaves_the_same_objects_as_on_a_disk() {
    let sandbox = sandbox();
    live(&sandbox, &[], "store");
    let expected = tree(&sandbox, "store");
    assert!(expected.len() > 900 && expected.keys().any(|key| key.starts_with("quarantine/")), "{}", expected.len());
    for (prefix, options) in [
        ("deep/down", Options { page: 100, ..Options::default() }),
        ("", Options { versioning: true, ..Options::default() }),
    ] {
        let server = Server::start(options);
        let place = format!("s3://{}/{prefix}", server.bucket());
        live(&sandbox, &server.environment(), &place);
        assert_same(&tree_on_s3(&server, prefix), &expected);
        assert_eq!(server.uploads(), [""; 0]);
    }
}

#[test]
fn disturbed_requests_change_nothing() {
    let sandbox = sandbox();
    live(&sandbox, &[], "store");
    let expected = tree(&sandbox, "store");
    for seed in [1, 2] {
        let server = Server::start(Options { page: 200, ..Options::default() });
        let faults = Faults { seed, delay: Duration::from_millis(20), ..Faults::default() };
        let proxy = Proxy::start(&server.endpoint(), faults);
        live(&sandbox, &server.environment_through(&proxy.endpoint()), &format!("s3://{}/p", server.bucket()));
        assert_same(&tree_on_s3(&server, "p"), &expected);
        for kind in Fault::ALL {
            assert!(proxy.injected(kind) > 10, "{kind:?}: {}", proxy.injected(kind));
        }
    }
}

#[test]
fn what_s3_has_interrupted_is_completed_by_the_same_command() {
    let sandbox = sandbox();
    live(&sandbox, &[], "store");
    let expected = tree(&sandbox, "store");
    let server = Server::start(Options::default());
    let place = format!("s3://{}/p", server.bucket());
    let mut interruptions = 0;
    for step in LIFE {
        // gone for good after so many requests; then after some more; then there
        for after in [3, 40, 400, u64::MAX] {
            let down_after = (after < u64::MAX).then_some(after);
            let proxy = Proxy::start(&server.endpoint(), Faults { down_after, ..Faults::none() });
            let mut environment = server.environment_through(&proxy.endpoint());
            environment.push(("AWS_MAX_ATTEMPTS", "2".to_owned()));
            let outcome = run(&sandbox, &environment, &place, step);
            if outcome.code == 0 {
                break;
            }
            assert!(after < u64::MAX && outcome.code == 1, "{step:?}: {outcome:?}");
            assert!(outcome.stderr.contains(" can't be reached, after 2 attempts: "), "{step:?}: {}", outcome.stderr);
            assert!(outcome.stderr.contains("can be run again"), "{}", outcome.stderr);
            interruptions += 1;
        }
    }
    assert!(interruptions > 12, "{interruptions}");
    assert_same(&tree_on_s3(&server, "p"), &expected);
}

#[test]
fn a_killed_command_on_s3_is_completed_by_the_same_command() {
    let sandbox = sandbox();
    live(&sandbox, &[], "store");
    let expected = tree(&sandbox, "store");
    let server = Server::start(Options::default());
    let place = format!("s3://{}/p", server.bucket());
    let mut killed = 0;
    for (number, (now, command)) in LIFE.into_iter().enumerate() {
        for wait in [40, 150, 400] {
            let mut program = sandbox.command(command);
            program.args(["--store", &place]).envs(server.environment()).env("TREBUCHET_NOW", now);
            let mut child =
                program.stderr(std::process::Stdio::null()).stdout(std::process::Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(wait + 13 * number as u64));
            child.kill().unwrap();
            killed += u64::from(!child.wait().unwrap().success());
        }
        let outcome = run(&sandbox, &server.environment(), &place, (now, command));
        assert_eq!(outcome.code, 0, "{command}: {}", outcome.stderr);
    }
    assert!(killed > 5, "{killed}");
    assert_same(&tree_on_s3(&server, "p"), &expected);
}

#[test]
fn a_store_is_made_once_and_keeps_what_it_was_made_with() {
    let sandbox = sandbox();
    let server = Server::start(Options::default());
    let place = format!("s3://{}/p", server.bucket());
    let ingest = |flags: &str| {
        let command = format!("ingest --dataset acme/shop/1 bad.ndjson {flags}");
        run(&sandbox, &server.environment(), &place, ("2026-01-01T00:00:00Z", &command))
    };
    let outcome = ingest("");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("s3://test-bucket/p is not a store: it has no trebuchet.json"),
        "{}",
        outcome.stderr
    );
    let flags = "--init --encryption aws:kms --kms-key alias/mine --raw-storage-class STANDARD_IA";
    assert_eq!(ingest(flags).code, 0);
    for key in server.tree("p").keys() {
        let object = server.object(&format!("p/{key}")).unwrap();
        let expected = (Some("aws:kms"), Some("alias/mine"), key.starts_with("raw/").then_some("STANDARD_IA"));
        let found = (object.encryption.as_deref(), object.kms_key.as_deref(), object.storage_class.as_deref());
        assert_eq!(found, expected, "{key}");
    }
    assert_eq!(ingest("").code, 0);
    assert_eq!(ingest(flags).code, 0);
    for (other, words) in [
        ("--init --layout full", "of layout compact already"),
        ("--init --encryption AES256", "in another way already"),
    ] {
        let outcome = ingest(other);
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    }
    let local = sandbox.run("ingest --init --store here --encryption AES256 --dataset a/b/1 bad.ndjson");
    assert_eq!(local.code, 2);
    assert!(local.stderr.contains("are for stores on S3"), "{}", local.stderr);
}
