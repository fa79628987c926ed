//! What all credentials of an application share: the client credentials grant (RFC 6749 section 4.4).

use std::sync::Arc;

use uuid::Uuid;

use crate::auth::acquisition::{Acquisition, declared};
use crate::auth::admit::Origin;
use crate::auth::endpoint::{GrantRequest, Proof};
use crate::auth::refusal::Refusal;
use crate::auth::token::AccessToken;
use crate::claims::ClaimsRequest;

impl Acquisition<'_> {
    /// Gets a token for the session's application by its secret or assertion.
    pub(super) async fn sign_in_application(&self, plan: Option<&ClaimsRequest>, proof: Proof<'_>) -> Result<Arc<AccessToken>, Refusal> {
        let wanted = self.wanted();
        let claims = declared(plan);
        let authority = self.inner.authority();
        let request = GrantRequest {
            authority: &authority,
            client_id: &wanted.family.client_id,
            scopes: &wanted.scopes,
            claims: &claims,
            proof,
            account: None,
            correlation_id: Uuid::new_v4(),
        };
        self.flight.verbose(&format!("Getting a token for `{}` as the application {}", wanted.family.resource, wanted.family.client_id));
        let grant = self.inner.endpoint.send(&request, |note| self.flight.verbose(&note)).await?;
        self.admit(grant, &authority, &claims, Origin::Application).map_err(Refusal::stop)
    }
}
