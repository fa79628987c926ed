//! A server that answers as a test wants, and remembers what it was asked.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod http;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ::http::{Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub const APP: &str = "aaaaaaaa-0000-0000-0000-00000000000a";

/// One request.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
    pub form: BTreeMap<String, String>,
}

/// An answer: status, headers, body.
pub type Answer = (u16, Vec<(&'static str, String)>, String);

type Script = Arc<dyn Fn(usize, &Seen) -> Answer + Send + Sync>;

#[derive(Clone)]
pub struct Server {
    pub url: String,
    script: Script,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// The script gets the number of the request, from 0, and the request.
    pub async fn start(script: impl Fn(usize, &Seen) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(None, script).await
    }

    /// The same over TLS, at the port that `url` tells.
    pub async fn start_with(tls: Option<TlsAcceptor>, script: impl Fn(usize, &Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let server = Self { url, script: Arc::new(script), seen: Arc::default() };
        let serving = server.clone();
        http::serve(listener, tls, move |request| {
            let serving = serving.clone();
            async move { serving.answer(request).await }
        });
        server
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// A session's configuration with this server as its token service.
    pub fn session_config(&self) -> Value {
        json!({
            "cloud": {"name": "Test", "login": self.url, "graph": "https://graph.example", "arm": "https://arm.example"},
            "tenant": TENANT,
        })
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let pairs = |bytes: &[u8]| form_urlencoded::parse(bytes).into_owned().collect::<BTreeMap<_, _>>();
        let headers = head.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned())).collect();
        let seen = Seen {
            method: head.method.to_string(),
            path: head.uri.path().to_owned(),
            query: pairs(head.uri.query().unwrap_or_default().as_bytes()),
            headers,
            form: pairs(&body),
        };
        let number = {
            let mut all = self.seen.lock().unwrap();
            all.push(seen.clone());
            all.len() - 1
        };
        let (status, headers, body) = (self.script)(number, &seen);
        let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
        for (name, value) in headers {
            response = response.header(name, value);
        }
        response.body(Full::from(body)).unwrap()
    }
}

pub fn ok(body: &Value) -> Answer {
    (200, Vec::new(), body.to_string())
}

/// A refusal of the token service.
pub fn refusal(error: &str, description: &str) -> Answer {
    (400, Vec::new(), json!({"error": error, "error_description": description}).to_string())
}

/// A token that shows these claims.
pub fn jwt(claims: &Value) -> String {
    format!("e30.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// The token of an application, for `https://graph.example`.
pub fn application_token() -> String {
    let object = "cccccccc-0000-0000-0000-00000000000c";
    jwt(&json!({"aud": "https://graph.example", "tid": TENANT, "oid": object, "sub": object, "appid": APP, "idtyp": "app",
                "app_displayname": "Automation", "exp": 4_000_000_000_u64, "iat": 1_700_000_000}))
}
