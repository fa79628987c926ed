//! Several reads as one request, where a service offers that.
//!
//! Each read has an answer of its own, and what holds for a request that goes alone holds for it: a claims challenge is satisfied, once for
//! all of the batch; 429 closes the service for all workers; faults are repeated with back-off. Only the reads that need it are asked again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::exchange::{Answer, FIRST_THROTTLED_WAIT, FIRST_WAIT, MAX_REPEATS, SHORTEST_THROTTLED_WAIT, is_fault};
use super::request::{Request, Response};
use super::send::{Rounds, challenge, is_dead_token, refused};
use super::throttle::{backoff, retry_after};
use super::{Client, address, excerpt};
use crate::auth::{AccessToken, Authenticator, Resource, TokenId};
use crate::call::Call;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, HttpDetail, Result};

/// Largest answer to a batch that is read, in bytes.
const MAX_ANSWER: usize = 128 << 20;
/// How often the result of a batch is asked for that the service makes in its own time.
const MAX_POLLS: usize = 100;

/// How a service writes batches.
#[derive(Debug)]
pub struct Dialect {
    /// The API.
    pub resource: Resource,
    /// Path of the batch endpoint.
    pub path: &'static str,
    /// Its query.
    pub query: &'static [(&'static str, &'static str)],
    /// What the addresses inside a batch leave out of their paths.
    pub base: &'static str,
    /// Member that names a request and its answer.
    pub id: &'static str,
    /// Member with the method.
    pub method: &'static str,
    /// Member with a request's headers, where the service takes any.
    pub headers: Option<&'static str>,
    /// Member with the body of a request and of its answer.
    pub body: &'static str,
    /// Member with an answer's status.
    pub status: &'static str,
    /// Most requests in one batch.
    pub most: usize,
    /// Nothing promises that the endpoint is there: without it the requests are sent one by one.
    pub optional: bool,
}

/// The answer of status 2xx to one request of a batch.
#[derive(Clone, Debug)]
pub struct Item {
    /// The status.
    pub status: StatusCode,
    /// The body; null where there is none.
    pub body: Value,
    /// The exchange, for errors that are found later.
    pub http: HttpDetail,
    /// The token that was accepted.
    pub token: Arc<AccessToken>,
}

impl Item {
    /// An `UnexpectedResponse` that tells of this exchange.
    #[must_use]
    pub fn unexpected(&self, message: impl Into<String>) -> Error {
        let mut error = Error::new(ErrorCode::UnexpectedResponse, message).target(self.http.url.clone());
        error.causes.push(format!("the answer begins `{}`", excerpt(self.body.to_string().as_bytes())));
        error.http = Some(self.http.clone());
        error
    }
}

impl Client {
    /// Sends reads together, at most [`Dialect::most`]. The results are in the order of the requests; all are of one API and want the same
    /// permissions.
    ///
    /// # Errors
    /// What concerns all of them: as [`Client::send`], `Throttled`, and `ChallengeUnsatisfied`. What concerns one request is its own result.
    pub async fn batch(
        &self,
        auth: &Authenticator,
        call: &Call,
        dialect: &'static Dialect,
        requests: &[Request],
    ) -> Result<Vec<Result<Item>>> {
        if dialect.optional && (requests.len() == 1 || self.batches_refused.load(std::sync::atomic::Ordering::Relaxed)) {
            return self.one_by_one(auth, call, requests).await;
        }
        let mut work = Work::new(dialect, requests);
        while !work.open.is_empty() {
            let request = work.request(self)?;
            let response = match self.send_after(auth, call, &request, work.refused).await {
                Ok(response) => self.settled(auth, call, &request, response).await?,
                Err(failure) if dialect.optional && is_unknown_endpoint(&failure.error) => {
                    call.verbose(format!("`{}` takes no batches: its lists are asked for one by one", dialect.resource));
                    self.batches_refused.store(true, std::sync::atomic::Ordering::Relaxed);
                    return self.one_by_one(auth, call, requests).await;
                }
                Err(failure) => return Err(failure.into()),
            };
            work.take(call, &request, &response)?;
            self.before_next(call, &request, &mut work).await?;
        }
        Ok(work.results.into_values().collect())
    }

    async fn one_by_one(&self, auth: &Authenticator, call: &Call, requests: &[Request]) -> Result<Vec<Result<Item>>> {
        let answers = join_all(requests.iter().map(|request| async move {
            let response = self.send(auth, call, request).await?;
            let body = if response.body.is_empty() { Value::Null } else { response.json()? };
            Ok(Item { status: response.status, body, http: response.http, token: response.token })
        }));
        let mut results = Vec::with_capacity(requests.len());
        for result in answers.await {
            match result {
                Err(error) if !concerns_one(&error) => return Err(error),
                result => results.push(result),
            }
        }
        Ok(results)
    }

