//! One request to something that vouches for this program: a metadata service, a build's token issuer.

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use url::Url;

use crate::auth::endpoint::read;
use crate::auth::response::clean;
use crate::error::{Error, ErrorCode, HttpDetail, Result, ServiceDetail};
use crate::secret;
use crate::transport::Transport;

/// An answer of bounded size.
pub(super) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// What the request proved itself with: its headers that are marked as sensitive.
    sent: Vec<String>,
}

/// Sends a request once. `url` is its address, for words.
pub(super) async fn send(transport: &Transport, request: RequestBuilder, url: &Url) -> Result<Reply> {
    let describe = |failure: &reqwest::Error| transport.describe(failure, url);
    let (client, request) = request.build_split();
    let request = request.map_err(|failure| describe(&failure))?;
    let sent = secrets(request.headers());
    let mut answer = client.execute(request).await.map_err(|failure| describe(&failure))?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = read(&mut answer).await.map_err(|failure| describe(&failure))?;
    let body = body.ok_or_else(|| {
        Error::new(ErrorCode::UnexpectedResponse, format!("the answer of {} is too large for one with a token", origin(url)))
            .hint("check the address that the environment names, and what answers there")
    })?;
    Ok(Reply { status, headers, body, sent })
}

impl Reply {
    /// A refusal in words. The body may be anything: known members are taken, cleaned and bounded.
    pub(super) fn refused(&self, what: &str, url: &Url, method: &str) -> Error {
        let body = secret::without(&self.body, self.sent.iter().map(String::as_str));
        let members: Value = serde_json::from_str(&body).unwrap_or_default();
        let text = |names: &[&str]| names.iter().find_map(|name| members.pointer(name)?.as_str()).map(clean).unwrap_or_default();
        let service = ServiceDetail {
            code: text(&["/error", "/error/code", "/typeKey"]),
            message: text(&["/error_description", "/error/message", "/message", "/Message"]),
        };
        let why = if service.message.is_empty() { String::new() } else { format!(": {}", service.message) };
        let mut error =
            Error::new(ErrorCode::SignInFailed, format!("{what} refused the request with status {}{why}", self.status.as_u16()));
        error.service = Some(service);
        error.http = Some(HttpDetail {
            status: self.status.as_u16(),
            request_id: None,
            correlation_id: None,
            method: method.to_owned(),
            url: format!("{}{}", origin(url), url.path()),
        });
        error
    }
}

/// The sensitive headers, without the scheme that stands before some.
fn secrets(headers: &HeaderMap) -> Vec<String> {
    let sensitive = headers.values().filter(|value| value.is_sensitive()).filter_map(|value| value.to_str().ok());
    sensitive.map(|text| text.rsplit_once(' ').map_or(text, |(_, proof)| proof).to_owned()).collect()
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
