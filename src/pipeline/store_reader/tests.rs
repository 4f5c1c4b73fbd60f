use proptest::prelude::*;

use super::*;
use crate::clock::Clock;
use crate::domain::measurement::{Aggregation, HOUR, MINUTE, canonical_order};
use crate::domain::record::{Kind, RecordBatch, RecordRef};
use crate::store::codec::rows::measurements::Measurements;
use crate::store::layout::{Coordinates, Layout};
use crate::store::runs::SettingsUsed;

/// A record with one measurement.
type Record = (Millis, &'static str, Aggregation, f64);

fn hours(range: Range<i64>) -> Range<Hour> {
    Hour::new(range.start)..Hour::new(range.end)
}

fn dataset() -> Dataset {
    "acme/shop/1".parse().unwrap()
}

struct Made {
    folder: tempfile::TempDir,
    store: Store,
    run: Run,
}

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::init(&folder.path().display().to_string(), Layout::Compact).unwrap();
        let settings = SettingsUsed { number: 1, sha256: Sha256::of(b"s") };
        let run = Run::begin(Clock::frozen(0), "ingest", Vec::new(), &dataset(), settings);
        Self { folder, store, run }
    }

    /// Puts records of one hour into the object of this number. Raw objects are not looked into here.
    fn put(&mut self, number: u32, records: &[Record]) {
        let mut batch = RecordBatch::default();
        for (index, (time, name, aggregation, value)) in records.iter().enumerate() {
            let parameter = batch.measurements.parameters.number(name, *aggregation);
            batch.measurements.push(index as u32, parameter, *value);
            let (event_time, position) = (*time, index as u64 + 1);
            batch.push(&RecordRef { event_time, kind: Kind::Metric, position, identity: 0, text: "" });
        }
        let row = Coordinates { time: records[0].0, ..Coordinates::default() };
        let partition = self.store.layout().partition(DataType::Measurements, &row);
        for data_type in [DataType::Measurements, DataType::Raw] {
            let (dataset, partition) = (dataset(), partition.clone());
            let key = ObjectName { data_type, dataset, partition, name: Name::Number(number) }.key();
            let bytes = if data_type == DataType::Raw { vec![7] } else { Measurements::of(&batch).encode().unwrap() };
            let written = self.store.put(&key, &bytes).unwrap();
            self.run.outputs.push(ObjectUsed::written(key, &written));
        }
    }

    fn open(&self) -> StoreReader {
        StoreReader::open(&self.store, &dataset(), std::slice::from_ref(&self.run)).unwrap()
    }
}

/// What is read, parameter by parameter, with the hours of all stretches.
fn read(
    stored: &StoreReader,
    range: Range<i64>,
    threads: usize,
    known: &[Parameter],
) -> Vec<(Parameter, Vec<(Millis, f64)>)> {
    let hours = hours(range);
    let mut states: BTreeMap<Parameter, (Hour, Vec<(Millis, f64)>)> = BTreeMap::new();
    known.iter().for_each(|known| drop(states.insert(known.clone(), (hours.start, Vec::new()))));
    let stop = Stop::default();
    let reading = Reading { threads, stop: &stop, progress: &|_| {} };
    let each = |window: Window, _: Vec<()>| {
        let start = window.hours.start;
        window.fold(
            threads,
            &mut states,
            |_| (start, Vec::new()),
            |_, (next, rows), stretch| {
                assert_eq!(*next, stretch.hours.start);
                *next = stretch.hours.end;
                for (times, values) in &stretch.parts {
                    assert!(times.iter().all(|time| stretch.hours.contains(&Hour::of(*time))));
                    rows.extend(times.iter().copied().zip(values.iter().copied()));
                }
                Ok(())
            },
        )
    };
    stored.read(hours.clone(), reading, |_| (), each).unwrap();
    assert!(states.values().all(|(next, _)| *next == hours.end));
    states.into_iter().map(|(parameter, (_, rows))| (parameter, rows)).collect()
}

fn parameter(name: &str, aggregation: Aggregation) -> Parameter {
    Parameter { name: name.into(), aggregation }
}

#[test]
fn an_empty_store_says_what_to_do() {
    let made = Made::new();
    let stored = made.open();
    assert_eq!((stored.range(), stored.complete_until(0), stored.has(hours(0..9))), (None, None, false));
    let error = stored.nothing_in(hours(0..5), Zone::UTC);
    assert!(
        error.to_string().starts_with("acme/shop/1 has no measurements in ") && error.advice() == [Advice::BringDataIn]
    );
    assert!(read(&stored, 3..5, 2, &[]).is_empty());
}

