//! A user at the browser, who sees the prompts of a call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use pim_core::auth::{AccessToken, Authenticator, Resource, TokenRequest};
use pim_core::call::Call;
use pim_core::claims::ClaimsRequest;
use pim_core::error::{Error, Result};
use pim_core::event::{Event, Prompt};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use url::Url;

use crate::service::Service;

/// Signs in on every page that calls are told of, as one account.
#[derive(Clone)]
pub struct User {
    service: Service,
    account: Arc<Mutex<String>>,
    pages: Arc<Mutex<Vec<Url>>>,
}

impl User {
    pub fn new(service: &Service, account: &str) -> Self {
        Self { service: service.clone(), account: Arc::new(Mutex::new(account.to_owned())), pages: Arc::default() }
    }

    pub fn becomes(&self, account: &str) {
        account.clone_into(&mut self.account.lock().unwrap());
    }

    /// A call of which the user follows the prompts.
    pub fn call(&self) -> Call {
        let (call, events) = Call::new();
        let user = self.clone();
        tokio::spawn(async move {
            let mut events = events;
            while let Some(url) = next_page(&mut events).await {
                user.open(&url).await;
            }
        });
        call
    }

    /// Opens a page, as a browser does that has one window for each address.
    pub async fn open(&self, url: &Url) {
        {
            let mut pages = self.pages.lock().unwrap();
            if pages.contains(url) {
                return;
            }
            pages.push(url.clone());
        }
        let account = self.account.lock().unwrap().clone();
        let code = self.service.sign_in(url, &account);
        let response = answer(url, &[("code", &code)]).await;
        assert_eq!(response.status(), 200);
    }

    /// The pages that were opened, each with its query.
    pub fn pages(&self) -> Vec<HashMap<String, String>> {
        self.pages.lock().unwrap().iter().map(query).collect()
    }

    /// The `prompt` parameters of the pages.
    pub fn prompts(&self) -> Vec<Option<String>> {
        self.pages().into_iter().map(|mut page| page.remove("prompt")).collect()
    }

    /// The contexts asked for on the pages.
    pub fn contexts(&self) -> Vec<Vec<String>> {
        let contexts = |page: HashMap<String, String>| ClaimsRequest::parse(&page["claims"]).unwrap().contexts().into_iter().collect();
        self.pages().into_iter().map(contexts).collect()
    }
}

/// A call that nobody answers, and what it is told.
pub fn watched_call() -> (Call, UnboundedReceiver<Event>) {
    Call::new()
}

/// A call that is answered by `respond`, once.
pub fn call_answered_by<F, Fut>(respond: F) -> (Call, JoinHandle<()>)
where
    F: FnOnce(Url) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let (call, events) = Call::new();
    let answering = tokio::spawn(async move {
        let mut events = events;
        if let Some(url) = next_page(&mut events).await {
            respond(url).await;
        }
        // Kept until the end, as a host would.
        let (_sender, mut end) = unbounded_channel::<()>();
        tokio::select! { _ = end.recv() => {}, _ = next_page(&mut events) => {} }
    });
    (call, answering)
}

pub async fn next_page(events: &mut UnboundedReceiver<Event>) -> Option<Url> {
    while let Some(event) = events.recv().await {
        if let Event::Prompt(Prompt::Browser { url, .. }) = event {
            return Some(Url::parse(&url).unwrap());
        }
    }
    None
}

pub fn query(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

/// What the page's redirect does: calls the loopback address with the state and these fields.
pub async fn answer(page: &Url, fields: &[(&str, &str)]) -> reqwest::Response {
    let query = query(page);
    let mut redirect = Url::parse(&query["redirect_uri"]).unwrap();
    redirect.query_pairs_mut().extend_pairs(fields).append_pair("state", &query["state"]);
    reqwest::get(redirect).await.unwrap()
}

pub fn with_contexts(contexts: &[&str]) -> TokenRequest {
    let claims = Some(ClaimsRequest::for_contexts(contexts.iter().copied()));
    TokenRequest { claims, ..TokenRequest::new(Resource::Graph) }
}

pub fn graph() -> TokenRequest {
    TokenRequest::new(Resource::Graph)
}

/// The error of a request that must fail.
pub fn failure(result: Result<Arc<AccessToken>>) -> Error {
    result.expect_err("a failure")
}

pub fn start(auth: &Authenticator, call: Call, request: TokenRequest) -> JoinHandle<Result<Arc<AccessToken>>> {
    let auth = auth.clone();
    tokio::spawn(async move { auth.token(&call, &request).await })
}
