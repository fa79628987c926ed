//! The system's browser: authorization code with PKCE and a loopback redirect (RFC 8252).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use uuid::Uuid;

use super::{Credential, Signing};
use crate::auth::acquisition::{Acquisition, declared};
use crate::auth::admit::Origin;
use crate::auth::answer::Answer;
use crate::auth::authority::Authority;
use crate::auth::authorize::{AuthorizeRequest, PagePrompt};
use crate::auth::browser::{self, Opened};
use crate::auth::endpoint::{GrantRequest, Proof};
use crate::auth::loopback::{Answered, Loopback, Screen};
use crate::auth::pages::Page;
use crate::auth::pasted::{self, Pasted};
use crate::auth::proof::{self, Pkce};
use crate::auth::refusal::{self, About, Refusal};
use crate::auth::response::OAuthError;
use crate::auth::token::AccessToken;
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::event::{Prompt, Question};
use crate::secret::Secret;

/// Signs the user in on a page of the token service.
pub(super) struct Browser;

impl Credential for Browser {
    fn asks_user(&self) -> bool {
        true
    }

    fn sign_in<'a>(&'a self, work: &'a Acquisition<'a>, plan: Option<&'a ClaimsRequest>, prompt: PagePrompt) -> Signing<'a> {
        Box::pin(work.sign_in_on_page(plan, prompt))
    }
}

/// What ties an answer to this sign-in.
struct Ties {
    authority: Authority,
    state: Secret,
    pkce: Pkce,
    nonce: Secret,
    redirect_uri: String,
    correlation_id: Uuid,
    account: Option<String>,
}

