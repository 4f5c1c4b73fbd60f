//! `status --check`: each thing that is missing is shown, and only that; and the policies of docs/s3.md are enough.

use std::collections::BTreeSet;

use super::harness::{Outcome, Sandbox};
use super::s3::{Options, Server};

/// All actions that the server knows.
const ACTIONS: [&str; 9] = [
    "s3:ListBucket",
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListBucketMultipartUploads",
    "s3:GetBucketVersioning",
    "kms:GenerateDataKey",
    "kms:Decrypt",
];

/// How a store is made that KMS encrypts.
const BY_KMS: &str = "--encryption aws:kms --kms-key arn:aws:kms:eu-central-1:123456789012:key/mine";

/// A folder with ten days of data, and an hour more in each of two files.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let made = sandbox
        .run("generate --preset web --from 2024-02-20 --days 10 --every 30m --parameters 1 --output data.ndjson");
    assert_eq!(made.code, 0, "{}", made.stderr);
    for (name, hour) in [("more.csv", "00"), ("extra.csv", "01")] {
        std::fs::write(sandbox.path(name), format!("time,cpu\n2024-03-01T{hour}:00:00Z,3\n")).unwrap();
    }
    sandbox
}

/// Runs a command on the store of a server.
fn run(sandbox: &Sandbox, server: &Server, command: &str) -> Outcome {
    let mut program = sandbox.command(command);
    program.args(["--store", "s3://test-bucket/data"]).envs(server.environment());
    Outcome::from(&program.env("AWS_MAX_ATTEMPTS", "2").output().unwrap())
}

fn done(sandbox: &Sandbox, server: &Server, command: &str) -> Outcome {
    let outcome = run(sandbox, server, command);
    assert_eq!(outcome.code, 0, "{command}: {}", outcome.stderr);
    outcome
}

