//! The run log: what every execution of a writing command has read and written.
//!
//! The document of a run is written last. What no completed run names is of a run that was stopped, or still works: the
//! next one completes it, or nobody looks at it.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::checkpoints::{self, Log};
use super::layout::{self, Coordinates, DataType, Name, ObjectName};
use super::objects::Put;
use super::{Store, Written, document};
use crate::clock::Clock;
use crate::domain::dataset::Dataset;
use crate::domain::digest::Sha256;
use crate::domain::measurement::Millis;
use crate::error::{Error, Result};

/// The format of the documents that this program writes.
const FORMAT: u32 = 1;

/// How many runs of the same command may have been at the same time.
const AGAIN: usize = 1000;

/// A completed run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    format: u32,
    /// Its id, part of its key: the time of its start, and a digest.
    pub id: String,
    /// The command: `ingest`, `train`, `detect`.
    pub command: String,
    /// What was asked of it, as far as it decides what it does.
    pub arguments: Vec<String>,
    /// The dataset.
    #[serde(with = "document::text")]
    pub dataset: Dataset,
    /// The settings that it went by.
    pub settings: SettingsUsed,
    /// The version of this program.
    pub tool_version: String,
    /// When it began.
    #[serde(with = "document::moment")]
    pub started: Millis,
    /// When it had done everything but this document.
    #[serde(with = "document::moment")]
    pub finished: Millis,
    /// What it has read: files of others, or objects of the store.
    pub inputs: Vec<ObjectUsed>,
    /// The objects that are there because of it, whether it found them or made them.
    pub outputs: Vec<ObjectUsed>,
    /// How many of what, by name: records, bad, measurements.
    pub counts: BTreeMap<String, u64>,
    /// How long its steps took, in seconds.
    pub seconds: BTreeMap<String, f64>,
    /// What else later commands want to know: the version of a model, a frontier.
    #[serde(default)]
    pub facts: BTreeMap<String, serde_json::Value>,
    /// Runs whose objects are out of sight from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revokes: Vec<String>,
}

/// The settings that a run went by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsUsed {
    /// Their number.
    pub number: u32,
    /// Their digest.
    #[serde(with = "document::text")]
    pub sha256: Sha256,
}

/// A file or object that a run has read or written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectUsed {
    /// Its key in the store, or the name of a file.
    pub name: String,
    /// The digest of its bytes.
    #[serde(with = "document::text")]
    pub sha256: Sha256,
    /// How many they are.
    pub bytes: u64,
}

impl ObjectUsed {
    /// An object that has been written.
    #[must_use]
    pub fn written(key: impl Into<String>, written: &Written) -> Self {
        Self { name: key.into(), sha256: written.sha256, bytes: written.bytes }
    }
}

impl Run {
    /// A run that begins now. Its id is the same whenever everything is the same, the time included.
    #[must_use]
    pub fn begin(
        clock: Clock,
        command: &str,
        arguments: Vec<String>,
        dataset: &Dataset,
        settings: SettingsUsed,
    ) -> Self {
        let started = clock.now();
        let tool_version = env!("CARGO_PKG_VERSION").to_owned();
        let identity = (command, &arguments, dataset.to_string(), settings.sha256.to_string(), clock.salt());
        let digest = Sha256::of(format!("{identity:?}").as_bytes()).to_string();
        let time = chrono::DateTime::from_timestamp_millis(started).unwrap_or_default();
        Self {
            format: FORMAT,
            id: format!("{}Z-{}", time.format("%Y%m%dT%H%M%S%3f"), &digest[..12]),
            command: command.to_owned(),
            arguments,
            dataset: dataset.clone(),
            settings,
            tool_version,
            started,
            finished: started,
            inputs: Vec::new(),
            outputs: Vec::new(),
            counts: BTreeMap::new(),
            seconds: BTreeMap::new(),
            facts: BTreeMap::new(),
            revokes: Vec::new(),
        }
    }

    /// The key of its document.
    #[must_use]
    pub fn key(&self, store: &Store) -> String {
        let row = Coordinates { time: self.started, ..Coordinates::default() };
        let partition = store.layout().partition(DataType::Runs, &row);
        let name = Name::Run(self.id.clone());
        ObjectName { data_type: DataType::Runs, dataset: self.dataset.clone(), partition, name }.key()
    }

