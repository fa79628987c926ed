//! The page where a passkey is used or registered.

use axum::response::Response;
use maud::html;
use serde_json::Value;

use super::super::tenants::Person;
use super::{Context, person};

const SCRIPT: &str = include_str!("passkey.js");

/// Asks for a passkey. Without one, the user registers one first; with one, another may still be registered, since an emulator keeps
/// its passkeys for one run and devices keep theirs for longer.
pub(in super::super) fn passkey(
    context: &Context<'_>,
    who: Person<'_>,
    use_options: Option<&Value>,
    create_options: &Value,
    problem: Option<&str>,
) -> Response {
    let mut frame = context.frame("Verify with a passkey", "passkey").about(&who.user.user_principal_name).script(SCRIPT);
    if let Some(problem) = problem {
        frame = frame.problem(problem);
    }
    let create_class = if use_options.is_some() { "quiet wide" } else { "primary wide" };
    frame.show(&html! {
        h1 { "Verify with a passkey" }
        (context.client())
        div.account.shown { (person(who)) }
        p { "What you asked for needs a phishing-resistant sign-in." }
        p.wrong id="problem" role="alert" { @if let Some(problem) = problem { "The sign-in was refused: " (problem) "." } }
        noscript { p.wrong { "Passkeys need scripts, and scripts are off in this browser." } }
        @if let Some(options) = use_options {
            form method="post" action="/signin/passkey" {
                (context.flow_field())
                input type="hidden" name="credential" value="";
                button.primary.wide type="button" id="use-passkey" data-ceremony="get" data-options=(options) { "Use your passkey" }
            }
        } @else {
            p.note { "This account has no passkey yet. Register one with this device, then sign in with it." }
        }
        form method="post" action="/signin/register" {
            (context.flow_field())
            input type="hidden" name="credential" value="";
            button class=(create_class) type="button" id="register-passkey" data-ceremony="create" data-options=(create_options) {
                @if use_options.is_some() { "Register another passkey" } @else { "Register a passkey" }
            }
        }
        details {
            summary { "No passkey on this computer?" }
            p.note { "A passkey can live in this page, for rehearsals. It is registered with the first click and used with the next." }
            button.quiet.wide type="button" id="software-passkey" { "Use a passkey in software" }
        }
        div.actions { (context.cancel()) }
    })
}
