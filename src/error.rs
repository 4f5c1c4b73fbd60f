//! What can go wrong: a kind that fixes the exit code, one sentence, its cause, and what the user can do.
//!
//! Messages are short, lower-case, without a full stop. What has caused an error stands in its source or in its message,
//! never in both. [`crate::commands`] words the advice and [`crate::ui`] renders the whole once, at the edge.

use std::fmt;
use std::sync::Arc;

/// The result of anything that can fail in a way that the user must hear of.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an error means to the caller of the program; each has its exit code, see [`ExitStatus`].
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
    /// The reader of our output has closed it: not an error to the user.
    ClosedPipe,
}

/// Where an error comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// What was given: a command line, a setting, the content of a file.
    Content,
    /// The operating system or S3 refused something, whatever the content of the file.
    System,
}

/// What the user can do. What names a command of the program is worded at the edge, by [`crate::commands`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Something that names no command.
    Text(String),
    /// Train a model.
    Train,
    /// Train the first model.
    TrainFirst,
    /// Train a model with this version of the program.
    TrainWithThisVersion,
    /// Bring the records into a new store, since what live detection keeps can not be made again in this one.
    IngestIntoNewStore,
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
    /// Bring data into the dataset.
    BringDataIn,
    /// Bring the first data into the dataset of this name.
    BeginDataset(String),
    /// Name another place, or make a store where nothing is.
    InitStore,
    /// Name another place, or make a store beside what is there.
    InitStoreThere,
    /// Restore what is missing, or see what else is.
    SeeStatus,
    /// Get the permission, and try all that are needed.
    CheckPermissions,
    /// Read what this command of the shell writes.
    Convert(String),
}

impl From<String> for Advice {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Advice {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// An error with what caused it, and advice.
#[derive(Clone, Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    cause: Cause,
    /// Shared, so that an error can be shown where it is and handed on.
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    advice: Vec<Advice>,
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
        Self { kind, message: message.into(), cause: Cause::Content, source: None, advice: Vec::new() }
    }

    /// A failed operation of the operating system: `what` says what was tried, on what. The source says why it failed.
    pub fn io(what: impl fmt::Display, cause: &std::io::Error) -> Self {
        let kind = match cause.kind() {
            std::io::ErrorKind::BrokenPipe => Kind::ClosedPipe,
            _ => Kind::Failed,
        };
        let source: Option<Arc<dyn std::error::Error + Send + Sync>> = Some(Arc::new(same(cause)));
        let error = Self { cause: Cause::System, source, ..Self::new(kind, what.to_string()) };
        match cause.kind() {
            std::io::ErrorKind::StorageFull => error.hint("free some space, or write to another disk"),
            std::io::ErrorKind::FileTooLarge => error.hint("larger files are not allowed; see: ulimit -f"),
            std::io::ErrorKind::PermissionDenied => error.hint("check the permissions of the file and of its folder"),
            _ => error,
        }
    }

    /// A failed operation on a temporary file: `what` says what was tried, and ends before "the temporary folder".
    #[expect(clippy::disallowed_methods, reason = "the message names the folder; the crate tempfile chooses it")]
    pub fn temporary(what: impl fmt::Display, cause: &std::io::Error) -> Self {
        Self::io(format_args!("{what} the temporary folder {}", std::env::temp_dir().display()), cause)
            .hint("set TMPDIR to a folder with more space")
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<Advice>) -> Self {
        self.advice.push(advice.into());
        self
    }

    /// Adds what the user can do about it, in words that name no command of the program.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.advise(Advice::Text(hint.into()))
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

    /// The same, known to come from the system.
    #[must_use]
    pub fn of_system(mut self) -> Self {
        self.cause = Cause::System;
        self
    }

    /// Where it comes from.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// What the user can do about it, in the order in which it was added.
    #[must_use]
    pub fn advice(&self) -> &[Advice] {
        &self.advice
    }

    /// Those pieces of advice that name no command.
    #[must_use]
    pub fn hints(&self) -> Vec<&str> {
        let mut hints = Vec::new();
        for advice in &self.advice {
            if let Advice::Text(text) = advice {
                hints.push(text.as_str());
            }
        }
        hints
    }

    /// The message and what caused it: what the user reads.
    #[must_use]
    pub fn with_cause(&self) -> String {
        let mut text = self.message.clone();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let reason = match cause.downcast_ref() {
                Some(cause) => io_reason(cause),
                None => cause.to_string(),
            };
            text = format!("{text}: {reason}");
            source = cause.source();
        }
        text
    }
}

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// The work is done.
    Done,
    /// Anomalies were found, and `--exit-code` was given.
    Found,
    /// An error was told.
    Failed(Kind),
}

impl ExitStatus {
    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done | Self::Failed(Kind::ClosedPipe) => 0,
            Self::Failed(Kind::Failed) => 1,
            Self::Failed(Kind::Usage) => 2,
            Self::Found => 3,
            Self::Failed(Kind::TooManyBad) => 5,
            Self::Failed(Kind::Interrupted) => 130,
            Self::Failed(Kind::Terminated) => 143,
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

/// A copy: an error of the system has no other way to be kept by those who only see it.
fn same(cause: &std::io::Error) -> std::io::Error {
    match cause.raw_os_error() {
        Some(code) => std::io::Error::from_raw_os_error(code),
        None => std::io::Error::new(cause.kind(), cause.to_string()),
    }
}

/// The message alone; [`Error::with_cause`] has the whole.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.source.as_deref()?;
        Some(source)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;

    use super::*;

    #[test]
    fn a_cause_stands_in_the_source_alone() {
        let cause = io::Error::from_raw_os_error(28); // the disk is full
        let error = Error::io("can't write x", &cause).at("y");
        assert_eq!(error.to_string(), "y: can't write x");
        let source: &io::Error = error.source().unwrap().downcast_ref().unwrap();
        assert_eq!((source.kind(), source.raw_os_error()), (cause.kind(), Some(28)));
        assert_eq!(error.with_cause(), format!("y: can't write x: {}", io_reason(&cause)));
        assert!(!error.with_cause().contains("os error"), "{}", error.with_cause());
        let own = Error::io("can't write x", &io::Error::other("Broken by us"));
        assert_eq!(own.with_cause(), "can't write x: broken by us");
        let without = Error::usage("nothing is named");
        assert!(without.source().is_none() && without.with_cause() == "nothing is named");
    }

    #[test]
    fn where_an_error_comes_from_is_known() {
        assert_eq!(Error::failed("x").cause(), Cause::Content);
        assert_eq!(Error::failed("x").of_system().cause(), Cause::System);
        let closed = Error::io("x", &io::ErrorKind::BrokenPipe.into());
        assert_eq!((closed.kind(), closed.cause()), (Kind::ClosedPipe, Cause::System));
        assert_eq!(ExitStatus::Failed(closed.kind()).code(), ExitStatus::Done.code());
    }

    #[test]
    fn advice_keeps_its_order_and_hints_are_plain() {
        let error = Error::failed("x").hint("one").advise(Advice::Train).hint("two").clone();
        assert_eq!(error.advice(), ["one".into(), Advice::Train, "two".into()]);
        assert_eq!(error.hints(), ["one", "two"]);
    }
}
