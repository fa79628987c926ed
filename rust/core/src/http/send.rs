//! A request with all that its token needs: got, renewed, stepped up.

use std::collections::BTreeSet;

use http::StatusCode;
use http::header::WWW_AUTHENTICATE;

use super::Client;
use super::envelope::Envelope;
use super::exchange::{Answer, is_fault};
use super::request::{Failure, Request, Response};
use super::service_error::Refusal;
use crate::auth::{AccessToken, Authenticator, TokenId, TokenRequest};
use crate::call::Call;
use crate::claims::{Challenge, Finding, find_in_response};
use crate::error::{Error, ErrorCode};

/// Different challenges that one request may meet: mandatory multi-factor authentication first, then a context, then whatever is new.
const MAX_ROUNDS: usize = 3;

impl Client {
    /// Sends a request and returns its answer of status 2xx or 3xx. Redirections are not followed.
    ///
    /// A claims challenge is satisfied through `auth` and the request is repeated once with the new token. A further challenge is followed
    /// if it asks for something else; the same one again is the end.
    ///
    /// # Errors
    /// `HostNotAllowed`, `ChallengeUnsatisfied`, `ChallengeMalformed`, `Throttled`, those of `auth`, of the connection, and of the service.
    pub async fn send(&self, auth: &Authenticator, call: &Call, request: &Request) -> Result<Response, Failure> {
        self.send_after(auth, call, request, None).await
    }

    /// As [`Client::send`], when the service is known to refuse a token.
    pub(super) async fn send_after(
        &self,
        auth: &Authenticator,
        call: &Call,
        request: &Request,
        refused_token: Option<TokenId>,
    ) -> Result<Response, Failure> {
        self.check_target(&request.resource, &request.url)?;
        let mut wanted = TokenRequest::new(request.resource.clone());
        wanted.scopes.clone_from(&request.scopes);
        wanted.claims.clone_from(&request.claims);
        wanted.refused = refused_token;
        wanted.silent = request.silent;
        let mut rounds = Rounds::default();
        let mut renewed = false;
        loop {
            let token = auth.token(call, &wanted).await.map_err(|error| rounds.explain(error))?;
            let answer = self.exchange(call, request, &token).await?;
            if answer.status.is_success() || answer.status.is_redirection() {
                let Answer { status, headers, body, http } = answer;
                let (stepped_up, contexts_asked) = (!rounds.tried.is_empty(), rounds.contexts);
                return Ok(Response { status, headers, body, http, token, stepped_up, contexts_asked });
            }
            if let Some(challenge) = challenge(&answer)? {
                rounds.accept(&challenge, &answer, &token)?;
                call.verbose(rounds.sentence(&challenge, request));
                wanted.claims = Some(match &wanted.claims {
                    Some(claims) => claims.merge(&challenge.claims),
                    None => challenge.claims,
                });
            } else if !renewed && is_dead_token(&answer) {
                renewed = true;
                call.verbose(format!("`{}` does not take the token any more: it is renewed", request.resource));
            } else {
                return Err(refused(request, answer, &token));
            }
            if let Some(write) = request.write {
                // A refusal did nothing; while the user signs in, the truth is that nothing has been sent.
                call.write_not_sent(write);
            }
            wanted.refused = Some(token.id);
        }
    }
}

/// The challenges of one request.
#[derive(Default)]
pub(super) struct Rounds {
    tried: Vec<String>,
    contexts: BTreeSet<String>,
}

impl Rounds {
    pub(super) fn accept(&mut self, challenge: &Challenge, answer: &Answer, token: &AccessToken) -> Result<(), Error> {
        let canonical = challenge.claims.canonical();
        if self.tried.contains(&canonical) || self.tried.len() == MAX_ROUNDS {
            return Err(unsatisfied(challenge, &canonical, answer, token));
        }
        self.tried.push(canonical);
        self.contexts.extend(challenge.claims.contexts());
        Ok(())
    }

    pub(super) fn sentence(&self, challenge: &Challenge, request: &Request) -> String {
        format!("`{}` refused the request and asks for {}: signing in again", request.resource, asked(challenge))
    }

    /// A failed sign-in names the challenge that it was to satisfy.
    fn explain(&self, mut error: Error) -> Error {
        if let Some(claims) = self.tried.last().filter(|_| error.claims.is_none()) {
            error.claims = Some(claims.clone());
        }
        error
    }
}

fn asked(challenge: &Challenge) -> String {
    let contexts = challenge.claims.contexts();
    if contexts.is_empty() {
        return format!("the claims {}", quoted(challenge.claims.demands()));
    }
    format!("the authentication context {}", quoted(contexts))
}

fn quoted(names: impl IntoIterator<Item = String>) -> String {
    names.into_iter().map(|name| format!("`{}`", super::shown(&name, 60))).collect::<Vec<_>>().join(", ")
}

fn unsatisfied(challenge: &Challenge, canonical: &str, answer: &Answer, token: &AccessToken) -> Error {
    let has = if token.contexts.is_empty() { "shows none".to_owned() } else { format!("has {}", quoted(token.contexts.iter().cloned())) };
    let mut error = Error::new(
        ErrorCode::ChallengeUnsatisfied,
        format!("the service still asks for {} after the sign-in; the token {has}", asked(challenge)),
    )
    .hint("check that the right account signed in and that its sign-in met the Conditional Access policy of the context")
    .target(answer.http.url.clone());
    error.claims = Some(canonical.to_owned());
    error.http = Some(answer.http.clone());
    error
}

pub(super) fn challenge(answer: &Answer) -> Result<Option<Challenge>, Error> {
    if !matches!(answer.status.as_u16(), 400 | 401 | 403) {
        return Ok(None);
    }
    let fields: Vec<_> =
        answer.headers.get_all(WWW_AUTHENTICATE).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
    let fields: Vec<_> = fields.iter().map(String::as_str).collect();
    match find_in_response(answer.status.as_u16(), &fields, &answer.body) {
        Finding::None => Ok(None),
        Finding::Found(challenges) => Ok(challenges.into_iter().next()),
        Finding::Rejected(mut error) => {
            error.http = Some(answer.http.clone());
            Err(error)
        }
    }
}

/// A 401 that a fresh token of the same kind may cure. One for a wrong audience or tenant is not among them.
pub(super) fn is_dead_token(answer: &Answer) -> bool {
    answer.status == StatusCode::UNAUTHORIZED
        && serde_json::from_slice(&answer.body).ok().as_ref().and_then(Envelope::read).is_some_and(|envelope| {
            ["InvalidAuthenticationToken", "ExpiredAuthenticationToken"].iter().any(|code| code.eq_ignore_ascii_case(&envelope.code))
        })
}

pub(super) fn refused(request: &Request, answer: Answer, token: &AccessToken) -> Failure {
    // A service or a proxy may repeat what it got.
    let secret = token.secret().expose();
    let body = if contains(&answer.body, secret.as_bytes()) {
        b"(the answer repeats the token and is not shown)".as_slice()
    } else {
        &answer.body
    };
    let unknown = !request.safe && is_fault(answer.status);
    let error = Refusal { status: answer.status, headers: &answer.headers, http: answer.http, body }.into_error();
    if unknown { Failure::unknown(error) } else { Failure::not_done(error) }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
}
