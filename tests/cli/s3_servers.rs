//! What is said where S3 should be, but something else or nothing is, or S3 fails.

use super::s3::{CERTIFICATE, Door, Options, Server};
use super::s3_trial::{PASSWORD, Trial};

#[test]
fn servers_that_do_not_speak_s3() {
    let html = "<html><body>hello</body></html>";
    let page = |status: &str, headers: &str| Door::page(status, headers, html);
    let says = |door: &Door, scheme: &str, why: &str| {
        let trial = Trial::at(&format!("{scheme}://{}", door.address()));
        trial.can_not_read(&format!("{scheme}://127.0.0.1:PORT {why}"));
    };
    let no_s3 = |door: &Door, scheme: &str, why: &str| {
        let hint = "hint: check AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)";
        says(door, scheme, &format!("does not speak S3: {why}\n{hint}"));
    };
    no_s3(&page("200 OK", "content-type: text/html\r\n"), "http", "its answer has no tag of an object");
    no_s3(&page("404 Not Found", "content-type: text/html\r\n"), "http", "it answers 404 without an error of S3");
    no_s3(&page("403 Forbidden", "content-type: text/html\r\n"), "http", "it answers 403 without an error of S3");
    no_s3(&page("302 Found", "location: /login\r\n"), "http", "it answers 302, that it is elsewhere");
    no_s3(&Door::bytes(b"SSH-2.0-OpenSSH_9.6\r\n"), "http", "its answer is not HTTP");
    let not_tls = "its answer is not TLS; should it be http:// rather than https://?";
    no_s3(&Door::bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "https", not_tls);
    let again = "hint: what was written already stays, so the command can be run again";
    let failed = format!("failed (502), after 2 attempts\n{again}");
    says(&page("502 Bad Gateway", "content-type: text/html\r\n"), "http", &failed);
    for (scheme, why) in [("http", "connection closed before message completed"), ("https", "tls handshake eof")] {
        let hint = "hint: check that it runs, and AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)";
        let why = format!("can't be reached, after 2 attempts: {why}\n{hint}\n{again}");
        says(&Door::bytes(b""), scheme, &why);
    }
    let door = page("200 OK", "content-type: text/html\r\netag: \"5f\"\r\n");
    Trial::at(&format!("http://{}", door.address())).says(
        1,
        "error: s3://test-bucket/data/trebuchet.json can't be understood: expected value at line 1 column 1\n\
         hint: it was changed by hand or damaged, or a newer trebuchet-ad wrote it",
    );
}

#[test]
fn servers_that_are_not_there() {
    let door = Door::bytes(b"");
    let endpoint = format!("http://{}", door.address());
    drop(door);
    Trial::at(&endpoint).can_not_read(
        "http://127.0.0.1:PORT can't be reached, after 2 attempts: connection refused\n\
         hint: check that it runs, and AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)\n\
         hint: what was written already stays, so the command can be run again",
    );
    Trial::at(&endpoint).with("AWS_MAX_ATTEMPTS", "1").can_not_read(
        "http://127.0.0.1:PORT can't be reached: connection refused\n\
         hint: check that it runs, and AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)\n\
         hint: what was written already stays, so the command can be run again",
    );
    Trial::at(&endpoint).with("AWS_MAX_ATTEMPTS", "3").can_not_read(
        "http://127.0.0.1:PORT can't be reached, after 3 attempts: connection refused\n\
         hint: check that it runs, and AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)\n\
         hint: what was written already stays, so the command can be run again",
    );
    Trial::at("http://minio.invalid:9000").can_not_read(
        "http://minio.invalid:9000 can't be reached, after 2 attempts: its name is not known\n\
         hint: check that it runs, and AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)\n\
         hint: what was written already stays, so the command can be run again",
    );
    let proxied = |name: &str, at: &str| {
        Trial::at(at).with("NO_PROXY", "").with(name, &endpoint.replace("//", &format!("//{PASSWORD}")))
    };
    proxied("HTTP_PROXY", "http://10.0.0.1:9000").can_not_read(
        "http://10.0.0.1:9000 can't be reached, after 2 attempts: connection refused\n\
         hint: check that it runs, and AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)\n\
         hint: what was written already stays, so the command can be run again",
    );
    proxied("HTTPS_PROXY", "https://10.0.0.1:9000").can_not_read(
        "https://10.0.0.1:9000 can't be reached, after 2 attempts: the proxy is not there, or does not let it through\n\
         hint: see HTTPS_PROXY, HTTP_PROXY and NO_PROXY\n\
         hint: check that it runs, and AWS_ENDPOINT_URL_S3 (or endpoint_url in the profile)\n\
         hint: what was written already stays, so the command can be run again",
    );
}

