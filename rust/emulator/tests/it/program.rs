//! The program: `serve` says where it is and ends with its parent, `browse` signs in.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use crate::support::{ADELE, acrs};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_pim-emulator");

fn serve(arguments: &[&str]) -> (Child, Value) {
    let mut child =
        Command::new(PROGRAM).arg("serve").arg("--attached").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

fn authorize(ready: &Value, redirect: &str) -> String {
    let mut url =
        url::Url::parse(&format!("{}/{}/oauth2/v2.0/authorize", ready["login"].as_str().unwrap(), ready["tenant"].as_str().unwrap()))
            .unwrap();
    let scope = format!("{}/.default openid", ready["graph"].as_str().unwrap());
    url.query_pairs_mut().extend_pairs([
        ("client_id", crate::support::GRAPH_CLIENT),
        ("response_type", "code"),
        ("redirect_uri", redirect),
        ("scope", &scope),
        ("state", "s"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("claims", &acrs("c1")),
    ]);
    url.into()
}

/// An application's listener that takes one request and hands its first line back.
fn listener() -> (String, std::thread::JoinHandle<String>) {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://localhost:{}/", socket.local_addr().unwrap().port());
    let visit = std::thread::spawn(move || {
        let (mut stream, _) = socket.accept().unwrap();
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        line
    });
    (address, visit)
}

#[test]
fn a_generated_tenant_can_be_served() {
    let generate = |arguments: &[&str]| Command::new(PROGRAM).arg("generate").args(arguments).output().unwrap();
    let made =
        generate(&["--eligibilities", "300", "--groups", "40", "--subscriptions", "20", "--management-groups", "8", "--roles", "12"]);
    assert!(made.status.success());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &made.stdout).unwrap();
    let (mut emulator, ready) = serve(&["--scenario", file.path().to_str().unwrap()]);
    assert!(ready["users"].as_array().unwrap().len() >= 50);
    drop(emulator.stdin.take());
    assert!(emulator.wait().unwrap().success());
    let refused = generate(&["--roles", "0"]);
    assert!(!refused.status.success() && String::from_utf8(refused.stderr).unwrap().contains("roles"));
}

#[test]
fn serve_announces_itself_and_browse_signs_in() {
    let (mut emulator, ready) = serve(&[]);
    for name in ["login", "graph", "arm", "machine", "control"] {
        assert!(ready[name].as_str().unwrap().starts_with("http://localhost:"), "{name}");
    }
    assert!(ready["certificateFile"].is_null());
    let address = ready["environments"]["virtualMachine"]["AZURE_POD_IDENTITY_AUTHORITY_HOST"].as_str();
    assert_eq!(address, ready["machine"].as_str());
    assert!(ready["users"].as_array().unwrap().iter().any(|user| user["username"] == ADELE && user["objectId"].is_string()));

    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.json");
    let browse = |flags: &[&str], url: &str| {
        let output = Command::new(PROGRAM)
            .arg("browse")
            .arg("--profile")
            .arg(&profile)
            .args(["--account", ADELE])
            .args(flags)
            .arg(url)
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    let (redirect, visit) = listener();
    let (ended_well, said) = browse(&[], &authorize(&ready, &redirect));
    assert!(ended_well && said.contains("status 200"), "{said}");
    let line = visit.join().unwrap();
    assert!(line.starts_with("GET /?code=") && line.contains("&state=s"), "{line}");

    // The profile keeps the session and the passkey: nothing is left to be asked.
    let (redirect, visit) = listener();
    assert!(browse(&["--close"], &authorize(&ready, &redirect)).0);
    assert!(visit.join().unwrap().starts_with("GET /?code="));

    let (ended_well, said) =
        browse(&["--close"], &authorize(&ready, "http://localhost:9/").replace("contoso.example", "organizations").replace("c1", "c3"));
    assert!(!ended_well && said.contains("AADSTS53000"), "{said}");
    // Nothing listens there, and nothing is asked of it.
    let (ended_well, said) = browse(&["--elsewhere"], &authorize(&ready, "http://localhost:9/"));
    assert!(ended_well && said.starts_with("http://localhost:9/?code=") && said.contains("&state=s"), "{said}");
    let (ended_well, said) = browse(&[], "nowhere");
    assert!(!ended_well && said.contains("is no address"), "{said}");

    drop(emulator.stdin.take());
    assert!(emulator.wait().unwrap().success(), "it ends with its standard input");
}

#[test]
fn browse_signs_in_for_a_device() {
    let (mut emulator, ready) = serve(&["--device-interval", "0"]);
    let post = |path: &str, fields: &[(&str, &str)]| {
        let url = format!("{}/contoso.example/oauth2/v2.0/{path}", ready["login"].as_str().unwrap());
        let fields = fields.to_vec();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ask = async { reqwest::Client::new().post(url).form(&fields).send().await.unwrap().json::<Value>().await.unwrap() };
        runtime.block_on(ask)
    };
    let scope = format!("{}/.default", ready["graph"].as_str().unwrap());
    let wish = post("devicecode", &[("client_id", crate::support::GRAPH_CLIENT), ("scope", &scope), ("claims", &acrs("c1"))]);
    assert_eq!(wish["interval"], 0);
    let browse = |flags: &[&str]| {
        let text = |name: &str| wish[name].as_str().unwrap().to_owned();
        let arguments = ["--account", ADELE, "--user-code", &text("user_code"), &text("verification_uri")];
        let output = Command::new(PROGRAM).arg("browse").args(flags).args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(browse(&["--close-at-passkey"]), (true, "closed the window on the page `passkey`\n".to_owned()));
    assert_eq!(browse(&[]), (true, "the device may go on\n".to_owned()));
    let code = wish["device_code"].as_str().unwrap();
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let answer = post("token", &[("client_id", crate::support::GRAPH_CLIENT), ("grant_type", grant), ("device_code", code)]);
    assert_eq!(crate::support::payload(&answer["access_token"])["acrs"], serde_json::json!(["c1"]));
    drop(emulator.stdin.take());
    assert!(emulator.wait().unwrap().success());
}

#[test]
fn a_token_of_another_issuer_is_written_to_a_file() {
    let (mut emulator, ready) = serve(&["--tls"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let certificate = ready["certificateFile"].as_str().unwrap();
    let mint = |flags: &[&str]| {
        let fixed =
            ["--control", ready["control"].as_str().unwrap(), "--trust", certificate, "--issuer", "https://i.example", "--subject", "s"];
        Command::new(PROGRAM).arg("federated-token").args(fixed).args(flags).output().unwrap()
    };
    assert!(mint(&["--output", file.to_str().unwrap()]).status.success());
    let said = crate::support::payload(&Value::from(std::fs::read_to_string(&file).unwrap()));
    assert_eq!((said["iss"].as_str(), said["aud"].as_str()), (Some("https://i.example"), Some("api://AzureADTokenExchange")));
    let output = mint(&["--audience", "a", "--life", "-5"]);
    let said = crate::support::payload(&Value::from(String::from_utf8(output.stdout).unwrap()));
    assert!(said["aud"] == "a" && said["exp"].as_i64().unwrap() < jiff::Timestamp::now().as_second());
    drop(emulator.stdin.take());
    assert!(emulator.wait().unwrap().success());
}

#[test]
fn serve_refuses_a_wrong_scenario_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.json");
    std::fs::write(&file, r#"{"tenant":{"id":"x","domain":"d","displayName":"n"},"users":[]}"#).unwrap();
    let mut child =
        Command::new(PROGRAM).arg("serve").arg("--scenario").arg(&file).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert!(!child.wait().unwrap().success());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("tenant.id"), "{said}");
}
