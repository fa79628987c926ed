//! Listeners on the loopback addresses and the connections that they accept.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::error::{Error, Result};
use crate::service::CutConnection;

/// The same port on `127.0.0.1` and, where the machine has it, on `::1`: browsers take either for `localhost`.
pub(crate) struct Listeners {
    pub(crate) port: u16,
    sockets: Vec<TcpListener>,
}

impl Listeners {
    /// Opens a port; 0 takes any that is free on both addresses.
    pub(crate) async fn open(port: u16) -> Result<Self> {
        const TRIES: usize = 20;
        let mut last = None;
        for _ in 0..TRIES {
            match Self::try_open(port).await {
                Ok(listeners) => return Ok(listeners),
                Err(error) if port == 0 => last = Some(error),
                Err(source) => return Err(Error::Listen { port, source }),
            }
        }
        Err(Error::Listen { port, source: last.unwrap_or_else(|| io::Error::from(io::ErrorKind::AddrInUse)) })
    }

    async fn try_open(port: u16) -> io::Result<Self> {
        let first = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let port = first.local_addr()?.port();
        let mut sockets = vec![first];
        match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(second) => sockets.push(second),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // A machine without IPv6 is served over IPv4 alone.
            Err(_) => {}
        }
        Ok(Self { port, sockets })
    }
}

/// Serves a router on its listeners until `stop` changes or its sender is gone.
pub(crate) async fn serve(listeners: Listeners, router: Router, tls: Option<TlsAcceptor>, stop: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    for socket in listeners.sockets {
        tasks.spawn(accept(socket, router.clone(), tls.clone(), stop.clone()));
    }
    while tasks.join_next().await.is_some() {}
}

async fn accept(socket: TcpListener, router: Router, tls: Option<TlsAcceptor>, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            accepted = socket.accept() => {
                // A failed accept concerns one client that is gone already.
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let (router, tls, stop) = (router.clone(), tls.clone(), stop.clone());
                connections.spawn(async move {
                    match tls {
                        None => converse(stream, router, stop).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                converse(stream, router, stop).await;
                            }
                        }
                    }
                });
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    drop(socket);
    let drained = async { while connections.join_next().await.is_some() {} };
    // Whoever keeps its connection open longer than this is cut off.
    let _ = tokio::time::timeout(Duration::from_millis(500), drained).await;
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, router: Router, mut stop: watch::Receiver<bool>) {
    let router = Arc::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let router = Arc::clone(&router);
        async move { answer(&router, request).await }
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(60))
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn answer(router: &Router, request: Request<Incoming>) -> io::Result<Response> {
    let answer = match TowerToHyperService::new(router.clone()).call(request.map(Body::new)).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    // An error from the service makes hyper close the connection without a byte.
    if answer.extensions().get::<CutConnection>().is_some() { Err(io::Error::other("cut on purpose")) } else { Ok(answer) }
}
