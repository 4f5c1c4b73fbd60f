//! `learned`: a row is what is known of an hour of the week of a parameter, after a UTC day that had it.

use super::{Encoded, count, parameter_columns, parameters, take};
use crate::domain::moments::Moments;
use crate::domain::parameters::Parameter;
use crate::domain::series::LearnedSlot;
use crate::error::Result;
use crate::store::codec::table::{Column, ColumnSpec, Content, Table};

/// The columns.
pub static LEARNED: Table = Table {
    columns: &[
        ColumnSpec::new("day", Content::Time),
        ColumnSpec::new("slot", Content::Integer),
        ColumnSpec::new("parameter", Content::Name),
        ColumnSpec::new("aggregation", Content::Name),
        ColumnSpec::new("count", Content::Integer),
        ColumnSpec::new("mean", Content::Number),
        ColumnSpec::new("std_dev", Content::Number).nullable(),
        ColumnSpec::new("weeks", Content::Integer),
        ColumnSpec::new("squares", Content::Number),
        ColumnSpec::new("model_version", Content::Integer),
    ],
    group_rows: 1 << 17,
};

/// A parameter, and what is known of an hour of its week.
pub type ParameterLearned = (Parameter, LearnedSlot);

/// Rows as Parquet, sorted by day, slot and parameter.
///
/// # Errors
/// When a page would have 2 GiB or more, which Parquet does not allow.
pub fn encode(mut rows: Vec<ParameterLearned>) -> Result<Encoded> {
    rows.sort_by(|(a, one), (b, two)| (one.day, one.slot, a).cmp(&(two.day, two.slot, b)));
    let integers = |of: fn(&LearnedSlot) -> i64| Column::Integers(rows.iter().map(|(_, slot)| of(slot)).collect());
    let numbers = |of: fn(&LearnedSlot) -> f64| Column::Numbers(rows.iter().map(|(_, slot)| of(slot)).collect());
    let [names, aggregations] = parameter_columns(rows.iter().map(|(parameter, _)| parameter));
    let columns = [
        Column::Times(rows.iter().map(|(_, slot)| slot.day).collect()),
        integers(|slot| i64::from(slot.slot)),
        names,
        aggregations,
        integers(|slot| slot.moments.count() as i64),
        numbers(|slot| slot.moments.mean()),
        Column::SomeNumbers(rows.iter().map(|(_, slot)| slot.moments.std_dev()).collect()),
        integers(|slot| i64::from(slot.weeks)),
        numbers(|slot| slot.moments.squares()),
        integers(|slot| i64::from(slot.model_version)),
    ];
    Encoded::of(&LEARNED, &columns)
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<ParameterLearned>> {
    let columns = ["day", "slot", "parameter", "aggregation", "count", "mean", "weeks", "squares", "model_version"];
    take!(object, LEARNED.open(object, bytes)?.read(&columns)? => Times days, Integers slots, Names names,
        Names aggregations, Integers counts, Numbers means, Integers weeks, Numbers squares, Integers model_versions);
    let rows = parameters(object, &names, &aggregations).enumerate().map(|(i, parameter)| {
        let slot = LearnedSlot {
            day: days[i],
            slot: count(object, "slot", slots[i])?,
            moments: Moments::from_parts(count(object, "count", counts[i])?, means[i], squares[i]),
            weeks: count(object, "weeks", weeks[i])?,
            model_version: count(object, "model_version", model_versions[i])?,
        };
        Ok((parameter?, slot))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measurement::Aggregation;

    #[test]
    fn what_was_learned_reads_back() {
        let row = |name: &str, aggregation, slot, count| {
            let moments = Moments::from_parts(count, 1.5, 0.25 * (count - 1) as f64);
            let learned = LearnedSlot { day: 86_400_000, slot, moments, weeks: 3, model_version: 2 };
            (Parameter { name: name.into(), aggregation }, learned)
        };
        let [measured, counted] = [Aggregation::None, Aggregation::Count];
        let rows = vec![
            row("a", counted, 23, 1),
            row("b", measured, 23, 7),
            row("b", counted, 23, 2),
            row("ü", measured, 24, 3),
        ];
        let encoded = encode(rows.iter().rev().cloned().collect()).unwrap();
        assert_eq!(encoded, encode(rows.clone()).unwrap());
        assert_eq!(read("x", encoded.bytes).unwrap(), rows);
        assert_eq!(read("x", encode(Vec::new()).unwrap().bytes).unwrap(), []);
    }
}
