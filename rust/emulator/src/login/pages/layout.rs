//! What every page shares: the frame, the style, the security headers.

use axum::response::{Html, IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use url::Url;

use super::super::store::random_text;

const STYLE: &str = include_str!("style.css");

/// A page that is about to be shown.
pub(in super::super) struct Frame<'a> {
    title: &'a str,
    page: &'a str,
    upn: Option<String>,
    problem: Option<String>,
    form_target: Option<String>,
    script: Option<&'a str>,
    status: StatusCode,
}

impl<'a> Frame<'a> {
    pub(in super::super) fn new(title: &'a str, page: &'a str) -> Self {
        Self { title, page, upn: None, problem: None, form_target: None, script: None, status: StatusCode::OK }
    }

    /// The application's address, to which forms of this page may lead: browsers apply `form-action` to redirects after a form, too.
    pub(super) fn sends_to(mut self, address: &str) -> Self {
        self.form_target = Url::parse(address).ok().map(|url| url.origin().ascii_serialization()).filter(|origin| origin != "null");
        self
    }

    pub(super) fn about(mut self, user_principal_name: &str) -> Self {
        self.upn = Some(user_principal_name.to_owned());
        self
    }

    pub(super) fn problem(mut self, problem: &str) -> Self {
        self.problem = Some(problem.to_owned());
        self
    }

    pub(super) fn script(mut self, script: &'a str) -> Self {
        self.script = Some(script);
        self
    }

    pub(super) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(super) fn show(&self, content: &Markup) -> Response {
        let nonce = random_text("");
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) }
                    link rel="icon" href="data:,";
                    style nonce=(nonce) { (PreEscaped(STYLE)) }
                }
                body data-page=(self.page) data-upn=[self.upn.as_deref()] data-problem=[self.problem.as_deref()] {
                    header { span.brand { "Emulated Entra ID" } span.badge { "rehearsal, not a real sign-in" } }
                    main { (content) }
                    @if let Some(script) = self.script { script nonce=(nonce) { (PreEscaped(script)) } }
                }
            }
        };
        let form_action = self.form_target.as_deref().map_or_else(|| "'self'".to_owned(), |target| format!("'self' {target}"));
        let policy = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; form-action {form_action}; \
             frame-ancestors 'none'; base-uri 'none'"
        );
        let mut answer = (self.status, Html(page.into_string())).into_response();
        let headers = answer.headers_mut();
        let fixed: [(HeaderName, &'static str); 6] = [
            (CACHE_CONTROL, "no-store"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            // Not `no-referrer`: forms of the pages would carry the origin `null` then, and could not be told from foreign ones.
            (REFERRER_POLICY, "same-origin"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("permissions-policy"), "publickey-credentials-get=(self), publickey-credentials-create=(self)"),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        answer
    }
}
