//! A session that the host has already: it is asked for tokens, and nothing of it is changed.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Credential, HostProvider, Signing};
use crate::auth::acquisition::Acquisition;
use crate::auth::admit::Origin;
use crate::auth::authorize::PagePrompt;
use crate::auth::refusal::{Next, Refusal};
use crate::auth::response::{Grant, clean, is_bearer};
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Question;
use crate::secret::Secret;

/// Another module's session.
pub(super) struct Host {
    provider: HostProvider,
}

/// The host's answer to [`Question::Token`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    access_token: Option<Secret>,
    #[serde(default)]
    expires_on: Option<Timestamp>,
    /// Why there is no token, in the other module's words.
    #[serde(default)]
    error: Option<String>,
}

impl Host {
    pub(super) fn new(provider: HostProvider) -> Self {
        Self { provider }
    }

    async fn ask(&self, work: &Acquisition<'_>) -> Result<Grant, Refusal> {
        let wanted = work.wanted();
        let question = Question::Token {
            provider: self.provider,
            resource: wanted.family.resource.uri(&work.inner.cloud),
            tenant: work.inner.authority().tenant().to_owned(),
        };
        let answer = work.flight.ask(&question).await.map_err(Refusal::stop)?;
        let answer = read(answer).map_err(Refusal::stop)?;
        let Some(access_token) = answer.access_token else {
            let why = answer.error.unwrap_or_else(|| "it gives no token for this".to_owned());
            return Err(Refusal { next: Next::AskUser, claims: None, error: self.no_token(&clean(&why)) });
        };
        if !is_bearer(&access_token) {
            return Err(Refusal::stop(self.no_token("its token has characters that no token has")));
        }
        let left = answer.expires_on.map(|end| end.duration_since(Timestamp::now()).as_secs());
        let expires_in = left.map(|seconds| u64::try_from(seconds).unwrap_or_default());
        if expires_in == Some(0) {
            return Err(Refusal { next: Next::AskUser, claims: None, error: self.no_token("its token has expired") });
        }
        Ok(Grant { access_token, expires_in, refresh_token: None, id_token: None, client_info: None, refresh_in: None, scopes: None })
    }

    fn no_token(&self, why: &str) -> Error {
        let (name, command) = match self.provider {
            HostProvider::Az => ("Azure PowerShell", "Connect-AzAccount"),
            HostProvider::MicrosoftGraph => ("the Microsoft Graph PowerShell SDK", "Connect-MgGraph"),
        };
        Error::new(ErrorCode::SignInRequired, format!("the session of {name} could not be used: {why}"))
            .hint(format!("sign in again with `{command}`, or with `Connect-PIM`"))
    }
}

impl Credential for Host {
    fn sign_in<'a>(&'a self, work: &'a Acquisition<'a>, _plan: Option<&'a ClaimsRequest>, _prompt: PagePrompt) -> Signing<'a> {
        Box::pin(async move {
            let grant = self.ask(work).await?;
            // The host was not told of the demand: only what the token itself shows counts.
            let asked = ClaimsRequest::capability_only();
            work.admit(grant, &work.inner.authority(), &asked, Origin::Bearer).map_err(Refusal::stop)
        })
    }
}

/// serde's own words would quote the answer, which holds a secret.
fn read(answer: Value) -> Result<Answer> {
    if answer.is_null() {
        return Ok(Answer { access_token: None, expires_on: None, error: None });
    }
    serde_json::from_value(answer).map_err(|_| {
        Error::new(ErrorCode::InvalidRequest, "the host's answer to the question for a token is not understood")
            .hint("answer with `{\"accessToken\": …, \"expiresOn\": …}`, with `{\"error\": …}`, or with null")
    })
}
