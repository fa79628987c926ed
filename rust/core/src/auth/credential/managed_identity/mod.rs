//! The identity of the Azure resource on which this runs. Each kind of resource has its own door to the token service.

mod arc;
mod source;

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::sleep;
use url::Url;

use self::source::Source;
use super::exchange::{self, Reply};
use super::{Credential, Signing};
use crate::auth::acquisition::Acquisition;
use crate::auth::admit::Origin;
use crate::auth::authorize::PagePrompt;
use crate::auth::endpoint::retry_after;
use crate::auth::payload;
use crate::auth::refusal::Refusal;
use crate::auth::response::{Grant, is_bearer};
use crate::claims::ClaimsRequest;
use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use crate::transport::Transport;

/// On a computer that is no Azure resource nothing listens there, and nobody wants to wait for that.
const CONNECT: Duration = Duration::from_secs(3);

/// How often one request is sent at most, as in MSAL.
const ATTEMPTS: u32 = 4;
/// While it is being updated, the metadata service answers 410 for up to 70 seconds (Azure documentation of IMDS).
const UPDATE_ATTEMPTS: u32 = 8;
const UPDATE_PAUSE: Duration = Duration::from_secs(10);

/// Which identity of the resource, where it has several.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Id {
    System,
    Client(String),
    Object(String),
    Resource(String),
}

impl Id {
    pub(super) fn new(client: Option<&str>, object: Option<&str>, resource: Option<&str>) -> Self {
        match (client, object, resource) {
            (Some(id), _, _) => Self::Client(id.to_owned()),
            (None, Some(id), _) => Self::Object(id.to_owned()),
            (None, None, Some(id)) => Self::Resource(id.to_owned()),
            (None, None, None) => Self::System,
        }
    }
}

/// The identity and where tokens for it are handed out.
pub(super) struct ManagedIdentity {
    source: Source,
    id: Id,
    transport: Transport,
    /// How long an endpoint may take to answer.
    patience: Duration,
}

#[derive(Deserialize)]
struct Wire {
    access_token: Secret,
    #[serde(default)]
    expires_on: Option<Value>,
    #[serde(default)]
    expires_in: Option<Value>,
    #[serde(default)]
    refresh_in: Option<Value>,
}

impl ManagedIdentity {
    pub(super) fn new(id: Id, environment: &Environment<'_>, patience: Duration) -> Result<Self> {
        let source = Source::detect(environment)?;
        source.check(&id)?;
        // A proxy would carry the token over the network, and reach the metadata service of another machine.
        Ok(Self { source, id, transport: Transport::direct(CONNECT.min(patience), patience)?, patience })
    }

    /// Gets a token, again where that helps.
    async fn fetch(&self, resource: &str) -> Result<Grant> {
        let (url, request) = self.source.request(self.transport.client(), resource, &self.id);
        let mut attempt = 1;
        loop {
            let reply = self.send(&request, &url).await?;
            if reply.status == StatusCode::OK {
                return grant(&reply);
            }
            let Some(pause) = self.source.pause(&reply, attempt, self.patience) else {
                return Err(self.refused(&reply, &url));
            };
            sleep(pause).await;
            attempt += 1;
        }
    }

    async fn send(&self, request: &RequestBuilder, url: &Url) -> Result<Reply> {
        let again = || request.try_clone().ok_or_else(|| Error::new(ErrorCode::Internal, "a request could not be repeated"));
        let reply = exchange::send(&self.transport, again()?, url).await.map_err(|error| self.unreachable(error))?;
        match &self.source {
            Source::Arc { keys, .. } if reply.status == StatusCode::UNAUTHORIZED => {
                let key = arc::key(&reply.headers, keys)?;
                exchange::send(&self.transport, again()?.header("authorization", key), url).await
            }
            _ => Ok(reply),
        }
    }

    fn unreachable(&self, error: Error) -> Error {
        if !matches!(self.source, Source::Imds { .. }) {
            return error;
        }
        let mut unsuited = Error::new(
            ErrorCode::CredentialUnsuited,
            "no managed identity was found: nothing answers at the address of Azure's instance metadata service",
        )
        .hint("run this on an Azure resource that has a managed identity, or sign in in another way");
        unsuited.causes.push(error.message);
        unsuited.causes.extend(error.causes);
        unsuited
    }

    fn refused(&self, reply: &Reply, url: &Url) -> Error {
        let hint = match self.id {
            Id::System => "turn the resource's managed identity on, or name the user-assigned identity",
            Id::Client(_) => {
                "check that it is the application (client) id and not the object id, and that the identity is assigned to this resource"
            }
            Id::Object(_) => {
                "check that it is the object (principal) id and not the application id, and that the identity is assigned to this resource"
            }
            Id::Resource(_) => "check the identity's resource id, and that the identity is assigned to this resource",
        };
        reply.refused(&format!("the identity endpoint of {}", self.source.name()), url, "GET").hint(hint)
    }
}

impl Source {
    /// How long to wait before the next attempt; none if there is no use in one.
    fn pause(&self, reply: &Reply, attempt: u32, patience: Duration) -> Option<Duration> {
        let updating = reply.status == StatusCode::GONE && matches!(self, Self::Imds { .. });
        let passing =
            matches!(reply.status, StatusCode::NOT_FOUND | StatusCode::REQUEST_TIMEOUT | StatusCode::GONE | StatusCode::TOO_MANY_REQUESTS)
                || reply.status.is_server_error();
        if updating {
            return (attempt < UPDATE_ATTEMPTS).then_some(UPDATE_PAUSE);
        }
        let wait = retry_after(&reply.headers).unwrap_or_else(|| Duration::from_millis(500) * 2_u32.pow(attempt - 1));
        (passing && attempt < ATTEMPTS && wait <= patience).then_some(wait)
    }
}

