//! Groups and who is eligible for them, as administrators read them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use std::collections::BTreeSet;

use pim_emulator::{Fault, Service};
use serde_json::{Value, json};
use tenant::{ADELE, Tenant};

const SCHEDULES: &str = "eligibilitySchedules";
const POLICIES: &str = "roleManagementPolicyAssignments";
const ADELES_ID: &str = "0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44";
const LEES_ID: &str = "9a4e2d71-3c5b-4b8e-a1f6-7d2c8e5b9f66";
const TIER_0: &str = "d72eeff6-6729-4fbe-9c09-f09dd70e6d2d";

/// Adele manages groups, and gets pages of this size.
async fn administrated(page_size: usize) -> Tenant {
    let change = |scenario: &mut Value| {
        scenario["pim"]["behaviour"]["pageSize"] = json!(page_size);
        let assignments = scenario["pim"]["directoryAssignments"].as_array_mut().unwrap();
        assignments.push(json!({"principal": ADELE, "role": "Privileged Role Administrator"}));
    };
    let tenant = Tenant::with(change, |_| {}).await;
    tenant.sign_in().await;
    tenant
}

fn texts<'a>(rows: &'a [Value], name: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[name].as_str().unwrap()).collect()
}

fn fault(path: &str) -> Fault {
    Fault::new(Service::Graph).path(path).in_batch()
}

#[tokio::test]
async fn groups_that_can_be_managed_are_listed_page_by_page() {
    let tenant = administrated(4).await;
    let told = tenant.run("group.list", json!({})).await;
    assert_eq!(told.done()["count"], told.outputs.len());
    let names: BTreeSet<_> = texts(&told.outputs, "displayName").into_iter().collect();
    for name in ["Tier 0 Operators", "Project Alpine", "Former Domain Group"] {
        assert!(names.contains(name), "{names:?}");
    }
    for name in ["Domain Helpdesk", "All Employees", "Mail Security", "Newsletter"] {
        assert!(!names.contains(name), "{names:?}");
    }
    let members = ["id", "displayName", "onPremisesSyncEnabled", "groupTypes", "mailEnabled", "securityEnabled"];
    assert_eq!(told.outputs[0].as_object().unwrap().keys().collect::<Vec<_>>(), members);
    assert!(tenant.asked("GET", "/groups").len() > 2);
    assert_eq!(tenant.asked("POST", "batch").len(), 0);
    tenant.assert_clean();
}

#[tokio::test]
async fn groups_that_somebody_is_eligible_for_come_whole_and_in_order() {
    let expected = ["Tier 0 Operators", "Incident Response", "Incident Command", "Vault Owners", "Project Alpine", "Tier 1 Operators"];
    let mut lists = Vec::new();
    for page_size in [100, 2] {
        let tenant = administrated(page_size).await;
        let told = tenant.run("group.list", json!({"eligibleOnly": true})).await;
        told.done();
        tenant.assert_clean();
        lists.push(told.outputs);
    }
    let names = texts(&lists[0], "displayName");
    assert_eq!(names.iter().collect::<BTreeSet<_>>(), expected.iter().collect());
    assert_eq!(names, texts(&lists[1], "displayName"));
    for list in &lists {
        let tier_0 = list.iter().find(|group| group["id"] == TIER_0).unwrap();
        assert_eq!(tier_0["EligibleAssignment"].as_array().unwrap().len(), 4);
        assert_eq!(tier_0.as_object().unwrap().keys().next_back().unwrap(), "EligibleAssignment");
    }
}

#[tokio::test]
async fn eligibilities_have_names_and_one_policy_for_each_access() {
    let tenant = administrated(100).await;
    let told = tenant.run("group.eligibility", json!({"groupIds": [TIER_0, TIER_0.to_uppercase()]})).await;
    assert_eq!(told.done()["count"], 4);
    let members = [
        "id",
        "createdDateTime",
        "modifiedDateTime",
        "status",
        "groupId",
        "GroupName",
        "principalId",
        "PrincipalName",
        "accessId",
        "memberType",
        "scheduleInfo",
        "Policy",
    ];
    for row in &told.outputs {
        assert_eq!(row.as_object().unwrap().keys().collect::<Vec<_>>(), members);
        assert_eq!(row["GroupName"], "Tier 0 Operators");
        assert_eq!(row["Policy"]["rules"].as_array().unwrap().len(), 17);
    }
    let names: BTreeSet<_> = texts(&told.outputs, "PrincipalName").into_iter().collect();
    assert_eq!(names, ["Adele Vance", "Megan Bowen", "Patti Fernandez", "Tier 1 Operators"].into());
    let policies: BTreeSet<_> = told.outputs.iter().map(|row| format!("{} {}", row["accessId"], row["Policy"]["id"])).collect();
    assert_eq!(policies.len(), 2);
    // The eligibilities, the policies of both accesses, the names.
    assert_eq!((tenant.asked("POST", "$batch").len(), tenant.asked("POST", "getByIds").len()), (2, 1));
    tenant.assert_clean();
}

#[tokio::test]
async fn all_groups_are_looked_through_where_none_is_named() {
    let tenant = administrated(100).await;
    let told = tenant.run("group.eligibility", json!({"policy": false})).await;
    assert_eq!(told.done()["count"], tenant.emulator.state().scenario.pim.group_eligibilities.len());
    for row in &told.outputs {
        assert!(row["GroupName"].is_string() && row["Policy"].is_null() && row.get("Policy").is_some(), "{row:#}");
    }
    let none = tenant.run("group.eligibility", json!({"groupIds": []})).await;
    assert_eq!(none.done()["count"], 0);
    tenant.assert_clean();
}

