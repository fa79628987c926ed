//! Who signed in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an account is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum AccountKind {
    /// A person.
    #[default]
    User,
    /// An application or a managed identity: nobody who could prove who they are.
    Application,
}

/// The account of a session: a user, as the token service describes it in the ID token, or an application, as its token shows it.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Whether it is a user or an application.
    #[serde(default)]
    pub kind: AccountKind,
    /// Sign-in name (`preferred_username`), or an application's id; it may change, so identity is `object_id` within `tenant_id`.
    pub username: String,
    /// Object id in the tenant of the token: the principal id that PIM wants, for guests too.
    pub object_id: String,
    /// The tenant of the token, which for a guest is not the home tenant.
    pub tenant_id: String,
    /// `uid.utid` of the home tenant, where the token service told it (`client_info`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_account_id: Option<String>,
    /// The user's name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Further sign-in names that the ID token gives (`upn`): guests are known by either.
    #[serde(skip)]
    pub(super) aliases: Vec<String>,
}

impl Account {
    /// Whether both are the same user of the same tenant.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.object_id.eq_ignore_ascii_case(&other.object_id) && self.tenant_id.eq_ignore_ascii_case(&other.tenant_id)
    }

    /// Whether a person would call this account by `name`: a sign-in name in any case, or the object id.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.username.to_lowercase() == name
            || self.object_id.to_lowercase() == name
            || self.aliases.iter().any(|alias| alias.to_lowercase() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adele() -> Account {
        Account {
            kind: AccountKind::User,
            username: "Adele@contoso.example".to_owned(),
            object_id: "AAAAAAAA-0000-0000-0000-000000000001".to_owned(),
            tenant_id: "bbbbbbbb-0000-0000-0000-000000000001".to_owned(),
            home_account_id: None,
            display_name: None,
            aliases: vec!["adele_fabrikam.example#EXT#@contoso.example".to_owned()],
        }
    }

    #[test]
    fn a_name_is_any_sign_in_name_or_the_object_id() {
        for name in ["adele@CONTOSO.example", "Adele_fabrikam.example#ext#@contoso.example", "aaaaaaaa-0000-0000-0000-000000000001"] {
            assert!(adele().is_named(name), "{name}");
        }
        assert!(!adele().is_named("megan@contoso.example"));
    }

    #[test]
    fn identity_is_the_object_in_its_tenant() {
        let renamed = Account { username: "adele.vance@contoso.example".to_owned(), ..adele() };
        assert!(adele().is(&renamed));
        let elsewhere = Account { tenant_id: "cccccccc-0000-0000-0000-000000000001".to_owned(), ..adele() };
        assert!(!adele().is(&elsewhere));
    }
}
