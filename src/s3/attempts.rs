//! How often a request was made: the SDK repeats it by itself, and says nothing of it.

use std::cell::Cell;
use std::future::Future;

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::{BoxError, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

tokio::task_local! {
    /// How often the request that this task waits for was made.
    static ATTEMPTS: Cell<u32>;
}

/// A request that failed.
#[derive(Debug)]
pub(super) struct Failed<E> {
    /// Why, at the last attempt.
    pub cause: SdkError<E, HttpResponse>,
    /// How often it was made.
    pub attempts: u32,
}

/// Waits for a request, and counts its attempts.
pub(super) async fn counted<T, E>(
    request: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
) -> Result<T, Failed<E>> {
    let answer = async {
        let answer = request.await;
        answer.map_err(|cause| Failed { cause, attempts: ATTEMPTS.with(Cell::get) })
    };
    ATTEMPTS.scope(Cell::new(0), answer).await
}

/// Sees each attempt of the SDK.
#[derive(Debug)]
pub(super) struct Counter;

impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "counter of attempts"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // outside of a counted request there is nothing to count
        let _ = ATTEMPTS.try_with(|attempts| attempts.set(attempts.get() + 1));
        Ok(())
    }
}