/// What has this answer.
fn answered(outcome: &Outcome, answer: &str) -> Vec<String> {
    let json = outcome.json();
    let checks = json["checks"].as_array().unwrap().iter().filter(|check| check["answer"] == answer);
    checks.map(|check| check["what"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_is_well() {
    let (sandbox, server) = (sandbox(), Server::start(Options::default()));
    done(&sandbox, &server, "ingest --init --dataset acme/shop/1 data.ndjson");
    let before = server.tree("");
    let outcome = done(&sandbox, &server, "status --check");
    let expected = format!(
        "store       s3://test-bucket/data\n\
         server      {}\n\
         \n\
         what                      answer  needed by\n\
         s3:ListBucket             yes     ingest, ingest revoke, train, detect, status\n\
         s3:GetObject              yes     ingest, ingest revoke, train, detect, status\n\
         s3:PutObject              yes     ingest, ingest revoke, train, detect\n\
         s3:DeleteObject           yes     ingest revoke\n\
         s3:AbortMultipartUpload   yes     nobody: it tidies up after large objects\n\
         creates, never overwrites yes     ingest, ingest revoke, train, detect\n\
         lists what is new at once yes     ingest, ingest revoke, train, detect\n",
        server.endpoint()
    );
    let plain = |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let (shown, expected): (Vec<String>, Vec<String>) = (plain(outcome.text()), plain(&expected));
    assert_eq!(shown, expected);
    assert!(outcome.text().lines().all(|line| line.chars().count() <= 80), "{}", outcome.text());
    assert_eq!(outcome.stderr, "next: trebuchet-ad status --store s3://test-bucket/data\n");
    assert_eq!(server.tree(""), before);
}

#[test]
fn each_missing_permission_is_shown_and_nothing_is_left_behind() {
    let (sandbox, server) = (sandbox(), Server::start(Options::default()));
    done(&sandbox, &server, &format!("ingest --init {BY_KMS} --dataset acme/shop/1 data.ndjson"));
    assert_eq!(answered(&done(&sandbox, &server, "status --check --format json"), "yes").len(), 9);
    let before = server.tree("");
    let bucket = "arn:aws:s3:::test-bucket";
    let key = "arn:aws:kms:eu-central-1:123456789012:key/mine";
    let (fresh, only) = ("lists what is new at once", "creates, never overwrites");
    let writers = "ingest, ingest revoke, train, detect";
    let all = "ingest, ingest revoke, train, detect, status";
    // who can't read the marker does not know that KMS encrypts
    let cases: [(&str, String, &[&str], &str); 7] = [
        ("s3:ListBucket", bucket.to_owned(), &[fresh], all),
        ("s3:GetObject", format!("{bucket}/data/*"), &[], all),
        ("s3:PutObject", format!("{bucket}/data/*"), &["kms:GenerateDataKey", only, fresh], writers),
        ("s3:DeleteObject", format!("{bucket}/data/*"), &["kms:GenerateDataKey", fresh], "ingest revoke"),
        ("s3:AbortMultipartUpload", format!("{bucket}/data/*"), &[], ""),
        ("kms:GenerateDataKey", key.to_owned(), &[only, fresh], writers),
        ("kms:Decrypt", key.to_owned(), &[], all),
    ];
    for (action, resource, unknown, failing) in cases {
        server.deny(action);
        let outcome = run(&sandbox, &server, "status --check --format json");
        assert_eq!(answered(&outcome, "no"), [action], "{}", outcome.stderr);
        assert_eq!(answered(&outcome, "unknown"), unknown, "without {action}: {}", outcome.text());
        let expected = match failing {
            "" => format!("warning: {action} on {resource} is not allowed: unfinished uploads of large objects stay"),
            failing => format!(
                "error: missing: {action}; so these fail: {failing}\n \
                 hint: whoever manages the permissions must allow {action} on {resource}\n"
            ),
        };
        assert_eq!(outcome.code, i32::from(!failing.is_empty()), "{action}: {}", outcome.stderr);
        assert!(outcome.stderr.starts_with(&expected), "{}", outcome.stderr);
        server.allow_all();
        assert_eq!(server.tree(""), before, "without {action}");
        assert_eq!(server.uploads(), [""; 0]);
    }
}

#[test]
fn servers_that_can_not_keep_a_store_are_found_out() {
    let sandbox = sandbox();
    for (options, missing) in [
        (Options { ignores_conditions: true, ..Options::default() }, "creates, never overwrites"),
        (Options { lists_nothing: true, ..Options::default() }, "lists what is new at once"),
    ] {
        let server = Server::start(options);
        server.put("data/trebuchet.json", "{\"format\":1,\"layout\":\"compact\"}\n");
        let before = server.tree("");
        let outcome = run(&sandbox, &server, "status --check --format json");
        assert_eq!((outcome.code, answered(&outcome, "no")), (1, vec![missing.to_owned()]), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("a store needs a server that"), "{}", outcome.stderr);
        assert_eq!(server.tree(""), before);
    }
}

#[test]
fn what_is_no_store_is_not_written_to() {
    let (sandbox, server) = (sandbox(), Server::start(Options::default()));
    server.put("data/photo.jpg", "x");
    let outcome = run(&sandbox, &server, "status --check");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("s3://test-bucket/data is not a store"), "{}", outcome.stderr);
    assert_eq!((server.requests("PutObject"), server.requests("DeleteObject")), (0, 0));
}

#[test]
fn the_probe_goes_also_when_s3_fails_half_way() {
    let (sandbox, server) = (sandbox(), Server::start(Options::default()));
    server.put("data/trebuchet.json", "{\"format\":1,\"layout\":\"compact\"}\n");
    let before = server.tree("");
    server.forget_requests();
    server.fail("GetObject", "InternalError", 100);
    assert_eq!(run(&sandbox, &server, "status --check").code, 1);
    server.fail("GetObject", "InternalError", 0);
    for operation in ["ListObjectsV2", "PutObject", "AbortMultipartUpload"] {
        server.fail(operation, "InternalError", 100);
        let outcome = run(&sandbox, &server, "status --check");
        assert_eq!(outcome.code, 1, "{operation}");
        assert!(outcome.stderr.contains(" failed (InternalError), after 2 attempts"), "{}", outcome.stderr);
        assert_eq!(server.tree(""), before);
        server.fail(operation, "InternalError", 0);
    }
}

#[test]
fn folders_are_tried_as_well() {
    let sandbox = sandbox();
    assert_eq!(sandbox.run("ingest --init --store s --dataset acme/shop/1 data.ndjson").code, 0);
    let count = || walk(&sandbox.path("s"));
    let before = count();
    let outcome = sandbox.run("status --check --store s --format json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(answered(&outcome, "yes"), ["read files", "create files", "delete files"]);
    assert_eq!(count(), before);
    assert_eq!(sandbox.run("status --check --store nowhere").code, 1);
}

/// A folder in which even the administrator can't create files.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_can_not_be_written_is_named() {
    let sandbox = sandbox();
    assert_eq!(sandbox.run("ingest --init --store s --dataset acme/shop/1 data.ndjson").code, 0);
    std::os::unix::fs::symlink("/proc/self/fdinfo", sandbox.path("s/alerts")).unwrap();
    let outcome = sandbox.run("status --check --store s --format json");
    assert_eq!((outcome.code, answered(&outcome, "no")), (1, vec!["create files".to_owned()]), "{}", outcome.stderr);
    assert!(outcome.stderr.starts_with("error: missing: create files; so these fail: ingest, "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("s/alerts"), "{}", outcome.stderr);
}

/// The paths of all files below a folder but those in the making.
fn walk(folder: &std::path::Path) -> BTreeSet<std::path::PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut walk(&path));
        } else {
            found.insert(path);
        }
    }
    found
}