#[test]
fn ranges_and_hours_are_known() {
    let mut made = Made::new();
    made.put(0, &[(5 * HOUR, "a", Aggregation::None, 1.0)]);
    made.put(0, &[(-HOUR, "a", Aggregation::None, 1.0)]);
    let stored = made.open();
    assert_eq!(stored.range(), Some(hours(-1..6)));
    assert_eq!(stored.hours().collect::<Vec<_>>(), [-1, 5].map(Hour::new));
    assert_eq!(stored.complete_until(6 * HOUR - 1), Some(Hour::new(5)));
    assert_eq!(stored.complete_until(6 * HOUR), Some(Hour::new(6)));
    assert!(stored.has(hours(5..6)) && !stored.has(hours(0..5)) && !stored.has(hours(7..7)));
    assert_eq!(stored.objects(hours(0..9)).count(), 1);
    let error = stored.nothing_in(hours(0..5), Zone::UTC);
    assert_eq!(error.to_string(), "acme/shop/1 has no measurements from 1970-01-01T00:00:00Z to 1970-01-01T05:00:00Z");
    assert_eq!(error.hints(), ["there are some from 1969-12-31T23:00:00Z to 1970-01-01T06:00:00Z"]);
}

#[test]
fn occurrences_come_as_they_are_and_in_order() {
    let mut made = Made::new();
    made.put(0, &[(HOUR + 58 * MINUTE + 5, "e", Aggregation::Count, 1.0), (HOUR, "m", Aggregation::None, 2.0)]);
    made.put(1, &[(HOUR + 58 * MINUTE, "e", Aggregation::Count, 1.0)]);
    made.put(0, &[(3 * HOUR + 7, "e", Aggregation::Count, 3.0)]);
    let stored = made.open();
    let rows = read(&stored, 0..5, 2, &[]);
    let (e, m) = (parameter("e", Aggregation::Count), parameter("m", Aggregation::None));
    let occurrences = vec![(HOUR + 58 * MINUTE, 1.0), (HOUR + 58 * MINUTE + 5, 1.0), (3 * HOUR + 7, 3.0)];
    assert_eq!(rows, [(e.clone(), occurrences), (m.clone(), vec![(HOUR, 2.0)])]);
    // a parameter that is known hears of time passing
    assert_eq!(read(&stored, 2..3, 1, &[e.clone(), m.clone()]), [(e, Vec::new()), (m, Vec::new())]);
}

#[test]
fn origins_are_found_afterwards() {
    let mut made = Made::new();
    let (none, count) = (Aggregation::None, Aggregation::Count);
    made.put(0, &[(9, "a", none, 2.0), (5, "a", none, -0.0), (5, "a", none, 0.0), (MINUTE + 2, "e", count, 1.0)]);
    made.put(1, &[(5, "a", none, 0.0), (6, "a", none, 0.0), (MINUTE + 1, "e", count, 1.0)]);
    let stored = made.open();
    let raw: Vec<&ObjectUsed> = made.run.outputs.iter().filter(|used| used.name.starts_with("raw/")).collect();
    let stop = Stop::default();
    let reading = Reading { threads: 2, stop: &stop, progress: &|_| {} };
    let wanted = |name: &str, aggregation, time, value| {
        let parameter = parameter(name, aggregation);
        Wanted { parameter, time, value }
    };
    let all = [
        (wanted("a", none, 5, 0.0), Some((0, 2))),
        (wanted("a", none, 5, -0.0), Some((0, 1))),
        (wanted("a", none, 6, 0.0), Some((1, 1))),
        (wanted("e", count, MINUTE, 2.0), Some((1, 2))),
        (wanted("e", count, 0, 0.0), None),
        (wanted("a", none, 7, 0.0), None),
        (wanted("b", none, 7, 0.0), None),
        (wanted("a", none, HOUR, 0.0), None),
    ];
    let asked: Vec<Wanted> = all.iter().map(|(wanted, _)| wanted.clone()).collect();
    let mut origins = Vec::new();
    let each = |window: Window, _: Vec<()>| {
        origins = stored.origins(&window, &asked, reading)?;
        Ok(())
    };
    stored.read(hours(0..1), reading, |_| (), each).unwrap();
    assert_eq!(origins.len(), all.len());
    for (origin, (wanted, expected)) in origins.into_iter().zip(all) {
        let found = origin.map(|origin| {
            let object = raw.iter().position(|raw| raw.name == *origin.object).unwrap();
            assert_eq!(raw[object].sha256, origin.sha256);
            (object, origin.row)
        });
        assert_eq!(found, expected, "{wanted:?}");
    }
}

#[test]
fn damaged_swapped_missing_and_foreign_objects_are_named() {
    let mut made = Made::new();
    made.put(0, &[(0, "a", Aggregation::None, 1.0)]);
    made.put(0, &[(HOUR, "a", Aggregation::None, 1.0)]);
    let keys: Vec<String> = made.open().objects(hours(0..2)).map(|object| object.name.clone()).collect();
    let path = |key: &str| made.folder.path().join(key);
    let stored = made.open();
    let stop = Stop::default();
    let reading = Reading { threads: 2, stop: &stop, progress: &|_| {} };
    let message = || stored.input_digests(hours(0..2), reading).unwrap_err().to_string();
    let bytes = std::fs::read(path(&keys[1])).unwrap();
    std::fs::copy(path(&keys[0]), path(&keys[1])).unwrap();
    assert!(message().starts_with(&format!("{} is not what was written", keys[1])));
    std::fs::remove_file(path(&keys[1])).unwrap();
    assert!(message().starts_with(&format!("{} is missing", keys[1])));
    std::fs::write(path(&keys[1]), &bytes).unwrap();
    assert_eq!(stored.input_digests(hours(0..2), reading).unwrap().len(), 1);
    // what no run names is not seen; what is no object at all is told
    std::fs::copy(path(&keys[0]), path(&keys[0].replace("000000.", "000007."))).unwrap();
    assert_eq!(made.open().objects(hours(0..2)).count(), 2);
    std::fs::write(path(&keys[0].replace("000000.", "copy.")), &bytes).unwrap();
    assert!(message().contains("copy.parquet is not an object of a store"), "{}", message());
}

