//! `fixtures/`: made by the commands in its README, and showing what they are there to show.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::harness::Sandbox;

/// A file of `fixtures/`.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).join(name)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it is not the program that is run")]
fn the_commands_in_the_readme_make_the_same_bytes() {
    let readme = std::fs::read_to_string(fixture("README.md")).unwrap();
    let sandbox = Sandbox::new();
    let commands: Vec<&str> =
        readme.lines().filter_map(|line| line.strip_prefix("    trebuchet-ad generate ")).collect();
    assert_eq!(commands.len(), 3);
    for command in commands {
        let outcome = sandbox.run(&format!("generate {command}"));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
    if std::env::var("TREBUCHET_BLESS").is_ok_and(|value| value == "1") {
        sandbox.names().iter().for_each(|name| std::fs::write(fixture(name), sandbox.read(name)).unwrap());
    }
    let entries = std::fs::read_dir(fixture("")).unwrap();
    let mut committed: BTreeSet<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(committed.remove("README.md"));
    assert!(committed.iter().eq(&sandbox.names()), "{committed:?} and {:?}", sandbox.names());
    for name in sandbox.names() {
        let same = sandbox.read(&name) == std::fs::read(fixture(&name)).unwrap();
        assert!(same, "{name} differs; run: TREBUCHET_BLESS=1 cargo test --release --test cli fixtures");
    }
}

/// What a newcomer sees first must be worth seeing: by the default, and by the version for which the seeds were chosen.
#[test]
fn most_of_what_was_planted_is_found_and_little_else() {
    for (data, truth, more, least) in [
        ("web.csv", "web.truth.ndjson", "--method adaptive@1", [0.9, 0.9]),
        ("shop.ndjson", "shop.truth.ndjson", "--method adaptive@1", [0.75, 0.85]),
        ("iot.parquet", "iot.truth.ndjson", "--timezone Europe/Zurich --method adaptive@1", [0.9, 0.75]),
        ("web.csv", "web.truth.ndjson", "", [0.7, 0.9]),
        ("shop.ndjson", "shop.truth.ndjson", "", [0.75, 0.85]),
        ("iot.parquet", "iot.truth.ndjson", "--timezone Europe/Zurich", [0.75, 0.85]),
    ] {
        let sandbox = Sandbox::new();
        let mut command = sandbox.command(&format!("detect --quiet --format json {more}"));
        command.arg(fixture(data)).arg("--labels").arg(fixture(truth));
        let document: serde_json::Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let share = |name: &str| document["evaluation"][name].as_f64().unwrap();
        let shares = ["precision", "recall"].map(share);
        assert!(shares.iter().zip(least).all(|(share, least)| *share >= least), "{data}: {shares:?}");
    }
}
