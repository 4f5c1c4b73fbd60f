//! `learned`: a row is what is known of an hour of the week of a parameter, after a UTC day that had it.

use super::{Encoded, Rows, aggregation_name, count, parameters};
use crate::domain::moments::Moments;
use crate::domain::parameters::Parameter;
use crate::domain::series::LearnedSlot;
use crate::error::Result;
use crate::store::codec::table::Table;
use crate::store::schema::LearnedColumns;

const COLUMN: LearnedColumns = LearnedColumns::COLUMNS;

/// The table.
pub static LEARNED: Table = Table { columns: LearnedColumns::ALL, group_rows: 1 << 17 };

/// A parameter, and what is known of an hour of its week.
pub type ParameterLearned = (Parameter, LearnedSlot);

/// Rows as Parquet, sorted by day, slot and parameter.
///
/// # Errors
/// When a page would have 2 GiB or more, which Parquet does not allow.
pub fn encode(mut rows: Vec<ParameterLearned>) -> Result<Encoded> {
    rows.sort_by(|(a, one), (b, two)| (one.day, one.slot, a).cmp(&(two.day, two.slot, b)));
    let rows = Rows(&rows);
    let columns = [
        rows.fill(COLUMN.day, |(_, slot)| slot.day),
        rows.fill(COLUMN.slot, |(_, slot)| i64::from(slot.slot)),
        rows.names(COLUMN.parameter, |(parameter, _)| Some(&parameter.name)),
        rows.names(COLUMN.aggregation, |(parameter, _)| Some(aggregation_name(parameter.aggregation))),
        rows.fill(COLUMN.count, |(_, slot)| slot.moments.count() as i64),
        rows.fill(COLUMN.mean, |(_, slot)| slot.moments.mean()),
        rows.fill(COLUMN.std_dev, |(_, slot)| slot.moments.std_dev()),
        rows.fill(COLUMN.weeks, |(_, slot)| i64::from(slot.weeks)),
        rows.fill(COLUMN.squares, |(_, slot)| slot.moments.squares()),
        rows.fill(COLUMN.model_version, |(_, slot)| i64::from(slot.model_version)),
    ];
    Encoded::of(&LEARNED, &columns)
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<ParameterLearned>> {
    let file = LEARNED.open(object, bytes)?;
    let (names, aggregations) = (file.read(COLUMN.parameter)?, file.read(COLUMN.aggregation)?);
    let (days, slots, weeks) = (file.read(COLUMN.day)?, file.read(COLUMN.slot)?, file.read(COLUMN.weeks)?);
    let (counts, means, squares) = (file.read(COLUMN.count)?, file.read(COLUMN.mean)?, file.read(COLUMN.squares)?);
    let model_versions = file.read(COLUMN.model_version)?;
    let rows = parameters(object, &names, &aggregations).enumerate().map(|(i, parameter)| {
        let slot = LearnedSlot {
            day: days[i],
            slot: count(object, COLUMN.slot.column, slots[i])?,
            moments: Moments::from_parts(count(object, COLUMN.count.column, counts[i])?, means[i], squares[i]),
            weeks: count(object, COLUMN.weeks.column, weeks[i])?,
            model_version: count(object, COLUMN.model_version.column, model_versions[i])?,
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
