//! What is said where AWS's settings, the credentials, the permissions or the objects are not as they must be.

use super::s3::{Options, SECRET_KEY, Server};
use super::s3_trial::{PASSWORD, TOKEN, Trial, assert_said};

/// The id of the first run in the store.
fn only_run(server: &Server) -> String {
    let key = server.tree("data/runs").into_keys().next().unwrap();
    key.rsplit('/').next().unwrap().trim_end_matches(".json").to_owned()
}

/// A bucket where requests need the token.
fn with_token() -> Server {
    Server::start(Options { session_token: Some(TOKEN.to_owned()), ..Options::default() })
}

#[test]
fn credentials_that_are_missing_wrong_or_expired() {
    let server = with_token();
    let none = Trial::new(&server).configured("");
    none.can_not_read("no AWS credentials are found\n\
         hint: name a profile with AWS_PROFILE, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in: aws sso login");
    let trial = Trial::new(&server);
    assert_eq!(trial.run("ingest --init --dataset acme/shop/1 data.csv").code, 0);
    Trial::new(&server).with("AWS_SESSION_TOKEN", "another/token").can_not_read(
        "S3 does not know the AWS credentials that are used\n\
         hint: check AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, or the profile of AWS_PROFILE",
    );
    server.expire_token();
    trial.can_not_read(
        "the AWS credentials have expired\n\
         hint: log in again, such as with aws sso login, or renew AWS_SESSION_TOKEN",
    );
    assert_said(
        &trial.run("ingest data.csv"),
        1,
        "error: can't read s3://test-bucket/data/trebuchet.json: the AWS credentials have expired\n\
         hint: log in again, such as with aws sso login, or renew AWS_SESSION_TOKEN",
    );
    let server = Server::start(Options::default());
    Trial::new(&server).with("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNUNKNOWN00").can_not_read(
        "S3 does not know the AWS credentials that are used\n\
         hint: check AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, or the profile of AWS_PROFILE",
    );
    Trial::new(&server).with("AWS_SECRET_ACCESS_KEY", "another/secret").can_not_read(
        "the secret access key does not fit to the access key\n\
         hint: check AWS_SECRET_ACCESS_KEY, or the profile of AWS_PROFILE",
    );
}

#[test]
fn credentials_that_expire_while_a_command_works() {
    let server = with_token();
    let trial = Trial::filled(&server);
    server.fail("HeadObject", "ExpiredToken", 100);
    let outcome = trial.run(&format!("ingest revoke {}", only_run(&server)));
    let expected = "S3 refuses the request, and does not say why\n \
                    hint: the AWS credentials may have expired in the meantime";
    assert!(outcome.code == 1 && outcome.stderr.contains(expected), "{}", outcome.stderr);
}

#[test]
fn credentials_are_asked_for_once_in_a_command() {
    let server = Server::start(Options::default());
    let asked = tempfile::NamedTempFile::new().unwrap();
    let credentials = server.environment();
    let value = |name: &str| &credentials.iter().find(|variable| variable.0 == name).unwrap().1;
    let (key, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
    let document = format!(r#"{{"Version":1,"AccessKeyId":"{key}","SecretAccessKey":"{secret}"}}"#);
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), format!("echo once >> {}\necho '{document}'\n", asked.path().display())).unwrap();
    let process =
        format!("[default]\nregion = eu-central-1\ncredential_process = /bin/sh {}\n", script.path().display());
    let trial = Trial::new(&server).configured(&process);
    for (command, times) in [("ingest --init --dataset acme/shop/1 data.csv", 1), ("status", 2)] {
        assert_eq!(trial.run(command).code, 0);
        assert_eq!(std::fs::read_to_string(asked.path()).unwrap(), "once\n".repeat(times), "{command}");
    }
}

