//! `rest.invoke`: any request to an API that Entra protects.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{ParseError, Url};

use super::Operation;
use crate::auth::Resource;
use crate::call::Call;
use crate::claims::find_request;
use crate::error::{Error, ErrorCode, Result};
use crate::http::{self as http_layer, Failure, Fate, Response, shown};
use crate::session::Session;

pub(super) struct RestInvoke;

/// The request to send.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// HTTP method; `GET` by default.
    #[serde(default = "get")]
    pub method: String,
    /// Absolute address on the cloud's Graph or ARM host (or on `resource`'s host), or a path on Graph such as `/v1.0/me`.
    pub uri: String,
    /// Further headers. `Authorization`, `Host` and headers of the connection are refused.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// JSON, or text.
    #[serde(default)]
    pub body: Option<Value>,
    /// Media type of the body; `application/json` by default, `text/plain` for text that is no JSON.
    #[serde(default)]
    pub content_type: Option<String>,
    /// `graph`, `arm`, or the application id URI of another API; by default that of the address.
    #[serde(default)]
    pub resource: Option<String>,
    /// Permissions that the token must have, as short or full names.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Claims that the token must satisfy: JSON, base64, or anything that carries a challenge.
    #[serde(default)]
    pub claims: Option<String>,
    /// Follow next links; each item is an output.
    #[serde(default)]
    pub all: bool,
}

fn get() -> String {
    "GET".to_owned()
}

/// The answer. One of `body`, `text` and `base64` is there unless the answer is empty or `all` was asked for.
#[derive(Debug, Default, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers in lower case; repeated ones are joined with `, `.
    pub headers: BTreeMap<String, String>,
    /// A JSON answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// A text answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Any other answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// With `all`: number of outputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

impl Operation for RestInvoke {
    const NAME: &'static str = "rest.invoke";
    const SUMMARY: &'static str = "Sends a request to Microsoft Graph, Azure Resource Manager or another Entra-protected API.";
    const COMMANDS: &'static [&'static str] = &["Invoke-PIMRestMethod"];
    type Request = Request;
    type Output = Value;
    type Reply = Reply;

    async fn run(session: &Session, call: &Call, request: Request) -> Result<Reply> {
        let mut sending = prepare(session, &request)?;
        if request.all {
            return all(session, call, sending).await;
        }
        if !sending.safe {
            sending.write = Some(call.write_planned(format!("{} {}", sending.method, sending.shown_url())));
        }
        let response = session.http.send(&session.auth, call, &sending).await.map_err(|failure| told(failure, sending.safe))?;
        Ok(reply(&response))
    }
}

/// Says of a write that failed whether it may have been done all the same.
fn told(failure: Failure, safe: bool) -> Error {
    let unsure = failure.fate == Fate::Unknown && !safe;
    let mut error = Error::from(failure);
    if unsure {
        error.message.push_str("; the request had been sent, and the service may have acted");
        error.hint = Some("read what it was to change before sending it again".to_owned());
    }
    error
}

async fn all(session: &Session, call: &Call, sending: http_layer::Request) -> Result<Reply> {
    let mut pages = session.http.pages(&session.auth, call, sending);
    let (mut reply, mut count) = (Reply::default(), 0);
    while let Some(page) = pages.next().await? {
        count += page.items.len();
        reply.status = page.response.status.as_u16();
        reply.headers = headers(&page.response.headers);
        call.outputs(&page.items).await?;
    }
    reply.count = Some(count);
    Ok(reply)
}

