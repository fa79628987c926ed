//! Everybody's eligibilities for directory roles, as one list, whichever way is quicker.
//!
//! A list leads from page to page by links, so that each page waits for the one before. A short list is read so. A long one is read role by
//! role: the lists of the roles do not wait for each other.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::call::Call;
use crate::error::Result;
use crate::graph::{Graph, without_notes};
use crate::http::{Lists, Page, Pages};

/// Pages that are read by their links. A list that goes on after them is long enough for a request for each role.
const IN_TURN: usize = 5;

/// The rows, page by page. None comes twice.
pub(super) struct Everybody<'a> {
    graph: Graph<'a>,
    call: &'a Call,
    pages: Pages<'a>,
    read: usize,
    by_role: Option<Lists<'a>>,
    seen: HashSet<Fingerprint>,
    /// Rows read by links that the lists of the roles have to show too, or those lists are not all there is.
    unmet: HashSet<Fingerprint>,
    roles: BTreeSet<String>,
    definitions: HashMap<String, Value>,
}

/// Stands for a row: the ids of tens of thousands would take as much memory as a page of rows.
type Fingerprint = [u8; 16];

impl<'a> Everybody<'a> {
    pub(super) fn new(graph: Graph<'a>, call: &'a Call) -> Self {
        Self {
            graph,
            call,
            pages: graph.all_eligibilities(),
            read: 0,
            by_role: None,
            seen: HashSet::new(),
            unmet: HashSet::new(),
            roles: BTreeSet::new(),
            definitions: HashMap::new(),
        }
    }

    /// A role's definition as the service sends it; null if it does not exist any more.
    pub(super) fn definition(&self, role: &str) -> &Value {
        self.definitions.get(&role.to_lowercase()).unwrap_or(&Value::Null)
    }

    /// The next rows; `None` when the list is whole.
    ///
    /// # Errors
    /// As [`Pages::next`] and [`Lists::next`].
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Value>>> {
        while let Some(lists) = &mut self.by_role {
            let doubt = match lists.next().await? {
                Some(part) => match part.items {
                    Ok(items) => return Ok(Some(self.fresh(items))),
                    Err(error) => format!("the eligibilities of a role cannot be read: {error}"),
                },
                None if self.unmet.is_empty() => return Ok(None),
                None => "the lists of the roles do not show all eligibilities".to_owned(),
            };
            self.call.verbose(format!("{doubt}. All of them are read page by page"));
            self.by_role = None;
        }
        let Some(Page { mut items, .. }) = self.pages.next().await? else { return Ok(None) };
        self.read += 1;
        for item in &mut items {
            self.learn(item);
        }
        if self.read <= IN_TURN {
            self.unmet.extend(items.iter().map(fingerprint));
            self.roles.extend(items.iter().filter_map(|item| item.get("roleDefinitionId")?.as_str()).map(str::to_lowercase));
        }
        let items = self.fresh(items);
        if self.read == IN_TURN && self.pages.goes_on() {
            self.by_role = self.of_roles().await;
        }
        Ok(Some(items))
    }

    /// Hands over results; what is under way goes on while the host takes its time.
    ///
    /// # Errors
    /// As [`Call::output`].
    pub(super) async fn outputs(&mut self, values: &[impl Serialize]) -> Result<()> {
        match &mut self.by_role {
            Some(lists) => lists.outputs(values).await,
            None => self.call.outputs(values).await,
        }
    }

    /// Takes the role's definition out of a row, the first time to keep it.
    fn learn(&mut self, item: &mut Value) {
        let definition = item.as_object_mut().and_then(|members| members.remove("roleDefinition"));
        let Some(definition) = definition.and_then(without_notes) else { return };
        let Some(role) = item.get("roleDefinitionId").and_then(Value::as_str) else { return };
        self.definitions.entry(role.to_lowercase()).or_insert(Value::Object(definition));
    }

    fn fresh(&mut self, mut items: Vec<Value>) -> Vec<Value> {
        let by_role = self.by_role.is_some();
        items.retain(|item| {
            let fingerprint = fingerprint(item);
            if by_role {
                self.unmet.remove(&fingerprint);
            }
            self.seen.insert(fingerprint)
        });
        items
    }

    async fn of_roles(&mut self) -> Option<Lists<'a>> {
        match self.graph.whole_role_definitions().await {
            Ok(roles) => {
                for mut role in roles.into_iter().filter_map(without_notes) {
                    // A relation, which the role that comes expanded with a row does not have.
                    role.remove("inheritsPermissionsFrom");
                    let Some(id) = role.get("id").and_then(Value::as_str).map(str::to_lowercase) else { continue };
                    self.roles.insert(id.clone());
                    self.definitions.entry(id).or_insert(Value::Object(role));
                }
            }
            Err(error) => {
                self.call.verbose(format!("the roles cannot be read, so their eligibilities are read page by page: {error}"));
                return None;
            }
        }
        self.call.verbose(format!("the list is long: it is read for each of {} roles, side by side", self.roles.len()));
        Some(self.graph.eligibilities_of_roles(&self.roles))
    }
}

fn fingerprint(item: &Value) -> Fingerprint {
    let id = item.get("id").and_then(Value::as_str);
    let digest = id.map_or_else(|| Sha256::digest(item.to_string()), Sha256::digest);
    std::array::from_fn(|place| digest[place])
}
