//! The server is S3 where the program relies on it.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ServerSideEncryption, StorageClass};

use crate::client::{Signer, client, code, sha256, status};
use crate::s3::{Options, Server};

const BUCKET: &str = "test-bucket";

/// Creates an object if there is none; the status where it was not created.
async fn create(client: &Client, key: &str, bytes: Vec<u8>) -> Result<(), u16> {
    let put = client.put_object().bucket(BUCKET).key(key).if_none_match("*").body(ByteStream::from(bytes));
    put.send().await.map(|_| ()).map_err(|error| status(&error))
}

async fn get(client: &Client, key: &str) -> Vec<u8> {
    let got = client.get_object().bucket(BUCKET).key(key).send().await.unwrap();
    got.body.collect().await.unwrap().to_vec()
}

/// Lets 32 writers create one object; which of them succeeded.
async fn race(server: &Server, key: &'static str) -> Vec<u8> {
    let client = client(server);
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(32));
    let racers: Vec<_> = (0..32_u8)
        .map(|racer| {
            let (client, barrier) = (client.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                (racer, create(&client, key, vec![racer; 10_000]).await)
            })
        })
        .collect();
    let mut winners = Vec::new();
    for racer in racers {
        match racer.await.unwrap() {
            (racer, Ok(())) => winners.push(racer),
            (_, Err(refused)) => assert_eq!(refused, 412),
        }
    }
    winners
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_racers_wins() {
    for versioning in [false, true] {
        let server = Server::start(Options { versioning, ..Options::default() });
        for round in 0..5 {
            let winners = race(&server, "raced/key").await;
            assert_eq!(winners.len(), 1, "round {round}");
            assert_eq!(server.object("raced/key").unwrap().bytes, vec![winners[0]; 10_000]);
            client(&server).delete_object().bucket(BUCKET).key("raced/key").send().await.unwrap();
        }
        assert_eq!(server.versions("raced/key").len(), if versioning { 10 } else { 0 });
        assert_eq!(server.requests("PutObject"), 5 * 32);
    }
}

#[tokio::test]
async fn checksums_are_verified_kept_and_told() {
    let server = Server::start(Options::default());
    let client = client(&server);
    let put = |sum: String| {
        let put = client.put_object().bucket(BUCKET).key("summed").checksum_sha256(sum);
        put.body(ByteStream::from_static(b"some bytes")).send()
    };
    let refused = put(sha256(b"other bytes")).await.unwrap_err();
    assert_eq!((status(&refused), code(&refused).as_str()), (400, "BadDigest"));
    let refused = put("short".to_owned()).await.unwrap_err();
    assert_eq!((status(&refused), code(&refused).as_str()), (400, "InvalidRequest"));
    assert_eq!(server.object("summed"), None);
    let answer = put(sha256(b"some bytes")).await.unwrap();
    assert_eq!(answer.checksum_sha256(), Some(sha256(b"some bytes").as_str()));
    assert_eq!(server.object("summed").unwrap().sha256, Some(sha256(b"some bytes")));
    for mode in [None, Some(ChecksumMode::Enabled)] {
        let head = client.head_object().bucket(BUCKET).key("summed").set_checksum_mode(mode.clone());
        let told = head.send().await.unwrap();
        assert_eq!(told.checksum_sha256().map(str::to_owned), mode.map(|_| sha256(b"some bytes")));
        assert_eq!(told.content_length(), Some(10));
    }
    let got = client.get_object().bucket(BUCKET).key("summed").checksum_mode(ChecksumMode::Enabled);
    assert_eq!(got.send().await.unwrap().checksum_sha256(), Some(sha256(b"some bytes").as_str()));
    let part = client.get_object().bucket(BUCKET).key("summed").checksum_mode(ChecksumMode::Enabled).range("bytes=5-7");
    let part = part.send().await.unwrap();
    assert_eq!((part.checksum_sha256(), part.content_range()), (None, Some("bytes 5-7/10")));
    assert_eq!(part.body.collect().await.unwrap().to_vec(), b"byt");
    let beyond = client.get_object().bucket(BUCKET).key("summed").range("bytes=10-").send().await.unwrap_err();
    assert_eq!((status(&beyond), code(&beyond).as_str()), (416, "InvalidRange"));
}

#[tokio::test]
async fn a_body_in_chunks_with_the_checksum_behind_it_is_understood() {
    let server = Server::start(Options::default());
    let client = client(&server);
    let file = tempfile::NamedTempFile::new().unwrap();
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(file.path(), &bytes).unwrap();
    let body = ByteStream::from_path(file.path()).await.unwrap();
    let put = client.put_object().bucket(BUCKET).key("chunked").checksum_algorithm(ChecksumAlgorithm::Sha256);
    put.body(body).send().await.unwrap();
    let stored = server.object("chunked").unwrap();
    assert!(stored.bytes == bytes);
    assert_eq!(stored.sha256, Some(sha256(&bytes)));
    assert!(get(&client, "chunked").await == bytes);
}

