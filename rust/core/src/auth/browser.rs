//! Opening the sign-in page.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout};
use url::Url;

use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};
use crate::session::BrowserConfig;

/// A program that opens a browser has either failed by then, or has not failed at all.
const EARLY: Duration = Duration::from_secs(10);

/// Process creation flag of Windows.
#[cfg(windows)]
const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;

/// What became of the page.
pub(super) enum Opened {
    /// A browser has it.
    Yes,
    /// A program was started with it.
    Started(Box<Started>),
    /// The host is to show the address. With the reason where a browser was to be opened, and could not be.
    No(Option<Box<Error>>),
}

/// A program that was started as a browser.
pub(super) struct Started {
    program: String,
    child: Child,
    since: Instant,
}

/// Where this runs, as far as a browser is concerned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place {
    /// Whether a browser that is opened here is seen by the user.
    pub has_browser: bool,
    /// Whether the user's browser may be in another network than the listener.
    pub is_remote: bool,
}

impl Place {
    /// What the environment tells.
    pub(super) fn of(environment: &Environment<'_>) -> Self {
        let set = |names: &[&str]| names.iter().any(|name| environment.get(name).is_some());
        let over_ssh = set(&["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"]);
        let in_wsl = cfg!(target_os = "linux") && set(&["WSL_DISTRO_NAME", "WSL_INTEROP"]);
        let has_browser = if cfg!(any(windows, target_os = "macos")) {
            // It would open on a desktop that nobody sits at.
            !over_ssh || set(&["BROWSER"])
        } else {
            in_wsl || set(&["BROWSER", "DISPLAY", "WAYLAND_DISPLAY"])
        };
        Self { has_browser, is_remote: over_ssh || in_wsl || !has_browser }
    }
}

/// Opens the page as the session is configured. Where the system's browser cannot be opened, the address is to be shown.
///
/// # Errors
/// `BrowserUnavailable` of a browser that was named; `SignInRequired` where no page may be opened; `HostNotAllowed` if the address is not
/// the token service's.
pub(super) async fn open(config: &BrowserConfig, place: Place, url: &Url, login: &Url) -> Result<Opened> {
    if url.origin() != login.origin() || !matches!(url.scheme(), "https" | "http") {
        return Err(Error::new(ErrorCode::HostNotAllowed, "the sign-in page is not on the token service of the session's cloud"));
    }
    match config {
        BrowserConfig::System if !place.has_browser => {
            Ok(Opened::No(Some(Box::new(unavailable("there is no display that a browser could open on")))))
        }
        BrowserConfig::System => Ok(system(url).await.map_or_else(|error| Opened::No(Some(Box::new(error))), |()| Opened::Yes)),
        BrowserConfig::Command { command } => start(command, url).map(|started| Opened::Started(Box::new(started))),
        BrowserConfig::Show => Ok(Opened::No(None)),
        BrowserConfig::Never => Err(never()),
    }
}

/// Why a sign-in fails where nobody can be asked.
pub(super) fn never() -> Error {
    Error::new(ErrorCode::SignInRequired, "a sign-in is needed, and the session may not show a page").hint(
        "sign in with `Connect-PIM` where somebody can answer, or with an identity that needs nobody (an application, a managed identity)",
    )
}

async fn system(url: &Url) -> Result<()> {
    let address = url.to_string();
    // A text browser holds this thread until its user leaves it, which is no failure.
    let opening = tokio::task::spawn_blocking(move || webbrowser::open(&address));
    match timeout(EARLY, opening).await {
        Ok(Ok(Err(error))) => Err(unavailable("the system's browser could not be opened").cause(&error)),
        Ok(Err(error)) => Err(unavailable("the system's browser could not be opened").cause(&error)),
        Ok(Ok(Ok(()))) | Err(_) => Ok(()),
    }
}

fn start(command: &[String], url: &Url) -> Result<Started> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(unavailable("the browser's command is empty"));
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(url.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    detach(&mut command);
    let child = command
        .spawn()
        .map_err(|error| unavailable(&format!("`{program}` could not be started as the browser")).target(program.as_str()).cause(&error))?;
    Ok(Started { program: program.clone(), child, since: Instant::now() })
}

/// Ctrl+C in the shell is meant for the command there, not for the browser that it opened.
fn detach(command: &mut Command) {
    #[cfg(unix)]
    command.process_group(0);
    #[cfg(windows)]
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
    #[cfg(not(any(unix, windows)))]
    let _ = command;
}

