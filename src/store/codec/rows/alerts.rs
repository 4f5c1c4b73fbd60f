//! `alerts`: a row is an exceedance, with everything that decided and what it takes to check it.

use std::sync::Arc;

use super::{Encoded, Rows, aggregation, aggregation_name, count, damaged, known, parse};
use crate::domain::alert::{Alert, Origin, Side, SlotFigures};
use crate::domain::detector::{Channel, Deciding, Limits, Shift, Silence, Tier, Verdict};
use crate::domain::digest::Sha256;
use crate::domain::hour::Hour;
use crate::domain::incident::{Exceedance, Finding, Kind};
use crate::domain::severity::Severity;
use crate::error::Result;
use crate::store::codec::table::{Filled, Stored, Table};
use crate::store::codec::text_column::TextColumn;
use crate::store::schema::{AlertColumns, TypedColumn};

const COLUMN: AlertColumns = AlertColumns::COLUMNS;

/// The table.
pub static ALERTS: Table = Table { columns: AlertColumns::ALL, group_rows: 1 << 15 };

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
    let rows = Rows(&alerts);
    let columns = [
        rows.fill(COLUMN.event_time, |alert| alert.exceedance.time),
        rows.names(COLUMN.parameter, |alert| Some(&alert.parameter)),
        rows.names(COLUMN.aggregation, |alert| Some(aggregation_name(alert.aggregation))),
        rows.names(COLUMN.finding, |alert| {
            Some(match alert.exceedance.finding {
                Finding::Value(_) => VALUE,
                Finding::Silence(_) => SILENCE,
                Finding::LevelShift(shift) => [SHIFT, RETURN][usize::from(shift.returned)],
            })
        }),
        rows.fill(COLUMN.value, |alert| alert.exceedance.value()),
        rows.fill(COLUMN.since_ms, |alert| match alert.exceedance.finding {
            Finding::Value(_) => None,
            Finding::Silence(silence) => Some(silence.since),
            Finding::LevelShift(shift) => Some(shift.since.start()),
        }),
        rows.fill(COLUMN.opens_incident, |alert| alert.opens_incident),
        rows.texts(COLUMN.alert_id, |alert| alert.id),
        rows.texts(COLUMN.incident_id, |alert| alert.incident),
        rows.names(COLUMN.kind, |alert| Some(alert.kind.name())),
        rows.names(COLUMN.direction, |alert| alert.side.map(Side::name)),
        rows.names(COLUMN.limits, |alert| {
            Some(match alert.exceedance.verdict.limits {
                Limits::Learning => LEARNING,
                Limits::Between { .. } => BETWEEN,
                Limits::Nothing => NOTHING,
            })
        }),
        rows.fill(COLUMN.lower, |alert| alert.exceedance.verdict.limits.ends().map(|ends| ends.0)),
        rows.fill(COLUMN.upper, |alert| alert.exceedance.verdict.limits.ends().map(|ends| ends.1)),
        rows.fill(COLUMN.expected, |alert| alert.exceedance.verdict.expected),
        rows.fill(COLUMN.surprise, |alert| alert.exceedance.verdict.surprise),
        rows.fill(COLUMN.is_exceedance, |alert| alert.exceedance.verdict.exceedance),
        rows.names(COLUMN.channel, |alert| Some(alert.exceedance.verdict.deciding?.channel.name())),
        rows.fill(COLUMN.quantity, |alert| numbers(&alert.exceedance).0),
        rows.fill(COLUMN.usual, |alert| numbers(&alert.exceedance).1),
        rows.fill(COLUMN.usual_std_dev, |alert| numbers(&alert.exceedance).2),
        rows.fill(COLUMN.since_previous_ms, |alert| alert.exceedance.since_previous),
        rows.fill(COLUMN.slot, |alert| Some(i64::from(alert.slot?.slot))),
        rows.fill(COLUMN.slot_mean, |alert| Some(alert.slot?.mean)),
        rows.fill(COLUMN.slot_std_dev, |alert| alert.slot?.std_dev),
        rows.fill(COLUMN.slot_count, |alert| Some(alert.slot?.count as i64)),
        rows.fill(COLUMN.slot_weeks, |alert| Some(i64::from(alert.slot?.weeks))),
        rows.fill(COLUMN.ema, |alert| alert.ema),
        rows.names(COLUMN.tier, |alert| Some(alert.exceedance.verdict.tier.name())),
        rows.names(COLUMN.severity, |alert| Some(alert.severity.level().name())),
        rows.fill(COLUMN.severity_score, |alert| alert.severity.score()),
        rows.texts(COLUMN.text, |alert| &alert.text),
        rows.names(COLUMN.rule, |alert| Some(&alert.rule)),
        rows.fill(COLUMN.model_version, |alert| i64::from(alert.model_version)),
        digests(&alerts, COLUMN.settings_digest, |alert| Some(alert.settings_digest)),
        rows.texts(COLUMN.state_digest, |alert| alert.state_digest),
        rows.names(COLUMN.tool_version, |alert| Some(&alert.tool_version)),
        rows.names(COLUMN.raw_object, |alert| Some(&alert.origin.as_ref()?.object)),
        digests(&alerts, COLUMN.raw_sha256, |alert| Some(alert.origin.as_ref()?.sha256)),
        rows.fill(COLUMN.raw_row, |alert| Some(alert.origin.as_ref()?.row as i64)),
    ];
    Encoded::of(&ALERTS, &columns)
}

