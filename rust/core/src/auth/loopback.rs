//! The listener to which the sign-in page sends the browser back (RFC 8252 section 7.3).
//!
//! It binds loopback only, on IPv4 and IPv6, since browsers resolve `localhost` to either. Nothing but a request for `/` with
//! the right `state` ends the wait; the pages for all else are static. It closes when it is dropped.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming as Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::answer::{self, Answer, Reading};
use super::pages::{POLICY, Page};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// Largest form that is read.
const LARGEST_FORM: usize = 64 * 1024;
/// For a request to arrive: browsers open connections on suspicion and send nothing.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a browser is kept waiting for the result of its answer.
const RESULT_PATIENCE: Duration = Duration::from_secs(20);
/// For the last page to reach the browser.
const DELIVERY_PATIENCE: Duration = Duration::from_secs(5);
/// Connections at once, for each address.
const MOST_CONNECTIONS: usize = 32;
/// Ports that are tried where another program has the IPv6 side.
const PORT_ATTEMPTS: u32 = 16;

/// A listener for one sign-in.
pub(super) struct Loopback {
    port: u16,
    answers: mpsc::Receiver<Answered>,
    shared: Arc<Shared>,
    /// Aborts the listeners and their connections when dropped.
    _listeners: JoinSet<()>,
}

/// The answer, and the browser that waits for its page.
pub(super) struct Answered {
    pub answer: Answer,
    pub screen: Screen,
}

/// The browser that brought an answer.
pub(super) struct Screen {
    page: oneshot::Sender<Page>,
    delivered: Option<oneshot::Receiver<Infallible>>,
}

impl Screen {
    /// Shows the page, and waits until the browser has it: the listener may close then.
    pub(super) async fn show(self, page: Page) {
        if self.page.send(page).is_ok()
            && let Some(delivered) = self.delivered
        {
            let _ = timeout(DELIVERY_PATIENCE, delivered).await;
        }
    }
}

struct Shared {
    state: Secret,
    port: u16,
    answers: mpsc::Sender<Answered>,
    answered: AtomicBool,
    foreign: AtomicBool,
}

impl Loopback {
    /// Listens on a free port of both loopback addresses.
    ///
    /// # Errors
    /// `SignInFailed` if no port of 127.0.0.1 nor of ::1 can be bound.
    pub(super) async fn bind(state: Secret) -> Result<Self> {
        Self::bind_by(state, |address, port| TcpListener::bind((address, port))).await
    }

    async fn bind_by<F: Future<Output = io::Result<TcpListener>>>(state: Secret, bind: impl Fn(IpAddr, u16) -> F) -> Result<Self> {
        let (first, second) = bind_both(bind).await.map_err(|error| {
            Error::new(ErrorCode::SignInFailed, "no port of `127.0.0.1` or `::1` could be opened for the sign-in page's answer")
                .hint("check whether a firewall or a sandbox forbids listening on loopback")
                .cause(&error)
        })?;
        let port = first.local_addr().map_err(|error| Error::new(ErrorCode::Internal, "the listener has no port").cause(&error))?.port();
        let (sender, answers) = mpsc::channel(1);
        let shared = Arc::new(Shared { state, port, answers: sender, answered: AtomicBool::new(false), foreign: AtomicBool::new(false) });
        let mut listeners = JoinSet::new();
        for listener in [Some(first), second].into_iter().flatten() {
            listeners.spawn(listen(listener, Arc::clone(&shared)));
        }
        Ok(Self { port, answers, shared, _listeners: listeners })
    }

    /// The redirect address: Entra ignores the port of `http://localhost` when it compares (entra-docs `reply-url.md`).
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}/", self.port)
    }

    /// Waits for the answer to this sign-in.
    pub(super) async fn answer(&mut self) -> Answered {
        match self.answers.recv().await {
            Some(answered) => answered,
            // `shared` holds a sender, so this side is never told of an end.
            None => std::future::pending().await,
        }
    }

    /// Whether answers came that belong to another sign-in.
    pub(super) fn saw_foreign_answer(&self) -> bool {
        self.shared.foreign.load(Ordering::Relaxed)
    }
}

