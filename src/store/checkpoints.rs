//! The folded run log: documents of many runs in few objects, so that no command reads the document of every run.
//!
//! * A *part*, `checkpoints/<dataset>/parts/<digest>.jsonl.zst`, has the documents of some runs, one a line.
//! * A *head*, `checkpoints/<dataset>/heads/<number>.json`, names the parts that together are the log up to some point.
//!   Numbers count down, so that the newest head is the first of its folder, and one request finds it.
//!
//! Both are created, never overwritten, by a command that writes and finds enough runs since the newest head. If two do
//! it at once, the second one finds its number taken, and leaves it. Nothing else depends on them: they can be
//! removed, and are made again from the documents in `runs/`, which stay.
//!
//! A reader takes the newest head, its parts, and the documents of all other runs from the time on that the head names.
//! That is two days before the newest runs of the parts, since runs may take long, and documents may come late. The document
//! of an older run is folded as soon as it is written ([`show`]), so that no reader overlooks it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::layout::{self, DataType};
use super::runs::{self, ObjectUsed, Run};
use super::{Store, document, verify};
use crate::domain::dataset::Dataset;
use crate::domain::digest::Sha256;
use crate::domain::interval::DAY;
use crate::domain::measurement::Millis;
use crate::error::{Error, Result};
use crate::parallel::ordered_map;

/// The format of heads that this program writes.
const FORMAT: u32 = 1;

/// The number of the first head; later ones have smaller numbers.
const FIRST: u32 = 99_999_999;

/// How many documents of runs are read one by one before they are folded.
const FEW: usize = 4;

/// How many times as many runs as the next one a part has at least: so there are few parts, and a run is seldom written
/// again.
const GROWTH: usize = 4;

/// How long before the newest folded run others may have begun that are not folded.
const SLACK: Millis = 2 * DAY;

/// Whose time decides from when on others may have begun: that of the newest run but so many, so that a few runs of a
/// computer whose clock is ahead do not hide those of others.
const AHEAD: usize = 32;

/// zstd's level for parts.
const LEVEL: i32 = 3;

/// What a head says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: u32,
    number: u32,
    /// Runs with older ids are all in the parts.
    #[serde(with = "document::moment")]
    since: Millis,
    parts: Vec<Part>,
    /// The digest of the head with an empty text here.
    sha256: String,
}

/// A part, as a head names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    object: ObjectUsed,
    /// How many runs it has.
    runs: usize,
}

/// The run log of a dataset, and what it takes to fold it further.
#[derive(Debug)]
pub struct Log {
    /// All completed runs, in the order in which they began.
    pub runs: Vec<Run>,
    dataset: Dataset,
    head: Option<Head>,
    /// The ids of the runs in each part.
    parts: Vec<BTreeSet<String>>,
}

impl Log {
    /// Reads the log.
    ///
    /// # Errors
    /// When an object can't be read, or is not what was written.
    pub fn read(store: &Store, dataset: &Dataset) -> Result<Self> {
        let head = newest(store, dataset)?;
        let named: &[Part] = head.as_ref().map_or(&[], |head| &head.parts);
        let mut folded: Vec<Vec<Run>> = Vec::new();
        let threads = store.reading_threads(1).min(named.len().max(1));
        ordered_map(
            threads,
            named.iter(),
            |part| unfold(store, dataset, &part.object),
            |runs: Result<_>| {
                folded.push(runs?);
                Ok::<(), Error>(())
            },
        )?;
        let parts: Vec<BTreeSet<String>> =
            folded.iter().map(|runs| runs.iter().map(|run| run.id.clone()).collect()).collect();
        let mut log = Self { runs: folded.into_iter().flatten().collect(), dataset: dataset.clone(), head, parts };
        let newer = log.newer(store)?;
        log.runs.extend(newer);
        log.runs.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
        Ok(log)
    }

