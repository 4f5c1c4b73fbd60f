//! A proxy that disturbs a share of the requests between a client and a server.
//!
//! Whether and how a request is disturbed depends only on the seed, on the request and on how often the same request
//! came before, not on when it comes: the same requests meet the same faults, in whatever order they are sent.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::background::Background;
use super::wire::{Head, Requests, end_of_head};

/// What may become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It is answered with status 500; the server never sees it.
    Internal,
    /// It is answered with status 503 SlowDown; the server never sees it.
    SlowDown,
    /// The connection is reset; the server never sees it.
    Reset,
    /// The server carries it out, and half of the answer comes.
    Cut,
    /// The server carries it out, and no answer comes.
    Lost,
    /// The server carries it out, and the answer comes late.
    Delayed,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Internal, Self::SlowDown, Self::Reset, Self::Cut, Self::Lost, Self::Delayed];
}

/// How a proxy disturbs.
#[derive(Clone, Debug)]
pub struct Faults {
    /// The share of the requests that are disturbed, from 0 to 1.
    pub share: f64,
    pub seed: u64,
    pub kinds: Vec<Fault>,
    /// How late delayed answers come.
    pub delay: Duration,
    /// How many requests pass before the server is gone for good.
    pub down_after: Option<u64>,
    /// PUT requests whose path has one of these in it wait for [`Self::delay`] before the server sees them.
    pub held: Vec<&'static str>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            share: 0.1,
            seed: 1,
            kinds: Fault::ALL.to_vec(),
            delay: Duration::from_millis(50),
            down_after: None,
            held: Vec::new(),
        }
    }
}

impl Faults {
    /// Nothing is disturbed.
    pub fn none() -> Self {
        Self { share: 0.0, ..Self::default() }
    }

    /// PUT requests of such paths wait for this long.
    pub fn hold(held: &[&'static str], delay: Duration) -> Self {
        Self { held: held.to_vec(), delay, ..Self::none() }
    }

    fn holds(&self, head: &Head) -> bool {
        head.method == "PUT" && self.held.iter().any(|part| head.target.contains(part))
    }

    /// What becomes of a request that came this often before.
    fn choose(&self, head: &Head, before: u64) -> Option<Fault> {
        let request = format!("{} {} {before}", head.method, lasting(&head.target));
        let drawn = xxh3_64_with_seed(request.as_bytes(), self.seed);
        let (share, kind) = (drawn >> 32, drawn & 0xffff_ffff);
        let disturbed = (share as f64) < self.share * f64::from(u32::MAX);
        let count = u64::try_from(self.kinds.len()).unwrap();
        disturbed.then(|| self.kinds[usize::try_from(kind % count).unwrap()])
    }
}

/// A proxy that ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    shared: Arc<Shared>,
    background: Background,
}

#[derive(Debug)]
struct Shared {
    server: String,
    faults: Faults,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    seen: BTreeMap<String, u64>,
    injected: BTreeMap<Fault, u64>,
    requests: u64,
    held: u64,
    refused: u64,
    down: bool,
}

impl Proxy {
    /// Starts a proxy before a server with this endpoint, as `http://127.0.0.1:PORT`.
    pub fn start(server: &str, faults: Faults) -> Self {
        assert!(!faults.kinds.is_empty() && (0.0..=1.0).contains(&faults.share), "{faults:?}");
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let shared = Arc::new(Shared { server, faults, state: Mutex::default() });
        let known = Arc::clone(&shared);
        let background = Background::start(move |stream| {
            let known = Arc::clone(&known);
            async move { drop(known.serve(Requests::new(stream)).await) }
        });
        Self { shared, background }
    }

    /// Where it is, as `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.background.address())
    }

    /// How many requests came, but for those after the server was gone.
    pub fn requests(&self) -> u64 {
        self.shared.state().requests
    }

    /// How often a fault was injected.
    pub fn injected(&self, fault: Fault) -> u64 {
        self.shared.state().injected.get(&fault).copied().unwrap_or_default()
    }

    /// How many requests are or were held back.
    pub fn held(&self) -> u64 {
        self.shared.state().held
    }

    /// How often any fault was injected.
    pub fn disturbed(&self) -> u64 {
        self.shared.state().injected.values().sum()
    }

    /// How many requests or connections came after the server was gone.
    pub fn refused(&self) -> u64 {
        self.shared.state().refused
    }

    /// Lets the server be gone, or there again.
    pub fn set_down(&self, down: bool) {
        self.shared.state().down = down;
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn serve(&self, mut requests: Requests) -> io::Result<()> {
        if self.state().gone(&self.faults) {
            return reset(&requests.stream);
        }
        while let Some(head) = requests.head().await? {
            let fault = match self.judge(&head) {
                Judgement::Gone | Judgement::Disturbed(Fault::Reset) => return reset(&requests.stream),
                Judgement::Disturbed(fault) => Some(fault),
                Judgement::Passes => None,
            };
            let body = requests.body(&head).await?;
            if self.faults.holds(&head) {
                self.state().held += 1;
                tokio::time::sleep(self.faults.delay).await;
            }
            let answer = match fault {
                Some(Fault::Internal) => {
                    let message = "We encountered an internal error. Please try again.";
                    error(&head, "500 Internal Server Error", "InternalError", message)
                }
                Some(Fault::SlowDown) => error(&head, "503 Slow Down", "SlowDown", "Please reduce your request rate."),
                _ => head.send(&self.server, &body).await?,
            };
            match fault {
                Some(Fault::Lost) => return Ok(()),
                Some(Fault::Cut) => return requests.stream.write_all(&answer[..half(&answer)]).await,
                Some(Fault::Delayed) => tokio::time::sleep(self.faults.delay).await,
                _ => {}
            }
            requests.stream.write_all(&answer).await?;
        }
        Ok(())
    }

    /// What becomes of a request, which is counted.
    fn judge(&self, head: &Head) -> Judgement {
        let mut state = self.state();
        if state.gone(&self.faults) {
            return Judgement::Gone;
        }
        state.requests += 1;
        let seen = state.seen.entry(format!("{} {}", head.method, lasting(&head.target))).or_default();
        let before = *seen;
        *seen += 1;
        let Some(fault) = self.faults.choose(head, before) else {
            return Judgement::Passes;
        };
        *state.injected.entry(fault).or_default() += 1;
        Judgement::Disturbed(fault)
    }
}

/// What becomes of a request.
enum Judgement {
    Passes,
    Disturbed(Fault),
    Gone,
}

impl State {
    /// Whether the server is gone, which is counted.
    fn gone(&mut self, faults: &Faults) -> bool {
        self.down |= faults.down_after.is_some_and(|after| self.requests >= after);
        self.refused += u64::from(self.down);
        self.down
    }
}

/// A target without the names of uploads, which depend on the order of requests.
fn lasting(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else {
        return target.to_owned();
    };
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("uploadId=")).collect();
    format!("{path}?{}", kept.join("&"))
}

/// Closes a connection by a reset.
fn reset(stream: &TcpStream) -> io::Result<()> {
    stream.set_zero_linger()
}

/// Half of the body with all of the head; without a body, half of the head.
fn half(answer: &[u8]) -> usize {
    let head = end_of_head(answer).unwrap_or(0);
    if head < answer.len() { head + (answer.len() - head) / 2 } else { answer.len() / 2 }
}

/// An error as S3 sends it.
fn error(head: &Head, status: &str, code: &str, message: &str) -> Vec<u8> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <RequestId>TESTREQUEST</RequestId><HostId>test</HostId></Error>"
    );
    let body = if head.method == "HEAD" { "" } else { &body };
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/xml\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}
