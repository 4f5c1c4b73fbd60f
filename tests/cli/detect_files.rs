//! `detect` on files, folders, pipes and devices, and what it writes.

use std::fs;

use crate::data::{Dice, csv, gzip, rows};
use crate::harness::Sandbox;

fn with(files: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, text) in files {
        fs::create_dir_all(sandbox.path(name).parent().unwrap()).unwrap();
        fs::write(sandbox.path(name), text).unwrap();
    }
    sandbox
}

#[test]
fn a_folder_may_hold_other_files_too() {
    let good = csv(400);
    let files =
        [("d/a.csv", good.as_str()), ("d/b/c.csv", &good), ("d/README.md", "# Hello\nworld\n"), ("d/empty.csv", "")];
    let sandbox = with(&files);
    let outcome = sandbox.run("detect d --format json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let summary = &outcome.json()["summary"];
    assert_eq!((summary["files"].as_u64(), summary["measurements"].as_u64()), (Some(2), Some(800)));
    assert_eq!(summary["skipped"], serde_json::json!({}), "what is no data is not counted");
    for said in ["not data: README.md: ", "not data: empty.csv: the file is empty"] {
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    }
    for i in 0..9 {
        fs::write(sandbox.path(&format!("d/{i}.txt")), "hello").unwrap();
    }
    let outcome = sandbox.run("detect d");
    assert!(outcome.stderr.contains("11 files of the folder left out as not data (--verbose"), "{}", outcome.stderr);
    assert_eq!(sandbox.run("detect d --verbose").stderr.matches("not data: ").count(), 11);
    // what is data by its name, and is damaged, is no other file
    fs::write(sandbox.path("d/z.csv.gz"), &gzip(good.as_bytes())[..500]).unwrap();
    let outcome = sandbox.run("detect d");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("error: z.csv.gz: line ") && outcome.text().contains("a.csv"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn what_does_not_exist_or_holds_nothing() {
    let sandbox = with(&[("cpu.csv", &csv(400)), ("notes/readme.txt", "hello\n")]);
    fs::create_dir(sandbox.path("empty")).unwrap();
    for (arguments, said) in [
        ("cpu.cvs", ["error: cpu.cvs: there is no such file or folder", "did you mean cpu.csv?"]),
        ("no/where.csv", ["error: no/where.csv: there is no such", "its folder does not exist"]),
        ("empty", ["error: empty: there are no files in this folder", " hint: "]),
        ("*.parquet", ["error: no file matches *.parquet", " hint: "]),
        ("notes", ["not data: readme.txt: ", "error: there are no measurements in any file"]),
    ] {
        let outcome = sandbox.run(&format!("detect {arguments}"));
        assert_eq!((outcome.code, outcome.text()), (1, ""), "{arguments}: {}", outcome.stderr);
        assert!(said.iter().all(|said| outcome.stderr.contains(said)), "{arguments}: {}", outcome.stderr);
    }
}

#[test]
fn several_files() {
    let sandbox = with(&[("a.csv", &csv(400)), ("b.csv", &csv(500)), ("bad.csv", "x,y\n1,2\n"), ("void.csv", "")]);
    for (arguments, code, series, measurements) in [
        ("a.csv a.csv ./a.csv", 0, 1, 400),
        ("a.csv b.csv", 0, 2, 900),
        ("?.csv", 0, 2, 900),
        ("a.csv b.csv --concat", 0, 1, 900),
        ("a.csv bad.csv", 1, 1, 400),
        ("a.csv bad.csv --concat", 1, 1, 400),
        ("void.csv b.csv bad.csv", 1, 1, 500),
    ] {
        let outcome = sandbox.run(&format!("detect {arguments} --format json"));
        assert_eq!(outcome.code, code, "{arguments}: {}", outcome.stderr);
        let summary = &outcome.json()["summary"];
        assert_eq!(
            (summary["series"].as_u64(), summary["measurements"].as_u64()),
            (Some(series), Some(measurements)),
            "{arguments}"
        );
        let said = outcome.stderr.matches("error: ").count();
        assert_eq!(said, arguments.matches("bad").count() + arguments.matches("void").count(), "{}", outcome.stderr);
        // errors come last, so that they are seen
        assert!(code == 0 || outcome.stderr.lines().last().unwrap().starts_with(" hint: "), "{}", outcome.stderr);
    }
    let nothing = sandbox.run("detect void.csv bad.csv");
    assert_eq!((nothing.code, nothing.text()), (1, ""));
    assert_eq!(nothing.stderr.matches("error: ").count(), 2, "{}", nothing.stderr);
}

#[test]
fn the_series_has_a_short_name() {
    let sandbox = with(&[("deep/in/a.csv", &csv(600)), ("deep/in/b.csv", &csv(600)), ("other/b.csv", &csv(600))]);
    let names = |arguments: &str| {
        let outcome = sandbox.run(&format!("detect {arguments}"));
        let heads = outcome.text().lines().step_by(2).map(|line| line.rsplit("  ").next().unwrap().to_owned());
        let mut names: Vec<String> = heads.collect();
        names.sort();
        names
    };
    assert_eq!(names("deep/in/a.csv"), ["a.csv"]);
    assert_eq!(names("deep/in/a.csv other/b.csv"), ["a.csv", "b.csv"]);
    assert_eq!(names("deep/in/b.csv other/b.csv"), ["deep/in/b.csv", "other/b.csv"]);
    assert_eq!(names("deep"), ["in/a.csv", "in/b.csv"]);
}

#[test]
#[cfg(target_os = "linux")]
fn devices_and_pipes() {
    let sandbox = with(&[("x.csv", &csv(600))]);
    for arguments in ["x.csv --scores /dev/full", "x.csv --output /dev/full"] {
        let outcome = sandbox.run(&format!("detect {arguments}"));
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(outcome.stderr.contains("error: cannot write /dev/full: no space left"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(" hint: free some space"), "{}", outcome.stderr);
    }
    assert!(
        sandbox.run("detect x.csv --scores /dev/full").text().contains("x.csv"),
        "the incidents are told all the same"
    );
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = sandbox.command("detect x.csv").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    // reading the memory of a process from 0 on is an error of the device, whoever asks
    let outcome = sandbox.run("detect x.csv /proc/self/mem");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("error: can't read /proc/self/mem: "), "{}", outcome.stderr);
    assert!(outcome.text().contains("x.csv"), "the other file is used: {}", outcome.stderr);

    let pipe = sandbox.path("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let writer = std::thread::spawn(move || fs::write(pipe, csv(600)).unwrap());
    let outcome = sandbox.run("detect pipe --format json");
    writer.join().unwrap();
    assert_eq!(outcome.json()["summary"]["measurements"], 600);
}

/// Root reads everything; whoever else runs the tests sees this.
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = with(&[("d/x.csv", &csv(600)), ("d/y.csv", &csv(600))]);
    fs::set_permissions(sandbox.path("d/y.csv"), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(sandbox.path("d/y.csv")).is_ok() {
        return;
    }
    for arguments in ["d", "d/x.csv d/y.csv"] {
        let outcome = sandbox.run(&format!("detect {arguments}"));
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("y.csv: permission denied") && outcome.stderr.contains("check the permissions")
        );
        assert!(outcome.text().contains("x.csv"));
    }
}

#[test]
fn results_never_replace_the_data() {
    let text = csv(600);
    let sandbox = with(&[("d/x.csv", &text), ("truth", "")]);
    std::os::unix::fs::symlink(sandbox.path("d/x.csv"), sandbox.path("link")).unwrap();
    for (arguments, said) in [
        ("d/x.csv --scores d/x.csv", "d/x.csv is an input"),
        ("d/x.csv --output d/x.csv", "d/x.csv is an input"),
        ("d/x.csv --output link", "link is an input"),
        ("d --scores d", "x.csv is an input"),
        ("d --scores ./d/../d", "x.csv is an input"),
        ("d/x.csv --labels truth --output truth", "truth is an input"),
        ("d/x.csv --scores -", "--scores and the incidents would go to the same place"),
        ("d/x.csv --scores a --output a", "--scores and the incidents would go to the same place"),
        ("d/x.csv --output d", "cannot write d: it is a folder"),
        ("d/x.csv --scores d", "cannot write d: it is a folder"),
        ("d --scores truth", "several files need a folder"),
    ] {
        let outcome = sandbox.run(&format!("detect {arguments}"));
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{arguments}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(said) && outcome.stderr.contains(" hint: "), "{arguments}: {}", outcome.stderr);
        assert_eq!(sandbox.read("d/x.csv"), text.as_bytes());
        assert_eq!(sandbox.names(), ["d", "link", "truth"]);
    }
    let missing = sandbox.run("detect d/x.csv --output no/such/folder.json");
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.contains("there is no folder no/such"), "{}", missing.stderr);
}

#[test]
fn an_empty_truth_file_says_that_nothing_was_anomalous() {
    let sandbox = Sandbox::new();
    sandbox.run("generate -q --days 3 --anomalies 0 --output calm.ndjson");
    let outcome = sandbox.run("detect calm.ndjson --labels calm.truth.ndjson --format json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let evaluation = &outcome.json()["evaluation"];
    assert_eq!((evaluation["windows"].as_u64(), evaluation["series"].as_u64()), (Some(0), Some(5)), "{evaluation}");
    assert_eq!(evaluation["true_incidents"], 0);
    assert_eq!(sandbox.run("detect calm.ndjson --labels missing.ndjson").code, 1);
}

#[test]
fn the_next_command_works_as_it_is_shown() {
    let sandbox = with(&[("my data.csv", &csv(600).replace("time", "when"))]);
    let mut command = sandbox.command("detect --time-column when");
    let stderr = String::from_utf8(command.arg("my data.csv").output().unwrap().stderr).unwrap();
    let next = stderr.lines().last().unwrap().strip_prefix("next: trebuchet-ad ").unwrap();
    assert_eq!(next, "detect --time-column when 'my data.csv' --scores scores.csv");
}

/// Late rows and rows of the same time change nothing, however the file is cut into pieces.
#[test]
fn the_order_of_rows_does_not_matter() {
    let sandbox = Sandbox::new();
    let mut lines = rows(20_000);
    let same = lines[7000].split(',').next().unwrap().to_owned();
    lines.extend((0..50).map(|value| format!("{same},{}", 90 + value)));
    lines.sort();
    let mut results = std::collections::BTreeSet::new();
    for (seed, window) in [(0, 0), (1, 60), (2, 700), (3, 30_000), (4, 30_000)] {
        let mut dice = Dice(seed);
        let mut lines = lines.clone();
        if window > 0 {
            lines.chunks_mut(window).for_each(|chunk| dice.shuffle(chunk));
        }
        fs::write(sandbox.path("x.csv"), format!("time,value\n{}\n", lines.join("\n"))).unwrap();
        for threads in [1, 3] {
            let outcome = sandbox.run(&format!("detect x.csv --format json --scores scores.csv --threads {threads}"));
            assert_eq!(outcome.code, 0, "{}", outcome.stderr);
            results.insert((outcome.stdout, sandbox.read("scores.csv")));
        }
    }
    assert_eq!(results.len(), 1);
}
