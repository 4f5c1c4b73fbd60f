use super::*;
use crate::error::Kind;

fn schema(text: &str) -> Schema {
    Schema::of("FILE", text.as_bytes(), &ReadOptions::default()).unwrap()
}

fn refused(text: &str) -> (Kind, String) {
    let error = Schema::of("FILE", text.as_bytes(), &ReadOptions::default()).unwrap_err();
    (error.kind(), error.to_string())
}

fn time(text: &str) -> String {
    let schema = schema(text);
    schema.columns[schema.time].clone()
}

#[test]
fn time_columns_are_found_by_name_and_by_content() {
    assert_eq!(time("v,Timestamp\n1,2024-01-01\n"), "Timestamp");
    assert_eq!(time("v,when\n1,2024-01-01\n"), "when");
    assert_eq!(time("seconds,v\n1700000000,1\n"), "seconds");
    assert_eq!(time("time,v\n0,1\n60,2\n"), "time");
    assert_eq!(time("time,date,v\n5,2024-01-01,1\n7,2024-01-02,1\n").as_str(), "date");
    assert_eq!(time("ts,time,v\n2024-01-01,2024-01-01T00:00:00Z,1\n"), "ts", "they say the same");
}

#[test]
fn no_time_or_too_many_are_refused() {
    assert_eq!(refused("a,b,c\n1,2,3\n"), (Kind::Failed, "FILE: no time column among: a, b, c".into()));
    let two = (Kind::Usage, "FILE: columns ts and created_at both hold times".into());
    assert_eq!(refused("ts,created_at,v\n2024-01-01,2024-01-02,1\n"), two);
    let two = (Kind::Usage, "FILE: columns a and b both hold times".into());
    assert_eq!(refused("a,b,v\n2024-01-01,2024-01-02,1\n"), two);
    let divided = (Kind::Usage, "FILE: the time is divided: date holds dates, time times of day".into());
    assert_eq!(refused("date,time,v\n2024-01-01,10:15,1\n"), divided);
    let (_, message) = refused("time,v\n01/02/2024,1\n");
    assert!(message.starts_with("FILE: column time: time \"01/02/2024\" is ambiguous"), "{message}");
}

#[test]
fn files_without_rows_or_numbers_are_refused() {
    assert_eq!(refused("time,v\n").1, "FILE: the file has a header but no rows");
    assert_eq!(refused("time,v\ntime,v\n").1, "FILE: the file has a header but no rows");
    assert!(refused("time,v\n2024-01-01,abc\n").1.contains("no column with numbers beside the time; v holds"));
}

#[test]
fn roles_can_be_given() {
    let text = "a,b,c,d\n2024-01-01,2024-01-02,cpu,1\n";
    let options = ReadOptions {
        time_column: Some("B".into()),
        parameter_column: Some("c".into()),
        value_column: Some("d".into()),
        ..ReadOptions::default()
    };
    let schema = Schema::of("FILE", text.as_bytes(), &options).unwrap();
    assert_eq!((schema.time, schema.shape), (1, Shape::Long { parameter: 2, value: 3 }));
    assert_eq!(schema.ignored, ["a"]);
    let options = ReadOptions { time_column: Some("bb".into()), ..ReadOptions::default() };
    let error = Schema::of("FILE", text.as_bytes(), &options).unwrap_err();
    assert_eq!(error.to_string(), "FILE: there is no column bb");
    assert_eq!(error.hints(), ["correct --time-column; the nearest column is b"]);
}

#[test]
fn wide_and_long_are_told_apart() {
    assert_eq!(schema("time,metric,value\n1,cpu,2\n").shape, Shape::Long { parameter: 1, value: 2 });
    assert_eq!(schema("time,name,cpu,mem\n1,a,2,3\n").shape, Shape::Wide(vec![2, 3]));
    assert_eq!(schema("time,name,value\n1,5,2\n").shape, Shape::Wide(vec![1, 2]));
}

#[test]
fn labels_are_not_parameters_unless_they_hold_other_numbers() {
    let labelled = schema("timestamp,value,Label\n2024-01-01,5,0\n2024-01-02,5,1\n");
    assert_eq!((labelled.label, labelled.shape), (Some(2), Shape::Wide(vec![1])));
    assert_eq!(schema("time,value,is_anomaly\n1,5,true\n2,5,False\n").label, Some(2));
    assert_eq!(schema("time,value,anomaly\n1,5,0\n2,5,17\n").label, None);
}

#[test]
fn files_without_a_header_get_names() {
    let one = schema("2024-01-01 00:00:00,5\n2024-01-01 00:01:00,6\n");
    assert_eq!((one.columns, one.header), (vec!["time".to_owned(), "value".to_owned()], false));
    assert_eq!(schema("1700000000;5,5;6\n").columns, ["time", "value1", "value2"]);
    assert_eq!(schema("a,2024-01-01,5\n").columns, ["value1", "time", "value2"]);
}

#[test]
fn delimiters_are_found() {
    for delimiter in [',', ';', '\t', '|'] {
        let text = "time,a,b\n2024-01-01,1,2\n".replace(',', &delimiter.to_string());
        assert_eq!(char::from(schema(&text).delimiter), delimiter);
    }
    assert_eq!(schema("time;a,b\n2024-01-01;1,5\n").delimiter, b';');
}

#[test]
fn names_are_made_unique() {
    assert_eq!(schema("time,a,a,,a\n1,2,3,4,5\n").columns, ["time", "a", "a#2", "column4", "a#3"]);
}
