//! Tests of [`super`].

use proptest::prelude::*;

use super::*;
use crate::domain::digest::Sha256;

const fn column(name: &'static str, content: Content) -> ColumnSpec {
    ColumnSpec::new(name, content)
}

static TABLE: Table = Table {
    columns: &[
        column("time", Content::Time),
        column("integer", Content::Integer),
        column("some_integer", Content::Integer).nullable(),
        column("number", Content::Number),
        column("some_number", Content::Number).nullable(),
        column("name", Content::Name),
        column("some_name", Content::Name).nullable(),
        column("text", Content::Text),
        column("flag", Content::Flag),
        column("bytes", Content::Bytes),
        column("pointer", Content::Integer).pointer(),
    ],
    group_rows: 7,
};

const ALL: [&str; 11] = [
    "time",
    "integer",
    "some_integer",
    "number",
    "some_number",
    "name",
    "some_name",
    "text",
    "flag",
    "bytes",
    "pointer",
];

type Row = ((i64, i64, Option<i64>), (f64, Option<f64>), (String, Option<String>, String), (bool, Vec<u8>), i64);

fn columns(rows: &[Row]) -> Vec<Column> {
    let mut texts = Texts::default();
    rows.iter().for_each(|row| texts.push(&row.2.2));
    vec![
        Column::Times(rows.iter().map(|row| row.0.0).collect()),
        Column::Integers(rows.iter().map(|row| row.0.1).collect()),
        Column::SomeIntegers(rows.iter().map(|row| row.0.2).collect()),
        Column::Numbers(rows.iter().map(|row| row.1.0).collect()),
        Column::SomeNumbers(rows.iter().map(|row| row.1.1).collect()),
        Column::Names(TextColumn::of(rows.iter().map(|row| Some(row.2.0.as_str())))),
        Column::Names(TextColumn::of(rows.iter().map(|row| row.2.1.as_deref()))),
        Column::Texts(texts),
        Column::Flags(rows.iter().map(|row| row.3.0).collect()),
        Column::Bytes(rows.iter().map(|row| row.3.1.clone()).collect()),
        Column::Integers(rows.iter().map(|row| row.4).collect()),
    ]
}

fn row() -> impl Strategy<Value = Row> {
    let number = || any::<f64>().prop_filter("finite", |x| x.is_finite());
    let name = "[ab]|ü|\\PC{0,20}";
    (
        (any::<i64>(), prop_oneof![any::<i64>(), 0..3_i64], prop::option::of(any::<i64>())),
        (number(), prop::option::of(number())),
        (name, prop::option::of(name), "\\PC{0,9}"),
        (any::<bool>(), prop::collection::vec(any::<u8>(), 0..5)),
        any::<i64>(),
    )
}

fn rows(count: usize) -> Vec<Row> {
    let row = |i: i64| {
        let name = ["a", "b"][i as usize / 5 % 2].to_owned();
        let odd = i % 2 == 1;
        (
            (i, -i, odd.then_some(i)),
            (0.5, None),
            (name.clone(), odd.then_some(name), format!("t{i}")),
            (odd, vec![1]),
            i,
        )
    };
    (0..count as i64).map(row).collect()
}

proptest! {
    #[test]
    fn rows_read_back(rows in prop::collection::vec(row(), 0..40)) {
        let columns = columns(&rows);
        let bytes = TABLE.encode(&columns).unwrap();
        prop_assert_eq!(&bytes, &TABLE.encode(&columns.clone()).unwrap());
        let file = TABLE.open("x", bytes).unwrap();
        prop_assert_eq!(file.rows(), rows.len());
        prop_assert_eq!(&file.read(&ALL).unwrap(), &columns);
        let groups: Vec<_> = file.groups(&["integer", "some_name"]).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(groups.iter().map(|group| group[0].len()).collect::<Vec<_>>(),
            rows.chunks(TABLE.group_rows).map(<[Row]>::len).collect::<Vec<_>>());
        let Column::Integers(all) = &columns[1] else { unreachable!() };
        let integers: Vec<i64> = groups.iter().flat_map(|group| match &group[0] {
            Column::Integers(values) => values.clone(),
            _ => Vec::new(),
        }).collect();
        prop_assert_eq!(&integers, all);
        let read = file.read(&ALL).unwrap();
        prop_assert_eq!(TABLE.digest(&read).unwrap(), TABLE.digest(&columns).unwrap());
    }

    #[test]
    fn damage_is_an_error_or_does_not_matter(place in any::<prop::sample::Index>(), flip in 1..=255_u8, cut in any::<bool>()) {
        let columns = columns(&rows(30));
        let mut bytes = TABLE.encode(&columns).unwrap();
        let place = place.index(bytes.len());
        if cut { bytes.truncate(place) } else { bytes[place] ^= flip }
        match TABLE.open("raw/x.parquet", bytes).and_then(|file| file.read(&ALL)) {
            Ok(read) => prop_assert!(!cut && read.len() == ALL.len()),
            Err(error) => {
                prop_assert!(error.to_string().starts_with("raw/x.parquet: the Parquet file "), "{}", error);
                prop_assert!(!error.hints().is_empty());
            }
        }
    }
}