    /// Records what later commands want to know of it.
    ///
    /// # Errors
    /// When JSON has no object for them.
    pub fn tell(&mut self, facts: &impl Serialize) -> Result<()> {
        let value = serde_json::to_value(facts).map_err(|cause| Error::failed(format!("can't write JSON: {cause}")))?;
        let serde_json::Value::Object(fields) = value else {
            return Err(Error::failed(format!("what a run tells must have names, unlike {value}")));
        };
        self.facts.extend(fields);
        Ok(())
    }

    /// Puts inputs and outputs in order, and says when everything was done.
    pub fn finish(&mut self, clock: Clock) {
        self.finished = clock.now().max(self.started);
        for objects in [&mut self.inputs, &mut self.outputs] {
            objects.sort_unstable();
            objects.dedup();
        }
    }

    /// Writes the document of a run that has finished, as it stands in the turn that it has done.
    ///
    /// # Errors
    /// When the store can't be written, or has another document of this run.
    pub fn record(&self, store: &Store) -> Result<()> {
        let key = self.key(store);
        match store.objects().put_new(&key, &document::to_line(self)?)? {
            Put::Created | Put::Same => checkpoints::show(store, self),
            Put::Different => Err(Error::failed(format!("{key} is not what its run said that it would be"))
                .hint("it was changed by hand, or put there from another store; restore it from a copy")),
        }
    }

    /// Takes another id of the same time.
    pub fn take_next_id(&mut self) {
        let digest = Sha256::of(self.id.as_bytes()).to_string();
        let time = self.id.split('-').next().unwrap_or_default();
        self.id = format!("{time}-{}", &digest[..12]);
    }

    /// Completes the run: writes its document, with inputs and outputs in order. Nothing may be written after it.
    ///
    /// # Errors
    /// When the store can't be written.
    pub fn complete(&mut self, store: &Store, clock: Clock) -> Result<()> {
        self.finish(clock);
        // Where the clock stands still, the same command again has the same id, but it has found other things.
        for _ in 0..AGAIN {
            match store.objects().put_new(&self.key(store), &document::to_line(self)?)? {
                Put::Created | Put::Same => return checkpoints::show(store, self),
                Put::Different => self.take_next_id(),
            }
        }
        Err(Error::failed(format!("too many runs of the same time and kind are recorded beside {}", self.key(store)))
            .hint("run the command again"))
    }
}

/// All completed runs of a dataset, in the order in which they began.
///
/// # Errors
/// When they can't be read.
pub fn list(store: &Store, dataset: &Dataset) -> Result<Vec<Run>> {
    Ok(Log::read(store, dataset)?.runs)
}

/// The runs whose documents have keys that come after `after` (all where there is none), but those that are known, whose
/// documents are not read.
///
/// # Errors
/// When they can't be read, or one does not belong where it is.
pub(super) fn read_documents(
    store: &Store,
    dataset: &Dataset,
    after: Option<&str>,
    known: &BTreeSet<&str>,
) -> Result<Vec<Run>> {
    let is_new = |name: &ObjectName| !matches!(&name.name, Name::Run(id) if known.contains(id.as_str()));
    let listed = store.list_after(&DataType::Runs.folder(dataset), after)?.into_iter();
    let names: Vec<_> = listed.map(|object| object.name).filter(is_new).collect();
    let keys: Vec<String> = names.iter().map(ObjectName::key).collect();
    let runs: Vec<Run> = store.read_all(&keys, document::parse)?;
    for ((name, key), run) in names.iter().zip(&keys).zip(&runs) {
        if run.format != FORMAT {
            return Err(Error::failed(format!("{key} says format {}; this trebuchet-ad reads {FORMAT}", run.format))
                .hint("use the trebuchet-ad that wrote it, or a newer one"));
        }
        if !matches!(&name.name, Name::Run(id) if *id == run.id) || run.dataset != *dataset {
            return Err(Error::failed(format!("{key} is the document of run {} of {}", run.id, run.dataset))
                .hint("it was copied or renamed; move it back"));
        }
    }
    Ok(runs)
}

