//! Records as text: NDJSON and CSV, a part of the range at a time.

use super::occurrence::{self, EVENTS, LOGS, Occurrence};
use super::random::{Draws, Purpose, Stream};
use super::series::Series;
use super::text::{Stamp, write_decimal};
use super::{Plan, arrival::Part};
use crate::domain::measurement::{HOUR, Millis};

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A JSON document a line; one for each host and step, one for each event and log line.
    Ndjson,
    /// A table: a line for each step, a column for each parameter; no events or log lines.
    Csv,
}

/// Writes the records of a plan.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    plan: &'a Plan,
    style: Style,
    groups: Vec<Group<'a>>,
}

/// The parameters that make a record together.
#[derive(Clone, Debug)]
struct Group<'a> {
    host: String,
    /// In the order in which they are written, each with the parts of its name, and how many of them it shares with
    /// the one before.
    members: Vec<(&'a Series, Vec<&'a str>, usize)>,
}

/// The samples of one parameter in a part of the range.
struct Column {
    values: Vec<f64>,
    present: Vec<bool>,
}

impl<'a> Records<'a> {
    /// The longest time by which a record comes late.
    pub const LATEST: Millis = HOUR;

    /// The records of a plan in this style.
    #[must_use]
    pub fn new(plan: &'a Plan, style: Style) -> Self {
        let host = plan.recipe.preset.host();
        let groups = match style {
            Style::Csv => vec![Group { host: String::new(), members: members(&plan.series, style) }],
            Style::Ndjson => plan
                .groups()
                .enumerate()
                .map(|(index, series)| Group { host: format!("{host}-{}", index + 1), members: members(series, style) })
                .collect(),
        };
        Self { plan, style, groups }
    }

    /// What stands before all records.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        let mut head = Vec::new();
        if self.style == Style::Csv {
            head.extend_from_slice(b"timestamp");
            for series in &self.plan.series {
                head.push(b',');
                head.extend_from_slice(series.name.as_bytes());
            }
            head.push(b'\n');
        }
        head
    }

    /// The records of the times in `[from, to)`.
    #[must_use]
    pub fn part(&self, from: Millis, to: Millis) -> Part {
        let plan = self.plan;
        let (first, end) = (plan.step_from(from), plan.step_from(to));
        let columns: Vec<Vec<Column>> = self
            .groups
            .iter()
            .map(|group| group.members.iter().map(|(series, ..)| column(plan, series, first, end)).collect())
            .collect();
        let mut deliveries: Vec<Stream> = (0..self.groups.len())
            .map(|group| Stream::new(plan.recipe.seed, Purpose::Delivery, group, first))
            .collect();
        let occurrences = match self.style {
            Style::Ndjson => occurrence::between(plan, from, to),
            Style::Csv => Vec::new(),
        };
        let mut occurrences = occurrences.into_iter().peekable();
        let mut part = Part::new(to);
        let mut stamp = Stamp::default();
        for step in first..end {
            let time = plan.time(step);
            while let Some(occurrence) = occurrences.next_if(|occurrence| occurrence.time < time) {
                self.occurrence(occurrence, &mut part, &mut stamp);
            }
            for ((group, columns), delivery) in self.groups.iter().zip(&columns).zip(&mut deliveries) {
                let draws = delivery.draws();
                let place = (step - first) as usize;
                let count = columns.iter().filter(|column| column.present[place]).count();
                if count == 0 {
                    continue;
                }
                let mut line = part.begin();
                match self.style {
                    Style::Ndjson => group.json(line.text(), stamp.at(time), columns, place),
                    Style::Csv => group.csv(line.text(), stamp.at(time), columns, place),
                }
                let (delay, twice) = delivery_of(plan, draws);
                line.end(time, delay, twice, count as u64);
            }
        }
        for occurrence in occurrences {
            self.occurrence(occurrence, &mut part, &mut stamp);
        }
        part
    }

    fn occurrence(&self, occurrence: Occurrence, part: &mut Part, stamp: &mut Stamp) {
        let Occurrence { time, log, mut draws } = occurrence;
        let mut line = part.begin();
        let text = line.text();
        text.extend_from_slice(b"{\"timestamp\":\"");
        text.extend_from_slice(stamp.at(time));
        let host = &self.groups[draws.below(self.groups.len() as u64) as usize].host;
        if log {
            text.extend_from_slice(b"\",\"kind\":\"log\",\"level\":\"");
            if let Some((level, before, after, _)) = occurrence::pick(&LOGS, |log| log.3, &mut draws) {
                let number = (20 + draws.below(980)).to_string();
                for piece in [level, "\",\"message\":\"", before, &number, after] {
                    text.extend_from_slice(piece.as_bytes());
                }
            }
        } else {
            text.extend_from_slice(b"\",\"kind\":\"event\",\"event\":\"");
            if let Some((name, _)) = occurrence::pick(&EVENTS, |event| event.1, &mut draws) {
                text.extend_from_slice(name.as_bytes());
            }
        }
        for piece in ["\",\"host\":\"", host, "\"}\n"] {
            text.extend_from_slice(piece.as_bytes());
        }
        let (delay, twice) = delivery_of(self.plan, draws);
        line.end(time, delay, twice, 0);
    }
}