impl Acquisition<'_> {
    /// Opens the page, waits for the answer and redeems it.
    async fn sign_in_on_page(&self, plan: Option<&ClaimsRequest>, prompt: PagePrompt) -> Result<Arc<AccessToken>, Refusal> {
        let claims = declared(plan);
        let state = proof::random().map_err(Refusal::stop)?;
        let mut listener = Loopback::bind(state.clone()).await.map_err(Refusal::stop)?;
        let ties = self.tie(state, listener.redirect_uri()).map_err(Refusal::stop)?;
        let wanted = self.wanted();
        let request = AuthorizeRequest {
            client_id: &wanted.family.client_id,
            redirect_uri: &ties.redirect_uri,
            scopes: &wanted.scopes,
            state: &ties.state,
            nonce: &ties.nonce.expose(),
            code_challenge: &ties.pkce.challenge(),
            claims: &claims,
            // A hint would choose the account before the user does.
            login_hint: ties.account.as_deref().filter(|_| prompt != PagePrompt::SelectAccount),
            prompt,
            correlation_id: ties.correlation_id,
        };
        let url = request.url(&ties.authority);
        let mut opened =
            browser::open(&self.inner.config.browser, self.inner.place, &url, ties.authority.login()).await.map_err(Refusal::stop)?;
        let message = invitation(&opened, ties.account.as_deref(), plan);
        self.flight.show(Prompt::Browser { url: url.to_string(), opened: !matches!(opened, Opened::No(_)), message });
        let answered = self.wait(&mut listener, &mut opened, &ties).await;
        self.flight.withdraw_prompt();
        let (answer, screen) = answered.map_err(Refusal::stop)?;
        let outcome = self.redeem(answer, &ties, &claims).await;
        if let Some(screen) = screen {
            screen
                .show(match &outcome {
                    Ok(token) if wanted.is_served_by(token) => Page::SignedIn,
                    Ok(_) => Page::Received,
                    Err(refusal) => Page::Failed(refusal.error.code),
                })
                .await;
        }
        outcome
    }

    fn tie(&self, state: Secret, redirect_uri: String) -> Result<Ties> {
        let pinned = self.inner.lock().account.as_ref().map(|account| account.username.clone());
        Ok(Ties {
            authority: self.inner.authority(),
            state,
            pkce: Pkce::new()?,
            nonce: proof::random()?,
            redirect_uri,
            correlation_id: Uuid::new_v4(),
            account: pinned.or_else(|| self.inner.config.account.clone()),
        })
    }

    /// Waits for the browser to come by, or for the address at which it ended: whichever is first.
    async fn wait(&self, listener: &mut Loopback, opened: &mut Opened, ties: &Ties) -> Result<(Answer, Option<Screen>)> {
        let seconds = self.inner.config.timeouts.sign_in_seconds;
        let (may_be_lost, unopened) = match opened {
            Opened::No(why) => (true, why.take()),
            Opened::Yes => (self.inner.place.is_remote, None),
            Opened::Started(_) => (false, None),
        };
        let paste = async { if may_be_lost { self.paste(ties, unopened).await } else { std::future::pending().await } };
        let failure = async {
            match opened {
                Opened::Started(started) => started.failure().await,
                Opened::Yes | Opened::No(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Answered { answer, screen } = listener.answer() => return Ok((answer, Some(screen))),
            answer = paste => return answer.map(|answer| (answer, None)),
            error = failure => return Err(error),
            () = sleep(Duration::from_secs(seconds)) => {}
        }
        if listener.saw_foreign_answer() {
            return Err(Error::new(ErrorCode::SignInStateMismatch, "the browser brought an answer, but to another sign-in than this one")
                .hint("close old sign-in pages, and run the command again"));
        }
        Err(Error::new(ErrorCode::SignInTimeout, format!("nobody finished the sign-in within {seconds} seconds"))
            .hint("run the command again, and finish the sign-in on the page that it opens"))
    }

    /// Asks for the address at which the browser ended, until it is one that answers this sign-in.
    ///
    /// # Errors
    /// `unopened`, why no browser could be opened, if nobody can be asked.
    async fn paste(&self, ties: &Ties, unopened: Option<Box<Error>>) -> Result<Answer> {
        if let Some(why) = &unopened {
            self.flight.verbose(&format!("no browser was opened: {why}"));
        }
        let question = Question::RedirectUrl { message: pasted::INVITATION.to_owned() };
        for _ in 0..pasted::MOST_TRIES {
            let why = match pasted::read(self.flight.ask(&question).await?, &ties.state) {
                Pasted::Answer(Answer { outcome: Err(error), .. }) => {
                    format!("the service refused the sign-in: {}; sign in once more on the same page", self.sort(&error, ties).error)
                }
                Pasted::Answer(answer) => return Ok(answer),
                Pasted::Wrong(why) => why.to_owned(),
                Pasted::Nobody => match unopened {
                    Some(why) => return Err(*why),
                    None => break,
                },
            };
            self.flight.warning("RedirectUrlRefused", &why);
        }
        std::future::pending().await
    }

    fn sort(&self, error: &OAuthError, ties: &Ties) -> Refusal {
        let wanted = self.wanted();
        let (client_id, tenant) = (&wanted.family.client_id, ties.authority.tenant());
        refusal::sort(error, About { client_id, tenant, account: ties.account.as_deref(), scopes: &wanted.scopes })
    }

    async fn redeem(&self, answer: Answer, ties: &Ties, claims: &ClaimsRequest) -> Result<Arc<AccessToken>, Refusal> {
        let wanted = self.wanted();
        let client_id = &wanted.family.client_id;
        // RFC 9207: an answer that names its issuer must name ours.
        if let Some(issuer) = &answer.issuer {
            let tenant = ties.authority.tenant_of_issuer(issuer);
            if !tenant.is_some_and(|tenant| ties.authority.allows_tenant(&tenant)) {
                return Err(Refusal::stop(
                    Error::new(ErrorCode::SignInStateMismatch, "the answer names another token service than the one that was asked")
                        .hint("close all sign-in pages, and run the command again"),
                ));
            }
        }
        let code = answer.outcome.map_err(|error| self.sort(&error, ties))?;
        let request = GrantRequest {
            authority: &ties.authority,
            client_id,
            scopes: &wanted.scopes,
            claims,
            proof: Proof::Code { code: &code, verifier: ties.pkce.verifier(), redirect_uri: &ties.redirect_uri },
            account: ties.account.as_deref(),
            correlation_id: ties.correlation_id,
        };
        let grant = self.inner.endpoint.send(&request, |note| self.flight.verbose(&note)).await?;
        let origin = Origin::User { nonce: Some(&ties.nonce.expose()) };
        self.admit(grant, &ties.authority, claims, origin).map_err(Refusal::stop)
    }
}

/// The sentence that the host shows with the page.
fn invitation(opened: &Opened, account: Option<&str>, plan: Option<&ClaimsRequest>) -> String {
    let mut text = match opened {
        Opened::No(_) => "Open the address in a browser and sign in".to_owned(),
        Opened::Yes | Opened::Started(_) => "Sign in in the browser window".to_owned(),
    };
    if let Some(account) = account {
        text.push_str(&format!(" as {account}"));
    }
    let contexts: Vec<String> = plan.map(ClaimsRequest::contexts).unwrap_or_default().into_iter().collect();
    if !contexts.is_empty() {
        text.push_str(&format!("; a stronger sign-in is asked for (authentication context {})", contexts.join(", ")));
    }
    text
}