/// The runs of a command that no run has revoked, with what each has told, in the order in which they began.
///
/// # Errors
/// When the document of a run does not say what it must.
pub fn told<F: DeserializeOwned>(runs: &[Run], command: &str) -> Result<Vec<(F, Run)>> {
    let revoked = revoked(runs);
    let of = |run: &Run| {
        let facts = serde_json::Value::Object(run.facts.clone().into_iter().collect());
        let facts = serde_json::from_value(facts).map_err(|cause| {
            Error::failed(format!("the document of run {} can't be understood: {cause}", run.id))
                .hint("it was changed by hand, or a newer trebuchet-ad wrote it")
        })?;
        Ok((facts, run.clone()))
    };
    runs.iter().filter(|run| run.command == command && !revoked.contains(run.id.as_str())).map(of).collect()
}

/// The ids of the runs that others have revoked.
fn revoked(runs: &[Run]) -> BTreeSet<&str> {
    runs.iter().flat_map(|run| &run.revokes).map(String::as_str).collect()
}

/// The objects that completed runs wrote and no run has revoked, by key.
#[must_use]
pub fn visible(runs: &[Run]) -> BTreeMap<&str, &ObjectUsed> {
    seen(runs).map(|object| (object.name.as_str(), object)).collect()
}

/// Those of a data type.
#[must_use]
pub fn visible_in(runs: &[Run], data_type: DataType) -> BTreeMap<&str, &ObjectUsed> {
    let of_type = |object: &&ObjectUsed| object.name.split_once('/').is_some_and(|(name, _)| name == data_type.name());
    seen(runs).filter(of_type).map(|object| (object.name.as_str(), object)).collect()
}

fn seen(runs: &[Run]) -> impl Iterator<Item = &ObjectUsed> {
    let revoked = revoked(runs);
    runs.iter().filter(move |run| !revoked.contains(run.id.as_str())).flat_map(|run| &run.outputs)
}

/// The names of [`visible`] objects, in the order of their keys.
///
/// # Errors
/// Each is an error where a run names an object that this layout does not have.
pub fn named<'a>(
    store: &Store,
    visible: &BTreeMap<&'a str, &'a ObjectUsed>,
) -> impl Iterator<Item = Result<(ObjectName, &'a ObjectUsed)>> {
    visible.iter().map(|(key, object)| {
        let name = store.layout().parse(key).ok_or_else(|| {
            Error::failed(format!("a run has written {key}, which is no object of layout {}", store.layout().name()))
                .hint(format!("{} was changed by hand, or is of another store", layout::MARKER))
        })?;
        Ok((name, *object))
    })
}

