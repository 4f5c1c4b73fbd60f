//! The rows of `--scores`: what the detector said of every value.

use std::io::{self, Seek, Write};

use tempfile::SpooledTempFile;

use crate::domain::detector::Verdict;
use crate::domain::measurement::Millis;
use crate::domain::text::csv_field;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};

/// The columns of a scores file. `anomaly_score` is the surprise as a share of 10, and 0 for further points of a running
/// incident; the limits are empty where there are none.
pub const HEADER: &str =
    "timestamp,parameter,value,anomaly_score,surprise,channel,expected,lower_limit,upper_limit,alert\n";

/// The surprise from which on the anomaly score is 1.
const FULL_SURPRISE: f64 = 10.0;

/// The score rows of one series, in memory while they are few, in a temporary file once they are many.
#[derive(Debug)]
pub struct ScoreRows {
    rows: SpooledTempFile,
    parameter: String,
    zone: Zone,
    line: String,
}

impl ScoreRows {
    /// How many bytes stay in memory.
    const IN_MEMORY: usize = 1 << 18;

    /// No rows yet.
    #[must_use]
    pub fn new(parameter: &str, zone: Zone) -> Self {
        let rows = SpooledTempFile::new(Self::IN_MEMORY);
        Self { rows, parameter: csv_field(parameter), zone, line: String::new() }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the temporary folder is full.
    pub fn write(&mut self, time: Millis, value: f64, verdict: &Verdict, alert: bool, further: bool) -> Result<()> {
        use std::fmt::Write as _;

        let score = if further { 0.0 } else { verdict.surprise.min(FULL_SURPRISE) / FULL_SURPRISE };
        let channel = verdict.deciding.map_or("", |deciding| deciding.channel.name());
        let (expected, surprise) = (verdict.expected, verdict.surprise);
        let stamp = self.zone.rfc3339(time);
        self.line.clear();
        let parameter = &self.parameter;
        let start = write!(self.line, "{stamp},{parameter},{value:?},{score:?},{surprise:?},{channel},{expected:?},");
        let end = match verdict.limits.ends() {
            Some((lower, upper)) => writeln!(self.line, "{lower:?},{upper:?},{}", u8::from(alert)),
            None => writeln!(self.line, ",,{}", u8::from(alert)),
        };
        debug_assert!(start.is_ok() && end.is_ok(), "writing to a string does not fail");
        self.rows.write_all(self.line.as_bytes()).map_err(|cause| spool_failed(&cause))
    }

    /// Copies the rows to where they belong.
    ///
    /// # Errors
    /// When they can't be read back or written.
    pub fn copy_to(mut self, target: &mut impl Write) -> io::Result<()> {
        self.rows.rewind()?;
        io::copy(&mut self.rows, target)?;
        Ok(())
    }
}

fn spool_failed(cause: &io::Error) -> Error {
    Error::io("cannot write scores to the temporary folder", cause).hint("set TMPDIR to a folder with more space")
}