fn prepare(session: &Session, request: &Request) -> Result<http_layer::Request> {
    let refuse = |field: &str, why: String| Error::new(ErrorCode::InvalidRequest, why).target(field);
    let method = Method::from_bytes(request.method.to_ascii_uppercase().as_bytes())
        .ok()
        .filter(|method| {
            method.as_str().bytes().all(|byte| byte.is_ascii_alphabetic()) && !matches!(*method, Method::CONNECT | Method::TRACE)
        })
        .ok_or_else(|| refuse("method", format!("`{}` is no method that can be sent", shown(&request.method, 40))))?;
    if request.all && method != Method::GET {
        return Err(refuse("all", "only a GET can follow next links".to_owned()));
    }
    let url = address(session, &request.uri)?;
    let resource = match &request.resource {
        Some(resource) => Resource::parse(&session.cloud, resource)?,
        None => match Resource::for_url(&session.cloud, &url) {
            Resource::Other(_) => {
                let host = shown(url.host_str().unwrap_or_default(), 200);
                return Err(Error::new(
                    ErrorCode::HostNotAllowed,
                    format!("`{host}` belongs neither to Microsoft Graph nor to Azure Resource Manager"),
                )
                .hint("name its resource, for example `https://vault.azure.net`")
                .target(host));
            }
            known => known,
        },
    };
    session.http.check_target(&resource, &url)?;
    let mut sending = http_layer::Request::new(method, url, resource);
    sending.scopes.clone_from(&request.scopes);
    sending.claims = request.claims.as_deref().map(find_request).transpose()?;
    for (name, value) in &request.headers {
        let parsed =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse("headers", format!("`{}` is no header name", shown(name, 60))))?;
        if REFUSED_HEADERS.contains(&parsed.as_str()) {
            return Err(refuse("headers", format!("the header `{parsed}` is set by this library alone"))
                .hint("leave it out; `-Context`, `-Resource`, `-Scope` and `-Claims` choose the token"));
        }
        let value = HeaderValue::from_str(value)
            .map_err(|_| refuse("headers", format!("the value of `{parsed}` holds characters that no header may have")))?;
        sending.headers.insert(parsed, value);
    }
    let default_type = match &request.body {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => {
            sending.body = Some(Bytes::from(text.clone()));
            let json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            Some(if json { "application/json" } else { "text/plain; charset=utf-8" })
        }
        Some(body) => {
            sending.body = Some(Bytes::from(body.to_string()));
            Some("application/json")
        }
    };
    let content_type = match &request.content_type {
        Some(text) => Some(
            HeaderValue::from_str(text)
                .map_err(|_| refuse("contentType", "the content type holds characters that no header may have".to_owned()))?,
        ),
        None => default_type.map(HeaderValue::from_static),
    };
    if let Some(value) = content_type
        && (request.content_type.is_some() || !sending.headers.contains_key(CONTENT_TYPE))
    {
        sending.headers.insert(CONTENT_TYPE, value);
    }
    Ok(sending)
}

/// Headers of identity, of addressing and of the connection (RFC 9110 section 7.6.1).
const REFUSED_HEADERS: &[&str] = &[
    "authorization",
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// An absolute address, or a path on Microsoft Graph: `/v1.0/me`, `v1.0/me`, `beta/me`.
fn address(session: &Session, text: &str) -> Result<Url> {
    let refuse = |why: String| {
        Error::new(ErrorCode::InvalidRequest, format!("`{}` is no address that can be used: {why}", shown(text, 200)))
            .hint("give an absolute https address, or a path on Microsoft Graph such as `/v1.0/me`")
            .target("uri")
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(refuse("it is empty".to_owned()));
    }
    let mut url = match Url::parse(text) {
        Ok(url) => url,
        Err(ParseError::RelativeUrlWithoutBase) => {
            if text.starts_with("//") || text.contains('\\') {
                return Err(refuse("it names a host without a scheme".to_owned()));
            }
            let path = text.trim_start_matches('/');
            let version = path.split(['/', '?']).next().unwrap_or_default();
            if !matches!(version, "v1.0" | "beta") {
                return Err(refuse("a path on Microsoft Graph begins with `v1.0` or `beta`".to_owned()));
            }
            session.cloud.graph.join(&format!("/{path}")).map_err(|error| refuse(error.to_string()))?
        }
        Err(error) => return Err(refuse(error.to_string())),
    };
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        return Err(refuse(format!("its scheme is `{}`", shown(url.scheme(), 40))));
    }
    url.set_fragment(None);
    Ok(url)
}

