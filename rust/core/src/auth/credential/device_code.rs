//! Device code (RFC 8628): the user types a code on a page, in a browser anywhere.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};
use url::Url;
use uuid::Uuid;

use super::{Credential, Signing};
use crate::auth::acquisition::{Acquisition, declared};
use crate::auth::admit::Origin;
use crate::auth::authority::Authority;
use crate::auth::authorize::PagePrompt;
use crate::auth::endpoint::{GrantRequest, Proof};
use crate::auth::refusal::{About, Next, Refusal};
use crate::auth::response::{DeviceAuthorization, Grant};
use crate::auth::token::AccessToken;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::event::Prompt;

/// By how much the pause grows when the service asks for it (RFC 8628 section 3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// Hosts of the pages that Entra names in its clouds, besides that of the token service (MSAL, Azure CLI).
const PAGES: &[(&str, &str)] = &[
    ("microsoft.com", "/devicelogin"),
    ("www.microsoft.com", "/devicelogin"),
    ("login.microsoft.com", "/device"),
    ("login.microsoftonline.com", "/"),
    ("login.microsoftonline.us", "/"),
    ("login.partner.microsoftonline.cn", "/"),
    ("login.chinacloudapi.cn", "/"),
    ("aka.ms", "/devicelogin"),
];

/// Signs a user in who is at another device.
pub(super) struct DeviceCode;

impl Credential for DeviceCode {
    fn asks_user(&self) -> bool {
        true
    }

    fn sign_in<'a>(&'a self, work: &'a Acquisition<'a>, plan: Option<&'a ClaimsRequest>, _prompt: PagePrompt) -> Signing<'a> {
        Box::pin(work.sign_in_elsewhere(plan))
    }
}

impl Acquisition<'_> {
    async fn sign_in_elsewhere(&self, plan: Option<&ClaimsRequest>) -> Result<Arc<AccessToken>, Refusal> {
        let wanted = self.wanted();
        let claims = declared(plan);
        let contexts: Vec<String> = claims.contexts().into_iter().collect();
        if !contexts.is_empty() {
            self.flight.warning(
                "DeviceCodeMayNotSuffice",
                &format!(
                    "the authentication context {} is asked for by device code: what a policy demands of this device fails, and the token \
                     service may not honour the rest",
                    contexts.join(", ")
                ),
            );
        }
        let authority = self.inner.authority();
        let about = About { client_id: &wanted.family.client_id, tenant: authority.tenant(), account: None, scopes: &wanted.scopes };
        let device =
            self.inner.endpoint.begin_device(&authority, about, &claims, |note| self.flight.verbose(&note)).await.map_err(explained)?;
        let page = trusted(&device.verification_uri, authority.login()).map_err(Refusal::stop)?;
        self.flight.show(invitation(&page, &device));
        let granted = self.poll(&authority, &device, &claims).await;
        self.flight.withdraw_prompt();
        let token = self.admit(granted?, &authority, &claims, Origin::User { nonce: None }).map_err(Refusal::stop)?;
        // A second code would bring the same; only a demand that was widened is worth another try, with less.
        let asked_alone = plan.map(ClaimsRequest::contexts) == wanted.claims.as_ref().map(ClaimsRequest::contexts);
        if asked_alone && !wanted.is_served_by(&token) {
            let error = self.unsatisfied(&token);
            return Err(Refusal::stop(
                error.hint("sign in in the browser on this computer: a device code cannot prove what the policy demands"),
            ));
        }
        Ok(token)
    }

    async fn poll(&self, authority: &Authority, device: &DeviceAuthorization, claims: &ClaimsRequest) -> Result<Grant, Refusal> {
        let wanted = self.wanted();
        let seconds = device.expires_in.min(self.inner.config.timeouts.sign_in_seconds);
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut interval = Duration::from_secs(device.interval);
        loop {
            // Never at once, and never after the end.
            let next = Instant::now() + interval.max(Duration::from_millis(100));
            if next >= end {
                sleep(end.saturating_duration_since(Instant::now())).await;
                let error = Error::new(ErrorCode::SignInTimeout, format!("nobody typed the code within {seconds} seconds"));
                return Err(Refusal::stop(error.hint("run the command again, and type the new code on the page")));
            }
            sleep(next.saturating_duration_since(Instant::now())).await;
            let request = GrantRequest {
                authority,
                client_id: &wanted.family.client_id,
                scopes: &wanted.scopes,
                claims,
                proof: Proof::DeviceCode(&device.device_code),
                account: None,
                correlation_id: Uuid::new_v4(),
            };
            match self.inner.endpoint.send(&request, |note| self.flight.verbose(&note)).await {
                Ok(grant) => return Ok(grant),
                Err(refusal) if refusal.next == Next::Pending => {}
                Err(refusal) if refusal.next == Next::SlowDown => interval += SLOWER,
                // The service could not be reached for a while: the code is still good (RFC 8628 section 3.5).
                Err(refusal) if matches!(refusal.error.code, ErrorCode::RequestTimeout | ErrorCode::ConnectTimeout) => interval += SLOWER,
                Err(refusal) => return Err(explained(refusal)),
            }
        }
    }
}

