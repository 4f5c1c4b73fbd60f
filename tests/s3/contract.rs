//! What every [`ObjectStore`] must do: one suite for all kinds of stores.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Barrier;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use trebuchet_ad::domain::digest::Sha256;
use trebuchet_ad::store::objects::{Listed, NewObject, ObjectStore, Put, check_key};

/// Runs the suite; `new` makes an empty store, which nobody else writes to.
pub fn holds<S: ObjectStore>(mut new: impl FnMut() -> S) {
    creates_and_reads(&new());
    reads_what_is_known(&new());
    never_overwrites(&new());
    creates_many(&new());
    lists_in_order(&new());
    deletes(&new());
    refuses_bad_keys(&new());
    one_racer_wins(&new());
    racers_with_equal_bytes_agree(&new());
    behaves_like_a_map(&new());
}

fn keys(store: &impl ObjectStore, folder: &str) -> Vec<String> {
    store.list(folder).unwrap().into_iter().map(|object| object.key).collect()
}

fn creates_and_reads(store: &impl ObjectStore) {
    assert!(!store.place().is_empty());
    assert_eq!(store.get("a").unwrap(), None);
    assert_eq!(store.get("a/b/c").unwrap(), None);
    assert_eq!(store.put_new("a/b/c", b"1").unwrap(), Put::Created);
    assert_eq!(store.get("a/b/c").unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(store.put_new("empty", b"").unwrap(), Put::Created);
    assert_eq!(store.get("empty").unwrap().as_deref(), Some(&b""[..]));
    let large: Vec<u8> = (0..17_000_000_u32).map(|i| (i ^ i >> 8) as u8).collect(); // in parts on S3
    assert_eq!(store.put_new("large", &large).unwrap(), Put::Created);
    assert!(store.get("large").unwrap().as_ref() == Some(&large));
    assert_eq!(store.put_new("large", &large).unwrap(), Put::Same);
    assert_eq!(store.put_new("large", &large[1..]).unwrap(), Put::Different);
    let key = format!("x=1/a~20b/ü/{}", "k".repeat(255));
    assert_eq!(store.put_new(&key, b"2").unwrap(), Put::Created);
    assert_eq!(store.get(&key).unwrap().as_deref(), Some(&b"2"[..]));
}

fn reads_what_is_known(store: &impl ObjectStore) {
    let (one, two) = (Sha256::of(b"one"), Sha256::of(b"two"));
    assert_eq!(store.get_known("k", &one).unwrap(), None);
    assert_eq!(store.put_new("k", b"one").unwrap(), Put::Created);
    for _ in 0..2 {
        assert_eq!(store.list("").unwrap().len(), 1);
        assert_eq!(store.get("k").unwrap().as_deref(), Some(&b"one"[..]));
        assert_eq!(store.get_known("k", &one).unwrap(), Some((b"one".to_vec(), one)));
        assert_eq!(store.get_known("k", &two).unwrap(), Some((b"one".to_vec(), one)), "the bytes that are there");
    }
    assert!(store.delete("k").unwrap());
    assert_eq!(store.put_new("k", b"two").unwrap(), Put::Created);
    assert_eq!(store.get("k").unwrap().as_deref(), Some(&b"two"[..]));
    assert_eq!(store.get_known("k", &two).unwrap(), Some((b"two".to_vec(), two)));
    assert!(store.get_known("../k", &one).is_err() && store.look("../k").is_err());
}

fn never_overwrites(store: &impl ObjectStore) {
    assert_eq!(store.put_new("k", b"one").unwrap(), Put::Created);
    assert_eq!(store.put_new("k", b"one").unwrap(), Put::Same);
    assert_eq!(store.put_new("k", b"two").unwrap(), Put::Different);
    assert_eq!(store.put_new("k", b"").unwrap(), Put::Different);
    assert_eq!(store.put_new("k", b"onee").unwrap(), Put::Different);
    assert_eq!(store.get("k").unwrap().as_deref(), Some(&b"one"[..]));
    assert_eq!(keys(store, ""), ["k"]);
}

fn creates_many(store: &impl ObjectStore) {
    let object = |i: usize| NewObject::new(format!("d{}/{}/{i}", i % 7, i % 3), vec![i as u8; i]);
    let mut objects: Vec<NewObject> = (0..100).map(object).collect();
    assert_eq!(store.put_all(&[]).unwrap(), []);
    assert_eq!(store.put_all(&objects[..50]).unwrap(), [Put::Created; 50]);
    objects[7].bytes = vec![0];
    let results = store.put_all(&objects).unwrap();
    let expected = |i: usize| {
        if i == 7 {
            Put::Different
        } else if i < 50 {
            Put::Same
        } else {
            Put::Created
        }
    };
    assert_eq!(results, (0..100).map(expected).collect::<Vec<_>>());
    assert_eq!(store.list("").unwrap().len(), 100);
    assert_eq!(store.get(&objects[99].key).unwrap().as_ref(), Some(&objects[99].bytes));
    assert_eq!(store.get(&objects[7].key).unwrap(), Some(object(7).bytes));
    let few: Vec<NewObject> = objects[..3].iter().cloned().chain([object(200)]).collect();
    assert_eq!(store.put_all(&few).unwrap(), [Put::Same, Put::Same, Put::Same, Put::Created]);
    let twice = [object(300), object(300)];
    let mut twice = store.put_all(&twice).unwrap();
    twice.sort_by_key(|put| *put == Put::Same);
    assert_eq!(twice, [Put::Created, Put::Same]);
    objects[0].key = "../x".to_owned();
    assert!(store.put_all(&objects).is_err());
}

fn lists_in_order(store: &impl ObjectStore) {
    assert_eq!(store.list("").unwrap(), []);
    assert_eq!(store.list("nothing/here/").unwrap(), []);
    let all = ["b", "a/2", "a/10", "a-b", "a.b", "a/x/y", "A", "aa/1"];
    for (size, key) in all.into_iter().enumerate() {
        assert_eq!(store.put_new(key, &vec![0; size]).unwrap(), Put::Created);
    }
    assert_eq!(keys(store, ""), ["A", "a-b", "a.b", "a/10", "a/2", "a/x/y", "aa/1", "b"]);
    assert_eq!(keys(store, "a/"), ["a/10", "a/2", "a/x/y"]); // not aa/1
    assert_eq!(keys(store, "a/x/"), ["a/x/y"]);
    let [Listed { key, size: 5, version }] = &store.list("a/x/").unwrap()[..] else { panic!("not as it was written") };
    assert_eq!(key, "a/x/y");
    let looked = store.look(key).unwrap();
    assert!(looked.is_none_or(|looked| looked.key == *key && looked.size == 5 && looked.version == *version));
    assert_eq!(store.look("a/x").unwrap(), None);
    assert_eq!(keys(store, "b/"), [""; 0]); // an object is no folder
}

fn deletes(store: &impl ObjectStore) {
    assert!(!store.delete("a/b").unwrap());
    assert_eq!(store.put_new("a/b", b"1").unwrap(), Put::Created);
    store.sweep().unwrap();
    assert!(store.delete("a/b").unwrap());
    assert!(!store.delete("a/b").unwrap());
    assert_eq!(store.get("a/b").unwrap(), None);
    assert_eq!(store.list("").unwrap(), []);
    assert_eq!(store.put_new("a/b", b"2").unwrap(), Put::Created);
}

fn refuses_bad_keys(store: &impl ObjectStore) {
    let long = "k".repeat(256);
    let longer = "k/".repeat(600) + "k";
    let bad = [
        "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".a", "a\\b", "a\nb", "a\0", &long, &longer,
    ];
    for key in bad {
        let error = store.put_new(key, b"1").unwrap_err().to_string();
        assert!(error.ends_with("' can't be the name of an object") && !error.contains('\n'), "{error}");
        assert!(store.get(key).is_err() && store.delete(key).is_err(), "{key}");
    }
    for folder in ["/", "a", "../", "a/../", "/a/", "a//"] {
        assert!(store.list(folder).is_err(), "{folder}");
    }
    assert_eq!(store.list("").unwrap(), []);
}

fn one_racer_wins(store: &impl ObjectStore) {
    const RACERS: usize = 32;
    for round in 0..10 {
        let key = format!("race/{round}/{}", "deep/".repeat(round % 3) + "k");
        let bytes = |racer: usize| vec![racer as u8; 10_000];
        let start = Barrier::new(RACERS);
        let race = |racer| {
            start.wait();
            store.put_new(&key, &bytes(racer)).unwrap()
        };
        let results: Vec<Put> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..RACERS).map(|racer| scope.spawn(move || race(racer))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        let winners: Vec<usize> = (0..RACERS).filter(|&racer| results[racer] == Put::Created).collect();
        assert_eq!(winners.len(), 1, "{results:?}");
        assert_eq!(results.iter().filter(|result| **result == Put::Different).count(), RACERS - 1);
        assert_eq!(store.get(&key).unwrap(), Some(bytes(winners[0])));
    }
}

fn racers_with_equal_bytes_agree(store: &impl ObjectStore) {
    let results: Vec<Put> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8).map(|_| scope.spawn(|| store.put_new("same", b"same").unwrap())).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|result| **result == Put::Created).count(), 1);
    assert_eq!(results.iter().filter(|result| **result == Put::Same).count(), 7);
}

