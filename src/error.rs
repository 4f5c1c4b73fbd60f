//! What can go wrong: a kind that fixes the exit code, one sentence, and hints that say what to do.
//!
//! Messages are short, lower-case, without a full stop; [`crate::ui`] renders them once, at the edge.

use std::fmt;

/// The result of anything that can fail in a way that the user must hear of.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an error means to the caller of the program; each has its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The work could not be done: a file is unreadable, a disk full.
    Failed,
    /// The command line or a setting makes no sense.
    Usage,
    /// More records were bad than `--max-bad` allows.
    TooManyBad,
    /// SIGINT (Ctrl-C) stopped the work.
    Interrupted,
    /// SIGTERM stopped the work.
    Terminated,
    /// Whoever read our output has gone: not an error to the user.
    ClosedPipe,
}

/// What the user can do, in terms of the program's commands; they are worded at the edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Train a model.
    Train,
    /// Train a model with this version of the program.
    TrainWithThisVersion,
    /// Train a model with the settings in force.
    TrainWithTheseSettings,
    /// Train a model on what came before this time, to detect from there on.
    TrainUntil(String),
    /// Name a model that was trained until this time or before.
    NameModelUntil(String),
    /// Detect what lies before this time first.
    DetectUntil(String),
    /// Detect up to this time without naming a model.
    DetectWithoutModelUntil(String),
    /// Look back over files.
    DetectFiles,
    /// Judge again beside what was said.
    Replay,
}

/// An error with hints.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    hints: Vec<String>,
    io: bool,
}

impl Error {
    /// The work could not be done.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// The command line or a setting is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// An error of the given kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), io: false }
    }

    /// A failed operation of the operating system: `what` says what was tried, on what.
    pub fn io(what: impl fmt::Display, cause: &std::io::Error) -> Self {
        let kind = match cause.kind() {
            std::io::ErrorKind::BrokenPipe => Kind::ClosedPipe,
            _ => Kind::Failed,
        };
        let mut error = Self::new(kind, format!("{what}: {}", io_reason(cause)));
        error.io = true;
        match cause.kind() {
            std::io::ErrorKind::StorageFull => error.hint("free some space, or write to another disk"),
            std::io::ErrorKind::FileTooLarge => error.hint("larger files are not allowed; see: ulimit -f"),
            std::io::ErrorKind::PermissionDenied => error.hint("check the permissions of the file and of its folder"),
            _ => error,
        }
    }

    /// A failed operation on a temporary file: `what` says what was tried, and ends before "the temporary folder".
    pub fn temporary(what: impl fmt::Display, cause: &std::io::Error) -> Self {
        Self::io(format_args!("{what} the temporary folder {}", std::env::temp_dir().display()), cause)
            .hint("set TMPDIR to a folder with more space")
    }

    /// Adds a command that the user can type.
    #[must_use]
    pub fn advise(self, advice: Advice) -> Self {
        self.hint(format!("{advice:?}"))
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Puts `place` (a file, a flag) before the message.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// What the error means to the caller of the program.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The same, known not to come from the content of a file, which could not be read.
    #[must_use]
    pub fn whatever_the_content(mut self) -> Self {
        self.io = true;
        self
    }

    /// Whether the operating system or S3 refused something, whatever the content of the file.
    #[must_use]
    pub fn is_io(&self) -> bool {
        self.io
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl Kind {
    /// The exit code of a program that ends with an error of this kind.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::TooManyBad => 5,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

/// The operating system's reason without Rust's "(os error 28)", in lower case.
fn io_reason(cause: &std::io::Error) -> String {
    let text = cause.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