/// A column of digests, of which few are different.
fn digests<K: Stored<Values = TextColumn>>(
    alerts: &[&Alert],
    column: TypedColumn<K>,
    of: impl Fn(&Alert) -> Option<Sha256>,
) -> Filled {
    let digests: Vec<Option<String>> = alerts.iter().map(|alert| Some(of(alert)?.to_string())).collect();
    column.with(TextColumn::of(digests.iter().map(Option::as_deref)))
}

/// The quantity of what decided, what is usual, and the standard deviation of that.
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
    let file = ALERTS.open(object, bytes)?;
    let times = file.read(COLUMN.event_time)?;
    let (ids, incidents) = (file.read(COLUMN.alert_id)?, file.read(COLUMN.incident_id)?);
    let (opens_incident, exceedances) = (file.read(COLUMN.opens_incident)?, file.read(COLUMN.is_exceedance)?);
    let (values, since) = (file.read(COLUMN.value)?, file.read(COLUMN.since_ms)?);
    let since_previous = file.read(COLUMN.since_previous_ms)?;
    let (lowers, uppers) = (file.read(COLUMN.lower)?, file.read(COLUMN.upper)?);
    let (expected, surprises) = (file.read(COLUMN.expected)?, file.read(COLUMN.surprise)?);
    let (quantities, usual) = (file.read(COLUMN.quantity)?, file.read(COLUMN.usual)?);
    let usual_std = file.read(COLUMN.usual_std_dev)?;
    let (slots, slot_means) = (file.read(COLUMN.slot)?, file.read(COLUMN.slot_mean)?);
    let slot_std_devs = file.read(COLUMN.slot_std_dev)?;
    let (slot_counts, slot_weeks) = (file.read(COLUMN.slot_count)?, file.read(COLUMN.slot_weeks)?);
    let (emas, scores) = (file.read(COLUMN.ema)?, file.read(COLUMN.severity_score)?);
    let (sentences, state_digests) = (file.read(COLUMN.text)?, file.read(COLUMN.state_digest)?);
    let (model_versions, raw_rows) = (file.read(COLUMN.model_version)?, file.read(COLUMN.raw_row)?);
    // The level of severity follows from the score, and is not read.
    let names = |names: TextColumn| names.shared().map(Option::<&Arc<str>>::cloned).collect::<Vec<_>>();
    let parameters = names(file.read(COLUMN.parameter)?);
    let aggregations = names(file.read(COLUMN.aggregation)?);
    let findings = names(file.read(COLUMN.finding)?);
    let (kinds, directions) = (names(file.read(COLUMN.kind)?), names(file.read(COLUMN.direction)?));
    let (limits, tiers) = (names(file.read(COLUMN.limits)?), names(file.read(COLUMN.tier)?));
    let (channels, rules) = (names(file.read(COLUMN.channel)?), names(file.read(COLUMN.rule)?));
    let (settings_digests, tool_versions) =
        (names(file.read(COLUMN.settings_digest)?), names(file.read(COLUMN.tool_version)?));
    let (raw_objects, raw_digests) = (names(file.read(COLUMN.raw_object)?), names(file.read(COLUMN.raw_sha256)?));
    let alert = |i: usize| {
        let limits = match (limits[i].as_deref(), lowers[i], uppers[i]) {
            (Some(LEARNING), None, None) => Limits::Learning,
            (Some(NOTHING), None, None) => Limits::Nothing,
            (Some(BETWEEN), Some(lower), Some(upper)) => Limits::Between { lower, upper },
            _ => return Err(damaged(object, "limits that are none")),
        };
        let deciding = match (channels[i].as_deref(), quantities[i], usual[i], usual_std[i]) {
            (Some(channel), Some(quantity), Some(usual), Some(usual_std)) => {
                let channel = known(object, COLUMN.channel.column, channel, &Channel::ALL, Channel::name)?;
                Some(Deciding { channel, quantity, usual, usual_std })
            }
            _ => None,
        };
        let slot = match (slots[i], slot_means[i], slot_counts[i], slot_weeks[i]) {
            (Some(slot), Some(mean), Some(values), Some(weeks)) => Some(SlotFigures {
                slot: count(object, COLUMN.slot.column, slot)?,
                mean,
                std_dev: slot_std_devs[i],
                count: count(object, COLUMN.slot_count.column, values)?,
                weeks: count(object, COLUMN.slot_weeks.column, weeks)?,
            }),
            _ => None,
        };
        let origin = match (&raw_objects[i], &raw_digests[i], raw_rows[i]) {
            (Some(raw), Some(sha256), Some(row)) => Some(Origin {
                object: Arc::clone(raw),
                sha256: parse(object, sha256)?,
                row: count(object, COLUMN.raw_row.column, row)?,
            }),
            _ => None,
        };
        let surprise = surprises[i];
        let finding = match (findings[i].as_deref(), values[i], since[i], quantities[i], usual[i], usual_std[i]) {
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
        let text = |column: &[Option<Arc<str>>]| column[i].clone().unwrap_or_default();
        let aggregated = aggregation(&text(&aggregations));
        let aggregated = aggregated.ok_or_else(|| damaged(object, "an aggregation is not known"))?;
        let tier = known(object, COLUMN.tier.column, &text(&tiers), &Tier::ALL, Tier::name)?;
        let verdict = Verdict { surprise, deciding, expected: expected[i], limits, exceedance: exceedances[i], tier };
        let exceedance = Exceedance { time: times[i], finding, verdict, since_previous: since_previous[i] };
        let direction = directions[i].as_deref();
        let direction = direction.map(|name| known(object, COLUMN.direction.column, name, &SIDES, Side::name));
        Ok(Alert {
            id: parse(object, ids.get(i))?,
            incident: parse(object, incidents.get(i))?,
            opens_incident: opens_incident[i],
            parameter: text(&parameters),
            aggregation: aggregated,
            exceedance,
            kind: known(object, COLUMN.kind.column, &text(&kinds), &Kind::ALL, Kind::name)?,
            side: direction.transpose()?,
            slot,
            ema: emas[i],
            severity: Severity::from_score(scores[i]),
            text: sentences.get(i).to_owned(),
            rule: text(&rules),
            model_version: count(object, COLUMN.model_version.column, model_versions[i])?,
            settings_digest: parse(object, &text(&settings_digests))?,
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