fn behaves_like_a_map(store: &impl ObjectStore) {
    let key = prop::collection::vec("[abA=.]{0,2}[bA_]", 1..4).prop_map(|parts| parts.join("/"));
    let key = key.prop_filter("allowed", |key| check_key(key).is_ok());
    let mut runner = TestRunner::new(Config { cases: 20, failure_persistence: None, ..Config::default() });
    let rounds = Cell::new(0);
    let result = runner.run(&prop::collection::vec((key, 0..3_u8), 1..20), |steps| {
        let round = rounds.replace(rounds.get() + 1);
        let mut model = std::collections::BTreeMap::<String, Vec<u8>>::new();
        for (key, content) in steps {
            let key = format!("map{round}/{key}");
            // On a disk a name is a file or a folder.
            let above = |other: &String| other.starts_with(&format!("{key}/")) || key.starts_with(&format!("{other}/"));
            if model.keys().any(above) {
                continue;
            }
            let bytes = vec![content; usize::from(content)];
            let expected = match model.get(&key) {
                None => Put::Created,
                Some(there) if *there == bytes => Put::Same,
                Some(_) => Put::Different,
            };
            prop_assert_eq!(store.put_new(&key, &bytes).unwrap(), expected);
            model.entry(key).or_insert(bytes);
        }
        let folder = format!("map{round}/");
        let listed: BTreeSet<(String, u64)> =
            store.list(&folder).unwrap().into_iter().map(|object| (object.key, object.size)).collect();
        prop_assert_eq!(listed, model.iter().map(|(key, bytes)| (key.clone(), bytes.len() as u64)).collect());
        for (key, bytes) in model {
            prop_assert_eq!(store.get(&key).unwrap(), Some(bytes));
        }
        Ok(())
    });
    result.unwrap();
}
