//! One request with one token until it is answered: pauses, repetitions, ids, bounds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use tokio::time::Instant;

use super::request::{Failure, Fate, Request};
use super::throttle::{backoff, retry_after};
use super::{Client, shown};
use crate::auth::{AccessToken, Resource};
use crate::call::Call;
use crate::error::{Error, ErrorCode, HttpDetail};

/// Repetitions of a request after a fault of the service or the network.
pub(super) const MAX_REPEATS: u32 = 3;
/// Repetitions after 429; the budget of time normally ends it first.
const MAX_THROTTLED: u32 = 30;
/// First wait after a fault.
pub(super) const FIRST_WAIT: Duration = Duration::from_millis(200);
/// First wait after a 429 that names none.
pub(super) const FIRST_THROTTLED_WAIT: Duration = Duration::from_secs(1);
/// Shortest wait after a 429: a service that says 0 seconds without end must not be hammered.
pub(super) const SHORTEST_THROTTLED_WAIT: Duration = Duration::from_millis(20);
/// Largest answer that tells of a failure, in bytes.
const MAX_REFUSAL: usize = 1 << 20;

/// An answer as it came, of any status.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub http: HttpDetail,
}

impl Client {
    pub(super) async fn exchange(&self, call: &Call, request: &Request, token: &AccessToken) -> Result<Answer, Failure> {
        let origin = request.url.origin();
        let (mut repeats, mut throttled) = (0, 0);
        loop {
            let permit = loop {
                self.throttle.pass(&origin).await;
                let permit =
                    self.permits.acquire().await.map_err(|error| Error::new(ErrorCode::Internal, "the session has ended").cause(&error))?;
                if self.throttle.is_open(&origin) {
                    break permit;
                }
            };
            let result = self.attempt(call, request, token).await;
            drop(permit);
            let wait = match &result {
                Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                    throttled += 1;
                    let wait = retry_after(&answer.headers).unwrap_or_else(|| backoff(FIRST_THROTTLED_WAIT, throttled - 1));
                    self.pause(call, request, wait.max(SHORTEST_THROTTLED_WAIT), throttled, &answer.http)?;
                    continue;
                }
                Ok(answer) if request.safe && is_fault(answer.status) => match retry_after(&answer.headers) {
                    Some(wait) if answer.status == StatusCode::SERVICE_UNAVAILABLE => {
                        throttled += 1;
                        self.pause(call, request, wait.max(SHORTEST_THROTTLED_WAIT), throttled, &answer.http)?;
                        continue;
                    }
                    _ => backoff(FIRST_WAIT, repeats),
                },
                Err(lost) if lost.repeatable && (request.safe || lost.failure.fate == Fate::NotDone) => backoff(FIRST_WAIT, repeats),
                _ => return result.map_err(|lost| lost.failure),
            };
            if repeats == MAX_REPEATS {
                return result.map_err(|lost| lost.failure);
            }
            repeats += 1;
            call.debug(format!("{} {} is repeated after {} ms", request.method, request.shown_url(), wait.as_millis()));
            tokio::time::sleep(wait).await;
        }
    }

    /// Closes the service for all workers, if the call's budget of waiting allows it.
    pub(super) fn pause(&self, call: &Call, request: &Request, wait: Duration, count: u32, http: &HttpDetail) -> Result<(), Failure> {
        let now = Instant::now();
        if count > MAX_THROTTLED || !call.book_wait(now, now + wait, self.throttle_budget) {
            let host = request.url.host_str().unwrap_or_default();
            let mut error = Error::new(
                ErrorCode::Throttled,
                format!(
                    "`{host}` asks for fewer requests, and to wait {} s more would come to more than the {} s that a command may wait",
                    wait.as_secs(),
                    self.throttle_budget.as_secs()
                ),
            )
            .hint("try again later, or allow a longer wait in the session's configuration (`Connect-PIM -ThrottleTimeout`)")
            .target(host);
            error.retryable = true;
            error.http = Some(http.clone());
            return Err(Failure::not_done(error));
        }
        call.verbose(format!(
            "`{}` asks for fewer requests: waiting {:.1} s",
            request.url.host_str().unwrap_or_default(),
            wait.as_secs_f32()
        ));
        self.throttle.close(request.url.origin(), now + wait);
        Ok(())
    }

    async fn attempt(&self, call: &Call, request: &Request, token: &AccessToken) -> Result<Answer, Lost> {
        let id = uuid::Uuid::new_v4().to_string();
        let mut headers = request.headers.clone();
        headers.insert(AUTHORIZATION, bearer(token).map_err(Lost::before)?);
        if let Ok(value) = HeaderValue::from_str(&id) {
            for name in id_headers(&request.resource) {
                headers.entry(*name).or_insert_with(|| value.clone());
            }
        }
        let mut sending = self.transport.client().request(request.method.clone(), request.url.clone()).headers(headers);
        if let Some(body) = &request.body {
            sending = sending.body(body.clone());
        } else if !matches!(request.method, Method::GET | Method::HEAD) {
            // Some services refuse a POST without a length.
            sending = sending.body(Bytes::new());
        }
        if let Some(write) = request.write {
            call.write_sent(write);
        }
        let started = Instant::now();
        let response = sending.send().await;
        let mut http = HttpDetail {
            status: 0,
            request_id: None,
            correlation_id: Some(id),
            method: request.method.to_string(),
            url: request.shown_url(),
        };
        let response = match response {
            Ok(response) => response,
            Err(failure) => {
                let mut error = self.transport.describe(&failure, &request.url);
                call.debug(format!("{} {} got no answer: {error}", http.method, http.url));
                http.status = 0;
                error.http = Some(http);
                if failure.is_connect() {
                    if let Some(write) = request.write {
                        call.write_not_sent(write);
                    }
                    return Err(Lost::unreached(error));
                }
                return Err(Lost::cut(error));
            }
        };
        http.status = response.status().as_u16();
        http.request_id = first_header(response.headers(), &["request-id", "x-ms-request-id"]);
        if let Some(correlation) = first_header(response.headers(), &["client-request-id", "x-ms-correlation-request-id"]) {
            http.correlation_id = Some(correlation);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let body = if status.is_success() {
            match self.read(response, request.max_answer, &request.url).await {
                Ok(body) => body,
                Err(mut error) => {
                    error.http = Some(http);
                    return Err(Lost::cut(error));
                }
            }
        } else {
            read_what_comes(response).await
        };
        if let Some(write) = request.write {
            call.write_answered(write);
        }
        call.debug(format!(
            "{} {} answered {} after {} ms (request id {})",
            http.method,
            http.url,
            http.status,
            started.elapsed().as_millis(),
            http.request_id.as_deref().unwrap_or("unknown")
        ));
        Ok(Answer { status, headers, body, http })
    }

    async fn read(&self, mut response: reqwest::Response, limit: usize, url: &url::Url) -> Result<Bytes, Error> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|failure| self.transport.describe(&failure, url))? {
            if body.len() + chunk.len() > limit {
                let host = url.host_str().unwrap_or_default();
                return Err(Error::new(
                    ErrorCode::UnexpectedResponse,
                    format!("the answer of `{host}` is larger than {} KiB", limit >> 10),
                )
                .hint("ask for less at once")
                .target(host));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }
}