/// The objects of a data type that completed runs wrote and no run has revoked, in the order of their keys.
///
/// # Errors
/// When a run names an object that this layout does not have.
pub fn visible_of(store: &Store, runs: &[Run], data_type: DataType) -> Result<Vec<(ObjectName, ObjectUsed)>> {
    named(store, &visible_in(runs, data_type)).map(|found| found.map(|(name, object)| (name, object.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::layout::Layout;
    use super::*;

    /// 2026-01-31T12:00:00Z.
    const NOW: Millis = 1_769_860_800_000;

    fn dataset() -> Dataset {
        "acme/shop/1".parse().unwrap()
    }

    fn begin(command: &str, at: Millis) -> Run {
        let settings = SettingsUsed { number: 1, sha256: Sha256::of(b"s") };
        Run::begin(Clock::frozen(at), command, vec!["a b.csv".to_owned()], &dataset(), settings)
    }

    fn used(name: &str) -> ObjectUsed {
        ObjectUsed { name: name.to_owned(), sha256: Sha256::of(name.as_bytes()), bytes: name.len() as u64 }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::init(&folder.path().display().to_string(), Layout::Compact).unwrap();
        (folder, store)
    }

    #[test]
    fn ids_say_when_and_are_the_same_when_all_is() {
        let run = begin("ingest", NOW + 7);
        assert!(run.id.starts_with("20260131T120000007Z-") && layout::is_run_id(&run.id), "{}", run.id);
        assert_eq!(run.id, begin("ingest", NOW + 7).id);
        assert_ne!(run.id, begin("train", NOW + 7).id);
        let real = || Run::begin(Clock::REAL, "ingest", Vec::new(), &dataset(), run.settings.clone()).id;
        assert_ne!(real(), real());
    }

    #[test]
    fn what_is_told_has_names() {
        let mut run = begin("ingest", NOW);
        run.tell(&serde_json::json!({"frontier": 5})).unwrap();
        assert_eq!(run.facts["frontier"], 5);
        assert!(run.tell(&7).unwrap_err().to_string().ends_with("unlike 7"));
        assert!(run.tell(&BTreeMap::from([(vec![1], 2)])).is_err());
        assert_eq!(run.facts.len(), 1);
    }

    #[test]
    fn a_run_reads_back_from_one_line() {
        let (_folder, store) = store();
        let mut run = begin("ingest", NOW);
        run.outputs = vec![used("raw/b"), used("raw/a"), used("raw/b")];
        run.counts.insert("records".to_owned(), 3);
        run.seconds.insert("read".to_owned(), 0.1);
        run.facts.insert("frontier".to_owned(), serde_json::json!({"hour": 5}));
        run.complete(&store, Clock::frozen(NOW + 1500)).unwrap();
        run.complete(&store, Clock::frozen(NOW + 1500)).unwrap(); // as after a crash
        let key = run.key(&store);
        assert!(key.contains("/date=2026-01-31/20260131T120000000Z-"), "{key}");
        let text = String::from_utf8(store.read(&key).unwrap()).unwrap();
        assert_eq!(text.find('\n'), Some(text.len() - 1));
        assert!(text.contains(r#""started":"2026-01-31T12:00:00Z","finished":"2026-01-31T12:00:01.500Z""#), "{text}");
        let runs = list(&store, &dataset()).unwrap();
        assert_eq!(runs, [run.clone()]);
        assert_eq!(runs[0].outputs, [used("raw/a"), used("raw/b")]);
        run.counts.clear();
        let before = run.id.clone();
        run.complete(&store, Clock::frozen(NOW)).unwrap();
        assert!(run.id != before && run.id[..20] == before[..20]);
        assert_eq!(list(&store, &dataset()).unwrap().len(), 2);
    }

    #[test]
    fn what_is_seen_is_what_completed_runs_wrote() {
        let (_folder, store) = store();
        let partition = store.layout().partition(DataType::Raw, &Coordinates::default());
        let raw = |number| {
            let (name, partition) = (Name::Number(number), partition.clone());
            ObjectName { data_type: DataType::Raw, dataset: dataset(), partition, name }.key()
        };
        let mut first = begin("ingest", NOW + 5);
        first.outputs = vec![used(&raw(0)), used(&raw(1)), used("hourly/x")];
        let mut second = begin("ingest", NOW);
        second.outputs = vec![used(&raw(1)), used(&raw(2))];
        let runs = [second.clone(), first.clone()];
        assert_eq!((visible(&runs).len(), visible_in(&runs, DataType::Raw).len()), (4, 3));
        assert_eq!(visible_in(&runs, DataType::Hourly).into_keys().collect::<Vec<_>>(), ["hourly/x"]);
        let of = |runs: &[Run]| {
            let objects = visible_of(&store, runs, DataType::Raw).unwrap();
            objects.into_iter().map(|(name, _)| name.key()).collect::<Vec<_>>()
        };
        assert_eq!(of(&runs), [raw(0), raw(1), raw(2)]);
        let mut revocation = begin("ingest revoke", NOW + 9);
        revocation.revokes = vec![first.id.clone()];
        assert_eq!(of(&[second, first.clone(), revocation]), [raw(1), raw(2)]);
        first.outputs = vec![used("raw/zzz")];
        assert!(visible_of(&store, &[first], DataType::Raw).is_err());
    }

    #[test]
    fn documents_that_do_not_fit_are_refused() {
        let (_folder, store) = store();
        let run = begin("ingest", NOW);
        let line = String::from_utf8(document::to_line(&run).unwrap()).unwrap();
        let key = run.key(&store);
        let with = |key: &str, line: &str| {
            let _created = store.objects().put_new(key, line.as_bytes()).unwrap();
            let message = list(&store, &dataset()).unwrap_err().to_string();
            assert!(store.objects().delete(key).unwrap());
            message
        };
        let other = key.replace(&run.id, "20260131T120000000Z-000000000000");
        assert!(with(&other, &line).ends_with(&format!("is the document of run {} of acme/shop/1", run.id)));
        assert!(with(&key, &line.replace("\"format\":1", "\"format\":2")).contains("says format 2"));
        assert!(with(&key, "{}").contains("missing field"));
        let later = line.replace("\"format\":1", "\"format\":1,\"later\":[1]");
        let _created = store.objects().put_new(&key, later.as_bytes()).unwrap();
        assert_eq!(list(&store, &dataset()).unwrap(), [run]); // fields are only ever added
    }
}
