//! Things that happen now and then: events and log lines.

use super::Plan;
use super::noise::poisson;
use super::random::{Draws, Purpose, Stream};
use crate::domain::measurement::{MINUTE, Millis};

/// An event or a log line.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// When it happened.
    pub time: Millis,
    /// Whether it is a log line; otherwise it is an event.
    pub log: bool,
    /// What decides everything else about it.
    pub draws: Draws,
}

/// Events, and how often one comes among a hundred.
pub const EVENTS: [(&str, u64); 6] =
    [("restart", 30), ("deploy", 25), ("scale-up", 15), ("scale-down", 15), ("config-change", 10), ("failover", 5)];

/// Log lines: level, text before and after a number, and how often one comes among a hundred.
pub const LOGS: [(&str, &str, &str, u64); 6] = [
    ("INFO", "request finished in ", " ms", 60),
    ("INFO", "connection from client ", " accepted", 25),
    ("WARN", "slow query: ", " ms", 8),
    ("WARN", "retrying after ", " ms", 4),
    ("ERROR", "upstream timed out after ", " ms", 2),
    ("ERROR", "cannot reserve stock for order ", ": conflict", 1),
];

/// The events and log lines in `[from, to)`, in the order of time, events first. In each minute of the range their
/// number is Poisson distributed and their times are uniform.
#[must_use]
pub fn between(plan: &Plan, from: Millis, to: Millis) -> Vec<Occurrence> {
    let mut found = Vec::new();
    let first = (from - plan.recipe.from).div_euclid(MINUTE) as u64;
    for (purpose, rate) in [(Purpose::Events, plan.recipe.events), (Purpose::Logs, plan.recipe.logs)] {
        if rate == 0.0 {
            continue;
        }
        let mut stream = Stream::new(plan.recipe.seed, purpose, 0, first);
        let mut minute = plan.recipe.from + first as Millis * MINUTE;
        while minute < to {
            let mut draws = stream.draws();
            for _ in 0..poisson(rate / 60.0, draws.bits()) as u64 {
                let time = minute + draws.below(MINUTE as u64) as Millis;
                let draws = Draws::new(draws.bits());
                if (from..to).contains(&time) {
                    found.push(Occurrence { time, log: purpose == Purpose::Logs, draws });
                }
            }
            minute += MINUTE;
        }
    }
    found.sort_by_key(|occurrence| occurrence.time); // stable, so that equal times keep their order
    found
}

/// One of a table whose weights, told by `weight`, add up to 100.
pub fn pick<'a, T>(table: &'a [T], weight: impl Fn(&T) -> u64, draws: &mut Draws) -> Option<&'a T> {
    let mut place = draws.below(100);
    table.iter().find(|entry| {
        let found = place < weight(entry);
        place = place.saturating_sub(weight(entry));
        found
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{plan, recipe};
    use super::*;
    use crate::domain::measurement::HOUR;

    #[test]
    fn weights_add_up_to_a_hundred() {
        assert_eq!(EVENTS.iter().map(|event| event.1).sum::<u64>(), 100);
        assert_eq!(LOGS.iter().map(|log| log.3).sum::<u64>(), 100);
    }

    #[test]
    fn any_chopping_of_the_range_gives_the_same() {
        let plan = plan(|recipe| (recipe.events, recipe.logs) = (3.0, 200.0));
        let times = |from, to| between(&plan, from, to).into_iter().map(|one| (one.time, one.log)).collect::<Vec<_>>();
        let start = recipe().from;
        let whole = times(start, start + 12 * HOUR);
        let cuts = [0, 1, 59_999, 60_000, HOUR + 1, 12 * HOUR];
        let parts: Vec<_> = cuts.windows(2).flat_map(|cut| times(start + cut[0], start + cut[1])).collect();
        assert_eq!(whole, parts);
        assert!(whole.is_sorted_by_key(|one| one.0));
    }

    /// 28 days at 6 an hour are 4032, with a standard deviation of 63.5: four of them.
    #[test]
    fn there_are_as_many_as_asked_for() {
        let plan = plan(|recipe| recipe.events = 6.0);
        let count = between(&plan, plan.recipe.from, plan.recipe.to).len() as f64;
        assert!((count - 4032.0).abs() < 254.0, "{count}");
    }
}
