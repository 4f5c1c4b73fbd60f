//! Why something is an exceedance, in one sentence.

use super::detector::{Channel, Deciding, Limits, Silence, Tier};
use super::format::{DIGITS, duration, moment, number};
use super::incident::{Exceedance, Finding, Incident, TakenOver};
use super::measurement::{HOUR, Millis};
use super::zone::Zone;

/// How much room there is for a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// What the channel looks at is spelled out.
    Full,
    /// For a line of a terminal with 80 columns; `hourly max` is the usual largest such deviation in an hour.
    Brief,
}

/// The sentence about an incident: about its change of level if one was taken over, else about its alert.
#[must_use]
pub fn of_incident(incident: &Incident, wording: Wording, zone: Zone) -> String {
    match &incident.shift {
        Some(taken_over) => level_shift(taken_over, wording),
        None => sentence(&incident.alert, wording, zone),
    }
}

/// The sentence about an exceedance: what the channel that decided saw, and what is usual.
#[must_use]
pub fn sentence(exceedance: &Exceedance, wording: Wording, zone: Zone) -> String {
    match &exceedance.finding {
        Finding::Value(_) => value(exceedance, wording),
        Finding::Silence(found) => silence(found, wording, zone),
        Finding::LevelShift(shift) => {
            level_shift(&TakenOver { time: exceedance.time, shift: *shift, back: None }, wording)
        }
    }
}

/// Whose history judged, where that of the hour of the week is still short.
#[must_use]
pub fn judged_by(tier: Tier, wording: Wording) -> Option<&'static str> {
    match (tier, wording) {
        (Tier::HourOfWeek, _) => None,
        (Tier::Overall, Wording::Full) => Some("judged by all hours alike"),
        (Tier::HourOfDay, Wording::Full) => Some("judged by the same hour of other days"),
        (Tier::DayKind, Wording::Full) => Some("judged by the same hour of other working days, or of weekends"),
        (Tier::Overall, Wording::Brief) => Some("by all hours"),
        (Tier::HourOfDay, Wording::Brief) => Some("by hour of day"),
        (Tier::DayKind, Wording::Brief) => Some("by kind of day"),
    }
}

fn value(exceedance: &Exceedance, wording: Wording) -> String {
    let verdict = &exceedance.verdict;
    let Some(deciding) = verdict.deciding else { return String::new() };
    let mut text = match wording {
        Wording::Full => full(&deciding, exceedance),
        Wording::Brief => brief(&deciding, exceedance),
    };
    if verdict.limits == Limits::Nothing {
        text += " (no value would have passed)";
    }
    match judged_by(verdict.tier, wording) {
        Some(whose) if wording == Wording::Full => format!("{text}; {whose}"),
        _ => text,
    }
}

/// `no data since 02:10; the longest gap of an hour is usually 5 min ± 20 s`; with the date where it is another day's.
fn silence(silence: &Silence, wording: Wording, zone: Zone) -> String {
    let since = moment(silence.since, zone);
    let same_day = zone.civil(silence.since).date() == zone.civil(silence.onset).date();
    let since = since.split_once(' ').filter(|_| same_day).map_or(since.as_str(), |(_, time)| time);
    let (usual, spread) = (span(silence.usual), span(silence.usual_std));
    match wording {
        Wording::Full => format!("no data since {since}; the longest gap of an hour is usually {usual} ± {spread}"),
        Wording::Brief => format!("no data since {since}; longest hourly gap {usual} ± {}", first_unit(&spread)),
    }
}

/// A number of hours as people read it, to the second.
fn span(hours: f64) -> String {
    let seconds = libm::round(hours * HOUR as f64 / 1000.0);
    if seconds >= 1.0 { duration(seconds as Millis * 1000) } else { duration((hours * HOUR as f64) as Millis) }
}

/// `4 h` of `4 h 6 min`.
fn first_unit(duration: &str) -> &str {
    duration.match_indices(' ').nth(1).map_or(duration, |(place, _)| &duration[..place])
}

