//! Tests of [`super`].

use super::*;

#[test]
fn what_a_killed_program_left_is_ignored_and_swept() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    store.sweep().unwrap();
    assert_eq!(store.put_new("a", b"1").unwrap(), Put::Created);
    let left = folder.path().join(STAGING).join("left");
    fs::write(&left, "half").unwrap();
    let staged = store.stage(b"in work").unwrap();
    assert_eq!(store.list("").unwrap().len(), 1);
    store.sweep().unwrap();
    assert!(!left.exists() && staged.path().exists());
    staged.persist_noclobber(folder.path().join("b")).unwrap();
    assert_eq!(store.get("b").unwrap().as_deref(), Some(&b"in work"[..]));
    assert_eq!(fs::read_dir(folder.path().join(STAGING)).unwrap().count(), 0);
}

#[test]
fn putting_goes_on_while_others_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let object = |number| NewObject::new(format!("{number}"), b"x".to_vec());
            for number in 0..200 {
                assert_eq!(store.put_new(&object(number).key, b"x").unwrap(), Put::Created);
            }
            let objects: Vec<NewObject> = (200..400).map(object).collect();
            assert_eq!(store.put_all(&objects).unwrap(), [Put::Created; 200]);
        });
        while !writer.is_finished() {
            store.sweep().unwrap();
        }
        writer.join().unwrap();
    });
    assert_eq!(store.list("").unwrap().len(), 400);
}

#[test]
fn a_store_that_has_gone_does_not_come_back_empty() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("store");
    let store = LocalStore::create(&root).unwrap();
    fs::remove_dir(&root).unwrap();
    let errors = [
        store.put_new("a/b", b"1").unwrap_err(),
        store.get("a").unwrap_err(),
        store.list("").unwrap_err(),
        store.list("a/").unwrap_err(),
    ];
    for error in errors {
        let text = error.with_cause();
        assert!(text.contains("store") && text.contains("no such file"), "{text}");
    }
    assert!(!root.exists());
}

#[test]
fn what_is_in_the_way_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path()).unwrap();
    assert_eq!(store.put_new("a", b"1").unwrap(), Put::Created);
    let error = store.put_new("a/b", b"1").unwrap_err();
    assert!(error.with_cause().contains("a/b: not a directory"), "{}", error.with_cause());
    assert!(error.hints()[0].contains("move it away"));
    assert_eq!(store.put_new("c/d", b"1").unwrap(), Put::Created);
    let error = store.put_new("c", b"1").unwrap_err();
    assert!(error.with_cause().contains("is a directory"), "{}", error.with_cause());
    let error = LocalStore::open(folder.path().join("a")).unwrap_err();
    assert!(error.to_string().ends_with("a is a file, not a folder"));
    assert!(LocalStore::create(folder.path().join("a/b")).is_err());
}

#[cfg(unix)]
#[test]
fn links_and_permissions_are_the_users() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::create(folder.path().join("store")).unwrap();
    let probe = folder.path().join("probe");
    fs::write(&probe, "").unwrap();
    assert_eq!(store.put_new("a/b", b"1").unwrap(), Put::Created);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&folder.path().join("store/a/b")), mode(&probe));
    symlink(folder.path().join("store/a"), folder.path().join("store/c")).unwrap();
    assert_eq!(store.list("c/").unwrap()[0].key, "c/b"); // a data type on another disk
    symlink("nowhere", folder.path().join("store/d")).unwrap();
    assert!(store.list("").unwrap_err().with_cause().contains("store/d: no such file"));
}
