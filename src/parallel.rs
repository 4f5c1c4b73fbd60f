//! Work on many threads; results come in order, as if there were one.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What the threads share.
struct Shared<I, R> {
    state: Mutex<State<I, R>>,
    changed: Condvar,
}

struct State<I, R> {
    items: I,
    /// The number of the next item.
    next: u64,
    /// The number of items whose results were consumed.
    consumed: u64,
    /// Results that wait for those before them.
    done: BTreeMap<u64, R>,
    exhausted: bool,
    /// Nobody wants more results: the consumer has failed, or a worker has panicked.
    stopped: bool,
}

impl<I, R> Shared<I, R> {
    fn lock(&self) -> MutexGuard<'_, State<I, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<I, R>>) -> MutexGuard<'a, State<I, R>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops everyone when it is dropped: so also when a thread panics, which would leave the others waiting.
struct StopAtEnd<'a, I, R>(&'a Shared<I, R>);

impl<I, R> Drop for StopAtEnd<'_, I, R> {
    fn drop(&mut self) {
        self.0.lock().stopped = true;
        self.0.changed.notify_all();
    }
}

/// Maps `items` on `threads` threads and hands the results to `consume` on this thread, in the order of the items.
///
/// At most twice as many items as threads are in work or wait for their turn, so memory stays bounded however slow
/// `consume` is. The first error of `consume` ends the work and is returned; items in work are finished first. With
/// one thread everything happens on this one.
///
/// # Errors
/// Those of `consume`.
///
/// # Panics
/// When `map` panics.
pub fn ordered_map<T, R, E>(
    threads: usize,
    items: impl Iterator<Item = T> + Send,
    map: impl Fn(T) -> R + Sync,
    mut consume: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    R: Send,
{
    if threads <= 1 {
        return items.map(map).try_for_each(consume);
    }
    let state = State { items, next: 0, consumed: 0, done: BTreeMap::new(), exhausted: false, stopped: false };
    let shared = Shared { state: Mutex::new(state), changed: Condvar::new() };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let stop = StopAtEnd(&shared);
                work(&shared, threads as u64 * 2, &map);
                std::mem::forget(stop); // no panic: the others go on
            });
        }
        let _stop = StopAtEnd(&shared);
        let mut state = shared.lock();
        loop {
            let turn = state.consumed;
            if let Some(result) = state.done.remove(&turn) {
                drop(state);
                consume(result)?;
                state = shared.lock();
                state.consumed += 1;
                shared.changed.notify_all();
            } else if state.stopped || (state.exhausted && turn == state.next) {
                return Ok(());
            } else {
                state = shared.wait(state);
            }
        }
    })
}

fn work<I: Iterator, R>(shared: &Shared<I, R>, most: u64, map: &impl Fn(I::Item) -> R) {
    let mut state = shared.lock();
    loop {
        if state.stopped || state.exhausted {
            return;
        }
        if state.next >= state.consumed + most {
            state = shared.wait(state);
            continue;
        }
        let Some(item) = state.items.next() else {
            state.exhausted = true;
            shared.changed.notify_all();
            return;
        };
        let number = state.next;
        state.next += 1;
        drop(state);
        let result = map(item);
        state = shared.lock();
        state.done.insert(number, result);
        shared.changed.notify_all();
    }
}

/// Makes something of each item on another thread, and hands it to `consume` on this one, in order: while one is consumed
/// the next is made. With `beside` false everything happens on this thread.
///
/// # Errors
/// Those of `consume`.
///
/// # Panics
/// When `make` panics.
pub fn ahead<T: Send, R: Send, E>(
    beside: bool,
    items: impl ExactSizeIterator<Item = T> + Send,
    make: impl Fn(T) -> R + Sync,
    mut consume: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    if !beside || items.len() < 2 {
        return items.map(make).try_for_each(consume);
    }
    let (sender, receiver) = sync_channel(0);
    let make = &make;
    std::thread::scope(|scope| {
        // that nobody receives any more is because of an error
        scope.spawn(move || _ = items.map(make).try_for_each(|made| sender.send(made)));
        receiver.into_iter().try_for_each(&mut consume)
    })
}