#[tokio::test]
async fn a_group_that_cannot_be_read_is_named() {
    let tenant = administrated(100).await;
    for (operation, request) in [("group.list", json!({"eligibleOnly": true})), ("group.eligibility", json!({}))] {
        tenant.emulator.inject(fault(SCHEDULES).status(404).body(json!({"error": {"code": "NotFound", "message": "gone"}})));
        let told = tenant.run(operation, request).await;
        let error = told.failed();
        assert_eq!(error.code.as_str(), "NotFound");
        assert!(error.target.as_ref().is_some_and(|group| error.message.contains(group)), "{error:?}");
        assert!(tenant.emulator.state().scenario.pim.groups.iter().any(|group| Some(&group.id) == error.target.as_ref()));
        tenant.emulator.state().faults.clear();
    }
    tenant.emulator.inject(fault(POLICIES).status(403).body(json!({})));
    let told = tenant.run("group.eligibility", json!({"groupIds": [TIER_0]})).await;
    assert_eq!((told.failed().code.as_str(), told.failed().target.as_deref()), ("AccessDenied", Some(TIER_0)));
}

#[tokio::test]
async fn throttled_groups_are_asked_again_and_nothing_is_missing() {
    let tenant = administrated(100).await;
    tenant.emulator.inject(fault(SCHEDULES).times(3).status(429).header("Retry-After", "0").body(json!({})));
    tenant.emulator.inject(fault(POLICIES).times(2).status(503).body(json!({})));
    let told = tenant.run("group.eligibility", json!({})).await;
    assert_eq!(told.done()["count"], tenant.emulator.state().scenario.pim.group_eligibilities.len());
}

#[tokio::test]
async fn ids_that_are_none_are_refused_before_anything_is_sent() {
    let tenant = Tenant::contoso().await;
    let told = tenant.run("account.membership", json!({"ids": [ADELES_ID, ADELE]})).await;
    assert_eq!((told.failed().code.as_str(), told.failed().target.as_deref()), ("InvalidRequest", Some("ids")));
    assert!(tenant.emulator.journal().is_empty());
}

fn names(membership: &Value) -> Vec<&str> {
    texts(membership["MemberOf"].as_array().unwrap(), "displayName")
}

#[tokio::test]
async fn accounts_are_found_in_the_groups_they_may_become_members_of() {
    let tenant = administrated(100).await;
    let told = tenant.run("account.membership", json!({"ids": [LEES_ID, ADELES_ID, TIER_0]})).await;
    assert_eq!(*told.done(), json!({"count": 3, "anyGroup": true}));
    assert_eq!(texts(&told.outputs, "Id"), [LEES_ID, ADELES_ID, TIER_0]);
    // Adele may own the vault's group, which makes her no member.
    assert_eq!(
        told.outputs.iter().map(names).collect::<Vec<_>>(),
        [vec!["Tier 1 Operators"], vec!["Tier 0 Operators", "Incident Response"], vec![]]
    );
    tenant.assert_clean();
}

#[tokio::test]
async fn circles_and_permanent_memberships_are_followed_once() {
    let tenant = administrated(100).await;
    let groups = tenant.run("group.list", json!({"eligibleOnly": true})).await.outputs;
    tenant.forget();
    let transitive = tenant.run("account.membership", json!({"ids": [ADELES_ID], "transitive": true, "groups": groups})).await;
    assert_eq!(names(transitive.only()), ["Tier 0 Operators", "Incident Response", "Incident Command"]);
    assert!(tenant.emulator.journal().is_empty());
    let request = json!({"ids": [ADELES_ID, ADELES_ID], "transitive": true, "includePermanent": true, "groups": groups});
    let told = tenant.run("account.membership", request).await;
    told.done();
    for membership in &told.outputs {
        let found = names(membership);
        assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len());
        let expected = ["Tier 0 Operators", "Incident Response", "Incident Command", "Operations Hub", "Project Alpine"];
        assert_eq!(found.iter().collect::<BTreeSet<_>>(), expected.iter().collect());
        let hub = membership["MemberOf"].as_array().unwrap().iter().find(|group| group["displayName"] == "Operations Hub").unwrap();
        assert_eq!((&hub["ObjectType"], hub.get("@odata.type")), (&json!("group"), None));
    }
    tenant.assert_clean();
}

#[tokio::test]
async fn a_group_whose_memberships_cannot_be_read_is_an_error() {
    let tenant = administrated(100).await;
    tenant.emulator.inject(fault("getMemberGroups").times(9).status(404).body(json!({})));
    let told = tenant.run("account.membership", json!({"ids": [ADELES_ID], "transitive": true, "includePermanent": true})).await;
    assert_eq!(told.failed().code.as_str(), "NotFound");
    assert!(told.outputs.is_empty());
}

#[tokio::test]
async fn a_tenant_without_groups_has_no_list_of_memberships() {
    let tenant = Tenant::contoso().await;
    let told = tenant.run("account.membership", json!({"ids": [ADELES_ID], "groups": []})).await;
    assert_eq!(*told.done(), json!({"count": 1, "anyGroup": false}));
    assert_eq!(*told.only(), json!({"Id": ADELES_ID, "MemberOf": null}));
    assert!(tenant.emulator.journal().is_empty());
}
