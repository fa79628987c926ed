//! The agent of Azure Arc: whoever asks has to show what only an administrator of the machine can read from a file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use axum::Json;
use axum::extract::{RawQuery, State as Extract};
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::managed::{check_version, has_metadata_header, identity, parameters, token as token_of};
use super::refusal::Refusal;
use crate::error::{Error, Result};
use crate::login::random_text;
use crate::secrets::SecretKind;
use crate::state::{State, lock};

const VERSION: &str = "2020-06-01";

/// The folder of the agent's keys, and the keys that are waited for. What the emulator writes there goes when the emulator goes.
#[derive(Debug)]
pub struct KeyFolder {
    folder: PathBuf,
    /// Whether the emulator made the folder.
    own: bool,
    waiting: Mutex<BTreeSet<(PathBuf, String)>>,
}

impl KeyFolder {
    /// Uses a folder, or makes one among the temporary ones at the first key.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        let own = folder.is_none();
        let folder = folder.unwrap_or_else(|| std::env::temp_dir().join(format!("pim-emulator-{}", Uuid::new_v4())).join("tokens"));
        Self { folder, own, waiting: Mutex::default() }
    }

    /// Where the keys are.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Writes a new key: its file and its content.
    fn put(&self) -> Result<(PathBuf, String)> {
        let file = self.folder.join(format!("{}.key", Uuid::new_v4()));
        let key = random_text("");
        let failed = |source| Error::Write { path: file.display().to_string(), source };
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        std::fs::write(&file, &key).map_err(failed)?;
        lock(&self.waiting).insert((file.clone(), key.clone()));
        Ok((file, key))
    }

    /// Whether this is a key that was written, and not used yet.
    fn take(&self, shown: &str) -> bool {
        let mut waiting = lock(&self.waiting);
        let Some(found) = waiting.iter().find(|(_, key)| key == shown).cloned() else { return false };
        let _ = std::fs::remove_file(&found.0);
        waiting.remove(&found)
    }
}

impl Drop for KeyFolder {
    fn drop(&mut self) {
        for (file, _) in lock(&self.waiting).iter() {
            let _ = std::fs::remove_file(file);
        }
        if self.own {
            let _ = std::fs::remove_dir(&self.folder);
            let _ = self.folder.parent().map(std::fs::remove_dir);
        }
    }
}

/// `GET {IDENTITY_ENDPOINT}`
pub(super) async fn token(Extract(state): Extract<State>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    if !has_metadata_header(&headers) {
        return Refusal::violation("Required metadata header not specified").of_metadata_service();
    }
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_known = shown.and_then(|text| text.strip_prefix("Basic ")).is_some_and(|key| state.machine.keys.take(key));
    if !is_known {
        return challenge(&state);
    }
    match answer(&state, query.as_deref().unwrap_or_default()) {
        Ok(body) => Json(body).into_response(),
        Err(refusal) => refusal.of_metadata_service(),
    }
}

fn challenge(state: &State) -> Response {
    let (file, key) = match state.machine.keys.put() {
        Ok(made) => made,
        Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    };
    state.secrets.register(SecretKind::ArcKey, &key);
    let refusal = Refusal::lacking("unauthorized_client", "Missing Basic Authorization header").with_status(StatusCode::UNAUTHORIZED);
    let mut answer = refusal.of_metadata_service();
    if let Ok(value) = HeaderValue::from_str(&format!("Basic realm={}", file.display())) {
        answer.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    answer
}

fn answer(state: &State, query: &str) -> std::result::Result<Value, Refusal> {
    let parameters = parameters(query.as_bytes())?;
    check_version(&parameters, VERSION)?;
    if ["client_id", "object_id", "principal_id", "msi_res_id", "mi_res_id"].iter().any(|name| parameters.contains_key(*name)) {
        return Err(Refusal::violation("Azure Arc has system-assigned identities only"));
    }
    let identity = identity(state, &parameters, [&[], &[], &[]])?;
    token_of(state, identity, &parameters)
}
