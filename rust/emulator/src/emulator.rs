//! Starting, asking and stopping an emulator.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::control;
use crate::error::{Error, Result};
use crate::faults::{Fault, Faults};
use crate::journal::{Journal, JournalEntry};
use crate::login::Login;
use crate::machine::{Federated, KeyFolder, Machine};
use crate::pim::Directory;
use crate::scenario::Scenario;
use crate::secrets::{IssuedSecret, Leak, Secrets};
use crate::server::{Listeners, serve};
use crate::service::{Service, observed};
use crate::state::{Inner, Origins, State};
use crate::tls::{CertificateFile, Tls};
use crate::tokens::{AccessToken, Audience, CriticalEvent, Subject, Tokens};
use crate::{Robot, arm, graph, login, machine};

/// Where and how the services listen. Port 0 takes a free one.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// https instead of http, with a certificate made at the start.
    pub tls: bool,
    /// Port of the token service.
    pub login_port: u16,
    /// Port of Microsoft Graph.
    pub graph_port: u16,
    /// Port of Azure Resource Manager.
    pub arm_port: u16,
    /// Port of the machine's own endpoints.
    pub machine_port: u16,
    /// Port of the control API.
    pub control_port: u16,
    /// Where Azure Arc puts its keys; a temporary folder of its own if absent.
    pub arc_key_folder: Option<PathBuf>,
}

/// A running emulator. It stops when it is dropped; [`Emulator::stop`] also waits until its ports are closed.
pub struct Emulator {
    state: State,
    stop: watch::Sender<bool>,
    services: JoinSet<()>,
    certificate: Option<CertificateFile>,
}

impl Emulator {
    /// Starts the services on free ports, over http.
    ///
    /// # Errors
    /// A contradictory scenario, and a machine that gives no ports.
    pub async fn start(scenario: Scenario) -> Result<Self> {
        Self::start_with(scenario, Options::default()).await
    }

    /// Starts the services.
    ///
    /// # Errors
    /// A contradictory scenario, a port that is taken, a certificate that cannot be made or written.
    pub async fn start_with(scenario: Scenario, options: Options) -> Result<Self> {
        scenario.check()?;
        let tls = if options.tls { Some(Tls::make()?) } else { None };
        let scheme = if options.tls { "https" } else { "http" };
        let [login_at, graph_at, arm_at, machine_at, control_at] = [
            Listeners::open(options.login_port).await?,
            Listeners::open(options.graph_port).await?,
            Listeners::open(options.arm_port).await?,
            Listeners::open(options.machine_port).await?,
            Listeners::open(options.control_port).await?,
        ];
        let origin = |listeners: &Listeners| format!("{scheme}://localhost:{}", listeners.port);
        let origins = Origins {
            login: origin(&login_at),
            graph: origin(&graph_at),
            arm: origin(&arm_at),
            machine: format!("http://localhost:{}", machine_at.port),
            control: origin(&control_at),
        };
        let clock = Clock::default();
        let state = State::new(Inner {
            directory: Directory::new(&scenario, clock.now())?,
            login: Login::default(),
            machine: Machine::new(KeyFolder::new(options.arc_key_folder)),
            tokens: Tokens::new()?,
            journal: Journal::default(),
            faults: Faults::default(),
            secrets: Secrets::of(&scenario),
            started: clock.now(),
            clock,
            origins,
            scenario,
        });

        let (stop, stopped) = watch::channel(false);
        let mut services = JoinSet::new();
        let acceptor = tls.as_ref().map(|tls| tls.acceptor.clone());
        for (listeners, router) in [
            (login_at, observed(Service::Login, state.clone(), login::router(state.clone()))),
            (graph_at, observed(Service::Graph, state.clone(), graph::router(state.clone()))),
            (arm_at, observed(Service::Arm, state.clone(), arm::router(state.clone()))),
            (control_at, control::router(state.clone())),
        ] {
            services.spawn(serve(listeners, router, acceptor.clone(), stopped.clone()));
        }
        let router = observed(Service::Machine, state.clone(), machine::router(state.clone()));
        services.spawn(serve(machine_at, router, None, stopped.clone()));
        Ok(Self { state, stop, services, certificate: tls.map(|tls| tls.certificate) })
    }

    /// Origin of the token service, such as `http://localhost:49152`.
    #[must_use]
    pub fn login(&self) -> &str {
        &self.state.origins.login
    }

    /// Origin of Microsoft Graph.
    #[must_use]
    pub fn graph(&self) -> &str {
        &self.state.origins.graph
    }

    /// Origin of Azure Resource Manager.
    #[must_use]
    pub fn arm(&self) -> &str {
        &self.state.origins.arm
    }

    /// Origin of the machine's own endpoints.
    #[must_use]
    pub fn machine(&self) -> &str {
        &self.state.origins.machine
    }

    /// The environment variables by which a script finds out where it runs, for each kind of machine: an object of objects.
    #[must_use]
    pub fn environments(&self) -> Value {
        machine::environments(&self.state)
    }

    /// Where Azure Arc puts its keys.
    #[must_use]
    pub fn arc_key_folder(&self) -> &Path {
        self.state.machine.keys().path()
    }

    /// A token of an issuer outside, as the file of a Kubernetes pod holds one.
    ///
    /// # Errors
    /// A signing key that fails.
    pub fn federated_token(&self, token: &Federated) -> Result<String> {
        machine::mint(&self.state, token)
    }