/// `the level rose by 15.2 and stayed: taken over as usual after 12 h (hours usually differ by 1.1)`.
fn level_shift(taken_over: &TakenOver, wording: Wording) -> String {
    let TakenOver { time, shift, back } = taken_over;
    let verb = if shift.size > 0.0 { "rose" } else { "fell" };
    let (size, usual) = (number(shift.size.abs(), DIGITS), number(shift.usual, 2));
    let after = duration((time - shift.since.start()).max(0));
    if let Some(back) = back {
        let lasted = duration((back - shift.since.start()).max(0));
        return match wording {
            Wording::Full => {
                format!("the level {verb} by {size} for {lasted} and returned (hours usually differ by {usual})")
            }
            Wording::Brief => format!("level {verb} by {size} (hourly ± {usual}) for {lasted}"),
        };
    }
    match (wording, shift.returned) {
        (Wording::Full, false) => format!(
            "the level {verb} by {size} and stayed: taken over as usual after {after} (hours usually differ by {usual})"
        ),
        (Wording::Brief, false) => format!("level {verb} by {size} (hourly ± {usual}), usual after {after}"),
        (Wording::Full, true) => format!("the level returned to what it was before: it {verb} by {size}"),
        (Wording::Brief, true) => format!("the level returned, it {verb} by {size}"),
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
    use super::super::detector::{Shift, Verdict};
    use super::super::measurement::MINUTE;
    use super::*;
    use crate::domain::hour::Hour;

    fn exceedance(channel: Channel, quantity: f64, limits: Limits, tier: Tier) -> Exceedance {
        let deciding = Deciding { channel, quantity, usual: 4100.2, usual_std: 903.0 };
        let deciding = Some(deciding);
        let verdict = Verdict { surprise: 6.0, deciding, expected: 30_000.0, limits, exceedance: true, tier };
        Exceedance { time: 0, finding: Finding::Value(8000.0), verdict, since_previous: Some(30 * MINUTE) }
    }

    #[test]
    fn the_sentence_speaks_of_the_deciding_channel() {
        let limits = Limits::Between { lower: 20_000.0, upper: 40_000.0 };
        let step = exceedance(Channel::Step, -21_953.0, limits, Tier::HourOfWeek);
        assert_eq!(
            sentence(&step, Wording::Full, Zone::UTC),
            "fell 21,953 in 30 min; the largest such step in an hour is usually 4,100 ± 903"
        );
        let point = exceedance(Channel::Point, 5000.0, Limits::Nothing, Tier::HourOfWeek);
        assert_eq!(
            sentence(&point, Wording::Brief, Zone::UTC),
            "5,000 above usual, hourly max 4,100 ± 903 (no value would have passed)"
        );
    }

    #[test]
    fn a_short_history_is_said() {
        let limits = Limits::Between { lower: 20_000.0, upper: 40_000.0 };
        let sentence = |tier| sentence(&exceedance(Channel::Step, 1.0, limits, tier), Wording::Full, Zone::UTC);
        assert!(sentence(Tier::Overall).ends_with(" ± 903; judged by all hours alike"));
        assert!(sentence(Tier::HourOfDay).ends_with(" ± 903; judged by the same hour of other days"));
        assert!(sentence(Tier::DayKind).ends_with("; judged by the same hour of other working days, or of weekends"));
        assert!(sentence(Tier::HourOfWeek).ends_with(" ± 903"));
    }

    #[test]
    fn a_silence_says_since_when_and_how_long_gaps_are() {
        let silence = |since: Millis, onset: Millis| {
            let silence = Silence { since, onset, usual: 1.0 / 12.0, usual_std: 20.0 / 3600.0, surprise: 3.0 };
            sentence(&Exceedance::of_silence(silence), Wording::Full, Zone::parse("Europe/Zurich").unwrap())
        };
        let gap = "the longest gap of an hour is usually 5 min ± 20 s";
        assert_eq!(silence(70 * MINUTE, 83 * MINUTE), format!("no data since 02:10; {gap}"));
        assert_eq!(
            silence(22 * HOUR, 23 * HOUR + 1),
            format!("no data since 23:00; {gap}").replace("23:00", "1970-01-01 23:00")
        );
        assert_eq!([0.0, 1e-4, 0.25, 30.0].map(span), ["0 ms", "360 ms", "15 min", "1 d 6 h"]);
    }

    #[test]
    fn a_change_of_level_says_what_became_of_it() {
        let text = |size: f64, returned: bool, wording| {
            let shift = Shift { since: Hour::new(100), size, usual: 1.1, returned };
            sentence(&Exceedance::of_shift(112 * HOUR, shift, 2.5, None), wording, Zone::UTC)
        };
        assert_eq!(
            text(15.2, false, Wording::Full),
            "the level rose by 15.2 and stayed: taken over as usual after 12 h (hours usually differ by 1.1)"
        );
        assert_eq!(text(-15.2, false, Wording::Brief), "level fell by 15.2 (hourly ± 1.1), usual after 12 h");
        assert_eq!(text(-15.2, true, Wording::Full), "the level returned to what it was before: it fell by 15.2");
        let shift = Shift { since: Hour::new(100), size: 15.2, usual: 1.1, returned: false };
        let back = level_shift(&TakenOver { time: 112 * HOUR, shift, back: Some(127 * HOUR) }, Wording::Full);
        assert_eq!(back, "the level rose by 15.2 for 1 d 3 h and returned (hours usually differ by 1.1)");
    }
}
