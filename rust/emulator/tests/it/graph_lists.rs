//! Lists and single objects of Microsoft Graph.

use crate::tenant::{ADELE_ID, ADMINISTRATOR, Grant, MEGAN, MEGAN_ID, PLAIN, Tenant, role};
use serde_json::{Value, json};

const MINE: &str = "filterByCurrentUser(on='principal')";

fn directory(collection: &str) -> String {
    format!("/roleManagement/directory/{collection}/{MINE}")
}

#[tokio::test]
async fn eligibilities_tell_what_may_be_activated_now_and_later() {
    let tenant = Tenant::contoso().await;
    let schedules = tenant.graph(&PLAIN, "GET", &directory("roleEligibilitySchedules"), Value::Null).await;
    let instances = tenant.graph(&PLAIN, "GET", &directory("roleEligibilityScheduleInstances"), Value::Null).await;
    assert_eq!((schedules.status, instances.status), (200, 200));
    let has = |items: &[Value], name: &str| items.iter().any(|item| item["roleDefinitionId"] == role(name));
    assert!(has(schedules.items(), "Power Platform Administrator") && !has(instances.items(), "Power Platform Administrator"));
    assert_eq!(schedules.items().len(), instances.items().len() + 1);
    let exchange = instances.items().iter().find(|item| item["roleDefinitionId"] == role("Exchange Administrator")).unwrap();
    assert!(exchange["endDateTime"].is_string());
    let through_group = schedules.items().iter().find(|item| item["roleDefinitionId"] == role("Security Reader")).unwrap();
    assert_eq!(through_group["memberType"], "Group");
    assert_ne!(through_group["principalId"], ADELE_ID);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn one_entry_of_each_collection_can_be_read() {
    let tenant = Tenant::contoso().await;
    for collection in
        ["roleEligibilitySchedules", "roleEligibilityScheduleInstances", "roleAssignmentSchedules", "roleAssignmentScheduleInstances"]
    {
        let list = tenant.graph(&PLAIN, "GET", &directory(collection), Value::Null).await;
        let id = list.items()[0]["id"].as_str().unwrap();
        let one = tenant.graph(&PLAIN, "GET", &format!("/roleManagement/directory/{collection}/{id}"), Value::Null).await;
        assert_eq!((one.status, &one.body["id"]), (200, &list.items()[0]["id"]));
        let none = tenant.graph(&PLAIN, "GET", &format!("/roleManagement/directory/{collection}/{MEGAN_ID}"), Value::Null).await;
        assert_eq!((none.status, none.code()), (404, "ResourceNotFound"));
    }
    tenant.assert_no_violation();
}

#[tokio::test]
async fn pages_lead_through_the_list_on_the_same_origin() {
    let tenant = Tenant::with(|scenario| scenario.pim.behaviour.page_size = 4).await;
    let whole = tenant.graph(&PLAIN, "GET", &format!("{}?$count=true", directory("roleEligibilitySchedules")), Value::Null).await;
    let mut path = format!("{}?$select=id,roleDefinitionId&$filter=status eq 'Provisioned'&$top=3", directory("roleEligibilitySchedules"));
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let page = tenant.graph(&PLAIN, "GET", &path, Value::Null).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.items().len() <= 3);
        seen.extend(page.items().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(next) = page.body["@odata.nextLink"].as_str() else { break };
        assert!(next.starts_with(tenant.emulator.graph()));
        path = next.to_owned();
    }
    assert!(pages > 5);
    assert_eq!(json!(seen.len()), whole.body["@odata.count"]);
    seen.sort();
    seen.dedup();
    assert_eq!(json!(seen.len()), whole.body["@odata.count"]);
    tenant.assert_no_violation();

    let other = path.replace("roleEligibilitySchedules", "roleAssignmentSchedules");
    assert_eq!(tenant.graph(&PLAIN, "GET", &other, Value::Null).await.status, 400);
    tenant.assert_violation("$skiptoken");
}

