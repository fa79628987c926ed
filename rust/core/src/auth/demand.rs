//! What a claims request asks of a token, and whether a token is known to meet it.

use std::collections::BTreeSet;

use super::token::AccessToken;
use crate::claims::ClaimsRequest;

/// A claims request, sorted by how its fulfilment can be seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Demand {
    contexts: BTreeSet<String>,
    methods: BTreeSet<String>,
    not_before: Option<u64>,
    /// The rest, of which nothing shows in a token.
    unseen: Option<ClaimsRequest>,
}

impl Demand {
    pub(super) fn of(claims: &ClaimsRequest) -> Self {
        // `xms_cc` is declared with every request, and a token without it works all the same.
        let unseen = claims.without(&["acrs", "amr", "nbf", "xms_cc"]);
        Self { contexts: claims.contexts(), methods: claims.methods(), not_before: claims.not_before(), unseen }
    }

    pub(super) fn is_met_by(&self, token: &AccessToken) -> bool {
        let asked = token.claims.as_ref().map(Self::of).unwrap_or_default();
        let recent = self.not_before.is_none_or(|demanded| {
            // The token service back-dates `iat`, so a token that was asked with the demand counts although it looks older.
            asked.not_before.is_some_and(|asked| asked >= demanded) || token.issued_at.is_some_and(|issued| issued >= demanded)
        });
        let methods = self.methods.is_empty()
            || if token.amr.is_empty() {
                // Tokens of version 2.0 do not show methods.
                self.methods.is_subset(&asked.methods)
            } else {
                token.amr.iter().any(|method| self.methods.contains(&method.to_lowercase()))
            };
        let unseen = self.unseen.as_ref().is_none_or(|wanted| asked.unseen.is_some_and(|asked| asked.includes(wanted)));
        recent && methods && unseen && self.contexts.is_subset(&token.contexts)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::auth::{Account, AccountKind, Resource, TokenId};
    use crate::secret::Secret;

    fn token(contexts: &[&str], amr: &[&str], issued_at: Option<u64>, asked: Option<&str>) -> AccessToken {
        AccessToken {
            id: TokenId(1),
            expires: Timestamp::MAX,
            refresh_after: None,
            scopes: Vec::new(),
            resource: Resource::Graph,
            client_id: String::new(),
            issued_to: None,
            account: Account {
                kind: AccountKind::User,
                username: String::new(),
                object_id: String::new(),
                tenant_id: String::new(),
                home_account_id: None,
                display_name: None,
                aliases: Vec::new(),
            },
            contexts: contexts.iter().map(ToString::to_string).collect(),
            amr: amr.iter().map(ToString::to_string).collect(),
            capabilities: Vec::new(),
            claims: asked.map(|text| ClaimsRequest::parse(text).unwrap()),
            issued_at,
            serves: BTreeSet::new(),
            secret: Secret::from("secret"),
        }
    }

    fn satisfies(token: &AccessToken, claims: &str) -> bool {
        token.satisfies(&ClaimsRequest::parse(claims).unwrap())
    }

    #[test]
    fn every_context_asked_for_has_to_be_there() {
        let claims = r#"{"access_token":{"acrs":{"essential":true,"values":["c1","c2"]}}}"#;
        assert!(!satisfies(&token(&["c1"], &[], None, Some(claims)), claims));
        assert!(satisfies(&token(&["c1", "c2", "p1"], &[], None, None), claims));
    }

    #[test]
    fn a_token_older_than_nbf_never_satisfies() {
        let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}"#;
        assert!(!satisfies(&token(&[], &[], Some(1_699_999_999), None), claims));
        assert!(!satisfies(&token(&[], &[], None, None), claims));
        assert!(satisfies(&token(&[], &[], Some(1_700_000_000), None), claims));
    }

    #[test]
    fn a_token_asked_with_nbf_satisfies_it_although_it_is_back_dated() {
        let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}"#;
        let later = r#"{"access_token":{"nbf":{"essential":true,"value":"1700000001"}}}"#;
        let back_dated = token(&[], &[], Some(1_699_999_700), Some(claims));
        assert!(satisfies(&back_dated, claims));
        assert!(!satisfies(&back_dated, later));
    }

    #[test]
    fn one_of_the_methods_is_enough_and_hidden_methods_are_trusted_when_asked() {
        let claims = r#"{"access_token":{"amr":{"essential":true,"values":["mfa"]}}}"#;
        assert!(satisfies(&token(&[], &["pwd", "mfa"], None, None), claims));
        assert!(!satisfies(&token(&[], &["pwd", "rsa"], None, Some(claims)), claims));
        assert!(satisfies(&token(&[], &[], None, Some(claims)), claims));
        assert!(!satisfies(&token(&[], &[], None, None), claims));
    }

    #[test]
    fn an_unknown_demand_counts_only_if_the_token_was_asked_with_it() {
        let claims = r#"{"access_token":{"polids":{"essential":true,"values":["p"]}}}"#;
        assert!(!satisfies(&token(&[], &[], None, None), claims));
        assert!(satisfies(&token(&[], &[], None, Some(claims)), claims));
    }

    #[test]
    fn a_token_that_was_asked_with_more_satisfies_each_part() {
        let policies = |ids: &str| format!(r#"{{"access_token":{{"polids":{{"essential":true,"values":[{ids}]}}}}}}"#);
        let both = ClaimsRequest::parse(&policies(r#""p""#)).unwrap().merge(&ClaimsRequest::parse(&policies(r#""q""#)).unwrap());
        let token = token(&[], &[], None, Some(both.text()));
        assert!(satisfies(&token, &policies(r#""p""#)) && satisfies(&token, &policies(r#""q""#)));
        assert!(!satisfies(&token, &policies(r#""r""#)));
    }

    #[test]
    fn the_capability_is_no_demand() {
        assert!(satisfies(&token(&[], &[], None, None), r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#));
    }
}
