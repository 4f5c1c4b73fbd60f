//! Turns: what a run is about to do, and how that ended, settled before anyone can see half of it.
//!
//! A turn is a folder of numbered documents below `turns/`. The first says what is about to be done. The next one
//! says how it ended: the run is done, or another run came instead. A document is created only if there is none of its
//! number, so of two runs that want to write the next one, one learns that it was too late. That does not depend on how
//! soon the document of a run appears in `runs/`: a turn that is done holds this document, and whoever finds it there
//! writes it to `runs/` too.
//!
//! * Before `detect` writes, it takes the turn of the hour to which detection has come. What it is about to do is all
//!   that decides its rows, so another run can do exactly the same.
//! * Before `ingest` completes a run that relies on objects of other runs, it says so. `ingest revoke` ends the turns that
//!   rely on what it takes away.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::layout::{self, LAST_NUMBER};
use super::objects::Put;
use super::runs::{ObjectUsed, Run, SettingsUsed};
use super::{Store, document};
use crate::domain::dataset::Dataset;
use crate::domain::hour::Hour;
use crate::error::{Error, Result};

/// The folder of the turns of one thing that only one run can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    dataset: Dataset,
    of: String,
}

/// What a document of a turn says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A run detects this stretch.
    Detects(Stretch),
    /// A run is about to complete, and needs these objects, which other runs wrote too.
    Relies(Vec<String>),
    /// This run has done it. It counts from now on, also where its document is not in `runs/` yet.
    Done(Box<Run>),
    /// It will never be done: this run took away what it relied on.
    Revoked(String),
}

/// All that decides the rows of a stretch of detection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// The first hour.
    #[serde(with = "document::hour")]
    pub from: Hour,
    /// The hour after the last one.
    #[serde(with = "document::hour")]
    pub to: Hour,
    /// The model that judges.
    pub model_version: u32,
    /// Whether that model is adopted in place of another.
    pub adopted: bool,
    /// The settings.
    pub settings: SettingsUsed,
    /// The objects with the measurements.
    pub inputs: Vec<ObjectUsed>,
}

impl Turn {
    /// The turn to detect from an hour on; from the first one on where nothing has been detected yet.
    #[must_use]
    pub fn to_detect(dataset: &Dataset, frontier: Option<Hour>) -> Self {
        let of = frontier.map_or_else(|| "first".to_owned(), |hour| format!("{:07}", hour.number()));
        Self { dataset: dataset.clone(), of: format!("detect/{of}") }
    }

    /// The turn of a run of `ingest` to complete.
    #[must_use]
    pub fn to_complete(run: &Run) -> Self {
        Self { dataset: run.dataset.clone(), of: format!("ingest/{}", run.id) }
    }

    /// The turns of runs of `ingest` but those of these ids.
    ///
    /// # Errors
    /// When they can't be listed.
    pub fn others_to_complete(store: &Store, dataset: &Dataset, completed: &HashSet<&str>) -> Result<Vec<Self>> {
        let folder = format!("{}ingest/", layout::turns_folder(dataset));
        let listed = store.objects().list(&folder)?;
        let ids = listed.iter().filter_map(|object| Some(object.key.strip_prefix(&folder)?.split_once('/')?.0));
        let others: BTreeSet<&str> = ids.filter(|id| !completed.contains(id)).collect();
        Ok(others.into_iter().map(|id| Self { dataset: dataset.clone(), of: format!("ingest/{id}") }).collect())
    }

    fn folder(&self) -> String {
        format!("{}{}/", layout::turns_folder(&self.dataset), self.of)
    }

    fn key(&self, number: u32) -> String {
        format!("{}{number:06}.json", self.folder())
    }

    /// What its last document says, and the number of it; `None` where nobody has taken it.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn last(&self, store: &Store) -> Result<Option<(u32, Entry)>> {
        let number = store.objects().list(&self.folder())?.len() as u32;
        if number == 0 {
            return Ok(None);
        }
        let key = self.key(number);
        Ok(Some((number, document::parse(&key, &store.read(&key)?)?)))
    }

    /// Writes the document of this number; says what is there instead if another one was there first.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub fn take(&self, store: &Store, number: u32, entry: &Entry) -> Result<Option<Entry>> {
        if number > LAST_NUMBER {
            return Err(Error::failed(format!("{} is full", self.folder())));
        }
        let key = self.key(number);
        match store.objects().put_new(&key, &document::to_line(entry)?)? {
            Put::Created | Put::Same => Ok(None),
            Put::Different => Ok(Some(document::parse(&key, &store.read(&key)?)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::Layout;
    use super::*;

    #[test]
    fn the_first_to_say_how_it_ended_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::init(&folder.path().display().to_string(), Layout::Compact).unwrap();
        let dataset: Dataset = "acme/shop/1".parse().unwrap();
        let turn = Turn::to_detect(&dataset, Some(Hour::new(400_000)));
        assert_eq!(turn.last(&store).unwrap(), None);
        let relies = Entry::Relies(vec!["raw/x".to_owned()]);
        assert_eq!(turn.take(&store, 1, &relies).unwrap(), None);
        assert_eq!(turn.take(&store, 1, &relies).unwrap(), None, "the same is no other");
        let [one, two] = ["one", "two"].map(|by| Entry::Revoked(by.to_owned()));
        assert_eq!(turn.take(&store, 2, &one).unwrap(), None);
        assert_eq!(turn.take(&store, 2, &two).unwrap(), Some(one.clone()));
        assert_eq!(turn.last(&store).unwrap(), Some((2, one)));
        assert_eq!(Turn::to_detect(&dataset, None).last(&store).unwrap(), None);
    }
}
