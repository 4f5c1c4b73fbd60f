//! The state of a series as one versioned value.

use std::fmt;

use super::ledger::Ledger;
use super::{Minutes, Series, Tally};
use crate::domain::bytes::{Reader, Writer};
use crate::domain::detector::{Method, Rules};
use crate::domain::monitor::Monitor;
use crate::domain::parameters::SeriesId;

/// The first bytes: what it is, and the version of this layout.
const HEADER: &[u8; 4] = b"sr\x00\x01";

/// Bytes that are no state of this version of the method: damaged, or written by another version of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoState;

impl fmt::Display for NoState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a state of a detector can't be read: it is damaged, or of another version")
    }
}

impl std::error::Error for NoState {}

impl Series {
    /// Everything on which what comes next depends. Incidents before the last one are no part of it.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let mut writer = Writer::new(HEADER);
        self.monitor.write(&mut writer);
        writer.some(self.last, Writer::time);
        writer.some(self.minutes.as_ref().and_then(Minutes::open), |writer, (minute, count)| {
            writer.time(minute);
            writer.float(count);
        });
        writer.some(self.ledger.as_deref(), |writer, ledger| ledger.write(writer));
        writer.finish()
    }

    /// A series that goes on from a state with the same bits. A run begins here.
    ///
    /// # Errors
    /// When the bytes are no state of this method and version.
    pub fn from_state(state: &[u8], id: SeriesId, method: Method, rules: Rules) -> Result<Self, NoState> {
        read(state, id, method, rules).ok_or(NoState)
    }
}

fn read(state: &[u8], id: SeriesId, method: Method, rules: Rules) -> Option<Series> {
    let mut reader = Reader::new(state, HEADER)?;
    let fresh = Series::of_files(id.clone(), method, rules, false);
    let monitor = Monitor::read(&mut reader, id, method, rules)?;
    let last = reader.some(Reader::time)?;
    let open = reader.some(|reader| Some((reader.time()?, reader.float()?)))?;
    let ledger = reader.some(|reader| Ledger::read(reader, rules.zone))?.map(Box::new);
    let mut series = Series {
        minutes: fresh.minutes.map(|_| Minutes::resumed(open)),
        monitor,
        last,
        tally: Tally::default(),
        ledger,
        before_run: None,
    };
    series.begin_run(false);
    reader.is_at_end().then_some(series)
}
