//! `ingest` where something is wrong: bad records, bad stores, mistaken runs, crashes, others at the same time.

use std::process::Stdio;
use std::time::Duration;

use crate::data;
use crate::harness::{Outcome, Sandbox};
use crate::ingest::{NEW, content, runs_of, tree};

const BAD: &str =
    "{\"time\":\"never\",\"v\":1}\n{\"time\":1704067200,\"v\":2}\nnot json\n{\"time\":1704067260,\"v\":3}\n";

fn ok(outcome: Outcome) -> Outcome {
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome
}

fn refused(outcome: &Outcome, code: i32, words: &str) {
    assert_eq!(outcome.code, code, "{}", outcome.stderr);
    assert!(outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
}

fn with(name: &str, content: impl AsRef<[u8]>) -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path(name), content).unwrap();
    sandbox
}

#[test]
fn bad_records_go_to_quarantine_and_come_back_mended() {
    let sandbox = with("a.ndjson", BAD);
    let outcome = ok(sandbox.run(&format!("{NEW} a.ndjson")));
    assert!(outcome.stderr.contains("a.ndjson:1: ") && outcome.stderr.contains("2 bad records in quarantine"));
    let csv = "time,cpu,mem\n1704067200,1,2\n1704067260,1,2,3\n1704067320,1,x\n1704067380,2,3\n1704067440,2,3\n";
    std::fs::write(sandbox.path("b.csv"), csv).unwrap();
    ok(sandbox.run("ingest --store s b.csv"));
    let before = tree(&sandbox.path("s"), "runs/");
    ok(sandbox.run("ingest --store s b.csv a.ndjson"));
    assert_eq!(tree(&sandbox.path("s"), "runs/"), before, "bad records are kept once");
    let listed = ok(sandbox.run("ingest quarantine --store s --format json")).json();
    let of = |i: usize| {
        let row = &listed["records"][i];
        (row["source"].as_str().unwrap(), row["line"].as_u64().unwrap(), row["reason"].as_str().unwrap())
    };
    assert_eq!(of(0), ("a.ndjson", 1, "time"));
    assert_eq!(of(1), ("a.ndjson", 3, "json"));
    assert_eq!(of(2), ("b.csv", 3, "fields"));
    assert_eq!(of(3), ("b.csv", 4, "not_a_number"));
    assert_eq!(listed["records"][3]["record"], "1704067320,1,x");
    let table = ok(sandbox.run("ingest --store s quarantine --source b*"));
    assert!(table.text().starts_with("b.csv:3: ") && table.text().lines().count() == 4, "{}", table.text());
    assert_eq!(ok(sandbox.run("ingest quarantine --store s --format csv")).text().lines().count(), 5);
    assert_eq!(ok(sandbox.run("ingest quarantine --store s --format ndjson")).text().lines().count(), 4);

    ok(sandbox.run("ingest quarantine --store s --export mended"));
    assert_eq!(sandbox.read("mended/b.csv.csv"), b"time,cpu,mem\n1704067260,1,2,3\n1704067320,1,x\n");
    refused(&sandbox.run("ingest quarantine --store s --export mended"), 1, "is there already");
    std::fs::write(sandbox.path("mended/b.csv.csv"), "time,cpu,mem\n1704067260,1,2\n1704067320,1,7\n").unwrap();
    std::fs::write(sandbox.path("mended/a.ndjson.ndjson"), "{\"time\":1704067290,\"v\":1}\n").unwrap();
    ok(sandbox.run("ingest --store s mended"));
    assert_eq!(content(&sandbox.path("s")).0.values().sum::<usize>(), 2 + 3 + 3);
    assert!(ok(sandbox.run("status --store s")).text().contains("quarantine  4 records"));
    ok(sandbox.run("ingest quarantine --store s --clear"));
    assert!(ok(sandbox.run("status --store s")).text().contains("quarantine  0 records"));
    assert_eq!(ok(sandbox.run("ingest quarantine --store s")).text(), "");
    ok(sandbox.run("ingest --store s b.csv"));
    assert_eq!(ok(sandbox.run("ingest quarantine --store s")).text(), "");
}