#[test]
fn profiles_that_give_no_credentials() {
    let server = with_token();
    let profile = |config: &str| {
        let config = format!("[profile it]\nregion = eu-central-1\n{config}\n");
        Trial::new(&server).configured(&config).with("AWS_PROFILE", "it")
    };
    let print = |text: &str| format!("credential_process = /bin/sh -c 'echo \"{text}\" >&2; exit 1'");
    profile(&print("the session has expired, log in again")).can_not_read(
        "the AWS credentials have expired\n\
         hint: log in again, such as with aws sso login, or renew AWS_SESSION_TOKEN",
    );
    profile(&print(SECRET_KEY)).can_not_read(
        "the credential_process of the AWS profile gives no credentials\n\
         hint: run it by hand to see why; it may want you to log in again",
    );
    profile(&format!("credential_process = /bin/echo {SECRET_KEY}")).can_not_read(
        "the credential_process of the AWS profile gives no credentials\n\
         hint: run it by hand to see why; it may want you to log in again",
    );
    let sso = "sso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n\
               [sso-session s]\nsso_region = eu-central-1\nsso_start_url = https://x.awsapps.com/start";
    let trial = profile(sso);
    trial.can_not_read(
        "the AWS credentials can't be had: failed to load the cached SSO token\n\
         hint: log in with: aws sso login",
    );
    // SHA-1 of the name of the session
    let token = ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json";
    std::fs::create_dir_all(trial.sandbox.path(".aws/sso/cache")).unwrap();
    let text = format!(r#"{{"accessToken": "{TOKEN}", "expiresAt": "2020-01-01T00:00:00Z"}}"#);
    std::fs::write(trial.sandbox.path(token), text).unwrap();
    trial.can_not_read(
        "the AWS credentials have expired\n\
         hint: log in again, such as with aws sso login, or renew AWS_SESSION_TOKEN",
    );
    profile("role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = other").says(
        2,
        "error: there is no AWS profile other, which source_profile of the profile it names\n\
         hint: there are: it",
    );
    profile("login_session = arn:aws:iam::123456789012:user/x").can_not_read(
        "the AWS profile gets its credentials in a way that trebuchet-ad does not know\n\
         hint: let the AWS command line get them: eval \"$(aws configure export-credentials --format env)\"",
    );
    profile("").with("AWS_PROFILE", "itt").says(
        2,
        "error: there is no AWS profile itt, which AWS_PROFILE names\n\
         hint: there are: it",
    );
    Trial::new(&server).with("AWS_PROFILE", "it").says(
        2,
        "error: there is no AWS profile it, which AWS_PROFILE names\n\
         hint: there is none at all; make one with: aws configure sso",
    );
    profile("max_attempts = many").with("AWS_MAX_ATTEMPTS", "").says(
        2,
        "error: max_attempts must be a whole number from 1 on, not 'many'\n\
         hint: it says how often a request to S3 is made at most",
    );
    let outcome = Trial::new(&server).configured("[profile x\n").run("status");
    let expected = "error: the AWS configuration files can't be understood: ";
    assert!(outcome.code == 2 && outcome.stderr.starts_with(expected), "{}", outcome.stderr);
}

#[test]
fn settings_of_aws_that_make_no_sense() {
    let server = Server::start(Options::default());
    let trial = || Trial::new(&server);
    trial().with("AWS_MAX_ATTEMPTS", "0").says(
        2,
        "error: AWS_MAX_ATTEMPTS must be a whole number from 1 on, not '0'\n\
         hint: it says how often a request to S3 is made at most",
    );
    trial().with("AWS_RETRY_MODE", "often").says(
        2,
        "error: AWS_RETRY_MODE can't be 'often'\n\
         hint: it may be standard, adaptive, legacy, which are the same here",
    );
    assert_eq!(trial().with("AWS_RETRY_MODE", "legacy").run("ingest --init --dataset a/b/1 data.csv").code, 0);
    trial().with("AWS_REGION", "").says(
        2,
        "error: no AWS region is set\n\
         hint: set AWS_REGION, or region in the profile, to where the bucket is\n\
         hint: servers other than AWS's mostly want us-east-1",
    );
    trial().with("AWS_REGION", "").with("AWS_ENDPOINT_URL_S3", "").says(
        2,
        "error: no AWS region is set\n\
         hint: set AWS_REGION, or region in the profile, to where the bucket is",
    );
    trial().with("AWS_REGION", "eu central").says(
        2,
        "error: 'eu central' is not the name of an AWS region\n\
         hint: AWS_REGION, or region in the profile, is such as eu-central-1",
    );
    trial().with("AWS_ENDPOINT_URL_S3", "minio:9000").says(
        2,
        "error: the endpoint 'minio:9000' is not an address\n\
         hint: AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile) is such as https://minio.example.org:9000",
    );
    for endpoint in [format!("http://{PASSWORD}minio:9000"), format!("{PASSWORD}minio")] {
        trial().with("AWS_ENDPOINT_URL_S3", &endpoint).says(
            2,
            "error: the endpoint of S3 has a user or a password in it, which S3 does not use\n\
         hint: take out what stands before the @ in AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)\n\
         hint: the keys belong to AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or to a profile",
        );
    }
}

#[test]
fn buckets_that_are_elsewhere_or_nowhere() {
    let server = Server::start(Options { bucket: "another-bucket".to_owned(), ..Options::default() });
    Trial::new(&server).can_not_read(
        "there is no bucket test-bucket at http://127.0.0.1:PORT\n\
         hint: check its name, or make it first",
    );
    let server = Server::start(Options::default());
    Trial::new(&server).with("AWS_REGION", "us-west-2").can_not_read(
        "the bucket test-bucket is in eu-central-1, not in us-west-2\n\
         hint: set AWS_REGION=eu-central-1, or region in the profile",
    );
    let server = Server::start(Options { bucket_region: Some("ap-south-1".to_owned()), ..Options::default() });
    Trial::new(&server).can_not_read(
        "the bucket test-bucket is in ap-south-1, not in eu-central-1\n\
         hint: set AWS_REGION=ap-south-1, or region in the profile",
    );
}

#[test]
fn actions_that_are_not_allowed() {
    let server = Server::start(Options::default());
    let trial = Trial::filled(&server);
    let denied = |action: &str, verb: &str, command: &str| {
        server.allow_all();
        server.deny(action);
        let outcome = trial.run(command);
        assert_eq!(outcome.code, 1, "{command}");
        let resource = if action == "s3:ListBucket" { "" } else { "/data/" };
        let parts = [
            format!("error: can't {verb} s3://test-bucket/data/"),
            format!(": {action} on arn:aws:s3:::test-bucket{resource}"),
            " is not allowed\n hint: an administrator must allow it; to try all: ".to_owned(),
        ];
        parts.iter().for_each(|part| assert!(outcome.stderr.contains(part), "{command}: {}", outcome.stderr));
    };
    std::fs::write(trial.sandbox.path("more.csv"), "time,cpu\n2024-01-01T02:00:00Z,3\n").unwrap();
    denied("s3:ListBucket", "list", "status");
    denied("s3:GetObject", "read", "status");
    denied("s3:PutObject", "write", "ingest more.csv");
    denied("s3:PutObject", "write", "train");
    denied("s3:DeleteObject", "delete", &format!("ingest revoke {}", only_run(&server)));
    // who may not list is not told that an object is missing
    server.delete("data/trebuchet.json");
    server.allow_all();
    server.deny("s3:ListBucket");
    trial.can_not_read(
        "s3:ListBucket on arn:aws:s3:::test-bucket is not allowed\n\
         hint: an administrator must allow it; to try all: trebuchet-ad status --check \
         --store s3://test-bucket/data",
    );
}

#[test]
fn keys_that_may_not_be_used() {
    let server = Server::start(Options::default());
    let trial = Trial::new(&server);
    let init = "ingest --init --encryption aws:kms --kms-key arn:aws:kms:eu-central-1:123456789012:key/mine \
                --dataset acme/shop/1 data.csv";
    server.deny("kms:GenerateDataKey");
    assert_said(
        &trial.run(init),
        1,
        "error: can't write s3://test-bucket/data/trebuchet.json: kms:GenerateDataKey on arn:aws:kms:eu-central-1:123456789012:key/mine is not allowed\n\
         hint: an administrator must allow it; to try all: trebuchet-ad status --check \
         --store s3://test-bucket/data --dataset acme/shop/1",
    );
    server.allow_all();
    assert_eq!(trial.run(init).code, 0);
    server.deny("kms:Decrypt");
    trial.can_not_read(
        "kms:Decrypt on arn:aws:kms:eu-central-1:123456789012:key/mine is not allowed\n\
         hint: an administrator must allow it; to try all: trebuchet-ad status --check \
         --store s3://test-bucket/data",
    );
}

#[test]
fn keys_that_hold_something_else() {
    let server = Server::start(Options::default());
    let trial = Trial::new(&server);
    trial.says(
        1,
        "error: s3://test-bucket/data is not a store: it has no trebuchet.json\n\
         hint: check --store, or make a store there with: trebuchet-ad ingest --init \
         --store s3://test-bucket/data",
    );
    server.put("data/trebuchet.json", "<html>hello</html>");
    trial.says(
        1,
        "error: s3://test-bucket/data/trebuchet.json can't be understood: expected value at line 1 column 1\n\
         hint: it was changed by hand or damaged, or a newer trebuchet-ad wrote it",
    );
    assert_said(
        &trial.run("ingest --init --dataset acme/shop/1 data.csv"),
        1,
        "error: s3://test-bucket/data/trebuchet.json can't be understood: expected value at line 1 column 1\n\
         hint: it was changed by hand or damaged, or a newer trebuchet-ad wrote it",
    );
    server.put("data/trebuchet.json", "{\"format\":7}");
    trial.says(
        1,
        "error: s3://test-bucket/data/trebuchet.json says format 7; this trebuchet-ad reads format 1\n\
         hint: use the trebuchet-ad that wrote the store, or a newer one",
    );
    server.delete("data/trebuchet.json");
    assert_eq!(trial.run("ingest --init --dataset acme/shop/1 data.csv").code, 0);
    server.put("data/measurements/project=analytics/customer_id=acme/application=shop/version=1/notes.txt", "hello");
    assert_said(
        &trial.run("status"),
        1,
        "error: measurements/project=analytics/customer_id=acme/application=shop/version=1/notes.txt is not an object of a store of layout compact\n\
         hint: it does not belong there; move it out of s3://test-bucket/data",
    );
    server.delete("data/measurements/project=analytics/customer_id=acme/application=shop/version=1/notes.txt");
    server.delete("data/trebuchet.json");
    trial.says(
        1,
        "error: s3://test-bucket/data is half a store: it has raw/, but no trebuchet.json\n\
         hint: copy trebuchet.json from where the store was copied from",
    );
}
