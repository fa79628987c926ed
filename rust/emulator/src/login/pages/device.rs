//! The pages of a sign-in for another device.

use axum::response::Response;
use maud::html;

use super::super::tenants::Person;
use super::{Context, Frame, person};

/// Asks for the code that the device shows. `problem` is the AADSTS code of what was wrong with the last one.
pub(in super::super) fn enter_code(typed: &str, problem: Option<u32>) -> Response {
    let code = problem.map(|code| format!("AADSTS{code}"));
    let mut frame = Frame::new("Enter code", "device-code");
    if let Some(code) = &code {
        frame = frame.problem(code);
    }
    frame.show(&html! {
        h1 { "Enter code to allow access" }
        p { "Once you enter the code displayed on your app or device, it will have access to your account." }
        p.note { "Do not enter codes from sources you don't trust." }
        p.wrong id="problem" role="alert" {
            @if let Some(code) = &code { "That code didn't work (" (code) "). Check the code and try again." }
        }
        form method="post" action="/common/oauth2/deviceauth" {
            input type="text" name="otc" id="otc" value=(typed) maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-label="Code" autofocus;
            div.actions { button.primary type="submit" id="next" { "Next" } }
        }
    })
}

/// Nobody is to finish a sign-in that somebody else began.
pub(in super::super) fn confirm(context: &Context<'_>, who: Person<'_>) -> Response {
    context.frame("Confirm the sign-in", "confirm").about(&who.user.user_principal_name).show(&html! {
        h1 { "Are you trying to sign in to " span id="app" { (context.request.client.display_name) } "?" }
        p { "Only continue if you downloaded the app from a store or website that you trust." }
        div.account.shown { (person(who)) }
        form.actions method="post" action="/signin/confirm" {
            (context.flow_field())
            button.quiet type="submit" name="decision" value="cancel" id="cancel" { "Cancel" }
            button.primary type="submit" name="decision" value="continue" id="continue" { "Continue" }
        }
    })
}

/// The end: the device learns of it when it asks the next time.
pub(in super::super) fn device_done(client: &str, approved: bool) -> Response {
    let (title, page) = if approved { ("Signed in", "device-approved") } else { ("Not signed in", "device-declined") };
    Frame::new(title, page).show(&html! {
        h1 { (client) }
        @if approved {
            p { "You have signed in to the " (client) " application on your device. You may now close this window." }
        } @else {
            p { "You have not signed in to the " (client) " application on your device. You may now close this window." }
        }
    })
}
