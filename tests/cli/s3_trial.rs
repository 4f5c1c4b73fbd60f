//! Runs the program where something is wrong with S3. Whatever goes wrong, no output has a secret in it.

use std::time::{Duration, Instant};

use super::harness::{Outcome, Sandbox};
use super::s3::{Options, SECRET_KEY, Server};

/// The session token of all tests.
pub const TOKEN: &str = "session/token/that/must/never/be/shown";

/// The user and the password of an endpoint.
pub const PASSWORD: &str = "someone:password-of-someone@";

/// Where the tests keep their store.
const PLACE: &str = "s3://test-bucket/data";

/// A folder to run the program in, and the environment in which it runs.
pub struct Trial {
    pub sandbox: Sandbox,
    environment: Vec<(String, String)>,
}

impl Trial {
    /// In the environment of a server.
    pub fn new(server: &Server) -> Self {
        let sandbox = Sandbox::new();
        let home = sandbox.path("").display().to_string();
        let environment = server.environment().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        std::fs::write(sandbox.path("data.csv"), "time,cpu\n2024-01-01T00:00:00Z,1\n2024-01-01T01:00:00Z,2\n").unwrap();
        Self { sandbox, environment }.with("AWS_MAX_ATTEMPTS", "2").with("HOME", &home)
    }

    /// Where there is nothing but an endpoint.
    pub fn at(endpoint: &str) -> Self {
        Self::new(&Server::start(Options::default())).with("AWS_ENDPOINT_URL_S3", endpoint)
    }

    /// With a variable; an empty one is none.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.environment.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// With configuration files of AWS in place of credentials in the environment.
    pub fn configured(self, config: &str) -> Self {
        std::fs::write(self.sandbox.path("config"), config).unwrap();
        let file = self.sandbox.path("config").display().to_string();
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
            .into_iter()
            .fold(self, |trial, name| trial.with(name, ""))
            .with("AWS_CONFIG_FILE", &file)
    }

    /// Runs a command on the store, with all that it has to say, in bounded time.
    pub fn run(&self, command: &str) -> Outcome {
        let begun = Instant::now();
        let mut program = self.sandbox.command(command);
        program.args(["--verbose", "--store", PLACE]);
        program.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let outcome = Outcome::from(&program.output().unwrap());
        assert!(begun.elapsed() < Duration::from_secs(40), "{command}: {:?}", begun.elapsed());
        let said = format!("{}{}", outcome.text(), outcome.stderr);
        for secret in [SECRET_KEY, TOKEN, PASSWORD, "password-of", "Signature=", "X-Amz-Signature", "panicked"] {
            assert!(!said.contains(secret), "{command} says {secret}: {said}");
        }
        outcome
    }

    /// Runs `status`, which ends with this code and says this.
    pub fn says(&self, code: i32, expected: &str) {
        assert_said(&self.run("status"), code, expected);
    }

    /// Runs `status`, which can't read the first object of the store, and says this of why.
    pub fn can_not_read(&self, expected: &str) {
        self.says(1, &format!("error: can't read {PLACE}/trebuchet.json: {expected}"));
    }

    /// A store with two hours of data.
    pub fn filled(server: &Server) -> Self {
        let trial = Self::new(server);
        let made = trial.run("ingest --init --dataset acme/shop/1 data.csv");
        assert_eq!(made.code, 0, "{}", made.stderr);
        trial
    }
}

/// A text in which each port of a server on this machine is `PORT`.
fn without_ports(text: &str) -> String {
    ["127.0.0.1:", "localhost:"].iter().fold(text.to_owned(), |text, host| {
        let mut parts = text.split(host);
        let first = parts.next().unwrap_or_default().to_owned();
        let digit = |letter: char| letter.is_ascii_digit();
        parts.fold(first, |text, part| text + host + "PORT" + part.trim_start_matches(digit))
    })
}

/// What was said is this, with lines of at most three times the width of a terminal.
pub fn assert_said(outcome: &Outcome, code: i32, expected: &str) {
    let lines: Vec<&str> = expected.lines().map(str::trim).collect();
    let stderr = without_ports(&outcome.stderr);
    let said: Vec<&str> = stderr.lines().map(str::trim).collect();
    assert_eq!((outcome.code, &said[..]), (code, &lines[..]), "\n{stderr}");
    assert!(said.iter().all(|line| line.len() <= 240), "{}", outcome.stderr);
}
