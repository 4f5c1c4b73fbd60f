//! The rows of `--scores`: what the detector said of every value.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::detector::Verdict;
use crate::domain::incident::Role;
use crate::domain::measurement::Millis;
use crate::domain::text::csv_field;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};

/// The columns of a scores file. `anomaly_score` is the surprise as a share of 10, and 0 for further points of a running
/// incident; the limits are empty where there are none. A silence has no row: the first value after it is the alert.
pub const HEADER: &str =
    "timestamp,parameter,value,anomaly_score,surprise,channel,expected,lower_limit,upper_limit,alert\n";

/// The surprise from which on the anomaly score is 1.
const FULL_SURPRISE: f64 = 10.0;

/// The temporary file of all score rows of a run. One file for all series, since there may be more of them than a process
/// may have open; what the series hold in memory is bounded together, since each for itself would add up.
#[derive(Debug, Default)]
pub struct Spool {
    file: Mutex<Option<(File, u64)>>,
    held: AtomicUsize,
}

impl Spool {
    /// How many bytes all series together hold in memory before even small pieces are written out.
    const MOST_HELD: usize = 32 << 20;

    /// Appends bytes, and says where.
    fn append(&self, bytes: &[u8]) -> io::Result<u64> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, end) = match &mut *file {
            Some(open) => open,
            none => none.insert((tempfile::tempfile()?, 0)),
        };
        file.write_all_at(bytes, *end)?;
        *end += bytes.len() as u64;
        Ok(*end - bytes.len() as u64)
    }

    /// Reads what was appended at a place.
    fn read(&self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.as_ref().map_or(Ok(()), |(file, _)| file.read_exact_at(bytes, at))
    }
}

/// The score rows of one series, in memory while they are few, in the [`Spool`] once they are many.
#[derive(Debug)]
pub struct ScoreRows {
    spool: Arc<Spool>,
    /// What was written to the spool: where, and how many bytes.
    written: Vec<(u64, usize)>,
    held: String,
    parameter: String,
    zone: Zone,
}

impl ScoreRows {
    /// How many bytes a series holds before it writes them out, and how many where all together hold a lot.
    const PIECE: usize = 1 << 18;
    const SMALL_PIECE: usize = 1 << 10;

    /// No rows yet.
    #[must_use]
    pub fn new(parameter: &str, zone: Zone, spool: &Arc<Spool>) -> Self {
        let (spool, parameter) = (Arc::clone(spool), csv_field(parameter));
        Self { spool, written: Vec::new(), held: String::new(), parameter, zone }
    }

    /// Writes a row. `role` is that of a value outside its limits, where only values count.
    ///
    /// # Errors
    /// When the temporary folder is full.
    pub fn write(&mut self, time: Millis, value: f64, verdict: &Verdict, role: Option<Role>) -> Result<()> {
        use std::fmt::Write as _;

        let alert = role == Some(Role::Alert);
        let score = if role == Some(Role::Further) { 0.0 } else { verdict.surprise.min(FULL_SURPRISE) / FULL_SURPRISE };
        let channel = verdict.deciding.map_or("", |deciding| deciding.channel.name());
        let (expected, surprise) = (verdict.expected, verdict.surprise);
        let stamp = self.zone.rfc3339(time);
        let before = self.held.len();
        let parameter = &self.parameter;
        let start = write!(self.held, "{stamp},{parameter},{value:?},{score:?},{surprise:?},{channel},{expected:?},");
        let end = match verdict.limits.ends() {
            Some((lower, upper)) => writeln!(self.held, "{lower:?},{upper:?},{}", u8::from(alert)),
            None => writeln!(self.held, ",,{}", u8::from(alert)),
        };
        debug_assert!(start.is_ok() && end.is_ok(), "writing to a string does not fail");
        let row = self.held.len() - before;
        let all = self.spool.held.fetch_add(row, Ordering::Relaxed) + row;
        let most = if all > Spool::MOST_HELD { Self::SMALL_PIECE } else { Self::PIECE };
        if self.held.len() >= most { self.flush().map_err(|cause| spool_failed(&cause)) } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let at = self.spool.append(self.held.as_bytes())?;
        self.spool.held.fetch_sub(self.held.len(), Ordering::Relaxed);
        self.written.push((at, self.held.len()));
        self.held = String::new(); // gives its memory back
        Ok(())
    }

    /// Copies the rows to where they belong.
    ///
    /// # Errors
    /// When they can't be read back or written.
    pub fn copy_to(&self, target: &mut impl Write) -> io::Result<()> {
        let mut bytes = Vec::new();
        for &(at, length) in &self.written {
            bytes.resize(length, 0);
            self.spool.read(at, &mut bytes)?;
            target.write_all(&bytes)?;
        }
        target.write_all(self.held.as_bytes())
    }
}

impl Drop for ScoreRows {
    fn drop(&mut self) {
        self.spool.held.fetch_sub(self.held.len(), Ordering::Relaxed);
    }
}

fn spool_failed(cause: &io::Error) -> Error {
    Error::temporary("cannot write scores to", cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::detector::{Limits, Tier};

    #[test]
    fn rows_come_back_in_order_from_file_and_memory() {
        let spool = Arc::new(Spool::default());
        let (limits, tier) = (Limits::Learning, Tier::Overall);
        let verdict = Verdict { surprise: 1.0, deciding: None, expected: 2.0, limits, exceedance: false, tier };
        let mut series = ["a", "=b"].map(|name| ScoreRows::new(name, Zone::UTC, &spool));
        for row in 0..10_000 {
            series.iter_mut().for_each(|rows| rows.write(row * 1000, 0.5, &verdict, None).unwrap());
        }
        for (rows, name) in series.iter().zip(["a", "'=b"]) {
            assert!(!rows.written.is_empty() && !rows.held.is_empty());
            let mut text = Vec::new();
            rows.copy_to(&mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            assert_eq!(text.lines().count(), 10_000);
            assert!(text.lines().all(|line| line.split(',').nth(1) == Some(name)));
            assert!(text.lines().is_sorted());
        }
        drop(series);
        assert_eq!(spool.held.load(Ordering::Relaxed), 0);
    }
}
