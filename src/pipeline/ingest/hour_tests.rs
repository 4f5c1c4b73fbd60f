//! Tests of [`super`]: hours with more records than go into one object.

use std::collections::BTreeMap;

use super::super::hour_buffer::{HourBuffer, Packing};
use super::super::write::hours;
use super::*;
use crate::interrupt::Stop;
use crate::source::records::read_again;

/// How many records a part has.
const PART: usize = 25;

/// How many records an object has, and at most one part more.
const MOST: Most = Most { records: 60, bytes: 1 << 20 };

/// Records of one hour: these numbers.
fn texts(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let text = |i: usize| format!(r#"{{"time":{},"cpu":{i},"disk":0.5}}"#, 1_700_000_000 + i as i64 % 600);
    numbers.into_iter().map(text).collect()
}

struct Hour {
    store: Store,
    dataset: Dataset,
    _folder: tempfile::TempDir,
}

impl Hour {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::init(&folder.path().display().to_string(), Layout::Compact).unwrap();
        Self { store, dataset: "a/b/1".parse().unwrap(), _folder: folder }
    }

    /// Ingests sources, with so much memory for their records; how many were new.
    fn ingest(&self, sources: &[Vec<String>], memory: usize) -> u64 {
        let labels: Vec<Arc<str>> = (0..sources.len()).map(|source| format!("{source}").into()).collect();
        let (options, mapping) = (ReadOptions::default(), Mapping::default());
        let packing = Packing::default();
        let mut buffer = HourBuffer::new(memory, &packing);
        for (source, texts) in (0..).zip(sources) {
            for part in texts.chunks(PART) {
                let read = read_again(part.iter().map(String::as_str), "", &options, &mapping);
                buffer.add(source, read.records.by_hour()).unwrap();
                // Parts in memory are small, and put together; in files they are not.
                if let Some(bundle) = packing.next() {
                    buffer.add_encoded(bundle.pack(&labels, 7).unwrap()).unwrap();
                }
            }
        }
        let plan = Plan {
            store: Some(&self.store),
            dataset: &self.dataset,
            known: Known::default(),
            labels: &labels,
            options: &options,
            mapping: &mapping,
            now: 7,
            most: MOST,
            memory: MemoryBudget::new(memory),
        };
        let written = hours(&plan, buffer.finish().unwrap(), 2, &Stop::default(), false, &|_| {}).unwrap();
        let keys = |data_type: DataType| {
            let listed = self.store.list(&data_type.folder(&self.dataset)).unwrap();
            listed.into_iter().map(|object| object.name.key()).collect::<Vec<String>>()
        };
        let outputs: BTreeSet<&String> = written.outputs.iter().map(|object| &object.name).collect();
        let there = [keys(DataType::Raw), keys(DataType::Measurements)].concat();
        assert_eq!(outputs, there.iter().collect(), "everything is relied on");
        written.records
    }

    /// How often each record is there, and how many records each object has. The measurements must be theirs.
    fn content(&self) -> (BTreeMap<String, usize>, Vec<usize>) {
        let mut all = BTreeMap::new();
        let mut sizes = Vec::new();
        for object in self.store.list(&DataType::Raw.folder(&self.dataset)).unwrap() {
            let key = object.name.key();
            let rows = RawRows::read(&key, self.store.read(&key).unwrap()).unwrap();
            rows.records.iter().for_each(|text| *all.entry(text.to_owned()).or_default() += 1);
            sizes.push(rows.len());
            let again = read_again(rows.records.iter(), "", &ReadOptions::default(), &Mapping::default());
            let key = ObjectName { data_type: DataType::Measurements, ..object.name }.key();
            assert_eq!(self.store.read(&key).unwrap(), Measurements::of(&again.records).encode().unwrap());
        }
        (all, sizes)
    }
}

#[test]
fn an_hour_with_many_records_is_several_objects_and_nothing_is_lost_or_doubled() {
    for memory in [0, 1 << 20] {
        let hour = Hour::new();
        let first = texts(0..400);
        assert_eq!(hour.ingest(std::slice::from_ref(&first), memory), 400);
        let (all, sizes) = hour.content();
        assert!(all.len() == 400 && all.values().all(|count| *count == 1));
        if memory == 0 {
            assert!(sizes.len() >= 400 / (MOST.records + PART), "{sizes:?}");
            assert!(sizes.iter().all(|size| *size < MOST.records + PART), "{sizes:?}");
        }
        // Again, and in another order.
        let shuffled = texts((0..400).map(|i| i * 7 % 400));
        for again in [vec![first.clone()], vec![shuffled.clone()], vec![shuffled, first.clone()]] {
            assert_eq!(hour.ingest(&again, memory), 0);
        }
        assert_eq!(hour.content(), (all, sizes));
        // A file that has grown; some records are there twice, in one source or in the other.
        let grown = texts((0..600).chain(100..300));
        let other = texts((0..50).chain(0..50).chain(0..50).chain(590..650));
        assert_eq!(hour.ingest(&[grown, other], memory), 200 + 200 + 100 + 50);
        let (all, _) = hour.content();
        let copies = |i: usize| match i {
            0..50 => 3,
            100..300 => 2,
            _ => 1,
        };
        let expected = (0..650).map(|i| (texts([i]).remove(0), copies(i))).collect();
        assert_eq!(all, expected);
    }
}
