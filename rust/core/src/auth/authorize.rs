//! The address of the sign-in page.

use url::Url;
use uuid::Uuid;

use super::authority::Authority;
use crate::claims::ClaimsRequest;
use crate::secret::Secret;

/// Whether the page must do more than its own session would (OpenID Connect Core 3.1.2.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum PagePrompt {
    /// The page decides: single sign-on where its session suffices.
    #[default]
    None,
    /// Fresh credentials: the page's session has just proven not to suffice.
    Login,
    /// Choose the account: the page's session has just brought the wrong one.
    SelectAccount,
}

/// One authorization request (entra-docs `v2-oauth2-auth-code-flow.md`).
pub(super) struct AuthorizeRequest<'a> {
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub scopes: &'a [String],
    pub state: &'a Secret,
    pub nonce: &'a str,
    pub code_challenge: &'a str,
    pub claims: &'a ClaimsRequest,
    pub login_hint: Option<&'a str>,
    pub prompt: PagePrompt,
    pub correlation_id: Uuid,
}

impl AuthorizeRequest<'_> {
    /// The address. `state` is in it, and of use to this sign-in's listener alone; nothing else in it is secret.
    pub(super) fn url(&self, authority: &Authority) -> Url {
        let mut url = authority.authorize();
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("client_id", self.client_id)
                .append_pair("response_type", "code")
                // `form_post` keeps the code out of the browser's history, but browsers may warn of a form sent from https to http.
                .append_pair("response_mode", "query")
                .append_pair("redirect_uri", self.redirect_uri)
                .append_pair("scope", &with_identity(self.scopes))
                .append_pair("state", &self.state.expose())
                .append_pair("nonce", self.nonce)
                .append_pair("code_challenge", self.code_challenge)
                .append_pair("code_challenge_method", "S256")
                .append_pair("claims", &self.claims.canonical())
                .append_pair("client_info", "1")
                .append_pair("client-request-id", &self.correlation_id.to_string());
            if let Some(login_hint) = self.login_hint {
                query.append_pair("login_hint", login_hint);
            }
            match self.prompt {
                PagePrompt::None => {}
                PagePrompt::Login => {
                    query.append_pair("prompt", "login");
                }
                PagePrompt::SelectAccount => {
                    query.append_pair("prompt", "select_account");
                }
            }
        }
        url
    }
}

/// The `scope` parameter: an ID token and a refresh token are always wanted too.
pub(super) fn with_identity(scopes: &[String]) -> String {
    let mut text = scopes.join(" ");
    text.push_str(" openid profile offline_access");
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::cloud::{Cloud, CloudConfig};

    #[test]
    fn the_address_carries_all_that_the_page_needs() {
        let authority = Authority::new(&Cloud::resolve(&CloudConfig::default()).unwrap(), "contoso.example");
        let claims = ClaimsRequest::for_contexts(["c1"]).with_capability();
        let request = AuthorizeRequest {
            client_id: "client",
            redirect_uri: "http://localhost:50123/",
            scopes: &["https://graph.microsoft.com/User.Read".to_owned()],
            state: &Secret::from("state"),
            nonce: "nonce",
            code_challenge: "challenge",
            claims: &claims,
            login_hint: Some("adele@contoso.example"),
            prompt: PagePrompt::Login,
            correlation_id: Uuid::nil(),
        };
        let url = request.url(&authority);
        assert_eq!(url.path(), "/contoso.example/oauth2/v2.0/authorize");
        let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(query["scope"], "https://graph.microsoft.com/User.Read openid profile offline_access");
        assert_eq!(ClaimsRequest::parse(&query["claims"]).unwrap(), claims);
        for (name, value) in [
            ("response_type", "code"),
            ("redirect_uri", "http://localhost:50123/"),
            ("code_challenge_method", "S256"),
            ("login_hint", "adele@contoso.example"),
            ("prompt", "login"),
            ("client_info", "1"),
        ] {
            assert_eq!(query[name], value, "{name}");
        }
        let quiet = AuthorizeRequest { prompt: PagePrompt::None, login_hint: None, ..request }.url(&authority);
        assert!(!quiet.query_pairs().any(|(name, _)| name == "prompt" || name == "login_hint"));
    }
}
