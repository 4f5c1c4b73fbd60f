//! What holds for the program as a whole: help, wrong usage, pipes, colours, threads.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::fixtures::fixture;
use crate::harness::Sandbox;

const COMMANDS: [&str; 2] = ["detect", "generate"];

/// Far more lines than a pipe holds.
const TALKATIVE: &str = "detect --method classic --threshold 0.1 --format ndjson";

#[test]
fn help_shows_a_usage() {
    let sandbox = Sandbox::new();
    for flag in ["--help", "-h"] {
        let outcome = sandbox.run(flag);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        assert!(outcome.text().contains("\nUsage: trebuchet-ad [OPTIONS] <COMMAND>\n"), "{}", outcome.text());
        for command in COMMANDS {
            assert!(outcome.text().contains(&format!("\n  {command} ")), "{command}");
            let outcome = sandbox.run(&format!("{command} {flag}"));
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
            assert!(outcome.text().contains(&format!("\nUsage: trebuchet-ad {command} ")), "{}", outcome.text());
            assert!(outcome.text().contains("Examples:\n  trebuchet-ad "), "{}", outcome.text());
        }
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let sandbox = Sandbox::new();
    for command in ["--version", "-V", "detect --version"] {
        let outcome = sandbox.run(command);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        assert!(outcome.text().ends_with(&format!(" {}\n", env!("CARGO_PKG_VERSION"))), "{}", outcome.text());
    }
}

#[test]
fn without_a_command_the_help_is_shown_as_wrong_usage() {
    let outcome = Sandbox::new().run("");
    assert_eq!((outcome.code, outcome.text()), (2, ""));
    assert!(outcome.stderr.contains("Usage: trebuchet-ad [OPTIONS] <COMMAND>"), "{}", outcome.stderr);
}

#[test]
fn what_is_misspelt_is_suggested() {
    let sandbox = Sandbox::new();
    for (typed, suggested) in [
        ("detct x.csv", "'detect'"),
        ("detect x.csv --treshold 3", "'--threshold'"),
        ("detect x.csv --method clasic", "'classic'"),
        ("generate --paramters 3", "'--parameters'"),
        ("generate --preset wep", "'web'"),
        ("detect x.csv --quite", "'--quiet'"),
    ] {
        let outcome = sandbox.run(typed);
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{typed}");
        assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);
        let tip = outcome.stderr.lines().find(|line| line.contains("tip: ") && line.contains(suggested));
        assert!(tip.is_some(), "{}", outcome.stderr);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(TALKATIVE);
    let mut child = command.arg(fixture("web.csv")).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(line.starts_with('{') && line.ends_with("}\n"), "{line}");
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
    // ... and there was more to say than a pipe holds.
    assert!(sandbox.command(TALKATIVE).arg(fixture("web.csv")).output().unwrap().stdout.len() > 1 << 20);
}

#[test]
fn there_are_escape_codes_only_where_they_are_wanted() {
    let sandbox = Sandbox::new();
    let escapes = |flags: &str, variables: &[(&str, &str)]| {
        let mut command = sandbox.command(&format!("detect {flags}"));
        let output = command.arg(fixture("web.csv")).envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        [output.stdout, output.stderr].map(|text| {
            assert!(!text.is_empty());
            text.contains(&0x1b)
        })
    };
    assert_eq!(escapes("", &[]), [false; 2]);
    assert_eq!(escapes("", &[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), [false; 2]);
    assert_eq!(escapes("--color never", &[]), [false; 2]);
    assert_eq!(escapes("--color always", &[]), [true; 2]);
    // A flag says more than a variable.
    assert_eq!(escapes("--color always", &[("NO_COLOR", "1")]), [true; 2]);
    for command in ["--help", "detect --help", "detect --nonsense"] {
        let outcome = sandbox.run(command);
        assert!(!outcome.text().contains('\x1b') && !outcome.stderr.contains('\x1b'), "{command}");
    }
}

#[test]
fn the_number_of_threads_is_checked_and_changes_nothing() {
    let sandbox = Sandbox::new();
    let run = |flags: &str, variable: Option<&str>| {
        let mut command = sandbox.command(&format!("detect --quiet {flags}"));
        command.arg(fixture("web.csv")).envs(variable.map(|value| ("TREBUCHET_THREADS", value)));
        let output = command.output().unwrap();
        (output.status.code(), output.stdout, String::from_utf8(output.stderr).unwrap())
    };
    let usual = run("", None);
    assert_eq!((usual.0, usual.2.as_str()), (Some(0), ""));
    assert!(["--threads 1", "--threads 3"].iter().all(|flags| run(flags, None) == usual));
    assert!(["1", "3", ""].iter().all(|value| run("", Some(value)) == usual));
    assert_eq!(run("--threads 2", Some("many")), usual, "the flag wins");
    for (flags, variable, named, shown) in [
        ("--threads 0", None, "--threads", "0"),
        ("--threads 1025", None, "--threads", "1025"),
        ("", Some("0"), "TREBUCHET_THREADS", "0"),
        ("", Some("many"), "TREBUCHET_THREADS", "many"),
        ("", Some("\x1b[1m"), "TREBUCHET_THREADS", "\\u{1b}[1m"),
    ] {
        let complaint = format!("error: {named} must be a whole number from 1 to 1024, not '{shown}'\n");
        assert_eq!(run(flags, variable), (Some(2), Vec::new(), complaint));
    }
    let outcome = sandbox.run("detect --threads few x.csv");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.starts_with("error: invalid value 'few' for '--threads <N>'"), "{}", outcome.stderr);
}

/// `TREBUCHET_THREADS` is not only accepted: the operating system sees fewer threads.
#[test]
#[cfg(target_os = "linux")]
fn the_variable_decides_how_many_threads_there_are() {
    let sandbox = Sandbox::new();
    let most = |threads: &str| {
        let mut command = sandbox.command("generate --days 2000 --anomalies 0");
        command.env("TREBUCHET_THREADS", threads).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut first = String::new();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        reader.read_line(&mut first).unwrap();
        let count = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap().count();
        drop(reader);
        assert_eq!(child.wait().unwrap().code(), Some(0));
        count
    };
    assert_eq!(most("7") - most("3"), 4);
}

/// Measured are about 2 ms; what is asserted only tells that nothing heavy has crept in, however busy the machine.
#[test]
fn help_is_quick() {
    let sandbox = Sandbox::new();
    let measure = || {
        let start = Instant::now();
        assert_eq!(sandbox.run("--help").code, 0);
        start.elapsed()
    };
    let mut times: Vec<Duration> = (0..10).map(|_| measure()).collect();
    times.sort();
    assert!(times[5] < Duration::from_millis(if cfg!(debug_assertions) { 300 } else { 60 }), "{times:?}");
}