#[test]
fn servers_that_fail() {
    let server = Server::start(Options::default());
    let trial = Trial::filled(&server);
    server.fail("GetObject", "InternalError", 100);
    trial.can_not_read(
        "http://127.0.0.1:PORT failed (InternalError), after 2 attempts\n\
         hint: what was written already stays, so the command can be run again",
    );
    server.fail("GetObject", "SlowDown", 100);
    trial.can_not_read(
        "http://127.0.0.1:PORT can't keep up, after 2 attempts\n\
         hint: run the command again later, or with fewer requests at once: --concurrency 4",
    );
    server.fail("GetObject", "NotImplemented", 1);
    trial.can_not_read(
        "http://127.0.0.1:PORT failed (NotImplemented)\n\
         hint: what was written already stays, so the command can be run again",
    );
}

#[test]
fn certificates_that_can_not_be_trusted() {
    let server = Server::start(Options::default());
    let door = Door::tls(&server.endpoint());
    let endpoint = format!("https://{}", door.address());
    let trial = || Trial::new(&server).with("AWS_ENDPOINT_URL_S3", &endpoint);
    trial().can_not_read(
        "the certificate of https://127.0.0.1:PORT can't be trusted: nobody who is believed has signed it\n\
         hint: for a server of your own, name the certificate of its authority: AWS_CA_BUNDLE=FILE.pem",
    );
    let bundle = |content: &str| {
        let trial = trial();
        std::fs::write(trial.sandbox.path("bundle.pem"), content).unwrap();
        trial.with("AWS_CA_BUNDLE", "bundle.pem")
    };
    let trusted = bundle(CERTIFICATE);
    assert_eq!(trusted.run("ingest --init --dataset acme/shop/1 data.csv").code, 0);
    assert_eq!(trusted.run("status").code, 0);
    trial().with("AWS_CA_BUNDLE", "nothing.pem").says(
        1,
        "error: can't read the certificates in nothing.pem: no such file or directory\n\
         hint: the file is named by AWS_CA_BUNDLE",
    );
    bundle("hello").says(
        1,
        "error: bundle.pem has no certificates\n\
         hint: AWS_CA_BUNDLE names a file in PEM format, with parts that begin with -----BEGIN CERTIFICATE-----",
    );
    bundle("-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n").says(
        1,
        "error: certificate 1 in bundle.pem can't be understood\n\
         hint: AWS_CA_BUNDLE names a file in PEM format, with parts that begin with -----BEGIN CERTIFICATE-----",
    );
    let cut = CERTIFICATE.replace("-----END", &"AAAA".repeat(3)).replace(" CERTIFICATE-----", "");
    bundle(&format!("{CERTIFICATE}-----BEGIN CERTIFICATE-----\n{cut}")).says(
        1,
        "error: certificate 2 in bundle.pem can't be understood\n\
         hint: AWS_CA_BUNDLE names a file in PEM format, with parts that begin with -----BEGIN CERTIFICATE-----",
    );
    // the name is another one
    let named = endpoint.replace("127.0.0.1", "localhost");
    bundle(CERTIFICATE).with("AWS_ENDPOINT_URL_S3", &named).can_not_read(
        "the certificate of https://localhost:PORT can't be trusted: it is for another name\n\
         hint: for a server of your own, name the certificate of its authority: AWS_CA_BUNDLE=FILE.pem",
    );
}
