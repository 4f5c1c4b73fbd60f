//! Work on many threads; results come in order, as if there were one.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What the threads share.
struct Shared<I, R> {
    items: Mutex<Items<I>>,
    state: Mutex<State<R>>,
    changed: Condvar,
}

/// Under a lock of its own: the next item may have to be waited for.
struct Items<I> {
    left: I,
    /// The number of the next one.
    next: u64,
}

struct State<R> {
    /// How many threads have begun to take an item.
    begun: u64,
    /// The number of items whose results were consumed.
    consumed: u64,
    /// Results that wait for those before them.
    done: BTreeMap<u64, R>,
    /// How many items there are, once it is known.
    all: Option<u64>,
    /// Nobody wants more results: the consumer has failed, or a worker has panicked.
    stopped: bool,
}

impl<R> State<R> {
    /// Whether no more items are to be taken.
    fn is_over(&self) -> bool {
        self.stopped || self.all.is_some()
    }
}

impl<I, R> Shared<I, R> {
    fn lock(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<R>>) -> MutexGuard<'a, State<R>> {
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
    let items = Mutex::new(Items { left: items, next: 0 });
    let state = State { begun: 0, consumed: 0, done: BTreeMap::new(), all: None, stopped: false };
    let shared = Shared { items, state: Mutex::new(state), changed: Condvar::new() };
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
            } else if state.stopped || state.all == Some(turn) {
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
        if state.is_over() {
            return;
        }
        if state.begun >= state.consumed + most {
            state = shared.wait(state);
            continue;
        }
        state.begun += 1;
        drop(state);
        let (number, item) = {
            let mut items = shared.items.lock().unwrap_or_else(PoisonError::into_inner);
            let number = items.next;
            let item = if shared.lock().is_over() { None } else { items.left.next() };
            items.next += u64::from(item.is_some());
            (number, item)
        };
        let Some(item) = item else {
            shared.lock().all = Some(number);
            shared.changed.notify_all();
            return;
        };
        let result = map(item);
        state = shared.lock();
        state.done.insert(number, result);
        shared.changed.notify_all();
    }
}

/// Makes things on another thread and hands them to `consume` on this one, in order: while one is consumed the next two are
/// made. `make` gets the function that hands one over, whose error `None` says that no more are wanted: `consume` has
/// failed. With `beside` false everything happens on this thread.
///
/// # Errors
/// Those of `consume`, and of `make`.
///
/// # Panics
/// When `make` panics.
pub fn ahead<R: Send, E: Send>(
    beside: bool,
    make: impl FnOnce(&mut dyn FnMut(R) -> Result<(), Option<E>>) -> Result<(), Option<E>> + Send,
    mut consume: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let ended = |made: Result<(), Option<E>>| made.or_else(|error| error.map_or(Ok(()), Err));
    if !beside {
        return ended(make(&mut |made| consume(made).map_err(Some)));
    }
    let (sender, receiver) = sync_channel(1);
    std::thread::scope(|scope| {
        let maker = scope.spawn(move || make(&mut |made| sender.send(made).map_err(|_| None)));
        receiver.into_iter().try_for_each(&mut consume)?;
        ended(maker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
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
    fn the_next_item_may_be_waited_for_while_results_are_consumed() {
        // the items come from what is made of those before them
        let (sender, receiver) = std::sync::mpsc::channel();
        sender.send(5_u32).unwrap();
        let mut sender = Some(sender);
        let mut seen = Vec::new();
        let all = ordered_map(
            3,
            receiver.into_iter(),
            |item| item,
            |item| {
                seen.push(item);
                match item.checked_sub(1) {
                    Some(next) => sender.iter().for_each(|sender| sender.send(next).unwrap()),
                    None => sender = None,
                }
                Ok::<(), ()>(())
            },
        );
        assert_eq!((all, seen), (Ok(()), vec![5, 4, 3, 2, 1, 0]));
    }

    #[test]
    fn an_error_waits_for_one_more_item_at_most() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let (told, ended) = std::sync::mpsc::channel::<()>();
        let sending = std::thread::spawn(move || {
            sender.send(1).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(20)); // the others wait for items by now
            sender.send(2).unwrap();
            ended.recv_timeout(std::time::Duration::from_secs(20)).is_ok()
        });
        assert_eq!(ordered_map(4, receiver.into_iter(), |item| item, Err), Err(1));
        told.send(()).unwrap();
        assert!(sending.join().unwrap());
    }

    #[test]
    fn what_is_made_ahead_comes_in_order_until_an_error() {
        for beside in [false, true] {
            for (count, fails) in [(0, false), (1, false), (2, true), (50, false), (50, true)] {
                let (made, mut seen) = (AtomicU64::new(0), Vec::new());
                let make = |give: &mut dyn FnMut(u64) -> Result<(), Option<u64>>| {
                    (0..count).try_for_each(|_| give(made.fetch_add(1, Ordering::SeqCst)))?;
                    if fails { Err(Some(77)) } else { Ok(()) }
                };
                let all = ahead(beside, make, |item| {
                    seen.push(item);
                    assert!(made.load(Ordering::SeqCst) <= seen.len() as u64 + 2);
                    if item == 30 { Err(item) } else { Ok(()) }
                });
                let expected = if count > 30 {
                    Err(30)
                } else if fails {
                    Err(77)
                } else {
                    Ok(())
                };
                assert_eq!(all, expected);
                assert_eq!(seen, (0..count.min(31)).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    #[should_panic(expected = "not to be lost")]
    fn a_panic_ahead_is_not_lost() {
        let _never = ahead(true, |_| panic!("not to be lost"), |()| Ok::<(), ()>(()));
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_does_not_leave_anyone_waiting() {
        let _never = ordered_map(2, 0..100, |item| assert_ne!(item, 50), |()| Ok::<(), ()>(()));
    }
}
