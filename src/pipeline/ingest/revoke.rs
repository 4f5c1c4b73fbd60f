//! Takes runs out of sight of every reader.
//!
//! First what only the revoked runs name is copied to `superseded/<run>/`; then the document of the revoking run is
//! written, by which everyone who goes by the run log stops seeing the objects; last the objects are removed from their
//! places, for those who read by path, and a note says that this is done. A run that is stopped before the document has
//! changed nothing; of one that is stopped later the next command that writes does the rest.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::interrupt::Stop;
use crate::store::layout::superseded_key;
use crate::store::objects::NewObject;
use crate::store::runs::{self, ObjectUsed, Run, visible};
use crate::store::turns::{Entry, Turn};
use crate::store::{Store, document};

/// How many objects are copied at a time.
const TOGETHER: usize = 64;

/// The command that revoking runs record.
pub const COMMAND: &str = "ingest revoke";

/// Under which name a revoking run records what it moves.
const MOVED: &str = "moved";

/// What it means to revoke runs.
#[derive(Debug, Default)]
pub struct Revocation {
    /// The runs, by their whole ids.
    pub runs: Vec<String>,
    /// The objects that go, each with the run by which it is kept.
    pub moved: Vec<(String, ObjectUsed)>,
    /// The objects that stay, since other runs found their records there.
    pub kept: Vec<String>,
    /// Those other runs.
    pub needed_by: BTreeSet<String>,
}

/// What it would mean to revoke the runs whose ids begin like this.
///
/// # Errors
/// When there is no such run, several, one that is no ingest, or one that is revoked already.
pub fn plan(runs: &[Run], ids: &[String]) -> Result<Revocation> {
    let mut plan = Revocation::default();
    let revoked: BTreeSet<&String> = runs.iter().flat_map(|run| &run.revokes).collect();
    for id in ids {
        let found: Vec<&Run> = runs.iter().filter(|run| run.id == *id || run.id.starts_with(id.as_str())).collect();
        let run = match found[..] {
            [run] => run,
            [] => return Err(Error::usage(format!("there is no run '{}'", id.escape_debug())).hint(ingests(runs))),
            _ => {
                return Err(Error::usage(format!("there are {} runs whose ids begin with {id}", found.len()))
                    .hint("give more of the id"));
            }
        };
        if run.command != "ingest" {
            return Err(Error::usage(format!("run {} is no ingest but {}", run.id, run.command)).hint(ingests(runs)));
        }
        if revoked.contains(&run.id) {
            return Err(already(&run.id));
        }
        if !plan.runs.contains(&run.id) {
            plan.runs.push(run.id.clone());
        }
    }
    let goes = |run: &&Run| plan.runs.contains(&run.id);
    let stays = |run: &&Run| !goes(run) && !revoked.contains(&run.id);
    let mut needed: BTreeMap<&str, &str> = BTreeMap::new();
    for run in runs.iter().filter(stays) {
        needed.extend(run.outputs.iter().map(|object| (object.name.as_str(), run.id.as_str())));
    }
    let mut seen = BTreeSet::new();
    for run in runs.iter().filter(goes) {
        for object in run.outputs.iter().filter(|object| seen.insert(object.name.clone())) {
            match needed.get(object.name.as_str()) {
                Some(by) => {
                    plan.kept.push(object.name.clone());
                    plan.needed_by.insert((*by).to_owned());
                }
                None => plan.moved.push((run.id.clone(), object.clone())),
            }
        }
    }
    Ok(plan)
}

/// The ingests that can be revoked, for a hint.
fn ingests(runs: &[Run]) -> String {
    let revoked: BTreeSet<&String> = runs.iter().flat_map(|run| &run.revokes).collect();
    let can_be = runs.iter().rev().filter(|run| run.command == "ingest" && !revoked.contains(&run.id));
    let ids: Vec<&str> = can_be.take(5).map(|run| run.id.as_str()).collect();
    if ids.is_empty() { "there is no ingest to revoke".to_owned() } else { format!("the last are: {}", ids.join(", ")) }
}

/// Revokes: `run` is the run that does it, which has begun.
///
/// # Errors
/// When the store can't be read or written, or an object is not what was written.
pub fn carry_out(store: &Store, mut run: Run, plan: &Revocation, clock: Clock, stop: &Stop) -> Result<Run> {
    for objects in plan.moved.chunks(TOGETHER) {
        stop.check()?;
        let copied = copy(store, objects);
        run.outputs.extend(copied.or_else(|error| Err(revoked_by_another(store, &run, plan)?.unwrap_or(error)))?);
    }
    let moved: Vec<&String> = plan.moved.iter().map(|(_, object)| &object.name).collect();
    run.facts.insert(MOVED.to_owned(), serde_json::json!(moved));
    run.counts.insert("objects moved".to_owned(), plan.moved.len() as u64);
    run.counts.insert("objects kept".to_owned(), plan.kept.len() as u64);
    run.inputs.extend(plan.moved.iter().map(|(_, object)| object.clone()));
    run.revokes.clone_from(&plan.runs);
    run.complete(store, clock)?;
    finish(store, &run)?;
    Ok(run)
}

