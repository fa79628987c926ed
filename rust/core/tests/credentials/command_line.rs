//! The Azure command lines, played by a shell script that behaves as documented.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use pim_core::error::{Error, ErrorCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::host::{ADELE, Host, contoso, tokens_of};

/// A folder with a program that notes its arguments, and then does what the script says.
fn program(name: &str, script: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}/arguments'\n{script}\n", folder.path().display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn settings(folder: &TempDir, more: Value) -> Value {
    let mut settings = json!({"environment": {"PATH": format!("relative:{}:/usr/bin:/bin", folder.path().display())}});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

fn arguments(folder: &TempDir) -> Vec<String> {
    fs::read_to_string(folder.path().join("arguments")).unwrap().lines().map(ToOwned::to_owned).collect()
}

fn prints(value: &Value) -> String {
    format!("cat <<'END'\n{value}\nEND")
}

#[tokio::test]
async fn the_azure_cli_gives_the_token_of_its_user() {
    let emulator = contoso().await;
    let token = tokens_of(&emulator, ADELE, &["arm"]).await.remove(0);
    let printed = json!({"accessToken": token, "expiresOn": "2099-01-01 12:00:00.000000", "expires_on": 4_070_908_800_u64, "subscription": "s",
                         "tenant": "t", "tokenType": "Bearer"});
    let folder = program("az", &prints(&printed));
    let host = Host::new(&emulator, json!({"kind": "azureCli"}), settings(&folder, json!({}))).unwrap();
    let reply = host.token("arm").await.unwrap();
    assert_eq!((&reply["accessToken"], &reply["account"]["username"]), (&token, &json!(ADELE)));
    let config = emulator.session_config();
    let tenant = config["tenant"].as_str().unwrap();
    let arm = config["cloud"]["arm"].as_str().unwrap();
    assert_eq!(arguments(&folder), ["account", "get-access-token", "--resource", arm, "--output", "json", "--tenant", tenant]);

    let error = host.token_with("arm", "c1").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CredentialUnsuited);
    assert!(error.hint.unwrap().contains("az login --tenant") && error.claims.unwrap().contains("c1"));
}

#[tokio::test]
async fn the_azure_developer_cli_too() {
    let emulator = contoso().await;
    let token = tokens_of(&emulator, ADELE, &["graph"]).await.remove(0);
    let folder = program("azd", &prints(&json!({"token": token, "expiresOn": "2099-01-01T00:00:00Z"})));
    let more = settings(&folder, json!({"tenant": "organizations"}));
    let host = Host::new(&emulator, json!({"kind": "azureDeveloperCli"}), more).unwrap();
    assert_eq!(host.token("graph").await.unwrap()["accessToken"], token);
    let scope = format!("{}/.default", emulator.session_config()["cloud"]["graph"].as_str().unwrap());
    assert_eq!(arguments(&folder), ["auth", "token", "--scope", &scope, "--output", "json"]);
}

async fn failure(kind: &str, name: &str, script: &str) -> Error {
    let emulator = contoso().await;
    let folder = program(name, script);
    let host = Host::new(&emulator, json!({"kind": kind}), settings(&folder, json!({}))).unwrap();
    *host.token("graph").await.unwrap_err()
}

#[tokio::test]
async fn what_goes_wrong_is_sorted() {
    let error = failure("azureCli", "az", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1").await;
    assert_eq!(error.code, ErrorCode::SignInRequired);
    assert!(error.hint.unwrap().contains("`az login`"));

    let error = failure("azureDeveloperCli", "azd", "echo 'ERROR: not logged in, run `azd auth login` to login' >&2; exit 1").await;
    assert_eq!(error.code, ErrorCode::SignInRequired);
    assert!(error.hint.unwrap().contains("`azd auth login`"));

    let error = failure("azureCli", "az", "echo 'ERROR: AADSTS700082: The refresh token has expired due to inactivity.' >&2; exit 1").await;
    assert_eq!(error.code, ErrorCode::SignInRequired);
    assert_eq!(error.service.unwrap().code, "AADSTS700082");

    let error = failure("azureCli", "az", "echo 'ERROR: AADSTS53003: blocked' >&2; exit 1").await;
    assert_eq!(error.code, ErrorCode::ConditionalAccessBlocked);

    let error =
        failure("azureCli", "az", "printf 'odd \\033[31mred\\033[0m\\n' >&2; head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 3").await;
    assert_eq!(error.code, ErrorCode::SignInFailed);
    assert!(error.message.starts_with("the Azure CLI gave no token: odd ") && !error.message.contains('\u{1b}'));
    assert!(error.message.len() < 3000);

    for script in ["echo hunter2", "echo '{\"accessToken\": [\"hunter2\"]}'", "echo '{\"accessToken\": \"hun ter2\"}'"] {
        let error = failure("azureCli", "az", script).await;
        assert_eq!(error.code, ErrorCode::UnexpectedResponse);
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_said_to_be_missing() {
    let emulator = contoso().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("az");
    fs::write(&path, "#!/bin/sh\nexit 0\n").unwrap();
    let more = json!({"environment": {"PATH": folder.path().display().to_string()}});
    // Not executable, hence no program.
    let error = Host::new(&emulator, json!({"kind": "azureCli"}), more).unwrap().token("graph").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::CredentialUnsuited);
    assert!(error.message.contains("not installed"));
}

#[tokio::test]
async fn nothing_odd_is_passed_on() {
    let emulator = contoso().await;
    let folder = program("az", "exit 0");
    let host = Host::new(&emulator, json!({"kind": "azureCli"}), settings(&folder, json!({}))).unwrap();
    let error = host.token("api://x&calc").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequest);
    assert!(!folder.path().join("arguments").exists());
    let tenant = settings(&folder, json!({"tenant": "--help"}));
    let host = Host::new(&emulator, json!({"kind": "azureCli"}), tenant).unwrap();
    assert_eq!(host.token("graph").await.unwrap_err().code, ErrorCode::InvalidRequest);
}
