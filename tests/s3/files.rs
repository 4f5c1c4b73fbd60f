//! Objects to files and back, in pieces, whatever the network does.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::time::{Duration, Instant};

use trebuchet_ad::domain::digest::Sha256;
use trebuchet_ad::error::{Error, Kind};
use trebuchet_ad::s3::{Access, Bucket};

use crate::s3::{Fault, Faults, Options, Proxy, Server};
use crate::stores::bucket;

fn bytes(length: u32) -> Vec<u8> {
    (0..length).map(|i| (i ^ i >> 8 ^ i >> 16) as u8).collect()
}

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn content(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

fn reached(server: &Server, endpoint: &str) -> Bucket {
    bucket(server, endpoint, &Access { pause: Duration::from_millis(1), ..Access::default() })
}

/// What a download gives, which must fit to what is in the file.
fn download(bucket: &Bucket, key: &str) -> Vec<u8> {
    let mut file = tempfile::tempfile().unwrap();
    let (sha256, length) = bucket.download(key, &mut file, &|| Ok(())).unwrap().unwrap();
    let bytes = content(&mut file);
    assert_eq!((sha256, length), (Sha256::of(&bytes), bytes.len() as u64));
    bytes
}

#[test]
fn files_of_every_size_go_there_and_back() {
    let server = Server::start(Options::default());
    let bucket = reached(&server, &server.endpoint());
    for length in [0, 1, 100_000, 16 << 20, (16 << 20) + 1, 25 << 20] {
        let bytes = bytes(length);
        bucket.put_file("a/b", file(&bytes)).unwrap(); // in the place of the one before
        let object = server.object("a/b").unwrap();
        assert!(object.bytes == bytes && object.metadata["sha256"] == Sha256::of(&bytes).to_string());
        assert!(download(&bucket, "a/b") == bytes);
    }
    assert_eq!(server.uploads(), [""; 0]);
    assert!(bucket.download("a", &mut tempfile::tempfile().unwrap(), &|| Ok(())).unwrap().is_none());
}

#[test]
fn every_kind_of_fault_is_survived() {
    for kind in Fault::ALL {
        let server = Server::start(Options::default());
        let faults = Faults { share: 0.3, kinds: vec![kind], delay: Duration::from_millis(5), ..Faults::default() };
        let proxy = Proxy::start(&server.endpoint(), faults);
        let bucket = reached(&server, &proxy.endpoint());
        for number in 0..30 {
            let (key, bytes) = (format!("small/{number}"), bytes(100_000 + number));
            bucket.put_file(&key, file(&bytes)).unwrap();
            assert!(download(&bucket, &key) == bytes, "{kind:?} {key}");
        }
        for number in 0..3 {
            let (key, bytes) = (format!("large/{number}"), bytes((18 << 20) + number));
            bucket.put_file(&key, file(&bytes)).unwrap();
            assert!(download(&bucket, &key) == bytes, "{kind:?} {key}");
        }
        assert!(proxy.injected(kind) > 10, "{kind:?}: {}", proxy.injected(kind));
    }
}

#[test]
fn a_body_that_is_cut_again_and_again_is_taken_up_where_it_ended() {
    let server = Server::start(Options::default());
    let bytes = bytes(3_000_000);
    server.put("k", bytes.clone());
    // every answer is cut in the middle: each brings half of what is left, until so little is left that it fails
    let faults = Faults { share: 1.0, kinds: vec![Fault::Cut], ..Faults::default() };
    let proxy = Proxy::start(&server.endpoint(), faults);
    let mut file = tempfile::tempfile().unwrap();
    let error = reached(&server, &proxy.endpoint()).download("k", &mut file, &|| Ok(())).unwrap_err();
    assert!(error.to_string().starts_with("can't read s3://test-bucket/k: "), "{error}");
    let came = content(&mut file);
    assert!(came.len() > 2_900_000 && came[..] == bytes[..came.len()], "{}", came.len());
}

#[test]
fn what_is_damaged_is_not_believed() {
    let server = Server::start(Options::default());
    let bucket = reached(&server, &server.endpoint());
    for (key, length) in [("small", 1000), ("large", 17 << 20)] {
        bucket.put_file(key, file(&bytes(length))).unwrap();
        server.damage(key);
        let error = bucket.download(key, &mut tempfile::tempfile().unwrap(), &|| Ok(())).unwrap_err().to_string();
        assert!(error.starts_with(&format!("can't read s3://test-bucket/{key}: ")), "{error}");
    }
}

#[test]
fn who_must_stop_does_not_wait_for_an_answer() {
    let server = Server::start(Options::default());
    server.put("k", "x");
    let delay = Duration::from_secs(600);
    let proxy = Proxy::start(
        &server.endpoint(),
        Faults { share: 1.0, kinds: vec![Fault::Delayed], delay, ..Faults::default() },
    );
    let bucket = reached(&server, &proxy.endpoint());
    let stop = || Err(Error::new(Kind::Interrupted, "interrupted"));
    let started = Instant::now();
    let error = bucket.download("k", &mut tempfile::tempfile().unwrap(), &stop).unwrap_err();
    assert!(error.kind() == Kind::Interrupted && started.elapsed() < Duration::from_secs(30));
}
