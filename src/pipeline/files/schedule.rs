//! Who does what next: a few threads that share the work on several units.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::series::SeriesRun;
use super::{FileReport, Next, Options, Unit, UnitOutcome, UnitReader, Unwanted, sort};
use crate::domain::parameters::Parameter;
use crate::error::{Error, Result};
use crate::interrupt::Stop;
use crate::source::{Chunk, Parsed};

/// How many measurements of a unit may wait for their detectors before no more are read.
const MOST_QUEUED: usize = 400_000;

/// How many measurements a series holds back for late ones, and how many where there are many series.
const WINDOW: usize = 1024;
const SMALL_WINDOW: usize = 64;
const MANY_SERIES: usize = 1000;

/// Detects in all units. `progress` is told, now and then, how much is done, from 0 to 1.
///
/// # Errors
/// When the work was stopped, or a temporary file can't be written. That a file can't be read is no error of the whole:
/// its [`FileReport`] says so.
pub fn run(
    units: &[Unit],
    options: &Options,
    stop: &Stop,
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Vec<UnitOutcome>> {
    let state = State {
        waiting: units.iter().enumerate().collect(),
        active: Vec::new(),
        outcomes: units.iter().map(|_| None).collect(),
        failed: None,
    };
    let shared = Shared { state: Mutex::new(state), wake: Condvar::new(), options, stop, progress };
    std::thread::scope(|scope| {
        for _ in 1..options.threads {
            scope.spawn(|| shared.work());
        }
        shared.work();
    });
    let state = shared.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    match state.failed {
        Some(error) => Err(error),
        None => Ok(state.outcomes.into_iter().flatten().collect()),
    }
}

struct Shared<'a> {
    state: Mutex<State<'a>>,
    wake: Condvar,
    options: &'a Options,
    stop: &'a Stop,
    progress: &'a (dyn Fn(f64) + Sync),
}

struct State<'a> {
    waiting: VecDeque<(usize, &'a Unit)>,
    active: Vec<Active<'a>>,
    outcomes: Vec<Option<UnitOutcome>>,
    failed: Option<Error>,
}

/// A unit that is being worked on.
struct Active<'a> {
    index: usize,
    unit: &'a Unit,
    label: Arc<str>,
    /// `None` while a thread reads, and after the end.
    reader: Option<UnitReader<'a>>,
    progress: f64,
    /// Pieces that were read, and how many of them have been routed to their series.
    read: u64,
    routed: u64,
    /// Parsed pieces, with the number of their file, that wait for earlier ones.
    parsed: BTreeMap<u64, (usize, Result<Parsed>)>,
    series: BTreeMap<Parameter, Slot>,
    /// The series that have something queued and nobody at work.
    ready: VecDeque<Parameter>,
    queued: usize,
    /// How many threads work for this unit.
    busy: usize,
    files: Vec<FileReport>,
    unwanted: Unwanted,
    too_late: bool,
}

/// A series, and what waits for it.
struct Slot {
    queue: Vec<Chunk>,
    /// `None` while a thread works on it.
    run: Option<Box<SeriesRun>>,
}

