//! `model`: a row is a slot of a parameter's baseline.

use super::{Encoded, Rows, aggregation_name, count, parameters, parse};
use crate::domain::model::{LeftOut, Slot};
use crate::domain::moments::Moments;
use crate::domain::parameters::Parameter;
use crate::error::Result;
use crate::store::codec::table::Table;
use crate::store::schema::ModelColumns;

const COLUMN: ModelColumns = ModelColumns::COLUMNS;

/// What separates the hours that were left out.
const SEPARATOR: &str = "; ";

/// The table. The version is always a folder; `slot` says day of the week and hour, which are folders in one layout
/// only.
pub static MODEL: Table = Table { columns: ModelColumns::ALL, group_rows: 1 << 17 };

/// A parameter and a slot of its baseline.
pub type ParameterSlot = (Parameter, Slot);

/// Rows as Parquet, sorted by slot and parameter.
///
/// # Errors
/// When a page would have 2 GiB or more, which Parquet does not allow.
pub fn encode(mut rows: Vec<ParameterSlot>) -> Result<Encoded> {
    rows.sort_by(|(a, one), (b, two)| one.slot.cmp(&two.slot).then_with(|| a.cmp(b)));
    let left_out = |slot: &Slot| slot.left_out.iter().map(LeftOut::to_string).collect::<Vec<_>>().join(SEPARATOR);
    let rows = Rows(&rows);
    let columns = [
        rows.fill(COLUMN.slot, |(_, slot)| i64::from(slot.slot)),
        rows.names(COLUMN.parameter, |(parameter, _)| Some(&parameter.name)),
        rows.names(COLUMN.aggregation, |(parameter, _)| Some(aggregation_name(parameter.aggregation))),
        rows.fill(COLUMN.count, |(_, slot)| slot.moments.count() as i64),
        rows.fill(COLUMN.mean, |(_, slot)| slot.moments.mean()),
        rows.fill(COLUMN.std_dev, |(_, slot)| slot.moments.std_dev()),
        rows.fill(COLUMN.weeks, |(_, slot)| i64::from(slot.weeks)),
        rows.fill(COLUMN.baseline_mean, |(_, slot)| slot.baseline_mean),
        rows.fill(COLUMN.weeks_used, |(_, slot)| i64::from(slot.weeks_used)),
        rows.texts(COLUMN.left_out, |(_, slot)| left_out(slot)),
        rows.fill(COLUMN.squares, |(_, slot)| slot.moments.squares()),
    ];
    Encoded::of(&MODEL, &columns)
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<ParameterSlot>> {
    let file = MODEL.open(object, bytes)?;
    let (names, aggregations) = (file.read(COLUMN.parameter)?, file.read(COLUMN.aggregation)?);
    let (slots, weeks, counts) = (file.read(COLUMN.slot)?, file.read(COLUMN.weeks)?, file.read(COLUMN.count)?);
    let (means, squares) = (file.read(COLUMN.mean)?, file.read(COLUMN.squares)?);
    let (baseline_means, weeks_used) = (file.read(COLUMN.baseline_mean)?, file.read(COLUMN.weeks_used)?);
    let left_out = file.read(COLUMN.left_out)?;
    let rows = parameters(object, &names, &aggregations).enumerate().map(|(i, parameter)| {
        let left_out = left_out.get(i).split(SEPARATOR).filter(|text| !text.is_empty());
        let slot = Slot {
            slot: count(object, COLUMN.slot.column, slots[i])?,
            moments: Moments::from_parts(count(object, COLUMN.count.column, counts[i])?, means[i], squares[i]),
            weeks: count(object, COLUMN.weeks.column, weeks[i])?,
            baseline_mean: baseline_means[i],
            weeks_used: count(object, COLUMN.weeks_used.column, weeks_used[i])?,
            left_out: left_out.map(|text| parse(object, text)).collect::<Result<_>>()?,
        };
        Ok((parameter?, slot))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hour::Hour;
    use crate::domain::measurement::Aggregation;
    use crate::domain::model::{Rules, Training};
    use crate::domain::zone::Zone;

    #[test]
    fn a_baseline_reads_back() {
        let mut training = Training::default();
        for hour in 0..6 * 168_i64 {
            let mut moments = Moments::default();
            let count = if hour % 100 == 99 { 3 } else { 20 };
            let outlier = if hour / 168 == 3 && hour % 24 == 5 { 1e3 } else { 0.0 };
            (0..count)
                .for_each(|i| moments.push((hour % 24) as f64 + (hour % 13) as f64 + f64::from(i) / 7.0 + outlier));
            training.push(Hour::new(hour), moments);
        }
        let baseline = training.finish(Zone::UTC, &Rules::default());
        assert!(baseline.history.incomplete > 0 && baseline.history.outlying > 0);
        let rows = |name: &str, aggregation| {
            let parameter = Parameter { name: name.into(), aggregation };
            baseline.slots.iter().map(|slot| (parameter.clone(), slot.clone())).collect::<Vec<_>>()
        };
        let mut all: Vec<ParameterSlot> = rows("b", Aggregation::Count);
        all.extend(rows("b", Aggregation::None).into_iter().chain(rows("a", Aggregation::None)));
        let encoded = encode(all.clone()).unwrap();
        all.sort_by(|a, b| (a.1.slot, &a.0).cmp(&(b.1.slot, &b.0)));
        assert_eq!(read("x", encoded.bytes).unwrap(), all);
    }
}
