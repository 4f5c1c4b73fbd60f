//! `detect` on bad input: each with a message that names file, line and what to do, and with the good rows still used.

use crate::data::{self, Dice, csv, gzip, rows, zstd};
use crate::harness::{Outcome, Sandbox};

/// What `detect` says of a file with these bytes: how it ended, and how many measurements it used.
fn detect(sandbox: &Sandbox, name: &str, bytes: &[u8], flags: &str) -> (Outcome, u64) {
    std::fs::write(sandbox.path(name), bytes).unwrap();
    let outcome = sandbox.run(&format!("detect {name} --format json {flags}"));
    assert!(!outcome.stderr.contains("panicked") && !outcome.stderr.contains('\u{1b}'), "{}", outcome.stderr);
    let measurements =
        if outcome.stdout.is_empty() { 0 } else { outcome.json()["summary"]["measurements"].as_u64().unwrap() };
    (outcome, measurements)
}

/// Checks the exit code, the number of measurements used, and that all fragments are on standard error.
fn expect(text: &[u8], code: i32, used: u64, fragments: &[&str]) -> Outcome {
    expect_with("", text, code, used, fragments)
}

fn expect_with(flags: &str, text: &[u8], code: i32, used: u64, fragments: &[&str]) -> Outcome {
    let (outcome, measurements) = detect(&Sandbox::new(), "x.csv", text, flags);
    let said = &outcome.stderr;
    assert_eq!((outcome.code, measurements), (code, used), "{said}");
    for fragment in fragments {
        assert!(said.contains(fragment), "'{fragment}' is not in:\n{said}");
    }
    let errors = said.lines().filter(|line| line.starts_with("error:")).count();
    assert_eq!(errors, usize::from(code != 0), "one error is told once:\n{said}");
    assert!(code == 0 || said.contains(" hint: "), "an error says what to do:\n{said}");
    outcome
}

/// 400 good rows, and these bad ones in their middle, on line 202.
fn among_good(bad: &str) -> Vec<u8> {
    let mut lines = rows(400);
    lines.insert(200, bad.to_owned());
    format!("time,value\n{}\n", lines.join("\n")).into_bytes()
}

#[test]
fn nothing_at_all() {
    expect(b"", 1, 0, &["x.csv: the file is empty"]);
    expect(b" \n\n", 1, 0, &["x.csv: the file is empty"]);
    expect(b"time,value\n", 1, 0, &["x.csv: the file has a header but no rows"]);
    expect(&gzip(b""), 1, 0, &["x.csv: the file is empty"]);
    expect(&zstd(b"time,value\n"), 1, 0, &["x.csv: the file has a header but no rows"]);
    expect(b"[]", 1, 0, &["x.csv: no row has both a time and a number"]);
    let stdin = Sandbox::new().run("detect -");
    assert_eq!((stdin.code, stdin.text()), (1, ""));
    assert!(stdin.stderr.starts_with("error: stdin: the file is empty\n"), "{}", stdin.stderr);
}

#[test]
fn columns_that_can_not_be_told() {
    expect(b"host,cpu\na,1\nb,2\n", 1, 0, &["x.csv: no time column among: host, cpu", "--time-column"]);
    let two = b"timestamp,created_at,cpu\n2024-01-01,2024-02-01,5\n2024-01-02,2024-02-02,6\n";
    expect(two, 2, 0, &["x.csv: columns timestamp and created_at both hold times", "--time-column"]);
    expect_with("--time-column created_at", two, 0, 2, &[]);
    expect_with("--time-column creates_at", two, 1, 0, &["no column creates_at", "nearest column is created_at"]);
    expect(b"time,host\n2024-01-01,a\n", 1, 0, &["x.csv: no column with numbers beside the time; host holds text"]);
    expect(b"time,cpu\nnoon,1\none,2\n", 1, 0, &["x.csv: column time: time \"noon\" can't be read", "--time-column"]);
    expect(b"time,cpu\n2024-01-01,\n2024-01-02,NaN\n", 1, 0, &["x.csv: no row has both", "all values are missing"]);
    expect(b"time,value\r1,2\r3,4\r", 1, 0, &["carriage returns alone"]);
    let (_, used) = detect(&Sandbox::new(), "x.csv", b"time,a,b\n1,2,3\n", "--parameter a");
    assert_eq!(used, 1);
    expect_with("--parameter c", b"time,a,b\n1,2,3\n", 2, 0, &["no parameter matches --parameter", "there are: a, b"]);
}

