//! What all services have in common: latency, faults, the journal.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::faults::Fault;
use crate::journal::{self, JournalEntry, parameters, shown_body, with_notes};
use crate::state::State;

/// One of the emulated services.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Service {
    /// Token service (Entra ID).
    Login,
    /// Microsoft Graph.
    Graph,
    /// Azure Resource Manager.
    Arm,
    /// The machine's own endpoints.
    Machine,
}

/// No request of a role client comes near this; the emulator holds each body in memory.
const LARGEST_REQUEST: usize = 4 * 1024 * 1024;

/// Tells the connection to close instead of answering.
#[derive(Clone, Copy)]
pub(crate) struct CutConnection;

/// Puts latency, faults and the journal around a service.
pub(crate) fn observed(service: Service, state: State, router: Router) -> Router {
    router.layer(from_fn(move |request: Request, next: Next| {
        let state = state.clone();
        async move { observe(service, &state, request, next).await }
    }))
}

async fn observe(service: Service, state: &State, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_REQUEST).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than 4 MiB\n").into_response();
    };
    let path_and_query = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut entry = JournalEntry {
        sequence: 0,
        time: state.clock.now(),
        service,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parameters(parts.uri.query().unwrap_or_default().as_bytes()),
        status: 0,
        user: None,
        client: None,
        token_contexts: None,
        body: shown_body(content_type, &body),
        challenge: false,
        violation: None,
        fault: false,
    };
    let fault = state.faults.take(service, parts.method.as_str(), &path_and_query);
    let handler = async {
        wait(state.faults.delay_of(service)).await;
        if let Some(fault) = &fault {
            wait(Duration::from_millis(fault.delay_ms)).await;
            if fault.replaces() && !fault.after_handling {
                return faulty(fault);
            }
        }
        let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
        match &fault {
            Some(fault) if fault.replaces() => faulty(fault),
            _ => answer,
        }
    };
    let (answer, notes) = with_notes(handler).await;
    entry.status = if answer.extensions().get::<CutConnection>().is_some() { 0 } else { answer.status().as_u16() };
    entry.user = notes.user;
    entry.client = notes.client;
    entry.token_contexts = notes.token_contexts;
    entry.challenge = notes.challenge;
    entry.violation = notes.violation;
    entry.fault = notes.fault;
    state.journal.record(entry);
    answer
}

async fn wait(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

fn faulty(fault: &Fault) -> Response {
    journal::note(|notes| notes.fault = true);
    let status = fault.status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    let (default_type, bytes) = match &fault.body {
        None => (None, Vec::new()),
        Some(Value::String(text)) => (Some("text/plain; charset=utf-8"), text.clone().into_bytes()),
        Some(other) => (Some("application/json; charset=utf-8"), other.to_string().into_bytes()),
    };
    let mut answer = if fault.cut && !bytes.is_empty() { half(bytes).into_response() } else { Body::from(bytes).into_response() };
    *answer.status_mut() = status;
    let content_type = fault.content_type.as_deref().or(default_type).and_then(|value| HeaderValue::from_str(value).ok());
    if let Some(content_type) = content_type {
        answer.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            answer.headers_mut().append(name, value);
        }
    }
    if fault.cut && fault.body.is_none() {
        answer.extensions_mut().insert(CutConnection);
    }
    answer
}

/// A body that breaks off in the middle.
fn half(bytes: Vec<u8>) -> Body {
    let bytes = Bytes::from(bytes);
    let first = bytes.slice(..bytes.len() / 2);
    let broken = stream::once(async {
        // The connection writes what it has only when the body makes it wait.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("cut on purpose"))
    });
    Body::from_stream(stream::once(async { Ok(first) }).chain(broken))
}
