//! The order in which records arrive: in the order of their times, but for those that are late.

use std::collections::BTreeMap;

use crate::domain::measurement::Millis;

/// How much was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records, copies included; rows of a table that has no records.
    pub records: u64,
    /// Measurements, copies included.
    pub measurements: u64,
    /// Records that came late.
    pub late: u64,
    /// Copies.
    pub duplicates: u64,
}

impl Counts {
    /// Adds those of another part.
    pub fn add(&mut self, other: Self) {
        self.records += other.records;
        self.measurements += other.measurements;
        self.late += other.late;
        self.duplicates += other.duplicates;
    }
}

/// The records of a part of the range.
#[derive(Clone, Debug)]
pub struct Part {
    /// How much it holds.
    pub counts: Counts,
    end: Millis,
    /// The records that come in time.
    text: Vec<u8>,
    /// Their times, and where they begin.
    starts: Vec<(Millis, usize)>,
    /// The records that come late, with the times at which they come.
    late: Vec<(Millis, Vec<u8>)>,
}

/// A record that is being written.
#[derive(Debug)]
pub struct Line<'a> {
    part: &'a mut Part,
    start: usize,
}

impl Part {
    /// An empty part, which ends at this time.
    #[must_use]
    pub fn new(end: Millis) -> Self {
        Self { counts: Counts::default(), end, text: Vec::new(), starts: Vec::new(), late: Vec::new() }
    }

    /// Begins a record; records begin in the order of their times.
    pub fn begin(&mut self) -> Line<'_> {
        let start = self.text.len();
        Line { part: self, start }
    }
}

impl Line<'_> {
    /// Where the record's text is to be written.
    pub fn text(&mut self) -> &mut Vec<u8> {
        &mut self.part.text
    }

    /// Ends the record of this time, which comes so many milliseconds late, perhaps twice, with its number of
    /// measurements.
    pub fn end(self, time: Millis, delay: Millis, twice: bool, measurements: u64) {
        let Self { part, start } = self;
        let copies = 1 + u64::from(twice);
        part.counts.add(Counts {
            records: copies,
            measurements: copies * measurements,
            late: if delay > 0 { copies } else { 0 },
            duplicates: copies - 1,
        });
        if twice {
            part.text.extend_from_within(start..);
        }
        if delay > 0 {
            part.late.push((time + delay, part.text.split_off(start)));
        } else {
            part.starts.push((time, start));
        }
    }
}

/// Puts late records where they come: before the first record whose time is not before theirs.
#[derive(Clone, Debug, Default)]
pub struct Arrivals {
    /// By the time of arrival, then in the order in which they were made.
    waiting: BTreeMap<(Millis, u64), Vec<u8>>,
    made: u64,
}

impl Arrivals {
    /// The text that comes in the time of a part. Parts come in the order of time, without gaps.
    #[must_use]
    pub fn arrange(&mut self, part: Part) -> Vec<u8> {
        for (arrival, text) in part.late {
            self.waiting.insert((arrival, self.made), text);
            self.made += 1;
        }
        let still_waiting = self.waiting.split_off(&(part.end, 0));
        let due = std::mem::replace(&mut self.waiting, still_waiting);
        if due.is_empty() {
            return part.text;
        }
        let mut arranged = Vec::with_capacity(part.text.len() + due.values().map(Vec::len).sum::<usize>());
        let mut done = 0;
        for ((arrival, _), late) in due {
            let next = part.starts.partition_point(|(time, _)| *time < arrival);
            let start = part.starts.get(next).map_or(part.text.len(), |(_, start)| *start);
            arranged.extend_from_slice(&part.text[done..start]);
            arranged.extend_from_slice(&late);
            done = start;
        }
        arranged.extend_from_slice(&part.text[done..]);
        arranged
    }

    /// What comes after the end of the range.
    #[must_use]
    pub fn rest(self) -> Vec<u8> {
        self.waiting.into_values().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(end: Millis, records: &[(Millis, Millis, bool)]) -> Part {
        let mut part = Part::new(end);
        for (time, delay, twice) in records {
            let mut line = part.begin();
            line.text().extend_from_slice(format!("{time} ").as_bytes());
            line.end(*time, *delay, *twice, 2);
        }
        part
    }

    #[test]
    fn late_records_come_when_they_are_due_also_in_later_parts() {
        let mut arrivals = Arrivals::default();
        let mut text =
            arrivals.arrange(part(10, &[(1, 4, false), (2, 0, true), (3, 12, false), (5, 0, false), (9, 3, true)]));
        text.extend(arrivals.arrange(part(20, &[(10, 0, false), (15, 0, false), (18, 7, false)])));
        text.extend(arrivals.rest());
        assert_eq!(String::from_utf8(text).unwrap(), "2 2 1 5 10 9 9 3 15 18 ");
    }

    #[test]
    fn copies_count() {
        let counts = part(10, &[(1, 4, true), (2, 0, false)]).counts;
        assert_eq!(counts, Counts { records: 3, measurements: 6, late: 2, duplicates: 1 });
    }
}