/// By how many milliseconds a record comes late, 0 for in time, and whether it comes twice.
fn delivery_of(plan: &Plan, mut draws: Draws) -> (Millis, bool) {
    let twice = draws.uniform() < plan.recipe.duplicates;
    let late = draws.uniform() < plan.recipe.late;
    let delay = if late { 1 + draws.below(Records::LATEST as u64) as Millis } else { 0 };
    (delay, twice)
}

/// Whether the records of a group come twice, by step from `first` on: the same answers as [`Records`] gives.
#[must_use]
pub fn twice(plan: &Plan, group: usize, first: u64, count: usize) -> Vec<bool> {
    if plan.recipe.duplicates == 0.0 {
        return vec![false; count];
    }
    let mut delivery = Stream::new(plan.recipe.seed, Purpose::Delivery, group, first);
    (0..count).map(|_| delivery_of(plan, delivery.draws()).1).collect()
}

fn column(plan: &Plan, series: &Series, first: u64, end: u64) -> Column {
    let count = (end - first) as usize;
    let (mut values, mut present) = (vec![0.0; count], vec![true; count]);
    series.fill(plan, first, &mut values);
    series.fill_present(plan, first, &mut present);
    Column { values, present }
}

/// In NDJSON parameters that share a parent stand together; in CSV they keep their order.
fn members(series: &[Series], style: Style) -> Vec<(&Series, Vec<&str>, usize)> {
    let mut names: Vec<(&Series, Vec<&str>)> =
        series.iter().map(|series| (series, series.name.split('.').collect())).collect();
    if style == Style::Ndjson {
        names.sort_by(|(_, a), (_, b)| a.cmp(b));
    }
    let shared = |index: usize| -> usize {
        let Some(before) = index.checked_sub(1).and_then(|before| names.get(before)) else { return 0 };
        before.1.iter().zip(&names[index].1).take_while(|(a, b)| a == b).count()
    };
    let shared: Vec<usize> = (0..names.len()).map(shared).collect();
    names.into_iter().zip(shared).map(|((series, name), shared)| (series, name, shared)).collect()
}

impl Group<'_> {
    fn csv(&self, text: &mut Vec<u8>, stamp: &[u8], columns: &[Column], place: usize) {
        text.extend_from_slice(stamp);
        for ((series, ..), column) in self.members.iter().zip(columns) {
            text.push(b',');
            if column.present[place] {
                write_decimal(text, column.values[place], series.decimals);
            }
        }
        text.push(b'\n');
    }

    fn json(&self, text: &mut Vec<u8>, stamp: &[u8], columns: &[Column], place: usize) {
        for piece in [b"{\"timestamp\":\"", stamp, b"\",\"kind\":\"metric\",\"host\":\"", self.host.as_bytes(), b"\""] {
            text.extend_from_slice(piece);
        }
        let mut open = 0; // objects that are open, by the name before
        let mut shared = usize::MAX; // with the last one that was written
        for ((series, name, with_last), column) in self.members.iter().zip(columns) {
            shared = shared.min(*with_last);
            if !column.present[place] {
                continue;
            }
            let keep = shared.min(open);
            text.extend(std::iter::repeat_n(b'}', open - keep));
            text.push(b',');
            for (depth, key) in name.iter().enumerate().skip(keep) {
                text.push(b'"');
                text.extend_from_slice(key.as_bytes());
                text.extend_from_slice(if depth + 1 < name.len() { b"\":{" } else { b"\":" });
            }
            write_decimal(text, column.values[place], series.decimals);
            open = name.len() - 1;
            shared = usize::MAX;
        }
        text.extend(std::iter::repeat_n(b'}', open + 1));
        text.push(b'\n');
    }
}