/// Something a thread can do without holding the lock.
enum Task<'a> {
    Read(usize, UnitReader<'a>),
    Detect(usize, Parameter, Box<SeriesRun>, Vec<Chunk>),
    Sort(usize, &'a Unit),
    Finish(Box<Active<'a>>),
}

impl<'a> Shared<'a> {
    /// Works until everything is done or something failed.
    fn work(&self) {
        let _guard = WakeOthersOnPanic(self);
        while let Some(task) = self.next_task() {
            let result = self.stop.check().and_then(|()| self.perform(task));
            if let Err(error) = result {
                self.lock().failed.get_or_insert(error);
            }
            self.wake.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do; `None` when there is nothing left.
    fn next_task(&self) -> Option<Task<'a>> {
        let mut state = self.lock();
        loop {
            if state.failed.is_some() {
                return None;
            }
            if let Some(task) = state.next_task(self.options) {
                return Some(task);
            }
            if state.active.is_empty() && state.waiting.is_empty() {
                return None;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn perform(&self, task: Task<'a>) -> Result<()> {
        match task {
            Task::Read(index, reader) => self.read(index, reader),
            Task::Detect(index, key, run, chunks) => self.detect(index, key, run, &chunks),
            Task::Sort(index, unit) => {
                let outcome = sort::run(index, unit, self.options, self.stop)?;
                self.lock().done(index, outcome);
                Ok(())
            }
            Task::Finish(active) => {
                let (index, outcome) = active.finish()?;
                self.lock().done(index, outcome);
                Ok(())
            }
        }
    }

    /// Reads a piece, hands the reader back so that others can read on, and parses the piece.
    fn read(&self, index: usize, mut reader: UnitReader<'a>) -> Result<()> {
        let next = reader.next();
        let mut state = self.lock();
        let active = state.unit(index);
        let job = match next {
            Next::End => None,
            Next::Notes(file, notes) => {
                active.files[file].notes.extend(notes);
                active.reader = Some(reader);
                None
            }
            Next::Failed(file, error) => {
                active.files[file].error.get_or_insert(error);
                active.reader = Some(reader);
                None
            }
            Next::Piece(file, job) => {
                active.progress = reader.progress();
                active.reader = Some(reader);
                active.read += 1;
                Some((active.read - 1, file, job))
            }
        };
        let Some((number, file, job)) = job else {
            active.busy -= 1;
            return Ok(());
        };
        (self.progress)(state.progress());
        drop(state);
        self.wake.notify_all();

        let parsed = job();

        let mut state = self.lock();
        let active = state.unit(index);
        active.busy -= 1;
        active.parsed.insert(number, (file, parsed));
        active.route(self.options);
        Ok(())
    }

    fn detect(&self, index: usize, key: Parameter, mut run: Box<SeriesRun>, chunks: &[Chunk]) -> Result<()> {
        let mut rows = 0;
        let mut pushed = Ok(());
        for chunk in chunks {
            rows += chunk.range.len();
            pushed = run.push(&chunk.times[chunk.range.clone()], &chunk.values[chunk.range.clone()])?;
            if pushed.is_err() {
                break;
            }
        }
        let mut state = self.lock();
        let active = state.unit(index);
        active.busy -= 1;
        active.queued = active.queued.saturating_sub(rows);
        active.too_late |= pushed.is_err();
        if let Some(slot) = active.series.get_mut(&key) {
            slot.run = Some(run);
            if !slot.queue.is_empty() {
                active.ready.push_back(key);
            }
        }
        Ok(())
    }
}

impl<'a> State<'a> {
    fn unit(&mut self, index: usize) -> &mut Active<'a> {
        let position = self.active.iter().position(|active| active.index == index);
        let position = position.unwrap_or_else(|| unreachable!("a unit stays active while someone works for it"));
        &mut self.active[position]
    }

    fn done(&mut self, index: usize, outcome: UnitOutcome) {
        self.active.retain(|active| active.index != index);
        self.outcomes[index] = Some(outcome);
    }

    /// How much is done, from 0 to 1.
    fn progress(&self) -> f64 {
        let done = self.outcomes.iter().flatten().count() as f64;
        let under_way: f64 = self.active.iter().map(|active| active.progress).sum();
        (done + under_way) / self.outcomes.len().max(1) as f64
    }

    fn next_task(&mut self, options: &'a Options) -> Option<Task<'a>> {
        let finished = self.active.iter().position(|active| active.is_finished());
        if let Some(position) = finished {
            let mut active = self.active.remove(position);
            if !active.too_late {
                return Some(Task::Finish(Box::new(active)));
            }
            // Begin again, sorted; the unit stays active so that nobody thinks that all is done.
            let (index, unit) = (active.index, active.unit);
            active.series.clear();
            active.busy = 1;
            self.active.push(active);
            return Some(Task::Sort(index, unit));
        }
        if let Some(task) = self.active.iter_mut().find_map(Active::next_detection) {
            return Some(task);
        }
        let threads = options.threads as u64;
        if let Some(task) = self.active.iter_mut().find_map(|active| active.next_read(threads)) {
            return Some(task);
        }
        if self.active.len() < options.threads {
            let (index, unit) = self.waiting.pop_front()?;
            let mut active = Active::new(index, unit, options);
            let task = active.next_read(threads);
            self.active.push(active);
            return task;
        }
        None
    }
}

impl<'a> Active<'a> {
    fn new(index: usize, unit: &'a Unit, options: &'a Options) -> Self {
        let report = |label: &String| FileReport { label: label.clone(), ..FileReport::default() };
        Self {
            index,
            unit,
            label: unit.label.as_str().into(),
            reader: Some(UnitReader::new(unit, &options.read)),
            progress: 0.0,
            read: 0,
            routed: 0,
            parsed: BTreeMap::new(),
            series: BTreeMap::new(),
            ready: VecDeque::new(),
            queued: 0,
            busy: 0,
            files: unit.inputs.iter().map(|input| report(&input.label)).collect(),
            unwanted: Unwanted::default(),
            too_late: false,
        }
    }

    /// Nobody works for the unit, and there is nothing left to do, or no use in doing it.
    fn is_finished(&self) -> bool {
        self.busy == 0 && (self.too_late || (self.reader.is_none() && self.ready.is_empty()))
    }

    fn next_detection(&mut self) -> Option<Task<'a>> {
        if self.too_late {
            return None;
        }
        let key = self.ready.pop_front()?;
        let slot = self.series.get_mut(&key)?;
        let run = slot.run.take()?;
        self.busy += 1;
        Some(Task::Detect(self.index, key, run, std::mem::take(&mut slot.queue)))
    }

    fn next_read(&mut self, threads: u64) -> Option<Task<'a>> {
        let room = self.read - self.routed <= threads && self.queued < MOST_QUEUED;
        if self.too_late || !room {
            return None;
        }
        let reader = self.reader.take()?;
        self.busy += 1;
        Some(Task::Read(self.index, reader))
    }

    /// Hands what has been parsed to the series, in the order of the file.
    fn route(&mut self, options: &Options) {
        while let Some((file, parsed)) = self.parsed.remove(&self.routed) {
            self.routed += 1;
            let parsed = match parsed {
                Ok(parsed) => parsed,
                Err(error) => {
                    self.files[file].error.get_or_insert(error);
                    continue;
                }
            };
            self.files[file].skipped.merge(parsed.skipped);
            for chunk in parsed.chunks {
                self.files[file].measurements += chunk.range.len() as u64;
                if !options.wants(&chunk.parameter) {
                    self.unwanted.note(&chunk.parameter);
                    continue;
                }
                let window = if self.series.len() < MANY_SERIES { WINDOW } else { SMALL_WINDOW };
                let key = Parameter { name: Arc::clone(&chunk.parameter), aggregation: chunk.aggregation };
                let (index, label) = (self.index, &self.label);
                let slot = self.series.entry(key.clone()).or_insert_with(|| {
                    let run = SeriesRun::new(&(index, key.clone()), label, window, options);
                    Slot { queue: Vec::new(), run: Some(Box::new(run)) }
                });
                self.queued += chunk.range.len();
                if slot.queue.is_empty() && slot.run.is_some() {
                    self.ready.push_back(key);
                }
                slot.queue.push(chunk);
            }
        }
    }

    fn finish(self) -> Result<(usize, UnitOutcome)> {
        let runs: Vec<_> = self.series.into_values().filter_map(|slot| slot.run).collect();
        let end = runs.iter().filter_map(|run| run.latest()).max();
        let label = self.unit.label.clone();
        let mut outcome = UnitOutcome { label, files: self.files, unwanted: self.unwanted, ..UnitOutcome::default() };
        for run in runs {
            outcome.add(run.finish(end)?);
        }
        Ok((self.index, outcome))
    }
}

/// Wakes the other threads should this one panic, so that the program ends instead of waiting for ever.
struct WakeOthersOnPanic<'a, 'b>(&'b Shared<'a>);

impl Drop for WakeOthersOnPanic<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().failed.get_or_insert_with(|| Error::failed("a thread failed; this is a bug"));
            self.0.wake.notify_all();
        }
    }
}