    /// Waits as the answers of the last round ask for.
    async fn before_next(&self, call: &Call, request: &Request, work: &mut Work<'_>) -> Result<()> {
        let round = std::mem::take(&mut work.round);
        if let Some((wait, http)) = round.throttled {
            work.throttled += 1;
            let wait = wait.unwrap_or_else(|| backoff(FIRST_THROTTLED_WAIT, work.throttled - 1));
            self.pause(call, request, wait.max(SHORTEST_THROTTLED_WAIT), work.throttled, &http)?;
        } else if round.faulty {
            let wait = backoff(FIRST_WAIT, work.repeats);
            call.debug(format!("{} requests of a batch are repeated after {} ms", work.open.len(), wait.as_millis()));
            tokio::time::sleep(wait).await;
        }
        work.repeats += u32::from(round.faulty);
        Ok(())
    }

    /// The answer itself, where the service has accepted a batch and names the place at which its answer will be.
    async fn settled(&self, auth: &Authenticator, call: &Call, request: &Request, mut response: Response) -> Result<Response> {
        let mut place = None;
        for _ in 0..MAX_POLLS {
            if response.status != StatusCode::ACCEPTED {
                return Ok(response);
            }
            if let Some(location) = response.headers.get(LOCATION) {
                let url = location.to_str().ok().and_then(|location| request.url.join(location).ok());
                place = Some(url.ok_or_else(|| response.unexpected("the place at which a batch's answer will be is no address"))?);
            }
            let Some(url) = place.clone() else {
                return Err(response.unexpected("the service accepted a batch and does not say where its answer will be"));
            };
            let wait = retry_after(&response.headers).unwrap_or(FIRST_THROTTLED_WAIT).max(SHORTEST_THROTTLED_WAIT);
            let now = Instant::now();
            if !call.book_wait(now, now + wait, self.throttle_budget) {
                break;
            }
            tokio::time::sleep(wait).await;
            let mut poll = Request::new(Method::GET, url, request.resource.clone());
            poll.scopes.clone_from(&request.scopes);
            poll.max_answer = MAX_ANSWER;
            response = self.send(auth, call, &poll).await?;
        }
        let mut error = Error::new(ErrorCode::RequestTimeout, "the service has accepted a batch and does not finish it")
            .hint("try again later")
            .target(request.shown_url());
        error.retryable = true;
        error.http = Some(response.http);
        Err(error)
    }
}

/// Whether a failure concerns one thing that was asked for and says nothing about the others.
#[must_use]
pub fn concerns_one(error: &Error) -> bool {
    use ErrorCode::{AccessDenied, BadRequest, Conflict, NotFound, PageLoop, ServiceUnavailable, UnexpectedResponse};
    matches!(error.code, AccessDenied | BadRequest | Conflict | NotFound | PageLoop | ServiceUnavailable | UnexpectedResponse)
}

fn is_unknown_endpoint(error: &Error) -> bool {
    error.http.as_ref().is_some_and(|http| matches!(http.status, 400 | 404 | 405 | 501))
}

/// A batch that is sent until every request in it has its result.
struct Work<'a> {
    dialect: &'static Dialect,
    requests: &'a [Request],
    results: BTreeMap<usize, Result<Item>>,
    /// Requests without a result.
    open: Vec<usize>,
    claims: Option<ClaimsRequest>,
    refused: Option<TokenId>,
    rounds: Rounds,
    renewed: bool,
    repeats: u32,
    throttled: u32,
    round: Round,
}

/// What the answers of one round ask for.
#[derive(Default)]
struct Round {
    throttled: Option<(Option<Duration>, HttpDetail)>,
    faulty: bool,
    challenges: BTreeMap<String, Answer>,
}

impl<'a> Work<'a> {
    fn new(dialect: &'static Dialect, requests: &'a [Request]) -> Self {
        Self {
            dialect,
            requests,
            results: BTreeMap::new(),
            open: (0..requests.len()).collect(),
            claims: requests.iter().find_map(|request| request.claims.clone()),
            refused: None,
            rounds: Rounds::default(),
            renewed: false,
            repeats: 0,
            throttled: 0,
            round: Round::default(),
        }
    }

    /// The batch of all open requests, each named by its place.
    fn request(&self, client: &Client) -> Result<Request> {
        let dialect = self.dialect;
        let items = self.open.iter().map(|index| written(dialect, *index, &self.requests[*index])).collect::<Result<Vec<_>>>()?;
        let origin = if dialect.resource == Resource::Graph { &client.cloud.graph } else { &client.cloud.arm };
        let url = address::with_query(origin, dialect.path, dialect.query);
        let mut request = Request::new(Method::POST, url, dialect.resource.clone()).json(&json!({ "requests": items }))?;
        request.safe = true;
        request.max_answer = MAX_ANSWER;
        request.claims.clone_from(&self.claims);
        if let Some(first) = self.requests.first() {
            request.scopes.clone_from(&first.scopes);
        }
        Ok(request)
    }

