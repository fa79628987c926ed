//! A token service of one tenant that checks what it is sent, and grants as it is told.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use pim_core::auth::Authenticator;
use pim_core::claims::ClaimsRequest;
use pim_core::cloud::Cloud;
use pim_core::session::SessionConfig;
use pim_core::transport::Transport;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use url::Url;
use uuid::Uuid;

use crate::http_server;

pub const TENANT: &str = "11111111-2222-3333-4444-555555555555";
pub const OTHER_TENANT: &str = "99999999-2222-3333-4444-555555555555";
pub const ADELE: &str = "adele@contoso.example";
pub const MEGAN: &str = "megan@contoso.example";
pub const GRAPH_CLIENT: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// An answer that is given instead of the usual one.
#[derive(Default)]
pub struct Canned {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// The usual answer, but only when this has come.
    pub hold: Option<oneshot::Receiver<()>>,
    /// The usual answer, changed.
    pub change: Option<Change>,
}

type Change = Box<dyn Fn(&mut Value) + Send>;

/// How several requested contexts are granted.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Values {
    /// All, or none.
    #[default]
    All,
    /// One of them is enough.
    Any,
}

#[derive(Clone)]
struct Session {
    account: String,
    client_id: String,
    nonce: Option<String>,
    code_challenge: String,
    redirect_uri: String,
}

#[derive(Default)]
struct State {
    codes: HashMap<String, Session>,
    refresh_tokens: HashMap<String, Session>,
    canned: VecDeque<Canned>,
    /// Contexts that the user has proven, and that the service grants without asking again.
    proven: BTreeSet<String>,
    values: Values,
    opaque: bool,
    requests: Vec<BTreeMap<String, String>>,
    /// Request's index to the refresh token that it got.
    given: BTreeMap<usize, String>,
    secrets: Vec<String>,
}

#[derive(Clone)]
pub struct Service {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Service {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = Self { url: format!("http://{}", listener.local_addr().unwrap()), state: Arc::default() };
        let serving = service.clone();
        http_server::serve(listener, None, move |request| {
            let serving = serving.clone();
            async move { serving.answer(request).await }
        });
        service
    }

    /// A session of this service, with further configuration.
    pub fn authenticator(&self, more: Value) -> Authenticator {
        let mut config = json!({
            "cloud": {"name": "Test", "login": self.url, "graph": "https://graph.example", "arm": "https://arm.example"},
            "tenant": TENANT,
            "browser": {"mode": "show"},
            "timeouts": {"signInSeconds": 60, "throttleSeconds": 5},
        });
        for (name, value) in more.as_object().unwrap() {
            config[name] = value.clone();
        }
        let config: SessionConfig = serde_json::from_value(config).unwrap();
        let cloud = Cloud::resolve(config.cloud.as_ref().unwrap()).unwrap();
        Authenticator::new(&config, &cloud, Transport::new(&config).unwrap()).unwrap()
    }

    /// Requests to the token endpoint so far.
    pub fn requests(&self) -> Vec<BTreeMap<String, String>> {
        self.lock().requests.clone()
    }

    /// The user passes these contexts' policies from now on without being asked.
    pub fn prove(&self, contexts: &[&str]) {
        self.lock().proven.extend(contexts.iter().map(ToString::to_string));
    }

    pub fn forget_proofs(&self) {
        self.lock().proven.clear();
    }

    pub fn set_values(&self, values: Values) {
        self.lock().values = values;
    }

    pub fn issue_opaque_tokens(&self) {
        self.lock().opaque = true;
    }

    pub fn answer_next(&self, canned: Canned) {
        self.lock().canned.push_back(canned);
    }

    /// The next answer is the usual one, changed.
    pub fn change_next(&self, change: impl Fn(&mut Value) + Send + 'static) {
        self.answer_next(Canned { change: Some(Box::new(change)), ..Canned::default() });
    }

    pub fn refuse_next(&self, error: &str, description: &str, more: &Value) {
        let mut body = json!({"error": error, "error_description": description});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.answer_next(Canned { status: 400, body: body.to_string(), ..Canned::default() });
    }

    /// The next answer waits until the sender is used or dropped.
    pub fn hold_next(&self) -> oneshot::Sender<()> {
        let (release, hold) = oneshot::channel();
        self.answer_next(Canned { hold: Some(hold), ..Canned::default() });
        release
    }

    /// The refresh token that the request of this index got.
    pub fn refresh_token_of(&self, index: usize) -> String {
        self.lock().given[&index].clone()
    }

    /// Every code and token given out so far.
    pub fn secrets(&self) -> Vec<String> {
        self.lock().secrets.clone()
    }