#[tokio::test]
async fn pages_of_a_list_have_all_names_once() {
    let server = Server::start(Options { page: 7, ..Options::default() });
    let client = client(&server);
    let mut keys: Vec<String> = (0..50).map(|number| format!("a/b{number}/object")).collect();
    keys.extend(["a!", "a/b", "a/c/", "a/ä", "b/1"].map(str::to_owned));
    keys.iter().for_each(|key| server.put(key, "x"));
    keys.sort();
    let listed = list(&client, "", None).await;
    assert_eq!(listed, (keys.clone(), vec![]));
    assert_eq!(server.requests("ListObjectsV2"), 8);
    let below: Vec<String> = keys.iter().filter(|key| key.starts_with("a/b")).cloned().collect();
    assert_eq!(list(&client, "a/b", None).await, (below, vec![]));
    let (objects, prefixes) = list(&client, "a/", Some("/")).await;
    assert_eq!(objects, ["a/b", "a/ä"]);
    let mut expected: Vec<String> = (0..50).map(|number| format!("a/b{number}/")).collect();
    expected.push("a/c/".to_owned());
    expected.sort();
    assert_eq!(prefixes, expected);
    let few = client.list_objects_v2().bucket(BUCKET).max_keys(3).start_after("a/b").send().await.unwrap();
    assert_eq!((few.contents().len(), few.is_truncated()), (3, Some(true)));
    assert_eq!(few.contents()[0].key(), Some("a/b0/object"));
    let bad = client.list_objects_v2().bucket(BUCKET).continuation_token("a/b").send().await.unwrap_err();
    assert_eq!(code(&bad), "InvalidArgument");
    assert_eq!(server.tree("a/b0").into_keys().collect::<Vec<_>>(), ["object"]);
}

async fn list(client: &Client, prefix: &str, delimiter: Option<&str>) -> (Vec<String>, Vec<String>) {
    let request = client.list_objects_v2().bucket(BUCKET).prefix(prefix).set_delimiter(delimiter.map(str::to_owned));
    let mut pages = request.into_paginator().send();
    let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert!(page.contents().len() + page.common_prefixes().len() <= 7);
        objects.extend(page.contents().iter().map(|object| object.key().unwrap().to_owned()));
        prefixes.extend(page.common_prefixes().iter().map(|prefix| prefix.prefix().unwrap().to_owned()));
    }
    (objects, prefixes)
}

#[tokio::test]
async fn old_versions_stay_where_the_bucket_keeps_them() {
    let server = Server::start(Options { versioning: true, ..Options::default() });
    let client = client(&server);
    create(&client, "key", b"first".to_vec()).await.unwrap();
    assert_eq!(create(&client, "key", b"second".to_vec()).await, Err(412));
    let deleted = client.delete_object().bucket(BUCKET).key("key").send().await.unwrap();
    assert_eq!(deleted.delete_marker(), Some(true));
    let missing = client.get_object().bucket(BUCKET).key("key").send().await.unwrap_err();
    assert_eq!((status(&missing), code(&missing).as_str()), (404, "NoSuchKey"));
    assert_eq!(missing.raw_response().unwrap().headers().get("x-amz-delete-marker"), Some("true"));
    assert_eq!(status(&client.head_object().bucket(BUCKET).key("key").send().await.unwrap_err()), 404);
    assert!(server.tree("").is_empty());
    create(&client, "key", b"third".to_vec()).await.unwrap();
    assert_eq!(get(&client, "key").await, b"third");
    assert_eq!(server.versions("key"), [Some(b"first".to_vec()), None, Some(b"third".to_vec())]);
    let marker = deleted.version_id().unwrap();
    client.delete_object().bucket(BUCKET).key("key").version_id(marker).send().await.unwrap();
    assert_eq!(server.versions("key"), [Some(b"first".to_vec()), Some(b"third".to_vec())]);
}

