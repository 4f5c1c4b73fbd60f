//! The page `docs/tables.md`, made from the schema.

use trebuchet_ad::domain::interval::Unit;
use trebuchet_ad::store::layout::{DataType, Layout, PartitionKey};
use trebuchet_ad::store::schema::{Columns, Field, FiledBy, JsonKind, Kind, Schema, SortKey};

const BEGINNING: &str = "\
# Tables

What each data type of a store holds. This page is made from `src/store/schema`; a test compares them.

## Keys

The key of an object is
`<data type>/project=…/customer_id=…/application=…/version=…/<partition keys>/<name>`. The first four keys are those of
the dataset, and are text. The last part is a number (`raw` and `measurements`), the digest of the rows, or the id of a
run.

A store has one of two layouts. They differ in the partition keys only: what `full` has as a key and `compact` has not
can be made from the columns.

| key | type | value |
|---|---|---|
| `date` | string | a UTC day, `YYYY-MM-DD`; each table says which |
| `hour` | bigint | an hour of the day, written with two digits, `00` to `23`; of `model` in the time zone of the dataset, else in UTC |
| `day_of_week` | bigint | `1` (Monday) to `7`, in the time zone of the dataset |
| `model_version` | bigint | the version of the model, from 1 |
| `parameter_key` | string | the name of the parameter, with `~XX` for each byte but `A-Z`, `a-z`, `0-9`, `.`, `_` and `-`; long names are cut, so the column `parameter` is what counts |

## Types

| type | in Parquet |
|---|---|
| timestamp | INT64, TIMESTAMP in milliseconds, adjusted to UTC |
| bigint | INT64 |
| double | DOUBLE; always finite |
| string | BYTE_ARRAY, STRING |
| boolean | BOOLEAN |
| binary | BYTE_ARRAY |

Where the column \"null\" says no, no value is missing. Rows are sorted upward: text by its bytes in UTF-8, numbers with −0
before 0, and `aggregation` with `none` before `count`.
";

/// The page.
pub fn page() -> String {
    let mut page = BEGINNING.to_owned();
    let mut shown: Vec<(Columns, DataType)> = Vec::new();
    for data_type in DataType::ALL {
        let schema = Schema::of(data_type);
        page += &format!("\n## {}\n\n{} One row is {}.\n\n", data_type.name(), schema.purpose, schema.row);
        page += &about(data_type, schema);
        match shown.iter().find(|shown| shown.0 == schema.columns) {
            Some((_, same)) => page += &format!("\nThe columns are those of [{0}](#{0}).\n", same.name()),
            None => {
                page += "\n| column | type | null | meaning |\n|---|---|---|---|\n";
                page += &rows(schema.columns);
                shown.push((schema.columns, data_type));
            }
        }
    }
    page
}

/// The keys of the partitions, what they are, and the order of rows.
fn about(data_type: DataType, schema: &Schema) -> String {
    let [compact, full] =
        [Layout::Compact, Layout::Full].map(|layout| list(data_type.keys(layout).iter().map(|key| quoted(key.name()))));
    let keys = if compact == full {
        format!("{full} in both layouts")
    } else {
        format!("{full} in `full`, {compact} in `compact`")
    };
    let order = list(schema.order.iter().map(|key| match key {
        SortKey::Value(column) => quoted(column),
        SortKey::Hour(column) => format!("the hour of {}", quoted(column)),
        SortKey::Arrival(column) => format!("{} in the order of arrival", quoted(column)),
    }));
    let order = if order.is_empty() { "an object has one row".to_owned() } else { order };
    let format = match schema.columns {
        Columns::Parquet(_) => "Parquet",
        Columns::Json(_) => "JSON, one document in one line",
    };
    format!(
        "- Format: {format}\n- Partition keys: {keys}\n- {}\n- Sorted by: {order}\n",
        filed_by(data_type, schema.filed_by)
    )
}

fn filed_by(data_type: DataType, filed_by: FiledBy) -> String {
    let with_hour = data_type.keys(Layout::Full).contains(&PartitionKey::Hour);
    let (keys, are) = if with_hour { ("`date` and `hour`", "UTC day and hour") } else { ("`date`", "UTC day") };
    match filed_by {
        FiledBy::Time(column) => format!("{keys}: the {are} of `{column}`"),
        FiledBy::TimeBefore(column) => {
            format!("{keys}: the {are} of the last moment before `{column}`, so midnight counts to the day that ends")
        }
        FiledBy::Start(unit, column) => {
            let always = match unit {
                Unit::Hour | Unit::Day => "",
                Unit::Week => ", always a Monday",
                Unit::Month => ", always the first day of a month",
                Unit::Season => ", always December 1, March 1, June 1 or September 1",
            };
            format!("{keys}: the {are} of `{column}`{always}")
        }
        FiledBy::Slot(column) => {
            format!(
                "`day_of_week` and `hour`: those of `{column}`, `{column}` / 24 + 1 and `{column}` % 24; `model_version` is no column"
            )
        }
    }
}

fn rows(columns: Columns) -> String {
    match columns {
        Columns::Parquet(columns) => {
            let row = |column: &trebuchet_ad::store::schema::Column| {
                row(column.name, kind(column.kind), column.nullable, column.meaning)
            };
            columns.iter().map(row).collect()
        }
        Columns::Json(fields) => fields.iter().map(|field| json_rows("", field)).collect(),
    }
}

/// The row of a field, and of the fields in it.
fn json_rows(within: &str, field: &Field) -> String {
    let name = format!("{within}{}", field.name);
    let first = row(&name, &json_kind(field.kind), field.nullable, field.meaning);
    let (inner, within) = match field.kind {
        JsonKind::Object(inner) => (inner, format!("{name}.")),
        JsonKind::List(JsonKind::Object(inner)) => (*inner, format!("{name}[].")),
        _ => return first,
    };
    first + &inner.iter().map(|field| json_rows(&within, field)).collect::<String>()
}

fn row(name: &str, kind: &str, nullable: bool, meaning: &str) -> String {
    assert!(!meaning.contains('|'), "{name}: it would end the cell: {meaning}");
    format!("| `{name}` | {kind} | {} | {meaning} |\n", if nullable { "yes" } else { "no" })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Time => "timestamp",
        Kind::Integer => "bigint",
        Kind::Number => "double",
        Kind::Name | Kind::Text => "string",
        Kind::Flag => "boolean",
        Kind::Bytes => "binary",
    }
}

fn json_kind(kind: JsonKind) -> String {
    match kind {
        JsonKind::Text => "string".to_owned(),
        JsonKind::Moment => "string, RFC 3339 in UTC".to_owned(),
        JsonKind::Integer => "bigint".to_owned(),
        JsonKind::Number => "double".to_owned(),
        JsonKind::List(of) => format!("list of {}", json_kind(*of)),
        JsonKind::Object(_) => "object".to_owned(),
        JsonKind::Map(of) => format!("object of {} by name", json_kind(*of)),
        JsonKind::Any => "any value".to_owned(),
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