    /// Origin of the control API.
    #[must_use]
    pub fn control(&self) -> &str {
        &self.state.origins.control
    }

    /// The PEM file that clients have to trust, with TLS.
    #[must_use]
    pub fn certificate_file(&self) -> Option<&Path> {
        self.certificate.as_ref().map(CertificateFile::path)
    }

    /// Everything that the services share.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The emulator's time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.state.clock
    }

    /// What was asked and answered so far.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.state.journal.entries()
    }

    /// Lets a service misbehave.
    pub fn inject(&self, fault: Fault) {
        self.state.faults.inject(fault);
    }

    /// Lets every answer of a service take this much longer.
    pub fn delay(&self, service: Service, delay: Duration) {
        self.state.faults.delay(service, delay);
    }

    /// All secrets that were handed out.
    #[must_use]
    pub fn issued_secrets(&self) -> Vec<IssuedSecret> {
        self.state.secrets.all()
    }

    /// Those of them that stand in a text, in whatever form.
    #[must_use]
    pub fn find_secrets(&self, text: &str) -> Vec<Leak> {
        self.state.secrets.find(text)
    }

    /// Ends all sessions of a user: refresh tokens die, and tokens of clients that declared `cp1` are challenged.
    /// `false` when the scenario has no such user.
    pub fn revoke(&self, user_principal_name: &str) -> bool {
        login::happen(&self.state, user_principal_name, CriticalEvent::Revoked)
    }

    /// Lets Graph and Azure Resource Manager challenge all tokens that the user's clients have got so far, if they declared `cp1`. `false` when
    /// the scenario has no such user.
    pub fn challenge(&self, user_principal_name: &str, event: CriticalEvent) -> bool {
        login::happen(&self.state, user_principal_name, event)
    }

    /// An access token without a sign-in, for a client that declares `cp1`: with every permission that the emulator knows, and with a
    /// passkey's methods where contexts are given. For tests of Graph and Azure Resource Manager alone.
    ///
    /// # Errors
    /// A user that the scenario does not have.
    pub fn access_token(&self, user_principal_name: &str, audience: Audience, contexts: &[&str]) -> Result<String> {
        let scenario = &self.state.scenario;
        let missing = |problem: &str| Error::Scenario { place: "users".to_owned(), problem: problem.to_owned() };
        let user = scenario.user(user_principal_name).ok_or_else(|| missing("no such user"))?;
        let client = scenario.clients.first().ok_or_else(|| missing("no client"))?;
        let (audience, scopes) = match audience {
            Audience::Graph => (self.graph(), login::GRAPH_SCOPES),
            Audience::Arm => (self.arm(), login::ARM_SCOPES),
        };
        let methods: &[&str] = if contexts.is_empty() { &["pwd"] } else { &["fido", "mfa"] };
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let token = AccessToken {
            subject: Subject::User {
                user,
                scopes: owned(scopes),
                contexts: owned(contexts),
                methods: owned(methods),
                session: "none".to_owned(),
            },
            tenant_id: &scenario.tenant.id,
            client_id: &client.client_id,
            client_name: &client.display_name,
            audience,
            capabilities: owned(&["cp1"]),
            life_seconds: None,
        };
        Ok(self.state.issue(&token)?.0)
    }

    /// An access token that an application of the scenario gets for itself, without asking for it. For tests of Graph and Azure Resource
    /// Manager alone.
    ///
    /// # Errors
    /// An application that the scenario does not have.
    pub fn application_token(&self, client_id: &str, audience: Audience) -> Result<String> {
        let scenario = &self.state.scenario;
        let missing = || Error::Scenario { place: "applications".to_owned(), problem: format!("there is no `{client_id}`") };
        let application = scenario.application(client_id).ok_or_else(missing)?;
        let (audience, roles) = match audience {
            Audience::Graph => (self.graph(), application.permissions.clone()),
            Audience::Arm => (self.arm(), Vec::new()),
        };
        let token = AccessToken {
            subject: Subject::Application { object_id: &application.object_id, roles, proof: "1" },
            tenant_id: &scenario.tenant.id,
            client_id: &application.client_id,
            client_name: &application.display_name,
            audience,
            capabilities: vec!["cp1".to_owned()],
            life_seconds: None,
        };
        Ok(self.state.issue(&token)?.0)
    }

    /// A scripted browser for this user, with a passkey of its own.
    #[must_use]
    pub fn robot(&self, user_principal_name: &str) -> Robot {
        Robot::new(user_principal_name).trusting(self.certificate_file())
    }

    /// A session configuration for the core, with the sign-in page only shown: whoever reads the prompt opens it, for example
    /// with [`Emulator::robot`].
    #[must_use]
    pub fn session_config(&self) -> Value {
        let origins = &self.state.origins;
        let mut config = json!({
            "cloud": { "name": "Emulator", "login": origins.login, "graph": origins.graph, "arm": origins.arm },
            "tenant": self.state.scenario.tenant.id,
            "browser": { "mode": "show" },
        });
        if let (Some(file), Some(members)) = (self.certificate_file(), config.as_object_mut()) {
            members.insert("trustedRootsFile".to_owned(), json!(file));
        }
        config
    }

    /// Stops the services and waits until their ports are closed.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.services.join_next().await.is_some() {}
    }
}
