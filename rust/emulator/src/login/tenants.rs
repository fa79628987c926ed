//! The first path segment: which tenant signs the user in.

use super::refusal::Refusal;
use super::store::Account;
use crate::scenario::User;
use crate::state::State;

/// Who may sign in under a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Authority {
    /// `organizations` and `common`: the account's own tenant.
    Any,
    /// One tenant, by its id.
    Tenant(String),
}

/// A user with the tenant that has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person<'a> {
    pub(super) user: &'a User,
    pub(super) tenant_id: &'a str,
}

impl Person<'_> {
    pub(super) fn account(self) -> Account {
        Account { object_id: self.user.object_id.clone(), tenant_id: self.tenant_id.to_owned() }
    }
}

/// The authority of a path segment: tenant id, verified domain, `organizations` or `common`.
pub(super) fn authority(state: &State, segment: &str) -> Result<Authority, Refusal> {
    if segment.eq_ignore_ascii_case("organizations") || segment.eq_ignore_ascii_case("common") {
        return Ok(Authority::Any);
    }
    let main = &state.scenario.tenant;
    let others = state.scenario.other_tenants.iter().map(|tenant| (&tenant.id, &tenant.domain));
    let found = std::iter::once((&main.id, &main.domain))
        .chain(others)
        .find(|(id, domain)| id.eq_ignore_ascii_case(segment) || domain.eq_ignore_ascii_case(segment));
    found
        .map(|(id, _)| Authority::Tenant(id.clone()))
        .ok_or_else(|| Refusal::invalid_request(90_002, format!("The tenant '{}' was not found.", segment.escape_debug())))
}

/// Everybody, the main tenant first.
pub(super) fn everybody(state: &State) -> impl Iterator<Item = Person<'_>> {
    let main = &state.scenario.tenant.id;
    let own = state.scenario.users.iter().map(move |user| Person { user, tenant_id: main });
    let others = state.scenario.other_tenants.iter();
    own.chain(others.flat_map(|tenant| tenant.users.iter().map(|user| Person { user, tenant_id: &tenant.id })))
}

/// A person by user principal name, in any case.
pub(super) fn by_name<'a>(state: &'a State, user_principal_name: &str) -> Option<Person<'a>> {
    everybody(state).find(|person| person.user.user_principal_name.eq_ignore_ascii_case(user_principal_name))
}

/// The person behind an account.
pub(super) fn by_account<'a>(state: &'a State, account: &Account) -> Option<Person<'a>> {
    everybody(state).find(|person| person.user.object_id == account.object_id && person.tenant_id == account.tenant_id)
}

impl Authority {
    pub(super) fn admits(&self, person: Person<'_>) -> bool {
        match self {
            // Without a tenant, everybody signs in at home.
            Self::Any => person.user.home.is_none(),
            Self::Tenant(id) => id == person.tenant_id,
        }
    }

    /// Name of the authority for the pages.
    pub(super) fn display_name<'a>(&self, state: &'a State) -> &'a str {
        let Self::Tenant(id) = self else { return "your organisation" };
        let others = state.scenario.other_tenants.iter().find(|tenant| &tenant.id == id).map(|tenant| tenant.display_name.as_str());
        others.unwrap_or(&state.scenario.tenant.display_name)
    }
}
