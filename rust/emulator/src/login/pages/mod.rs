//! The pages of a sign-in: plain forms, with a little script for WebAuthn alone.
//!
//! Whoever drives the pages can rely on these names. Each page has `data-page` on its `body` and a fixed title:
//!
//! | `data-page` | Title | Elements |
//! |---|---|---|
//! | `pick-account` | Pick an account | a button `#account-<upn>` with `data-upn` for each user, `#cancel` |
//! | `sign-in` | Sign in | `#sign-in`, `#switch-account`, `#cancel`; `data-upn` on the body |
//! | `passkey` | Verify with a passkey | `#use-passkey` (once the user has one), `#register-passkey`, `#software-passkey`, `#problem`, `#cancel` |
//! | `device-code` | Enter code | `#otc` (the field), `#next` |
//! | `confirm` | Confirm the sign-in | `#app` (the application's name), `#continue`, `#cancel` |
//! | `device-approved` | Signed in | |
//! | `device-declined` | Not signed in | |
//! | `consent` | Permissions requested | `#accept`, `#cancel` |
//! | `refused` | Sign-in refused | `#code` (the AADSTS code), `#cancel` where the application can be told |
//! | `form-post` | Signing in | a form that sends itself to the application, `#continue` without script |
//! | `signed-out` | Signed out | |
//!
//! `#use-passkey` and `#register-passkey` carry the options for `navigator.credentials` in `data-options`, binary members as base64url;
//! nothing starts without a click.

mod device;
mod layout;
mod passkey;

use axum::response::Response;
use maud::{Markup, html};

pub(super) use device::{confirm, device_done, enter_code};
pub(super) use layout::Frame;
pub(super) use passkey::passkey;

use super::refusal::{Refusal, Stamp};
use super::request::{Purpose, Request};
use super::tenants::{Person, everybody};
use crate::state::State;

/// A page within a sign-in: the ids and addresses that its forms need.
pub(super) struct Context<'a> {
    pub(super) state: &'a State,
    pub(super) flow: &'a str,
    pub(super) request: &'a Request,
}

impl Context<'_> {
    fn frame<'b>(&self, title: &'b str, page: &'b str) -> Frame<'b> {
        let frame = Frame::new(title, page);
        match self.request.answer_to() {
            Some(answer) => frame.sends_to(&answer.redirect_uri),
            None => frame,
        }
    }

    fn flow_field(&self) -> Markup {
        html! { input type="hidden" name="flow" value=(self.flow); }
    }

    fn cancel(&self) -> Markup {
        html! {
            form method="post" action="/signin/cancel" {
                (self.flow_field())
                button.quiet type="submit" id="cancel" { "Cancel" }
            }
        }
    }

    fn client(&self) -> Markup {
        let client = &self.request.client.display_name;
        match self.request.purpose {
            Purpose::Code(_) => html! { p.aside { "to continue to " strong { (client) } } },
            Purpose::Device(_) => html! {
                p.aside { "You are signing in to " strong { (client) } " on another device or in another window. If it is not you, close this page." }
            },
        }
    }
}

fn person(person: Person<'_>) -> Markup {
    let initial = person.user.display_name.chars().next().unwrap_or('?').to_string();
    html! {
        span.initial aria-hidden="true" { (initial) }
        span.person { span.name { (person.user.display_name) } span.upn { (person.user.user_principal_name) } }
    }
}

/// All accounts of the authority; nobody has a password here.
pub(super) fn pick_account(context: &Context<'_>) -> Response {
    let authority = &context.request.authority;
    context.frame("Pick an account", "pick-account").show(&html! {
        h1 { "Pick an account" }
        (context.client())
        form method="post" action="/signin/account" {
            (context.flow_field())
            ul.accounts {
                @for candidate in everybody(context.state).filter(|candidate| authority.admits(*candidate)) {
                    @let upn = &candidate.user.user_principal_name;
                    li {
                        button.account type="submit" name="account" value=(upn) id={ "account-" (upn) } data-upn=(upn) { (person(candidate)) }
                    }
                }
            }
        }
        p.note { "These are the users of " (authority.display_name(context.state)) " in the emulator's scenario." }
        (context.cancel())
    })
}