/// An attempt without a whole answer.
struct Lost {
    failure: Failure,
    /// Whether another attempt may do better.
    repeatable: bool,
}

impl Lost {
    fn before(error: Error) -> Self {
        Self { failure: Failure::not_done(error), repeatable: false }
    }

    fn unreached(error: Error) -> Self {
        let repeatable = error.code == ErrorCode::ConnectionFailed;
        Self { failure: Failure::not_done(error), repeatable }
    }

    fn cut(error: Error) -> Self {
        let repeatable = error.code == ErrorCode::ConnectionFailed;
        Self { failure: Failure::unknown(error), repeatable }
    }
}

pub(super) fn is_fault(status: StatusCode) -> bool {
    matches!(status.as_u16(), 500 | 502 | 503 | 504)
}

/// A refusal stays one although its body is too large or was cut: its status says enough.
async fn read_what_comes(mut response: reqwest::Response) -> Bytes {
    let mut body = BytesMut::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MAX_REFUSAL - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            break;
        }
    }
    body.freeze()
}

fn bearer(token: &AccessToken) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.secret().expose()))
        .map_err(|_| Error::new(ErrorCode::UnexpectedResponse, "the token holds characters that no header may have"))?;
    value.set_sensitive(true);
    Ok(value)
}

const GRAPH_ID: &str = "client-request-id";
const ARM_ID: &str = "x-ms-client-request-id";

/// The headers by which a service files a request under the client's own id.
fn id_headers(resource: &Resource) -> &'static [&'static str] {
    match resource {
        Resource::Graph => &[GRAPH_ID],
        Resource::Arm => &[ARM_ID],
        Resource::Other(_) => &[GRAPH_ID, ARM_ID],
    }
}

fn first_header(headers: &HeaderMap, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| headers.get(*name)).and_then(|value| value.to_str().ok()).map(|text| shown(text, 100))
}
