//! `hourly`, `daily`, `weekly`, `monthly`, `seasonal`: a row has the figures of a parameter in an interval.
//!
//! Besides what people ask for it has what merging and going on need, so that no sample is ever needed again:
//! `squares`, the sum of squared deviations from the mean, and all of the EMA's state.

use super::{Encoded, Rows, aggregation_name, count, parameters, parse};
use crate::domain::aggregate::{Figures, Row, ValueEma};
use crate::domain::moments::Moments;
use crate::domain::parameters::Parameter;
use crate::error::Result;
use crate::store::codec::table::Table;
use crate::store::schema::FigureColumns;

const COLUMN: FigureColumns = FigureColumns::COLUMNS;

/// The table.
pub static FIGURES: Table = Table { columns: FigureColumns::ALL, group_rows: 1 << 17 };

/// A parameter, and its figures in an interval.
pub type ParameterRow = (Parameter, Row);

/// Rows as Parquet, sorted by start and parameter.
///
/// # Errors
/// When a page would have 2 GiB or more, which Parquet does not allow.
pub fn encode(mut rows: Vec<ParameterRow>) -> Result<Encoded> {
    rows.sort_by(|(a, one), (b, two)| one.start.cmp(&two.start).then_with(|| a.cmp(b)));
    let rows = Rows(&rows);
    let columns = [
        rows.fill(COLUMN.start, |(_, row)| row.start),
        rows.names(COLUMN.parameter, |(parameter, _)| Some(&parameter.name)),
        rows.names(COLUMN.aggregation, |(parameter, _)| Some(aggregation_name(parameter.aggregation))),
        rows.fill(COLUMN.count, |(_, row)| row.figures.moments.count() as i64),
        rows.fill(COLUMN.mean, |(_, row)| row.figures.moments.mean()),
        rows.fill(COLUMN.std_dev, |(_, row)| row.figures.moments.std_dev()),
        rows.fill(COLUMN.min, |(_, row)| row.figures.min),
        rows.fill(COLUMN.max, |(_, row)| row.figures.max),
        rows.fill(COLUMN.first, |(_, row)| row.figures.first),
        rows.fill(COLUMN.last, |(_, row)| row.figures.last),
        rows.fill(COLUMN.ema, |(_, row)| row.figures.ema.value()),
        rows.fill(COLUMN.squares, |(_, row)| row.figures.moments.squares()),
        rows.fill(COLUMN.ema_count, |(_, row)| row.figures.ema.parts().0 as i64),
        rows.fill(COLUMN.ema_sum, |(_, row)| row.figures.ema.parts().1),
        rows.texts(COLUMN.input_digest, |(_, row)| row.input_digest),
        rows.texts(COLUMN.state_digest, |(_, row)| row.state_digest),
        rows.fill(COLUMN.model_version, |(_, row)| i64::from(row.model_version)),
    ];
    Encoded::of(&FIGURES, &columns)
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<ParameterRow>> {
    let file = FIGURES.open(object, bytes)?;
    let (names, aggregations) = (file.read(COLUMN.parameter)?, file.read(COLUMN.aggregation)?);
    let (starts, counts, means) = (file.read(COLUMN.start)?, file.read(COLUMN.count)?, file.read(COLUMN.mean)?);
    let (mins, maxes) = (file.read(COLUMN.min)?, file.read(COLUMN.max)?);
    let (firsts, lasts) = (file.read(COLUMN.first)?, file.read(COLUMN.last)?);
    let (squares, emas) = (file.read(COLUMN.squares)?, file.read(COLUMN.ema)?);
    let (ema_counts, ema_sums) = (file.read(COLUMN.ema_count)?, file.read(COLUMN.ema_sum)?);
    let (input_digests, state_digests) = (file.read(COLUMN.input_digest)?, file.read(COLUMN.state_digest)?);
    let model_versions = file.read(COLUMN.model_version)?;
    let rows = parameters(object, &names, &aggregations).enumerate().map(|(i, parameter)| {
        let moments = Moments::from_parts(count(object, COLUMN.count.column, counts[i])?, means[i], squares[i]);
        let ema = ValueEma::from_parts(count(object, COLUMN.ema_count.column, ema_counts[i])?, ema_sums[i], emas[i]);
        let (min, max, first, last) = (mins[i], maxes[i], firsts[i], lasts[i]);
        let row = Row {
            start: starts[i],
            figures: Figures { moments, min, max, first, last, ema },
            input_digest: parse(object, input_digests.get(i))?,
            state_digest: parse(object, state_digests.get(i))?,
            model_version: count(object, COLUMN.model_version.column, model_versions[i])?,
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
