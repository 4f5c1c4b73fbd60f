//! The server's uploads in parts are those of S3.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart};
use sha2::{Digest, Sha256};

use crate::client::{client, code, sha256, status};
use crate::s3::{Options, Server};

const BUCKET: &str = "test-bucket";
const SIZES: [usize; 3] = [5 << 20, (5 << 20) + 1, 10];

fn bytes(part: usize, size: usize) -> Vec<u8> {
    vec![u8::try_from(part).unwrap(); size]
}

/// Begins an upload and sends its parts; its name and its parts.
async fn upload(client: &Client, sizes: &[usize]) -> (String, Vec<CompletedPart>) {
    let begin = client.create_multipart_upload().bucket(BUCKET).key("large");
    let begun = begin.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
    let id = begun.upload_id().unwrap().to_owned();
    let mut parts = Vec::new();
    for (part, size) in sizes.iter().enumerate() {
        let number = i32::try_from(part).unwrap() + 1;
        let body = ByteStream::from(bytes(part, *size));
        let send = client.upload_part().bucket(BUCKET).key("large").upload_id(&id).part_number(number).body(body);
        let sent = send.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
        let done = CompletedPart::builder().part_number(number).e_tag(sent.e_tag().unwrap());
        parts.push(done.checksum_sha256(sent.checksum_sha256().unwrap()).build());
    }
    (id, parts)
}

/// Completes an upload where there is no object; the status and the code of the error.
async fn complete(client: &Client, id: &str, parts: &[CompletedPart]) -> Result<(), (u16, String)> {
    let list = CompletedMultipartUpload::builder().set_parts(Some(parts.to_vec())).build();
    let complete = client.complete_multipart_upload().bucket(BUCKET).key("large").upload_id(id);
    let done = complete.multipart_upload(list).if_none_match("*").send().await;
    done.map(|_| ()).map_err(|error| (status(&error), code(&error)))
}

#[tokio::test]
async fn parts_become_an_object_unless_there_is_one() {
    let server = Server::start(Options::default());
    let client = client(&server);
    let (id, parts) = upload(&client, &SIZES).await;
    assert_eq!(server.uploads(), ["large"]);
    assert!(server.tree("").is_empty());
    complete(&client, &id, &parts).await.unwrap();
    let whole: Vec<u8> = SIZES.iter().enumerate().flat_map(|(part, size)| bytes(part, *size)).collect();
    let stored = server.object("large").unwrap();
    assert!(stored.bytes == whole);
    let sums: Vec<u8> =
        SIZES.iter().enumerate().flat_map(|(part, size)| Sha256::digest(bytes(part, *size)).to_vec()).collect();
    let composite = format!("{}-3", sha256(&sums));
    assert_eq!(stored.sha256.as_ref(), Some(&composite));
    let told = client.head_object().bucket(BUCKET).key("large").checksum_mode(ChecksumMode::Enabled).send().await;
    assert_eq!(told.unwrap().checksum_sha256(), Some(composite.as_str()));
    let got =
        client.get_object().bucket(BUCKET).key("large").checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert!(got.body.collect().await.unwrap().to_vec() == whole);
    assert!(server.uploads().is_empty());
    let again = complete(&client, &id, &parts).await.unwrap_err();
    assert_eq!(again, (404, "NoSuchUpload".to_owned()));

    let (id, parts) = upload(&client, &[1]).await;
    assert_eq!(complete(&client, &id, &parts).await.unwrap_err(), (412, "PreconditionFailed".to_owned()));
    assert_eq!(server.uploads(), ["large"], "a refused upload stays until it is aborted");
    client.abort_multipart_upload().bucket(BUCKET).key("large").upload_id(&id).send().await.unwrap();
    assert!(server.uploads().is_empty());
    assert!(server.object("large").unwrap().bytes == whole);
}

#[tokio::test]
async fn parts_that_do_not_fit_are_refused() {
    let server = Server::start(Options::default());
    let client = client(&server);
    let refused = |code: &str| Err((400, code.to_owned()));
    let (id, parts) = upload(&client, &[10, 10]).await;
    assert_eq!(complete(&client, &id, &parts).await, refused("EntityTooSmall"));
    let turned: Vec<CompletedPart> = parts.iter().rev().cloned().collect();
    assert_eq!(complete(&client, &id, &turned).await, refused("InvalidPartOrder"));
    let mut other = parts[..1].to_vec();
    other[0].e_tag = parts[1].e_tag.clone().map(|tag| tag.replace(|digit: char| digit.is_ascii_hexdigit(), "0"));
    assert_eq!(complete(&client, &id, &other).await, refused("InvalidPart"));
    let mut bare = parts[..1].to_vec();
    bare[0].checksum_sha256 = None;
    assert_eq!(complete(&client, &id, &bare).await, refused("InvalidRequest"));
    assert!(server.tree("").is_empty());
    let send = client.upload_part().bucket(BUCKET).key("large").upload_id(&id).part_number(3);
    let wrong = send.checksum_sha256(sha256(b"other")).body(ByteStream::from_static(b"some")).send().await;
    assert_eq!(code(&wrong.unwrap_err()), "BadDigest");
    complete(&client, &id, &parts[..1]).await.unwrap();
    assert_eq!(server.object("large").unwrap().bytes, bytes(0, 10));
}

#[tokio::test]
async fn errors_come_when_the_tests_want_them() {
    let server = Server::start(Options::default());
    let client = client(&server);
    let (id, parts) = upload(&client, &[10]).await;
    server.fail("CompleteMultipartUpload", "InternalError", 1);
    let list = CompletedMultipartUpload::builder().set_parts(Some(parts.clone())).build();
    let complete_once = client.complete_multipart_upload().bucket(BUCKET).key("large").upload_id(&id);
    let error = complete_once.multipart_upload(list).send().await.unwrap_err();
    assert_eq!((status(&error), error.code()), (200, Some("InternalError")));
    assert!(matches!(error, SdkError::ServiceError(_)));
    assert!(server.tree("").is_empty());
    complete(&client, &id, &parts).await.unwrap();
    server.fail("PutObject", "ConditionalRequestConflict", 2);
    for expected in [409, 409, 412] {
        let put = client.put_object().bucket(BUCKET).key("large").if_none_match("*").send().await.unwrap_err();
        assert_eq!(status(&put), expected);
    }
    server.fail("ListObjectsV2", "SlowDown", 1);
    assert_eq!(status(&client.list_objects_v2().bucket(BUCKET).send().await.unwrap_err()), 503);
    assert_eq!(client.list_objects_v2().bucket(BUCKET).send().await.unwrap().contents().len(), 1);
}

#[tokio::test]
async fn uploads_that_were_left_can_be_listed() {
    let server = Server::start(Options::default());
    let client = client(&server);
    let (id, _) = upload(&client, &[10]).await;
    let list = async |prefix: &str| {
        let listed = client.list_multipart_uploads().bucket(BUCKET).prefix(prefix).send().await.unwrap();
        let named = |upload: &aws_sdk_s3::types::MultipartUpload| {
            (upload.key().unwrap().to_owned(), upload.upload_id().unwrap().to_owned())
        };
        let begun = listed.uploads().first().and_then(|upload| upload.initiated);
        (listed.uploads().iter().map(named).collect::<Vec<_>>(), begun)
    };
    let (uploads, begun) = list("lar").await;
    assert_eq!(uploads, [("large".to_owned(), id)]);
    server.age_uploads(std::time::Duration::from_secs(3600));
    assert_eq!(list("lar").await.1.unwrap().secs() + 3600, begun.unwrap().secs());
    assert!(list("other").await.0.is_empty());
}
