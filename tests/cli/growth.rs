//! What an hourly step costs does not grow with the age of the store: requests are counted.

use std::collections::BTreeMap;

use super::harness::{Outcome, Sandbox};
use super::s3::{Options, Server};

/// 2026-03-01T00:00:00Z.
const START: i64 = 1_772_323_200_000;
const HOUR: i64 = 3_600_000;

/// The most requests of an hourly `ingest` and `detect` together that read.
const READS: u64 = 60;

fn time(at: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// Ten parameters, every five minutes.
fn lines(hours: std::ops::Range<i64>) -> String {
    let mut text = String::new();
    for minute in (hours.start * 60..hours.end * 60).step_by(5) {
        let at = START + minute * 60_000;
        for parameter in 0..10 {
            let value = f64::from(((minute * 7 + parameter * 13) % 101) as i32) / 10.0 + 50.0;
            text += &format!("{{\"time\":\"{}\",\"p{parameter}\":{value}}}\n", time(at));
        }
    }
    text
}

struct Cron {
    sandbox: Sandbox,
    server: Server,
}

impl Cron {
    fn run(&self, now: i64, command: &str) -> Outcome {
        let mut program = self.sandbox.command(command);
        program.args(["--store", &format!("s3://{}/s", self.server.bucket())]);
        program.envs(self.server.environment()).env("TREBUCHET_NOW", time(now));
        let outcome = Outcome::from(&program.output().unwrap());
        assert_eq!(outcome.code, 0, "{command}: {}", outcome.stderr);
        outcome
    }

    /// The step of an hour, and its requests.
    fn step(&self, hour: i64) -> BTreeMap<String, u64> {
        std::fs::write(self.sandbox.path("hour.ndjson"), lines(hour..hour + 1)).unwrap();
        self.server.forget_requests();
        let now = START + (hour + 1) * HOUR + 60_000;
        self.run(now, "ingest hour.ndjson");
        self.run(now + 60_000, "detect");
        self.server.all_requests()
    }
}

#[test]
fn an_hourly_step_asks_s3_as_little_after_weeks_as_at_first() {
    let cron = Cron { sandbox: Sandbox::new(), server: Server::start(Options { page: 100, ..Options::default() }) };
    std::fs::write(cron.sandbox.path("first.ndjson"), lines(0..72)).unwrap();
    cron.run(START + 72 * HOUR, "ingest --init --dataset acme/shop/1 first.ndjson");
    cron.run(START + 72 * HOUR, "train");
    let mut days: Vec<u64> = Vec::new();
    for day in 3..10 {
        let mut most = 0;
        for hour in 0..24 {
            let requests = cron.step(day * 24 + hour);
            let reads: u64 = requests.iter().filter(|(name, _)| !name.starts_with("Put")).map(|(_, count)| count).sum();
            assert!(reads <= READS, "{day} {hour}: {requests:?}");
            most = most.max(reads);
        }
        days.push(most);
    }
    assert!(days[6] <= days[2], "{days:?}");
}
