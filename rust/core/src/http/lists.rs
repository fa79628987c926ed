//! Many lists side by side, their pages asked for in batches.

use std::collections::{HashMap, HashSet, VecDeque};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use serde::Serialize;
use serde_json::Value;

use super::batch::{Dialect, Item};
use super::page::{next_address, page};
use super::{Client, Request};
use crate::auth::Authenticator;
use crate::call::Call;
use crate::error::Result;
use crate::meanwhile::meanwhile;

/// Lists that are read together. First come the first pages in the order of the lists, then the second pages, and so on: the order is the
/// same in every run, and no more than the pages under way are held.
pub struct Lists<'a> {
    client: &'a Client,
    auth: &'a Authenticator,
    call: &'a Call,
    dialect: &'static Dialect,
    waiting: VecDeque<(usize, Request)>,
    /// How many of those that wait are first pages; they stand in front.
    first: usize,
    running: FuturesOrdered<BoxFuture<'a, Batch>>,
    /// Answered, and not yet looked at.
    answered: VecDeque<Batch>,
    ready: VecDeque<Part>,
    seen: HashMap<usize, HashSet<String>>,
}

/// Lists that are read together and handed over whole, in their order.
pub struct WholeLists<'a> {
    lists: Lists<'a>,
    /// Lists that are not whole, or that others stand before.
    held: HashMap<usize, (Vec<Value>, bool)>,
    due: usize,
}

type Batch = (Vec<(usize, Request)>, Result<Vec<Result<Item>>>);

/// One page of one of the lists.
#[derive(Debug)]
pub struct Part {
    /// Which list: the place of its request.
    pub list: usize,
    /// Its items; an error means that this list is not whole.
    pub items: Result<Vec<Value>>,
    /// Whether nothing more comes of this list.
    pub last: bool,
}

impl Client {
    /// Lists that begin with the answers to `requests`.
    pub fn lists<'a>(&'a self, auth: &'a Authenticator, call: &'a Call, dialect: &'static Dialect, requests: Vec<Request>) -> Lists<'a> {
        Lists {
            client: self,
            auth,
            call,
            dialect,
            first: requests.len(),
            waiting: requests.into_iter().enumerate().collect(),
            running: FuturesOrdered::new(),
            answered: VecDeque::new(),
            ready: VecDeque::new(),
            seen: HashMap::new(),
        }
    }
}

impl<'a> Lists<'a> {
    /// The same lists one by one.
    #[must_use]
    pub fn whole(self) -> WholeLists<'a> {
        WholeLists { lists: self, held: HashMap::new(), due: 0 }
    }
}

impl WholeLists<'_> {
    /// The next list: its place, and its items or what kept them back. A list that failed comes at once, before its turn.
    ///
    /// # Errors
    /// As [`Lists::next`].
    pub async fn next(&mut self) -> Result<Option<(usize, Result<Vec<Value>>)>> {
        loop {
            if let Some((items, _)) = self.held.get_mut(&self.due).filter(|(_, whole)| *whole) {
                let items = std::mem::take(items);
                self.held.remove(&self.due);
                self.due += 1;
                return Ok(Some((self.due - 1, Ok(items))));
            }
            let Some(part) = self.lists.next().await? else { return Ok(None) };
            match part.items {
                Ok(mut items) => {
                    let (held, whole) = self.held.entry(part.list).or_default();
                    held.append(&mut items);
                    *whole = part.last;
                }
                Err(error) => return Ok(Some((part.list, Err(error)))),
            }
        }
    }

    /// As [`Lists::meanwhile`].
    pub async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        self.lists.meanwhile(work).await
    }

    /// As [`Lists::output`].
    ///
    /// # Errors
    /// As [`Call::output`].
    pub async fn output(&mut self, value: &impl Serialize) -> Result<()> {
        self.lists.output(value).await
    }

    /// As [`Lists::outputs`].
    ///
    /// # Errors
    /// As [`Call::output`].
    pub async fn outputs(&mut self, values: &[impl Serialize]) -> Result<()> {
        self.lists.outputs(values).await
    }
}

impl Lists<'_> {
    /// The next page of any list; `None` after the last of all.
    ///
    /// # Errors
    /// What concerns all lists: as [`Client::batch`]. What concerns one list is in its [`Part`].
    pub async fn next(&mut self) -> Result<Option<Part>> {
        loop {
            if let Some(part) = self.ready.pop_front() {
                return Ok(Some(part));
            }
            let answered = match self.answered.pop_front() {
                Some(batch) => Some(batch),
                None => {
                    self.start();
                    self.running.next().await
                }
            };
            let Some((requests, answers)) = answered else { return Ok(None) };
            for ((list, request), answer) in requests.into_iter().zip(answers?) {
                let waiting = self.waiting.len();
                let items = answer.and_then(|item| self.read(list, request, item));
                self.ready.push_back(Part { list, items, last: waiting == self.waiting.len() });
            }
        }
    }

    /// A page that is there already.
    pub fn ready(&mut self) -> Option<Part> {
        self.ready.pop_front()
    }

    /// Does other work while the batches under way are answered: one that nobody looks at would keep a worker and run out of time.
    pub async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        meanwhile(&mut self.running, &mut self.answered, work).await
    }

    /// Hands over a result; the batches under way are answered while the host takes its time. No more are sent then.
    ///
    /// # Errors
    /// As [`Call::output`].
    pub async fn output(&mut self, value: &impl Serialize) -> Result<()> {
        self.outputs(std::slice::from_ref(value)).await
    }

    /// Hands over results that came together.
    ///
    /// # Errors
    /// As [`Call::output`].
    pub async fn outputs(&mut self, values: &[impl Serialize]) -> Result<()> {
        let call = self.call;
        self.meanwhile(call.outputs(values)).await
    }

    /// Sends batches while there are workers. A part of a batch waits for more pages as long as others are under way.
    fn start(&mut self) {
        while self.running.len() < self.client.width {
            let is_worth_it = self.waiting.len() >= self.dialect.most || self.first > 0 || self.running.is_empty();
            if self.waiting.is_empty() || !is_worth_it {
                break;
            }
            let count = self.waiting.len().min(self.dialect.most);
            let requests: Vec<_> = self.waiting.drain(..count).collect();
            self.first = self.first.saturating_sub(count);
            let (client, auth, call, dialect) = (self.client, self.auth, self.call, self.dialect);
            self.running.push_back(Box::pin(async move {
                let alone: Vec<_> = requests.iter().map(|(_, request)| request.clone()).collect();
                let answers = client.batch(auth, call, dialect, &alone).await;
                (requests, answers)
            }));
        }
    }

    fn read(&mut self, list: usize, mut request: Request, mut item: Item) -> Result<Vec<Value>> {
        let (items, link) = page(item.body.take()).map_err(|problem| item.unexpected(problem))?;
        if let Some(link) = link {
            let seen = self.seen.entry(list).or_default();
            seen.insert(request.url.to_string());
            request.url = next_address(&link, &request, seen)?;
            self.waiting.push_back((list, request));
        }
        Ok(items)
    }
}