#[test]
fn a_bad_row_is_named_and_the_good_ones_are_used() {
    for (bad, fragments) in [
        ("1704127200,abc", ["x.csv:202: value \"abc\" in column value is not a number", "1 not a number"]),
        ("1704127200,inf", ["x.csv:202: value \"inf\" in column value is infinite", "1 infinite"]),
        ("1704127200,1e308", ["x.csv:202: value \"1e308\" in column value is too large", "1 too large"]),
        (
            "1704127200,\"1,000\"",
            ["x.csv:202: value \"1,000\" in column value is not a number: thousands", "1 not a number"],
        ),
        ("1704127200", ["x.csv:202: 1 field, the header has 2", "1 with too few or too many fields"]),
        ("1704127200,1,2", ["x.csv:202: 3 fields, the header has 2", "1 with too few or too many fields"]),
        (
            "0000-01-01T00:00:00Z,1",
            ["x.csv:202: time \"0000-01-01T00:00:00Z\" lies outside the years 1900 to 2199", "1 with times outside"],
        ),
        (
            "99999-01-01T00:00:00Z,1",
            ["x.csv:202: time \"99999-01-01T00:00:00Z\" lies outside", "1 with times outside 1900 to 2199"],
        ),
        (
            "05/06/2024 10:00,1",
            ["x.csv:202: time \"05/06/2024 10:00\" is ambiguous: is the day first", "1 with unreadable times"],
        ),
        (",1", ["x.csv:202: the time is missing", "1 with unreadable times"]),
        ("{\"time\":1704127200,\"value\":1}", ["x.csv:202: ", "skipped 1 "]),
        ("1704127200,\"1", ["x.csv:202: a quote is opened and never closed", "1 with too few or too many fields"]),
        ("\u{1b}[31mred,\u{202e}1", ["x.csv:202: time \"\\u{1b}[31mred\" can't be read", "1 with unreadable times"]),
    ] {
        expect(&among_good(bad), 0, 400, &fragments);
        expect_with("--max-bad 1", &among_good(bad), 0, 400, &fragments);
        expect_with("--max-bad 0", &among_good(bad), 5, 400, &["1 bad row but --max-bad allows 0", fragments[0]]);
        expect_with("--max-bad 0.1%", &among_good(bad), 5, 400, &[]);
    }
    // nothing where a value could be is no error
    for missing in ["1704127200,", "1704127200,NaN", "1704127200,null", "1704127200,-"] {
        expect_with("--max-bad 0", &among_good(missing), 0, 400, &["skipped 1 missing value;"]);
    }
}

#[test]
fn text_that_is_not_utf_8() {
    let mut bytes = among_good("1704127200,?");
    let at = bytes.iter().position(|byte| *byte == b'?').unwrap();
    bytes[at] = 0xff;
    expect(&bytes, 0, 400, &["x.csv:202: the text in column value is not UTF-8"]);
    let utf_16: Vec<u8> = "\u{feff}time,value\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    expect(&utf_16, 1, 0, &["x.csv: this is UTF-16 text, which is not read", "iconv -f UTF-16 -t UTF-8 x.csv"]);
    expect(b"time,value\n\0\0\0\0\n", 1, 0, &["x.csv: this is binary data, not text"]);
}

#[test]
fn rare_faults_are_seen_among_many() {
    let mut lines = rows(400);
    for (row, line) in lines.iter_mut().enumerate().skip(250) {
        *line = format!("{},x", data::START + row as i64 * 300);
    }
    lines.push("someday,1".into());
    let text = format!("time,value\n{}\n", lines.join("\n"));
    let outcome = expect(
        text.as_bytes(),
        0,
        250,
        &["x.csv:252: value \"x\"", "x.csv:402: time \"someday\"", "… and 147 more bad rows"],
    );
    assert!(outcome.stderr.lines().count() < 10, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("skipped 1 with unreadable times, 150 not a number"), "{}", outcome.stderr);
}

#[test]
fn formats_of_time_may_be_mixed() {
    let text = b"time,value\n2024-01-01T00:00:00Z,1\n2024-01-01 00:05:00,2\n1704067800,3\n1704068100000,4\n\
        2024-01-01T02:20:00+02:00,5\n20240101T002500Z,6\n2024/01/01 00:30,7\n";
    let outcome = expect(text, 0, 7, &[]);
    let summary = &outcome.json()["summary"];
    assert_eq!(
        (summary["from"].as_str(), summary["to"].as_str()),
        (Some("2024-01-01T00:00:00Z"), Some("2024-01-01T00:30:00Z"))
    );
}

