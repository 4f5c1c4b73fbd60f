//! `alerts`: a row is an exceedance, with everything that decided and what it takes to check it.

use super::{AGGREGATIONS, Encoded, aggregation_name, count, damaged, known, names, parse, take, texts};
use crate::domain::alert::{Alert, Origin, Side, SlotFigures};
use crate::domain::detector::{Channel, Deciding, Limits, Shift, Silence, Tier, Verdict};
use crate::domain::hour::Hour;
use crate::domain::incident::{Exceedance, Finding, Kind};
use crate::domain::severity::Severity;
use crate::error::Result;
use crate::store::codec::table::{Column, ColumnSpec, Content, Table};
use crate::store::codec::text_column::TextColumn;

/// The columns.
pub static ALERTS: Table = Table {
    columns: &[
        ColumnSpec::new("event_time", Content::Time),
        ColumnSpec::new("parameter", Content::Name),
        ColumnSpec::new("aggregation", Content::Name),
        ColumnSpec::new("finding", Content::Name),
        ColumnSpec::new("value", Content::Number).nullable(),
        ColumnSpec::new("since_ms", Content::Integer).nullable(),
        ColumnSpec::new("opens_incident", Content::Flag),
        ColumnSpec::new("alert_id", Content::Text),
        ColumnSpec::new("incident_id", Content::Text),
        ColumnSpec::new("kind", Content::Name),
        ColumnSpec::new("direction", Content::Name).nullable(),
        ColumnSpec::new("limits", Content::Name),
        ColumnSpec::new("lower", Content::Number).nullable(),
        ColumnSpec::new("upper", Content::Number).nullable(),
        ColumnSpec::new("expected", Content::Number),
        ColumnSpec::new("surprise", Content::Number),
        ColumnSpec::new("is_exceedance", Content::Flag),
        ColumnSpec::new("channel", Content::Name).nullable(),
        ColumnSpec::new("quantity", Content::Number).nullable(),
        ColumnSpec::new("usual", Content::Number).nullable(),
        ColumnSpec::new("usual_std_dev", Content::Number).nullable(),
        ColumnSpec::new("since_previous_ms", Content::Integer).nullable(),
        ColumnSpec::new("slot", Content::Integer).nullable(),
        ColumnSpec::new("slot_mean", Content::Number).nullable(),
        ColumnSpec::new("slot_std_dev", Content::Number).nullable(),
        ColumnSpec::new("slot_count", Content::Integer).nullable(),
        ColumnSpec::new("slot_weeks", Content::Integer).nullable(),
        ColumnSpec::new("ema", Content::Number),
        ColumnSpec::new("tier", Content::Name),
        ColumnSpec::new("severity", Content::Name),
        ColumnSpec::new("severity_score", Content::Number),
        ColumnSpec::new("text", Content::Text),
        ColumnSpec::new("rule", Content::Name),
        ColumnSpec::new("model_version", Content::Integer),
        ColumnSpec::new("settings_digest", Content::Name),
        ColumnSpec::new("state_digest", Content::Text),
        ColumnSpec::new("tool_version", Content::Name).pointer(),
        ColumnSpec::new("raw_object", Content::Name).nullable().pointer(),
        ColumnSpec::new("raw_sha256", Content::Name).nullable().pointer(),
        ColumnSpec::new("raw_row", Content::Integer).nullable().pointer(),
    ],
    group_rows: 1 << 15,
};

const SIDES: [Side; 2] = [Side::Above, Side::Below];

/// What `finding` says. Of a silence, `since` is the time of the last value, and the usual gap is in `usual`; of a
/// level shift, `since` is the beginning of its first hour, and its size is in `quantity`.
const VALUE: &str = "value";
const SILENCE: &str = "silence";
const SHIFT: &str = "level_shift";
const RETURN: &str = "return";

/// What `limits` says.
const LEARNING: &str = "learning";
const BETWEEN: &str = "between";
const NOTHING: &str = "nothing";

