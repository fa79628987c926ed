//! One request, its answer, and how it can fail.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::service_error::excerpt;
use crate::auth::{AccessToken, Resource};
use crate::call::WriteId;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, HttpDetail, Result};
use crate::transport::stranger;

/// Largest answer that is read, in bytes.
const MAX_ANSWER: usize = 32 << 20;

/// A request to be sent with a token.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The address.
    pub url: Url,
    /// Further headers; the token and ids are added when it is sent.
    pub headers: HeaderMap,
    /// The body.
    pub body: Option<Bytes>,
    /// The API whose token is sent.
    pub resource: Resource,
    /// Permissions that the token must have; empty for the default.
    pub scopes: Vec<String>,
    /// What is known beforehand that the token must satisfy.
    pub claims: Option<ClaimsRequest>,
    /// Whether the user must not be asked to sign in for it.
    pub silent: bool,
    /// A repetition does no harm: true for GET and HEAD, and for what is a query although it is a POST.
    pub safe: bool,
    /// Where the call notes how far the write has come.
    pub write: Option<WriteId>,
    /// Largest answer that is read, in bytes.
    pub max_answer: usize,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: Method, url: Url, resource: Resource) -> Self {
        let safe = matches!(method, Method::GET | Method::HEAD);
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            resource,
            scopes: Vec::new(),
            claims: None,
            silent: false,
            safe,
            write: None,
            max_answer: MAX_ANSWER,
        }
    }

    /// Adds a JSON body.
    ///
    /// # Errors
    /// `Internal` if the value cannot be written as JSON.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self> {
        let text = serde_json::to_vec(body)
            .map_err(|error| Error::new(ErrorCode::Internal, "a request body could not be written as JSON").cause(&error))?;
        self.body = Some(Bytes::from(text));
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(self)
    }

    /// The address as it may be shown: without query, which can hold secrets.
    #[must_use]
    pub fn shown_url(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        url.to_string()
    }
}

/// A complete answer of status 2xx or 3xx.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
    /// The exchange, for errors that are found later.
    pub http: HttpDetail,
    /// The token that was accepted.
    pub token: Arc<AccessToken>,
    /// Whether a claims challenge had to be satisfied first.
    pub stepped_up: bool,
    /// The authentication contexts that challenges asked for.
    pub contexts_asked: BTreeSet<String>,
}

impl Response {
    /// Reads the body as JSON.
    ///
    /// # Errors
    /// `UnexpectedResponse` with the first part of the body if it is something else, or if the status is a redirection.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        if let Some(error) = self.stranger().filter(|_| !self.status.is_success()) {
            return Err(error);
        }
        if !self.status.is_success() {
            return Err(self.unexpected(format!("the service answered {} where it should answer a request", self.status.as_u16())));
        }
        serde_json::from_slice(&self.body).map_err(|error| match self.stranger() {
            Some(stranger) => stranger,
            None => self.unexpected("the service's answer is not the JSON that was expected").cause(&error),
        })
    }

    /// The error, if another than the service has answered.
    fn stranger(&self) -> Option<Error> {
        let mut error = stranger(self.status, &self.headers, &self.body, &self.http.method, &Url::parse(&self.http.url).ok()?)?;
        error.http = Some(self.http.clone());
        Some(error)
    }

    /// An `UnexpectedResponse` that tells of this exchange.
    #[must_use]
    pub fn unexpected(&self, message: impl Into<String>) -> Error {
        let mut error = Error::new(ErrorCode::UnexpectedResponse, message)
            .hint("check whether a proxy or a captive portal answers in the service's place")
            .target(self.http.url.clone());
        error.causes.push(format!("the answer begins `{}`", excerpt(&self.body)));
        error.http = Some(self.http.clone());
        error
    }
}

/// What became of a request that failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// The service has not acted: it was never reached, or it refused.
    NotDone,
    /// The service may have acted: the answer was lost or told of a fault of its own.
    Unknown,
}

/// A failed request.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Why.
    pub error: Box<Error>,
    /// What became of it.
    pub fate: Fate,
}

impl Failure {
    pub(super) fn not_done(error: Error) -> Self {
        Self { error: Box::new(error), fate: Fate::NotDone }
    }

    pub(super) fn unknown(error: Error) -> Self {
        Self { error: Box::new(error), fate: Fate::Unknown }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::not_done(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        *failure.error
    }
}
