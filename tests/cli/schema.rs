//! Objects of every data type, in both layouts, hold what the schema says: they are read by another way than the
//! program's own, and their columns, types, missing values, order of rows and keys are compared with it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Cursor;

use polars::prelude::{AnyValue, DataFrame, ParquetReader, SerReader};
use polars_parquet::parquet::schema::Repetition;
use polars_parquet::read::read_metadata;
use serde_json::Value;
use trebuchet_ad::domain::interval::{Unit, date};
use trebuchet_ad::store::layout::{DataType, Layout, PartitionKey};
use trebuchet_ad::store::schema::{Column, Columns, Field, FiledBy, JsonKind, Kind, Schema, SortKey};

use super::harness::Sandbox;
use super::ingest::tree;

/// 2024-02-05T00:00:00Z, a Monday. A week, a month and a season end in the 32 days that follow.
const START: i64 = 1_707_091_200;
const HOUR: i64 = 3_600_000;

/// An object of a store.
struct Object {
    data_type: DataType,
    /// The keys of its partition after those of the dataset, from the outermost folder on.
    keys: Vec<(String, String)>,
    /// For messages.
    key: String,
    bytes: Vec<u8>,
}

/// Records with a jump, a gap and a new level, of a parameter whose name is none for a folder, and two equal values
/// each; some can't be read.
fn odd() -> String {
    let mut text = String::new();
    for row in (0..32 * 144).filter(|row| !(2600..2800).contains(row)) {
        let jump = if (2400..2412).contains(&row) { 60 } else { 0 } + if row > 3000 { 30 } else { 0 };
        let value = 50.0 + (row % 144) as f64 / 10.0 + (row * 7919 % 101) as f64 / 50.0 + f64::from(jump);
        let time = START + row * 600;
        let _ = writeln!(text, "{{\"time\":{time},\"disk /var%\":{value},\"loads\":[{0},{0}]}}", row % 3);
        if row % 1000 == 0 {
            let _ = writeln!(text, "broken {row}");
        }
    }
    text
}

/// A table in which times are missing.
fn table() -> String {
    let rows: Vec<String> = (0..200).map(|row| format!("{},{}", START + row * 3600, row % 7)).collect();
    format!("time,load\n{}\nnever,1\n,2\n", rows.join("\n"))
}