#[test]
fn json_in_csv_and_csv_in_json() {
    let json = "{\"time\":1704067200,\"value\":5}\n".repeat(50);
    expect(format!("{}{json}", csv(400)).as_bytes(), 0, 400, &["x.csv:402: ", "skipped 50 "]);
    expect(format!("{json}1,2\n{json}").as_bytes(), 0, 100, &["x.csv:51: not a JSON record", "1 not JSON"]);
}

#[test]
fn json_that_is_too_deep_or_too_long() {
    let good = data::ndjson(400);
    let deep = format!("{{\"time\":1704067200,\"a\":{}1{}}}\n", "{\"a\":".repeat(20_000), "}".repeat(20_000));
    expect(
        format!("{good}{deep}{good}").as_bytes(),
        0,
        1600,
        &["x.csv:401: nested more than 128 levels deep", "1 not JSON"],
    );
    expect(format!("[{}]", deep.trim()).as_bytes(), 1, 0, &["x.csv:1: nested more than 128 levels deep"]);
    for open in ["[", "{\"a\":", "{\"a\":["] {
        let (outcome, _) = detect(&Sandbox::new(), "x.json", open.repeat(20_000).as_bytes(), "");
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    }
    let long = format!("{{\"time\":1704067200,\"text\":\"{}\",\"n\":1}}\n", "x".repeat(10 << 20));
    expect(format!("{good}{long}{good}").as_bytes(), 0, 1601, &[]);
    for bad in
        ["{\"time\":1704067200,\"v\":1e999}", "{\"time\":1704067200,\"v\":NaN}", "{\"time\":1704067200", "\"\"", "{}"]
    {
        expect(format!("{good}{bad}\n").as_bytes(), 0, 800, &["x.csv:401: ", "skipped 1 "]);
    }
}

#[test]
fn a_row_of_10_mb() {
    let long = format!("1704127200,{}", "9".repeat(10 << 20));
    expect(&among_good(&long), 0, 400, &["x.csv:202: value \"9999999999", "1 too large"]);
    let header = format!("time,value,{}\n", "x".repeat(10 << 20));
    let text: Vec<String> = rows(400).iter().map(|row| format!("{row},1\n")).collect();
    expect(format!("{header}{}", text.concat()).as_bytes(), 0, 800, &[]);
}

#[test]
fn streams_that_are_cut_off_or_damaged() {
    let text = csv(20_000);
    for (packed, name) in [(gzip(text.as_bytes()), "gzip"), (zstd(text.as_bytes()), "zstd")] {
        let (outcome, used) = detect(&Sandbox::new(), "x.csv", &packed[..packed.len() - 9], "");
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(used > 100 || name == "zstd", "{used}");
        assert!(
            outcome.stderr.contains("x.csv: line ") && outcome.stderr.contains(" stream ends early"),
            "{}",
            outcome.stderr
        );
        let mut damaged = packed.clone();
        let at = damaged.len() / 2;
        damaged[at..at + 40].fill(0x55);
        let (outcome, _) = detect(&Sandbox::new(), "x.csv", &damaged, "");
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(name) && outcome.stderr.contains("x.csv"), "{}", outcome.stderr);
    }
}