/// Rows as Parquet, sorted by hour, parameter, aggregation, time and identity.
///
/// # Errors
/// When a page would have 2 GiB or more, which Parquet does not allow.
pub fn encode<'a>(alerts: impl Iterator<Item = &'a Alert>) -> Result<Encoded> {
    let hour = |alert: &Alert| Hour::of(alert.exceedance.time);
    let mut alerts: Vec<&Alert> = alerts.collect(); // they are large, and stay where they are
    alerts.sort_by(|&a, &b| {
        let key = |alert| (hour(alert), &alert.parameter, alert.aggregation, alert.exceedance.time, alert.id);
        key(a).cmp(&key(b))
    });
    let rows = || alerts.iter().copied();
    let name = |of: fn(&Alert) -> &str| names(rows().map(of));
    let some_name = |of: fn(&Alert) -> Option<&str>| Column::Names(TextColumn::of(rows().map(of)));
    let number = |of: fn(&Alert) -> f64| Column::Numbers(rows().map(of).collect());
    let some_number = |of: fn(&Alert) -> Option<f64>| Column::SomeNumbers(rows().map(of).collect());
    let some_integer = |of: fn(&Alert) -> Option<i64>| Column::SomeIntegers(rows().map(of).collect());
    let flag = |of: fn(&Alert) -> bool| Column::Flags(rows().map(of).collect());
    let digests = |of: fn(&Alert) -> Option<String>| {
        let digests: Vec<Option<String>> = rows().map(of).collect();
        Column::Names(TextColumn::of(digests.iter().map(Option::as_deref)))
    };
    let columns = [
        Column::Times(rows().map(|alert| alert.exceedance.time).collect()),
        name(|alert| &alert.parameter),
        name(|alert| aggregation_name(alert.aggregation)),
        name(|alert| match alert.exceedance.finding {
            Finding::Value(_) => VALUE,
            Finding::Silence(_) => SILENCE,
            Finding::LevelShift(shift) => [SHIFT, RETURN][usize::from(shift.returned)],
        }),
        some_number(|alert| alert.exceedance.value()),
        some_integer(|alert| match alert.exceedance.finding {
            Finding::Value(_) => None,
            Finding::Silence(silence) => Some(silence.since),
            Finding::LevelShift(shift) => Some(shift.since.start()),
        }),
        flag(|alert| alert.opens_incident),
        texts(rows().map(|alert| alert.id)),
        texts(rows().map(|alert| alert.incident)),
        name(|alert| alert.kind.name()),
        some_name(|alert| alert.side.map(Side::name)),
        name(|alert| match alert.exceedance.verdict.limits {
            Limits::Learning => LEARNING,
            Limits::Between { .. } => BETWEEN,
            Limits::Nothing => NOTHING,
        }),
        some_number(|alert| alert.exceedance.verdict.limits.ends().map(|ends| ends.0)),
        some_number(|alert| alert.exceedance.verdict.limits.ends().map(|ends| ends.1)),
        number(|alert| alert.exceedance.verdict.expected),
        number(|alert| alert.exceedance.verdict.surprise),
        flag(|alert| alert.exceedance.verdict.exceedance),
        some_name(|alert| Some(alert.exceedance.verdict.deciding?.channel.name())),
        some_number(|alert| numbers(&alert.exceedance).0),
        some_number(|alert| numbers(&alert.exceedance).1),
        some_number(|alert| numbers(&alert.exceedance).2),
        some_integer(|alert| alert.exceedance.since_previous),
        some_integer(|alert| Some(i64::from(alert.slot?.slot))),
        some_number(|alert| Some(alert.slot?.mean)),
        some_number(|alert| alert.slot?.std_dev),
        some_integer(|alert| Some(alert.slot?.count as i64)),
        some_integer(|alert| Some(i64::from(alert.slot?.weeks))),
        number(|alert| alert.ema),
        name(|alert| alert.exceedance.verdict.tier.name()),
        name(|alert| alert.severity.level().name()),
        number(|alert| alert.severity.score()),
        texts(rows().map(|alert| &alert.text)),
        name(|alert| &alert.rule),
        Column::Integers(rows().map(|alert| i64::from(alert.model_version)).collect()),
        digests(|alert| Some(alert.settings_digest.to_string())),
        texts(rows().map(|alert| alert.state_digest)),
        name(|alert| &alert.tool_version),
        some_name(|alert| Some(&*alert.origin.as_ref()?.object)),
        digests(|alert| Some(alert.origin.as_ref()?.sha256.to_string())),
        some_integer(|alert| Some(alert.origin.as_ref()?.row as i64)),
    ];
    Encoded::of(&ALERTS, &columns)
}