impl Started {
    /// Resolves if the program ends with a failure. A good end is how a launcher leaves once the browser has the page.
    pub(super) async fn failure(&mut self) -> Error {
        match self.child.wait().await {
            Ok(status) if status.success() => std::future::pending().await,
            Ok(status) if self.since.elapsed() < EARLY => {
                unavailable(&format!("`{}` ended with {status} before the sign-in was done", self.program)).target(self.program.as_str())
            }
            Ok(status) => Error::new(ErrorCode::SignInCancelled, format!("the browser `{}` ended with {status}", self.program))
                .hint("run the command again and finish the sign-in"),
            Err(error) => unavailable(&format!("`{}` cannot be watched", self.program)).cause(&error),
        }
    }
}

fn unavailable(message: &str) -> Error {
    Error::new(ErrorCode::BrowserUnavailable, message)
        .hint("show the address and open it on any computer (`Connect-PIM -NoBrowser`), name another program (`-BrowserCommand`), or sign in with a device code (`-UseDeviceCode`)")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place = Place { has_browser: true, is_remote: false };

    fn place(variables: &[&str]) -> Place {
        let variables: serde_json::Map<_, _> = variables.iter().map(|name| ((*name).to_owned(), "x".into())).collect();
        let config = serde_json::from_value(serde_json::json!({"environment": variables})).unwrap();
        Place::of(&Environment::of(&config))
    }

    fn page() -> Url {
        Url::parse("https://login.microsoftonline.com/t/oauth2/v2.0/authorize?a=1&b=2").unwrap()
    }

    #[tokio::test]
    async fn only_the_token_service_is_opened() {
        let command = BrowserConfig::Command { command: vec!["/nonexistent/browser".to_owned()] };
        for login in ["https://login.example", "http://login.microsoftonline.com", "https://login.microsoftonline.com:8443"] {
            let refused = open(&command, HERE, &page(), &Url::parse(login).unwrap()).await.err().unwrap();
            assert_eq!(refused.code, ErrorCode::HostNotAllowed, "{login}");
        }
    }

    #[tokio::test]
    async fn a_missing_program_is_no_browser() {
        let command = BrowserConfig::Command { command: vec!["/nonexistent/browser".to_owned()] };
        let error = open(&command, HERE, &page(), &page()).await.err().unwrap();
        assert_eq!((error.code, error.target.as_deref()), (ErrorCode::BrowserUnavailable, Some("/nonexistent/browser")));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_that_fails_early_is_no_browser_and_the_address_is_its_last_argument() {
        let script = r#"[ "$#" = 1 ] && [ "$1" = "https://login.microsoftonline.com/t/oauth2/v2.0/authorize?a=1&b=2" ] && exit 3; exit 4"#;
        let command = ["sh", "-c", script, "sh"].map(String::from).to_vec();
        let Ok(Opened::Started(mut started)) = open(&BrowserConfig::Command { command }, HERE, &page(), &page()).await else { panic!() };
        let error = started.failure().await;
        assert_eq!(error.code, ErrorCode::BrowserUnavailable);
        assert!(error.message.contains("exit status: 3"), "{}", error.message);
    }

    #[tokio::test]
    async fn show_opens_nothing_and_never_refuses() {
        assert!(matches!(open(&BrowserConfig::Show, HERE, &page(), &page()).await, Ok(Opened::No(None))));
        assert_eq!(open(&BrowserConfig::Never, HERE, &page(), &page()).await.err().unwrap().code, ErrorCode::SignInRequired);
    }

    #[tokio::test]
    async fn where_there_is_no_display_the_address_is_shown() {
        let Ok(Opened::No(Some(why))) = open(&BrowserConfig::System, place(&["SSH_CONNECTION"]), &page(), &page()).await else { panic!() };
        assert_eq!(why.code, ErrorCode::BrowserUnavailable);
        assert!(why.hint.unwrap().contains("device code"));
    }

    #[test]
    fn the_environment_tells_whether_a_browser_is_seen() {
        let desktop = cfg!(any(windows, target_os = "macos"));
        for (variables, has_browser, is_remote) in [
            (&[][..], desktop, !desktop),
            (&["SSH_CONNECTION"], false, true),
            (&["SSH_TTY", "BROWSER"], true, true),
            (&["BROWSER"], true, false),
            (&["DISPLAY"], true, false),
            (&["WAYLAND_DISPLAY"], true, false),
            (&["WSL_DISTRO_NAME"], true, cfg!(target_os = "linux")),
        ] {
            assert_eq!(place(variables), Place { has_browser, is_remote }, "{variables:?}");
        }
        assert_eq!(place(&["SSH_CONNECTION", "DISPLAY"]).has_browser, !desktop);
    }
}
