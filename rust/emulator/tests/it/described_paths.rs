//! Every path that the official descriptions have is served, and answered as they say.

use pim_emulator::Scenario;
use pim_emulator::scenario::pim::Grant as RoleGrant;
use serde_json::{Value, json};

use crate::tenant::{
    ADELE, ADELE_ID, ADMINISTRATOR, ARM, DEVELOPMENT, GRAPH, Grant, PLAIN, REQUESTS, Tenant, activation, azure_activation, azure_request,
    azure_role,
};

fn generous(scenario: &mut Scenario) {
    let reader = RoleGrant { principal: ADELE.to_owned(), role: "Global Reader".to_owned(), ..RoleGrant::default() };
    scenario.pim.directory_assignments.push(reader);
    scenario.pim.behaviour.provisioning_reads = 0;
    scenario.pim.behaviour.provisioning_seconds = 0;
}

/// The first entry of a list that isn't empty.
fn first<'a>(value: &'a Value, path: &str) -> &'a Value {
    value["value"].get(0).unwrap_or_else(|| panic!("{path} is empty"))
}

/// The path with the filter that the service insists on.
fn filtered(path: &str) -> String {
    let filter = match path.rsplit('/').next() {
        Some("roleManagementPolicies" | "roleManagementPolicyAssignments") => "scopeId eq '/' and scopeType eq 'DirectoryRole'".to_owned(),
        _ if path.contains("/privilegedAccess/group/") => format!("principalId eq '{ADELE_ID}'"),
        _ => return path.to_owned(),
    };
    format!("{path}?$filter={filter}")
}

#[tokio::test]
async fn microsoft_graph() {
    let tenant = Tenant::with(generous).await;
    assert_eq!(tenant.graph(&PLAIN, "POST", REQUESTS, activation("Reports Reader")).await.status, 201);
    let reader = Grant { scopes: ADMINISTRATOR.scopes, ..PLAIN };
    let templates = GRAPH.templates("get");
    assert!(templates.len() > 20);
    for template in templates {
        let mut path = String::new();
        for segment in template.split('/').skip(1) {
            if !segment.starts_with('{') {
                path.push('/');
                path.push_str(&segment.replace("{on}", "principal"));
                continue;
            }
            // The id comes from the list above.
            let list = tenant.graph(&reader, "GET", &filtered(&path), Value::Null).await;
            path = format!("{path}/{}", first(&list.body, &path)["id"].as_str().unwrap());
        }
        let reply = tenant.graph(&reader, "GET", &filtered(&path), Value::Null).await;
        assert_eq!(reply.status, 200, "{template}: {reply:?}");
    }
    tenant.assert_no_violation();
}

#[tokio::test]
async fn azure_resource_manager() {
    let tenant = Tenant::with(generous).await;
    let request = azure_request(DEVELOPMENT, "0f2d9b1c-7a34-4c58-8e6b-1d3f5a7c9e21");
    assert_eq!(tenant.arm(&PLAIN, "PUT", &request, azure_activation("Contributor", DEVELOPMENT)).await.status, 201);
    let order =
        format!("{DEVELOPMENT}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/5c1f8d2e-3b46-4a97-9c05-7e2d4f6a8b13");
    let body = json!({ "properties": {
        "requestType": "AdminAssign",
        "principalId": ADELE_ID,
        "roleDefinitionId": format!("{DEVELOPMENT}/providers/Microsoft.Authorization/roleDefinitions/{}", azure_role("Owner")),
        "scheduleInfo": { "expiration": { "type": "NoExpiration" } },
    } });
    assert_eq!(tenant.arm(&ADMINISTRATOR, "PUT", &format!("{order}?api-version=2020-10-01"), body).await.status, 201);
    let templates = ARM.templates("get");
    assert!(templates.len() > 10);
    for template in templates {
        let version = if template.contains("roleDefinitions") { "2022-04-01" } else { "2020-10-01" };
        let path = template.replacen("/{scope}", DEVELOPMENT, 1);
        let segments: Vec<_> = path.split('/').collect();
        let named = segments.last().unwrap().starts_with('{');
        let list = if named { segments[..segments.len() - 1].join("/") } else { path.clone() };
        let filter = if list.contains("Schedule") { "&$filter=asTarget()" } else { "" };
        let all = tenant.arm(&PLAIN, "GET", &format!("{list}?api-version={version}{filter}"), Value::Null).await;
        assert_eq!(all.status, 200, "{template}: {all:?}");
        if named {
            let name = first(&all.body, &list)["name"].as_str().unwrap();
            let one = tenant.arm(&PLAIN, "GET", &format!("{list}/{name}?api-version={version}"), Value::Null).await;
            assert_eq!((one.status, &one.body["name"]), (200, &all.body["value"][0]["name"]), "{template}");
        }
    }
    tenant.assert_no_violation();
}
