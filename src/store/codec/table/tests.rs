//! Tests of [`super`].

use proptest::prelude::*;

use super::*;
use crate::domain::digest::Sha256;
use crate::domain::texts::Texts;
use crate::store::codec::text_column::TextColumn;
use crate::store::schema::{Bytes, Flag, Integer, Name, Number, Pointer, Text, Time, columns};

columns! {
    /// One column of every kind.
    pub struct AllKinds {
        /// A time.
        time: Time,
        /// An integer.
        integer: Integer,
        /// An integer that may be missing.
        some_integer: Option<Integer>,
        /// A number.
        number: Number,
        /// A number that may be missing.
        some_number: Option<Number>,
        /// A name.
        name: Name,
        /// A name that may be missing.
        some_name: Option<Name>,
        /// A text.
        text: Text,
        /// A flag.
        flag: Flag,
        /// Bytes.
        bytes: Bytes,
        /// An integer that does not say what the row is.
        pointer: Pointer<Integer>,
    }
}

const COLUMN: AllKinds = AllKinds::COLUMNS;

static TABLE: Table = Table { columns: AllKinds::ALL, group_rows: 7 };

type Row = ((i64, i64, Option<i64>), (f64, Option<f64>), (String, Option<String>, String), (bool, Vec<u8>), i64);

fn columns(rows: &[Row]) -> Vec<Filled> {
    let mut texts = Texts::default();
    rows.iter().for_each(|row| texts.push(&row.2.2));
    vec![
        COLUMN.time.with(rows.iter().map(|row| row.0.0).collect()),
        COLUMN.integer.with(rows.iter().map(|row| row.0.1).collect()),
        COLUMN.some_integer.with(rows.iter().map(|row| row.0.2).collect()),
        COLUMN.number.with(rows.iter().map(|row| row.1.0).collect()),
        COLUMN.some_number.with(rows.iter().map(|row| row.1.1).collect()),
        COLUMN.name.with(TextColumn::of(rows.iter().map(|row| Some(row.2.0.as_str())))),
        COLUMN.some_name.with(TextColumn::of(rows.iter().map(|row| row.2.1.as_deref()))),
        COLUMN.text.with(texts),
        COLUMN.flag.with(rows.iter().map(|row| row.3.0).collect()),
        COLUMN.bytes.with(rows.iter().map(|row| row.3.1.clone()).collect()),
        COLUMN.pointer.with(rows.iter().map(|row| row.4).collect()),
    ]
}

/// All columns of a file.
fn read(file: &TableFile) -> Result<Vec<Filled>> {
    Ok(vec![
        COLUMN.time.with(file.read(COLUMN.time)?),
        COLUMN.integer.with(file.read(COLUMN.integer)?),
        COLUMN.some_integer.with(file.read(COLUMN.some_integer)?),
        COLUMN.number.with(file.read(COLUMN.number)?),
        COLUMN.some_number.with(file.read(COLUMN.some_number)?),
        COLUMN.name.with(file.read(COLUMN.name)?),
        COLUMN.some_name.with(file.read(COLUMN.some_name)?),
        COLUMN.text.with(file.read(COLUMN.text)?),
        COLUMN.flag.with(file.read(COLUMN.flag)?),
        COLUMN.bytes.with(file.read(COLUMN.bytes)?),
        COLUMN.pointer.with(file.read(COLUMN.pointer)?),
    ])
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
        let read = read(&file).unwrap();
        prop_assert_eq!(&read, &columns);
        prop_assert_eq!(TABLE.digest(&read).unwrap(), TABLE.digest(&columns).unwrap());
    }

    #[test]
    fn damage_is_an_error_or_does_not_matter(place in any::<prop::sample::Index>(), flip in 1..=255_u8, cut in any::<bool>()) {
        let columns = columns(&rows(30));
        let mut bytes = TABLE.encode(&columns).unwrap();
        let place = place.index(bytes.len());
        if cut { bytes.truncate(place) } else { bytes[place] ^= flip }
        match TABLE.open("raw/x.parquet", bytes).and_then(|file| read(&file)) {
            Ok(read) => prop_assert!(!cut && read.len() == TABLE.columns.len()),
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
            let _damaged_or_not = read(&file);
        }
    }
}

#[test]
fn a_file_on_disk_is_read_too() {
    let columns = columns(&rows(10));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, TABLE.encode(&columns).unwrap()).unwrap();
    let file = TABLE.open_file("x", std::fs::File::open(path).unwrap()).unwrap();
    assert_eq!(read(&file).unwrap(), columns);
}

columns! {
    /// A table of an older version: some columns are not there, one is of another kind.
    pub struct Older {
        /// A time.
        time: Time,
        /// What is not known any more.
        gone: Flag,
        /// What has become a text.
        text: Number,
    }
}

const OLDER: Older = Older::COLUMNS;

static OLDER_TABLE: Table = Table { columns: Older::ALL, group_rows: 10 };

#[test]
fn columns_are_only_ever_added() {
    let older = [OLDER.time.with(vec![1, 2]), OLDER.gone.with(vec![true; 2]), OLDER.text.with(vec![0.0; 2])];
    let bytes = OLDER_TABLE.encode(&older).unwrap();
    let file = TABLE.open("x", bytes).unwrap();
    assert_eq!(file.read(COLUMN.time).unwrap(), [1, 2]);
    assert_eq!(file.read(COLUMN.some_integer).unwrap(), [None; 2]);
    assert_eq!(file.read(COLUMN.some_number).unwrap(), [None; 2]);
    assert_eq!(file.read(COLUMN.some_name).unwrap(), TextColumn::of([None, None]));
    let message = |error: Error| error.to_string();
    let missing = file.read(COLUMN.integer).map_err(message);
    assert_eq!(missing, Err("x: the Parquet file can't be used: it has no column integer".to_owned()));
    let other = file.read(COLUMN.text).map_err(message);
    assert_eq!(other, Err("x: the Parquet file can't be used: its column text is of another type".to_owned()));
    let foreign = file.read(OLDER.gone).map_err(message);
    assert_eq!(foreign, Err("the table has no column gone".to_owned()));
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let good = columns(&rows(3));
    let mut short = good.clone();
    short[0] = COLUMN.time.with(vec![1]);
    let mut swapped = good.clone();
    swapped.swap(1, 10);
    let mut twice = good.clone();
    twice[1] = good[0].clone();
    let mut missing = good.clone();
    missing[5] = COLUMN.name.with(TextColumn::of([None, None, None]));
    for bad in [&short[..], &swapped, &twice, &missing, &good[1..], &good[..10], &[]] {
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
