//! Tests of [`super`].

use proptest::prelude::*;

use super::*;

/// 2024-02-29T13:00:00Z.
const TIME: Millis = 1_709_211_600_000;

fn dataset() -> Dataset {
    "acme/shop/2.1".parse().unwrap()
}

fn name_of(data_type: DataType, number: u32) -> Name {
    match data_type {
        DataType::Raw | DataType::Measurements => Name::Number(number),
        DataType::Runs => Name::Run(format!("20240229T130000000Z-{number:x}")),
        _ => Name::Digest(Sha256::of(&number.to_le_bytes())),
    }
}

#[test]
fn keys_are_those_of_the_design() {
    let row = Coordinates { time: TIME, parameter: "http latency", slot: 27, model_version: 3 };
    let folder = |data_type: DataType, layout: Layout| {
        let folder = partition_folder(data_type, &dataset(), &layout.partition(data_type, &row));
        let dataset = "project=analytics/customer_id=acme/application=shop/version=2.1/";
        let start = format!("{}/{dataset}", data_type.name());
        folder.strip_prefix(&start).unwrap().to_owned()
    };
    let table = [
        (DataType::Raw, "date=2024-02-29/hour=13/", "date=2024-02-29/hour=13/"),
        (DataType::Measurements, "date=2024-02-29/hour=13/", "date=2024-02-29/hour=13/"),
        (DataType::Hourly, "date=2024-02-29/", "date=2024-02-29/hour=13/parameter_key=http~20latency/"),
        (DataType::Daily, "date=2024-02-29/", "date=2024-02-29/parameter_key=http~20latency/"),
        (DataType::Weekly, "date=2024-02-29/", "date=2024-02-29/parameter_key=http~20latency/"),
        (DataType::Monthly, "date=2024-02-29/", "date=2024-02-29/parameter_key=http~20latency/"),
        (DataType::Seasonal, "date=2024-02-29/", "date=2024-02-29/parameter_key=http~20latency/"),
        (DataType::State, "date=2024-02-29/", "date=2024-02-29/"),
        (DataType::Model, "model_version=3/", "day_of_week=2/hour=03/model_version=3/parameter_key=http~20latency/"),
        (DataType::Alerts, "date=2024-02-29/", "date=2024-02-29/hour=13/parameter_key=http~20latency/"),
        (DataType::Learned, "date=2024-02-29/", "date=2024-02-29/parameter_key=http~20latency/"),
        (DataType::Runs, "date=2024-02-29/", "date=2024-02-29/"),
        (DataType::Quarantine, "date=2024-02-29/", "date=2024-02-29/"),
    ];
    assert_eq!(table.map(|row| row.0), DataType::ALL);
    for (data_type, compact, full) in table {
        assert_eq!(folder(data_type, Layout::Compact), compact);
        assert_eq!(folder(data_type, Layout::Full), full);
    }
}

#[test]
fn the_folders_follow_the_table() {
    let row = Coordinates { time: TIME, parameter: "cpu", slot: 0, model_version: 1 };
    for layout in Layout::ALL {
        for data_type in DataType::ALL {
            let folder = layout.partition(data_type, &row).folder(data_type);
            let names: Vec<&str> = folder.split_terminator('/').filter_map(|part| part.split('=').next()).collect();
            assert_eq!(names, data_type.keys(layout).iter().map(|key| key.name()).collect::<Vec<_>>());
        }
    }
}

#[test]
fn the_numbered_objects_of_an_hour_share_their_names() {
    let row = Coordinates { time: TIME, ..Coordinates::default() };
    let keys = [DataType::Raw, DataType::Measurements].map(|data_type| {
        let partition = Layout::Compact.partition(data_type, &row);
        assert_eq!(partition.start(), Some(TIME));
        ObjectName { data_type, dataset: dataset(), partition, name: Name::Number(7) }.key()
    });
    assert!(keys[0].ends_with("/date=2024-02-29/hour=13/000007.parquet"));
    assert_eq!(keys[0].strip_prefix("raw"), keys[1].strip_prefix("measurements"));
}

#[test]
fn foreign_keys_are_not_understood() {
    let row = Coordinates { time: TIME, ..Coordinates::default() };
    let partition = Layout::Compact.partition(DataType::Raw, &row);
    let object = ObjectName { data_type: DataType::Raw, dataset: dataset(), partition, name: Name::Number(0) };
    let key = object.key();
    assert_eq!(Layout::Compact.parse(&key), Some(object));
    let foreign = [
        key.replace("000000", "0"),
        key.replace("000000", "1000000"),
        key.replace(".parquet", ".csv"),
        key.replace(".parquet", ""),
        key.replace("hour=13", "hour=24"),
        key.replace("hour=13", "hour=+1"),
        key.replace("hour=13/", ""),
        key.replace("2024-02-29", "2023-02-29"),
        key.replace("2024-02-29", "2024-2-29"),
        key.replace("acme", "a b"),
        key.replace("raw/", "raw//"),
        key.replace("raw", "rare"),
        key.replace("hour=13/", "hour=13/parameter_key=cpu/"),
        format!("x/{key}"),
        String::new(),
    ];
    for key in foreign {
        assert_eq!(Layout::Compact.parse(&key), None, "{key}");
    }
}

#[test]
fn documents_have_places_of_their_own() {
    let dataset = dataset();
    let key = settings_key(&dataset, 12);
    assert_eq!(key, "settings/project=analytics/customer_id=acme/application=shop/version=2.1/000012.json");
    assert_eq!(parse_settings(&key), Some((dataset.clone(), 12)));
    let key = claim_key(&dataset, DataType::Model, 3);
    assert_eq!(key, "claims/project=analytics/customer_id=acme/application=shop/version=2.1/model/000003.json");
    assert_eq!(parse_claim(&dataset, DataType::Model, &key), Some(3));
    assert_eq!(superseded_key("r-1", "raw/x"), "superseded/r-1/raw/x");
}

proptest! {
    #[test]
    fn keys_read_back(
        keys in prop::array::uniform4("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}"),
        time in crate::domain::measurement::FIRST_TIME..crate::domain::measurement::END_OF_TIME,
        parameter in "\\PC{0,50}",
        (slot, model_version, number) in (0..168_usize, 1..=LAST_NUMBER, 0..=LAST_NUMBER),
    ) {
        let dataset = Dataset::new(&keys[0], &keys[1], &keys[2], &keys[3]).unwrap();
        let row = Coordinates { time, parameter: &parameter, slot, model_version };
        for layout in Layout::ALL {
            for data_type in DataType::ALL {
                let partition = layout.partition(data_type, &row);
                let name = name_of(data_type, number);
                let object = ObjectName { data_type, dataset: dataset.clone(), partition, name };
                let key = object.key();
                prop_assert!(key.len() < 1024 && key.split('/').all(|part| part.len() < 256));
                prop_assert_eq!(layout.parse(&key), Some(object));
            }
        }
        prop_assert_eq!(parse_settings(&settings_key(&dataset, number)), Some((dataset, number)));
    }
}
