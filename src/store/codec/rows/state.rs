//! `state`: a row is the state of a parameter's detector at a moment.

use super::{Encoded, Rows, aggregation_name, count, parameters, parse};
use crate::domain::digest::StateDigest;
use crate::domain::measurement::Millis;
use crate::domain::parameters::Parameter;
use crate::error::Result;
use crate::store::codec::table::Table;
use crate::store::schema::StateColumns;

const COLUMN: StateColumns = StateColumns::COLUMNS;

/// The table.
pub static STATE: Table = Table { columns: StateColumns::ALL, group_rows: 1 << 12 };

/// The state of a parameter's detector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRow {
    /// The end of the hours that it has seen.
    pub at: Millis,
    /// The parameter.
    pub parameter: Parameter,
    /// The recorded name of the method.
    pub rule: String,
    /// The model that it goes by; 0 for none.
    pub model_version: u32,
    /// The digest of what the state is made from.
    pub state_digest: StateDigest,
    /// The state: one value that only the detector understands.
    pub state: Vec<u8>,
}

/// Rows as Parquet, sorted by parameter and time.
///
/// # Errors
/// When a page would have 2 GiB or more, which Parquet does not allow.
pub fn encode(mut rows: Vec<StateRow>) -> Result<Encoded> {
    rows.sort_by(|a, b| (&a.parameter, a.at).cmp(&(&b.parameter, b.at)));
    let states = rows.iter_mut().map(|row| std::mem::take(&mut row.state)).collect();
    let rows = Rows(&rows);
    let columns = [
        rows.fill(COLUMN.at, |row| row.at),
        rows.names(COLUMN.parameter, |row| Some(&row.parameter.name)),
        rows.names(COLUMN.aggregation, |row| Some(aggregation_name(row.parameter.aggregation))),
        rows.names(COLUMN.rule, |row| Some(&row.rule)),
        rows.fill(COLUMN.model_version, |row| i64::from(row.model_version)),
        rows.texts(COLUMN.state_digest, |row| row.state_digest),
        COLUMN.state.with(states),
    ];
    Encoded::of(&STATE, &columns)
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<StateRow>> {
    let file = STATE.open(object, bytes)?;
    let (names, aggregations) = (file.read(COLUMN.parameter)?, file.read(COLUMN.aggregation)?);
    let (times, rules, model_versions) =
        (file.read(COLUMN.at)?, file.read(COLUMN.rule)?, file.read(COLUMN.model_version)?);
    let (state_digests, states) = (file.read(COLUMN.state_digest)?, file.read(COLUMN.state)?);
    let parameters = parameters(object, &names, &aggregations).zip(rules.iter());
    let rows = parameters.zip(states).enumerate().map(|(i, ((parameter, rule), state))| {
        Ok(StateRow {
            at: times[i],
            parameter: parameter?,
            rule: rule.unwrap_or_default().to_owned(),
            model_version: count(object, COLUMN.model_version.column, model_versions[i])?,
            state_digest: parse(object, state_digests.get(i))?,
            state,
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measurement::Aggregation;

    #[test]
    fn states_read_back() {
        let row = |name: &str, at| StateRow {
            at,
            parameter: Parameter { name: name.into(), aggregation: Aggregation::Count },
            rule: "adaptive@1".to_owned(),
            model_version: 3,
            state_digest: StateDigest::before_all(name, &[]),
            state: name.as_bytes().repeat(100),
        };
        let rows = vec![row("a", 5), row("a", 7), row("ü", 5)];
        let encoded = encode(vec![rows[1].clone(), rows[2].clone(), rows[0].clone()]).unwrap();
        assert_eq!(encoded, encode(rows.clone()).unwrap());
        assert_eq!(read("x", encoded.bytes).unwrap(), rows);
    }
}
