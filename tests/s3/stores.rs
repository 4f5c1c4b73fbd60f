//! The contract of [`ObjectStore`] on a disk and on S3, and what only S3 has.
//!
//! With `TREBUCHET_TEST_S3=s3://BUCKET/PREFIX` the suite runs there, reached by the ordinary AWS settings, rather than
//! in the server of these tests: `tests/stores/real_s3.py` does so.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use trebuchet_ad::s3::address::Address;
use trebuchet_ad::s3::{Access, Bucket};
use trebuchet_ad::store::local::LocalStore;
use trebuchet_ad::store::marker::Keeping;
use trebuchet_ad::store::objects::{NewObject, ObjectStore, Put};
use trebuchet_ad::store::s3::S3Store;

use crate::contract;
use crate::s3::{ACCESS_KEY, Fault, Faults, Options, Proxy, SECRET_KEY, Server};

/// A bucket of a server or a proxy with this endpoint.
pub fn bucket(server: &Server, endpoint: &str, access: &Access) -> Bucket {
    let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test");
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .region(Region::new("eu-central-1"))
        .endpoint_url(endpoint)
        .build();
    Bucket::of(server.bucket(), &sdk, access).unwrap()
}

fn store_at(server: &Server, endpoint: &str, prefix: &str) -> S3Store {
    let bucket = bucket(server, endpoint, &Access { pause: Duration::from_millis(1), ..Access::default() });
    let address = bucket.address(prefix);
    S3Store::within(bucket, &address).unwrap()
}

pub fn store(server: &Server, prefix: &str) -> S3Store {
    store_at(server, &server.endpoint(), prefix)
}

#[test]
fn the_contract_holds_on_a_disk() {
    let folder = tempfile::tempdir().unwrap();
    let count = AtomicU64::new(0);
    contract::holds(|| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        LocalStore::create(folder.path().join(format!("new/{number}"))).unwrap()
    });
    assert!(count.into_inner() > 5);
}

#[test]
fn the_contract_holds_on_s3() {
    let count = AtomicU64::new(0);
    let next = || count.fetch_add(1, Ordering::Relaxed);
    #[expect(clippy::disallowed_methods, reason = "says which server to test")]
    if let Ok(place) = std::env::var("TREBUCHET_TEST_S3") {
        let address = Address::parse(&place).unwrap().unwrap();
        let below = |number: u64| address.with_key(&format!("{}/{}-{number}", address.key, std::process::id()));
        contract::holds(|| S3Store::open(&below(next()), &Access::default()).unwrap());
    } else {
        let server = Server::start(Options { page: 7, ..Options::default() });
        contract::holds(|| store(&server, &format!("some/where/{}", next())));
        assert_eq!(server.uploads(), [""; 0], "parts were left behind");
    }
    assert!(count.into_inner() > 5);
}

#[test]
fn the_contract_holds_in_a_bucket_with_versions() {
    let server = Server::start(Options { versioning: true, ..Options::default() });
    let mut count = 0;
    contract::holds(|| {
        count += 1;
        store(&server, &format!("{count}"))
    });
}

#[test]
fn a_store_may_fill_a_bucket_and_sees_nothing_beside_its_prefix() {
    let server = Server::start(Options::default());
    let (all, one) = (store(&server, ""), store(&server, "one/"));
    assert_eq!((all.place(), one.place()), ("s3://test-bucket".to_owned(), "s3://test-bucket/one".to_owned()));
    assert_eq!(one.put_new("a/b", b"1").unwrap(), Put::Created);
    for foreign in ["one-more/x", "one.txt", "two/x"] {
        server.put(foreign, "foreign");
    }
    server.put("one/a/", ""); // what some programs make for a folder
    server.put("one/a/.hidden", "x");
    let keys = |store: &S3Store| store.list("").unwrap().into_iter().map(|object| object.key).collect::<Vec<_>>();
    assert_eq!(keys(&one), ["a/b"]);
    assert_eq!(keys(&all), ["one-more/x", "one.txt", "one/a/b", "two/x"]);
}