    /// What the page does when a user signs in: proves what was asked, and gives a code.
    pub fn sign_in(&self, authorize: &Url, account: &str) -> String {
        let query: HashMap<String, String> = authorize.query_pairs().into_owned().collect();
        for (name, expected) in [("response_type", "code"), ("code_challenge_method", "S256"), ("client_info", "1")] {
            assert_eq!(query[name], expected, "{name}");
        }
        for scope in ["openid", "profile", "offline_access"] {
            assert!(query["scope"].split(' ').any(|asked| asked == scope), "{scope}");
        }
        let claims = ClaimsRequest::parse(&query["claims"]).unwrap();
        assert_eq!(claims, claims.with_capability(), "cp1 is declared");
        assert!(query["state"].len() >= 43 && query["nonce"].len() >= 43 && query["code_challenge"].len() == 43);
        let code = secret("code");
        let mut state = self.lock();
        state.proven.extend(claims.contexts());
        state.secrets.push(code.clone());
        let session = Session {
            account: account.to_owned(),
            client_id: query["client_id"].clone(),
            nonce: Some(query["nonce"].clone()),
            code_challenge: query["code_challenge"].clone(),
            redirect_uri: query["redirect_uri"].clone(),
        };
        state.codes.insert(code.clone(), session);
        code
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        assert!(request.uri().path().ends_with("/oauth2/v2.0/token"), "{}", request.uri());
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let form: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
        let (index, canned) = {
            let mut state = self.lock();
            state.requests.push(form.clone());
            (state.requests.len() - 1, state.canned.pop_front())
        };
        let mut canned = canned.unwrap_or_default();
        if let Some(hold) = canned.hold.take() {
            let _ = hold.await;
        }
        if canned.status == 0 {
            let (status, mut body) = self.grant(&form);
            if let Some(token) = body["refresh_token"].as_str() {
                self.lock().given.insert(index, token.to_owned());
            }
            if let Some(change) = &canned.change {
                change(&mut body);
            }
            return reply(status, &[], body.to_string());
        }
        reply(StatusCode::from_u16(canned.status).unwrap(), &canned.headers, canned.body)
    }

    fn grant(&self, form: &BTreeMap<String, String>) -> (StatusCode, Value) {
        let mut state = self.lock();
        let session = match form["grant_type"].as_str() {
            "authorization_code" => state.codes.remove(&form["code"]).filter(|session| {
                let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
                proof == session.code_challenge && form["redirect_uri"] == session.redirect_uri
            }),
            "refresh_token" => state.refresh_tokens.get(&form["refresh_token"]).cloned(),
            other => panic!("{other}"),
        };
        let Some(session) = session.filter(|session| session.client_id == form["client_id"]) else {
            return (StatusCode::BAD_REQUEST, json!({"error": "invalid_grant", "error_description": "AADSTS70000: no such grant"}));
        };
        let asked: BTreeSet<String> = contexts(form).into_iter().collect();
        let granted: BTreeSet<String> = asked.intersection(&state.proven).cloned().collect();
        let enough = granted.len() == asked.len() || (state.values == Values::Any && !granted.is_empty());
        if !enough {
            let missing: Vec<_> = asked.difference(&granted).collect();
            let claims = json!({"access_token": {"acrs": {"essential": true, "values": missing}}}).to_string();
            let error = json!({"error": "interaction_required", "suberror": "basic_action", "claims": claims,
                               "error_description": "AADSTS50076: a stronger sign-in is needed"});
            return (StatusCode::BAD_REQUEST, error);
        }
        let (access, refresh) = (access_token(&session, &granted, state.opaque), secret("refresh"));
        let id = jwt(&id_claims(&self.url, &session));
        state.secrets.extend([access.clone(), refresh.clone(), id.clone()]);
        let answer = json!({
            "token_type": "Bearer", "expires_in": "3600", "ext_expires_in": 3600, "scope": form["scope"],
            "access_token": access, "refresh_token": refresh, "id_token": id,
            "client_info": URL_SAFE_NO_PAD.encode(json!({"uid": object_id(&session.account), "utid": TENANT}).to_string()),
        });
        state.refresh_tokens.insert(refresh, Session { nonce: None, ..session });
        (StatusCode::OK, answer)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

pub fn contexts(form: &BTreeMap<String, String>) -> Vec<String> {
    let claims = ClaimsRequest::parse(&form["claims"]).unwrap();
    assert_eq!(claims, claims.with_capability(), "cp1 is declared");
    claims.contexts().into_iter().collect()
}

pub fn object_id(account: &str) -> String {
    let digest = Sha256::digest(account);
    Uuid::from_slice(&digest[..16]).unwrap().to_string()
}

pub fn jwt(claims: &Value) -> String {
    format!("e30.{}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()), secret("signature"))
}

fn secret(kind: &str) -> String {
    format!("{kind}-{}", Uuid::new_v4().simple())
}

fn access_token(session: &Session, contexts: &BTreeSet<String>, opaque: bool) -> String {
    if opaque {
        return secret("opaque");
    }
    jwt(
        &json!({"oid": object_id(&session.account), "tid": TENANT, "acrs": contexts, "amr": ["pwd"], "xms_cc": ["CP1"], "iat": 1_700_000_000}),
    )
}

fn id_claims(issuer: &str, session: &Session) -> Value {
    json!({
        "iss": format!("{issuer}/{TENANT}/v2.0"), "aud": session.client_id, "exp": 4_000_000_000_u64, "nonce": session.nonce, "tid": TENANT,
        "oid": object_id(&session.account), "preferred_username": session.account, "name": "A Name",
    })
}

fn reply(status: StatusCode, headers: &[(&'static str, String)], body: String) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    response.body(Full::from(body)).unwrap()
}