/// Does `work` for each item on `threads` threads, in whatever order; the first error ends it.
///
/// # Errors
/// Those of `work`.
///
/// # Panics
/// When `work` panics.
pub fn for_each<T: Send, E: Send>(
    threads: usize,
    items: impl ExactSizeIterator<Item = T> + Send,
    work: impl Fn(T) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let threads = threads.min(items.len());
    let mut items = items;
    if threads <= 1 {
        return items.try_for_each(work);
    }
    let items = Mutex::new(items);
    let failed = Mutex::new(None);
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let one_by_one = || {
        while let Some(item) = next() {
            let Err(error) = work(item) else { continue };
            failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            while next().is_some() {}
        }
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| _ = scope.spawn(one_by_one));
        one_by_one();
    });
    failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        for threads in [1, 2, 3, 8] {
            let mut seen = Vec::new();
            let slow_at_first = |item: u64| {
                std::thread::sleep(std::time::Duration::from_micros(if item.is_multiple_of(7) { 500 } else { 0 }));
                item * item
            };
            let all = ordered_map(threads, 0..200, slow_at_first, |square| {
                seen.push(square);
                Ok::<(), ()>(())
            });
            assert_eq!(all, Ok(()));
            assert_eq!(seen, (0..200).map(|item| item * item).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_ends_the_work_soon() {
        for threads in [1, 2, 4] {
            let begun = AtomicU64::new(0);
            let map = |item| {
                begun.fetch_add(1, Ordering::Relaxed);
                item
            };
            let result = ordered_map(threads, 0..1_000_000, map, |item| if item == 10 { Err(item) } else { Ok(()) });
            assert_eq!(result, Err(10));
            assert!(begun.into_inner() <= 11 + 2 * threads as u64);
        }
    }

    #[test]
    fn no_more_items_are_in_flight_than_allowed() {
        let (begun, ended) = (AtomicU64::new(0), AtomicU64::new(0));
        let map = |_| begun.fetch_add(1, Ordering::SeqCst);
        let all = ordered_map(3, 0..500, map, |_| {
            assert!(begun.load(Ordering::SeqCst) <= ended.fetch_add(1, Ordering::SeqCst) + 6);
            Ok::<(), ()>(())
        });
        assert_eq!(all, Ok(()));
    }

    #[test]
    fn everything_is_done_once_or_until_an_error() {
        for threads in [1, 2, 5] {
            let sum = AtomicU64::new(0);
            let add = |item: u64| {
                sum.fetch_add(item, Ordering::Relaxed);
                Ok::<(), u64>(())
            };
            assert_eq!(for_each(threads, (0..100_u64).collect::<Vec<_>>().into_iter(), add), Ok(()));
            assert_eq!(sum.into_inner(), 4950);
            let items = (0..100_u64).collect::<Vec<_>>().into_iter();
            assert_eq!(for_each(threads, items, |item| if item == 50 { Err(item) } else { Ok(()) }), Err(50));
            assert_eq!(for_each(threads, std::iter::empty::<u64>().collect::<Vec<_>>().into_iter(), Err), Ok(()));
        }
    }

    #[test]
    fn what_is_made_ahead_comes_in_order_until_an_error() {
        for beside in [false, true] {
            for count in [0, 1, 2, 50] {
                let (made, mut seen) = (AtomicU64::new(0), Vec::new());
                let items: Vec<u64> = (0..count).collect();
                let make = |item: u64| made.fetch_add(1, Ordering::SeqCst) * 100 + item;
                let all = ahead(beside, items.iter().copied(), make, |item| {
                    seen.push(item);
                    assert!(made.load(Ordering::SeqCst) <= seen.len() as u64 + 1);
                    if item == 30 * 101 { Err(item) } else { Ok(()) }
                });
                assert_eq!(all, if count > 30 { Err(30 * 101) } else { Ok(()) });
                assert_eq!(seen, (0..count.min(31)).map(|item| item * 101).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_ahead_is_not_lost() {
        let _never = ahead(true, [1, 2, 3].iter(), |item| assert_ne!(*item, 3), |()| Ok::<(), ()>(()));
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_does_not_leave_anyone_waiting() {
        let _never = ordered_map(2, 0..100, |item| assert_ne!(item, 50), |()| Ok::<(), ()>(()));
    }
}
