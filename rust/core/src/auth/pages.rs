//! The pages that the browser shows after the sign-in. Static: nothing that came from outside is ever on them.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::error::ErrorCode;

/// A page of the loopback listener.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Page {
    /// The token is there.
    SignedIn,
    /// The answer came, and the sign-in goes on in the shell.
    Received,
    /// The sign-in failed.
    Failed(ErrorCode),
    /// An answer that belongs to another sign-in.
    Foreign,
    /// An answer that cannot be used.
    Unusable,
    /// A second answer.
    Answered,
}

const STYLE: &str = "\
:root{color-scheme:light dark;--back:#f3f5f8;--card:#fff;--text:#1b1f24;--soft:#57606a;--line:#d9dee4;--good:#1a7f4b;--bad:#b42318}\
@media (prefers-color-scheme:dark){:root{--back:#0f1318;--card:#181d24;--text:#e8ecf1;--soft:#a3adb8;--line:#2b323b;--good:#4cc38a;--bad:#ff8a7a}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--back);color:var(--text);\
font:1rem/1.55 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\
main{width:100%;max-width:30rem;padding:2.5rem;background:var(--card);border:1px solid var(--line);border-radius:1rem;text-align:center}\
svg{width:3.5rem;height:3.5rem;fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}\
.good{stroke:var(--good)}.bad{stroke:var(--bad)}\
h1{margin:1rem 0 .5rem;font-size:1.5rem;line-height:1.25}\
p{margin:.5rem 0 0;color:var(--soft)}h1,p{text-wrap:balance}\
footer{margin-top:2rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.85rem;color:var(--soft)}";

const CHECK: &str =
    r#"<svg class="good" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-7"/></svg>"#;
const CROSS: &str =
    r#"<svg class="bad" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="M12 7v6m0 3.5v.1"/></svg>"#;

/// `Content-Security-Policy` of every page: no scripts, no requests, no frames, this style alone.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
});

impl Page {
    /// HTTP status.
    pub(super) fn status(self) -> u16 {
        match self {
            Self::SignedIn | Self::Received | Self::Failed(_) => 200,
            Self::Foreign | Self::Unusable | Self::Answered => 400,
        }
    }

    pub(super) fn html(self) -> String {
        let (mark, heading, first, second) = match self {
            Self::SignedIn => {
                (CHECK, "You are signed in", "PIMStepUp has what it asked for.", "Close this page and go back to your shell.")
            }
            Self::Received => {
                (CHECK, "Almost there", "Your answer has arrived and is being checked.", "Go back to your shell to see the result.")
            }
            Self::Failed(code) => (CROSS, "The sign-in did not succeed", code.meaning(), "Go back to your shell: it says what to do."),
            Self::Foreign => (
                CROSS,
                "This answer belongs to another sign-in",
                "It was not used. The sign-in that your shell waits for is still open in its own page.",
                "If you cannot find that page, cancel the command in your shell and run it again.",
            ),
            Self::Unusable => (
                CROSS,
                "This answer cannot be used",
                "It is incomplete or ambiguous.",
                "Cancel the command in your shell and run it again.",
            ),
            Self::Answered => (
                CROSS,
                "This sign-in has already been answered",
                "Nothing more is needed here.",
                "Close this page and go back to your shell.",
            ),
        };
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>{heading} - PIMStepUp</title><link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style></head>\
             <body><main role=\"main\">{mark}<h1>{heading}</h1><p>{first}</p><p>{second}</p><footer>PIMStepUp</footer></main></body></html>"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Page] =
        &[Page::SignedIn, Page::Received, Page::Failed(ErrorCode::AccountMismatch), Page::Foreign, Page::Unusable, Page::Answered];

    #[test]
    fn every_page_sends_the_user_on_and_loads_nothing() {
        for page in ALL {
            let html = page.html();
            assert!(html.contains("shell"), "{page:?}");
            for forbidden in ["<script", "http:", "https:", "<img", "<form", "<a "] {
                assert!(!html.contains(forbidden), "{page:?} {forbidden}");
            }
            assert_eq!(html.matches("<style>").count(), 1);
        }
    }

    #[test]
    fn success_and_failure_look_different() {
        assert!(Page::SignedIn.html().contains("class=\"good\"") && Page::Failed(ErrorCode::SignInFailed).html().contains("class=\"bad\""));
        assert!(Page::Failed(ErrorCode::AccountMismatch).html().contains(ErrorCode::AccountMismatch.meaning()));
    }

    #[test]
    fn no_meaning_of_a_code_needs_escaping() {
        for code in ErrorCode::ALL {
            assert!(!code.meaning().contains(['<', '>', '&', '"']), "{}", code.as_str());
        }
    }
}
