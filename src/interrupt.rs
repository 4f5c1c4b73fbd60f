//! Ctrl-C and SIGTERM: the work ends at the next occasion, so that temporary files go; should it not, the program does.
//! A file that would grow beyond what `ulimit -f` allows is an error of the write, not the end of the program.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crate::error::{Error, ExitStatus, Kind, Result};

/// How long the work may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// Set from outside to stop the work: 0, or the exit code of the signal that came.
#[derive(Debug, Default)]
pub struct Stop(AtomicU8);

impl Stop {
    /// Asks for an end.
    pub fn set(&self, kind: Kind) {
        self.0.store(ExitStatus::Failed(kind).code(), Ordering::Relaxed);
    }

    /// Fails if an end was asked for.
    ///
    /// # Errors
    /// Exactly then.
    pub fn check(&self) -> Result<()> {
        let kind = match self.0.load(Ordering::Relaxed) {
            0 => return Ok(()),
            code if code == ExitStatus::Failed(Kind::Terminated).code() => Kind::Terminated,
            _ => Kind::Interrupted,
        };
        Err(Error::new(kind, "interrupted"))
    }
}

/// Listens for signals from now on. The same answer is given each time.
///
/// # Errors
/// When the operating system does not let us listen.
pub fn listen() -> Result<&'static Stop> {
    static STOP: OnceLock<Stop> = OnceLock::new();
    if let Some(stop) = STOP.get() {
        return Ok(stop);
    }
    let stop = STOP.get_or_init(Stop::default);
    let failed = |cause: &std::io::Error| Error::io("cannot listen for signals", cause);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(|cause| failed(&cause))?;
    endure_file_size_limit(&runtime);
    let spawned = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let kind = runtime.block_on(wait());
        stop.set(kind);
        std::thread::sleep(PATIENCE);
        #[expect(clippy::disallowed_methods, reason = "the work did not end by itself")]
        std::process::exit(i32::from(ExitStatus::Failed(kind).code()));
    });
    spawned.map_err(|cause| failed(&cause))?;
    Ok(stop)
}

/// Takes notice of SIGXFSZ, which would end the program; what was written then fails with an error.
#[cfg(unix)]
fn endure_file_size_limit(runtime: &tokio::runtime::Runtime) {
    use tokio::signal::unix::{SignalKind, signal};

    /// Its number on Linux (but for MIPS), macOS and the BSDs.
    const SIGXFSZ: i32 = 25;
    let _context = runtime.enter();
    // where it can't be noticed, the program ends as it would have
    let _noticed_from_now_on = signal(SignalKind::from_raw(SIGXFSZ));
}

/// There is no such limit.
#[cfg(not(unix))]
fn endure_file_size_limit(_: &tokio::runtime::Runtime) {}

/// Waits for a signal that asks for an end.
#[cfg(unix)]
async fn wait() -> Kind {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => Kind::Interrupted,
        _ = terminate.recv() => Kind::Terminated,
    }
}

/// Waits for a signal that asks for an end.
#[cfg(not(unix))]
async fn wait() -> Kind {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Kind::Interrupted,
        Err(_) => std::future::pending().await,
    }
}
