//! What an application's own token may do at Microsoft Graph and Azure Resource Manager.

use pim_emulator::tokens::Audience;
use serde_json::{Value, json};

use crate::tenant::{ADELE_ID, ADMINISTRATOR, REQUESTS, Tenant, activation, azure_activation, azure_request, azure_role};

const AUTOMATION: &str = "d1a7c5e3-2f4b-4d68-9c0a-7e5b3d1f9a47";
const AUTOMATION_PRINCIPAL: &str = "e2b8d6f4-3a5c-4e79-8d1b-8f6c4e2a0b58";
const SANDBOX: &str = "/providers/Microsoft.Management/managementGroups/contoso-sandbox";
const EXPERIMENTS: &str = "/subscriptions/b4d9f601-8e25-4b73-8a04-1f6e7d3c9023";
const PRODUCTION: &str = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";

fn tokens(tenant: &Tenant) -> (String, String) {
    let token = |audience| tenant.emulator.application_token(AUTOMATION, audience).unwrap();
    (token(Audience::Graph), token(Audience::Arm))
}

#[tokio::test]
async fn graph_asks_for_application_permissions_and_shows_everybody() {
    let tenant = Tenant::contoso().await;
    let (token, _) = tokens(&tenant);
    let get = async |path: &str| tenant.graph_with(&token, "GET", path, Value::Null).await;
    let all = get("/roleManagement/directory/roleEligibilitySchedules").await;
    let principals: std::collections::BTreeSet<_> = all.items().iter().map(|item| item["principalId"].as_str().unwrap()).collect();
    assert!(all.status == 200 && principals.len() > 2, "{all:?}");
    let id = all.items()[0]["id"].as_str().unwrap();
    assert_eq!(get(&format!("/roleManagement/directory/roleEligibilitySchedules/{id}")).await.status, 200);
    assert_eq!(get("/identity/conditionalAccess/authenticationContextClassReferences").await.status, 200);
    let of_group =
        "/identityGovernance/privilegedAccess/group/eligibilitySchedules?$filter=groupId eq 'd72eeff6-6729-4fbe-9c09-f09dd70e6d2d'";
    assert_eq!(get(of_group).await.status, 200);
    let entry = tenant.last();
    assert_eq!((entry.user, entry.client.as_deref()), (None, Some(AUTOMATION)));

    let me = get("/me").await;
    assert_eq!((me.status, me.message()), (400, "/me request is only valid with delegated authentication flow."));
    let mine = get("/roleManagement/directory/roleEligibilitySchedules/filterByCurrentUser(on='principal')").await;
    assert_eq!((mine.status, mine.code()), (403, "UnauthorizedAccessException"));

    // Contoso agreed to no permission for this one.
    let tenant = Tenant::with(|scenario| scenario.applications[0].permissions.retain(|name| name == "Directory.Read.All")).await;
    let (token, _) = tokens(&tenant);
    let refused = tenant.graph_with(&token, "GET", "/roleManagement/directory/roleEligibilitySchedules", Value::Null).await;
    assert_eq!((refused.status, refused.code()), (403, "PermissionScopeNotGranted"));
}

#[tokio::test]
async fn an_application_activates_nothing_for_itself_or_others() {
    let tenant = Tenant::contoso().await;
    let (graph, arm) = tokens(&tenant);
    let mut own = activation("Global Reader");
    for principal in [ADELE_ID, AUTOMATION_PRINCIPAL] {
        own["principalId"] = json!(principal);
        let refused = tenant.graph_with(&graph, "POST", REQUESTS, own.clone()).await;
        assert_eq!((refused.status, refused.code()), (403, "UnauthorizedAccessException"), "no challenge, whatever the policy wants");
        let mut body = azure_activation("Reader", PRODUCTION);
        body["properties"]["principalId"] = json!(principal);
        let refused = tenant.arm_with(&arm, "PUT", &azure_request(PRODUCTION, &uuid::Uuid::new_v4().to_string()), body).await;
        assert_eq!((refused.status, refused.code()), (403, "UnauthorizedAccessException"));
    }
}

#[tokio::test]
async fn azure_resource_manager_goes_by_the_roles_of_the_service_principal() {
    let tenant = Tenant::with(|scenario| scenario.pim.behaviour.arm_requires_mfa = true).await;
    let (_, token) = tokens(&tenant);
    let list = |scope: &str| format!("{scope}/providers/Microsoft.Authorization/roleEligibilitySchedules?api-version=2020-10-01");
    assert_eq!(tenant.arm_with(&token, "GET", &list(EXPERIMENTS), Value::Null).await.status, 200);
    let refused = tenant.arm_with(&token, "GET", &list(PRODUCTION), Value::Null).await;
    assert_eq!((refused.status, refused.code()), (403, "AuthorizationFailed"));
    let subscriptions = tenant.arm_with(&token, "GET", "/subscriptions?api-version=2022-12-01", Value::Null).await;
    let seen: Vec<_> = subscriptions.items().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(seen, [EXPERIMENTS]);

    // A write, although the tenant demands a second factor of users.
    let request = format!(
        "{EXPERIMENTS}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/{}?api-version=2020-10-01",
        uuid::Uuid::new_v4()
    );
    let body = json!({ "properties": {
        "principalId": ADELE_ID,
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{}", azure_role("Reader")),
        "requestType": "AdminAssign",
        "justification": "a rehearsal",
        "scheduleInfo": { "expiration": { "type": "AfterDuration", "duration": "P30D" } },
    } });
    let created = tenant.arm_with(&token, "PUT", &request, body).await;
    assert_eq!(created.status, 201, "{created:?}");
    tenant.assert_no_violation();

    let assignments = format!("{SANDBOX}/providers/Microsoft.Authorization/roleAssignmentSchedules?api-version=2020-10-01");
    let own = tenant.arm(&ADMINISTRATOR, "GET", &assignments, Value::Null).await;
    let own = own.items().iter().find(|item| item["properties"]["principalId"] == AUTOMATION_PRINCIPAL).unwrap();
    assert_eq!(own["properties"]["principalType"], "ServicePrincipal");
    assert_eq!(own["properties"]["expandedProperties"]["principal"]["displayName"], "Contoso Automation");
}

#[tokio::test]
async fn the_directory_knows_service_principals() {
    let tenant = Tenant::contoso().await;
    let grant = crate::tenant::Grant { scopes: &["Application.Read.All", "Directory.Read.All"], ..ADMINISTRATOR };
    let body = json!({ "ids": [AUTOMATION_PRINCIPAL], "types": ["servicePrincipal"] });
    let found = tenant.graph(&grant, "POST", "/directoryObjects/getByIds", body).await;
    assert_eq!(found.status, 200, "{found:?}");
    let item = &found.items()[0];
    assert_eq!((item["@odata.type"].as_str(), item["appId"].as_str()), (Some("#microsoft.graph.servicePrincipal"), Some(AUTOMATION)));
}
