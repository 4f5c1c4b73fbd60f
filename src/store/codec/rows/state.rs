//! `state`: a row is the state of a parameter's detector at a moment.

use super::{Encoded, count, names, parameter_columns, parameters, parse, take, texts};
use crate::domain::digest::StateDigest;
use crate::domain::measurement::Millis;
use crate::domain::parameters::Parameter;
use crate::error::Result;
use crate::store::codec::table::{Column, ColumnSpec, Content, Table};

/// The columns.
pub static STATE: Table = Table {
    columns: &[
        ColumnSpec::new("at", Content::Time),
        ColumnSpec::new("parameter", Content::Name),
        ColumnSpec::new("aggregation", Content::Name),
        ColumnSpec::new("rule", Content::Name),
        ColumnSpec::new("model_version", Content::Integer),
        ColumnSpec::new("state_digest", Content::Text),
        ColumnSpec::new("state", Content::Bytes),
    ],
    group_rows: 1 << 12,
};

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
    let [parameters, aggregations] = parameter_columns(rows.iter().map(|row| &row.parameter));
    let columns = [
        Column::Times(rows.iter().map(|row| row.at).collect()),
        parameters,
        aggregations,
        names(rows.iter().map(|row| row.rule.as_str())),
        Column::Integers(rows.iter().map(|row| i64::from(row.model_version)).collect()),
        texts(rows.iter().map(|row| row.state_digest)),
        Column::Bytes(rows.into_iter().map(|row| row.state).collect()),
    ];
    Encoded::of(&STATE, &columns)
}

/// Reads the rows of an object.
///
/// # Errors
/// When it is damaged.
pub fn read(object: &str, bytes: Vec<u8>) -> Result<Vec<StateRow>> {
    let columns = ["at", "parameter", "aggregation", "rule", "model_version", "state_digest", "state"];
    take!(object, STATE.open(object, bytes)?.read(&columns)? => Times times, Names names, Names aggregations,
        Names rules, Integers model_versions, Texts state_digests, Bytes states);
    let parameters = parameters(object, &names, &aggregations).zip(rules.iter());
    let rows = parameters.zip(states).enumerate().map(|(i, ((parameter, rule), state))| {
        Ok(StateRow {
            at: times[i],
            parameter: parameter?,
            rule: rule.unwrap_or_default().to_owned(),
            model_version: count(object, "model_version", model_versions[i])?,
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
