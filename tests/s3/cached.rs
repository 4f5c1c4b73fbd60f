//! Stores on S3 with copies of their objects on this computer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use trebuchet_ad::domain::digest::Sha256;
use trebuchet_ad::store::cache::Cache;
use trebuchet_ad::store::cached::CachedStore;
use trebuchet_ad::store::objects::{ObjectStore, Put};
use trebuchet_ad::store::s3::S3Store;

use crate::contract;
use crate::s3::{Options, Server};
use crate::stores::store;

/// The store at a prefix, with copies in a folder.
fn cached(server: &Server, prefix: &str, folder: &Path) -> CachedStore<S3Store> {
    let store = store(server, prefix);
    let identity = store.identity();
    CachedStore::new(store, Arc::new(Cache::open(folder, 100 << 20).unwrap()), identity)
}

/// The files with copies.
fn copies(folder: &Path) -> Vec<PathBuf> {
    let below = |folder: &Path| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let folders: Vec<PathBuf> = below(&folder.join("objects-1"));
    folders.iter().flat_map(|folder| -> Vec<PathBuf> { below(folder) }).collect()
}

#[test]
fn the_contract_holds_with_copies() {
    let server = Server::start(Options { page: 7, ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut times = 0;
    // all in the same place, so that there are copies of what was there before
    contract::holds(|| {
        server.tree("").keys().for_each(|key| server.delete(key));
        times += 1;
        cached(&server, "p", folder.path())
    });
    assert!(times > 5 && !copies(folder.path()).is_empty());
}

#[test]
fn what_was_read_once_is_read_from_its_copy() {
    let server = Server::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let sha256 = Sha256::of(b"known");
    assert_eq!(store(&server, "p").put_new("trebuchet.json", b"{}").unwrap(), Put::Created);
    assert_eq!(store(&server, "p").put_new("runs/1", b"listed").unwrap(), Put::Created);
    assert_eq!(store(&server, "p").put_new("raw/1", b"known").unwrap(), Put::Created);
    for time in 0..3 {
        let store = cached(&server, "p", folder.path());
        assert_eq!(store.get("trebuchet.json").unwrap().unwrap(), b"{}");
        assert_eq!(store.list("runs/").unwrap().len(), 1);
        assert_eq!(store.get("runs/1").unwrap().unwrap(), b"listed");
        assert_eq!(store.get_known("raw/1", &sha256).unwrap(), Some((b"known".to_vec(), sha256)));
        assert_eq!(server.requests("GetObject"), if time == 0 { 3 } else { 0 });
        server.forget_requests();
    }
    // nobody has said that it is still the same
    let again = cached(&server, "p", folder.path());
    assert_eq!(again.get("runs/1").unwrap().unwrap(), b"listed");
    assert_eq!(again.get("runs/2").unwrap(), None);
    assert_eq!(server.requests("GetObject"), 2);
}

#[test]
fn what_was_deleted_or_replaced_is_not_read_from_its_copy() {
    let server = Server::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let read = |key: &str| {
        let store = cached(&server, "p", folder.path());
        let listed = store.list("runs/").unwrap().len();
        (listed, store.get(key).unwrap())
    };
    server.put("p/runs/1", "old");
    server.put("p/trebuchet.json", "old");
    assert_eq!(read("runs/1"), (1, Some(b"old".to_vec())));
    assert_eq!(read("trebuchet.json"), (1, Some(b"old".to_vec())));
    for bytes in ["new", "other", "old"] {
        server.put("p/runs/1", bytes);
        server.put("p/trebuchet.json", bytes);
        assert_eq!(read("runs/1"), (1, Some(bytes.into())));
        assert_eq!(read("trebuchet.json"), (1, Some(bytes.into())));
    }
    server.delete("p/runs/1");
    server.delete("p/trebuchet.json");
    assert_eq!(read("runs/1"), (0, None));
    assert_eq!(read("trebuchet.json"), (0, None));
    server.put("p/runs/1", "again");
    assert_eq!(read("runs/1"), (1, Some(b"again".to_vec())), "that it was missing is not remembered");
}

#[test]
fn copies_of_one_store_are_none_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let servers = [Server::start(Options::default()), Server::start(Options::default())];
    for (server, prefix) in [(&servers[0], "p"), (&servers[0], "q"), (&servers[1], "p")] {
        server.put(&format!("{prefix}/runs/1"), "x");
        let store = cached(server, prefix, folder.path());
        store.list("runs/").unwrap();
        server.forget_requests();
        assert_eq!(store.get("runs/1").unwrap().unwrap(), b"x");
        assert_eq!(server.requests("GetObject"), 1);
    }
}

#[test]
fn damaged_copies_are_read_anew() {
    let server = Server::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let sha256 = Sha256::of(b"known");
    server.put("p/runs/1", "listed");
    server.put("p/raw/1", "known");
    let read = || {
        let store = cached(&server, "p", folder.path());
        store.list("").unwrap();
        assert_eq!(store.get("runs/1").unwrap().unwrap(), b"listed");
        assert_eq!(store.get_known("raw/1", &sha256).unwrap(), Some((b"known".to_vec(), sha256)));
        let requests = server.requests("GetObject");
        server.forget_requests();
        requests
    };
    assert_eq!((read(), read()), (2, 0));
    let damages: [fn(&mut Vec<u8>); 3] = [|bytes| bytes[0] ^= 1, |bytes| bytes.truncate(20), Vec::clear];
    for damage in damages {
        for path in copies(folder.path()) {
            let mut bytes = std::fs::read(&path).unwrap();
            damage(&mut bytes);
            std::fs::write(&path, bytes).unwrap();
        }
        assert_eq!((read(), read()), (2, 0));
    }
    // a sound copy, but of something else: as if two files were mistaken for each other
    let mut files = copies(folder.path());
    files.sort();
    let [one, two] = &files[..] else { panic!("{files:?}") };
    std::fs::copy(one, two).unwrap();
    let store = cached(&server, "p", folder.path());
    assert_eq!(store.get_known("raw/1", &sha256).unwrap(), Some((b"known".to_vec(), sha256)));
}
