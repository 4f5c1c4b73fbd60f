//! Files on S3: read like those of a disk, and written.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::data;
use super::harness::{Outcome, Sandbox};
use super::s3::{Fault, Faults, Options, Proxy, Server};

const NEW: &str = "ingest --init --store s --dataset acme/shop/1 --format json";

fn run(sandbox: &Sandbox, server: &Server, arguments: &str) -> Outcome {
    Outcome::from(&sandbox.command(arguments).envs(server.environment()).output().unwrap())
}

fn ok(outcome: Outcome) -> Outcome {
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome
}

fn refused(outcome: &Outcome, code: i32, words: &[&str]) {
    assert_eq!(outcome.code, code, "{}", outcome.stderr);
    for words in words {
        assert!(outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
    }
}

/// A result as JSON without the bucket in names, and without ids, which are made from the names.
fn without_bucket(text: &str) -> String {
    let text = text.replace("s3://test-bucket/", "");
    text.lines().filter(|line| !line.trim_start().starts_with("\"id\": ")).collect()
}

/// The same files in the folder `in` and below the prefix `in/` of a bucket.
fn both() -> (Sandbox, Server) {
    let (sandbox, server) = (Sandbox::new(), Server::start(Options { page: 3, ..Options::default() }));
    ok(sandbox.run("generate --days 4 --every 10m --parameters 2 --output p.parquet"));
    let files = [
        ("in/a.csv", data::csv(600).into_bytes()),
        ("in/b.ndjson", data::ndjson(600).into_bytes()),
        ("in/deep/c.csv.gz", data::gzip(data::csv(700).as_bytes())),
        ("in/deep/d.csv.zst", data::zstd(data::csv_of_three(500, true).as_bytes())),
        ("in/e.parquet", sandbox.read("p.parquet")),
        ("in/.hidden.csv", b"x".to_vec()),
        ("in/.git/f.csv", b"x".to_vec()),
        ("in/README", b"hello".to_vec()),
    ];
    for (name, bytes) in files {
        std::fs::create_dir_all(sandbox.path(name).parent().unwrap()).unwrap();
        std::fs::write(sandbox.path(name), &bytes).unwrap();
        server.put(name, bytes);
    }
    server.put("in/deep/", ""); // what some programs make for a folder
    server.put("in-other/a.csv", "x");
    (sandbox, server)
}

#[test]
fn what_is_found_in_an_object_is_what_is_found_in_the_file() {
    let (sandbox, server) = both();
    for name in ["in/a.csv", "in/b.ndjson", "in/deep/c.csv.gz", "in/deep/d.csv.zst", "in/e.parquet"] {
        let local = ok(run(&sandbox, &server, &format!("detect {name} --format json")));
        assert!(local.json()["incidents"].is_array());
        server.forget_requests();
        let there = ok(run(&sandbox, &server, &format!("detect s3://test-bucket/{name} --format json")));
        assert_eq!(without_bucket(there.text()), without_bucket(local.text()));
        assert_eq!(server.requests("GetObject"), 1, "{name}");
    }
}

#[test]
fn a_prefix_is_read_like_a_folder() {
    let (sandbox, server) = both();
    let local = ok(run(&sandbox, &server, "detect in --format json"));
    for place in ["s3://test-bucket/in/", "s3://test-bucket/in"] {
        server.forget_requests();
        let there = ok(run(&sandbox, &server, &format!("detect {place} --format json")));
        assert_eq!(without_bucket(there.text()), without_bucket(local.text()));
        assert_eq!(server.requests("GetObject"), 6);
    }
    let local = ok(run(&sandbox, &server, "detect in/*/*.csv.* in/a* in/a.csv --format json"));
    let there = "detect s3://test-bucket/in/*/*.csv.* s3://test-bucket/in/a* s3://test-bucket/in/a.csv --format json";
    let there = ok(run(&sandbox, &server, there));
    assert_eq!(without_bucket(there.text()), without_bucket(local.text()));
    server.put("odd[1].csv", data::csv(600));
    ok(run(&sandbox, &server, "detect s3://test-bucket/odd[1].csv"));
}

#[test]
fn records_are_ingested_once_wherever_they_come_from() {
    let (sandbox, server) = both();
    let first = ok(run(&sandbox, &server, &format!("{NEW} s3://test-bucket/in/")));
    assert!(first.json()["new_records"].as_u64().unwrap() > 2000, "{}", first.text());
    let again = ok(run(&sandbox, &server, &format!("{NEW} s3://test-bucket/in/")));
    assert_eq!(again.json()["new_records"], 0);
    let local = ok(run(&sandbox, &server, &format!("{NEW} in")));
    assert_eq!(local.json()["new_records"], 0);
    assert_eq!(local.json()["records"], first.json()["records"]);
    // a place in an object is a place in its address
    let by_position = "ingest --init --store t --dataset acme/shop/1 --identity position --format json";
    for expected in [600, 0] {
        let outcome = ok(run(&sandbox, &server, &format!("{by_position} s3://test-bucket/in/b.ndjson")));
        assert_eq!(outcome.json()["new_records"], expected, "{}", outcome.text());
        assert_eq!(outcome.json()["sources"][0]["source"], "s3://test-bucket/in/b.ndjson");
    }
}

#[test]
fn thousands_of_small_objects_are_read_without_waiting_for_each() {
    let (sandbox, server) = (Sandbox::new(), Server::start(Options::default()));
    for hour in 0..1200 {
        server.put(&format!("h/{hour:05}.csv"), format!("time,cpu\n{},{}\n", data::START + hour * 3600, hour % 24));
    }
    let faults = Faults { share: 1.0, kinds: vec![Fault::Delayed], ..Faults::default() };
    let delay = Duration::from_millis(100);
    let proxy = Proxy::start(&server.endpoint(), Faults { delay, ..faults });
    let started = std::time::Instant::now();
    let mut command = sandbox.command("detect s3://test-bucket/h/ --concat --format json");
    let outcome = ok(Outcome::from(&command.envs(server.environment_through(&proxy.endpoint())).output().unwrap()));
    assert_eq!(outcome.json()["summary"]["measurements"], 1200);
    assert_eq!(server.requests("GetObject"), 1200);
    assert!(started.elapsed() < delay * 600, "one after the other: {:?}", started.elapsed());
}

#[test]
fn what_is_not_there_or_not_allowed_is_told() {
    let (sandbox, server) = both();
    let told = |arguments: &str, words: &[&str]| refused(&run(&sandbox, &server, arguments), 1, words);
    let missing = "s3://test-bucket/in/x.csv: there is no such object, and none below it";
    told("detect s3://test-bucket/in/x.csv", &[missing, "aws s3 ls s3://test-bucket/in/"]);
    told("detect s3://test-bucket/no/", &["s3://test-bucket/no/: there are no objects below it"]);
    told("detect s3://test-bucket/in/.git/../", &["there are no objects"]);
    told(&format!("{NEW} s3://test-bucket/in/*.xlsx"), &["no object matches s3://test-bucket/in/*.xlsx"]);
    told("detect s3://no-such-bucket/in/", &["there is no bucket no-such-bucket"]);
    refused(&run(&sandbox, &server, "detect s3://a/x"), 2, &["'a' can't be the name of a bucket"]);
    server.deny("s3:ListBucket");
    told("detect s3://test-bucket/in/", &["s3:ListBucket on arn:aws:s3:::test-bucket is not allowed"]);
    ok(run(&sandbox, &server, "detect s3://test-bucket/in/a.csv"));
    server.allow_all();
    server.deny("s3:GetObject");
    let words = "s3:GetObject on arn:aws:s3:::test-bucket/in/a.csv is not allowed";
    told("detect s3://test-bucket/in/a.csv", &[words]);
    told("detect s3://test-bucket/in/*.csv", &["s3:GetObject on"]);
    // what can't be read is not taken for what is no data
    for command in ["detect", NEW] {
        told(&format!("{command} s3://test-bucket/in/"), &["s3:GetObject on arn:aws:s3:::test-bucket/in/b.ndjson"]);
    }
    assert!(!sandbox.path("s").exists());
}

#[test]
fn results_are_written_to_s3() {
    let (sandbox, server) = both();
    let generate = "generate --days 6 --every 10m --parameters 2 --output";
    for name in ["x.ndjson", "x.csv.gz", "x.csv.zst", "x.parquet"] {
        server.put(&format!("out/{name}"), "what was there before");
        ok(run(&sandbox, &server, &format!("{generate} {name}")));
        let outcome = ok(run(&sandbox, &server, &format!("{generate} s3://test-bucket/out/{name}")));
        let object = server.object(&format!("out/{name}")).unwrap();
        assert!(object.bytes == sandbox.read(name) && object.metadata.contains_key("sha256"), "{name}");
        assert!(server.tree("out")["x.truth.ndjson"] == sandbox.read("x.truth.ndjson"));
        let next = format!("detect s3://test-bucket/out/{name} --labels s3://test-bucket/out/x.truth.ndjson");
        assert!(outcome.stderr.contains(&next), "{}", outcome.stderr);
        ok(run(&sandbox, &server, &next));
    }
    let detect = "detect s3://test-bucket/in/a.csv";
    ok(run(&sandbox, &server, &format!("{detect} --output x.json --scores x.csv")));
    let outputs = "--output s3://test-bucket/out/x.json --scores s3://test-bucket/out/scores.csv";
    ok(run(&sandbox, &server, &format!("{detect} {outputs}")));
    assert_eq!(server.tree("out")["x.json"], sandbox.read("x.json"));
    assert_eq!(server.tree("out")["scores.csv"], sandbox.read("x.csv"));
    ok(run(&sandbox, &server, "detect in --scores s3://test-bucket/out/all"));
    let scores: Vec<String> = server.tree("out/all").into_keys().collect();
    assert_eq!(scores, ["a.csv", "b.ndjson.csv", "deep/c.csv.gz.csv", "deep/d.csv.zst.csv", "e.parquet.csv"]);
}

#[test]
fn large_results_are_written_in_parts() {
    let (sandbox, server) = (Sandbox::new(), Server::start(Options::default()));
    let generate = "generate --days 40 --every 30s --parameters 8 --output";
    ok(run(&sandbox, &server, &format!("{generate} x.ndjson")));
    ok(run(&sandbox, &server, &format!("{generate} s3://test-bucket/x.ndjson")));
    assert!(server.requests("UploadPart") > 2 && server.uploads().is_empty());
    assert!(server.tree("")["x.ndjson"] == sandbox.read("x.ndjson"));
}

#[test]
fn nothing_appears_where_it_cannot_or_must_not() {
    let (sandbox, server) = both();
    let before = server.tree("");
    let run = |arguments: &str| run(&sandbox, &server, arguments);
    refused(&run("generate --days 1 --output s3://test-bucket/"), 2, &["no name of an object"]);
    refused(&run("generate --days 1 --output s3://test-bucket/x/"), 2, &["such as s3://test-bucket/x/data.csv"]);
    let overwritten = "s3://test-bucket/in/a.csv is an input; it would be overwritten";
    refused(&run("detect s3://test-bucket/in/ --output s3://test-bucket/in/a.csv"), 2, &[overwritten]);
    refused(&run("detect s3://test-bucket/in/ --scores s3://test-bucket/in"), 2, &["is an input"]);
    refused(&run("generate --days 1 --output s3://no-such-bucket/x.csv"), 1, &["there is no bucket no-such-bucket"]);
    let quarantine = "ingest quarantine --store s --export s3://test-bucket/mended";
    refused(&run(quarantine), 2, &["records to mend go to a folder on a disk"]);
    server.deny("s3:PutObject");
    let words = "s3:PutObject on arn:aws:s3:::test-bucket/x.csv is not allowed";
    refused(&run("generate --days 1 --output s3://test-bucket/x.csv"), 1, &[words]);
    refused(&run("detect s3://test-bucket/in/a.csv --output s3://test-bucket/x.csv"), 1, &[words]);
    assert!(server.tree("") == before && server.uploads().is_empty());
}

#[test]
fn faults_on_the_way_change_nothing() {
    let (sandbox, server) = both();
    for number in 0..60 {
        server.put(&format!("in/many/{number}.csv"), data::csv(400 + number));
    }
    let detect = "detect s3://test-bucket/in/ --format json --output";
    let generate = "generate --days 40 --every 30s --parameters 8 --output";
    ok(run(&sandbox, &server, &format!("{detect} undisturbed.json")));
    ok(run(&sandbox, &server, &format!("{generate} undisturbed.ndjson")));
    for seed in 0..2 {
        let faults = Faults { seed, delay: Duration::from_millis(20), ..Faults::default() };
        let proxy = Proxy::start(&server.endpoint(), faults);
        let run = |arguments: &str| {
            let environment = server.environment_through(&proxy.endpoint());
            ok(Outcome::from(&sandbox.command(arguments).envs(environment).output().unwrap()))
        };
        run(&format!("{detect} s3://test-bucket/out/x.json"));
        assert!(server.tree("out")["x.json"] == sandbox.read("undisturbed.json"));
        run(&format!("{generate} s3://test-bucket/out/x.ndjson"));
        assert!(server.tree("out")["x.ndjson"] == sandbox.read("undisturbed.ndjson"));
        assert!(proxy.disturbed() > 0, "{}", proxy.disturbed());
    }
}

#[test]
fn an_interrupted_command_leaves_no_copies() {
    let (sandbox, server) = (Sandbox::new(), Server::start(Options::default()));
    (0..5).for_each(|number| server.put(&format!("in/{number}.csv"), data::csv(400)));
    // an answer comes later than the program waits for its own end
    let delay = Duration::from_secs(5);
    let faults = Faults { share: 1.0, kinds: vec![Fault::Delayed], delay, ..Faults::default() };
    let proxy = Proxy::start(&server.endpoint(), faults);
    std::fs::create_dir(sandbox.path("tmp")).unwrap();
    let mut command = sandbox.command("ingest --init --store s --dataset acme/shop/1 s3://test-bucket/in/");
    command.envs(server.environment_through(&proxy.endpoint())).env("TMPDIR", sandbox.path("tmp"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let entries = || std::fs::read_dir(sandbox.path("tmp")).unwrap().count();
    while entries() == 0 {
        assert!(child.try_wait().unwrap().is_none(), "it has ended before");
        std::thread::sleep(Duration::from_millis(20));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(entries(), 0);
    assert!(!sandbox.path("s").exists());
}