    /// The runs that have been completed since; only their documents are read.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn newer(&self, store: &Store) -> Result<Vec<Run>> {
        let known: BTreeSet<&str> = self.runs.iter().map(|run| run.id.as_str()).collect();
        let folder = DataType::Runs.folder(&self.dataset);
        let after = self.head.as_ref().map(|head| format!("{folder}date={}", layout::date_text(head.since)));
        runs::read_documents(store, &self.dataset, after.as_deref(), &known)
    }

    /// Folds what is worth it. Another command may do the same at the same time.
    ///
    /// # Errors
    /// When the store can't be written.
    pub fn fold(&self, store: &Store) -> Result<()> {
        self.fold_from(store, FEW)
    }

    /// Folds, if there are at least so many runs to fold.
    fn fold_from(&self, store: &Store, least: usize) -> Result<()> {
        let is_folded = |run: &&Run| self.parts.iter().any(|part| part.contains(&run.id));
        let new: BTreeSet<String> = self.runs.iter().filter(|run| !is_folded(run)).map(|run| run.id.clone()).collect();
        let number = self.head.as_ref().map_or(FIRST, |head| head.number.saturating_sub(1));
        if new.len() < least || number == 0 {
            return Ok(());
        }
        let mut parts = self.head.as_ref().map(|head| head.parts.clone()).unwrap_or_default();
        let mut ids = self.parts.clone();
        let mut last = new;
        while let Some(before) = ids.pop_if(|before| before.len() < GROWTH * last.len()) {
            parts.pop();
            last.extend(before);
        }
        let runs: Vec<&Run> = self.runs.iter().filter(|run| last.contains(&run.id)).collect();
        let bytes = folded(&runs)?;
        let key = layout::checkpoint_part_key(&self.dataset, &Sha256::of(&bytes).to_string());
        let object = ObjectUsed::written(key.as_str(), &store.put(&key, &bytes)?);
        parts.push(Part { object, runs: runs.len() });
        let mut times: Vec<Millis> = self.runs.iter().map(|run| run.started).collect();
        times.sort_unstable();
        let newest = times.iter().rev().nth(AHEAD).or(times.first()).copied().unwrap_or_default();
        let since = self.head.as_ref().map_or(Millis::MIN, |head| head.since).max(newest - SLACK);
        let head = Head { format: FORMAT, number, since, parts, sha256: String::new() }.sealed()?;
        let _other_is_as_good =
            store.objects().put_new(&layout::checkpoint_head_key(&self.dataset, number), &document::to_line(&head)?)?;
        Ok(())
    }
}

impl Head {
    fn sealed(mut self) -> Result<Self> {
        self.sha256 = self.digest()?;
        Ok(self)
    }

    fn digest(&self) -> Result<String> {
        let open = Self { sha256: String::new(), ..self.clone() };
        Ok(Sha256::of(&document::to_line(&open)?).to_string())
    }
}

/// Sees to it that readers find a run whose document has just been written. If its id is so old that they do not look for
/// it (it began long ago, the clock went back, or its document comes days late), it is folded at once.
///
/// # Errors
/// When the log can't be read or written.
pub fn show(store: &Store, run: &Run) -> Result<()> {
    let is_looked_for = |head: &Head| run.started >= head.since;
    if newest(store, &run.dataset)?.is_none_or(|head| is_looked_for(&head)) {
        return Ok(());
    }
    loop {
        let mut log = Log::read(store, &run.dataset)?;
        if log.runs.iter().any(|other| other.id == run.id) {
            return Ok(());
        }
        log.runs.push(run.clone());
        log.fold_from(store, 1)?;
    }
}

fn newest(store: &Store, dataset: &Dataset) -> Result<Option<Head>> {
    let Some(object) = store.objects().first(&layout::checkpoint_heads_folder(dataset))? else { return Ok(None) };
    let key = &object.key;
    let bytes = store.read(key)?;
    let understood = || {
        let head: Head = document::parse(key, &bytes)?;
        if head.format != FORMAT {
            return Err(Error::failed(format!("{key} says format {}; this trebuchet-ad reads {FORMAT}", head.format)));
        }
        if layout::checkpoint_head_key(dataset, head.number) != *key || head.digest()? != head.sha256 {
            return Err(Error::failed(format!("{key} is not what was written")));
        }
        Ok(Some(head))
    };
    understood().map_err(|error| again(error, dataset))
}

