//! `hourly`, `daily`, `weekly`, `monthly`, `seasonal`: a row has the figures of a parameter in an interval.
//!
//! Besides what people ask for it has what merging and going on need, so that no sample is ever needed again:
//! `squares`, the sum of squared deviations from the mean, and all of the EMA's state.

use super::{Encoded, count, parameter_columns, parameters, parse, take, texts};
use crate::domain::aggregate::{Figures, Row, ValueEma};
use crate::domain::moments::Moments;
use crate::domain::parameters::Parameter;
use crate::error::Result;
use crate::store::codec::table::{Column, ColumnSpec, Content, Table};

/// The columns.
pub static FIGURES: Table = Table {
    columns: &[
        ColumnSpec::new("start", Content::Time),
        ColumnSpec::new("parameter", Content::Name),
        ColumnSpec::new("aggregation", Content::Name),
        ColumnSpec::new("count", Content::Integer),
        ColumnSpec::new("mean", Content::Number),
        ColumnSpec::new("std_dev", Content::Number).nullable(),
        ColumnSpec::new("min", Content::Number),
        ColumnSpec::new("max", Content::Number),
        ColumnSpec::new("first", Content::Number),
        ColumnSpec::new("last", Content::Number),
        ColumnSpec::new("ema", Content::Number),
        ColumnSpec::new("squares", Content::Number),
        ColumnSpec::new("ema_count", Content::Integer),
        ColumnSpec::new("ema_sum", Content::Number),
        ColumnSpec::new("input_digest", Content::Text),
        ColumnSpec::new("state_digest", Content::Text),
        ColumnSpec::new("model_version", Content::Integer),
    ],
    group_rows: 1 << 17,
};

/// A parameter, and its figures in an interval.
pub type ParameterRow = (Parameter, Row);

/// Rows as Parquet, sorted by start and parameter.
///
/// # Errors
/// When a page would have 2 GiB or more, which Parquet does not allow.
pub fn encode(mut rows: Vec<ParameterRow>) -> Result<Encoded> {
    rows.sort_by(|(a, one), (b, two)| one.start.cmp(&two.start).then_with(|| a.cmp(b)));
    let integers = |of: fn(&Row) -> i64| Column::Integers(rows.iter().map(|(_, row)| of(row)).collect());
    let numbers = |of: fn(&Figures) -> f64| Column::Numbers(rows.iter().map(|(_, row)| of(&row.figures)).collect());
    let [names, aggregations] = parameter_columns(rows.iter().map(|(parameter, _)| parameter));
    let columns = [
        Column::Times(rows.iter().map(|(_, row)| row.start).collect()),
        names,
        aggregations,
        integers(|row| row.figures.moments.count() as i64),
        numbers(|figures| figures.moments.mean()),
        Column::SomeNumbers(rows.iter().map(|(_, row)| row.figures.moments.std_dev()).collect()),
        numbers(|figures| figures.min),
        numbers(|figures| figures.max),
        numbers(|figures| figures.first),
        numbers(|figures| figures.last),
        numbers(|figures| figures.ema.value()),
        numbers(|figures| figures.moments.squares()),
        integers(|row| row.figures.ema.parts().0 as i64),
        numbers(|figures| figures.ema.parts().1),
        texts(rows.iter().map(|(_, row)| row.input_digest)),
        texts(rows.iter().map(|(_, row)| row.state_digest)),
        integers(|row| i64::from(row.model_version)),
    ];
    Encoded::of(&FIGURES, &columns)
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<ParameterRow>> {
    let columns = [
        "start",
        "parameter",
        "aggregation",
        "count",
        "mean",
        "min",
        "max",
        "first",
        "last",
        "ema",
        "squares",
        "ema_count",
        "ema_sum",
        "input_digest",
        "state_digest",
        "model_version",
    ];
    take!(object, FIGURES.open(object, bytes)?.read(&columns)? => Times starts, Names names, Names aggregations, Integers counts,
        Numbers means, Numbers mins, Numbers maxes, Numbers firsts, Numbers lasts, Numbers emas, Numbers squares,
        Integers ema_counts, Numbers ema_sums, Texts input_digests, Texts state_digests, Integers model_versions);
    let rows = parameters(object, &names, &aggregations).enumerate().map(|(i, parameter)| {
        let moments = Moments::from_parts(count(object, "count", counts[i])?, means[i], squares[i]);
        let ema = ValueEma::from_parts(count(object, "ema_count", ema_counts[i])?, ema_sums[i], emas[i]);
        let (min, max, first, last) = (mins[i], maxes[i], firsts[i], lasts[i]);
        let row = Row {
            start: starts[i],
            figures: Figures { moments, min, max, first, last, ema },
            input_digest: parse(object, input_digests.get(i))?,
            state_digest: parse(object, state_digests.get(i))?,
            model_version: count(object, "model_version", model_versions[i])?,
        };
        Ok((parameter?, row))
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::aggregate::Hours;
    use crate::domain::digest::StateDigest;
    use crate::domain::measurement::{Aggregation, HOUR};

    fn rows(parameter: &str, aggregation: Aggregation, values: &[f64]) -> Vec<ParameterRow> {
        let mut hours = Hours::default();
        let mut all: Vec<_> = (0..).zip(values).filter_map(|(i, value)| hours.push(i * HOUR / 3, *value)).collect();
        all.extend(hours.finish().0);
        let digest = StateDigest::before_all(parameter, &[]);
        let parameter = Parameter { name: parameter.into(), aggregation };
        all.into_iter().map(|hour| (parameter.clone(), hour.row(digest, 7))).collect()
    }

    proptest! {
        #[test]
        fn rows_read_back_bit_by_bit(values in prop::collection::vec(-1e12..1e12_f64, 1..60)) {
            let mut all = rows("b", Aggregation::Count, &values);
            all.extend(rows("a", Aggregation::Count, &values[..values.len() / 2]));
            all.extend(rows("a", Aggregation::None, &values));
            let encoded = encode(all.clone()).unwrap();
            let mut shuffled = all.clone();
            shuffled.reverse();
            prop_assert_eq!(&encode(shuffled).unwrap(), &encoded);
            all.sort_by(|a, b| (a.1.start, &a.0).cmp(&(b.1.start, &b.0)));
            let read = read("x", encoded.bytes).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{all:?}"));
            prop_assert_eq!(read, all);
        }
    }

    #[test]
    fn no_rows_read_back() {
        assert_eq!(read("x", encode(Vec::new()).unwrap().bytes).unwrap(), []);
    }
}
