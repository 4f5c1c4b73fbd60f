//! What programs may meet where they look for S3: a door that speaks TLS, and servers that don't speak S3 at all.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::background::Background;
use super::wire::Requests;

/// A certificate for 127.0.0.1 that nobody has signed, in PEM format; see `tls/make.py`.
pub const CERTIFICATE: &str = include_str!("tls/certificate.pem");

/// Its key.
const KEY: &str = include_str!("tls/key.pem");

/// A door before a server, or one behind which there is none; closed when it is dropped.
#[derive(Debug)]
pub struct Door(Background);

impl Door {
    /// Speaks TLS by [`CERTIFICATE`], and passes everything on to a server with this endpoint.
    pub fn tls(server: &str) -> Self {
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self(Background::start(move |stream| {
            let (acceptor, server) = (acceptor.clone(), server.clone());
            async move {
                let Ok(mut outside) = acceptor.accept(stream).await else { return };
                let Ok(mut inside) = TcpStream::connect(&server).await else { return };
                drop(tokio::io::copy_bidirectional(&mut outside, &mut inside).await);
            }
        }))
    }

    /// Answers every request by the same: `status` such as `200 OK`, headers such as `etag: x\r\n`, and a page.
    pub fn page(status: &str, headers: &str, page: &str) -> Self {
        let length = page.len();
        let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n");
        let page = page.to_owned();
        Self(Background::start(move |stream| {
            let (head, page) = (head.clone(), page.clone());
            async move {
                let mut requests = Requests::new(stream);
                while let Ok(Some(request)) = requests.head().await {
                    if requests.body(&request).await.is_err() {
                        return;
                    }
                    let page = if request.method == "HEAD" { "" } else { &page };
                    if requests.stream.write_all(format!("{head}{page}").as_bytes()).await.is_err() {
                        return;
                    }
                }
            }
        }))
    }

    /// Answers whatever comes by these bytes, or by none, and closes the connection.
    pub fn bytes(bytes: &'static [u8]) -> Self {
        Self(Background::start(move |mut stream| async move {
            let _read = stream.read(&mut [0; 65536]).await;
            let _written = stream.write_all(bytes).await;
        }))
    }

    /// Where it is, as `127.0.0.1:PORT`.
    pub fn address(&self) -> String {
        self.0.address().to_string()
    }
}
