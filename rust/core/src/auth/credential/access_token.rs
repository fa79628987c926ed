//! Access tokens that the caller has: used as they are, for the API that each names, until they end.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Credential, Signing};
use crate::auth::acquisition::Acquisition;
use crate::auth::admit::Origin;
use crate::auth::authorize::PagePrompt;
use crate::auth::payload;
use crate::auth::refusal::Refusal;
use crate::auth::resource::Resource;
use crate::auth::response::{Grant, is_bearer};
use crate::claims::ClaimsRequest;
use crate::cloud::Cloud;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// The caller's tokens by the API that they are for.
pub(super) struct Given {
    tokens: BTreeMap<Resource, Token>,
}

struct Token {
    secret: Secret,
    /// `exp` of the payload.
    expires: Option<u64>,
}

impl Given {
    pub(super) fn new(given: &[Secret], cloud: &Cloud) -> Result<Self> {
        let mut tokens = BTreeMap::new();
        for secret in given {
            let shown = Some(secret).filter(|secret| is_bearer(secret)).and_then(|secret| payload::read_access_token(&secret.expose()));
            let resource = shown.as_ref().and_then(|shown| Resource::of_audience(cloud, shown.audience.as_deref()?)).map(bare);
            let (Some(shown), Some(resource)) = (shown, resource) else {
                return Err(refuse("an access token cannot be read, so nobody can tell what it is for"));
            };
            let token = Token { secret: secret.clone(), expires: shown.expires_at };
            if tokens.insert(resource.clone(), token).is_some() {
                return Err(refuse(&format!("two of the access tokens are for `{resource}`")));
            }
        }
        if tokens.is_empty() {
            return Err(refuse("no access token is given"));
        }
        Ok(Self { tokens })
    }

    fn find(&self, work: &Acquisition<'_>) -> Result<Grant> {
        let resource = &work.wanted().family.resource;
        let Some(token) = self.tokens.get(&bare(resource.clone())) else {
            let has = self.tokens.keys().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
            return Err(work
                .unsuited(&format!("no access token for `{resource}` was given; there is one for {has}"))
                .hint(format!("give a token of which the audience is `{}` too", resource.uri(&work.inner.cloud))));
        };
        let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
        let left = token.expires.map(|end| end.saturating_sub(now));
        if left == Some(0) {
            return Err(Error::new(ErrorCode::SignInRequired, format!("the access token that was given for `{resource}` has expired"))
                .hint("connect again with a new token")
                .target(resource.to_string()));
        }
        Ok(Grant {
            access_token: token.secret.clone(),
            expires_in: left,
            refresh_token: None,
            id_token: None,
            client_info: None,
            refresh_in: None,
            scopes: None,
        })
    }
}

impl Credential for Given {
    fn sign_in<'a>(&'a self, work: &'a Acquisition<'a>, _plan: Option<&'a ClaimsRequest>, _prompt: PagePrompt) -> Signing<'a> {
        Box::pin(async move {
            let grant = self.find(work).map_err(Refusal::stop)?;
            let asked = ClaimsRequest::capability_only();
            let token = work.admit(grant, &work.inner.authority(), &asked, Origin::Bearer).map_err(Refusal::stop)?;
            let wanted = work.wanted();
            if wanted.is_served_by(&token) {
                return Ok(token);
            }
            let resource = &wanted.family.resource;
            let why = match &wanted.claims {
                Some(claims) if !token.satisfies(claims) => {
                    format!("the access token that was given for `{resource}` lacks the claims `{}`", claims.canonical())
                }
                _ => format!(
                    "the access token that was given for `{resource}` cannot be renewed, and the service or the call wants a new one"
                ),
            };
            Err(Refusal::stop(work.unsuited(&why).hint("give a token that was got with these claims, or sign in in the browser")))
        })
    }
}

/// Tokens name their audience with or without a slash at the end.
fn bare(resource: Resource) -> Resource {
    match resource {
        Resource::Other(uri) => Resource::Other(uri.trim_end_matches('/').to_ascii_lowercase()),
        known => known,
    }
}

fn refuse(why: &str) -> Error {
    Error::new(ErrorCode::InvalidConfiguration, why)
        .hint("give tokens as the token service issued them, one for each API: Microsoft Graph, Azure Resource Manager")
        .target("credential.tokens")
}
