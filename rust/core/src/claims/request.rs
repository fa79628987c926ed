//! The claims request: the JSON document that says what a token must prove.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::error::ClaimsError;
use super::report::is_misleading;
use super::{json, merge};

/// The largest claims request that is accepted, in bytes of its decoded text. It has to fit into an authorize address.
pub const MAX_REQUEST_BYTES: usize = 8 * 1024;

/// The tokens and documents for which claims can be asked (OpenID Connect Core 5.5; `access_token` is what Entra uses).
pub(super) const TARGETS: [&str; 3] = ["access_token", "id_token", "userinfo"];

/// The capability that this client declares: it understands claims challenges.
const CAPABILITY: &str = "cp1";

/// A validated claims request (OpenID Connect Core 5.5): a JSON object such as
/// `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`.
///
/// Two requests are equal if their [canonical](Self::canonical) texts are.
#[derive(Clone)]
pub struct ClaimsRequest {
    text: String,
    members: Map<String, Value>,
}

impl ClaimsRequest {
    /// Reads and validates the JSON text of a claims request.
    ///
    /// Accepted is one JSON object of at most [`MAX_REQUEST_BYTES`], at most eight levels deep, without control characters
    /// and without a name that occurs twice, that asks for at least one claim. Claims whose form is known must have it; all
    /// others are kept as they are.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, ClaimsError> {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        if text.is_empty() {
            return Err(ClaimsError::Empty);
        }
        if text.len() > MAX_REQUEST_BYTES {
            return Err(ClaimsError::TooLarge);
        }
        let Value::Object(members) = json::parse(text)? else {
            return Err(ClaimsError::NotAnObject);
        };
        validate(&members)?;
        Ok(Self { text: text.to_owned(), members })
    }

    /// Asks for authentication contexts, as essential. Without any context it asks for nothing but the capability.
    pub fn for_contexts<I, S>(contexts: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let contexts: BTreeSet<String> = contexts.into_iter().map(Into::into).collect();
        let mut contexts: Vec<String> = contexts.into_iter().collect();
        let acrs = match contexts.len() {
            0 => return Self::capability_only(),
            1 => json!({"essential": true, "value": contexts.remove(0)}),
            _ => json!({"essential": true, "values": contexts}),
        };
        Self::from_access_token("acrs", acrs)
    }

    /// Asks for multi-factor authentication through the authentication methods of the token.
    #[must_use]
    pub fn for_mfa() -> Self {
        Self::from_access_token("amr", json!({"essential": true, "values": ["mfa"]}))
    }

    /// Asks for nothing, and declares that this client understands claims challenges.
    #[must_use]
    pub fn capability_only() -> Self {
        Self::from_access_token("xms_cc", json!({"values": [CAPABILITY]}))
    }

    /// This request, and the declaration that this client understands claims challenges. Values of `xms_cc` compare
    /// without regard to case.
    #[must_use]
    pub fn with_capability(&self) -> Self {
        let declared = self.wanted("xms_cc").iter().any(|value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(CAPABILITY)));
        if declared { self.clone() } else { self.merge(&Self::capability_only()) }
    }

    /// Both requests in one.
    ///
    /// Values asked for one claim become a union, and the claim is essential if either says so. `nbf` becomes the later of
    /// the two. The order of the two changes nothing but the order of members.
    /// Whether a token service issues all of several values or any one of them is its choice: look at what the token has.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        if self == other { self.clone() } else { Self::from_members(merge::merge(&self.members, &other.members)) }
    }

    /// Whether everything that `other` asks for is asked for here too.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        Self::from_members(merge::normal(&self.members)).canonical()
            == Self::from_members(merge::merge(&self.members, &other.members)).normal()
    }

    /// What remains if some claims of the access token are left out; none if nothing does.
    #[must_use]
    pub fn without(&self, claims: &[&str]) -> Option<Self> {
        let mut members = self.members.clone();
        if let Some(Value::Object(object)) = members.get_mut("access_token") {
            object.retain(|name, _| !claims.contains(&name.as_str()));
            if object.is_empty() {
                members.remove("access_token");
            }
        }
        validate(&members).is_ok().then(|| Self::from_members(members))
    }

    /// The authentication contexts asked for: `acrs`, as opaque words. `p1` is the one by which Azure asks for MFA.
    #[must_use]
    pub fn contexts(&self) -> BTreeSet<String> {
        self.words("acrs")
    }

    /// The authentication methods asked for: `amr`.
    #[must_use]
    pub fn methods(&self) -> BTreeSet<String> {
        self.words("amr")
    }

    /// The time before which the token must not have been issued: `nbf`, in seconds since 1970.
    #[must_use]
    pub fn not_before(&self) -> Option<u64> {
        self.wanted("nbf").into_iter().filter_map(merge::seconds).max()
    }

    /// What is asked for, by name, in the order of the document: the claims of `access_token` as they are, those of the
    /// others with their target in front (`id_token.auth_time`).
    #[must_use]
    pub fn demands(&self) -> Vec<String> {
        let claims = |target: &'static str| self.members.get(target).and_then(Value::as_object).into_iter().flat_map(Map::keys);
        let mut demands: Vec<String> = claims("access_token").cloned().collect();
        for target in &TARGETS[1..] {
            demands.extend(claims(target).map(|name| format!("{target}.{name}")));
        }
        demands
    }

    /// The request as text: as it was received, or compact where it was made here.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Base64 of [the text](Self::text), padded, in the standard alphabet: what `Connect-AzAccount -ClaimsChallenge` takes.
    #[must_use]
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.text)
    }

    /// The request as compact JSON with the members of every object in order.
    #[must_use]
    pub fn canonical(&self) -> String {
        json::canonical_object(&self.members)
    }

    /// The members of the document.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    fn normal(&self) -> String {
        json::canonical_object(&merge::normal(&self.members))
    }

    /// The values asked for one claim of the access token.
    fn wanted(&self, claim: &str) -> Vec<&Value> {
        self.members.get("access_token").and_then(|claims| claims.get(claim)).map(merge::wanted).unwrap_or_default()
    }

    fn words(&self, claim: &str) -> BTreeSet<String> {
        self.wanted(claim).into_iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
    }

    fn from_access_token(claim: &str, request: Value) -> Self {
        let mut claims = Map::new();
        claims.insert(claim.to_owned(), request);
        let mut members = Map::new();
        members.insert("access_token".to_owned(), Value::Object(claims));
        Self::from_members(members)
    }

    fn from_members(members: Map<String, Value>) -> Self {
        let text = Value::Object(members.clone()).to_string();
        Self { text, members }
    }
}

