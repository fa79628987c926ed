//! Sign-ins that outlive the process. The key is in the credential store of the system that runs the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use pim_core::call::Call;
use pim_core::error::{Error, ErrorCode};
use pim_core::event::{Event, Prompt};
use pim_core::operations;
use pim_core::session::Session;
use pim_emulator::{Emulator, Fault, Scenario, Service};
use serde_json::{Value, json};
use tempfile::TempDir;

const ADELE: &str = "adele@contoso.example";
const MEGAN: &str = "megan@contoso.example";

/// A user's machine: a folder for the cache, and an emulated tenant.
struct Machine {
    emulator: Emulator,
    folder: TempDir,
}

/// One process of the user, as far as memory goes.
struct Shell {
    session: Session,
    account: &'static str,
    warnings: Mutex<Vec<String>>,
    pages: Arc<Mutex<usize>>,
}

impl Machine {
    async fn new() -> Self {
        let emulator = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
        Self { emulator, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("PIMStepUp").join("sign-ins.bin")
    }

    fn shell(&self, account: &'static str, more: Value) -> Shell {
        let mut config = self.emulator.session_config();
        config["cache"] = json!({"mode": "file", "path": self.file()});
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        let session = Session::new(config.to_string().as_bytes()).unwrap();
        Shell { session, account, warnings: Mutex::default(), pages: Arc::default() }
    }

    async fn run(&self, shell: &Shell, operation: &str, request: Value) -> Result<Value, Box<Error>> {
        let robot = Arc::new(self.emulator.robot(shell.account));
        let (call, mut events) = Call::new();
        let pages = Arc::clone(&shell.pages);
        let host = tokio::spawn(async move {
            let mut warnings = Vec::new();
            while let Some(event) = events.recv().await {
                match event {
                    Event::Prompt(Prompt::Browser { url, .. }) => {
                        *pages.lock().unwrap() += 1;
                        let robot = Arc::clone(&robot);
                        tokio::spawn(async move { robot.open(&url).await.map(drop) });
                    }
                    Event::Warning { code, .. } => warnings.push(code),
                    _ => {}
                }
            }
            warnings
        });
        let end = operations::run(&shell.session, &call, operation, request.to_string().as_bytes()).await;
        drop(call);
        let warnings = host.await.unwrap();
        shell.warnings.lock().unwrap().extend(warnings);
        match end {
            Event::Done { value } => Ok(value),
            Event::Failed { error } => Err(error),
            other => panic!("{other:?}"),
        }
    }

    async fn token(&self, shell: &Shell) -> Value {
        self.run(shell, "token.acquire", json!({})).await.unwrap()
    }
}

impl Shell {
    fn pages(&self) -> usize {
        *self.pages.lock().unwrap()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap().clone()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The key lies outside of the folder.
        let session = self.shell(ADELE, json!({})).session;
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { session.auth.clear_cache().await }).unwrap();
        })
        .join()
        .unwrap();
    }
}

fn with_context() -> Value {
    json!({"claims": json!({"access_token": {"acrs": {"essential": true, "value": "c1"}}}).to_string()})
}

#[tokio::test]
async fn the_next_shell_needs_no_page_and_keeps_the_stronger_sign_in() {
    let machine = Machine::new().await;
    let first = machine.shell(ADELE, json!({}));
    machine.run(&first, "token.acquire", with_context()).await.unwrap();
    assert!(first.pages() > 0);

    let next = machine.shell(ADELE, json!({}));
    let token = machine.token(&next).await;
    assert_eq!((next.pages(), next.warnings()), (0, vec![]));
    assert_eq!(token["account"]["username"], ADELE);
    assert_eq!(token["authenticationContexts"], json!(["c1"]), "the contexts are asked for again");
}

#[tokio::test]
async fn the_file_shows_nothing_and_is_the_users_alone() {
    let machine = Machine::new().await;
    machine.token(&machine.shell(ADELE, json!({}))).await;
    let bytes = fs::read(machine.file()).unwrap();
    for secret in machine.emulator.issued_secrets() {
        assert!(!bytes.windows(secret.value.len()).any(|part| part == secret.value.as_bytes()), "{:?}", secret.kind);
    }
    assert!(!String::from_utf8_lossy(&bytes).contains("adele"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&machine.file()), mode(machine.file().parent().unwrap())), (0o600, 0o700));
        // The lock beside it too: whoever could open that could keep everybody waiting.
        let others: Vec<_> = fs::read_dir(machine.file().parent().unwrap()).unwrap().map(|entry| mode(&entry.unwrap().path())).collect();
        assert_eq!(others, [0o600; 2]);
    }
}

