//! Silence: data that are expected and do not come.
//!
//! The longest gap of an hour is remembered and judged like a deviation. Only hours in which data are expected count: a
//! series that is still every night is not silent then. So a silence begins after a gap that is surprising, and longer
//! than two and a half usual ones, of expected time.

use super::history::History;
use super::ingredient::Ingredients;
use super::memory::{Circumstances, Law, Memory};
use crate::domain::bytes::Fields;
use crate::domain::gumbel::Quantile;
use crate::domain::measurement::{HOUR, Millis};
use crate::domain::zone::Zone;

/// Data are expected in an hour whose presence is at least this share of the overall presence.
const EXPECTED: f64 = 0.5;
/// A silence is longer than so many usual longest gaps.
const LEAST_GAPS: f64 = 2.5;
/// Hours that are looked at to excuse a gap or to find an onset: four weeks.
const HORIZON: i64 = 672;
/// Memory of the share of hours with data, in hours.
const MEMORY: u16 = 1008;

/// Data were expected and did not come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silence {
    /// The last value came then.
    pub since: Millis,
    /// From then on it is a silence.
    pub onset: Millis,
    /// The longest gap of an hour is usually this long, in hours.
    pub usual: f64,
    /// The standard deviation of that, in hours.
    pub usual_std: f64,
    /// `−log10` of the probability that an ordinary hour has a gap as long as this one was at its onset.
    pub surprise: f64,
}

/// Whether the silence under way has been told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    No,
    Yes,
    /// To those who listened before this hour; to those who do now, its onset is the beginning of this hour, if it lasts to
    /// the end of it.
    ToOthers,
}

/// When data come: the share of hours with data, and the longest gaps.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    /// The share of all hours that had data.
    presence: f64,
    hours: u16,
    gaps: Memory<1>,
    /// The part of the gap under way in which no data were expected.
    excused: Millis,
    told: Told,
    /// A gap up to this can't be a silence.
    pub patience: Millis,
}

impl Default for Arrivals {
    fn default() -> Self {
        let gaps = Memory::default();
        Self { presence: 0.0, hours: 0, gaps, excused: 0, told: Told::No, patience: Millis::MAX }
    }
}

impl Arrivals {
    /// How long the longest gap of an hour usually is.
    pub fn usual_gap(&self) -> Millis {
        let root = self.gaps.mean(0, 0.0);
        (root * root * HOUR as f64) as Millis
    }

    /// Records whether those who listen from now on, the beginning of an hour, know of a silence under way.
    pub fn begin_telling(&mut self, is_known: bool) {
        self.told = match (is_known, self.told) {
            (true, _) => Told::Yes,
            (false, Told::Yes) => Told::ToOthers,
            (false, told) => told,
        };
    }

    /// Records that a value comes: it ends a silence of which only others were told.
    pub fn end_of_others(&mut self) {
        if self.told == Told::ToOthers {
            self.told = Told::Yes;
        }
    }

    /// Records that a value came after this interval; returns the part of it in which data were expected.
    pub fn arrive(&mut self, interval: Millis) -> Millis {
        self.told = Told::No;
        interval - std::mem::take(&mut self.excused)
    }

    /// Records that data came in `hour`, with gaps as long as this, and none until the hour `next`. The history has
    /// `hour` already.
    pub fn end_hour(
        &mut self,
        hour: i64,
        next: i64,
        longest_gap: Millis,
        (history, zone): (&History, Zone),
        learning: bool,
    ) {
        let gap = longest_gap as f64 / HOUR as f64;
        self.gaps.learn(&[gap], &[0.0], learning, Ingredients::ALL);
        for empty in (hour + 1..next).take(HORIZON as usize) {
            if !self.expects(empty, history, zone) {
                self.excused += HOUR;
            }
        }
        let mut follow = |present: f64| {
            self.hours = (self.hours + 1).min(MEMORY);
            self.presence += (present - self.presence) / f64::from(self.hours);
        };
        follow(1.0);
        (hour + 1..next).take(usize::from(MEMORY)).for_each(|_| follow(0.0));
    }

    /// Derives up to which gap there is certainly no silence.
    pub fn prepare(&mut self, level: Quantile) {
        self.patience = (self.limit(&self.law(level)) * HOUR as f64) as Millis;
    }

    fn law(&self, level: Quantile) -> Law {
        let circumstances = Circumstances { factor: 1.0, ..Circumstances::default() };
        self.gaps.law(0, 0.0, circumstances, level, Ingredients::ALL)
    }

    /// The gap from which on it is a silence, in hours.
    fn limit(&self, law: &Law) -> f64 {
        law.limit.max(LEAST_GAPS * law.usual().0).max(0.0)
    }

    /// Whether data usually come in an hour: in as large a share of the same hours of other weeks and days as at half of
    /// all hours.
    fn expects(&self, hour: i64, history: &History, zone: Zone) -> bool {
        let share = |hours: &mut dyn Iterator<Item = i64>| {
            let (mut present, mut count) = (0.0, 0.0);
            for there in hours.filter_map(|there| history.present(there)) {
                present += f64::from(u8::from(there));
                count += 1.0;
            }
            (count > 0.0).then_some((present / count, count))
        };
        let (week, weeks) = share(&mut history.same_hour_of_week(hour, zone)).unwrap_or((0.0, 0.0));
        let (day, days) = share(&mut history.same_hour_of_day(hour, zone)).map_or((0.0, 0.0), |(day, _)| (day, 1.0));
        weeks + days > 0.0 && (weeks * week + days * day) / (weeks + days) >= EXPECTED * self.presence
    }

    /// The silence whose onset has come by `now`, the first time that it is asked for.
    pub fn advance_to(
        &mut self,
        now: Millis,
        last: Millis,
        history: &History,
        zone: Zone,
        level: Quantile,
    ) -> Option<Silence> {
        if self.told == Told::Yes || now <= last {
            return None;
        }
        let law = self.law(level);
        let limit = self.limit(&law);
        let mut left = libm::ceil(limit * HOUR as f64) as Millis + 1;
        let mut at = last;
        let first = last.div_euclid(HOUR);
        for hour in first..first + HORIZON {
            let end = (hour + 1) * HOUR;
            if hour == first || self.expects(hour, history, zone) {
                let onset = at + left;
                if onset > now && end > now {
                    return None;
                }
                if onset <= end {
                    let begun = std::mem::replace(&mut self.told, Told::Yes) == Told::ToOthers;
                    let onset = if begun { onset.max(now.div_euclid(HOUR) * HOUR) } else { onset };
                    let (usual, usual_std) = law.usual();
                    return Some(Silence { since: last, onset, usual, usual_std, surprise: law.surprise(limit) });
                }
                left -= end - at;
            }
            at = end;
        }
        None
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats([&mut self.presence]);
        fields.counts([&mut self.hours]);
        self.gaps.fields(fields);
        fields.hours([&mut self.excused]);
        let mut told = self.told as u16;
        fields.counts([&mut told]);
        self.told = [Told::No, Told::Yes, Told::ToOthers][usize::from(told.min(2))];
    }
}
