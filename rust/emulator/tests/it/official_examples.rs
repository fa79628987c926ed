//! The examples that Microsoft publishes: their requests are accepted, and what they answer with is answered here too.

use crate::tenant::{ADELE, PLAIN, Tenant};
use pim_emulator::Scenario;
use pim_emulator::scenario::pim::{Grant as RoleGrant, Policy, ResourceRole, ResourceScope};
use serde_json::{Value, json};

const GRAPH: &str = include_str!("../data/graph.examples.json");
const ARM: &str = include_str!("../data/arm.examples.json");

fn read(text: &str) -> Value {
    serde_json::from_str::<Value>(text).unwrap()["examples"].take()
}

/// Members of the published object that ours lacks.
fn missing(published: &Value, ours: &Value, place: &str) -> Vec<String> {
    match (published, ours) {
        (Value::Object(published), Value::Object(ours)) => published
            .iter()
            // Lists by function repeat the type of each entry in some examples, which the service's metadata level doesn't ask for.
            .filter(|(name, _)| !name.starts_with("@odata"))
            .flat_map(|(name, member)| {
                let place = format!("{place}/{name}");
                ours.get(name).map_or_else(|| vec![place.clone()], |own| missing(member, own, &place))
            })
            .collect(),
        (Value::Array(published), Value::Array(ours)) => match (published.first(), ours.first()) {
            (Some(published), Some(ours)) => missing(published, ours, place),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn lists_of_microsoft_graph_have_the_published_members() {
    let tenant = Tenant::with(|scenario| {
        let reader = RoleGrant { principal: ADELE.to_owned(), role: "Global Reader".to_owned(), ..RoleGrant::default() };
        scenario.pim.directory_assignments.push(reader);
        scenario.pim.behaviour.provisioning_reads = 0;
        scenario.pim.behaviour.provisioning_seconds = 0;
    })
    .await;
    assert_eq!(tenant.graph(&PLAIN, "POST", crate::tenant::REQUESTS, crate::tenant::activation("Reports Reader")).await.status, 201);
    let mut compared = 0;
    for example in read(GRAPH).as_array().unwrap() {
        let url = example["request"]["url"].as_str().unwrap();
        let path = url.strip_prefix("https://graph.microsoft.com/v1.0").unwrap();
        let published = &example["response"]["body"];
        if example["request"]["method"] != "GET"
            || published["value"].as_array().is_none_or(Vec::is_empty)
            || path.contains("/roleManagementPolicies/")
        {
            continue;
        }
        // The published group isn't in the tenant, and eligibility requests are not part of the emulator.
        if path.contains("'Group'") || path.contains("EligibilityScheduleRequests") {
            continue;
        }
        let reply = tenant.graph(&PLAIN, "GET", path, Value::Null).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        assert!(!reply.items().is_empty(), "{path}");
        let missing = missing(&published["value"][0], &reply.items()[0], "");
        assert!(missing.is_empty(), "{path} lacks {missing:?}");
        compared += 1;
    }
    assert!(compared >= 10, "only {compared} examples were compared");
    tenant.assert_no_violation();
}

#[tokio::test]
async fn bodies_for_microsoft_graph_are_accepted() {
    let tenant = Tenant::contoso().await;
    let mut sent = 0;
    for example in read(GRAPH).as_array().unwrap() {
        let url = example["request"]["url"].as_str().unwrap();
        // The ids in the published example of getByIds are malformed.
        if example["request"]["method"] != "POST" || url.ends_with("getByIds") || url.ends_with("cancel") {
            continue;
        }
        let path = url.strip_prefix("https://graph.microsoft.com/v1.0").unwrap();
        let reply = tenant.graph(&PLAIN, "POST", path, example["request"]["body"].clone()).await;
        // They order for somebody else, so the order is understood and refused.
        assert_eq!((reply.status, reply.code()), (403, "UnauthorizedAccessException"), "{path}: {reply:?}");
        sent += 1;
    }
    assert!(sent >= 2, "only {sent} examples were sent");
    tenant.assert_no_violation();
}

#[tokio::test]
async fn the_published_activation_of_microsoft_graph_works() {
    let examples = read(GRAPH);
    let is_meant = |example: &&Value| example["request"]["body"]["action"] == "selfActivate";
    let example = examples.as_array().unwrap().iter().find(is_meant).unwrap();
    let body = &example["request"]["body"];
    let id = |name: &str| body[name].as_str().unwrap().to_owned();
    let tenant = Tenant::with(|scenario| {
        scenario.users[0].object_id = id("principalId");
        let role = scenario.pim.directory_roles.iter_mut().find(|role| role.display_name == "Reports Reader").unwrap();
        role.id = id("roleDefinitionId");
    })
    .await;
    let path = example["request"]["url"].as_str().unwrap().strip_prefix("https://graph.microsoft.com/v1.0").unwrap();
    let reply = tenant.graph(&PLAIN, "POST", path, body.clone()).await;
    assert_eq!(reply.status, example["response"]["status"].as_u64().unwrap() as u16, "{reply:?}");
    assert_eq!(missing(&example["response"]["body"], &reply.body, ""), Vec::<String>::new());
    for name in ["action", "principalId", "roleDefinitionId", "directoryScopeId", "justification", "ticketInfo", "isValidationOnly"] {
        assert_eq!(reply.body[name], example["response"]["body"][name], "{name}");
    }
    tenant.assert_no_violation();
}

/// Contoso with the subscription, role, user and eligibility of the published activation.
fn with_published_activation(scenario: &mut Scenario, example: &Value) {
    let properties = &example["parameters"]["parameters"]["properties"];
    let text = |name: &str| properties[name].as_str().unwrap().to_owned();
    let subscription = example["responses"]["201"]["body"]["properties"]["scope"].as_str().unwrap();
    scenario.users[0].object_id = text("principalId");
    let place = ResourceScope { id: subscription.to_owned(), display_name: "Pay-As-You-Go".to_owned(), parent: None, disabled: false };
    scenario.pim.resource_scopes.push(place);
    let role = text("roleDefinitionId").rsplit('/').next().unwrap().to_owned();
    let role = ResourceRole { id: role, display_name: "Published".to_owned(), description: String::new(), is_built_in: true };
    scenario.pim.resource_roles.push(role);
    let eligible = RoleGrant {
        principal: ADELE.to_owned(),
        role: "Published".to_owned(),
        scope: Some(subscription.to_owned()),
        id: Some(text("linkedRoleEligibilityScheduleId")),
        ..RoleGrant::default()
    };
    scenario.pim.resource_eligibilities.push(eligible);
    let policy = Policy { justification: false, ..Policy::default() };
    scenario.pim.resource_policies.push(pim_emulator::scenario::pim::ResourcePolicy {
        scope: subscription.to_owned(),
        role: "Published".to_owned(),
        policy,
    });
}

fn address(example: &Value, rest: &str) -> String {
    let parameters = &example["parameters"];
    let text = |name: &str| parameters[name].as_str().unwrap_or_default();
    format!(
        "/{}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/{}{rest}?api-version={}",
        text("scope"),
        text("roleAssignmentScheduleRequestName"),
        text("api-version")
    )
}

#[tokio::test]
async fn the_published_requests_of_azure_resource_manager_work() {
    let examples = read(ARM);
    let put = &examples["PutRoleAssignmentScheduleRequest"];
    let tenant = Tenant::with(|scenario| with_published_activation(scenario, put)).await;

    let validate = &examples["ValidateRoleAssignmentScheduleRequestByName"];
    let checked = tenant.arm(&PLAIN, "POST", &address(validate, "/validate"), validate["parameters"]["parameters"].clone()).await;
    assert_eq!(checked.status, 200, "{checked:?}");
    assert_eq!(missing(&validate["responses"]["200"]["body"], &checked.body, ""), Vec::<String>::new());

    let created = tenant.arm(&PLAIN, "PUT", &address(put, ""), put["parameters"]["parameters"].clone()).await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(missing(&put["responses"]["201"]["body"], &created.body, ""), Vec::<String>::new());
    assert_eq!(created.body["properties"]["condition"], put["parameters"]["parameters"]["properties"]["condition"]);

    let cancel = &examples["CancelRoleAssignmentScheduleRequestByName"];
    assert_eq!(tenant.arm(&PLAIN, "POST", &address(cancel, "/cancel"), Value::Null).await.status, 200);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn lists_of_azure_resource_manager_have_the_published_members() {
    let examples = read(ARM);
    let put = &examples["PutRoleAssignmentScheduleRequest"];
    let tenant = Tenant::with(|scenario| {
        with_published_activation(scenario, put);
        scenario.pim.behaviour.provisioning_seconds = 0;
        scenario.pim.behaviour.provisioning_reads = 0;
    })
    .await;
    assert_eq!(tenant.arm(&PLAIN, "PUT", &address(put, ""), put["parameters"]["parameters"].clone()).await.status, 201);
    let scope = put["parameters"]["scope"].as_str().unwrap();
    for (name, kind) in [
        ("GetRoleAssignmentScheduleInstancesByScope", "roleAssignmentScheduleInstances"),
        ("GetRoleEligibilityScheduleInstancesByScope", "roleEligibilityScheduleInstances"),
        ("GetRoleManagementPolicyAssignmentByScope", "roleManagementPolicyAssignments"),
    ] {
        let filter = if kind.ends_with("Instances") { "&$filter=asTarget()" } else { "" };
        let path = format!("/{scope}/providers/Microsoft.Authorization/{kind}?api-version=2020-10-01{filter}");
        let reply = tenant.arm(&PLAIN, "GET", &path, Value::Null).await;
        let published = &examples[name]["responses"]["200"]["body"]["value"][0];
        assert_eq!(missing(published, &reply.items()[0], ""), Vec::<String>::new(), "{kind}: {:#}", json!(reply.items()));
    }
    tenant.assert_no_violation();
}
