//! How long objects take to a store and back: no Parquet, nothing but bytes, checked by their SHA-256.
//!
//! `cargo bench --bench s3 -- write FOLDER PLACE` creates an object for each file of a folder, `read PLACE FOLDER` makes
//! files of the objects; a place is `s3://BUCKET/PREFIX`, reached by the ordinary AWS settings, or a folder, and the
//! seconds are printed. `benches/compare_s3.py` does both in turn with others. With `--test` a few go to a folder and
//! back, so that it keeps working.

#![expect(clippy::unwrap_used, reason = "a benchmark that can't go on fails")]
#![expect(clippy::print_stdout, reason = "it is not the program that prints")]

use std::path::Path;
use std::time::Instant;

use trebuchet_ad::error::Result;
use trebuchet_ad::parallel::ordered_map;
use trebuchet_ad::s3::Access;
use trebuchet_ad::store::local::LocalStore;
use trebuchet_ad::store::objects::{NewObject, ObjectStore, Put};
use trebuchet_ad::store::place::Place;
use trebuchet_ad::store::s3::S3Store;

/// How many files are read before their objects are written, as `ingest` and `detect` hand over theirs in portions.
const PORTION: usize = 256;

#[expect(clippy::disallowed_methods, reason = "a program of its own, with its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["write", folder, place] => report(|| write(Path::new(folder), &*store(place))),
        ["read", place, folder] => report(|| read(&*store(place), Path::new(folder))),
        _ => test(),
    }
}

fn report(work: impl FnOnce() -> usize) {
    let start = Instant::now();
    let objects = work();
    println!("{objects} objects in {:.3} s", start.elapsed().as_secs_f64());
}

fn store(place: &str) -> Box<dyn ObjectStore> {
    match Place::parse(place).unwrap() {
        Place::Folder(path) => Box::new(LocalStore::create(path).unwrap()),
        Place::Bucket(address) => Box::new(S3Store::open(&address, &Access::default()).unwrap()),
    }
}

/// Creates an object for each file; how many.
fn write(folder: &Path, store: &dyn ObjectStore) -> usize {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    for portion in names.chunks(PORTION) {
        let object = |name: &String| NewObject::new(name.clone(), std::fs::read(folder.join(name)).unwrap());
        let objects: Vec<NewObject> = portion.iter().map(object).collect();
        assert!(store.put_all(&objects).unwrap().iter().all(|put| *put == Put::Created));
    }
    names.len()
}

/// Makes a file of each object; how many.
fn read(store: &dyn ObjectStore, folder: &Path) -> usize {
    let listed = store.list("").unwrap();
    let fetch = |key: &str| -> Result<()> {
        std::fs::write(folder.join(key), store.get(key)?.unwrap()).unwrap();
        Ok(())
    };
    ordered_map(store.at_once(), listed.iter(), |object| fetch(&object.key), |done| done).unwrap();
    listed.len()
}

fn test() {
    let folder = tempfile::tempdir().unwrap();
    let [from, place, to] = ["from", "place", "to"].map(|name| folder.path().join(name));
    std::fs::create_dir(&from).unwrap();
    std::fs::create_dir(&to).unwrap();
    for number in 0..9_u8 {
        std::fs::write(from.join(number.to_string()), vec![number; 1000]).unwrap();
    }
    let place = store(place.to_str().unwrap());
    assert_eq!((write(&from, &*place), read(&*place, &to)), (9, 9));
    assert_eq!(std::fs::read(to.join("7")).unwrap(), [7; 1000]);
    println!("objects: ok");
}
