//! A budget of memory that threads share.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// So many bytes for all threads together: one that needs some waits until others have given theirs back. One that needs
/// more than there is gets all of it, alone.
#[derive(Debug)]
pub struct MemoryBudget {
    all: usize,
    free: Mutex<usize>,
    given_back: Condvar,
}

/// MemoryBudget that was taken; it is given back when this is dropped.
#[derive(Debug)]
pub struct Reserved<'a> {
    budget: &'a MemoryBudget,
    bytes: usize,
}

impl MemoryBudget {
    /// MemoryBudget of so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self { all: bytes, free: Mutex::new(bytes), given_back: Condvar::new() }
    }

    /// Takes some, once there is as much.
    #[must_use]
    pub fn take(&self, bytes: usize) -> Reserved<'_> {
        let bytes = bytes.min(self.all);
        let mut free = self.lock();
        while *free < bytes {
            free = self.given_back.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= bytes;
        Reserved { budget: self, bytes }
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        *self.budget.lock() += self.bytes;
        self.budget.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is_and_who_needs_more_is_alone() {
        let (budget, taken) = (MemoryBudget::new(10), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for bytes in [1, 3, 4, 9, 10, 500, 2, 7] {
                let (budget, taken) = (&budget, &taken);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let _taken = budget.take(bytes);
                        let counted = bytes.min(10);
                        assert!(taken.fetch_add(counted, Ordering::SeqCst) + counted <= 10);
                        std::thread::yield_now();
                        taken.fetch_sub(counted, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(*budget.lock(), 10, "all is given back");
    }
}