/// Copies objects to where the revoked runs keep them.
fn copy(store: &Store, objects: &[(String, ObjectUsed)]) -> Result<Vec<ObjectUsed>> {
    let copies = objects.iter().map(|(of, object)| {
        let bytes = store.read_verified(&object.name, &object.sha256)?;
        Ok(NewObject::new(superseded_key(of, &object.name), bytes))
    });
    let copies = copies.collect::<Result<Vec<_>>>()?;
    let written = store.put_all(&copies)?;
    let pairs = copies.into_iter().zip(&written).zip(objects);
    pairs
        .map(|((copy, written), (_, object))| {
            if written.sha256 == object.sha256 {
                return Ok(ObjectUsed::written(copy.key, written));
            }
            Err(Error::failed(format!("{} is something else than {}", copy.key, object.name))
                .hint("it was put there by hand; move it away"))
        })
        .collect()
}

/// The error if another run has revoked one of these runs in the meantime, and so has taken its objects away.
fn revoked_by_another(store: &Store, run: &Run, plan: &Revocation) -> Result<Option<Error>> {
    let runs = runs::list(store, &run.dataset)?;
    let by = |id: &&String| runs.iter().any(|other| other.revokes.contains(*id));
    Ok(plan.runs.iter().find(by).map(|id| already(id)))
}

fn already(id: &str) -> Error {
    Error::usage(format!("run {id} is revoked already")).hint("nothing needs to be done")
}

/// Completes what revoking runs that were stopped have left to do.
///
/// # Errors
/// When the store can't be read or written.
pub fn complete(store: &Store, runs: &[Run]) -> Result<()> {
    for run in runs.iter().filter(|run| !run.revokes.is_empty()) {
        if store.objects().get(&done_key(run))?.is_none() {
            finish(store, run)?;
        }
    }
    Ok(())
}

/// Removes what only revoked runs name, after it is settled which runs that is.
fn finish(store: &Store, run: &Run) -> Result<()> {
    settle(store, run)?;
    let runs = runs::list(store, &run.dataset)?;
    let seen: BTreeSet<&str> = visible(&runs).into_keys().collect();
    let moved = run.facts.get(MOVED).and_then(serde_json::Value::as_array);
    let copied: BTreeSet<&str> = moved.into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
    // Two runs that share an object may be revoked at once: each stays for the other's sake, and none is seen then.
    for of in runs.iter().filter(|other| run.revokes.contains(&other.id)) {
        let shared = of.outputs.iter().filter(|object| !seen.contains(object.name.as_str()));
        for object in shared.filter(|object| !copied.contains(object.name.as_str())) {
            if let Some(bytes) = store.objects().get(&object.name)? {
                store.put(&superseded_key(&of.id, &object.name), &bytes)?;
                store.objects().delete(&object.name)?;
            }
        }
    }
    for key in copied.into_iter().filter(|key| !seen.contains(key)) {
        store.objects().delete(key)?;
    }
    store.put(&done_key(run), &document::to_line(&serde_json::json!({ "done": run.id }))?)?;
    Ok(())
}

/// Ends the turns of ingests that rely on what this run revokes. One that was done already counts: its document is
/// written to the log if it is not there yet.
fn settle(store: &Store, run: &Run) -> Result<()> {
    let runs = runs::list(store, &run.dataset)?;
    let gone: BTreeSet<&str> = runs
        .iter()
        .filter(|other| run.revokes.contains(&other.id))
        .flat_map(|other| &other.outputs)
        .map(|object| object.name.as_str())
        .collect();
    let completed = runs.iter().map(|other| other.id.as_str()).collect();
    for turn in Turn::others_to_complete(store, &run.dataset, &completed)? {
        let ended = match turn.last(store)? {
            Some((number, Entry::Relies(keys))) if keys.iter().any(|key| gone.contains(key.as_str())) => {
                turn.take(store, number + 1, &Entry::Revoked(run.id.clone()))?
            }
            last => last.map(|(_, entry)| entry),
        };
        if let Some(Entry::Done(done)) = ended {
            done.record(store)?;
        }
    }
    Ok(())
}

/// Says that a run relies on these objects, which other runs may have written too, and may be revoked. `None` where it
/// relies on nothing.
///
/// # Errors
/// When the store can't be read or written.
pub fn rely(store: &Store, run: &mut Run, mut keys: Vec<String>) -> Result<Option<Turn>> {
    if keys.is_empty() {
        return Ok(None);
    }
    keys.sort_unstable();
    keys.dedup();
    let relies = Entry::Relies(keys);
    loop {
        // where the clock stands still, the same command again has the same id
        let turn = Turn::to_complete(run);
        let is_new =
            store.objects().get(&run.key(store))?.is_none() && turn.last(store)?.is_none_or(|(number, _)| number == 1);
        if is_new && turn.take(store, 1, &relies)?.is_none() {
            return Ok(Some(turn));
        }
        run.take_next_id();
    }
}

/// Completes an ingest, unless what it relies on was revoked after it had said so.
///
/// # Errors
/// When it was; or the store can't be written.
pub fn complete_relying(store: &Store, run: &mut Run, clock: Clock, turn: Option<Turn>) -> Result<()> {
    let Some(turn) = turn else { return run.complete(store, clock) };
    run.finish(clock);
    match turn.take(store, 2, &Entry::Done(Box::new(run.clone())))? {
        None => run.record(store),
        Some(Entry::Revoked(by)) => Err(revoked_meanwhile(&format!("what this run needs (by run {by})"))),
        Some(_) => Err(Error::failed(format!("run {} is there already", run.id)).hint("run the command again")),
    }
}

/// The error of an ingest that relied on what was revoked before it was complete.
#[must_use]
pub fn revoked_meanwhile(what: &str) -> Error {
    Error::failed(format!("{what} was revoked while records of it were ingested")).hint("run the command again")
}

/// The note that everything is removed.
fn done_key(run: &Run) -> String {
    superseded_key(&run.id, "done.json")
}
