//! Scopes: which resource a token is for and what it permits there.

use super::refusal::Refusal;
use super::{ARM_AUDIENCES, ARM_SCOPES, GRAPH_AUDIENCES, GRAPH_SCOPES};
use crate::scenario::Client;
use crate::state::State;

/// The resource and permissions of one request.
#[derive(Clone, Debug)]
pub(super) struct Scopes {
    /// The resource as the client named it: the audience of the token.
    pub(super) audience: String,
    /// Permissions without the resource's prefix, as the resource spells them.
    pub(super) permissions: Vec<String>,
    /// `openid` was asked: an ID token is wanted.
    pub(super) openid: bool,
    /// `offline_access` was asked: a refresh token is wanted.
    pub(super) offline: bool,
    /// Permissions that nobody has agreed to.
    pub(super) missing_consent: Vec<String>,
    shown: Vec<String>,
}

impl Scopes {
    /// The granted scopes as the token answer lists them.
    pub(super) fn shown(&self) -> String {
        self.shown.join(" ")
    }

    /// Reads a scope parameter. Of several resources the first is served.
    pub(super) fn parse(state: &State, client: &Client, text: &str) -> Result<Self, Refusal> {
        let mut scopes = Self {
            audience: state.origins.graph.clone(),
            permissions: Vec::new(),
            openid: false,
            offline: false,
            missing_consent: Vec::new(),
            shown: Vec::new(),
        };
        let mut resource: Option<(&str, Api)> = None;
        let mut named = Vec::new();
        for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
            match scope {
                "openid" => {
                    scopes.openid = true;
                    scopes.shown.push(scope.to_owned());
                }
                "profile" | "email" => scopes.shown.push(scope.to_owned()),
                "offline_access" => scopes.offline = true,
                _ => {
                    let (prefix, permission) = split(scope);
                    let api = find(state, prefix).ok_or_else(|| unknown_resource(prefix))?;
                    match &resource {
                        None => resource = Some((prefix, api)),
                        Some((_, first)) if first.key != api.key => continue,
                        Some(_) => {}
                    }
                    named.push(permission);
                }
            }
        }
        let (prefix, api) = match resource {
            Some(found) => found,
            None if scopes.openid || scopes.offline => {
                named.push("User.Read");
                ("", find(state, "").ok_or_else(|| Refusal::missing("scope"))?)
            }
            None => return Err(Refusal::missing("scope")),
        };
        if client.resources.as_ref().is_some_and(|allowed| !allowed.contains(&api.key)) {
            return Err(Refusal::invalid_request(
                65_002,
                format!("The application '{}' is not authorised in advance to ask for '{}'.", client.client_id, api.name),
            ));
        }
        scopes.audience = if prefix.is_empty() { api.name.clone() } else { prefix.to_owned() };
        scopes.fill(client, &api, &named)?;
        // Libraries look their caches up by these: `.default` is named where it was asked for, and a doubled slash stays.
        let default = named.contains(&".default").then_some(".default");
        let permissions = scopes.permissions.iter().map(String::as_str).chain(default);
        let full = permissions.map(|permission| format!("{}/{permission}", scopes.audience));
        scopes.shown.extend(full);
        Ok(scopes)
    }

    fn fill(&mut self, client: &Client, api: &Api, named: &[&str]) -> Result<(), Refusal> {
        let granted = |permission: &str| {
            api.key != "graph"
                || client.granted_scopes.as_ref().is_none_or(|granted| granted.iter().any(|have| have.eq_ignore_ascii_case(permission)))
        };
        if named.contains(&".default") {
            if named.iter().any(|permission| *permission != ".default") {
                return Err(Refusal::new(
                    "invalid_scope",
                    70_011,
                    "'.default' cannot be asked together with single permissions of the same resource.",
                ));
            }
            self.permissions = api.permissions.iter().filter(|permission| granted(permission)).cloned().collect();
            return Ok(());
        }
        for name in named {
            let Some(known) = api.permissions.iter().find(|known| known.eq_ignore_ascii_case(name)) else {
                return Err(Refusal::new(
                    "invalid_scope",
                    70_011,
                    format!("The permission '{name}' does not exist on the resource '{}'.", api.name),
                ));
            };
            if !granted(known) {
                self.missing_consent.push(known.clone());
            }
            if !self.permissions.contains(known) {
                self.permissions.push(known.clone());
            }
        }
        Ok(())
    }
}

/// All that an application may do at one resource: what `<resource>/.default` means where no user signs in.
#[derive(Clone, Debug)]
pub(super) struct Everything {
    /// The resource as the client named it: the audience of the token.
    pub(super) audience: String,
    /// Whether it is Microsoft Graph.
    pub(super) is_graph: bool,
}

impl Everything {
    /// Reads the scope parameter of an application, which is one resource's `.default` and nothing else.
    pub(super) fn of(state: &State, text: &str) -> Result<Self, Refusal> {
        let named: Vec<_> = text.split(' ').filter(|scope| !scope.is_empty()).collect();
        let [scope] = named.as_slice() else {
            return Err(Refusal::new("invalid_scope", 70_011, format!("The scope '{}' is not valid.", text.escape_debug())));
        };
        let Some(prefix) = scope.strip_suffix("/.default").filter(|prefix| !prefix.is_empty()) else {
            return Err(Refusal::new(
                "invalid_scope",
                1_002_012,
                format!(
                    "The provided value for scope {} is not valid. Client credential flows must have a scope value with /.default suffixed to \
                     the resource identifier (application ID URI).",
                    scope.escape_debug()
                ),
            ));
        };
        let api = find(state, prefix).ok_or_else(|| unknown_resource(prefix))?;
        Ok(Self { audience: prefix.to_owned(), is_graph: api.key == "graph" })
    }
}

/// Whether a named resource is Microsoft Graph; `None` for one that the tenant does not know.
pub(super) fn is_graph(state: &State, name: &str) -> Option<bool> {
    find(state, name).map(|api| api.key == "graph")
}

fn unknown_resource(name: &str) -> Refusal {
    Refusal::new("invalid_resource", 500_011, format!("The resource '{}' was not found in the tenant.", name.escape_debug()))
}

struct Api {
    /// `graph`, `arm` or the application id URI.
    key: String,
    name: String,
    permissions: Vec<String>,
}

/// Splits the resource off: everything before the last slash. A double slash keeps the one that belongs to the audience.
fn split(scope: &str) -> (&str, &str) {
    scope.rsplit_once('/').unwrap_or(("", scope))
}

fn find(state: &State, prefix: &str) -> Option<Api> {
    let bare = prefix.trim_end_matches('/');
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let is = |origin: &str, names: &[&str]| bare.eq_ignore_ascii_case(origin) || names.iter().any(|name| bare.eq_ignore_ascii_case(name));
    if bare.is_empty() || is(&state.origins.graph, GRAPH_AUDIENCES) {
        return Some(Api { key: "graph".to_owned(), name: state.origins.graph.clone(), permissions: owned(GRAPH_SCOPES) });
    }
    if is(&state.origins.arm, ARM_AUDIENCES) {
        return Some(Api { key: "arm".to_owned(), name: state.origins.arm.clone(), permissions: owned(ARM_SCOPES) });
    }
    let named = |uri: &str, id: &str| bare.eq_ignore_ascii_case(uri.trim_end_matches('/')) || bare.eq_ignore_ascii_case(id);
    let resource = state.scenario.resources.iter().find(|resource| named(&resource.app_id_uri, &resource.app_id))?;
    Some(Api { key: resource.app_id_uri.clone(), name: resource.app_id_uri.clone(), permissions: resource.scopes.clone() })
}
