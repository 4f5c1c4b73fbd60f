//! Tests of [`super`].

use super::super::layout::Layout;
use super::*;

fn with(change: impl FnOnce(&mut DatasetSettings)) -> DatasetSettings {
    let mut settings = DatasetSettings::default();
    change(&mut settings);
    settings
}

fn full() -> DatasetSettings {
    let field = |name: &str| Some(name.to_owned());
    let mapping = Mapping {
        time_field: field("meta.at"),
        time_unit: field("ms"),
        kind: field("event"),
        kind_field: field("kind"),
        parameter_field: field("metric"),
        value_field: field("value"),
        name_field: field("host"),
        parameters: vec!["http.*".to_owned()],
    };
    let rule = Rule {
        parameters: "http.*".to_owned(),
        direction: Some(Direction::Above),
        least_change: Some(10.0),
        least_relative_change: Some(0.05),
    };
    let detection = Detection { method: "classic@1".to_owned(), threshold: Some(2.5), budget: None, rules: vec![rule] };
    DatasetSettings {
        timezone: "Europe/Zurich".to_owned(),
        mapping,
        identity: Identity::Field("id".to_owned()),
        detection,
    }
}

fn store() -> (tempfile::TempDir, Store, Dataset) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::init(&folder.path().display().to_string(), Layout::Compact).unwrap();
    (folder, store, "acme/shop/1".parse().unwrap())
}

/// The digests of settings are in run documents and alerts: neither the canonical form nor the default may change.
#[test]
fn the_canonical_form_is_fixed() {
    let text = |settings: DatasetSettings| String::from_utf8(settings.canonical().unwrap()).unwrap();
    let default =
        "{\"timezone\":\"UTC\",\"mapping\":{},\"identity\":\"text\",\"detection\":{\"method\":\"adaptive@2\"}}\n";
    assert_eq!(text(DatasetSettings::default()), default);
    let all = "{\"timezone\":\"Europe/Zurich\",\"mapping\":{\"time_field\":\"meta.at\",\"time_unit\":\"ms\",\
        \"kind\":\"event\",\"kind_field\":\"kind\",\"parameter_field\":\"metric\",\"value_field\":\"value\",\"name_field\":\"host\",\
        \"parameters\":[\"http.*\"]},\"identity\":{\"field\":\"id\"},\
        \"detection\":{\"method\":\"classic@1\",\"threshold\":2.5,\"rules\":[{\"parameters\":\"http.*\",\
        \"direction\":\"above\",\"least_change\":10.0,\"least_relative_change\":0.05}]}}\n";
    assert_eq!(text(full()), all);
    full().check().unwrap();
    for settings in [full(), DatasetSettings::default()] {
        let read: DatasetSettings = document::parse("x", &settings.canonical().unwrap()).unwrap();
        assert_eq!(read, settings);
    }
}

#[test]
fn what_makes_no_sense_is_shown() {
    let message = |change: fn(&mut DatasetSettings)| with(change).check().unwrap_err().to_string();
    assert_eq!(message(|s| s.timezone = "Mars".to_owned()), "timezone 'Mars' is not an IANA time zone");
    assert_eq!(message(|s| s.detection.method = "adaptive@9".to_owned()), "detection.method 'adaptive@9' is not known");
    assert_eq!(
        message(|s| s.detection.threshold = Some(0.0)),
        "detection.threshold '0' must be more than 0 and at most 300"
    );
    assert_eq!(message(|s| s.detection.budget = Some(f64::NAN)), "detection.budget 'NaN' must be above 0");
    assert_eq!(message(|s| s.mapping.time_unit = Some("h".to_owned())), "mapping.time_unit 'h' is not a unit");
    assert_eq!(message(|s| s.mapping.kind = Some("x".to_owned())), "mapping.kind 'x' is not a kind of records");
    assert!(message(|s| s.mapping.parameters = vec!["[".to_owned()]).starts_with("the pattern '[' can't be used"));
    assert_eq!(message(|s| s.identity = Identity::Field(String::new())), "the name of a field is empty");
    let both = |s: &mut DatasetSettings| (s.detection.threshold, s.detection.budget) = (Some(1.0), Some(1.0));
    assert!(message(both).contains("can't both be set"));
    let rule = |s: &mut DatasetSettings| s.detection.rules = vec![Rule { least_change: Some(-1.0), ..Rule::default() }];
    assert_eq!(message(rule), "the smallest change '-1' must be at least 0");
}

#[test]
fn the_largest_number_is_in_force() {
    let (_folder, store, dataset) = store();
    assert_eq!(newest(&store, &dataset).unwrap(), None);
    let Next::Stored(first) = put_next(&store, &dataset, 0, DatasetSettings::default()).unwrap() else { panic!() };
    assert_eq!((first.number, first.used().sha256), (1, first.digest));
    // the same again is no change
    let again = put_next(&store, &dataset, 1, DatasetSettings::default()).unwrap();
    assert_eq!(again, Next::Stored(first.clone()));
    let Next::Stored(second) = put_next(&store, &dataset, 1, full()).unwrap() else { panic!() };
    assert_eq!(second.number, 2);
    assert_eq!(newest(&store, &dataset).unwrap(), Some(second.clone()));
    assert_eq!(read(&store, &dataset, 1).unwrap(), first);
    let other = with(|s| s.identity = Identity::Position);
    assert_eq!(put_next(&store, &dataset, 1, other.clone()).unwrap(), Next::Overtaken(second));
    assert!(put_next(&store, &"x/y/1".parse().unwrap(), 3, other).is_err());
    assert_eq!(store.datasets().unwrap(), [dataset]);
}

#[test]
fn racers_see_who_was_first() {
    let (_folder, store, dataset) = store();
    let results: Vec<Next> = std::thread::scope(|scope| {
        let racers = (1..=8).map(|racer| {
            let (store, dataset) = (&store, &dataset);
            let settings = with(|s| s.detection.threshold = Some(f64::from(racer)));
            scope.spawn(move || put_next(store, dataset, 0, settings).unwrap())
        });
        racers.collect::<Vec<_>>().into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|result| matches!(result, Next::Stored(_))).count(), 1);
    let in_force = newest(&store, &dataset).unwrap().unwrap();
    let agree = |result: &Next| matches!(result, Next::Stored(stored) | Next::Overtaken(stored) if *stored == in_force);
    assert!(results.iter().all(agree));
}

#[test]
fn documents_changed_by_hand_are_refused() {
    let (_folder, store, dataset) = store();
    let with = |text: &str| {
        let key = layout::settings_key(&dataset, 1);
        let _created = store.objects().put_new(&key, text.as_bytes()).unwrap();
        let error = newest(&store, &dataset).unwrap_err();
        assert!(store.objects().delete(&key).unwrap() && !error.hints().is_empty());
        error.to_string()
    };
    let good = String::from_utf8(DatasetSettings::default().canonical().unwrap()).unwrap();
    assert!(with(&good.replace(',', ", ")).contains("not in canonical form"));
    assert!(with(&good.replace("\"identity\"", "\"identify\"")).contains("unknown field `identify`"));
    assert!(with(&good.replace("UTC", "Mars")).contains("000001.json: timezone 'Mars'"));
    assert!(with("{").contains("can't be understood"));
}