async fn bind_both<F: Future<Output = io::Result<TcpListener>>>(
    bind: impl Fn(IpAddr, u16) -> F,
) -> io::Result<(TcpListener, Option<TcpListener>)> {
    let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
    let mut attempt = 0;
    loop {
        let first = match bind(v4, 0).await {
            Ok(first) => first,
            // No IPv4 on this machine: then its `localhost` is the other one. If that fails too, IPv4 tells more.
            Err(error) => return bind(v6, 0).await.map(|only| (only, None)).map_err(|_| error),
        };
        let port = first.local_addr()?.port();
        match bind(v6, port).await {
            Ok(second) => return Ok((first, Some(second))),
            // Another program listens there, and would get the answer.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempt < PORT_ATTEMPTS => attempt += 1,
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // No IPv6 on this machine.
            Err(_) => return Ok((first, None)),
        }
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, Arc::clone(&shared)));
                } else {
                    // Out of descriptors, for example: yield, and let others give theirs back.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let (alive, closed) = oneshot::channel();
    let closed = Arc::new(Mutex::new(Some(closed)));
    let service = service_fn(|request| {
        let (shared, closed) = (Arc::clone(&shared), Arc::clone(&closed));
        async move { Ok::<_, Infallible>(respond(request, &shared, &closed).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    let _ = timeout(2 * PATIENCE + RESULT_PATIENCE, connection).await;
    drop(alive);
}

type Closed = Mutex<Option<oneshot::Receiver<Infallible>>>;

async fn respond(request: Request<Body>, shared: &Shared, closed: &Closed) -> Response<Full<Bytes>> {
    if !is_for_loopback(request.headers(), shared.port) {
        return plain(StatusCode::MISDIRECTED_REQUEST);
    }
    match request.uri().path() {
        "/" => {}
        "/favicon.ico" => return plain(StatusCode::NO_CONTENT),
        _ => return plain(StatusCode::NOT_FOUND),
    }
    let reading = match *request.method() {
        Method::GET => answer::read(request.uri().query().unwrap_or_default().as_bytes(), &shared.state),
        Method::POST if is_form(request.headers()) => {
            let body = Limited::new(request.into_body(), LARGEST_FORM);
            match timeout(PATIENCE, body.collect()).await {
                Ok(Ok(body)) => answer::read(&body.to_bytes(), &shared.state),
                Ok(Err(_)) => return plain(StatusCode::PAYLOAD_TOO_LARGE),
                Err(_) => return plain(StatusCode::REQUEST_TIMEOUT),
            }
        }
        Method::POST => return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        _ => {
            let mut response = plain(StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
            return response;
        }
    };
    match reading {
        Reading::Answer(answer) => page(hand_over(answer, shared, closed).await),
        Reading::Foreign => {
            shared.foreign.store(true, Ordering::Relaxed);
            page(Page::Foreign)
        }
        Reading::Unusable => page(Page::Unusable),
        Reading::Nothing => plain(StatusCode::NOT_FOUND),
    }
}

/// Gives the answer to the one who waits, and waits in turn for the page to show.
async fn hand_over(answer: Answer, shared: &Shared, closed: &Closed) -> Page {
    if shared.answered.swap(true, Ordering::AcqRel) {
        return Page::Answered;
    }
    let (page, result) = oneshot::channel();
    let delivered = closed.lock().unwrap_or_else(PoisonError::into_inner).take();
    if shared.answers.send(Answered { answer, screen: Screen { page, delivered } }).await.is_err() {
        return Page::Failed(ErrorCode::Cancelled);
    }
    match timeout(RESULT_PATIENCE, result).await {
        Ok(Ok(page)) => page,
        Ok(Err(_)) => Page::Failed(ErrorCode::Cancelled),
        Err(_) => Page::Received,
    }
}

/// A foreign page can make the browser call any name that resolves to loopback; the browser then tells that name.
fn is_for_loopback(headers: &HeaderMap, port: u16) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    host.strip_suffix(&format!(":{port}"))
        .is_some_and(|name| ["localhost", "127.0.0.1", "[::1]"].iter().any(|known| known.eq_ignore_ascii_case(name)))
}

fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

fn page(page: Page) -> Response<Full<Bytes>> {
    let mut response = with_headers(Response::new(Full::from(page.html())));
    *response.status_mut() = StatusCode::from_u16(page.status()).unwrap_or(StatusCode::OK);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = with_headers(Response::new(Full::default()));
    *response.status_mut() = status;
    response
}

fn with_headers(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let headers = response.headers_mut();
    for (name, value) in
        [(CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer"), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (X_FRAME_OPTIONS, "DENY")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests {

    use super::*;

    /// Binds as the system does where one family of addresses is missing.
    async fn without(missing: fn(&IpAddr) -> bool) -> Result<Loopback> {
        Loopback::bind_by("right".to_owned().into(), |address, port| async move {
            if missing(&address) {
                return Err(io::ErrorKind::AddrNotAvailable.into());
            }
            TcpListener::bind((address, port)).await
        })
        .await
    }

    async fn answered(loopback: &mut Loopback, host: &str) -> Option<String> {
        let port = loopback.port;
        let url = format!("http://{host}:{port}/?code=abc&state=right");
        let visit = tokio::spawn(reqwest::Client::builder().no_proxy().build().unwrap().get(url).send());
        let answered = timeout(Duration::from_secs(10), loopback.answer()).await.ok()?;
        let code = answered.answer.outcome.ok()?.expose();
        answered.screen.show(Page::SignedIn).await;
        assert_eq!(visit.await.unwrap().unwrap().status(), StatusCode::OK);
        Some(code)
    }

    #[tokio::test]
    async fn one_family_of_addresses_is_enough() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut only_v4 = without(IpAddr::is_ipv6).await.unwrap();
        assert_eq!(answered(&mut only_v4, "127.0.0.1").await.unwrap(), "abc");
        let only_v6 = without(IpAddr::is_ipv4).await;
        if TcpListener::bind("[::1]:0").await.is_ok() {
            let mut only_v6 = only_v6.unwrap();
            assert!(only_v6.redirect_uri().starts_with("http://localhost:"));
            assert_eq!(answered(&mut only_v6, "[::1]").await.unwrap(), "abc");
        } else {
            assert_eq!(only_v6.err().unwrap().code, ErrorCode::SignInFailed);
        }
    }

    #[tokio::test]
    async fn without_either_the_error_names_both() {
        let error = without(|_| true).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::SignInFailed);
        assert!(error.message.contains("`127.0.0.1` or `::1`") && error.hint.is_some(), "{error:?}");
    }
}