#[test]
fn objects_are_kept_as_the_store_says() {
    let server = Server::start(Options::default());
    let keeping = Keeping {
        encryption: Some("aws:kms".to_owned()),
        kms_key: Some("alias/mine".to_owned()),
        raw_storage_class: Some("STANDARD_IA".to_owned()),
    };
    let store = store(&server, "p").keeping(keeping);
    let large = vec![7; 20 << 20];
    for (key, bytes) in
        [("raw/x", &large[..10]), ("raw/large", &large), ("hourly/x", &large[..20]), ("rawer/x", &large[..1])]
    {
        assert_eq!(store.put_new(key, bytes).unwrap(), Put::Created);
        let object = server.object(&format!("p/{key}")).unwrap();
        assert_eq!(object.encryption.as_deref(), Some("aws:kms"));
        assert_eq!(object.kms_key.as_deref(), Some("alias/mine"));
        let class = key.starts_with("raw/").then_some("STANDARD_IA");
        assert_eq!(object.storage_class.as_deref(), class, "{key}");
        assert!(object.sha256.is_some() && object.metadata.contains_key("sha256"), "{object:?}");
    }
}

#[test]
fn what_was_changed_on_the_way_is_not_believed() {
    let server = Server::start(Options::default());
    let store = store(&server, "p");
    let large = vec![7; 20 << 20];
    assert_eq!(store.put_new("large", &large).unwrap(), Put::Created);
    // the same metadata, other bytes: as if storage had failed
    server.damage("p/large");
    let error = store.get("large").unwrap_err().to_string();
    assert!(error.ends_with("s3://test-bucket/p/large: its bytes are not those that were written"), "{error}");
    assert_eq!(store.put_new("small", b"small").unwrap(), Put::Created);
    server.damage("p/small");
    let error = store.get("small").unwrap_err().to_string();
    assert!(error.starts_with("can't read s3://test-bucket/p/small: "), "{error}");
}

#[test]
fn every_kind_of_fault_is_survived() {
    for kind in Fault::ALL {
        let server = Server::start(Options { page: 50, ..Options::default() });
        let faults = Faults { share: 0.3, kinds: vec![kind], delay: Duration::from_millis(5), ..Faults::default() };
        let proxy = Proxy::start(&server.endpoint(), faults);
        let store = store_at(&server, &proxy.endpoint(), "p");
        let objects: Vec<NewObject> = (0..200_u8).map(|i| NewObject::new(format!("d/{i}"), vec![i; 1000])).collect();
        let puts = store.put_all(&objects).unwrap();
        assert!(puts.iter().all(|put| *put != Put::Different), "{kind:?}");
        assert_eq!(store.put_new("d/7", b"other").unwrap(), Put::Different);
        assert_eq!(store.put_new("large", &vec![1; 20 << 20]).unwrap(), Put::Created, "{kind:?}");
        assert_eq!(store.list("").unwrap().len(), 201);
        for object in &objects {
            assert_eq!(store.get(&object.key).unwrap().as_ref(), Some(&object.bytes), "{kind:?}");
        }
        assert!(store.delete("d/1").unwrap() || kind == Fault::Lost, "{kind:?}");
        assert_eq!(server.tree("p").len(), 200);
        assert!(proxy.injected(kind) > 20, "{kind:?}: {}", proxy.injected(kind));
    }
}

#[test]
fn s3_that_is_gone_for_good_ends_in_an_error() {
    let server = Server::start(Options::default());
    let proxy = Proxy::start(&server.endpoint(), Faults { down_after: Some(10), ..Faults::none() });
    let store = store_at(&server, &proxy.endpoint(), "p");
    let objects: Vec<NewObject> = (0..50_u8).map(|i| NewObject::new(format!("{i}"), vec![i])).collect();
    let error = store.put_all(&objects).unwrap_err();
    assert!(error.to_string().contains(" can't be reached, after 9 attempts: "), "{error}");
    assert!(error.hints().iter().any(|hint| hint.contains("the command can be run again")), "{:?}", error.hints());
    assert!(store.get("1").is_err() && store.list("").is_err());
    assert_eq!(server.tree("p").len(), 10);
    let puts = self::store(&server, "p").put_all(&objects).unwrap();
    assert_eq!(puts.iter().filter(|put| **put == Put::Created).count(), 40);
}