#[test]
fn a_page_that_claims_too_much_does_not_end_the_program() {
    // every number of the first pages' headers, each with every other byte
    let bytes = TABLE.encode(&columns(&rows(30))).unwrap();
    for (place, flip) in (200..260).flat_map(|place| (1..=255_u8).map(move |flip| (place, flip))) {
        let mut bytes = bytes.clone();
        bytes[place] ^= flip;
        if let Ok(file) = TABLE.open("x", bytes) {
            let _damaged_or_not = file.read(&ALL);
        }
    }
}

#[test]
fn columns_are_read_in_the_order_in_which_they_are_asked_for() {
    let columns = columns(&rows(10));
    let file = TABLE.open("x", TABLE.encode(&columns).unwrap()).unwrap();
    assert_eq!(file.read(&["flag", "time"]).unwrap(), [columns[8].clone(), columns[0].clone()]);
    assert_eq!(file.read(&[]).unwrap(), []);
    assert!(file.read(&["other"]).is_err());
}

#[test]
fn a_file_on_disk_is_read_too() {
    let columns = columns(&rows(10));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, TABLE.encode(&columns).unwrap()).unwrap();
    let file = TABLE.open_file("x", std::fs::File::open(path).unwrap()).unwrap();
    assert_eq!(file.read(&ALL).unwrap(), columns);
}

#[test]
fn columns_are_only_ever_added() {
    static OLD: Table = Table {
        columns: &[column("time", Content::Time), column("gone", Content::Flag), column("text", Content::Number)],
        group_rows: 10,
    };
    let old = [Column::Times(vec![1, 2]), Column::Flags(vec![true; 2]), Column::Numbers(vec![0.0; 2])];
    let file = TABLE.open("x", OLD.encode(&old).unwrap()).unwrap();
    let read = file.read(&["time", "some_integer", "some_number", "some_name"]).unwrap();
    let names = TextColumn::of([None, None]);
    let missing = [Column::SomeIntegers(vec![None; 2]), Column::SomeNumbers(vec![None; 2]), Column::Names(names)];
    assert_eq!(read[0], old[0]);
    assert_eq!(read[1..], missing);
    let message = |column| file.read(&[column]).unwrap_err().to_string();
    assert_eq!(message("integer"), "x: the Parquet file can't be used: it has no column integer");
    assert_eq!(message("text"), "x: the Parquet file can't be used: its column text is of another type");
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let good = columns(&rows(3));
    let mut short = good.clone();
    short[0] = Column::Times(vec![1]);
    let mut other = good.clone();
    other[0] = Column::Integers(vec![1; 3]);
    let mut missing = good.clone();
    missing[5] = Column::Names(TextColumn::of([None, None, None]));
    for bad in [&short[..], &other, &missing, &good[1..], &[]] {
        assert!(TABLE.encode(bad).is_err() && TABLE.digest(bad).is_err());
    }
}

/// Names of derived objects: they never change. Computed by Python's hashlib and struct from the description of the form.
#[test]
fn the_digest_of_rows_is_fixed() {
    let digest = TABLE.digest(&columns(&rows(3))).unwrap();
    assert_eq!(digest.to_string(), "4aff8a23576719d9790c1e56794324c14905eb4dfd26c262b59456d84140e84f");
}

#[test]
fn the_digest_knows_what_rows_are() {
    let rows = rows(12);
    let digest = |change: fn(&mut Row)| {
        let mut rows = rows.clone();
        change(&mut rows[5]);
        TABLE.digest(&columns(&rows)).unwrap()
    };
    let same: Sha256 = digest(|_| {});
    assert_eq!(digest(|row| row.4 = 77), same);
    let changes: [fn(&mut Row); 9] = [
        |row| row.0.0 += 1,
        |row| row.0.1 += 1,
        |row| row.0.2 = None,
        |row| row.1.0 = -0.5,
        |row| row.1.1 = Some(0.0),
        |row| row.2.0 = "c".to_owned(),
        |row| row.2.1 = Some(String::new()),
        |row| row.2.2.push('x'),
        |row| row.3.0 ^= true,
    ];
    assert!(changes.into_iter().all(|change| digest(change) != same));
    let mut swapped = rows.clone();
    swapped.swap(0, 1);
    assert_ne!(TABLE.digest(&columns(&swapped)).unwrap(), same);
}
