//! When a request is made again, and how long to wait before.

use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};

/// How many times as long as at first to wait at most.
pub(super) const LONGEST: u32 = 200;

/// How often a request is made where nobody says it. With pauses from 0.1 s on, that is at most 26 s of waiting.
pub(super) const ATTEMPTS: u32 = 9;

/// How long to wait before an attempt (from 1) at what the SDK does not repeat by itself: a random part of a time that
/// doubles ("full jitter", Brooker, AWS Architecture Blog 2015). `seed` takes the place of chance.
pub(super) fn pause(first: Duration, attempt: u32, seed: u64) -> Duration {
    let longest = first * LONGEST.min(1 << attempt.min(16));
    let share = xxhash_rust::xxh3::xxh3_64_with_seed(&attempt.to_le_bytes(), seed) >> 11;
    longest.mul_f64(share as f64 / (1_u64 << 53) as f64)
}

/// Repeats conditional requests that S3 refuses to decide because another one for the same key is under way (409), and
/// answers that hold no error of S3, as those of proxies do on the way (502, 503, 504 come without a code).
#[derive(Debug)]
pub(super) struct Undecided;

impl ClassifyRetry for Undecided {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response().map(|response| response.status().as_u16()) {
            Some(409) => RetryAction::transient_error(),
            Some(429) => RetryAction::throttling_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "conditional request that was not decided"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_before(RetryClassifierPriority::transient_error_classifier())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        let first = Duration::from_millis(100);
        let longest = |attempt: u32| (0..1000).map(|seed| pause(first, attempt, seed)).max().unwrap();
        for attempt in 1..6 {
            let bound = first * (1 << attempt);
            assert!(longest(attempt) < bound && longest(attempt) > bound * 9 / 10);
        }
        assert!(longest(40) < first * LONGEST && longest(40) > first * LONGEST * 9 / 10);
        assert_ne!(pause(first, 3, 1), pause(first, 3, 2));
    }
}