/// Whatever is wrong with a Parquet file: a message and an exit code, within a second.
#[test]
fn parquet_that_is_cut_off_or_damaged() {
    let sandbox = Sandbox::new();
    for order in ["parameter", "time"] {
        let made = sandbox.run(&format!(
            "generate -q --days 2 --parameters 2 --format parquet --order {order} --output good.parquet"
        ));
        assert_eq!(made.code, 0, "{}", made.stderr);
        let good = sandbox.read("good.parquet");
        let footer =
            good.len() - 8 - u32::from_le_bytes(good[good.len() - 8..good.len() - 4].try_into().unwrap()) as usize;
        let mut dice = Dice(7);
        let (outcome, used) = detect(&sandbox, "x.parquet", &good[..good.len() / 2], "");
        assert_eq!((outcome.code, used), (1, 0));
        assert!(
            outcome.stderr.contains("x.parquet: the Parquet file can't be read: its end is missing"),
            "{}",
            outcome.stderr
        );
        for round in 0..150 {
            let mut bytes = good.clone();
            match round % 5 {
                0 => bytes.truncate(dice.below(good.len())),
                1 => (0..8).for_each(|_| bytes[footer + dice.below(good.len() - footer)] = dice.below(256) as u8),
                2 => (0..3).for_each(|_| bytes[dice.below(64)] = dice.below(256) as u8),
                _ => (0..=dice.below(20)).for_each(|_| bytes[dice.below(good.len())] ^= 1 << dice.below(8)),
            }
            let (outcome, _) = detect(&sandbox, "x.parquet", &bytes, "");
            assert!(matches!(outcome.code, 0..=2), "round {round}: {}", outcome.stderr);
            assert!(
                outcome.code == 0 || outcome.stderr.contains("error: x.parquet: "),
                "round {round}: {}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn names_that_play_tricks() {
    let sandbox = Sandbox::new();
    let long = "n".repeat(10_000);
    let names = ["../../x", "\u{1b}[31mred", "\u{202e}gnorw", "a\nb", "c,d", "=cmd()", "@sum", "quo\"te", &long];
    let mut text = String::from("time,parameter,value\n");
    for (time, value) in data::series(600) {
        names.iter().for_each(|name| text += &format!("{time},\"{}\",{value}\n", name.replace('"', "\"\"")));
    }
    std::fs::write(sandbox.path("x.csv"), &text).unwrap();
    let shown = sandbox.run("detect x.csv --scores scores.csv");
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert_eq!(sandbox.names(), ["scores.csv", "x.csv"]);
    assert!(!shown.text().contains(['\u{1b}', '\u{202e}']) && shown.text().contains("\\u{1b}[31mred"));
    assert!(shown.text().lines().count() == 2 * names.len(), "{}", shown.text());
    let csv = sandbox.run("detect x.csv --format csv");
    let scores = sandbox.read("scores.csv");
    for table in [csv.stdout.as_slice(), &scores] {
        let mut found = std::collections::BTreeSet::new();
        for record in csv::Reader::from_reader(table).records() {
            for field in record.unwrap().iter() {
                let formula =
                    field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && field.parse::<f64>().is_err();
                assert!(!formula, "{field}");
                found.insert(field.to_owned());
            }
        }
        assert!(
            ["../../x", "'=cmd()", "'@sum", "a\nb", "c,d", "quo\"te", &long].iter().all(|name| found.contains(*name))
        );
    }
    let json = sandbox.run("detect x.csv --format json").json();
    let in_json: std::collections::BTreeSet<&str> =
        json["incidents"].as_array().unwrap().iter().map(|incident| incident["parameter"].as_str().unwrap()).collect();
    assert_eq!(in_json, names.into_iter().collect());
}

#[test]
fn too_little_to_judge() {
    expect(
        b"time,value\n2024-01-01,5\n",
        0,
        1,
        &["1 measurement of 1 series", "there is too little history for limits"],
    );
    let text: String = (0..2000).map(|row| format!("{},7\n", data::START + row * 300)).collect();
    let outcome = expect(format!("time,value\n{text}").as_bytes(), 0, 2000, &["0 incidents"]);
    assert_eq!(outcome.json()["incidents"].as_array().unwrap().len(), 0);
    let text: String = (0..2000).map(|_| format!("{},7\n", data::START)).collect();
    expect(format!("time,value\n{text}").as_bytes(), 0, 2000, &["too little history"]);
}

#[test]
fn wrong_usage() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("x.csv"), csv(400)).unwrap();
    for (flags, said) in [
        ("--timezone Europe/Zuric", "did you mean Europe/Zurich?"),
        ("--timezone Mars/Olympus", "there is no zone 'Mars/Olympus'"),
        ("--threshold 0", "--threshold must be more than 0"),
        ("--threshold NaN", "--threshold must be more than 0"),
        ("--delimiter ab", "--delimiter can't be 'ab'"),
        ("--max-bad x", "--max-bad can't be 'x'"),
        ("--max-bad 101%", "--max-bad can't be '101%'"),
        ("--parameter [", "--parameter"),
        ("--threads 0", "--threads must be a whole number from 1"),
        ("--input-format xml", "invalid value 'xml'"),
    ] {
        let outcome = sandbox.run(&format!("detect x.csv {flags}"));
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{flags}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(said), "{flags}: {}", outcome.stderr);
    }
}
