//! The proxy disturbs as it says, each kind of fault in its own way.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

use crate::client::{Signer, code, status};
use crate::s3::{Fault, Faults, Options, Proxy, Server};

const BUCKET: &str = "test-bucket";

/// A server behind a proxy, and a client of the proxy.
fn disturbed(faults: Faults) -> (Server, Proxy, Client) {
    let server = Server::start(Options::default());
    let proxy = Proxy::start(&server.endpoint(), faults);
    let client = Signer::default().client(&proxy.endpoint());
    (server, proxy, client)
}

/// Every request meets this fault.
fn always(fault: Fault) -> Faults {
    Faults { share: 1.0, kinds: vec![fault], ..Faults::default() }
}

/// Writes an object; the status and the code of the error.
async fn put(client: &Client, key: &str, bytes: Vec<u8>) -> Result<(), (u16, String)> {
    let put = client.put_object().bucket(BUCKET).key(key).body(ByteStream::from(bytes)).send().await;
    put.map(|_| ()).map_err(|error| (status(&error), code(&error)))
}

/// Reads an object; `None` where it can't be read as a whole.
async fn get(client: &Client, key: &str) -> Option<Vec<u8>> {
    let got = client.get_object().bucket(BUCKET).key(key).send().await.ok()?;
    Some(got.body.collect().await.ok()?.to_vec())
}

#[tokio::test]
async fn each_fault_is_what_it_says() {
    let no_answer = || Err((0, "no answer".to_owned()));
    for fault in Fault::ALL {
        let (server, proxy, client) = disturbed(always(fault));
        let started = Instant::now();
        let answer = put(&client, "key", vec![1; 100_000]).await;
        let (expected, carried_out) = match fault {
            Fault::Internal => (Err((500, "InternalError".to_owned())), false),
            Fault::SlowDown => (Err((503, "SlowDown".to_owned())), false),
            Fault::Reset => (no_answer(), false),
            Fault::Cut | Fault::Lost => (no_answer(), true),
            Fault::Delayed => (Ok(()), true),
        };
        assert_eq!(answer, expected, "{fault:?}");
        assert_eq!(server.object("key").is_some(), carried_out, "{fault:?}");
        assert_eq!((proxy.injected(fault), proxy.disturbed(), proxy.requests()), (1, 1, 1), "{fault:?}");
        assert!(started.elapsed() >= Duration::from_millis(50) || fault != Fault::Delayed, "{fault:?}");
        server.put("there", vec![2; 100_000]);
        let read = get(&client, "there").await;
        assert_eq!(read.is_some(), fault == Fault::Delayed, "{fault:?}");
    }
}

#[tokio::test]
async fn undisturbed_requests_pass_unchanged() {
    let (server, proxy, client) = disturbed(Faults::none());
    let large: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    put(&client, "a key/with ä+%", large.clone()).await.unwrap();
    assert!(server.object("a key/with ä+%").unwrap().bytes == large);
    assert!(get(&client, "a key/with ä+%").await.unwrap() == large);
    let listed = client.list_objects_v2().bucket(BUCKET).prefix("a key/").send().await.unwrap();
    assert_eq!(listed.contents()[0].key(), Some("a key/with ä+%"));
    let head = client.head_object().bucket(BUCKET).key("a key/with ä+%").send().await.unwrap();
    assert_eq!(head.content_length(), Some(4_000_000));
    client.delete_object().bucket(BUCKET).key("a key/with ä+%").send().await.unwrap();
    assert!(server.tree("").is_empty());
    assert_eq!((proxy.requests(), proxy.disturbed()), (5, 0));
}

/// What became of 600 requests, sent from eight tasks.
async fn outcomes(seed: u64) -> (BTreeMap<String, bool>, BTreeMap<Fault, u64>) {
    let (_server, proxy, client) = disturbed(Faults { seed, delay: Duration::ZERO, ..Faults::default() });
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let client = client.clone();
            tokio::spawn(async move {
                let mut outcomes = Vec::new();
                for number in (task..600).step_by(8) {
                    let key = format!("key{number}");
                    let answer = put(&client, &key, vec![0; 10]).await;
                    outcomes.push((key, answer.is_ok()));
                }
                outcomes
            })
        })
        .collect();
    let mut outcomes = BTreeMap::new();
    for task in tasks {
        outcomes.extend(task.await.unwrap());
    }
    (outcomes, Fault::ALL.map(|fault| (fault, proxy.injected(fault))).into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_disturbed_by_every_kind_and_the_same_for_a_seed() {
    let (first, injected) = outcomes(7).await;
    let total: u64 = injected.values().sum();
    assert!((40..=80).contains(&total), "10 % of 600 were to be disturbed: {injected:?}");
    assert!(injected.values().all(|count| *count > 0), "{injected:?}");
    let failed = first.values().filter(|succeeded| !**succeeded).count();
    assert_eq!(u64::try_from(failed).unwrap(), total - injected[&Fault::Delayed]);
    assert_eq!(outcomes(7).await, (first.clone(), injected));
    assert_ne!(outcomes(8).await.0, first);
}

#[tokio::test]
async fn the_same_request_is_not_disturbed_for_ever() {
    let (_server, proxy, client) = disturbed(Faults { share: 0.5, ..Faults::default() });
    let mut answers = Vec::new();
    for _ in 0..40 {
        answers.push(put(&client, "key", vec![0]).await.is_ok());
    }
    assert!(answers.contains(&true) && answers.contains(&false), "{answers:?}");
    assert!((10..=30).contains(&proxy.disturbed()), "{}", proxy.disturbed());
}

#[tokio::test]
async fn a_server_that_is_gone_stays_gone() {
    let (server, proxy, client) = disturbed(Faults { down_after: Some(3), ..Faults::none() });
    for number in 0..6 {
        assert_eq!(put(&client, &format!("key{number}"), vec![0]).await.is_ok(), number < 3);
    }
    assert_eq!(server.tree("").len(), 3);
    assert_eq!(proxy.requests(), 3);
    assert!(proxy.refused() >= 3, "{}", proxy.refused());
    let (server, proxy, client) = disturbed(Faults::none());
    for (down, key) in [(false, "first"), (true, "second"), (false, "third")] {
        proxy.set_down(down);
        assert_eq!(put(&client, key, vec![0]).await.is_err(), down);
    }
    assert_eq!(server.tree("").into_keys().collect::<Vec<_>>(), ["first", "third"]);
}

#[tokio::test]
async fn both_end_when_they_are_dropped() {
    let (server, proxy, client) = disturbed(Faults::none());
    put(&client, "key", vec![0]).await.unwrap();
    let ports = [server.endpoint(), proxy.endpoint()].map(|endpoint| endpoint["http://".len()..].to_owned());
    drop((server, proxy));
    for port in ports {
        assert!(std::net::TcpStream::connect(&port).is_err(), "{port} still listens");
    }
    assert!(put(&client, "key", vec![0]).await.is_err());
}
