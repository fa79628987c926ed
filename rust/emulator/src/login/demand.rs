//! The `claims` parameter: what the token has to satisfy.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::refusal::Refusal;

/// Entra refuses longer addresses (AADSTS90015); the parameter alone can never be longer than this.
const LONGEST: usize = 8 * 1024;

/// What a claims request (OpenID Connect Core 5.5) asks of the access token, as far as the emulator understands it.
#[derive(Clone, Debug, Default)]
pub(super) struct Demand {
    /// Authentication contexts (`acrs`).
    pub(super) contexts: BTreeSet<String>,
    /// A second factor (`amr` with `mfa` or `ngcmfa`).
    pub(super) mfa: bool,
    /// Capabilities of the client (`xms_cc`).
    pub(super) capabilities: BTreeSet<String>,
}

impl Demand {
    /// Reads the parameter. Members that the emulator does not know are allowed, as Entra allows them.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Self::default()) };
        let wrong = |problem: &str| Refusal::invalid_request(9_002_313, format!("The parameter 'claims' is malformed: {problem}."));
        if text.len() > LONGEST {
            return Err(Refusal::invalid_request(90_015, "The query is too long."));
        }
        let Ok(Value::Object(root)) = serde_json::from_str::<Value>(text) else { return Err(wrong("it is no JSON object")) };
        let known = ["access_token", "id_token", "userinfo"];
        if root.is_empty() || !root.iter().all(|(name, member)| known.contains(&name.as_str()) && (member.is_object() || member.is_null()))
        {
            return Err(wrong("its members must be 'access_token', 'id_token' or 'userinfo', each an object"));
        }
        let mut demand = Self::default();
        let Some(Value::Object(claims)) = root.get("access_token") else { return Ok(demand) };
        for (name, request) in claims {
            if !request.is_null() && !request.is_object() {
                return Err(wrong("a claim's request is neither null nor an object"));
            }
            let wanted = strings(request).ok_or_else(|| wrong("'value' and 'values' hold something other than texts"));
            match name.as_str() {
                "acrs" => demand.contexts.extend(wanted?),
                "amr" => demand.mfa |= wanted?.iter().any(|method| method == "mfa" || method == "ngcmfa"),
                "xms_cc" => demand.capabilities.extend(wanted?),
                _ => {}
            }
        }
        Ok(demand)
    }

    /// What is left where a flow takes no notice of claims: capabilities belong to the client.
    pub(super) fn capabilities_alone(self) -> Self {
        Self { capabilities: self.capabilities, ..Self::default() }
    }

    /// Both together.
    pub(super) fn and(&self, other: &Self) -> Self {
        let union = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.union(b).cloned().collect();
        Self {
            contexts: union(&self.contexts, &other.contexts),
            mfa: self.mfa || other.mfa,
            capabilities: union(&self.capabilities, &other.capabilities),
        }
    }

    /// The claims that a refusal hands back: what was asked, and the policies that were not met.
    pub(super) fn unmet(&self, policies: &[String]) -> String {
        let mut access_token = serde_json::Map::new();
        if !self.contexts.is_empty() {
            access_token.insert("acrs".to_owned(), json!({ "essential": true, "values": self.contexts }));
        }
        if self.mfa {
            access_token.insert("amr".to_owned(), json!({ "essential": true, "values": ["mfa"] }));
        }
        access_token.insert("capolids".to_owned(), json!({ "essential": true, "values": policies }));
        json!({ "access_token": access_token }).to_string()
    }
}

fn strings(request: &Value) -> Option<Vec<String>> {
    let mut all = Vec::new();
    if let Some(value) = request.get("value") {
        all.push(value.as_str()?.to_owned());
    }
    if let Some(values) = request.get("values") {
        for value in values.as_array()? {
            all.push(value.as_str()?.to_owned());
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_contexts_methods_and_capabilities() {
        let text = r#"{"access_token":{"acrs":{"essential":true,"values":["c1","c2"]},"amr":{"values":["mfa"]},"xms_cc":{"values":["cp1"]},"nbf":{"value":"1"},"x":null}}"#;
        let demand = Demand::parse(Some(text)).unwrap();
        assert_eq!(demand.contexts.iter().collect::<Vec<_>>(), ["c1", "c2"]);
        assert!(demand.mfa && demand.capabilities.contains("cp1"));
        assert!(Demand::parse(None).unwrap().contexts.is_empty());
    }

    #[test]
    fn refuses_what_is_no_claims_request() {
        for text in [
            "{",
            "[]",
            "{}",
            r#"{"acrs":{}}"#,
            r#"{"access_token":1}"#,
            r#"{"access_token":{"acrs":"c1"}}"#,
            r#"{"access_token":{"acrs":{"value":1}}}"#,
        ] {
            assert_eq!(Demand::parse(Some(text)).unwrap_err().code, 9_002_313, "{text}");
        }
        assert_eq!(Demand::parse(Some(&"x".repeat(9000))).unwrap_err().code, 90_015);
    }
}