impl PartialEq for ClaimsRequest {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for ClaimsRequest {}

impl Hash for ClaimsRequest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl fmt::Debug for ClaimsRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("ClaimsRequest").field(&self.canonical()).finish()
    }
}

impl Serialize for ClaimsRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.members.serialize(serializer)
    }
}

fn validate(members: &Map<String, Value>) -> Result<(), ClaimsError> {
    let mut targets = 0;
    let mut claims = 0;
    for target in TARGETS {
        let Some(value) = members.get(target) else { continue };
        let object = value.as_object().ok_or(ClaimsError::TargetNotAnObject(target))?;
        if target == "access_token" {
            if object.is_empty() {
                return Err(ClaimsError::NothingRequested);
            }
            for (name, request) in object {
                validate_claim(name, request)?;
            }
        }
        targets += 1;
        claims += object.len();
    }
    match (targets, claims) {
        (0, _) => Err(ClaimsError::NoTarget),
        (_, 0) => Err(ClaimsError::NothingRequested),
        _ => Ok(()),
    }
}

/// The claims that Entra, Graph and Azure ask for with words as values.
const WORD_CLAIMS: [&str; 7] = ["acrs", "amr", "capolids", "polids", "xms_caeerror", "xms_cc", "xms_rp_ipaddr"];

fn validate_claim(name: &str, request: &Value) -> Result<(), ClaimsError> {
    let fits: fn(&Value) -> bool = match name {
        "nbf" => |value| merge::seconds(value).is_some(),
        "acrs" => is_word,
        _ => Value::is_string,
    };
    let Some(name) = WORD_CLAIMS.into_iter().chain(["nbf"]).find(|known| *known == name) else {
        return Ok(());
    };
    let request = match request {
        Value::Null => return Ok(()),
        Value::Object(request) => request,
        _ => return Err(ClaimsError::WrongType(name)),
    };
    let essential = request.get("essential").is_none_or(Value::is_boolean);
    let value = request.get("value").is_none_or(fits);
    let values = request.get("values").is_none_or(|values| values.as_array().is_some_and(|values| values.iter().all(fits)));
    if essential && value && values { Ok(()) } else { Err(ClaimsError::WrongType(name)) }
}

/// The longest authentication context. Those of Entra are `c1` to `c99`; others are URNs.
const MAX_CONTEXT_BYTES: usize = 256;

/// A context is a word in OpenID Connect, where lists of them are separated by spaces. It is shown to the user before the sign-in,
/// so a service must not be able to put sentences there.
fn is_word(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        !text.is_empty() && text.len() <= MAX_CONTEXT_BYTES && !text.chars().any(|c| c.is_whitespace() || is_misleading(c))
    })
}