/// One click instead of a password.
pub(super) fn sign_in(context: &Context<'_>, who: Person<'_>) -> Response {
    context.frame("Sign in", "sign-in").about(&who.user.user_principal_name).show(&html! {
        h1 { "Sign in" }
        (context.client())
        div.account.shown { (person(who)) }
        p.note { "This is an emulator: there is no password, and no real account is touched." }
        div.actions {
            (context.cancel())
            form method="post" action="/signin/demo" {
                (context.flow_field())
                button.primary type="submit" id="sign-in" { "Sign in" }
            }
        }
        form method="post" action="/signin/switch" {
            (context.flow_field())
            button.link type="submit" id="switch-account" { "Use another account" }
        }
    })
}

/// The application asks for permissions.
pub(super) fn consent(context: &Context<'_>, who: Person<'_>) -> Response {
    let scopes = &context.request.scopes;
    context.frame("Permissions requested", "consent").about(&who.user.user_principal_name).show(&html! {
        h1 { "Permissions requested" }
        p { strong { (context.request.client.display_name) } " wants to act for " strong { (who.user.user_principal_name) } " at" }
        p.upn { (scopes.audience) }
        ul.permissions { @for permission in &scopes.permissions { li { (permission) } } }
        form.actions method="post" action="/signin/consent" {
            (context.flow_field())
            button.quiet type="submit" name="decision" value="cancel" id="cancel" { "Cancel" }
            button.primary type="submit" name="decision" value="accept" id="accept" { "Accept" }
        }
    })
}

/// A refusal that the user sees. With a context there is a way back to the application.
pub(super) fn refused(context: Option<&Context<'_>>, refusal: &Refusal, stamp: &Stamp) -> Response {
    let frame = match context {
        Some(context) => context.frame("Sign-in refused", "refused"),
        None => Frame::new("Sign-in refused", "refused"),
    };
    let code = format!("AADSTS{}", refusal.code);
    frame.status(if context.is_some() { http::StatusCode::OK } else { refusal.status() }).problem(&code).show(&html! {
        h1 { "Sign-in refused" }
        p { strong id="code" { (code) } ": " (refusal.message) }
        dl.ids {
            dt { "Trace ID" } dd { (stamp.trace) }
            dt { "Correlation ID" } dd { (stamp.correlation) }
            dt { "Timestamp" } dd { (stamp.time) }
        }
        @if let Some(context) = context.filter(|context| context.request.answer_to().is_some()) {
            form method="post" action="/signin/cancel" {
                (context.flow_field())
                button.quiet type="submit" id="cancel" { "Back to the application" }
            }
        }
    })
}

/// A form that sends itself to the application.
pub(super) fn form_post(target: &str, fields: &[(&str, String)]) -> Response {
    let script = "document.getElementById('answer').submit();";
    Frame::new("Signing in", "form-post").sends_to(target).script(script).show(&html! {
        h1 { "Signing in" }
        form id="answer" method="post" action=(target) {
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            noscript { p { "Scripts are off in this browser." } }
            button.primary type="submit" id="continue" { "Continue" }
        }
    })
}

/// After the sessions of this browser have ended.
pub(super) fn signed_out() -> Response {
    Frame::new("Signed out", "signed-out").show(&html! {
        h1 { "Signed out" }
        p { "All emulated sessions of this browser have ended. You can close this window." }
    })
}

/// What an AADSTS code means, in a sentence; Entra has such a page under the same path.
pub(super) fn about_code(code: &str) -> Response {
    Frame::new("Error code", "error-code").show(&html! {
        h1 { "AADSTS" (code) }
        p { "The emulator uses the codes of Microsoft Entra ID. What each of them means is documented by Microsoft." }
    })
}
