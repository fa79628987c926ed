//! Groups in Microsoft Graph, and PIM for Groups.

use crate::tenant::{ADELE_ID, ADMINISTRATOR, Grant, MEGAN_ID, PLAIN, Tenant, group};
use pim_emulator::Scenario;
use serde_json::{Value, json};

/// A token that may read groups and nothing else.
const READER: Grant = Grant { scopes: &["GroupMember.Read.All"], ..PLAIN };

const SELECT: &str = "$select=Id,DisplayName,OnPremisesSyncEnabled,GroupTypes,MailEnabled,SecurityEnabled";

#[tokio::test]
async fn groups_are_listed_page_by_page() {
    let tenant = Tenant::with(|scenario| scenario.pim.behaviour.page_size = 3).await;
    let mut path = format!("/groups?{SELECT}");
    let (mut names, mut pages) = (Vec::new(), 0);
    loop {
        let page = tenant.graph(&READER, "GET", &path, Value::Null).await;
        assert_eq!(page.status, 200, "{page:?}");
        names.extend(page.items().iter().map(|group| group["displayName"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(next) = page.body["@odata.nextLink"].as_str() else { break };
        path = next.to_owned();
    }
    let scenario = &tenant.emulator.state().scenario.pim.groups;
    assert_eq!(names, scenario.iter().map(|group| group.display_name.clone()).collect::<Vec<_>>());
    assert!(pages > 2, "{names:?}");
    let all = tenant.graph(&READER, "GET", "/groups", Value::Null).await;
    assert!(all.items()[0].as_object().unwrap().len() > 10);
    tenant.assert_no_violation();
}

#[tokio::test]
async fn groups_of_every_kind_are_told_apart() {
    let tenant = Tenant::contoso().await;
    let one = async |name: &str| {
        let path = format!("/groups?{SELECT}&$filter=displayName eq '{name}'");
        let reply = tenant.graph(&READER, "GET", &path, Value::Null).await;
        let [group] = reply.items() else { panic!("{reply:?}") };
        let mut group = group.clone();
        let id = group.as_object_mut().unwrap().remove("id").unwrap();
        let by_id = tenant.graph(&READER, "GET", &format!("/groups?$filter=id eq '{}'", id.as_str().unwrap()), Value::Null).await;
        assert_eq!(by_id.items()[0]["displayName"], name);
        group.as_object_mut().unwrap().remove("displayName");
        group
    };
    let shape = |synced: Value, types: &[&str], mail: bool, security: bool| json!({ "groupTypes": types, "mailEnabled": mail, "onPremisesSyncEnabled": synced, "securityEnabled": security });
    assert_eq!(one("Tier 0 Operators").await, shape(Value::Null, &[], false, true));
    assert_eq!(one("Domain Helpdesk").await, shape(json!(true), &[], false, true));
    assert_eq!(one("Former Domain Group").await, shape(json!(false), &[], false, true));
    assert_eq!(one("All Employees").await, shape(Value::Null, &["DynamicMembership"], false, true));
    assert_eq!(one("Mail Security").await, shape(Value::Null, &[], true, true));
    assert_eq!(one("Newsletter").await, shape(Value::Null, &[], true, false));
    assert_eq!(one("Project Alpine").await, shape(Value::Null, &["Unified"], true, false));
    tenant.assert_no_violation();
}

#[tokio::test]
async fn groups_are_read_with_their_permission_and_simple_filters() {
    let tenant = Tenant::contoso().await;
    let weak = Grant { scopes: &["User.Read"], ..PLAIN };
    let reply = tenant.graph(&weak, "GET", "/groups", Value::Null).await;
    assert_eq!((reply.status, reply.code()), (403, "Authorization_RequestDenied"));
    tenant.assert_no_violation();
    for (query, part) in [
        ("$filter=onPremisesSyncEnabled ne true", "advanced"),
        ("$filter=startswith(displayName,'T')", "startswith"),
        ("$select=nothing", "nothing"),
    ] {
        assert_eq!(tenant.graph(&READER, "GET", &format!("/groups?{query}"), Value::Null).await.status, 400, "{query}");
        tenant.assert_violation(part);
    }
}

const PIM: &str = "/identityGovernance/privilegedAccess/group";

/// Of each entry: the principal and the access.
fn pairs(items: &[Value]) -> Vec<(&str, &str)> {
    items.iter().map(|item| (item["principalId"].as_str().unwrap(), item["accessId"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn eligibilities_are_found_by_group_and_by_principal() {
    let tenant = Tenant::contoso().await;
    let list = async |collection: &str, filter: String| {
        let reply = tenant.graph(&ADMINISTRATOR, "GET", &format!("{PIM}/{collection}?$filter={filter}"), Value::Null).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.items().to_vec()
    };
    let tier = group("Tier 0 Operators");
    let of_group = list("eligibilitySchedules", format!("groupId eq '{tier}'")).await;
    let (patti, nested) = ("c8f3a1d5-6b2e-4c97-8d04-1e7b5f9a3c28", group("Tier 1 Operators"));
    assert_eq!(pairs(&of_group), [(ADELE_ID, "member"), (MEGAN_ID, "member"), (patti, "owner"), (nested.as_str(), "owner")]);
    assert_eq!(of_group[0]["scheduleInfo"]["expiration"]["type"], "noExpiration");
    assert_eq!(of_group[1]["scheduleInfo"]["expiration"]["type"], "afterDateTime");
    assert!(of_group[0]["id"].as_str().unwrap().starts_with(&format!("{tier}_member_")));
    let members = list("eligibilitySchedules", format!("groupId eq '{}' and accessId eq 'member'", tier.to_uppercase())).await;
    assert_eq!(members, of_group[..2]);
    assert_eq!(pairs(&list("eligibilitySchedules", format!("groupId eq '{}'", group("Vault Owners"))).await), [(ADELE_ID, "owner")]);

    // A circle, and what starts tomorrow.
    let (response, command) = (group("Incident Response"), group("Incident Command"));
    let of_response = list("eligibilitySchedules", format!("principalId eq '{response}'")).await;
    let of_command = list("eligibilitySchedules", format!("principalId eq '{command}'")).await;
    assert_eq!((&of_response[0]["groupId"], &of_command[0]["groupId"]), (&json!(command), &json!(response)));
    let alpine = format!("groupId eq '{}'", group("Project Alpine"));
    let (schedules, instances) = (list("eligibilitySchedules", alpine.clone()).await, list("eligibilityScheduleInstances", alpine).await);
    assert_eq!((schedules.len(), instances.len()), (2, 1));
    assert_eq!(instances[0]["eligibilityScheduleId"], schedules[0]["id"]);
    assert!(list("eligibilitySchedules", format!("groupId eq '{}'", group("Newsletter"))).await.is_empty());
    let path = format!("{PIM}/eligibilitySchedules?$filter=groupId eq '{tier}'&$expand=principal");
    let expanded = tenant.graph(&ADMINISTRATOR, "GET", &path, Value::Null).await;
    assert_eq!(expanded.items()[3]["principal"]["displayName"], "Tier 1 Operators");
    tenant.assert_no_violation();
}

#[tokio::test]
async fn eligibilities_for_groups_are_not_for_everybody() {
    let tenant = Tenant::contoso().await;
    let user = Grant { scopes: ADMINISTRATOR.scopes, ..PLAIN };
    let of = |filter: &str| format!("{PIM}/eligibilitySchedules?$filter={filter}");
    let own = tenant.graph(&user, "GET", &of(&format!("principalId eq '{ADELE_ID}'")), Value::Null).await;
    assert_eq!(pairs(own.items()), [(ADELE_ID, "member"), (ADELE_ID, "member"), (ADELE_ID, "owner")]);
    let others = tenant.graph(&user, "GET", &of(&format!("principalId eq '{MEGAN_ID}'")), Value::Null).await;
    assert_eq!((others.status, others.code()), (403, "UnauthorizedAccessException"));
    let weak = Grant { user: ADMINISTRATOR.user, ..PLAIN };
    let refused = tenant.graph(&weak, "GET", &of(&format!("principalId eq '{MEGAN_ID}'")), Value::Null).await;
    assert_eq!((refused.status, refused.code()), (403, "PermissionScopeNotGranted"));
    tenant.assert_no_violation();
    for filter in ["accessId eq 'member'", "groupId ne 'x'", "groupId eq 'x' or principalId eq 'y'"] {
        let reply = tenant.graph(&ADMINISTRATOR, "GET", &of(filter), Value::Null).await;
        assert_eq!(reply.status, 400, "{filter}");
        tenant.assert_violation("groupId or principalId");
    }
}

#[tokio::test]
async fn membership_and_ownership_have_policies_of_their_own() {
    let tenant = Tenant::contoso().await;
    let of = |group: &str, rest: &str| {
        format!(
            "/policies/roleManagementPolicyAssignments?$filter=scopeId eq '{group}' and scopeType eq 'Group'{rest}&$expand=policy($expand=rules)"
        )
    };
    let tier = group("Tier 0 Operators");
    let both = tenant.graph(&ADMINISTRATOR, "GET", &of(&tier, ""), Value::Null).await;
    assert_eq!(both.items().len(), 2);
    let one = async |access: &str| {
        let reply = tenant.graph(&ADMINISTRATOR, "GET", &of(&tier, &format!(" and roleDefinitionId eq '{access}'")), Value::Null).await;
        let [assignment] = reply.items() else { panic!("{reply:?}") };
        assert_eq!((&assignment["scopeId"], &assignment["policyId"]), (&json!(tier), &assignment["policy"]["id"]));
        assert_eq!(assignment["policy"]["rules"].as_array().unwrap().len(), 17);
        assignment.clone()
    };
    let (member, owner) = (one("member").await, one("owner").await);
    assert_ne!(member["policyId"], owner["policyId"]);
    let rule = |assignment: &Value, id: &str| {
        let rules = assignment["policy"]["rules"].as_array().unwrap();
        rules.iter().find(|rule| rule["id"] == id).unwrap().clone()
    };
    assert_eq!(rule(&member, "Expiration_EndUser_Assignment")["maximumDuration"], "PT2H");
    assert_eq!(rule(&member, "AuthenticationContext_EndUser_Assignment")["claimValue"], "c1");
    assert_eq!(rule(&owner, "Approval_EndUser_Assignment")["setting"]["isApprovalRequired"], true);
    // Whatever the scenario doesn't describe has the usual policy, also a group that PIM hasn't seen yet.
    let other = tenant.graph(&ADMINISTRATOR, "GET", &of(&group("Vault Owners"), ""), Value::Null).await;
    assert_eq!(rule(&other.items()[0], "Expiration_EndUser_Assignment")["maximumDuration"], "PT8H");
    let policy = format!("/policies/roleManagementPolicies/{}", member["policyId"].as_str().unwrap());
    let rules = tenant.graph(&ADMINISTRATOR, "GET", &format!("{policy}/rules"), Value::Null).await;
    assert_eq!(json!(rules.items()), member["policy"]["rules"]);
    let by_id = format!("/policies/roleManagementPolicyAssignments/{}", member["id"].as_str().unwrap());
    assert_eq!(tenant.graph(&ADMINISTRATOR, "GET", &by_id, Value::Null).await.body["roleDefinitionId"], "member");
    tenant.assert_no_violation();

    // The permission for directory roles doesn't serve for groups, nor the other way round.
    let refused = tenant.graph(&PLAIN, "GET", &of(&tier, ""), Value::Null).await;
    assert_eq!((refused.status, refused.code()), (403, "PermissionScopeNotGranted"));
    let groups_only = Grant { scopes: &["RoleManagementPolicy.Read.AzureADGroup"], ..ADMINISTRATOR };
    let roles = "/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'";
    assert_eq!(tenant.graph(&groups_only, "GET", roles, Value::Null).await.status, 403);
}

#[tokio::test]
async fn permanent_membership_goes_through_groups() {
    let tenant = Tenant::with(|scenario| {
        // Two groups in each other: nobody may run in circles.
        let members = [("Newsletter", "Operations Hub"), ("Operations Hub", "Newsletter")];
        for (name, member) in members {
            let found = scenario.pim.groups.iter_mut().find(|group| group.display_name == name).unwrap();
            found.members.push(member.to_owned());
        }
    })
    .await;
    let ask = async |id: &str, spelling: &str, security_only: bool| {
        let body = json!({ "securityEnabledOnly": security_only });
        let reply = tenant.graph(&PLAIN, "POST", &format!("/directoryObjects/{id}/{spelling}"), body).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.body["value"].clone()
    };
    let (tier, hub, letter) = (group("Tier 0 Operators"), group("Operations Hub"), group("Newsletter"));
    assert_eq!(ask(&tier, "getMemberGroups", false).await, json!([hub, letter]));
    assert_eq!(ask(&tier, "microsoft.graph.getMemberGroups", true).await, json!([hub]));
    assert_eq!(ask(&hub, "getMemberGroups", false).await, json!([letter]));
    assert_eq!(ask(ADELE_ID, "getMemberGroups", false).await, json!([group("Security Operations"), group("Storage Operators")]));
    let nobody = "00000000-0000-0000-0000-000000000000";
    let body = json!({ "securityEnabledOnly": false });
    let reply = tenant.graph(&PLAIN, "POST", &format!("/directoryObjects/{nobody}/getMemberGroups"), body).await;
    assert_eq!((reply.status, reply.code()), (404, "Request_ResourceNotFound"));
    tenant.assert_no_violation();
    let reply = tenant.graph(&PLAIN, "POST", &format!("/directoryObjects/{tier}/getMemberGroups"), json!({})).await;
    assert_eq!(reply.status, 400);
    tenant.assert_violation("securityEnabledOnly");
}

#[test]
fn a_scenario_may_not_name_groups_or_members_that_it_lacks() {
    let contoso = serde_json::to_value(Scenario::contoso().unwrap()).unwrap();
    for (pointer, place, problem) in [
        ("/pim/groups/0/members/0", "pim.groups", "there is no member `Nobody`"),
        ("/pim/groupEligibilities/0/principal", "pim.groupEligibilities", "there is no principal `Nobody`"),
        ("/pim/groupEligibilities/0/group", "pim.groupEligibilities", "there is no group `Nobody`"),
        ("/pim/groupPolicies/0/group", "pim.groupPolicies", "there is no group `Nobody`"),
        ("/pim/groupPolicies/0/policy/authenticationContext", "pim.groupPolicies", "there is no authentication context `Nobody`"),
    ] {
        let mut wrong = contoso.clone();
        *wrong.pointer_mut(pointer).unwrap() = json!("Nobody");
        let error = Scenario::from_json(&wrong.to_string()).unwrap_err().to_string();
        assert!(error.contains(place) && error.contains(problem), "{pointer}: {error}");
    }
}
