//! Runs polars where a damaged file may make it panic.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use polars::prelude::PolarsError;

thread_local! {
    /// Whether this thread works on a file that may be damaged, so that a panic is not worth a message.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs polars on a file that may be damaged: errors in a few words, and a panic is an error, without the message that a
/// panic usually prints.
pub(super) fn guarded<T>(work: impl FnOnce() -> std::result::Result<T, PolarsError>) -> std::result::Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                usual(info);
            }
        }));
    });
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let text = error.to_string();
            let text = text.lines().next().unwrap_or_default();
            let said = ["parquet: ", "File out of specification: ", "underlying IO error: "];
            Err(said.iter().fold(text, |text, words| text.strip_prefix(words).unwrap_or(text)).to_owned())
        }
        Err(_) => Err("its contents are damaged".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_and_errors_become_reasons() {
        let reason = guarded::<()>(|| panic!("not to be seen"));
        assert_eq!(reason, Err("its contents are damaged".to_owned()));
        let text = "parquet: File out of specification: the page is odd\nmore";
        let reason = guarded::<()>(|| Err(PolarsError::ComputeError(text.into())));
        assert_eq!(reason, Err("the page is odd".to_owned()));
        assert!(!GUARDED.get());
    }
}
