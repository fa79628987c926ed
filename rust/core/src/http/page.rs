//! Lists page by page.

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use super::{Client, Request, Response, shown};
use crate::auth::Authenticator;
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};

/// No list of this product has so many pages; a service that makes up new links without end must not keep a call for ever.
const MAX_PAGES: usize = 20_000;

/// A list that is read page by page. It is whole when [`Pages::next`] has returned `None`; an error means that it is not.
pub struct Pages<'a> {
    client: &'a Client,
    auth: &'a Authenticator,
    call: &'a Call,
    request: Request,
    seen: HashSet<String>,
    ended: bool,
}

/// One page.
#[derive(Debug)]
pub struct Page {
    /// The items as they came.
    pub items: Vec<Value>,
    /// The answer that held them.
    pub response: Response,
}

impl Client {
    /// A list that begins with the answer to `request`.
    pub fn pages<'a>(&'a self, auth: &'a Authenticator, call: &'a Call, request: Request) -> Pages<'a> {
        Pages { client: self, auth, call, request, seen: HashSet::new(), ended: false }
    }
}

impl Pages<'_> {
    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// `HostNotAllowed` for a next link to another origin, `PageLoop`, `UnexpectedResponse` for an answer that is no list, and those of
    /// [`Client::send`].
    pub async fn next(&mut self) -> Result<Option<Page>> {
        if self.ended {
            return Ok(None);
        }
        self.ended = true;
        self.seen.insert(self.request.url.to_string());
        let response = self.client.send(self.auth, self.call, &self.request).await?;
        let (items, link) = page(response.json()?).map_err(|problem| response.unexpected(problem))?;
        if let Some(link) = link {
            self.request.url = next_address(&link, &self.request, &self.seen)?;
            self.ended = false;
        }
        Ok(Some(Page { items, response }))
    }

    /// Whether there is a page that has not been read.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        !self.ended
    }

    /// All items of all pages.
    ///
    /// # Errors
    /// As [`Pages::next`].
    pub async fn all(mut self) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        while let Some(mut page) = self.next().await? {
            items.append(&mut page.items);
        }
        Ok(items)
    }
}

/// The items of a page and the link to the next, or what is wrong with it.
pub(super) fn page(body: Value) -> Result<(Vec<Value>, Option<String>), &'static str> {
    let Value::Object(mut body) = body else { return Err("the service's answer is no list") };
    let Some(Value::Array(items)) = body.get_mut("value").map(Value::take) else { return Err("the service's answer is no list") };
    match ["@odata.nextLink", "nextLink"].iter().find_map(|name| body.remove(*name)) {
        None | Some(Value::Null) => Ok((items, None)),
        Some(Value::String(link)) => Ok((items, Some(link).filter(|link| !link.is_empty()))),
        Some(_) => Err("the service's next link is no text"),
    }
}

/// Where a next link leads, if it may be followed.
pub(super) fn next_address(link: &str, request: &Request, seen: &HashSet<String>) -> Result<Url> {
    let url = Url::parse(link).map_err(|error| {
        Error::new(ErrorCode::UnexpectedResponse, "the service's next link is no address").target(request.shown_url()).cause(&error)
    })?;
    if url.origin() != request.url.origin() {
        let host = shown(url.host_str().unwrap_or_default(), 200);
        return Err(Error::new(ErrorCode::HostNotAllowed, format!("the list's next link points at `{host}`, to which no token is sent"))
            .hint("report it to whoever runs the service or the proxy")
            .target(host));
    }
    if seen.contains(url.as_str()) || seen.len() >= MAX_PAGES {
        return Err(Error::new(ErrorCode::PageLoop, format!("the list goes on after {} pages with one that was already read", seen.len()))
            .hint("try again later; the list is not whole")
            .target(request.shown_url()));
    }
    Ok(url)
}