#[test]
fn too_many_bad_records_are_an_end_before_anything_is_written() {
    let sandbox = with("a.ndjson", BAD);
    refused(&sandbox.run(&format!("{NEW} a.ndjson --max-bad 1")), 5, "2 bad records but --max-bad allows 1");
    refused(&sandbox.run(&format!("{NEW} a.ndjson --max-bad 49%")), 5, "--max-bad allows 1");
    assert!(!sandbox.path("s").exists());
    ok(sandbox.run(&format!("{NEW} a.ndjson --max-bad 50%")));
    let before = tree(&sandbox.path("s"), "-");
    std::fs::write(sandbox.path("b.ndjson"), "{\"v\":1}\n{}\n").unwrap();
    refused(&sandbox.run("ingest --store s a.ndjson b.ndjson"), 1, "b.ndjson: there is no record that can be used");
    std::fs::write(sandbox.path("c.gz"), &data::gzip(&[b'x'; 5000])[..20]).unwrap();
    refused(&sandbox.run("ingest --store s a.ndjson c.gz"), 1, "nothing was written");
    assert_eq!(tree(&sandbox.path("s"), "-"), before);
}

#[test]
fn files_of_a_folder_that_are_no_data_are_passed_over() {
    let sandbox = Sandbox::new();
    for folder in ["data", "data/b"] {
        std::fs::create_dir(sandbox.path(folder)).unwrap();
    }
    let write = |name: &str, content: &str| std::fs::write(sandbox.path(name), content).unwrap();
    write("data/a.ndjson", "{\"time\":1704067200,\"v\":2}\nnonsense\n");
    write("data/a.truth.ndjson", &"{\"start\":1704067200,\"end\":1704067300}\n".repeat(9000));
    write("data/b/config.json", "{\"level\":3}");
    write("data/c.ndjson", "{\"time\":\"never\",\"v\":1}\n{\"time\":1704067260,\"v\":3}\nnonsense\n");
    let outcome = ok(sandbox.run(&format!("{NEW} data --max-bad 3")));
    assert_eq!(outcome.stderr.matches("not data: ").count(), 2, "{}", outcome.stderr);
    let listed = ok(sandbox.run("ingest quarantine --store s --format json")).json();
    let sources: Vec<&str> =
        listed["records"].as_array().unwrap().iter().map(|row| row["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["a.ndjson", "c.ndjson", "c.ndjson"]);
    // records with times and nothing else are bad ones
    write("data/d.ndjson", &"{\"time\":1704067260,\"v\":\"x\"}\n".repeat(3));
    refused(&sandbox.run("ingest --store s data --max-bad 5"), 5, "--max-bad allows 5");
    assert!(ok(sandbox.run("ingest --store s data --max-bad 6")).stderr.contains("d.ndjson:1: "));
    // one that is named is no accident
    refused(&sandbox.run("ingest --store s data/a.truth.ndjson"), 1, "there is no record that can be used");
}

#[test]
fn a_store_is_no_source_of_its_own() {
    let sandbox = with("a.ndjson", "{\"time\":1704067200,\"v\":2}\n");
    let again = "ingest --init --store s --dataset acme/shop/1 .";
    ok(sandbox.run(again));
    let outcome = ok(sandbox.run(again));
    assert!(
        outcome.stderr.contains("0 records with 0 measurements new") && outcome.stderr.contains("(1 already there)")
    );
    refused(&sandbox.run("ingest --store s s"), 2, "nothing but the store itself");
    refused(&sandbox.run("ingest --store s a.ndjson s/trebuchet.json"), 2, "s/trebuchet.json lies in the store itself");
    // a summary that can't be written is an error before anything else is
    std::fs::write(sandbox.path("b.ndjson"), "{\"time\":1704067260,\"v\":2}\n").unwrap();
    let before = tree(&sandbox.path("s"), "-");
    refused(&sandbox.run("ingest --store s b.ndjson --output no/x.json"), 1, "there is no folder no");
    assert_eq!(tree(&sandbox.path("s"), "-"), before);
}

#[test]
fn records_of_the_future_are_taken_in_and_told_of() {
    let sandbox = with("a.ndjson", "{\"time\":1704067200,\"v\":2}\n{\"time\":4070908800,\"v\":3}\n");
    let outcome = ok(sandbox.run(&format!("{NEW} a.ndjson --format json")));
    assert!(
        outcome.stderr.contains("1 hour with records, from 2099-01-01T00:00:00Z on, in the future"),
        "{}",
        outcome.stderr
    );
    let summary = outcome.json();
    assert_eq!((summary["new_records"].as_u64(), summary["future_hours"].as_u64()), (Some(2), Some(1)));
}

#[cfg(unix)]
#[test]
fn as_many_files_may_be_open_as_systems_allow() {
    let lines = |hours: std::ops::Range<i64>| -> String {
        hours.map(|hour| format!("{{\"time\":{},\"v\":{hour}}}\n", 1_704_067_200 + hour * 3600)).collect()
    };
    let sandbox = with("a.ndjson", lines(0..2000));
    let plain = sandbox.command(&format!("{NEW} a.ndjson"));
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -n 1024 && exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    let outcome = Outcome::from(&limited.env_clear().current_dir(sandbox.path("")).output().unwrap());
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("2,000 records"), "{}", outcome.stderr);
}

#[test]
fn a_trial_writes_nothing() {
    let sandbox = with("a.ndjson", BAD);
    let outcome = ok(sandbox.run(&format!("{NEW} a.ndjson --dry-run --format json")));
    assert_eq!((outcome.json()["new_records"].as_u64(), outcome.json()["dry_run"].as_bool()), (Some(2), Some(true)));
    assert!(!sandbox.path("s").exists());
    ok(sandbox.run(&format!("{NEW} a.ndjson")));
    let before = tree(&sandbox.path("s"), "-");
    let outcome = ok(sandbox.run("ingest --store s a.ndjson --dry-run --format json"));
    assert_eq!(outcome.json()["already_there"].as_u64(), Some(2));
    assert_eq!(tree(&sandbox.path("s"), "-"), before);
}

#[test]
fn settings_are_kept_and_not_contradicted() {
    let sandbox = with("zeit.csv", "zeit;wert\n2024-01-31 10:00:00;1,5\n2024-01-31 11:00:00;2,5\n");
    ok(sandbox.run(&format!("{NEW} zeit.csv --timezone Europe/Zurich --name-field host")));
    let times: Vec<String> = content(&sandbox.path("s")).1.into_keys().collect();
    assert_eq!(times[0], "1706691600000 wert None 1.5", "10:00 in Zurich");
    let settings = String::from_utf8(tree(&sandbox.path("s/settings"), "-").into_values().next().unwrap()).unwrap();
    assert!(settings.contains(r#""time_field":"zeit""#) && settings.contains("adaptive@2"), "{settings}");
    let more = |flags: &str| sandbox.run(&format!("ingest --store s zeit.csv {flags}"));
    ok(more("--timezone europe/zurich --time-column zeit --name-field host"));
    for (flags, words) in [
        ("--timezone UTC", "--timezone 'UTC' contradicts the settings of the dataset, which say 'Europe/Zurich'"),
        ("--time-field when", "which say 'zeit'"),
        ("--kind event", "which say nothing of the kind"),
        ("--identity position", "which say 'text'"),
        ("--parameter a*", "--parameter 'a*' contradicts"),
    ] {
        refused(&more(flags), 2, words);
    }
    // Times that are found in another way than those before would not be understood together with them.
    std::fs::write(sandbox.path("time.csv"), "time,wert\n1706691600,1\n1706691660,2\n").unwrap();
    ok(sandbox.run("ingest --store s --dataset a/b/1 time.csv"));
    refused(&sandbox.run("ingest --store s --dataset a/b/1 zeit.csv"), 2, "the times are in column zeit");
    refused(&sandbox.run("ingest --store s --dataset a/b/2 time.csv zeit.csv"), 2, "into datasets of their own");
}

#[test]
fn stores_that_are_none_are_refused() {
    let sandbox = with("a.ndjson", BAD);
    ok(sandbox.run(&format!("{NEW} a.ndjson")));
    let marker = sandbox.read("s/trebuchet.json");
    std::fs::write(sandbox.path("s/trebuchet.json"), r#"{"format":9,"layout":"compact"}"#).unwrap();
    refused(&sandbox.run("ingest --store s a.ndjson"), 1, "says format 9");
    refused(&sandbox.run(&format!("{NEW} a.ndjson")), 1, "says format 9");
    std::fs::remove_file(sandbox.path("s/trebuchet.json")).unwrap();
    refused(&sandbox.run("ingest --store s a.ndjson"), 1, "is half a store");
    refused(&sandbox.run(&format!("{NEW} a.ndjson")), 1, "is half a store");
    std::fs::write(sandbox.path("s/trebuchet.json"), marker).unwrap();
    ok(sandbox.run("ingest --store s a.ndjson"));
    refused(&sandbox.run("ingest --init --store a.ndjson --dataset a/b/1 a.ndjson"), 1, "is a file, not a folder");

    let name = tree(&sandbox.path("s"), "-").into_keys().find(|name| name.starts_with("raw/")).unwrap();
    let raw = sandbox.path("s").join(&name);
    let notes = raw.with_file_name("notes.txt");
    std::fs::write(&notes, "x").unwrap();
    refused(&sandbox.run("ingest --store s a.ndjson"), 1, "notes.txt is not an object of a store");
    std::fs::remove_file(&notes).unwrap();
    let mut damaged = std::fs::read(&raw).unwrap();
    damaged[10] ^= 1;
    std::fs::write(&raw, damaged).unwrap();
    refused(&sandbox.run("ingest --store s a.ndjson"), 1, "000001.parquet is not what was written");
}

#[cfg(unix)]
#[test]
fn a_store_that_may_not_be_written_is_an_error_that_loses_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = with("a.ndjson", BAD);
    ok(sandbox.run(&format!("{NEW} a.ndjson")));
    std::fs::write(sandbox.path("b.ndjson"), "{\"time\":1704967200,\"v\":2}\n").unwrap();
    let before = tree(&sandbox.path("s"), "-");
    // A file where the store needs a folder stops whoever may do everything; permissions stop others.
    std::fs::remove_dir_all(sandbox.path("s/.staging")).unwrap();
    std::fs::write(sandbox.path("s/.staging"), "").unwrap();
    std::fs::set_permissions(sandbox.path("s"), PermissionsExt::from_mode(0o555)).unwrap();
    let outcome = sandbox.run("ingest --store s b.ndjson");
    std::fs::set_permissions(sandbox.path("s"), PermissionsExt::from_mode(0o755)).unwrap();
    refused(&outcome, 1, "s/.staging");
    assert_eq!(tree(&sandbox.path("s"), "-"), before);
    std::fs::remove_file(sandbox.path("s/.staging")).unwrap();
    ok(sandbox.run("ingest --store s b.ndjson"));
    assert_eq!(content(&sandbox.path("s")).0.len(), 3);
}

#[test]
fn a_revoked_run_is_out_of_sight() {
    let sandbox = with("a.ndjson", BAD);
    ok(sandbox.run(&format!("{NEW} a.ndjson")));
    let good = content(&sandbox.path("s"));
    let before = tree(&sandbox.path("s"), "runs/");
    std::fs::write(sandbox.path("wrong.ndjson"), "{\"time\":1704067205,\"v\":9}\n{\"time\":1704167205,\"v\":9}\n{}\n")
        .unwrap();
    let run = ok(sandbox.run("ingest --store s wrong.ndjson --format json")).json()["run"].as_str().unwrap().to_owned();
    refused(&sandbox.run("ingest revoke --store s 2026"), 2, "2 runs whose ids begin with 2026");
    refused(&sandbox.run("ingest revoke --store s x"), 2, &format!("the last are: {run}"));
    ok(sandbox.run(&format!("ingest revoke --store s {run} --dry-run")));
    assert!(content(&sandbox.path("s")) != good);
    let outcome = ok(sandbox.run(&format!("ingest revoke --store s {run}")));
    assert!(outcome.stderr.contains("5 objects went out of sight"), "{}", outcome.stderr);
    assert!(content(&sandbox.path("s")) == good);
    let mut after = tree(&sandbox.path("s"), "runs/");
    after.retain(|name, _| !name.starts_with("superseded/"));
    assert_eq!(after, before);
    refused(&sandbox.run(&format!("ingest revoke --store s {run}")), 2, "is revoked already");
    // What was stopped after the document was written is completed by whoever writes next.
    let moved = tree(&sandbox.path(&format!("s/superseded/{run}")), "-");
    for (name, bytes) in &moved {
        std::fs::write(sandbox.path("s").join(name), bytes).unwrap();
    }
    let done = runs_of(&sandbox).into_iter().find(|run| !run.revokes.is_empty()).unwrap().id;
    std::fs::remove_file(sandbox.path(&format!("s/superseded/{done}/done.json"))).unwrap();
    assert!(content(&sandbox.path("s")) == good);
    ok(sandbox.run("ingest --store s a.ndjson"));
    assert!(!sandbox.path("s").join(moved.keys().next().unwrap()).exists());
    // It may come again, under new numbers.
    ok(sandbox.run("ingest --store s wrong.ndjson"));
    assert_eq!(content(&sandbox.path("s")).0.len(), 4);
    assert!(moved.keys().any(|name| !sandbox.path("s").join(name).exists() && name.starts_with("raw/")));
}

#[test]
fn what_other_runs_need_stays_in_sight() {
    let sandbox = with("a.ndjson", BAD);
    ok(sandbox.run(&format!("{NEW} a.ndjson")));
    ok(sandbox.run("ingest --store s a.ndjson"));
    let before = content(&sandbox.path("s"));
    let runs = runs_of(&sandbox);
    let outcome = ok(sandbox.run(&format!("ingest revoke --store s {}", runs[0].id)));
    assert!(outcome.stderr.contains(&format!("found records of theirs there: {}", runs[1].id)), "{}", outcome.stderr);
    assert!(content(&sandbox.path("s")) == before);
    ok(sandbox.run(&format!("ingest revoke --store s {}", runs[1].id)));
    assert!(content(&sandbox.path("s")).0.is_empty());
}

#[test]
fn eight_at_once_make_the_union() {
    let sandbox = Sandbox::new();
    let lines: Vec<String> = data::ndjson(1200).lines().map(str::to_owned).collect();
    let mut whole = Vec::new();
    for i in 0..8 {
        let mut part = lines[i * 100..i * 100 + 500].to_vec();
        part.push(lines[i * 100].clone()); // twice in this source
        data::Dice(i as u64).shuffle(&mut part);
        whole.push(format!("{i}.ndjson"));
        std::fs::write(sandbox.path(&whole[i]), part.join("\n")).unwrap();
    }
    let children = whole.iter().map(|name| {
        let mut command = sandbox.command(&format!("{NEW} {name}"));
        command.stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in children.collect::<Vec<_>>() {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    ok(sandbox.run(&format!("ingest --init --store t --dataset acme/shop/1 {}", whole.join(" "))));
    assert!(content(&sandbox.path("s")) == content(&sandbox.path("t")));
    assert_eq!(content(&sandbox.path("s")).0.values().sum::<usize>(), 1200 + 8);
}

#[test]
fn what_was_killed_is_completed_by_the_same_command() {
    let files = "a.ndjson b.ndjson";
    let command = |sandbox: &Sandbox| {
        let mut command = sandbox.command(&format!("{NEW} {files}"));
        command.env("TREBUCHET_NOW", "2026-01-01T00:00:00Z").stderr(Stdio::null());
        command
    };
    let prepare = || {
        let sandbox = with("a.ndjson", data::ndjson(4000));
        let more: Vec<String> = data::ndjson(5000).lines().skip(3000).map(str::to_owned).collect();
        std::fs::write(sandbox.path("b.ndjson"), more.join("\n") + "\n{}\n").unwrap();
        sandbox
    };
    let undisturbed = prepare();
    let started = std::time::Instant::now();
    assert!(command(&undisturbed).status().unwrap().success());
    let time = started.elapsed();
    let wanted = tree(&undisturbed.path("s"), "runs/");
    for moment in 1..8_u32 {
        let sandbox = prepare();
        for part in [moment, 4] {
            let mut child = command(&sandbox).spawn().unwrap();
            std::thread::sleep(time * part / 8 + Duration::from_millis(u64::from(part)));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(command(&sandbox).status().unwrap().success());
        let found = tree(&sandbox.path("s"), "runs/");
        assert!(found == wanted, "{moment}: {:?} and {:?}", found.keys(), wanted.keys());
    }
}
