//! An application with a client secret (entra-docs `v2-oauth2-client-creds-grant-flow.md`).

use super::{Credential, Signing};
use crate::auth::acquisition::Acquisition;
use crate::auth::authorize::PagePrompt;
use crate::auth::endpoint::Proof;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;

/// The secret of the session's application.
pub(super) struct ClientSecret {
    secret: Secret,
}

impl ClientSecret {
    pub(super) fn new(secret: &Secret) -> Result<Self> {
        if secret.is_empty() {
            return Err(Error::new(ErrorCode::InvalidConfiguration, "the client secret is empty")
                .hint("give the secret's value, as it was shown when it was made")
                .target("credential.secret"));
        }
        Ok(Self { secret: secret.clone() })
    }
}

impl Credential for ClientSecret {
    fn is_application(&self) -> bool {
        true
    }

    fn sign_in<'a>(&'a self, work: &'a Acquisition<'a>, plan: Option<&'a ClaimsRequest>, _prompt: PagePrompt) -> Signing<'a> {
        Box::pin(work.sign_in_application(plan, Proof::ClientSecret(&self.secret)))
    }
}
