//! What a claims request asks of a token, and whether a token is known to meet it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::token::AccessToken;
use crate::claims::ClaimsRequest;

/// A claims request, sorted by how its fulfilment can be seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Demand {
    contexts: BTreeSet<String>,
    not_before: Option<i64>,
    methods: BTreeSet<String>,
    /// Section and member to the wanted value: its effect cannot be seen in a token.
    unseen: BTreeMap<(String, String), Value>,
}

impl Demand {
    pub(super) fn of(claims: &ClaimsRequest) -> Self {
        let mut demand = Self::default();
        let Ok(Value::Object(sections)) = serde_json::from_str(&claims.canonical()) else {
            return demand;
        };
        for (section, members) in sections {
            let Value::Object(members) = members else { continue };
            for (member, wanted) in members {
                match (section.as_str(), member.as_str()) {
                    ("access_token", "acrs") => demand.contexts.extend(values(&wanted)),
                    ("access_token", "amr") => demand.methods.extend(values(&wanted)),
                    ("access_token", "nbf") => {
                        demand.not_before = values(&wanted).filter_map(|value| value.parse().ok()).max().max(demand.not_before);
                    }
                    // Declared with every request; a token without it works all the same.
                    ("access_token", "xms_cc") => {}
                    _ => {
                        demand.unseen.insert((section.clone(), member), wanted);
                    }
                }
            }
        }
        demand
    }

    /// Whether asking for `other` asks for all of this too.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.contexts.is_subset(&other.contexts)
            && self.not_before <= other.not_before
            && self.methods.is_subset(&other.methods)
            && self.unseen.iter().all(|(name, wanted)| other.unseen.get(name) == Some(wanted))
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
        let unseen = self.unseen.iter().all(|(name, wanted)| asked.unseen.get(name) == Some(wanted));
        recent && methods && unseen && self.contexts.is_subset(&token.contexts)
    }

    /// The contexts that the token lacks.
    pub(super) fn missing_contexts(&self, token: &AccessToken) -> Vec<String> {
        self.contexts.difference(&token.contexts).cloned().collect()
    }
}

/// `value` and `values` of a claim's request (OpenID Connect Core 5.5.1); numbers as text.
fn values(wanted: &Value) -> impl Iterator<Item = String> {
    let single = wanted.get("value").into_iter();
    let several = wanted.get("values").and_then(Value::as_array).into_iter().flatten();
    single.chain(several).filter_map(|value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}
