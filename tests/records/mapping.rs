//! What people say about the meaning of their records.

use trebuchet_ad::domain::record::Kind;
use trebuchet_ad::source::ReadOptions;
use trebuchet_ad::source::records::{Fields, Identity, Mapping, read_again};

use crate::reading::{assert_reads_again, names, read_mapped, texts, try_read};

const TEXT: &str = "{\"ts\":1700000000,\"host\":\"web1\",\"n\":7,\"cpu\":{\"user\":1,\"sys\":2},\"what\":\"log\"}\n\
                    {\"ts\":1700000000,\"host\":\"web2\",\"n\":8,\"cpu\":{\"user\":3,\"sys\":4}}\n\
                    {\"ts\":1700000000,\"n\":8}\n";

fn fields(patterns: &[&str]) -> Fields {
    Fields::new(&patterns.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
}

#[test]
fn only_the_fields_that_match_are_parameters() {
    let mapping = Mapping { fields: fields(&["cpu.*"]), ..Mapping::default() };
    let batch = read_mapped(TEXT, &mapping);
    assert_eq!(names(&batch), ["cpu.sys", "cpu.user"]);
    assert_eq!((batch.records.len(), batch.bad.len()), (3, 0), "records without any are kept");
    // what isn't wanted can't be bad
    let mapping = Mapping { fields: fields(&["v"]), ..Mapping::default() };
    let batch = read_mapped("{\"ts\":1700000000,\"v\":1,\"w\":1e200}", &mapping);
    assert_eq!((names(&batch), batch.bad.len()), (vec!["v".to_owned()], 0));
    // counts are no fields
    let batch = read_mapped("{\"ts\":1700000000,\"kind\":\"event\",\"w\":1}", &mapping);
    assert_eq!(names(&batch), ["events"]);
    let error = Fields::new(&["[".into()]).unwrap_err();
    assert!(error.to_string().starts_with("the pattern of fields is invalid: "), "{error}");
}

#[test]
fn a_field_may_be_part_of_names() {
    for (field, expected) in [
        ("host", vec!["n", "web1.cpu.sys", "web1.cpu.user", "web1.n", "web2.cpu.sys", "web2.cpu.user", "web2.n"]),
        ("n", vec!["7.cpu.sys", "7.cpu.user", "8.cpu.sys", "8.cpu.user"]),
        ("cpu.user", vec!["1.cpu.sys", "1.n", "3.cpu.sys", "3.n", "n"]),
        ("nothing", vec!["cpu.sys", "cpu.user", "n"]),
    ] {
        let mapping = Mapping { name_field: Some(field.into()), ..Mapping::default() };
        let whole = try_read(TEXT.as_bytes(), &ReadOptions::default(), &mapping).unwrap();
        assert_eq!(names(&whole.batch), expected, "{field}");
        assert_reads_again(&whole, &mapping);
        // the third record has nothing but its number
        assert_eq!(whole.batch.bad.len(), usize::from(field == "n"));
    }
    // records of one shape, with and without a part
    let mapping = Mapping { name_field: Some("host".into()), ..Mapping::default() };
    let text = ["", "a", "", "b", "a"].map(|host| format!("{{\"ts\":1700000000,\"host\":\"{host}\",\"v\":1}}\n"));
    let batch = read_mapped(text.concat(), &mapping);
    let rows: Vec<&str> = batch.records.rows().map(|row| row.2).collect();
    assert_eq!(rows, ["v", "a.v", "v", "b.v", "a.v"]);
    let mapping = Mapping { name_field: Some("host".into()), fields: fields(&["n"]), ..Mapping::default() };
    assert_eq!(names(&read_mapped(TEXT, &mapping)), ["n", "web1.n", "web2.n"]);
    let mapping = Mapping { kind: Some(Kind::Log), ..mapping };
    assert_eq!(names(&read_mapped(TEXT, &mapping)), ["logs", "n", "web1.logs", "web1.n", "web2.logs", "web2.n"]);
}

#[test]
fn kinds_may_be_fixed_or_in_another_field() {
    let fixed = Mapping { kind: Some(Kind::Event), ..Mapping::default() };
    assert_eq!(read_mapped(TEXT, &fixed).records.kinds, [Kind::Event; 3]);
    let field = Mapping { kind_field: Some("what".into()), ..Mapping::default() };
    assert_eq!(read_mapped(TEXT, &field).records.kinds, [Kind::Log, Kind::Metric, Kind::Metric]);
}

#[test]
fn identities_are_of_texts_places_or_fields() {
    let text = "{\"ts\":1700000000,\"id\":\"a\",\"v\":1}\n{\"ts\":1700000000,\"id\":\"a\",\"v\":2}\n\
                {\"ts\":1700000000,\"id\":\"a\",\"v\":1}\n{\"ts\":1700000000,\"id\":7,\"v\":1}\n\
                {\"ts\":1700000000,\"v\":1}\n{\"ts\":1700000000,\"v\":1}\n{\"ts\":1700000000,\"id\":0.5,\"v\":1}\n";
    let identities = |identity| read_mapped(text, &Mapping { identity, ..Mapping::default() }).records.identities;
    let count = |of: &[u128]| of.iter().collect::<std::collections::BTreeSet<_>>().len();
    let by_text = identities(Identity::Text);
    assert_eq!((by_text[0] == by_text[2], by_text[4] == by_text[5], count(&by_text)), (true, true, 5));
    let by_place = identities(Identity::Position);
    assert_eq!(count(&by_place), 7);
    assert_eq!(by_place, identities(Identity::Position));
    let by_field = identities(Identity::Field("id".into()));
    assert_eq!((by_field[0], by_field[1], count(&by_field)), (by_field[2], by_field[0], 4));
    assert_eq!(by_field[4..], by_text[4..], "without a field that can be relied on, the text decides");
    // equal lines of different sources are different things then
    let mapping = Mapping { identity: Identity::Position, ..Mapping::default() };
    let lines = || text.lines();
    let one = read_again(lines(), "one", &ReadOptions::default(), &mapping);
    let two = read_again(lines(), "two", &ReadOptions::default(), &mapping);
    assert!(one.records.identities.iter().all(|id| !two.records.identities.contains(id)));
    // an identity measures nothing
    let mapping = Mapping { identity: Identity::Field("id".into()), ..Mapping::default() };
    let batch = read_mapped("{\"ts\":1700000000,\"id\":7,\"v\":1}", &mapping);
    assert_eq!((names(&batch), texts(&batch).len()), (vec!["v".to_owned()], 1));
}