/// What goes to `quantity`, `usual` and `usual_std_dev`.
fn numbers(exceedance: &Exceedance) -> (Option<f64>, Option<f64>, Option<f64>) {
    match exceedance.finding {
        Finding::Value(_) => exceedance.verdict.deciding.map_or((None, None, None), |deciding| {
            (Some(deciding.quantity), Some(deciding.usual), Some(deciding.usual_std))
        }),
        Finding::Silence(silence) => (None, Some(silence.usual), Some(silence.usual_std)),
        Finding::LevelShift(shift) => (Some(shift.size), Some(shift.usual), None),
    }
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<Alert>> {
    take!(object, ALERTS.open(object, bytes)?.read(&ALERTS.names())? => Times times, Names parameters, Names aggregations, Names findings,
        SomeNumbers values, SomeIntegers since, Flags opens_incident, Texts ids, Texts incidents, Names kinds, Names directions, Names limits,
        SomeNumbers lowers, SomeNumbers uppers, Numbers expected, Numbers surprises, Flags exceedances, Names channels,
        SomeNumbers quantities, SomeNumbers usual, SomeNumbers usual_std, SomeIntegers since_previous,
        SomeIntegers slots, SomeNumbers slot_means, SomeNumbers slot_std_devs, SomeIntegers slot_counts,
        SomeIntegers slot_weeks, Numbers emas, Names tiers, Names severities, Numbers scores, Texts sentences,
        Names rules, Integers model_versions, Names settings_digests, Texts state_digests, Names tool_versions,
        Names raw_objects, Names raw_digests, SomeIntegers raw_rows);
    debug_assert_eq!(severities.len(), times.len()); // follows from the score
    let findings: Vec<_> = findings.iter().collect();
    let [parameters, aggregations, kinds, directions, limits, channels, tiers] =
        [&parameters, &aggregations, &kinds, &directions, &limits, &channels, &tiers]
            .map(|names| names.iter().collect::<Vec<_>>());
    let [rules, settings_digests, tool_versions, raw_objects, raw_digests] =
        [&rules, &settings_digests, &tool_versions, &raw_objects, &raw_digests]
            .map(|names| names.iter().collect::<Vec<_>>());
    let alert = |i: usize| {
        let limits = match (limits[i], lowers[i], uppers[i]) {
            (Some(LEARNING), None, None) => Limits::Learning,
            (Some(NOTHING), None, None) => Limits::Nothing,
            (Some(BETWEEN), Some(lower), Some(upper)) => Limits::Between { lower, upper },
            _ => return Err(damaged(object, "limits that are none")),
        };
        let deciding = match (channels[i], quantities[i], usual[i], usual_std[i]) {
            (Some(channel), Some(quantity), Some(usual), Some(usual_std)) => {
                let channel = known(object, "channel", channel, &Channel::ALL, Channel::name)?;
                Some(Deciding { channel, quantity, usual, usual_std })
            }
            _ => None,
        };
        let slot = match (slots[i], slot_means[i], slot_counts[i], slot_weeks[i]) {
            (Some(slot), Some(mean), Some(values), Some(weeks)) => Some(SlotFigures {
                slot: count(object, "slot", slot)?,
                mean,
                std_dev: slot_std_devs[i],
                count: count(object, "slot_count", values)?,
                weeks: count(object, "slot_weeks", weeks)?,
            }),
            _ => None,
        };
        let origin = match (raw_objects[i], raw_digests[i], raw_rows[i]) {
            (Some(raw), Some(sha256), Some(row)) => {
                Some(Origin { object: raw.into(), sha256: parse(object, sha256)?, row: count(object, "raw_row", row)? })
            }
            _ => None,
        };
        let surprise = surprises[i];
        let finding = match (findings[i], values[i], since[i], quantities[i], usual[i], usual_std[i]) {
            (Some(VALUE), Some(value), None, ..) => Finding::Value(value),
            (Some(SILENCE), None, Some(since), None, Some(usual), Some(usual_std)) => {
                Finding::Silence(Silence { since, onset: times[i], usual, usual_std, surprise })
            }
            (Some(name @ (SHIFT | RETURN)), None, Some(since), Some(size), Some(usual), None) => {
                let since = Hour::of(since);
                Finding::LevelShift(Shift { since, size, usual, returned: name == RETURN })
            }
            _ => return Err(damaged(object, "a finding that is none")),
        };
        let aggregated = aggregations[i].unwrap_or_default();
        let aggregated =
            known(object, "aggregation", aggregated, &AGGREGATIONS.map(|known| known.0), aggregation_name)?;
        let tier = known(object, "tier", tiers[i].unwrap_or_default(), &Tier::ALL, Tier::name)?;
        let verdict = Verdict { surprise, deciding, expected: expected[i], limits, exceedance: exceedances[i], tier };
        let exceedance = Exceedance { time: times[i], finding, verdict, since_previous: since_previous[i] };
        let direction = directions[i].map(|name| known(object, "direction", name, &SIDES, Side::name));
        let text = |column: &[Option<&str>]| column[i].unwrap_or_default().into();
        Ok(Alert {
            id: parse(object, ids.get(i))?,
            incident: parse(object, incidents.get(i))?,
            opens_incident: opens_incident[i],
            parameter: text(&parameters),
            aggregation: aggregated,
            exceedance,
            kind: known(object, "kind", kinds[i].unwrap_or_default(), &Kind::ALL, Kind::name)?,
            side: direction.transpose()?,
            slot,
            ema: emas[i],
            severity: Severity::from_score(scores[i]),
            text: sentences.get(i).to_owned(),
            rule: text(&rules),
            model_version: count(object, "model_version", model_versions[i])?,
            settings_digest: parse(object, settings_digests[i].unwrap_or_default())?,
            state_digest: parse(object, state_digests.get(i))?,
            tool_version: text(&tool_versions),
            origin,
        })
    };
    (0..times.len()).map(alert).collect()
}

#[cfg(test)]
#[path = "alerts_tests.rs"]
mod tests;
