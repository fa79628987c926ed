//! Whoever is signed in to the Azure CLI or to the Azure Developer CLI: the program is asked for a token.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

use super::{Credential, Signing};
use crate::auth::acquisition::Acquisition;
use crate::auth::admit::Origin;
use crate::auth::authorize::PagePrompt;
use crate::auth::payload;
use crate::auth::refusal::{self, About, Next, Refusal};
use crate::auth::response::{Grant, OAuthError, clean, is_bearer};
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use crate::session::SessionConfig;

/// More than either program ever prints.
const LARGEST_OUTPUT: u64 = 256 * 1024;

/// Whose session is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Program {
    Az,
    Azd,
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::Az => "the Azure CLI",
            Self::Azd => "the Azure Developer CLI",
        }
    }

    /// File names, in the order in which they are looked for.
    fn files(self) -> &'static [&'static str] {
        match (self, cfg!(windows)) {
            (Self::Az, true) => &["az.cmd", "az.exe"],
            (Self::Az, false) => &["az"],
            (Self::Azd, true) => &["azd.exe", "azd.cmd"],
            (Self::Azd, false) => &["azd"],
        }
    }

    fn login(self) -> &'static str {
        match self {
            Self::Az => "az login",
            Self::Azd => "azd auth login",
        }
    }

    /// Documented: `az account get-access-token`, `azd auth token`.
    fn arguments(self, resource: &str, tenant: Option<&str>) -> Vec<String> {
        let scope = format!("{resource}/.default");
        let (verb, what, tenant_option) = match self {
            Self::Az => (["account", "get-access-token"], ["--resource", resource], "--tenant"),
            Self::Azd => (["auth", "token"], ["--scope", scope.as_str()], "--tenant-id"),
        };
        let mut arguments: Vec<&str> = verb.into_iter().chain(what).chain(["--output", "json"]).collect();
        arguments.extend(tenant.into_iter().flat_map(|tenant| [tenant_option, tenant]));
        arguments.into_iter().map(ToOwned::to_owned).collect()
    }
}

/// A program and the environment in which it is found and runs.
pub(super) struct CommandLine {
    program: Program,
    environment: Option<BTreeMap<String, Secret>>,
    /// How long it may take: longer means that it waits for something.
    patience: Duration,
}

/// What either program prints.
#[derive(Deserialize)]
struct Printed {
    #[serde(alias = "accessToken")]
    token: Secret,
    /// Seconds since 1970; newer versions of the Azure CLI.
    #[serde(default)]
    expires_on: Option<Value>,
}

impl CommandLine {
    pub(super) fn new(program: Program, config: &SessionConfig) -> Self {
        Self { program, environment: config.environment.clone(), patience: Duration::from_secs(config.timeouts.program_seconds) }
    }

    async fn fetch(&self, work: &Acquisition<'_>) -> Result<Grant, Refusal> {
        let resource = work.wanted().family.resource.uri(&work.inner.cloud);
        let authority = work.inner.authority();
        let tenant = Some(authority.tenant()).filter(|_| !authority.is_shared());
        for value in [Some(resource.as_str()), tenant].into_iter().flatten() {
            check(value).map_err(Refusal::stop)?;
        }
        work.flight.verbose(&format!("Asking {} for a token for `{resource}`", self.program.name()));
        let path = self.find().map_err(Refusal::stop)?;
        let arguments = self.program.arguments(&resource, tenant);
        let (success, output, complaint) = self.run(&path, &arguments).await.map_err(Refusal::stop)?;
        if !success {
            return Err(self.refused(work, &complaint));
        }
        let unusable = || {
            let why = format!("{} printed something else than a token", self.program.name());
            let hint = format!("run `{} {}` and look at what it prints", path.display(), arguments.join(" "));
            Refusal::stop(Error::new(ErrorCode::UnexpectedResponse, why).hint(hint))
        };
        // serde's own words would quote the output, which holds a secret.
        let printed: Printed = serde_json::from_slice(&output).map_err(|_| unusable())?;
        if !is_bearer(&printed.token) {
            return Err(unusable());
        }
        let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
        // Otherwise the token itself tells: `expiresOn` of the Azure CLI is a local time without its zone.
        let expires_in = payload::seconds(printed.expires_on.as_ref()).map(|end| end.saturating_sub(now));
        Ok(Grant {
            access_token: printed.token,
            expires_in,
            refresh_token: None,
            id_token: None,
            client_info: None,
            refresh_in: None,
            scopes: None,
        })
    }

    /// The program's file, in the folders of `PATH`. Relative ones do not count: the working directory is anybody's.
    fn find(&self) -> Result<PathBuf> {
        let given = self.environment.as_ref().and_then(|given| given.iter().find(|(name, _)| name.eq_ignore_ascii_case("PATH")));
        let folders = given.map(|(_, value)| value.expose().into()).or_else(|| env::var_os("PATH")).unwrap_or_default();
        let folders: Vec<PathBuf> = env::split_paths(&folders).filter(|folder| folder.is_absolute()).collect();
        let candidates = folders.iter().flat_map(|folder| self.program.files().iter().map(|file| folder.join(file)));
        candidates.into_iter().find(|path| is_program(path)).ok_or_else(|| {
            Error::new(ErrorCode::CredentialUnsuited, format!("{} is not installed, or not on the `PATH`", self.program.name()))
                .hint("install it, or sign in in another way")
        })
    }

