//! What S3 checks before it looks at a request: the session's token and the region that it was signed for.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::{HeaderMap, Request, Response, StatusCode};
use s3s::service::S3Service;
use s3s::{Body, HttpError};

use super::bucket::Shared;

/// Answers one request.
pub async fn answer(
    shared: Arc<Shared>,
    service: S3Service,
    request: Request<Incoming>,
) -> Result<Response<Body>, HttpError> {
    let (head, body) = request.into_parts();
    // All of the body is read first, so that a client that is refused has sent it and reads the answer.
    let mut body = Body::from(body);
    let bytes = body.store_all_limited(usize::MAX).await.map_err(HttpError::new)?;
    if let Some(refused) = refused(&shared, &head.headers) {
        return Ok(refused);
    }
    service.call(Request::from_parts(head, Body::from(bytes))).await
}

fn refused(shared: &Shared, headers: &HeaderMap) -> Option<Response<Body>> {
    let options = &shared.options;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let signed_for = text("authorization").and_then(signed_region)?;
    let refusal = |status, code, message: &str, more: &str, region| error(status, code, message, more, region);
    if let Some(elsewhere) = options.bucket_region.as_deref() {
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please \
                       send all future requests to this endpoint.";
        let more = format!("<Endpoint>s3.{elsewhere}.amazonaws.com</Endpoint><Bucket>{}</Bucket>", options.bucket);
        let status = StatusCode::MOVED_PERMANENTLY;
        return Some(refusal(status, "PermanentRedirect", message, &more, elsewhere));
    }
    let region = options.region.as_str();
    if signed_for != region {
        let message =
            format!("The authorization header is malformed; the region '{signed_for}' is wrong; expecting '{region}'");
        let more = format!("<Region>{region}</Region>");
        return Some(refusal(StatusCode::BAD_REQUEST, "AuthorizationHeaderMalformed", &message, &more, region));
    }
    let token = text("x-amz-security-token");
    if token != options.session_token.as_deref() {
        let message = "The provided token is malformed or otherwise invalid.";
        return Some(refusal(StatusCode::BAD_REQUEST, "InvalidToken", message, "", region));
    }
    if token.is_some() && shared.state().expired {
        let message = "The provided token has expired.";
        return Some(refusal(StatusCode::BAD_REQUEST, "ExpiredToken", message, "", region));
    }
    None
}

/// The region for which a request is signed: `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/s3/aws4_request, …`.
fn signed_region(authorization: &str) -> Option<&str> {
    authorization.split_once("Credential=")?.1.split('/').nth(2)
}

fn error(status: StatusCode, code: &str, message: &str, more: &str, region: &str) -> Response<Body> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>{more}\
         <RequestId>TESTREQUEST</RequestId><HostId>test</HostId></Error>"
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/xml"));
    headers.insert("x-amz-bucket-region", HeaderValue::from_str(region).unwrap());
    response
}