    /// Sorts the answers: what has its result, and what is asked for again.
    fn take(&mut self, call: &Call, batch: &Request, response: &Response) -> Result<()> {
        let mut body: Map<String, Value> = response.json()?;
        let Some(Value::Array(answers)) = body.remove("responses") else {
            return Err(response.unexpected("the service's answer is no answer to a batch"));
        };
        let mut open = std::mem::take(&mut self.open);
        for answer in answers {
            let Value::Object(mut answer) = answer else { continue };
            let index = answer.get(self.dialect.id).and_then(index);
            let Some(place) = open.iter().position(|open| Some(*open) == index) else { continue };
            let index = open.remove(place);
            let status = answer.get(self.dialect.status).and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
            let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) else {
                return Err(response.unexpected("an answer within a batch has no status"));
            };
            let content = answer.remove(self.dialect.body).unwrap_or_default();
            let headers = answer.get("headers").map(headers).unwrap_or_default();
            self.sort(index, status, headers, content, response)?;
        }
        if !open.is_empty() {
            // An answer that is missing is like one that was cut.
            self.round.faulty = true;
            if self.repeats == MAX_REPEATS {
                return Err(response.unexpected(format!("{} answers are missing in a batch", open.len())));
            }
            self.open.append(&mut open);
            self.open.sort_unstable();
        }
        self.step_up(call, batch, &response.token)
    }

    fn sort(&mut self, index: usize, status: StatusCode, headers: HeaderMap, content: Value, response: &Response) -> Result<()> {
        let request = &self.requests[index];
        let http = HttpDetail {
            status: status.as_u16(),
            request_id: headers.get("x-ms-request-id").or_else(|| headers.get("request-id")).and_then(|id| id.to_str().ok()).map(short),
            correlation_id: response.http.correlation_id.clone(),
            method: request.method.to_string(),
            url: request.shown_url(),
        };
        if status.is_success() {
            self.results.insert(index, Ok(Item { status, body: content, http, token: Arc::clone(&response.token) }));
            return Ok(());
        }
        let answer = Answer { status, headers, body: Bytes::from(content.to_string()), http };
        let wait = retry_after(&answer.headers);
        if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE && wait.is_some() {
            let longest = self.round.throttled.as_ref().and_then(|(wait, _)| *wait).max(wait);
            self.round.throttled = Some((longest, answer.http));
        } else if is_fault(status) && self.repeats < MAX_REPEATS {
            self.round.faulty = true;
        } else if let Some(challenge) = challenge(&answer)? {
            self.round.challenges.entry(challenge.claims.canonical()).or_insert(answer);
        } else if !self.renewed && is_dead_token(&answer) {
            self.refused = Some(response.token.id);
        } else {
            let error = Error::from(refused(request, answer, &response.token));
            if !concerns_one(&error) {
                return Err(error);
            }
            self.results.insert(index, Err(error));
            return Ok(());
        }
        self.open.push(index);
        Ok(())
    }

    /// What the challenges of the round ask for becomes what the next token must satisfy.
    fn step_up(&mut self, call: &Call, batch: &Request, token: &AccessToken) -> Result<()> {
        self.renewed |= self.refused.is_some();
        for answer in std::mem::take(&mut self.round.challenges).into_values() {
            let Some(challenge) = challenge(&answer)? else { continue };
            self.rounds.accept(&challenge, &answer, token)?;
            call.verbose(self.rounds.sentence(&challenge, batch));
            self.claims = Some(match &self.claims {
                Some(claims) => claims.merge(&challenge.claims),
                None => challenge.claims,
            });
            self.refused = Some(token.id);
        }
        Ok(())
    }
}

fn written(dialect: &Dialect, index: usize, request: &Request) -> Result<Value> {
    let path = request.url.path();
    let path = path.strip_prefix(dialect.base).unwrap_or(path);
    let url = request.url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut item = Map::new();
    item.insert(dialect.id.to_owned(), json!(index.to_string()));
    item.insert(dialect.method.to_owned(), json!(request.method.as_str()));
    item.insert("url".to_owned(), json!(url));
    if let Some(body) = &request.body {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| Error::new(ErrorCode::Internal, "a request of a batch has a body that is no JSON").cause(&error))?;
        item.insert(dialect.body.to_owned(), body);
    }
    if let Some(name) = dialect.headers.filter(|_| !request.headers.is_empty()) {
        let headers = request.headers.iter().filter_map(|(name, value)| {
            let name = if name == CONTENT_TYPE { "Content-Type" } else { name.as_str() };
            Some((name.to_owned(), json!(value.to_str().ok()?)))
        });
        item.insert(name.to_owned(), Value::Object(headers.collect()));
    }
    Ok(Value::Object(item))
}

/// The place that a name stands for. Some services write numbers that came as text as numbers.
fn index(name: &Value) -> Option<usize> {
    match name {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
        _ => None,
    }
}

fn headers(members: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in members.as_object().into_iter().flatten() {
        let Ok(name) = HeaderName::try_from(name.as_str()) else { continue };
        let values = if let Value::Array(values) = value { values.as_slice() } else { std::slice::from_ref(value) };
        for value in values {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.append(name.clone(), value);
            }
        }
    }
    headers
}

fn short(text: &str) -> String {
    super::shown(text, 100)
}
