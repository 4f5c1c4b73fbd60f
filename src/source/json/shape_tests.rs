use proptest::prelude::*;

use super::*;
use crate::source::ReadOptions;

/// Everything about a record but what its values are for.
fn content(record: &Record<'_>) -> String {
    let numbers = record.numbers.iter().map(|number| (&record.names[number.name.clone()], number.value.to_bits()));
    format!("{:?} {:?} {:?}", record.times, record.facts, numbers.collect::<Vec<_>>())
}

/// Reads texts one after the other, and says how many were recognised.
fn check(texts: &[&str], roles: &Roles) -> u32 {
    let mut shapes = Shapes::default();
    for text in texts {
        let mut expected = Record::default();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let plain = expected.read(roles, &mut deserializer).and_then(|()| deserializer.end());
        match (shapes.read(text, roles), plain) {
            (Ok(record), Ok(())) => assert_eq!(content(record), content(&expected), "{text}"),
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected.to_string()),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
    shapes.hits
}

fn roles() -> Roles {
    Roles::default()
}

#[test]
fn records_that_differ_in_their_values_have_one_shape() {
    let texts = [
        r#"{"time":"2024-01-01","cpu":1.5,"a":{"b":[1,2]},"up":true,"none":null,"host":"x"}"#,
        r#"{"time":"2024-01-02","cpu":-0.25,"a":{"b":[3,4e2]},"up":false,"none":null,"host":""}"#,
        r#"{"time":"","cpu":52.300000000000004,"a":{"b":[18446744073709551615,0]},"up":true,"none":null,"host":"ü"}"#,
    ];
    assert_eq!(check(&texts, &roles()), 2);
    let texts = [r#"{"ts":1700000000,"metric":"a","value":1}"#, r#"{"ts":1700000000123,"metric":"b","value":-2.5}"#];
    assert_eq!(check(&texts, &roles()), 1);
    let log = r#"{"ts":1700000000.5,"level":"info","msg":"a","label":1}"#;
    assert_eq!(check(&[texts[0], log, texts[1], log], &roles()), 2);
}

#[test]
fn what_is_unusual_is_read_like_the_first() {
    let first = r#"{"time":1,"v":1,"host":"a"}"#;
    for other in [
        r#"{"time":1,"v":1,"host":"a\"b"}"#,
        r#"{"time":1,"v":1,"host":"a	b"}"#,
        r#"{"time":1,"v":01,"host":"a"}"#,
        r#"{"time":1,"v":1.,"host":"a"}"#,
        r#"{"time":1,"v":1e,"host":"a"}"#,
        r#"{"time":1,"v":-,"host":"a"}"#,
        r#"{"time":1,"v":1e400,"host":"a"}"#,
        r#"{"time":1,"v":1 ,"host":"a"}"#,
        r#"{"time":1,"v":"1","host":"a"}"#,
        r#"{"time":1,"v":1,"host":"a"} "#,
        r#"{"time":1,"v":1,"host":"a"}}"#,
        r#"{"time":1,"v":1,"host":"a"#,
        r#"{"time":1,"v":1,"host":"#,
        r#"{"time":-0,"v":1,"host":"a"}"#,
        r#"{"time":1,"w":1,"host":"a"}"#,
        "",
    ] {
        assert_eq!(check(&[first, other, first], &roles()), 1, "{other}");
    }
}

#[test]
fn where_values_decide_there_is_no_shape() {
    let label = [r#"{"ts":1,"label":0}"#, r#"{"ts":1,"label":1}"#, r#"{"ts":1,"label":2}"#, r#"{"ts":1,"label":10}"#];
    assert_eq!(check(&label, &roles()), 1);
    let times = [r#"{"time":5,"ts":1700000000}"#, r#"{"time":1700000000,"ts":5}"#];
    assert_eq!(check(&times, &roles()), 0);
    let named = [r#"{"ts":1,"d":[{"name":"a","value":1}]}"#, r#"{"ts":1,"d":[{"name":"b","value":2}]}"#];
    assert_eq!(check(&named, &roles()), 0);
    let asked = Roles::new(&ReadOptions { time_column: Some("when".into()), ..ReadOptions::default() });
    let times = [r#"{"when":1,"time":5}"#, r#"{"when":1,"time":1700000000}"#];
    assert_eq!(check(&times, &asked), 0);
    let marks = Roles { part: Some("a.b".into()), identity: Some("id".into()), ..roles() };
    let texts = [r#"{"ts":1,"a":{"b":"x"},"id":"1"}"#, r#"{"ts":1,"a":{"b":"y"},"id":"2"}"#];
    assert_eq!(check(&texts, &marks), 1);
    let numbers = [r#"{"ts":1,"a":{"b":1},"id":1}"#, r#"{"ts":1,"a":{"b":2.5},"id":2.5}"#];
    assert_eq!(check(&numbers, &marks), 0);
}

#[test]
fn too_many_shapes_are_given_up() {
    let texts: Vec<String> = (0..500).map(|i| format!("{{\"ts\":1,\"p{i}\":1}}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(check(&texts, &roles()), 0);
}

/// A value, of which there are few kinds, so that shapes recur.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?(0|[1-9][0-9]{0,2})(\\.[0-9]{1,2})?([eE][+-]?[0-9]{1,2})?",
        "1[0-9]{8,18}(\\.[0-9])?",
        "\"[a-z0-9\\\\\" ]{0,3}\"",
        prop_oneof!["true", "false", "null", "0", "1", "\\[1,\"x\"\\]", "\\[\\{\"name\":\"n\",\"value\":[0-9]\\}\\]"],
        "\\{\"value\":[0-9],\"time\":[0-9]\\}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn records_are_read_as_without_shapes(
        keys in prop::collection::vec(
            prop_oneof![
                "ts", "time", "value", "metric", "name", "kind", "level", "message", "event", "type", "label", "x", "d"
            ], 1..5),
        rows in prop::collection::vec(prop::collection::vec(value(), 5), 1..12),
        asked in prop::option::of("(ts|time|d\\.time|x)"),
        mark in prop::option::of("(x|d|metric|time|value)"),
    ) {
        let roles = Roles { time: asked, part: mark.clone(), identity: mark, ..Roles::default() };
        let text = |values: &Vec<String>| {
            let fields: Vec<String> = keys.iter().zip(values).map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}", fields.join(","))
        };
        let texts: Vec<String> = rows.iter().map(text).collect();
        check(&texts.iter().map(String::as_str).collect::<Vec<_>>(), &roles);
    }
}