/// The error with the way out that there always is.
fn again(error: Error, dataset: &Dataset) -> Error {
    error.hint(format!(
        "checkpoints can always be made again: remove {} and run the command again",
        layout::checkpoints_folder(dataset)
    ))
}

fn folded(runs: &[&Run]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for run in runs {
        lines.extend(document::to_line(run)?);
    }
    zstd::bulk::compress(&lines, LEVEL).map_err(|cause| Error::failed(format!("can't compress runs: {cause}")))
}

/// The runs of a part. Only what is wrong with it can be mended by making it again, not that it can't be reached.
fn unfold(store: &Store, dataset: &Dataset, object: &ObjectUsed) -> Result<Vec<Run>> {
    let key = &object.name;
    let Some((bytes, found)) = store.objects().get_known(key, &object.sha256)? else {
        return Err(again(store.missing(key), dataset));
    };
    let runs = || -> Result<Vec<Run>> {
        verify(key, &found, &object.sha256)?;
        let lines = zstd::stream::decode_all(&bytes[..])
            .map_err(|cause| Error::failed(format!("{key} is damaged: {cause}")))?;
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| document::parse(key, line)).collect()
    };
    runs().map_err(|error| again(error, dataset))
}

#[cfg(test)]
mod tests {
    use super::super::layout::Layout;
    use super::super::runs::SettingsUsed;
    use super::*;
    use crate::clock::Clock;
    use crate::error::Error;

    /// 2026-01-31T12:00:00Z.
    const NOW: Millis = 1_769_860_800_000;
    const HOUR: Millis = DAY / 24;

    struct Place {
        folder: tempfile::TempDir,
        store: Store,
        dataset: Dataset,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::init(&folder.path().display().to_string(), Layout::Compact).unwrap();
            Self { folder, store, dataset: "acme/shop/1".parse().unwrap() }
        }

        fn begin(&self, at: Millis) -> Run {
            let settings = SettingsUsed { number: 1, sha256: Sha256::of(b"s") };
            let mut run = Run::begin(Clock::frozen(at), "ingest", vec![at.to_string()], &self.dataset, settings);
            run.outputs = vec![ObjectUsed { name: format!("raw/{at}"), sha256: Sha256::of(b"x"), bytes: 1 }];
            run
        }

        fn complete(&self, at: Millis) -> Run {
            let mut run = self.begin(at);
            run.complete(&self.store, Clock::frozen(at + 5)).unwrap();
            run
        }

        fn log(&self) -> Log {
            Log::read(&self.store, &self.dataset).unwrap()
        }

