//! Anomalies: what kinds there are, and where they are planted.

use super::random::{Draws, Purpose, Stream};
use crate::domain::measurement::{HOUR, Millis};

/// A kind of anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A few samples far above.
    Spike,
    /// A few samples far below.
    Dip,
    /// Up or down at once, and back hours later.
    LevelShift,
    /// Away bit by bit, and back at once.
    Drift,
    /// The same value over and over.
    Flatline,
    /// Noise many times as strong.
    VarianceBurst,
    /// No samples at all.
    Silence,
}

impl Kind {
    /// All of them, in the order in which they are planted.
    pub const ALL: [Self; 7] =
        [Self::Spike, Self::Dip, Self::LevelShift, Self::Drift, Self::Flatline, Self::VarianceBurst, Self::Silence];

    /// The name, as on the command line and in the truth file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Dip => "dip",
            Self::LevelShift => "level-shift",
            Self::Drift => "drift",
            Self::Flatline => "flatline",
            Self::VarianceBurst => "variance-burst",
            Self::Silence => "silence",
        }
    }

    /// The shortest and the longest duration in samples: 1 to 3 samples, or a time, but 3 samples at least.
    fn samples(self, every: Millis) -> (u64, u64) {
        let hours = |least: Millis, most: Millis| {
            let samples = |hours: Millis| ((hours * HOUR + every - 1) / every).max(3) as u64;
            (samples(least), samples(most))
        };
        match self {
            Self::Spike | Self::Dip => (1, 3),
            Self::LevelShift => hours(6, 24),
            Self::Drift => hours(12, 36),
            Self::Flatline | Self::Silence => hours(2, 6),
            Self::VarianceBurst => hours(1, 3),
        }
    }
}

/// An anomaly of one parameter: samples `first` to `first + count - 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anomaly {
    /// What happens.
    pub kind: Kind,
    /// The first sample.
    pub first: u64,
    /// The number of samples.
    pub count: u64,
    /// How far values are moved, in standard deviations of the noise, negative for downward; for a variance burst, how
    /// many times as strong the noise is; 0 where values are frozen or withheld.
    pub size: f64,
}

impl Anomaly {
    /// The sample after the last one.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.count
    }
}

/// How many anomalies of which kinds there are to be, and how large.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// How many a parameter has.
    pub per_parameter: usize,
    /// Of which kinds, in turn.
    pub kinds: Vec<Kind>,
    /// How large, in standard deviations of the noise.
    pub size: f64,
}

/// Where anomalies can be: the samples from the end of the quiet time on, in as many equal parts as there are
/// anomalies of a parameter, each with one anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    quiet: u64,
    steps: u64,
    every: Millis,
}

impl Room {
    /// The time that stays free of anomalies at the start where the range is twice as long.
    pub const QUIET: Millis = 72 * HOUR;

    /// The room in a range of so many steps: the first fifth stays free, and the first three days where the range has
    /// six or more.
    #[must_use]
    pub fn new(steps: u64, every: Millis) -> Self {
        let days = (Self::QUIET as u64).div_ceil(every as u64);
        let quiet = steps.div_ceil(5).max(if steps >= 2 * days { days } else { 0 });
        Self { quiet, steps, every }
    }

    /// How many anomalies of these kinds one parameter can have.
    #[must_use]
    pub fn most(&self, kinds: &[Kind]) -> usize {
        let shortest = kinds.iter().map(|kind| kind.samples(self.every).0).max().unwrap_or(1);
        ((self.steps - self.quiet) / Self::needed(shortest)) as usize
    }

    /// The samples of a part for an anomaly of `shortest` samples: as many again, and one between neighbours.
    fn needed(shortest: u64) -> u64 {
        2 * shortest + 1
    }

    /// The anomalies of the parameter with this index, in the order of time.
    #[must_use]
    pub fn plant(&self, wanted: &Wanted, seed: u64, parameter: usize) -> Vec<Anomaly> {
        let mut stream = Stream::new(seed, Purpose::Anomalies, parameter, 0);
        let parts = wanted.per_parameter as u64;
        let place = |part: u64| self.quiet + (self.steps - self.quiet) * part / parts;
        let mut plant = |part: u64| {
            let turn = parameter * wanted.per_parameter + part as usize;
            let kind = wanted.kinds[turn % wanted.kinds.len()];
            self.draw(kind, wanted.size, place(part), place(part + 1), &mut stream.draws())
        };
        (0..parts).map(&mut plant).collect()
    }

    /// An anomaly between two samples, the second one excluded, that leaves the last sample free.
    fn draw(&self, kind: Kind, size: f64, from: u64, to: u64, draws: &mut Draws) -> Anomaly {
        let space = to - from - 1;
        let (shortest, longest) = kind.samples(self.every);
        let longest = longest.min(space * 3 / 4).max(shortest);
        let count = (shortest + draws.below(longest - shortest + 1)).min(space);
        let first = from + draws.below(space - count + 1);
        let up = draws.bits() >> 63 == 0;
        let size = match kind {
            Kind::Spike | Kind::VarianceBurst => size,
            Kind::Dip => -size,
            Kind::LevelShift | Kind::Drift => {
                if up {
                    size
                } else {
                    -size
                }
            }
            Kind::Flatline | Kind::Silence => 0.0,
        };
        Anomaly { kind, first, count, size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measurement::MINUTE;

    fn wanted(per_parameter: usize) -> Wanted {
        Wanted { per_parameter, kinds: Kind::ALL.to_vec(), size: 8.0 }
    }

    #[test]
    fn anomalies_neither_touch_nor_lie_in_the_quiet_time() {
        let room = Room::new(28 * 1440, MINUTE);
        let most = room.most(&Kind::ALL);
        for (per_parameter, parameter) in [(1, 0), (7, 3), (most, 2)] {
            let planted = room.plant(&wanted(per_parameter), 9, parameter);
            assert_eq!(planted.len(), per_parameter);
            assert!(planted[0].first >= 28 * 1440 / 5);
            assert!(planted.windows(2).all(|pair| pair[0].end() < pair[1].first));
            assert!(planted.iter().all(|anomaly| anomaly.end() <= 28 * 1440));
        }
    }

    #[test]
    fn durations_suit_the_kind() {
        let room = Room::new(365 * 1440, MINUTE);
        for parameter in 0..50 {
            for anomaly in room.plant(&wanted(7), 1, parameter) {
                let (shortest, longest) = anomaly.kind.samples(MINUTE);
                assert!((shortest..=longest).contains(&anomaly.count), "{anomaly:?}");
            }
        }
    }

    #[test]
    fn all_kinds_come_in_turn_across_parameters() {
        let room = Room::new(28 * 1440, MINUTE);
        let kinds: Vec<Kind> =
            (0..7).flat_map(|parameter| room.plant(&wanted(3), 1, parameter)).map(|anomaly| anomaly.kind).collect();
        assert_eq!(kinds, Kind::ALL.repeat(3));
    }

    #[test]
    fn three_days_stay_quiet_where_the_range_has_six() {
        assert_eq!(Room::new(6 * 24, HOUR).quiet, 72);
        assert_eq!(Room::new(5 * 24, HOUR).quiet, 24);
        assert_eq!(Room::new(20 * 24, HOUR).quiet, 96);
        assert_eq!(Room::new(1, HOUR).most(&Kind::ALL), 0);
    }
}