/// A store of this layout, of which every command that writes has been run.
fn made(layout: Layout) -> Sandbox {
    let sandbox = Sandbox::new();
    let run = |arguments: &str| {
        let mut command = sandbox.command(arguments);
        let output = command.env("TREBUCHET_NOW", "2024-03-20T12:00:00Z").output().unwrap();
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    std::fs::write(sandbox.path("odd.ndjson"), odd()).unwrap();
    std::fs::write(sandbox.path("c.csv"), table()).unwrap();
    std::fs::write(sandbox.path("extra.ndjson"), format!("{{\"time\":{START},\"cpu\":7}}\n")).unwrap();
    run("generate -q --from 2024-02-05 --days 32 --every 30m --parameters 1 --late 2% --logs 4/h --output d.ndjson");
    let new = format!("ingest -q --init --layout {} --dataset acme/shop/2.1 --max-bad 10%", layout.name());
    run(&format!("{new} --store s d.ndjson odd.ndjson c.csv"));
    run("ingest -q --store s extra.ndjson");
    let runs = tree(&sandbox.path("s/runs"), "none");
    let (name, _) = runs.iter().find(|(_, text)| String::from_utf8_lossy(text).contains("extra.ndjson")).unwrap();
    let id = name.rsplit('/').next().unwrap().trim_end_matches(".json");
    run(&format!("ingest revoke -q --store s {id}"));
    run("train -q --store s --to 2024-02-20");
    run("detect -q --store s");
    sandbox
}

/// The objects of all data types, without what else lies in a store.
fn objects(sandbox: &Sandbox) -> Vec<Object> {
    let mut found = Vec::new();
    for (key, bytes) in tree(&sandbox.path("s"), "none") {
        let parts: Vec<&str> = key.split('/').collect();
        let Some(data_type) = DataType::from_name(parts[0]) else { continue };
        let keys: Vec<(String, String)> = (parts[1..parts.len() - 1].iter())
            .map(|part| part.split_once('=').unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let dataset: Vec<String> = keys[..4].iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(dataset.join("/"), "project=analytics/customer_id=acme/application=shop/version=2.1", "{key}");
        found.push(Object { data_type, keys: keys[4..].to_vec(), key, bytes });
    }
    found
}

#[test]
fn objects_of_every_data_type_hold_what_the_schema_says() {
    for layout in Layout::ALL {
        let sandbox = made(layout);
        let mut rows: BTreeMap<DataType, usize> = BTreeMap::new();
        let mut seen = Seen::default();
        for object in objects(&sandbox) {
            let schema = Schema::of(object.data_type);
            let names: Vec<&str> = object.keys.iter().map(|key| key.0.as_str()).collect();
            let expected: Vec<&str> = object.data_type.keys(layout).iter().map(|key| key.name()).collect();
            assert_eq!(names, expected, "the keys of {}", object.key);
            *rows.entry(object.data_type).or_default() += match schema.columns {
                Columns::Parquet(columns) => check_table(&object, schema, columns, &mut seen),
                Columns::Json(fields) => check_document(&object, schema, fields, &mut seen),
            };
        }
        for data_type in DataType::ALL {
            let rows = rows.get(&data_type).copied().unwrap_or_default();
            assert!(rows > 1, "{layout:?} has {rows} rows of {data_type:?}");
        }
        seen.is_enough();
    }
}

/// What has occurred, so that it is known what was compared.
#[derive(Default)]
struct Seen {
    /// Columns in which values are missing, and those in which there are some.
    missing: BTreeSet<&'static str>,
    there: BTreeSet<&'static str>,
    /// Objects with several rows, by data type.
    several: BTreeSet<&'static str>,
}

impl Seen {
    fn is_enough(&self) {
        for name in
            ["value", "since_ms", "direction", "lower", "channel", "usual_std_dev", "raw_object", "header", "std_dev"]
        {
            assert!(self.missing.contains(name) && self.there.contains(name), "{name} is always or never missing");
        }
        assert!(self.there.contains("revokes") && self.missing.contains("revokes"));
        let sorted = ["raw", "measurements", "state", "quarantine"];
        assert!(sorted.iter().all(|name| self.several.contains(name)), "{:?}", self.several);
    }
}

/// Compares a Parquet object with the schema; the number of its rows.
fn check_table(object: &Object, schema: &Schema, columns: &'static [Column], seen: &mut Seen) -> usize {
    let key = &object.key;
    let metadata = read_metadata(&mut Cursor::new(&object.bytes)).unwrap();
    let fields: Vec<String> = (metadata.schema().columns().iter())
        .map(|column| {
            let of = &column.descriptor.primitive_type;
            let repetition = of.field_info.repetition;
            format!("{} {repetition:?} {:?} {:?}", of.field_info.name, of.physical_type, of.logical_type)
        })
        .collect();
    let expected: Vec<String> = columns.iter().map(footer).collect();
    assert_eq!(fields, expected, "the columns of {key}");

    let frame = ParquetReader::new(Cursor::new(object.bytes.clone())).finish().unwrap();
    for column in columns {
        let missing = frame.column(column.name).unwrap().null_count();
        assert!(column.nullable || missing == 0, "{} is missing in {missing} rows of {key}", column.name);
        if column.nullable && missing > 0 {
            seen.missing.insert(column.name);
        }
        if missing < frame.height() {
            seen.there.insert(column.name);
        }
    }

    let order: Vec<Vec<Cell>> = schema.order.iter().map(|by| sorted_by(&frame, *by)).collect();
    let row = |row: usize| order.iter().map(|cells| &cells[row]).collect::<Vec<_>>();
    for next in 1..frame.height() {
        assert!(row(next - 1) <= row(next), "rows {} and {next} of {key} are not in order", next - 1);
    }
    if frame.height() > 1 {
        seen.several.insert(object.data_type.name());
    }

    for (name, value) in &object.keys {
        let expected = key_of(&frame, schema, name);
        assert!(expected.iter().all(|expected| expected == value), "{name}={value} of {key}: {expected:?}");
    }
    frame.height()
}

/// A column as a footer must describe it.
fn footer(column: &Column) -> String {
    let types = match column.kind {
        Kind::Time => "Int64 Some(Timestamp { unit: Milliseconds, is_adjusted_to_utc: true })",
        Kind::Integer => "Int64 None",
        Kind::Number => "Double None",
        Kind::Name | Kind::Text => "ByteArray Some(String)",
        Kind::Flag => "Boolean None",
        Kind::Bytes => "ByteArray None",
    };
    let repetition = if column.nullable { Repetition::Optional } else { Repetition::Required };
    format!("{} {repetition:?} {types}", column.name)
}

/// A value to sort by.
#[derive(Debug)]
enum Cell {
    Integer(i64),
    Number(f64),
    Text(String),
}

impl Cell {
    fn integer(&self) -> i64 {
        let Self::Integer(number) = self else { panic!("{self:?} is no integer") };
        *number
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) => Some(a.total_cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

fn cells(frame: &DataFrame, column: &str) -> Vec<Cell> {
    let series = frame.column(column).unwrap().as_materialized_series();
    let cell = |value: AnyValue| match value {
        AnyValue::Int64(number) | AnyValue::Datetime(number, ..) => Cell::Integer(number),
        AnyValue::Float64(number) => Cell::Number(number),
        AnyValue::String(text) => Cell::Text(text.to_owned()),
        other => panic!("{column}: {other:?} is nothing to sort by"),
    };
    series.iter().map(cell).collect()
}

fn sorted_by(frame: &DataFrame, by: SortKey) -> Vec<Cell> {
    match by {
        SortKey::Value("aggregation") => {
            let place =
                |cell| ["none", "count"].iter().position(|name| cell == Cell::Text((*name).to_owned())).unwrap();
            cells(frame, "aggregation").into_iter().map(|cell| Cell::Integer(place(cell) as i64)).collect()
        }
        SortKey::Value(column) => cells(frame, column),
        SortKey::Hour(column) => {
            cells(frame, column).iter().map(|cell| Cell::Integer(cell.integer().div_euclid(HOUR))).collect()
        }
        SortKey::Arrival(column) => {
            let mut arrived: Vec<Cell> = Vec::new();
            let mut place = |cell: Cell| {
                arrived.iter().position(|known| *known == cell).unwrap_or_else(|| {
                    arrived.push(cell);
                    arrived.len() - 1
                })
            };
            cells(frame, column).into_iter().map(|cell| Cell::Integer(place(cell) as i64)).collect()
        }
    }
}

/// What a key of the partition must be for each row; nothing where no column says it.
fn key_of(frame: &DataFrame, schema: &Schema, name: &str) -> Vec<String> {
    let integers = |column: &str| cells(frame, column).iter().map(Cell::integer).collect::<Vec<_>>();
    if name == PartitionKey::ParameterKey.name() {
        let escaped = |cell| if let Cell::Text(text) = cell { escaped(&text) } else { String::new() };
        return cells(frame, "parameter").into_iter().map(escaped).collect();
    }
    let times = match schema.filed_by {
        FiledBy::Slot(column) => {
            let slots = integers(column).into_iter();
            return match name {
                "day_of_week" => slots.map(|slot| (slot / 24 + 1).to_string()).collect(),
                "hour" => slots.map(|slot| format!("{:02}", slot % 24)).collect(),
                _ => Vec::new(),
            };
        }
        FiledBy::Time(column) => integers(column),
        FiledBy::TimeBefore(column) => integers(column).iter().map(|time| time - 1).collect(),
        FiledBy::Start(unit, column) => {
            let times = integers(column);
            assert!(
                times.iter().all(|time| starts(unit, *time)),
                "{column} is not always the start of a {}",
                unit.name()
            );
            times
        }
    };
    times.into_iter().map(|time| part_of_time(name, time)).collect()
}

/// Whether a unit starts at this time, by the dates that start weeks, months and seasons.
fn starts(unit: Unit, time: i64) -> bool {
    let date = date(time);
    match unit {
        Unit::Hour => time % HOUR == 0,
        Unit::Day => time % (24 * HOUR) == 0,
        Unit::Week => (time - START * 1000) % (7 * 24 * HOUR) == 0,
        Unit::Month => starts(Unit::Day, time) && date.ends_with("-01"),
        Unit::Season => {
            starts(Unit::Day, time) && ["03-01", "06-01", "09-01", "12-01"].iter().any(|start| date.ends_with(start))
        }
    }
}

fn part_of_time(name: &str, time: i64) -> String {
    match name {
        "date" => date(time),
        "hour" => format!("{:02}", time.div_euclid(HOUR).rem_euclid(24)),
        other => panic!("{other} is no part of a time"),
    }
}

fn escaped(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("~{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}

/// Compares a document with the schema; it is one row.
fn check_document(object: &Object, schema: &Schema, fields: &'static [Field], seen: &mut Seen) -> usize {
    let text = std::str::from_utf8(&object.bytes).unwrap();
    assert_eq!(text.find('\n'), Some(text.len() - 1), "{} is one line", object.key);
    let document: Value = serde_json::from_str(text).unwrap();
    check_fields(&object.key, &document, fields);
    // in the order of the schema; serde_json sorts what it has read
    let places: Vec<usize> = fields.iter().filter_map(|field| text.find(&format!("\"{}\":", field.name))).collect();
    assert!(places.is_sorted(), "the fields of {} are in another order", object.key);
    for field in fields {
        let names = if document.get(field.name).is_some() { &mut seen.there } else { &mut seen.missing };
        names.insert(field.name);
    }
    let FiledBy::Time(column) = schema.filed_by else { panic!("documents are filed by a time") };
    for (name, value) in &object.keys {
        assert_eq!(
            (name.as_str(), value.as_str()),
            ("date", &document[column].as_str().unwrap()[..10]),
            "{}",
            object.key
        );
    }
    1
}

fn check_fields(at: &str, value: &Value, fields: &[Field]) {
    let object = value.as_object().unwrap_or_else(|| panic!("{at} is {value}"));
    for name in object.keys() {
        assert!(fields.iter().any(|field| field.name == name), "{at} has a field {name}");
    }
    for field in fields {
        let at = format!("{at}: {}", field.name);
        match object.get(field.name) {
            Some(value) => check_value(&at, value, field.kind),
            None => assert!(field.nullable, "{at} is missing"),
        }
    }
}

fn check_value(at: &str, value: &Value, kind: JsonKind) {
    let fits = match kind {
        JsonKind::Text => value.is_string(),
        JsonKind::Moment => value.as_str().is_some_and(|text| text.ends_with('Z') && text.contains('T')),
        JsonKind::Integer => value.is_i64(),
        JsonKind::Number => value.is_number(),
        JsonKind::List(of) => {
            value.as_array().into_iter().flatten().for_each(|value| check_value(at, value, *of));
            value.is_array()
        }
        JsonKind::Map(of) => {
            value.as_object().into_iter().flatten().for_each(|(_, value)| check_value(at, value, *of));
            value.is_object()
        }
        JsonKind::Object(fields) => {
            check_fields(at, value, fields);
            true
        }
        JsonKind::Any => true,
    };
    assert!(fits, "{at} is {value}, which is no {kind:?}");
}