        fn heads(&self) -> Vec<String> {
            let listed = self.store.objects().list(&layout::checkpoint_heads_folder(&self.dataset)).unwrap();
            listed.into_iter().map(|object| object.key).collect()
        }
    }

    #[test]
    fn the_log_is_the_same_folded_or_not_and_stays_cheap_to_read() {
        let place = Place::new();
        let mut runs = Vec::new();
        for step in 0..300 {
            runs.push(place.complete(NOW + step * HOUR));
            let log = place.log();
            assert_eq!(log.runs, runs);
            let folded: usize = log.parts.iter().map(BTreeSet::len).sum();
            assert!(runs.len() - folded <= FEW && log.parts.len() <= 4, "{step}: {folded} {}", log.parts.len());
            log.fold(&place.store).unwrap();
        }
        assert_eq!(place.heads().len(), 300 / FEW);
        // those that are folded are read from the parts, and need not be there
        let first = runs[0].key(&place.store);
        assert!(place.store.objects().delete(&first).unwrap());
        assert_eq!(place.log().runs, runs);
    }

    #[test]
    fn runs_that_began_long_ago_or_by_another_clock_are_seen() {
        let place = Place::new();
        let mut slow = place.begin(NOW - 40 * DAY);
        let late = place.begin(NOW + HOUR / 2);
        for step in 0..40 {
            place.complete(NOW + step * HOUR);
            place.log().fold(&place.store).unwrap();
        }
        let head = place.log().head.unwrap();
        assert!(head.since > NOW - 3 * DAY && late.started < NOW + HOUR);
        slow.complete(&place.store, Clock::frozen(NOW + 41 * HOUR)).unwrap();
        let mut late = late;
        late.complete(&place.store, Clock::frozen(NOW + 41 * HOUR)).unwrap();
        let back = place.complete(NOW - 400 * DAY);
        let log = place.log();
        for run in [&slow, &late, &back] {
            assert!(log.runs.contains(run), "{}", run.id);
        }
        assert_eq!(log.runs.len(), 43);
        assert_eq!(slow.started, NOW - 40 * DAY, "when it began stays true");
        // and they are folded too
        for step in 0..20 {
            place.complete(NOW + (50 + step) * HOUR);
            place.log().fold(&place.store).unwrap();
        }
        assert_eq!(place.log().runs.len(), 63);
    }

    #[test]
    fn a_clock_that_is_ahead_hides_nobody() {
        let place = Place::new();
        for step in 0..100 {
            place.complete(NOW + step * HOUR);
        }
        place.complete(NOW + 3000 * DAY);
        // it has its id before the others are folded, and its document comes after
        let slow = place.begin(NOW + 100 * HOUR);
        place.log().fold(&place.store).unwrap();
        slow.record(&place.store).unwrap();
        assert!(place.log().runs.contains(&slow));
        assert_eq!(place.log().runs.len(), 102);
    }

    #[test]
    fn what_can_not_be_reached_is_not_to_be_removed() {
        let place = Place::new();
        (0..9).for_each(|step| drop(place.complete(NOW + step * HOUR)));
        place.log().fold(&place.store).unwrap();
        let part = place.log().head.unwrap().parts[0].object.name.clone();
        let path = place.folder.path().join(&part);
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&path, &path).unwrap(); // reading a link to itself fails
        let error = Log::read(&place.store, &place.dataset).unwrap_err();
        assert!(error.hints().iter().all(|hint| !hint.contains("remove checkpoints/")), "{error} {:?}", error.hints());
    }

    #[test]
    fn of_two_that_fold_at_once_one_wins() {
        let place = Place::new();
        (0..9).for_each(|step| drop(place.complete(NOW + step * HOUR)));
        let early = place.log();
        place.complete(NOW + 20 * HOUR);
        place.log().fold(&place.store).unwrap();
        early.fold(&place.store).unwrap();
        assert_eq!((place.heads().len(), place.log().runs.len()), (1, 10));
    }

    #[test]
    fn what_was_tampered_with_is_named_with_the_way_out() {
        let failure = |change: fn(&Place, &Head)| {
            let place = Place::new();
            (0..9).for_each(|step| drop(place.complete(NOW + step * HOUR)));
            place.log().fold(&place.store).unwrap();
            change(&place, &place.log().head.unwrap());
            let error = Log::read(&place.store, &place.dataset).unwrap_err();
            assert!(error.hints().iter().any(|hint| hint.contains("remove checkpoints/")), "{error}");
            for object in place.store.objects().list(&layout::checkpoints_folder(&place.dataset)).unwrap() {
                place.store.objects().delete(&object.key).unwrap();
            }
            assert_eq!(place.log().runs.len(), 9);
            error
        };
        fn put(place: &Place, key: &str, bytes: &[u8]) {
            place.store.objects().delete(key).unwrap();
            place.store.put(key, bytes).unwrap();
        }
        let words = |error: Error| error.to_string();
        assert!(
            words(failure(|place, head| put(place, &head.parts[0].object.name, b"x")))
                .contains("is not what was written")
        );
        assert!(
            words(failure(|place, head| put(
                place,
                &place.heads()[0],
                &document::to_line(&Head { since: 0, ..head.clone() }).unwrap()
            )))
            .contains("is not what was written")
        );
        assert!(words(failure(|place, _| put(place, &place.heads()[0], b"{}"))).contains("can't be understood"));
        assert!(
            words(failure(|place, head| drop(place.store.objects().delete(&head.parts[0].object.name))))
                .contains("is missing")
        );
    }
}