fn reply(response: &Response) -> Reply {
    let mut reply = Reply { status: response.status.as_u16(), headers: headers(&response.headers), ..Reply::default() };
    if response.body.is_empty() {
        return reply;
    }
    let media_type = reply.headers.get("content-type").map(|text| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let media_type = media_type.unwrap_or_default();
    let is_json = media_type == "application/json" || media_type.ends_with("+json") || media_type == "text/json";
    if is_json && let Ok(body) = serde_json::from_slice(&response.body) {
        reply.body = Some(body);
    } else if let Ok(text) = std::str::from_utf8(&response.body)
        && (is_json || media_type.starts_with("text/") || media_type.ends_with("xml") || media_type.is_empty())
    {
        reply.text = Some(text.to_owned());
    } else {
        reply.base64 = Some(STANDARD.encode(&response.body));
    }
    reply
}

fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        map.entry(name.as_str().to_owned())
            .and_modify(|joined| {
                joined.push_str(", ");
                joined.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    map
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn prepared(mut request: Value) -> Result<http_layer::Request> {
        let session = Session::new(b"{}").unwrap();
        if request.get("uri").is_none() {
            request["uri"] = json!("/v1.0/me");
        }
        prepare(&session, &serde_json::from_value(request).unwrap())
    }

    #[test]
    fn addresses_are_resolved_and_pinned() {
        for (uri, url, resource) in [
            ("/v1.0/me?$select=id", "https://graph.microsoft.com/v1.0/me?$select=id", Resource::Graph),
            ("v1.0/me", "https://graph.microsoft.com/v1.0/me", Resource::Graph),
            ("beta/me", "https://graph.microsoft.com/beta/me", Resource::Graph),
            ("https://graph.microsoft.com/v1.0/me#x", "https://graph.microsoft.com/v1.0/me", Resource::Graph),
            (
                "https://management.azure.com/subscriptions?api-version=1",
                "https://management.azure.com/subscriptions?api-version=1",
                Resource::Arm,
            ),
        ] {
            let request = prepared(json!({ "uri": uri })).unwrap();
            assert_eq!((request.url.as_str(), &request.resource), (url, &resource), "{uri}");
        }
        for (uri, code) in [
            ("", ErrorCode::InvalidRequest),
            ("/me", ErrorCode::InvalidRequest),
            ("//evil.example/v1.0/me", ErrorCode::InvalidRequest),
            ("/\\evil.example/v1.0", ErrorCode::InvalidRequest),
            ("file:///etc/passwd", ErrorCode::InvalidRequest),
            ("https://evil.example/v1.0/me", ErrorCode::HostNotAllowed),
            ("https://graph.microsoft.com@evil.example/", ErrorCode::HostNotAllowed),
            ("http://graph.microsoft.com/v1.0/me", ErrorCode::HostNotAllowed),
        ] {
            assert_eq!(prepared(json!({ "uri": uri })).unwrap_err().code, code, "{uri}");
        }
    }

    #[test]
    fn another_api_needs_its_resource() {
        let vault = prepared(json!({"uri": "https://mine.vault.azure.net/keys", "resource": "https://vault.azure.net"})).unwrap();
        assert_eq!(vault.resource, Resource::Other("https://vault.azure.net".to_owned()));
        for (uri, resource) in [
            ("https://evil.example/keys", "https://vault.azure.net"),
            ("https://mine.vault.azure.net/keys", "graph"),
            ("/v1.0/me", "arm"),
            ("https://anything.example/", "api://11111111-0000-0000-0000-000000000000"),
        ] {
            assert_eq!(prepared(json!({"uri": uri, "resource": resource})).unwrap_err().code, ErrorCode::HostNotAllowed, "{uri}");
        }
    }

    #[test]
    fn headers_of_identity_and_connection_are_refused() {
        for name in ["Authorization", "HOST", "Transfer-Encoding", "Proxy-Authorization", "b d", ""] {
            assert_eq!(prepared(json!({"headers": {name: "x"}})).unwrap_err().code, ErrorCode::InvalidRequest, "{name}");
        }
        assert!(prepared(json!({"headers": {"x-a": "b\r\nAuthorization: c"}})).is_err());
        assert_eq!(prepared(json!({"headers": {"ConsistencyLevel": "eventual"}})).unwrap().headers["consistencylevel"], "eventual");
    }

    #[test]
    fn bodies_get_their_type() {
        let typed = |request: Value| {
            let request = prepared(request).unwrap();
            (request.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned()), request.body.map(|body| body.to_vec()))
        };
        assert_eq!(typed(json!({"method": "post", "body": {"a": 1}})), (Some("application/json".to_owned()), Some(b"{\"a\":1}".to_vec())));
        assert_eq!(typed(json!({"method": "post", "body": "{\"a\": 1}"})).0.as_deref(), Some("application/json"));
        assert_eq!(typed(json!({"method": "post", "body": "hello"})).0.as_deref(), Some("text/plain; charset=utf-8"));
        assert_eq!(typed(json!({"method": "post", "body": "a", "contentType": "text/csv"})).0.as_deref(), Some("text/csv"));
        assert_eq!(typed(json!({"method": "post", "body": "a", "headers": {"Content-Type": "text/x"}})).0.as_deref(), Some("text/x"));
        assert_eq!(typed(json!({})), (None, None));
        for bad in [json!({"method": "CONNECT"}), json!({"method": "GET / HTTP"}), json!({"method": "POST", "all": true})] {
            assert!(prepared(bad).is_err());
        }
    }
}
