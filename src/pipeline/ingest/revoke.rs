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
            return Err(Error::usage(format!("run {} is revoked already", run.id)).hint("nothing needs to be done"));
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
        let copies = objects.iter().map(|(of, object)| {
            let bytes = store.read_verified(&object.name, &object.sha256)?;
            Ok(NewObject::new(superseded_key(of, &object.name), bytes))
        });
        let copies = copies.collect::<Result<Vec<_>>>()?;
        for (written, (copy, (_, object))) in store.put_all(&copies)?.iter().zip(copies.iter().zip(objects)) {
            if written.sha256 != object.sha256 {
                return Err(Error::failed(format!("{} is something else than {}", copy.key, object.name))
                    .hint("it was put there by hand; move it away"));
            }
            run.outputs.push(ObjectUsed::written(copy.key.as_str(), written));
        }
    }
    let moved: Vec<&String> = plan.moved.iter().map(|(_, object)| &object.name).collect();
    run.facts.insert(MOVED.to_owned(), serde_json::json!(moved));
    run.counts.insert("objects moved".to_owned(), plan.moved.len() as u64);
    run.counts.insert("objects kept".to_owned(), plan.kept.len() as u64);
    run.inputs.extend(plan.moved.iter().map(|(_, object)| object.clone()));
    run.revokes.clone_from(&plan.runs);
    run.complete(store, clock)?;
    // an ingest that was completed meanwhile may rely on some of them
    let runs = runs::list(store, &run.dataset)?;
    remove(store, &run, &visible(&runs).into_keys().collect())?;
    Ok(run)
}

/// Completes what revoking runs that were stopped have left to do.
///
/// # Errors
/// When the store can't be read or written.
pub fn complete(store: &Store, runs: &[Run]) -> Result<()> {
    let pending = runs.iter().filter(|run| !run.revokes.is_empty());
    let mut seen: Option<BTreeSet<&str>> = None;
    for run in pending {
        if store.objects().get(&done_key(run))?.is_none() {
            let seen = seen.get_or_insert_with(|| visible(runs).into_keys().collect());
            remove(store, run, seen)?;
        }
    }
    Ok(())
}

/// Removes what a revoking run has copied, but what is seen again.
fn remove(store: &Store, run: &Run, seen: &BTreeSet<&str>) -> Result<()> {
    let moved = run.facts.get(MOVED).and_then(serde_json::Value::as_array);
    for key in moved.into_iter().flatten().filter_map(serde_json::Value::as_str) {
        if !seen.contains(key) {
            store.objects().delete(key)?;
        }
    }
    store.put(&done_key(run), &document::to_line(&serde_json::json!({ "done": run.id }))?)?;
    Ok(())
}

/// The note that everything is removed.
fn done_key(run: &Run) -> String {
    superseded_key(&run.id, "done.json")
}
