//! Eligibilities at management groups.

use pim_emulator::{Fault, Service};
use serde_json::json;

use crate::administered::{GROUPS, PLATFORM, ROOT, administer, administered, batches};
use crate::tenant::Tenant;

#[tokio::test]
async fn management_groups_have_their_direct_rows_with_policies() {
    let tenant = Tenant::with(
        |scenario| {
            administer(scenario);
            let grants = scenario["pim"]["resourceEligibilities"].as_array_mut().unwrap();
            for (principal, role, scope) in [("megan", "Contributor", PLATFORM), ("megan", "Reader", PLATFORM), ("adele", "Reader", ROOT)] {
                grants.push(json!({"principal": format!("{principal}@contoso.example"), "role": role, "scope": scope}));
            }
        },
        |_| {},
    )
    .await;
    tenant.sign_in().await;
    let told = tenant.run(GROUPS, json!({"names": [ROOT, "contoso-platform"]})).await;
    assert_eq!((&told.done()["count"], &told.done()["failed"]), (&json!(told.outputs.len()), &json!([])));
    assert_eq!(told.outputs.iter().filter(|output| output["scope"]["id"] == PLATFORM).count(), 3);
    assert_eq!(told.outputs[0]["scope"]["id"], ROOT, "what is above is not repeated below");
    let row = told.outputs.iter().find(|output| output["scope"]["displayName"] == "Contoso Platform").unwrap();
    let names: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "name",
            "id",
            "type",
            "condition",
            "conditionVersion",
            "createdOn",
            "endDateTime",
            "memberType",
            "principalId",
            "principalType",
            "roleDefinitionId",
            "roleEligibilityScheduleRequestId",
            "startDateTime",
            "status",
            "updatedOn",
            "principal",
            "roleDefinition",
            "scope",
            "Policy"
        ]
    );
    assert_eq!((&row["roleDefinition"]["displayName"], &row["memberType"]), (&json!("Contributor"), &json!("Direct")));
    let rules = row["Policy"]["effectiveRules"].as_array().unwrap();
    let longest = rules.iter().find(|rule| rule["id"] == "Expiration_EndUser_Assignment").unwrap();
    assert_eq!(longest["maximumDuration"], "PT4H");
    // The lists, the assignments of three policies, the policies: one batch each.
    assert_eq!(batches(&tenant).iter().map(Vec::len).collect::<Vec<_>>(), [2, 3, 3]);
    tenant.assert_clean();
    tenant.forget();

    let all = tenant.run(GROUPS, json!({})).await;
    assert!(all.done()["count"].as_u64().unwrap() >= told.outputs.len() as u64);
    tenant.forget();

    let told = tenant.run(GROUPS, json!({"names": ["contoso-platform", PLATFORM.to_uppercase()], "policy": false})).await;
    assert_eq!(told.done()["count"], 3);
    assert!(told.outputs.iter().all(|output| output["Policy"].is_null() && output["scope"]["id"] == PLATFORM));
    assert!(batches(&tenant).is_empty());
    assert_eq!(tenant.asked("GET", "atScope").len() + tenant.asked("GET", "roleEligibilitySchedules").len(), 1);
}

#[tokio::test]
async fn policies_are_read_once_for_a_role_and_group_over_all_pages() {
    let tenant = Tenant::with(
        |scenario| {
            administer(scenario);
            scenario["pim"]["behaviour"]["pageSize"] = json!(1);
            let grants = scenario["pim"]["resourceEligibilities"].as_array_mut().unwrap();
            grants.push(json!({"principal": "megan@contoso.example", "role": "Contributor", "scope": PLATFORM}));
        },
        |_| {},
    )
    .await;
    tenant.sign_in().await;
    let told = tenant.run(GROUPS, json!({"names": ["contoso-platform"]})).await;
    assert_eq!(told.done()["count"], 2);
    assert_eq!(told.outputs[0]["Policy"], told.outputs[1]["Policy"]);
    assert_eq!(tenant.asked("GET", "roleManagementPolicyAssignments").len(), 1);
    assert_eq!(tenant.asked("GET", "roleManagementPolicies/").len(), 1);
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_is_a_warning() {
    let tenant = administered().await;
    tenant.hide_policies();
    let told = tenant.run(GROUPS, json!({"names": ["contoso-platform"]})).await;
    assert_eq!((told.done()["count"].as_u64(), told.warnings()), (Some(1), vec!["PolicyUnreadable"]));
    assert!(told.only()["Policy"].is_null());
}

#[tokio::test]
async fn management_groups_that_do_not_exist_are_told_with_what_may_be_meant() {
    let tenant = administered().await;
    for (wanted, hint) in [("contoso-platfrom", "`contoso-platform`"), ("Contoso Platform", "give the id `contoso-platform`")] {
        let told = tenant.run(GROUPS, json!({"names": [wanted]})).await;
        let failed = &told.done()["failed"][0]["error"];
        assert_eq!((&failed["code"], &failed["service"]["code"]), (&json!("ScopeNotFound"), &json!("ManagementGroupNotFound")));
        assert!(failed["hint"].as_str().unwrap().contains(hint), "{failed:#}");
    }
    for bad in ["", "a/b", "..", "a\nb", "a?b"] {
        assert_eq!(tenant.run(GROUPS, json!({"names": [bad]})).await.failed().code.as_str(), "InvalidRequest", "{bad:?}");
    }
    let none = Fault::new(Service::Arm).path("managementGroups?api-version").status(200).body(json!({"value": []}));
    tenant.emulator.inject(none);
    assert_eq!(tenant.run(GROUPS, json!({})).await.failed().code.as_str(), "ScopeNotFound");
}

#[tokio::test]
async fn rows_without_containers_are_completed() {
    let tenant = administered().await;
    let definition = format!("{PLATFORM}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7");
    let bare =
        json!({"name": "n", "properties": {"memberType": "Direct", "roleDefinitionId": definition, "principalId": "p", "newField": 1}});
    let list = Fault::new(Service::Arm).method("GET").path("roleEligibilitySchedules").status(200).body(json!({"value": [bare, {}, 7]}));
    tenant.emulator.inject(list);
    let told = tenant.run(GROUPS, json!({"names": ["contoso-platform"], "policy": false})).await;
    told.done();
    let row = told.only();
    assert_eq!(
        (&row["roleDefinition"]["displayName"], &row["principal"]["id"], &row["newField"]),
        (&json!("Reader"), &json!("p"), &json!(1))
    );
    assert_eq!((&row["scope"]["id"], &row["scope"]["type"]), (&json!(PLATFORM), &json!("managementgroup")));
}
