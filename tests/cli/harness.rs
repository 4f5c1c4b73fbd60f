//! Runs the program in a folder of its own, with nothing from outside: no environment.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder to run the program in; it is gone at the end of the test.
pub struct Sandbox(tempfile::TempDir);

/// How the program ended, and what it said.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Sandbox {
    /// An empty folder.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// An empty folder in memory, where there is such a place: disks take their time to make many files durable.
    pub fn in_memory() -> Self {
        Self(tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap()))
    }

    /// The path of a name in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The bytes of a file in the folder.
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The names in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<String> = std::fs::read_dir(self.0.path()).unwrap().map(name).collect();
        names.sort();
        names
    }

    /// The program with these arguments, separated by blanks.
    #[expect(clippy::disallowed_methods, reason = "where coverage is measured, that of the program counts too")]
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trebuchet-ad"));
        command.args(arguments.split_whitespace()).current_dir(self.folder()).env_clear();
        command.stdin(Stdio::null());
        command.envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)));
        command
    }

    /// Runs the program with these arguments, separated by blanks.
    pub fn run(&self, arguments: &str) -> Outcome {
        Outcome::from(&self.command(arguments).output().unwrap())
    }

    /// Runs the program with these arguments, separated by blanks, and this standard input.
    pub fn run_with(&self, arguments: &str, input: &[u8]) -> Outcome {
        std::fs::write(self.path(".stdin"), input).unwrap();
        let stdin = std::fs::File::open(self.path(".stdin")).unwrap();
        Outcome::from(&self.command(arguments).stdin(stdin).output().unwrap())
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }
}

impl From<&std::process::Output> for Outcome {
    fn from(output: &std::process::Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout.clone(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }
}

impl Outcome {
    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stderr))
    }
}
