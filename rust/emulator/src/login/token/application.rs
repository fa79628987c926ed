//! The grant `client_credentials`: an application gets a token for itself.

use serde_json::{Map, Value, json};

use super::super::demand::Demand;
use super::super::refusal::Refusal;
use super::super::request::unknown_client;
use super::super::scopes::Everything;
use super::super::tenants::Authority;
use super::client::{Party, Proof, invalid_client};
use super::{Fields, need, optional, put_lives};
use crate::journal;
use crate::scenario::Application;
use crate::state::State;
use crate::tokens::{AccessToken, Subject};

pub(super) fn client_credentials(
    state: &State,
    authority: &Authority,
    party: &Party<'_>,
    tenant: &str,
    fields: &Fields,
) -> Result<Value, Refusal> {
    let Authority::Tenant(tenant_id) = authority else {
        let message = "No tenant-identifying information found in either the request or implied by any provided credentials.";
        return Err(Refusal::invalid_request(50_059, message));
    };
    if optional(fields, "client_secret").is_none() && optional(fields, "client_assertion").is_none() {
        let message = "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.";
        return Err(invalid_client(7_000_216, message));
    }
    let application = match party {
        Party::Confidential(application) if *tenant_id == state.scenario.tenant.id => application,
        Party::Confidential(application) => return Err(unknown_client(&application.client_id, tenant)),
        // Refused for what it sent.
        Party::Public(client) => {
            party.authenticate(state, authority, tenant, fields)?;
            return Err(unknown_client(&client.client_id, tenant));
        }
    };
    let proof = party.authenticate(state, authority, tenant, fields)?;
    let resource = Everything::of(state, need(fields, "scope")?)?;
    let demand = Demand::parse(optional(fields, "claims"))?;
    issue(state, application, proof, &resource, &demand).map_err(|error| Refusal::new("server_error", 90_036, error.to_string()))
}

/// Authentication contexts are for signed-in users: whatever the claims ask for, the token has none.
fn issue(state: &State, application: &Application, proof: Proof, resource: &Everything, demand: &Demand) -> crate::Result<Value> {
    let roles = if resource.is_graph { application.permissions.clone() } else { Vec::new() };
    let (access_token, claims) = state.issue(&AccessToken {
        subject: Subject::Application { object_id: &application.object_id, roles, proof: proof.claim() },
        tenant_id: &state.scenario.tenant.id,
        client_id: &application.client_id,
        client_name: &application.display_name,
        audience: &resource.audience,
        capabilities: demand.capabilities.iter().cloned().collect(),
        life_seconds: None,
    })?;
    journal::note(|notes| notes.token_contexts = Some(Vec::new()));
    let mut answer = Map::new();
    answer.insert("token_type".to_owned(), json!("Bearer"));
    put_lives(&mut answer, &claims);
    answer.insert("access_token".to_owned(), json!(access_token));
    Ok(Value::Object(answer))
}