impl Credential for ManagedIdentity {
    fn is_application(&self) -> bool {
        // Azure Cloud Shell hands out tokens of the user who opened it.
        !matches!(self.source, Source::CloudShell { .. })
    }

    fn sign_in<'a>(&'a self, work: &'a Acquisition<'a>, _plan: Option<&'a ClaimsRequest>, _prompt: PagePrompt) -> Signing<'a> {
        Box::pin(async move {
            let resource = work.wanted().family.resource.uri(&work.inner.cloud);
            work.flight.verbose(&format!("Getting a token for `{resource}` from {}", self.source.name()));
            let grant = self.fetch(&resource).await.map_err(Refusal::stop)?;
            // Claims cannot be sent: only what the token itself shows counts.
            let asked = ClaimsRequest::capability_only();
            let origin = if self.is_application() { Origin::Application } else { Origin::Bearer };
            work.admit(grant, &work.inner.authority(), &asked, origin).map_err(Refusal::stop)
        })
    }
}

fn grant(reply: &Reply) -> Result<Grant> {
    let unusable = || {
        Error::new(ErrorCode::UnexpectedResponse, "the answer of the identity endpoint is not that of a token")
            .hint("check the address that the environment names, and what answers there")
    };
    // serde's own words would quote the answer, which holds a secret.
    let wire: Wire = serde_json::from_slice(&reply.body).map_err(|_| unusable())?;
    if !is_bearer(&wire.access_token) {
        return Err(unusable());
    }
    let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
    let left = payload::seconds(wire.expires_on.as_ref()).map(|end| end.saturating_sub(now));
    Ok(Grant {
        access_token: wire.access_token,
        expires_in: left.or_else(|| payload::seconds(wire.expires_in.as_ref())),
        refresh_in: payload::seconds(wire.refresh_in.as_ref()),
        refresh_token: None,
        id_token: None,
        client_info: None,
        scopes: None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use pim_emulator::{Emulator, Fault, Scenario, Service};

    use super::*;

    /// Azure Arc at the emulator. Only here can the agent's folder be another one.
    async fn arc(keys: Option<&Path>) -> (Emulator, ManagedIdentity) {
        let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
        let url = Url::parse(emulator.environments()["arc"]["IDENTITY_ENDPOINT"].as_str().unwrap()).unwrap();
        let keys = keys.unwrap_or_else(|| emulator.arc_key_folder()).to_owned();
        let patience = Duration::from_secs(30);
        let transport = Transport::direct(CONNECT, patience).unwrap();
        let identity = ManagedIdentity { source: Source::Arc { url, keys }, id: Id::System, transport, patience };
        (emulator, identity)
    }

    fn statuses(emulator: &Emulator) -> Vec<u16> {
        emulator.journal().iter().map(|entry| entry.status).collect()
    }

    #[tokio::test]
    async fn arc_gives_a_token_to_whoever_can_read_its_key() {
        let (emulator, identity) = arc(None).await;
        let grant = identity.fetch(emulator.graph()).await.unwrap();
        assert!(grant.access_token.expose().starts_with("eyJ") && grant.expires_in.unwrap() > 3600);
        assert_eq!(statuses(&emulator), [401, 200]);
        // Each key is good once: the next token takes a new round.
        identity.fetch(emulator.arm()).await.unwrap();
        assert_eq!(statuses(&emulator), [401, 200, 401, 200]);
        assert!(emulator.journal().iter().all(|entry| entry.violation.is_none()));
        let keys: Vec<_> =
            emulator.issued_secrets().into_iter().filter(|secret| secret.kind == pim_emulator::secrets::SecretKind::ArcKey).collect();
        assert_eq!(keys.len(), 2);
    }

    #[tokio::test]
    async fn a_key_elsewhere_or_of_another_size_is_not_read_and_nothing_is_sent() {
        let elsewhere = tempfile::tempdir().unwrap();
        let (emulator, identity) = arc(Some(elsewhere.path())).await;
        let error = identity.fetch(emulator.graph()).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::SignInFailed);
        assert!(error.message.contains("outside of the agent's folder") && error.hint.is_some(), "{error}");
        assert_eq!(statuses(&emulator), [401]);

        std::fs::write(elsewhere.path().join("large.key"), "x".repeat(4097)).unwrap();
        let large = format!("Basic realm={}", elsewhere.path().join("large.key").display());
        for challenge in [large.as_str(), "Basic realm=/etc/passwd", "Basic realm=", "Bearer", ""] {
            emulator.state().journal.clear();
            emulator.inject(Fault::new(Service::Machine).status(401).header("www-authenticate", challenge));
            assert_eq!(identity.fetch(emulator.graph()).await.err().unwrap().code, ErrorCode::SignInFailed, "{challenge}");
            assert_eq!(statuses(&emulator), [401], "{challenge}");
        }
    }

    #[tokio::test]
    async fn a_second_refusal_is_the_end() {
        let (emulator, identity) = arc(None).await;
        emulator.inject(Fault::new(Service::Machine).skip(1).status(401));
        let error = identity.fetch(emulator.graph()).await.err().unwrap();
        assert_eq!((error.code, error.http.unwrap().status), (ErrorCode::SignInFailed, 401));
        assert_eq!(statuses(&emulator), [401, 401]);
    }
}
