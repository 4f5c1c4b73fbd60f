//! Tests of [`super`].

use std::collections::BTreeSet;

use super::*;
use crate::store::layout::{DataType, Layout};

/// What a column or field is called, and its meaning.
fn described(schema: &Schema) -> Vec<(&'static str, &'static str)> {
    match schema.columns {
        Columns::Parquet(columns) => columns.iter().map(|column| (column.name, column.meaning)).collect(),
        Columns::Json(fields) => fields.iter().map(|field| (field.name, field.meaning)).collect(),
    }
}

#[test]
fn every_column_has_a_name_of_its_own_and_a_meaning() {
    for data_type in DataType::ALL {
        let schema = Schema::of(data_type);
        let columns = described(schema);
        let names: BTreeSet<&str> = columns.iter().map(|column| column.0).collect();
        assert_eq!(names.len(), columns.len(), "{data_type:?}");
        for (name, meaning) in columns {
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
                "{name}"
            );
            assert!(meaning.len() > 10 && meaning.ends_with('.') && !meaning.contains("  "), "{name}: {meaning}");
        }
        assert!(schema.purpose.ends_with('.') && !schema.row.ends_with('.'), "{data_type:?}");
    }
}

/// Engines refuse a table in which a key of the partition and a column have the same name.
#[test]
fn no_column_has_the_name_of_a_key() {
    for data_type in DataType::ALL {
        let columns = described(Schema::of(data_type));
        for key in Layout::ALL.into_iter().flat_map(|layout| data_type.keys(layout)) {
            assert!(columns.iter().all(|column| column.0 != key.name()), "{data_type:?} {}", key.name());
        }
    }
}

#[test]
fn keys_of_partitions_come_from_what_rows_are_filed_by() {
    for data_type in DataType::ALL {
        let by_slot = matches!(Schema::of(data_type).filed_by, FiledBy::Slot(_));
        for key in Layout::ALL.into_iter().flat_map(|layout| data_type.keys(layout)) {
            use crate::store::layout::PartitionKey as P;
            let fits = match key {
                P::Date => !by_slot,
                P::DayOfWeek | P::ModelVersion => by_slot,
                P::Hour | P::ParameterKey => true,
            };
            assert!(fits, "{data_type:?} {key:?}");
        }
    }
}

/// The columns of the first format: name, kind, `?` where values may be missing, `*` where the digest leaves it out.
/// Stores are full of them, so this list never changes. Columns that are added later follow them, and are nullable.
const FIRST: [(DataType, &str); 8] = [
    (DataType::Raw, "event_time Time, kind Name, record Text, source Name, position Integer, ingested_at Time*"),
    (DataType::Measurements, "event_time Time, parameter Name, value Number, aggregation Name, record_row Integer*"),
    (
        DataType::Hourly,
        "start Time, parameter Name, aggregation Name, count Integer, mean Number, std_dev Number?, min Number, \
         max Number, first Number, last Number, ema Number, squares Number, ema_count Integer, ema_sum Number, \
         input_digest Text, state_digest Text, model_version Integer",
    ),
    (
        DataType::State,
        "at Time, parameter Name, aggregation Name, rule Name, model_version Integer, state_digest Text, state Bytes",
    ),
    (
        DataType::Model,
        "slot Integer, parameter Name, aggregation Name, count Integer, mean Number, std_dev Number?, weeks Integer, \
         baseline_mean Number, weeks_used Integer, left_out Text, squares Number",
    ),
    (
        DataType::Alerts,
        "event_time Time, parameter Name, aggregation Name, finding Name, value Number?, since_ms Integer?, \
         opens_incident Flag, alert_id Text, incident_id Text, kind Name, direction Name?, limits Name, \
         lower Number?, upper Number?, expected Number, surprise Number, is_exceedance Flag, channel Name?, \
         quantity Number?, usual Number?, usual_std_dev Number?, since_previous_ms Integer?, slot Integer?, \
         slot_mean Number?, slot_std_dev Number?, slot_count Integer?, slot_weeks Integer?, ema Number, tier Name, \
         severity Name, severity_score Number, text Text, rule Name, model_version Integer, settings_digest Name, \
         state_digest Text, tool_version Name*, raw_object Name?*, raw_sha256 Name?*, raw_row Integer?*",
    ),
    (
        DataType::Learned,
        "day Time, slot Integer, parameter Name, aggregation Name, count Integer, mean Number, std_dev Number?, \
         weeks Integer, squares Number, model_version Integer",
    ),
    (
        DataType::Quarantine,
        "source Name, line Integer, reason Name, message Text, record Bytes, is_cut Flag, header Name?, \
         quarantined_at Time*",
    ),
];

#[test]
fn columns_of_the_first_format_stay_and_later_ones_are_nullable() {
    let all = DataType::ALL.map(|data_type| (data_type, Schema::of(data_type).columns));
    let parquet = all.into_iter().filter_map(|(data_type, columns)| match columns {
        Columns::Parquet(columns) => Some((data_type, columns)),
        Columns::Json(_) => None,
    });
    for (data_type, columns) in parquet {
        let figures = [DataType::Daily, DataType::Weekly, DataType::Monthly, DataType::Seasonal];
        let like = if figures.contains(&data_type) { DataType::Hourly } else { data_type };
        let first: Vec<&str> = FIRST.iter().find(|first| first.0 == like).unwrap().1.split(", ").collect();
        let shown = |column: &Column| {
            let marks = [if column.nullable { "?" } else { "" }, if column.identifies { "" } else { "*" }].concat();
            format!("{} {:?}{marks}", column.name, column.kind)
        };
        let shown: Vec<String> = columns.iter().map(shown).collect();
        assert_eq!(shown[..first.len()], first, "{data_type:?}");
        assert!(columns[first.len()..].iter().all(|column| column.nullable), "{data_type:?}");
    }
}