#[tokio::test]
async fn filters_selections_and_expansions_of_the_clients_are_understood() {
    let tenant = Tenant::contoso().await;
    let filter = format!("roleDefinitionId eq '{}' and (status eq 'Provisioned' or status eq 'Granted')", role("Password Administrator"));
    let path =
        format!("{}?$filter={filter}&$expand=roleDefinition($select=id,displayName),principal", directory("roleEligibilitySchedules"));
    let found = tenant.graph(&PLAIN, "GET", &path, Value::Null).await;
    assert_eq!(found.items().len(), 2);
    let item = &found.items()[0];
    assert_eq!(item["roleDefinition"], json!({ "id": role("Password Administrator"), "displayName": "Password Administrator" }));
    assert_eq!(item["principal"]["displayName"], "Adele Vance");

    // The spelling of the module that is replaced.
    let path = format!("{}?$select=DirectoryScopeId,RoleDefinitionId,AssignmentType", directory("roleAssignmentSchedules"));
    let active = tenant.graph(&PLAIN, "GET", &path, Value::Null).await;
    let expected = json!({ "roleDefinitionId": role("Directory Readers"), "directoryScopeId": "/", "assignmentType": "Assigned" });
    assert_eq!(active.items(), [expected]);
    let path =
        format!("/roleManagement/directory/roleAssignments?$filter=principalId eq '{ADELE_ID}'&$select=DirectoryScopeId,RoleDefinitionId");
    assert_eq!(tenant.graph(&PLAIN, "GET", &path, Value::Null).await.items().len(), 1);
    let activated = format!("{}?$filter=assignmentType eq 'Activated'", directory("roleAssignmentScheduleInstances"));
    assert!(tenant.graph(&PLAIN, "GET", &activated, Value::Null).await.items().is_empty());
    let path =
        "/roleManagement/directory/roleDefinitions?$select=id,displayName,templateId,isBuiltIn&$filter=displayName eq 'global reader'";
    let definitions = tenant.graph(&PLAIN, "GET", path, Value::Null).await;
    assert_eq!(definitions.items()[0]["templateId"], role("Global Reader"));
    tenant.assert_no_violation();
}

#[tokio::test]
async fn what_is_not_emulated_is_refused() {
    let tenant = Tenant::contoso().await;
    let list = directory("roleEligibilitySchedules");
    for (query, part) in [
        ("$orderby=id", "$orderby"),
        ("select=id", "`select`"),
        ("$filter=createdDateTime eq '1'", "createdDateTime"),
        ("$filter=startswith(status,'P')", "startswith"),
        ("$filter=status", "status"),
        ("$expand=appScope", "appScope"),
        ("$select=nothing", "nothing"),
        ("$top=0", "$top"),
        ("$count=perhaps", "$count"),
        ("$select=id&$select=status", "twice"),
    ] {
        let reply = tenant.graph(&PLAIN, "GET", &format!("{list}?{query}"), Value::Null).await;
        assert_eq!((reply.status, reply.code()), (400, "BadRequest"), "{query}");
        tenant.assert_violation(part);
    }
    for (method, path) in [("GET", "/users"), ("DELETE", "/me"), ("PATCH", "/policies/roleManagementPolicies/1"), ("GET", "/$batch")] {
        assert_eq!(tenant.graph(&PLAIN, method, path, Value::Null).await.status, 400, "{method} {path}");
        assert!(tenant.last().violation.is_some());
    }
    let token = tenant.token(&PLAIN, pim_emulator::tokens::Audience::Graph);
    let beta = format!("{}/beta/me", tenant.emulator.graph());
    assert_eq!(tenant.send(&token, "GET", &beta, Value::Null).await.status, 400);
    tenant.assert_violation("/beta/me");
}