#[test]
fn windows_are_short_also_where_there_is_nothing() {
    let mut made = Made::new();
    for hour in [0, 1, 23, 24, 90, 2000] {
        made.put(0, &[(hour * HOUR, "a", Aggregation::None, 1.0)]);
    }
    let stored = made.open();
    for range in [0..2001, -5..3000, 24..25, 30..31, 91..500] {
        let windows = stored.windows(hours(range.clone()));
        assert_eq!(windows[0].start..windows[windows.len() - 1].end, hours(range));
        assert!(windows.iter().all(|window| (1..=WINDOW_HOURS).contains(&(window.end - window.start))), "{windows:?}");
        assert!(windows.windows(2).all(|pair| pair[0].end == pair[1].start));
    }
    assert_eq!(stored.windows(hours(0..48)), [0..24, 24..48].map(hours));
    assert!(stored.windows(hours(3..3)).is_empty());
    assert_eq!(stored.in_the_future(24 * HOUR).collect::<Vec<_>>(), [90, 2000].map(Hour::new));
}

#[test]
fn it_ends_when_it_is_stopped() {
    let mut made = Made::new();
    made.put(0, &[(0, "a", Aggregation::None, 1.0)]);
    let stop = Stop::default();
    stop.set(crate::error::Kind::Interrupted);
    let reading = Reading { threads: 1, stop: &stop, progress: &|_| {} };
    assert!(made.open().input_digests(hours(0..2), reading).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// However records are cut to objects, and ranges to parts: the same measurements in the same order, and the same
    /// digests.
    #[test]
    fn cuts_and_threads_change_nothing(
        rows in prop::collection::vec((0i64..6, 0i64..40, 0usize..3, -3i64..3, 0u32..3), 1..120), cut in 0i64..7
    ) {
        const NAMES: [(&str, Aggregation); 3] =
            [("a", Aggregation::None), ("e", Aggregation::Count), ("z", Aggregation::None)];
        let (mut cut_up, mut whole) = (Made::new(), Made::new());
        let mut expected: BTreeMap<Parameter, Vec<(Millis, f64)>> = BTreeMap::new();
        for hour in 0..6 {
            let record = |row: &(i64, i64, usize, i64, u32)| {
                let (name, aggregation) = NAMES[row.2];
                (hour * HOUR + row.1 * 100_000 % HOUR, name, aggregation, row.3 as f64 / 2.0)
            };
            let of_hour: Vec<_> = rows.iter().filter(|row| row.0 == hour).collect();
            for number in 0..3 {
                let part: Vec<Record> = of_hour.iter().filter(|row| row.4 == number).map(|row| record(row)).collect();
                if !part.is_empty() {
                    cut_up.put(number, &part);
                }
            }
            let all: Vec<Record> = of_hour.iter().map(|row| record(row)).collect();
            if !all.is_empty() {
                whole.put(0, &all);
            }
            for (time, name, aggregation, value) in all {
                expected.entry(parameter(name, aggregation)).or_default().push((time, value));
            }
        }
        expected.values_mut().for_each(|rows| rows.sort_by(|a, b| canonical_order(*a, *b)));
        let (cut_up, whole) = (cut_up.open(), whole.open());
        let first = read(&whole, 0..6, 1, &[]);
        for (parameter, rows) in &first {
            prop_assert_eq!(rows, &expected[parameter]);
        }
        prop_assert_eq!(&read(&cut_up, 0..6, 2, &[]), &first);
        // in two steps
        let begun = read(&whole, 0..cut, 2, &[]);
        let known: Vec<Parameter> = begun.iter().map(|(parameter, _)| parameter.clone()).collect();
        let mut together: BTreeMap<_, _> = begun.into_iter().collect();
        for (parameter, rows) in read(&cut_up, cut..6, 3, &known) {
            together.entry(parameter).or_default().extend(rows);
        }
        prop_assert_eq!(together.into_iter().collect::<Vec<_>>(), first);
        let stop = Stop::default();
        let reading = Reading { threads: 2, stop: &stop, progress: &|_| {} };
        let digests = cut_up.input_digests(hours(0..6), reading).unwrap();
        prop_assert_eq!(&digests, &whole.input_digests(hours(0..6), reading).unwrap());
        for (parameter, hours) in digests {
            let sum = hours.into_iter().fold(InputDigest::EMPTY, |sum, (_, digest)| sum.and(digest));
            let (times, values): (Vec<_>, Vec<_>) = expected[&parameter].iter().copied().unzip();
            prop_assert_eq!(sum, InputDigest::of(&times, &values));
        }
    }
}
