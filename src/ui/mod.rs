//! The only code that prints: data to standard output or a file, everything else to standard error.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use crate::domain::text::visible;
use crate::error::{Error, Kind};

pub mod grid;
pub mod incidents;
pub mod progress;
pub mod quarantine;
pub mod sink;
pub mod text;

/// How to talk to the user on standard error, and what standard output can show.
#[derive(Clone, Debug)]
pub struct Ui {
    quiet: bool,
    verbose: bool,
    color: Color,
    width: Option<usize>,
    /// The width of the terminal that standard error is.
    stderr_width: Option<usize>,
}

/// Whether escape codes for colours are welcome, on each of the two streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Color {
    /// On standard output.
    pub stdout: bool,
    /// On standard error.
    pub stderr: bool,
}

impl Ui {
    /// A user interface; `color` of `None` lets the streams decide.
    #[must_use]
    pub fn new(quiet: bool, verbose: bool, color: Option<bool>) -> Self {
        let columns = |size: Option<(terminal_size::Width, _)>| size.map(|(width, _)| usize::from(width.0));
        let width = columns(terminal_size::terminal_size_of(std::io::stdout()));
        let stderr_width = columns(terminal_size::terminal_size_of(std::io::stderr()));
        let color = Color {
            stdout: color.unwrap_or_else(|| std::io::stdout().is_terminal()),
            stderr: color.unwrap_or_else(|| std::io::stderr().is_terminal()),
        };
        Self { quiet, verbose, color, width, stderr_width }
    }

    /// Whether colours are welcome.
    #[must_use]
    pub fn color(&self) -> Color {
        self.color
    }

    /// The width of the terminal that standard output is, in columns; `None` for a pipe or file.
    #[must_use]
    pub fn width(&self) -> Option<usize> {
        self.width
    }

    /// Something that the user should know, and that `--quiet` silences.
    pub fn note(&self, text: impl Display) {
        if !self.quiet {
            Self::line(&text::wrapped(&text.to_string(), self.stderr_width));
        }
    }

    /// Something for those who asked for more with `--verbose`.
    pub fn detail(&self, text: impl Display) {
        if self.verbose {
            Self::line(&text::wrapped(&text.to_string(), self.stderr_width));
        }
    }

    /// Something that is probably not as the user meant it.
    pub fn warn(&self, text: impl Display) {
        if !self.quiet {
            Self::line(&format_args!("{} {text}", self.paint("warning:", "33;1")));
        }
    }

    /// The command that is worth typing next.
    pub fn next(&self, command: impl Display) {
        if !self.quiet {
            // in one piece, so that it can be copied
            Self::line(&format_args!("{} {command}", self.paint("next:", "36;1")));
        }
    }

    /// An error with its cause, and hints that say what can be done. A closed pipe is none.
    pub fn error(&self, error: &Error, hints: &[String]) {
        if error.kind() == Kind::ClosedPipe {
            return;
        }
        self.told("error:", "31;1", &error.with_cause());
        hints.iter().for_each(|hint| self.told(" hint:", "36;1", hint));
    }

    /// A line that begins with a coloured word; what comes from data in it is made visible.
    fn told(&self, word: &str, code: &str, text: &str) {
        let line = text::wrapped(&format!("{word} {}", visible(text)), self.stderr_width);
        Self::line(&line.replacen(word, &self.paint(word, code), 1));
    }

    /// A progress bar on standard error; see [`progress::Progress`].
    #[must_use]
    pub fn progress(&self, what: &'static str) -> progress::Progress {
        progress::Progress::new(what, !self.quiet && std::io::stderr().is_terminal())
    }

    fn paint(&self, text: &str, code: &str) -> String {
        text::paint(text, code, self.color.stderr)
    }

    /// Writes a line to standard error; when that is closed there is nobody left to tell.
    fn line(text: &dyn Display) {
        let _closed = writeln!(std::io::stderr().lock(), "{text}");
    }
}