/// The policies of docs/s3.md, each enough for its command, and none with an action too many.
#[test]
fn the_policies_of_the_page_on_s3_are_the_least_ones() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/s3.md")).unwrap();
    let (sandbox, server) = (sandbox(), Server::start(Options::default()));
    let init = format!("ingest --init {BY_KMS} --dataset acme/shop/1 data.ndjson");
    let commands: [(&str, &str); 7] = [
        ("`ingest`", &init),
        ("`ingest`", "ingest more.csv"),
        ("`ingest`", "ingest extra.csv"),
        ("`train`", "train --to 2024-02-28"),
        ("`detect`", "detect"),
        ("`status`", "status"),
        ("`ingest revoke`", "ingest revoke"),
    ];
    let run_of = |file: &str| {
        let of_file = |(key, run): (String, Vec<u8>)| String::from_utf8(run).unwrap().contains(file).then_some(key);
        let key = server.tree("data/runs").into_iter().find_map(of_file).unwrap();
        key.rsplit('/').next().unwrap().trim_end_matches(".json").to_owned()
    };
    for (name, command) in commands {
        let row = readme.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap();
        let allowed: Vec<&str> = ACTIONS.into_iter().filter(|action| row.contains(&format!("`{action}`"))).collect();
        let allow = |without: &str| {
            server.allow_all();
            let denied = ACTIONS.into_iter().filter(|action| !allowed.contains(action) || *action == without);
            denied.for_each(|action| server.deny(action));
        };
        // what is stopped half-way is another run than the one that is revoked in the end
        let of = |file: &str| {
            if name.contains("revoke") { format!("{command} {}", run_of(file)) } else { command.to_owned() }
        };
        for action in &allowed {
            allow(action);
            let outcome = run(&sandbox, &server, &of("extra.csv"));
            assert_eq!(outcome.code, 1, "{command} works without {action}");
            assert!(outcome.stderr.contains(&format!("{action} on arn:")), "{command}: {}", outcome.stderr);
        }
        allow("");
        done(&sandbox, &server, &of("more.csv"));
    }
    server.allow_all();
    let row = readme.lines().find(|line| line.starts_with("| `status --check` |")).unwrap();
    let needed = answered(&done(&sandbox, &server, "status --check --format json"), "yes");
    for action in needed.iter().filter(|what| what.contains(':')) {
        assert!(row.contains(&format!("`{action}`")), "{action}");
    }
}