#[tokio::test]
async fn permissions_are_those_of_the_path() {
    let tenant = Tenant::contoso().await;
    let weak = Grant { scopes: &["User.Read"], ..PLAIN };
    let reply = tenant.graph(&weak, "GET", &directory("roleAssignmentScheduleRequests"), Value::Null).await;
    assert_eq!((reply.status, reply.code()), (403, "PermissionScopeNotGranted"));
    assert!(reply.message().starts_with("Authorization failed due to missing permission scope RoleAssignmentSchedule.ReadWrite.Directory"));
    assert_eq!(tenant.graph(&weak, "GET", "/me", Value::Null).await.body["userPrincipalName"], "adele@contoso.example");
    let reply = tenant.graph(&weak, "GET", "/roleManagement/directory/roleDefinitions", Value::Null).await;
    assert_eq!((reply.status, reply.code()), (403, "Authorization_RequestDenied"));
    // With the permission, but without a directory role that may see what others have.
    let reply = tenant.graph(&PLAIN, "GET", "/roleManagement/directory/roleEligibilitySchedules", Value::Null).await;
    assert_eq!((reply.status, reply.code()), (403, "UnauthorizedAccessException"));
    let administrator = Grant { user: MEGAN, ..PLAIN };
    let all = tenant.graph(&administrator, "GET", "/roleManagement/directory/roleEligibilitySchedules", Value::Null).await;
    assert!(all.items().len() > 20);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn an_administrator_reads_the_whole_tenant() {
    let tenant = Tenant::with(|scenario| scenario.pim.behaviour.page_size = 7).await;
    for collection in ["roleEligibilityScheduleInstances", "roleEligibilitySchedules"] {
        let first = format!("/roleManagement/directory/{collection}?$expand=roleDefinition,principal");
        let (mut path, mut seen) = (first.clone(), Vec::new());
        loop {
            let page = tenant.graph(&ADMINISTRATOR, "GET", &path, Value::Null).await;
            assert_eq!(page.status, 200, "{page:?}");
            seen.extend(page.items().to_vec());
            let Some(next) = page.body["@odata.nextLink"].as_str() else { break };
            path = next.to_owned();
        }
        assert!(seen.iter().all(|item| item["roleDefinition"]["templateId"] == item["roleDefinitionId"]));
        assert!(seen.iter().all(|item| item["principal"]["id"] == item["principalId"] && item["principal"]["displayName"].is_string()));
        let of = |id: &str| seen.iter().filter(|item| item["principalId"] == id).cloned().collect::<Vec<_>>();
        let own = of(MEGAN_ID);
        assert!(!own.is_empty() && !of(ADELE_ID).is_empty());
        let by_principal = tenant.graph(&ADMINISTRATOR, "GET", &format!("{first}&$filter=principalId eq '{MEGAN_ID}'"), Value::Null).await;
        assert_eq!(by_principal.items(), own);
        let by_role = format!("{first}&$filter=roleDefinitionId eq '{}'", own[0]["roleDefinitionId"].as_str().unwrap());
        let by_role = tenant.graph(&ADMINISTRATOR, "GET", &by_role, Value::Null).await;
        assert!(by_role.items().contains(&own[0]));
    }
    tenant.assert_no_violation();
}

#[tokio::test]
async fn policies_have_their_seventeen_rules() {
    let tenant = Tenant::contoso().await;
    let filter = format!("scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '{}'", role("Exchange Administrator"));
    let path = format!("/policies/roleManagementPolicyAssignments?$filter={filter}&$expand=policy($expand=rules)");
    let assignments = tenant.graph(&PLAIN, "GET", &path, Value::Null).await;
    let policy = &assignments.items()[0]["policy"];
    let rules = policy["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 17);
    let rule = |id: &str| rules.iter().find(|rule| rule["id"] == id).unwrap();
    assert_eq!(rule("Expiration_EndUser_Assignment")["maximumDuration"], "PT4H");
    assert_eq!(rule("AuthenticationContext_EndUser_Assignment")["claimValue"], "c1");
    assert_eq!(rule("Enablement_EndUser_Assignment")["enabledRules"], json!(["Justification"]));
    assert_eq!(rule("Approval_EndUser_Assignment")["setting"]["isApprovalRequired"], false);

    // The way of the module that is replaced: the id first, then the rules.
    let path = format!("/policies/roleManagementPolicyAssignments?$filter={filter}&$select=policyId");
    let id = tenant.graph(&PLAIN, "GET", &path, Value::Null).await.items()[0]["policyId"].as_str().unwrap().to_owned();
    assert_eq!(json!(id), policy["id"]);
    let listed = tenant.graph(&PLAIN, "GET", &format!("/policies/roleManagementPolicies/{id}/rules"), Value::Null).await;
    assert_eq!(listed.items(), rules.as_slice());
    let one = format!("/policies/roleManagementPolicies/{id}/rules/Expiration_EndUser_Assignment");
    assert_eq!(tenant.graph(&PLAIN, "GET", &one, Value::Null).await.body["maximumDuration"], "PT4H");
    let whole = tenant.graph(&PLAIN, "GET", &format!("/policies/roleManagementPolicies/{id}?$expand=rules"), Value::Null).await;
    assert_eq!(whole.body["rules"].as_array().unwrap().len(), 17);
    let older = "/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'Directory'";
    assert!(tenant.graph(&PLAIN, "GET", older, Value::Null).await.items().len() > 20);
    tenant.assert_no_violation();

    assert_eq!(tenant.graph(&PLAIN, "GET", "/policies/roleManagementPolicyAssignments", Value::Null).await.status, 400);
    tenant.assert_violation("scopeId");
}

#[tokio::test]
async fn names_and_contexts_are_found() {
    let tenant = Tenant::contoso().await;
    let unit = "2d8f6b3a-91c4-4e7d-b5a0-6c3e1f9d8a88";
    let ids = json!({ "ids": [ADELE_ID, unit, "00000000-0000-0000-0000-000000000000"] });
    let objects = tenant.graph(&PLAIN, "POST", "/directoryObjects/getByIds", ids).await;
    let names: Vec<_> = objects.items().iter().map(|item| item["displayName"].as_str().unwrap()).collect();
    assert_eq!(names, ["Adele Vance", "Sales EMEA"]);
    let users = json!({ "ids": [ADELE_ID, unit], "types": ["user"] });
    let objects = tenant.graph(&PLAIN, "POST", "/directoryObjects/microsoft.graph.getByIds", users).await;
    assert_eq!(objects.items().len(), 1);
    let path = "/identity/conditionalAccess/authenticationContextClassReferences";
    let contexts = tenant.graph(&PLAIN, "GET", path, Value::Null).await;
    assert_eq!(contexts.items()[0]["displayName"], "Require passkey");
    assert_eq!(tenant.graph(&PLAIN, "GET", &format!("{path}/c2"), Value::Null).await.body["id"], "c2");
    assert_eq!(tenant.graph(&PLAIN, "GET", &format!("{path}/c9"), Value::Null).await.status, 404);
    tenant.assert_no_violation();
    let broken = json!({ "ids": ["84b80893874940a3-97b7-68513b600544"] });
    assert_eq!(tenant.graph(&PLAIN, "POST", "/directoryObjects/getByIds", broken).await.status, 400);
    tenant.assert_violation("/ids/0");
}

#[tokio::test]
async fn answers_carry_their_ids() {
    let tenant = Tenant::contoso().await;
    let reply = tenant.graph(&PLAIN, "GET", "/roleManagement/directory/roleDefinitions/nothing", Value::Null).await;
    assert_eq!(reply.body["error"]["innerError"]["request-id"], reply.headers["request-id"].to_str().unwrap());
    assert!(reply.headers["content-type"].to_str().unwrap().starts_with("application/json;odata.metadata=minimal"));
}