/// A policy that blocks the flow is the most frequent reason of its failure.
fn explained(mut refusal: Refusal) -> Refusal {
    if refusal.error.code == ErrorCode::ConditionalAccessBlocked {
        refusal.error = refusal
            .error
            .hint("sign in in the browser on this computer: many organisations block device codes, or demand a device they know");
    }
    refusal
}

/// The page, if it is one that a user may be sent to.
fn trusted(text: &str, login: &Url) -> Result<Url> {
    let known = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        url.origin() == login.origin()
            || (url.scheme() == "https"
                && url.port().is_none()
                && PAGES.iter().any(|(name, path)| host == *name && url.path().starts_with(path)))
    };
    let plain = |url: &Url| url.username().is_empty() && url.password().is_none() && url.as_str().len() <= 200;
    Url::parse(text).ok().filter(|url| known(url) && plain(url)).ok_or_else(|| {
        Error::new(ErrorCode::UnexpectedResponse, "the token service sends the user to a page that is not one of its own")
            .hint("check the cloud's endpoints, and whether a proxy answers in the token service's place")
    })
}

fn invitation(page: &Url, device: &DeviceAuthorization) -> Prompt {
    let seconds = i64::try_from(device.expires_in).unwrap_or_default();
    let expires = Timestamp::now().checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    Prompt::DeviceCode {
        message: format!(
            "Open {page} in a browser on any device and type the code {}. Do this only if you have just started the sign-in yourself.",
            device.user_code
        ),
        verification_uri: page.to_string(),
        user_code: device.user_code.clone(),
        expires_on: expires.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_sent_to_the_services_pages_only() {
        let login = Url::parse("https://login.microsoftonline.com").unwrap();
        for good in [
            "https://microsoft.com/devicelogin",
            "https://www.microsoft.com/devicelogin",
            "https://login.microsoft.com/device",
            "https://microsoft.com/deviceloginus",
            "https://login.microsoftonline.com/common/oauth2/deviceauth",
        ] {
            assert!(trusted(good, &login).is_ok(), "{good}");
        }
        for bad in [
            "http://microsoft.com/devicelogin",
            "https://microsoft.com.evil.example/devicelogin",
            "https://microsoft.com/en-us",
            "https://aka.ms/phish",
            "https://x@microsoft.com/devicelogin",
            "https://microsoft.com:8443/devicelogin",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(trusted(bad, &login).unwrap_err().code, ErrorCode::UnexpectedResponse, "{bad}");
        }
        let emulator = Url::parse("http://127.0.0.1:8080").unwrap();
        assert!(trusted("http://127.0.0.1:8080/common/oauth2/deviceauth", &emulator).is_ok());
        assert!(trusted("http://127.0.0.1:8081/common/oauth2/deviceauth", &emulator).is_err());
    }
}
