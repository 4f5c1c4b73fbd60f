//! Why a value is an exceedance, in one sentence.

use super::detector::{Channel, Deciding, Limits};
use super::format::{DIGITS, duration, number};
use super::incident::Exceedance;

/// How much room there is for a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// What the channel looks at is spelled out.
    Full,
    /// For a line of a terminal with 80 columns; `hourly max` is the usual largest such deviation in an hour.
    Brief,
}

/// The sentence about the channel that decided: what it saw, and what is usual.
#[must_use]
pub fn sentence(exceedance: &Exceedance, wording: Wording) -> String {
    let Some(deciding) = exceedance.verdict.deciding else { return String::new() };
    let text = match wording {
        Wording::Full => full(&deciding, exceedance),
        Wording::Brief => brief(&deciding, exceedance),
    };
    match exceedance.verdict.limits {
        Limits::Nothing => format!("{text} (no value would have passed)"),
        Limits::Learning | Limits::Between { .. } => text,
    }
}

fn full(deciding: &Deciding, exceedance: &Exceedance) -> String {
    let size = number(deciding.quantity.abs(), DIGITS);
    let side = side(deciding);
    let usual = usual(deciding);
    match deciding.channel {
        Channel::Step => format!("{}; the largest such step in an hour is usually {usual}", step(deciding, exceedance)),
        Channel::Point => format!(
            "{size} {side} what is usual at this hour of the day; the largest such deviation in an hour is usually {usual}"
        ),
        Channel::Fast => format!(
            "the last 10 values are on average {size} {side} what is usual at this hour of the week; the largest such \
             deviation in an hour is usually {usual}"
        ),
        Channel::Slow => format!(
            "the last 3 hours are on average {size} {side} what is usual at this hour of the week; the largest such \
             deviation in an hour is usually {usual}"
        ),
        Channel::Value => format!(
            "{size} {side} what is usual at this hour of the week; the largest such deviation in an hour is usually {usual}"
        ),
        Channel::Local => format!(
            "{size} {side} what the last 8 hours and this hour of the week would make usual; the largest such deviation \
             in an hour is usually {usual}"
        ),
        Channel::Long => format!(
            "the last 8 hours are on average {size} {side} what is usual at this hour of the week; the largest such \
             deviation in an hour is usually {usual}"
        ),
        Channel::Slot => format!("{size} {side} the mean of this hour of the week, which is {usual}"),
    }
}

fn brief(deciding: &Deciding, exceedance: &Exceedance) -> String {
    let size = number(deciding.quantity.abs(), DIGITS);
    let side = side(deciding);
    let usual = usual(deciding);
    match deciding.channel {
        Channel::Step => format!("{}, hourly max {usual}", step(deciding, exceedance)),
        Channel::Point => format!("{size} {side} usual, hourly max {usual}"),
        Channel::Fast => format!("last 10: {size} {side} usual, hourly max {usual}"),
        Channel::Slow => format!("last 3 h: {size} {side} usual, hourly max {usual}"),
        Channel::Value => format!("{size} {side} usual, hourly max {usual}"),
        Channel::Local => format!("{size} {side} the last 8 h, hourly max {usual}"),
        Channel::Long => format!("last 8 h: {size} {side} usual, hourly max {usual}"),
        Channel::Slot => format!("{size} {side} the hour's mean, {usual}"),
    }
}

/// `fell 21,953 in 30 min`.
fn step(deciding: &Deciding, exceedance: &Exceedance) -> String {
    let verb = if deciding.quantity > 0.0 { "rose" } else { "fell" };
    let size = number(deciding.quantity.abs(), DIGITS);
    match exceedance.since_previous {
        Some(0) | None => format!("{verb} {size} at once"),
        Some(time) => format!("{verb} {size} in {}", duration(time)),
    }
}

fn side(deciding: &Deciding) -> &'static str {
    if deciding.quantity > 0.0 { "above" } else { "below" }
}

/// `4,100 ± 900`.
fn usual(deciding: &Deciding) -> String {
    format!("{} ± {}", number(deciding.usual, DIGITS), number(deciding.usual_std, 2))
}

#[cfg(test)]
mod tests {
    use super::super::detector::Verdict;
    use super::super::measurement::MINUTE;
    use super::*;

    fn exceedance(channel: Channel, quantity: f64, limits: Limits) -> Exceedance {
        let deciding = Deciding { channel, quantity, usual: 4100.2, usual_std: 903.0 };
        let verdict = Verdict { surprise: 6.0, deciding: Some(deciding), expected: 30_000.0, limits, exceedance: true };
        Exceedance { time: 0, value: 8000.0, verdict, since_previous: Some(30 * MINUTE) }
    }

    #[test]
    fn the_sentence_speaks_of_the_deciding_channel() {
        let limits = Limits::Between { lower: 20_000.0, upper: 40_000.0 };
        assert_eq!(
            sentence(&exceedance(Channel::Step, -21_953.0, limits), Wording::Full),
            "fell 21,953 in 30 min; the largest such step in an hour is usually 4,100 ± 903"
        );
        assert_eq!(
            sentence(&exceedance(Channel::Point, 5000.0, Limits::Nothing), Wording::Brief),
            "5,000 above usual, hourly max 4,100 ± 903 (no value would have passed)"
        );
    }
}
