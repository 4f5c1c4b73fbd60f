//! `model`: a row is a slot of a parameter's baseline.

use super::{Encoded, count, parameter_columns, parameters, parse, take, texts};
use crate::domain::model::{LeftOut, Slot};
use crate::domain::moments::Moments;
use crate::domain::parameters::Parameter;
use crate::error::Result;
use crate::store::codec::table::{Column, ColumnSpec, Content, Table};

/// What separates the hours that were left out.
const SEPARATOR: &str = "; ";

/// The columns. The version is always a folder; `slot` says day of the week and hour, which are folders in one layout
/// only.
pub static MODEL: Table = Table {
    columns: &[
        ColumnSpec::new("slot", Content::Integer),
        ColumnSpec::new("parameter", Content::Name),
        ColumnSpec::new("aggregation", Content::Name),
        ColumnSpec::new("count", Content::Integer),
        ColumnSpec::new("mean", Content::Number),
        ColumnSpec::new("std_dev", Content::Number).nullable(),
        ColumnSpec::new("weeks", Content::Integer),
        ColumnSpec::new("baseline_mean", Content::Number),
        ColumnSpec::new("weeks_used", Content::Integer),
        ColumnSpec::new("left_out", Content::Text),
        ColumnSpec::new("squares", Content::Number),
    ],
    group_rows: 1 << 17,
};

/// A parameter and a slot of its baseline.
pub type ParameterSlot = (Parameter, Slot);

/// Rows as Parquet, sorted by slot and parameter.
///
/// # Errors
/// When a page would have 2 GiB or more, which Parquet does not allow.
pub fn encode(mut rows: Vec<ParameterSlot>) -> Result<Encoded> {
    rows.sort_by(|(a, one), (b, two)| one.slot.cmp(&two.slot).then_with(|| a.cmp(b)));
    let integers = |of: fn(&Slot) -> i64| Column::Integers(rows.iter().map(|(_, slot)| of(slot)).collect());
    let numbers = |of: fn(&Slot) -> f64| Column::Numbers(rows.iter().map(|(_, slot)| of(slot)).collect());
    let left_out = |slot: &Slot| slot.left_out.iter().map(LeftOut::to_string).collect::<Vec<_>>().join(SEPARATOR);
    let [names, aggregations] = parameter_columns(rows.iter().map(|(parameter, _)| parameter));
    let columns = [
        integers(|slot| i64::from(slot.slot)),
        names,
        aggregations,
        integers(|slot| slot.moments.count() as i64),
        numbers(|slot| slot.moments.mean()),
        Column::SomeNumbers(rows.iter().map(|(_, slot)| slot.moments.std_dev()).collect()),
        integers(|slot| i64::from(slot.weeks)),
        numbers(|slot| slot.baseline_mean),
        integers(|slot| i64::from(slot.weeks_used)),
        texts(rows.iter().map(|(_, slot)| left_out(slot))),
        numbers(|slot| slot.moments.squares()),
    ];
    Encoded::of(&MODEL, &columns)
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<ParameterSlot>> {
    let columns = [
        "slot",
        "parameter",
        "aggregation",
        "count",
        "mean",
        "weeks",
        "baseline_mean",
        "weeks_used",
        "left_out",
        "squares",
    ];
    take!(object, MODEL.open(object, bytes)?.read(&columns)? => Integers slots, Names names, Names aggregations,
        Integers counts, Numbers means, Integers weeks, Numbers baseline_means, Integers weeks_used, Texts left_out, Numbers squares);
    let rows = parameters(object, &names, &aggregations).enumerate().map(|(i, parameter)| {
        let left_out = left_out.get(i).split(SEPARATOR).filter(|text| !text.is_empty());
        let slot = Slot {
            slot: count(object, "slot", slots[i])?,
            moments: Moments::from_parts(count(object, "count", counts[i])?, means[i], squares[i]),
            weeks: count(object, "weeks", weeks[i])?,
            baseline_mean: baseline_means[i],
            weeks_used: count(object, "weeks_used", weeks_used[i])?,
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
