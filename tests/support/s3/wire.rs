//! HTTP/1.1 as bytes: requests taken from a connection and sent on another, unchanged but for one header.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 256 << 10;

/// Reads requests from a connection, one after the other.
#[derive(Debug)]
pub struct Requests {
    pub stream: TcpStream,
    buffer: Vec<u8>,
}

/// A request's line and headers.
#[derive(Clone, Debug)]
pub struct Head {
    /// Up to and with the empty line.
    bytes: Vec<u8>,
    pub method: String,
    /// The path with the query.
    pub target: String,
    length: usize,
    expects_continue: bool,
}

impl Requests {
    /// Of a connection that has just been accepted.
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The head of the next request; `None` where the client has closed the connection.
    pub async fn head(&mut self) -> io::Result<Option<Head>> {
        loop {
            if let Some(end) = end_of_head(&self.buffer) {
                return Head::parse(self.buffer.drain(..end).collect()).map(Some);
            }
            if self.buffer.len() > LONGEST_HEAD {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// The body that belongs to a head.
    pub async fn body(&mut self, head: &Head) -> io::Result<Vec<u8>> {
        if head.expects_continue && self.buffer.len() < head.length {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        while self.buffer.len() < head.length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.drain(..head.length).collect())
    }
}

impl Head {
    fn parse(bytes: Vec<u8>) -> io::Result<Self> {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut words = text.lines().next().unwrap_or_default().split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let value = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        // The SDK knows the length of all that it sends; what comes in chunks would not be read rightly here.
        if value("transfer-encoding").is_some() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let length = value("content-length").map_or(Some(0), |length| length.parse().ok());
        Ok(Self {
            length: length.ok_or(io::ErrorKind::InvalidData)?,
            expects_continue: value("expect").is_some_and(|expected| expected.eq_ignore_ascii_case("100-continue")),
            method: method.to_owned(),
            target: target.to_owned(),
            bytes,
        })
    }

    /// Sends the request to a server on a connection of its own; the whole answer.
    pub async fn send(&self, server: &str, body: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let mut request = without(&self.bytes, &["connection", "expect"]);
        request.truncate(request.len() - 2);
        request.extend_from_slice(b"connection: close\r\n\r\n");
        request.extend_from_slice(body);
        stream.write_all(&request).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let end = end_of_head(&answer).ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut passed = without(&answer[..end], &["connection"]);
        passed.extend_from_slice(&answer[end..]);
        Ok(passed)
    }
}

/// Where the head of a message ends.
pub fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

/// A head without these headers.
fn without(head: &[u8], names: &[&str]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(head.len());
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        if !names.iter().any(|unwanted| name.eq_ignore_ascii_case(unwanted.as_bytes())) {
            kept.extend_from_slice(line);
        }
    }
    kept
}