#[tokio::test]
async fn a_named_account_gets_its_own_sign_in_and_nobody_elses() {
    let machine = Machine::new().await;
    machine.token(&machine.shell(ADELE, json!({"account": ADELE}))).await;
    let megan = machine.shell(MEGAN, json!({"account": MEGAN}));
    assert_eq!(machine.token(&megan).await["account"]["username"], MEGAN);
    assert_eq!(megan.pages(), 1);
    for account in [ADELE, MEGAN] {
        let shell = machine.shell(account, json!({"account": account}));
        assert_eq!(machine.token(&shell).await["account"]["username"], account);
        assert_eq!(shell.pages(), 0);
    }
    // Without a name it is the one of the last.
    assert_eq!(machine.token(&machine.shell(ADELE, json!({}))).await["account"]["username"], MEGAN);
}

#[tokio::test]
async fn shells_that_store_at_the_same_time_lose_nothing() {
    let machine = Arc::new(Machine::new().await);
    let mut tasks = Vec::new();
    for account in [ADELE, MEGAN, "lee@contoso.example", "patti@contoso.example"] {
        let machine = Arc::clone(&machine);
        tasks.push(tokio::spawn(async move {
            machine.token(&machine.shell(account, json!({"account": account}))).await;
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    for account in [ADELE, MEGAN, "lee@contoso.example", "patti@contoso.example"] {
        let shell = machine.shell(account, json!({"account": account}));
        machine.token(&shell).await;
        assert_eq!(shell.pages(), 0, "{account}");
    }
}

#[tokio::test]
async fn a_second_client_is_stored_beside_the_first() {
    let machine = Machine::new().await;
    machine.token(&machine.shell(ADELE, json!({}))).await;
    machine.run(&machine.shell(ADELE, json!({})), "token.acquire", json!({"resource": "arm"})).await.unwrap();
    let both = machine.shell(ADELE, json!({}));
    machine.token(&both).await;
    machine.run(&both, "token.acquire", json!({"resource": "arm"})).await.unwrap();
    assert_eq!(both.pages(), 0);
}

#[tokio::test]
async fn a_disconnect_removes_the_sign_in_and_leaves_those_of_others() {
    let machine = Machine::new().await;
    machine.token(&machine.shell(MEGAN, json!({"account": MEGAN}))).await;
    let adele = machine.shell(ADELE, json!({"account": ADELE}));
    machine.token(&adele).await;
    machine.run(&adele, "session.disconnect", json!({})).await.unwrap();

    let again = machine.shell(ADELE, json!({"account": ADELE}));
    machine.token(&again).await;
    assert_eq!(again.pages(), 1);
    let megan = machine.shell(MEGAN, json!({"account": MEGAN}));
    machine.token(&megan).await;
    assert_eq!(megan.pages(), 0);
}

#[tokio::test]
async fn starting_over_does_not_take_the_stored_sign_in() {
    let machine = Machine::new().await;
    machine.token(&machine.shell(ADELE, json!({}))).await;
    let shell = machine.shell(MEGAN, json!({}));
    let context = machine.run(&shell, "session.connect", json!({"force": true})).await.unwrap();
    assert_eq!((&context["account"]["username"], shell.pages()), (&json!(MEGAN), 1));
}

#[tokio::test]
async fn a_dead_refresh_token_is_removed_and_the_page_comes() {
    let machine = Machine::new().await;
    machine.token(&machine.shell(ADELE, json!({}))).await;
    let mut fault = Fault::new(Service::Login);
    fault.path_contains = Some("/oauth2/v2.0/token".to_owned());
    fault.status = Some(400);
    fault.body =
        Some(json!({"error": "invalid_grant", "error_description": "AADSTS700082: The refresh token has expired due to inactivity."}));
    machine.emulator.inject(fault);
    let shell = machine.shell(ADELE, json!({}));
    machine.token(&shell).await;
    assert_eq!(shell.pages(), 1);
    let next = machine.shell(ADELE, json!({}));
    machine.token(&next).await;
    assert_eq!(next.pages(), 0, "the new one was stored");
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_set_aside_and_said_once() {
    for foreign in [&b"something else"[..], b"", &[0; 5 << 20]] {
        let machine = Machine::new().await;
        fs::create_dir_all(machine.file().parent().unwrap()).unwrap();
        fs::write(machine.file(), foreign).unwrap();
        let shell = machine.shell(ADELE, json!({}));
        machine.token(&shell).await;
        assert_eq!((shell.pages(), shell.warnings()), (1, vec!["CacheSetAside".to_owned()]));
        assert_eq!(fs::read(machine.file().with_extension("bin.unreadable")).unwrap(), foreign);
        let next = machine.shell(ADELE, json!({}));
        machine.token(&next).await;
        assert_eq!((next.pages(), next.warnings()), (0, vec![]));
    }
}

#[tokio::test]
async fn where_the_file_cannot_be_the_sign_in_stays_in_memory_and_that_is_said_once() {
    let machine = Machine::new().await;
    fs::write(machine.folder.path().join("PIMStepUp"), "a file where the folder should be").unwrap();
    let shell = machine.shell(ADELE, json!({}));
    machine.token(&shell).await;
    machine.run(&shell, "token.acquire", json!({"resource": "arm"})).await.unwrap();
    assert_eq!(shell.warnings(), ["CacheUnavailable"]);
    fs::remove_file(machine.folder.path().join("PIMStepUp")).unwrap();
}

#[tokio::test]
async fn what_was_removed_stays_away_though_a_session_lives_on() {
    let machine = Machine::new().await;
    let (first, second) = (machine.shell(ADELE, json!({})), machine.shell(MEGAN, json!({})));
    machine.token(&first).await;
    machine.token(&second).await;
    machine.run(&second, "cache.clear", json!({})).await.unwrap();
    machine.run(&first, "token.acquire", json!({"force": true})).await.unwrap();
    assert!(!machine.file().exists(), "the open session has stored its sign-in again");
    // Whoever signs in now is stored.
    machine.token(&machine.shell(ADELE, json!({}))).await;
    assert!(machine.file().exists());
}

#[tokio::test]
#[cfg(unix)]
async fn a_pipe_in_place_of_the_file_or_the_lock_holds_nobody_up() {
    let machine = Machine::new().await;
    fs::create_dir_all(machine.file().parent().unwrap()).unwrap();
    for name in ["sign-ins.bin", "sign-ins.bin.lock"] {
        let pipe = machine.file().with_file_name(name);
        let _ = fs::remove_file(&pipe);
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let shell = machine.shell(ADELE, json!({}));
        machine.token(&shell).await;
        assert_eq!(shell.warnings(), ["CacheUnavailable"], "{name}");
        fs::remove_file(&pipe).unwrap();
    }
}

#[tokio::test]
async fn clearing_makes_nothing_and_names_what_it_cannot_remove() {
    let machine = Machine::new().await;
    let shell = machine.shell(ADELE, json!({}));
    machine.run(&shell, "cache.clear", json!({})).await.unwrap();
    assert!(!machine.file().parent().unwrap().exists());
    fs::create_dir_all(machine.file()).unwrap();
    let error = machine.run(&shell, "cache.clear", json!({})).await.unwrap_err();
    let path = machine.file().display().to_string();
    assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some(path.as_str())));
    assert!(error.message.contains(&path) && error.hint.is_some(), "{error}");
    fs::remove_dir(machine.file()).unwrap();
}

#[tokio::test]
async fn clearing_removes_file_and_key_and_needs_a_cache() {
    let machine = Machine::new().await;
    let shell = machine.shell(ADELE, json!({}));
    machine.token(&shell).await;
    machine.run(&shell, "cache.clear", json!({})).await.unwrap();
    assert!(!machine.file().exists());
    let next = machine.shell(ADELE, json!({}));
    machine.token(&next).await;
    assert_eq!((next.pages(), next.warnings()), (1, vec![]));

    let memory = machine.shell(ADELE, json!({"cache": {"mode": "memory"}}));
    assert_eq!(machine.run(&memory, "cache.clear", json!({})).await.unwrap_err().code, ErrorCode::InvalidConfiguration);
}

#[tokio::test]
async fn another_tenant_or_cloud_finds_nothing() {
    let machine = Machine::new().await;
    machine.token(&machine.shell(ADELE, json!({}))).await;
    let elsewhere = machine.shell(ADELE, json!({"tenant": "99999999-2222-3333-4444-555555555555", "browser": {"mode": "never"}}));
    assert_eq!(machine.run(&elsewhere, "token.acquire", json!({})).await.unwrap_err().code, ErrorCode::SignInRequired);
    let other = Emulator::start(Scenario::contoso().unwrap()).await.unwrap();
    let cloud = other.session_config()["cloud"].clone();
    let elsewhere = machine.shell(ADELE, json!({"cloud": cloud, "browser": {"mode": "never"}}));
    assert_eq!(machine.run(&elsewhere, "token.acquire", json!({})).await.unwrap_err().code, ErrorCode::SignInRequired);
}
