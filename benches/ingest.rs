//! How long the parts of `ingest` take per measurement.
//!
//! `cargo bench --bench ingest [-- NAME]` measures; with `-- --test` each is run once on little data, so that they keep
//! working. `-- --file FILE` reads a file of one's own instead.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on fails")]
#![expect(clippy::print_stdout, reason = "it is not the program that prints")]

use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use trebuchet_ad::parallel::ordered_map;
use trebuchet_ad::source::input::Input;
use trebuchet_ad::source::records::{self, Batch, Mapping};
use trebuchet_ad::source::{self, ReadOptions};

/// How often each is measured.
const RUNS: usize = 5;

#[expect(clippy::disallowed_methods, reason = "a program of its own, with its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let test = arguments.iter().any(|argument| argument == "--test");
    let file = arguments.iter().position(|argument| argument == "--file").map(|at| arguments[at + 1].clone());
    let wanted = if file.is_some() { None } else { arguments.into_iter().find(|argument| !argument.starts_with('-')) };
    let folder = tempfile::tempdir().unwrap();
    let rows = if test { 1000 } else { 500_000 };
    let files = match file {
        Some(file) => vec![("the file", file)],
        None => [("ndjson", ndjson as fn(u64) -> String), ("wide csv", wide), ("long csv", long)]
            .into_iter()
            .map(|(name, text)| {
                let path = folder.path().join(name.replace(' ', "-"));
                std::fs::File::create(&path).unwrap().write_all(text(rows).as_bytes()).unwrap();
                (name, path.to_str().unwrap().to_owned())
            })
            .collect(),
    };
    for (name, path) in &files {
        for (what, threads, split) in
            [("read", 1, false), ("read on two threads", 2, false), ("read and split", 2, true)]
        {
            let name = format!("{what} {name}");
            if wanted.as_ref().is_some_and(|wanted| !name.contains(wanted.as_str())) {
                continue;
            }
            let work = || read(Path::new(path), threads, split);
            if test {
                assert!(work().0 > 0);
                println!("{name}: ok");
                continue;
            }
            measure(&name, std::fs::metadata(path).unwrap().len(), work);
        }
    }
}

fn measure(name: &str, bytes: u64, work: impl Fn() -> (usize, usize)) {
    let run = || {
        let start = Instant::now();
        let counts = black_box(work());
        (start.elapsed().as_secs_f64(), counts)
    };
    let mut times: Vec<(f64, (usize, usize))> = (0..RUNS).map(|_| run()).collect();
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, (records, measurements)) = times[RUNS / 2];
    println!(
        "{name:28} {:6.1} ns per measurement, {:6.1} per record, {:6.0} MB/s ({seconds:.2} s, least {:.2})",
        seconds * 1e9 / measurements as f64,
        seconds * 1e9 / records as f64,
        bytes as f64 / seconds / 1e6,
        times[0].0
    );
}

/// Reads a file to its end; how many records and measurements it has.
fn read(path: &Path, threads: usize, split: bool) -> (usize, usize) {
    let input = Input::file(path.to_str().unwrap()).unwrap();
    let mut opened = records::open(&input, &ReadOptions::default(), &Mapping::default()).unwrap();
    let jobs = std::iter::from_fn(|| opened.blocks.next().unwrap());
    let work = |job: source::Job<Batch>| {
        let batch = job().unwrap();
        assert!(batch.bad.is_empty());
        let counts = (batch.records.len(), batch.records.measurements.len());
        if split {
            black_box(batch.records.by_hour());
        } else {
            black_box(batch);
        }
        counts
    };
    let mut counts = (0, 0);
    let add = |(records, measurements)| {
        counts = (counts.0 + records, counts.1 + measurements);
        Ok::<(), ()>(())
    };
    ordered_map(threads, jobs, work, add).unwrap();
    counts
}

/// A number that looks random.
fn value(row: u64, column: u64) -> f64 {
    let mixed = (row * 10 + column).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 44) as f64 / 100.0
}

fn time(row: u64) -> String {
    trebuchet_ad::domain::zone::Zone::UTC.rfc3339(1_704_067_200_000 + row as i64 * 10_000)
}

fn ndjson(rows: u64) -> String {
    let mut text = String::new();
    for row in 0..rows {
        text += &format!("{{\"timestamp\":\"{}\"", time(row));
        (0..10).for_each(|column| text += &format!(",\"p{column}\":{}", value(row, column)));
        text += "}\n";
    }
    text
}

fn wide(rows: u64) -> String {
    let mut text = String::from("timestamp,p0,p1,p2,p3,p4,p5,p6,p7,p8,p9\n");
    for row in 0..rows {
        text += &time(row);
        (0..10).for_each(|column| text += &format!(",{}", value(row, column)));
        text.push('\n');
    }
    text
}

fn long(rows: u64) -> String {
    let mut text = String::from("timestamp,parameter,value\n");
    for row in 0..rows {
        text += &format!("{},p{},{}\n", time(row / 10), row % 10, value(row, 0));
    }
    text
}