#[tokio::test]
async fn what_is_denied_is_told_as_s3_tells_it() {
    let server = Server::start(Options::default());
    let client = client(&server);
    assert_eq!(status(&client.get_object().bucket(BUCKET).key("missing").send().await.unwrap_err()), 404);
    server.put("there", "x");
    server.deny("s3:ListBucket");
    let hidden = client.get_object().bucket(BUCKET).key("missing").send().await.unwrap_err();
    assert_eq!((status(&hidden), code(&hidden).as_str()), (403, "AccessDenied"));
    assert_eq!(status(&client.head_object().bucket(BUCKET).key("missing").send().await.unwrap_err()), 403);
    assert_eq!(get(&client, "there").await, b"x");
    assert_eq!(code(&client.list_objects_v2().bucket(BUCKET).send().await.unwrap_err()), "AccessDenied");
    assert_eq!(status(&client.head_bucket().bucket(BUCKET).send().await.unwrap_err()), 403);
    server.allow_all();
    server.deny("s3:PutObject");
    let denied = client.put_object().bucket(BUCKET).key("a/b").send().await.unwrap_err();
    assert_eq!(
        denied.message(),
        Some(
            "User: arn:aws:iam::123456789012:user/test is not authorized to perform: s3:PutObject on resource: \
             \"arn:aws:s3:::test-bucket/a/b\" because no identity-based policy allows the s3:PutObject action"
        )
    );
    server.deny("s3:GetObject");
    server.deny("s3:DeleteObject");
    assert_eq!(code(&client.get_object().bucket(BUCKET).key("there").send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&client.delete_object().bucket(BUCKET).key("there").send().await.unwrap_err()), "AccessDenied");
    assert_eq!(server.tree("").into_keys().collect::<Vec<_>>(), ["there"]);
    let large = ByteStream::from(vec![0; 3 << 20]);
    let denied = client.put_object().bucket(BUCKET).key("large").body(large).send().await.unwrap_err();
    assert_eq!(code(&denied), "AccessDenied", "the answer must come through although the body is large");
}

#[tokio::test]
async fn who_does_not_sign_rightly_is_refused() {
    let server = Server::start(Options { session_token: Some("token".to_owned()), ..Options::default() });
    let right = Signer { token: Some("token"), ..Signer::default() };
    let refused = async |signer: &Signer<'_>, bucket: &str| {
        let client = signer.client(&server.endpoint());
        let listed = client.list_objects_v2().bucket(bucket).send().await;
        listed.map_err(|error| (status(&error), code(&error))).err()
    };
    let answer = |status, code: &str| Some((status, code.to_owned()));
    assert_eq!(refused(&right, BUCKET).await, None);
    assert_eq!(refused(&right, "another-bucket").await, answer(404, "NoSuchBucket"));
    let wrong = Signer { access_key: "AKIAUNKNOWN", ..right.clone() };
    assert_eq!(refused(&wrong, BUCKET).await, answer(403, "InvalidAccessKeyId"));
    let wrong = Signer { secret_key: "wrong", ..right.clone() };
    assert_eq!(refused(&wrong, BUCKET).await, answer(403, "SignatureDoesNotMatch"));
    let wrong = Signer { region: "us-east-1", ..right.clone() };
    assert_eq!(refused(&wrong, BUCKET).await, answer(400, "AuthorizationHeaderMalformed"));
    assert_eq!(refused(&Signer::default(), BUCKET).await, answer(400, "InvalidToken"));
    server.expire_token();
    assert_eq!(refused(&right, BUCKET).await, answer(400, "ExpiredToken"));
    let moved = Server::start(Options { bucket_region: Some("us-west-2".to_owned()), ..Options::default() });
    let error = client(&moved).list_objects_v2().bucket(BUCKET).send().await.unwrap_err();
    assert_eq!((status(&error), code(&error).as_str()), (301, "PermanentRedirect"));
    assert_eq!(error.raw_response().unwrap().headers().get("x-amz-bucket-region"), Some("us-west-2"));
}

#[tokio::test]
async fn how_objects_are_kept_is_recorded() {
    let server = Server::start(Options::default());
    let client = client(&server);
    let put = |key: &str| client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"x"));
    put("plain").send().await.unwrap();
    let plain = server.object("plain").unwrap();
    assert_eq!((plain.encryption, plain.kms_key, plain.storage_class), (None, None, None));
    let encrypted = || put("kms").server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id("my-key");
    encrypted().storage_class(StorageClass::StandardIa).metadata("by", "test").send().await.unwrap();
    let kept = server.object("kms").unwrap();
    assert_eq!(kept.encryption.as_deref(), Some("aws:kms"));
    assert_eq!(kept.kms_key.as_deref(), Some("my-key"));
    assert_eq!(kept.storage_class.as_deref(), Some("STANDARD_IA"));
    assert_eq!(kept.metadata.into_iter().collect::<Vec<_>>(), [("by".to_owned(), "test".to_owned())]);
    let told = client.head_object().bucket(BUCKET).key("kms").send().await.unwrap();
    assert_eq!(told.ssekms_key_id(), Some("my-key"));
    assert_eq!(told.metadata().unwrap()["by"], "test");
    server.deny("kms:GenerateDataKey");
    let denied = encrypted().send().await.unwrap_err();
    let expected = "kms:GenerateDataKey on resource: \"arn:aws:kms:eu-central-1:123456789012:key/my-key\"";
    assert!(denied.message().unwrap().contains(expected), "{denied:?}");
    let class = put("odd").storage_class(StorageClass::from("COLD")).send().await.unwrap_err();
    assert_eq!(code(&class), "InvalidStorageClass");
}