    async fn run(&self, path: &Path, arguments: &[String]) -> Result<(bool, Vec<u8>, String)> {
        let failed = |why: &str| Error::new(ErrorCode::SignInFailed, format!("{} {why}", self.program.name()));
        let mut command = Command::new(path);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.env("AZURE_CORE_NO_COLOR", "true").env("NO_COLOR", "1");
        for (name, value) in self.environment.iter().flatten() {
            command.env(name, value.expose());
        }
        let mut child = command.spawn().map_err(|error| failed("could not be started").cause(&error))?;
        let (output, complaint) = (child.stdout.take(), child.stderr.take());
        let work = async {
            let (output, complaint, status) = tokio::join!(drain(output), drain(complaint), child.wait());
            Ok::<_, std::io::Error>((status?.success(), output, complaint))
        };
        let ended = timeout(self.patience, work).await.map_err(|_| self.too_slow())?;
        let (success, output, complaint) = ended.map_err(|error| failed("ended unexpectedly").cause(&error))?;
        Ok((success, output, clean(&String::from_utf8_lossy(&complaint))))
    }

    fn too_slow(&self) -> Error {
        let (name, seconds) = (self.program.name(), self.patience.as_secs());
        Error::new(ErrorCode::ProgramTimeout, format!("{name} gave no token within {seconds} s"))
            .hint(format!("run `{}` and see what it waits for, or give it more time (`Connect-PIM -ProgramTimeout`)", self.program.login()))
    }

    fn refused(&self, work: &Acquisition<'_>, complaint: &str) -> Refusal {
        let authority = work.inner.authority();
        let wanted = work.wanted();
        let login = self.program.login();
        let hint = format!("sign in with `{login}`, then run the command again");
        if complaint.contains("AADSTS") {
            let about = About { client_id: &wanted.family.client_id, tenant: authority.tenant(), account: None, scopes: &wanted.scopes };
            let mut refusal = refusal::sort(&OAuthError::from_redirect("invalid_grant", complaint, ""), about);
            refusal.error = refusal.error.target(self.program.name());
            if matches!(refusal.next, Next::AskUser | Next::DropGrant) {
                refusal.error.code = ErrorCode::SignInRequired;
                refusal.error = refusal.error.hint(hint);
            }
            return Refusal::stop(refusal.error);
        }
        let lower = complaint.to_lowercase();
        let signed_out = lower.contains(login) || lower.contains("not logged in");
        let code = if signed_out { ErrorCode::SignInRequired } else { ErrorCode::SignInFailed };
        let why = if complaint.is_empty() { "it says nothing" } else { complaint };
        Refusal::stop(Error::new(code, format!("{} gave no token: {why}", self.program.name())).hint(hint))
    }

    fn unmet(&self, work: &Acquisition<'_>, claims: &ClaimsRequest) -> Error {
        let why = format!("the token of {} lacks the claims `{}`", self.program.name(), claims.canonical());
        let error = work.unsuited(&why);
        match self.program {
            Program::Az => {
                let authority = work.inner.authority();
                let tenant = if !authority.is_shared() { format!(" --tenant {}", authority.tenant()) } else { String::new() };
                let scope = work.wanted().scopes.join(" ");
                let encoded = STANDARD.encode(claims.canonical());
                error.hint(format!("run `az login{tenant} --scope {scope} --claims-challenge {encoded}`, or sign in in the browser"))
            }
            Program::Azd => error.hint("sign in in the browser"),
        }
    }
}

impl Credential for CommandLine {
    fn sign_in<'a>(&'a self, work: &'a Acquisition<'a>, _plan: Option<&'a ClaimsRequest>, _prompt: PagePrompt) -> Signing<'a> {
        Box::pin(async move {
            let grant = self.fetch(work).await?;
            // The program was not told of the demand: only what the token itself shows counts.
            let asked = ClaimsRequest::capability_only();
            let token = work.admit(grant, &work.inner.authority(), &asked, Origin::Bearer).map_err(Refusal::stop)?;
            match &work.wanted().claims {
                Some(claims) if !token.satisfies(claims) => Err(Refusal::stop(self.unmet(work, claims))),
                _ => Ok(token),
            }
        })
    }
}

/// What is passed on as an argument is plain, and no option: on Windows a command interpreter reads it.
fn check(value: &str) -> Result<()> {
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/._-".contains(&byte));
    if plain && !value.starts_with('-') {
        return Ok(());
    }
    Err(Error::new(ErrorCode::InvalidRequest, "the resource or the tenant has characters that are not passed on to a program")
        .hint("use a resource of letters, digits and `:/._-`"))
}

fn is_program(path: &Path) -> bool {
    let Ok(metadata) = path.metadata() else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}

/// What a program prints, up to a bound; the rest is read and dropped, so that the program can end.
async fn drain(stream: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut kept = Vec::new();
    if let Some(stream) = stream {
        let mut bounded = stream.take(LARGEST_OUTPUT);
        let _ = bounded.read_to_end(&mut kept).await;
        let _ = tokio::io::copy(&mut bounded.into_inner(), &mut tokio::io::sink()).await;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_an_option_or_a_second_command() {
        for good in ["https://graph.microsoft.com", "api://11111111-0000-0000-0000-000000000000", "contoso.onmicrosoft.com"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["-x", "--help", "a b", "a&calc", "a|b", "a\"b", "%PATH%", "a^b", "a;b", "$(id)", "a\nb", "a?b"] {
            assert_eq!(check(bad).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
        }
    }

    #[test]
    fn the_arguments_are_the_documented_ones() {
        let line = |program: Program, tenant| program.arguments("https://graph.microsoft.com", tenant).join(" ");
        assert_eq!(
            line(Program::Az, Some("contoso.example")),
            "account get-access-token --resource https://graph.microsoft.com --output json --tenant contoso.example"
        );
        assert_eq!(line(Program::Azd, None), "auth token --scope https://graph.microsoft.com/.default --output json");
    }
}
