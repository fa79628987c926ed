//! What a caller names and what does not exist, may not be seen, or fits several things.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod tenant;

use pim_emulator::{Fault, Service};
use serde_json::{Value, json};
use tenant::{ADELE, PATTI, Tenant};

const PRODUCTION: &str = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
const PLATFORM: &str = "/providers/Microsoft.Management/managementGroups/contoso-platform";
const MEGAN: &str = "5e1a7c3d-9b2f-4f6a-8c4d-3a9f0b6e7d55";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const TIER_0: &str = "d72eeff6-6729-4fbe-9c09-f09dd70e6d2d";

fn code_and_hint(told: &tenant::Told) -> (&str, &str) {
    let error = told.failed();
    (error.code.as_str(), error.hint.as_deref().unwrap_or_default())
}

#[tokio::test]
async fn a_scope_that_does_not_exist_gets_the_nearest_by_its_missing_part() {
    let tenant = Tenant::administered().await;
    for (scope, part, hint) in [
        (PRODUCTION.replace("0e1", "0e2"), "subscription", "`Contoso Production` (`6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1`)"),
        ("/subscriptions/Contoso Production".to_owned(), "subscription", "give the id `6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1`"),
        (format!("{PRODUCTION}/resourceGroups/rg-paymnts"), "resource group", "`rg-payments`"),
        (
            format!("{PRODUCTION}/resourceGroups/rg-payments/providers/Microsoft.KeyVault/vaults/kv-contso-pay"),
            "resource",
            "`kv-contoso-pay`",
        ),
        (PLATFORM.replace("form", "from"), "management group", "`contoso-platform`"),
        ("Contoso Prodction".to_owned(), "is no resource id", PRODUCTION),
        ("Contoso Platform".to_owned(), "is no resource id", PLATFORM),
        (PRODUCTION.rsplit('/').next().unwrap().to_owned(), "is no resource id", PRODUCTION),
    ] {
        for (operation, more) in [
            ("resourceRole.policy", json!({"roleName": "Reader"})),
            ("resourceRole.policy", json!({"roleId": READER})),
            ("resourceRole.setPolicy", json!({"roleName": "Reader", "requireJustification": true})),
            ("resourceRole.assignEligibility", json!({"roleName": "Reader", "principalId": MEGAN})),
            ("resourceRole.definitions", json!({})),
        ] {
            let mut request = json!({"scope": scope});
            request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let told = tenant.run(operation, request).await;
            let (code, told_hint) = code_and_hint(&told);
            assert_eq!(code, "ScopeNotFound", "{operation} {scope}: {:?}", told.failed());
            assert!(told_hint.contains(hint), "{operation} {scope}: {told_hint}");
            assert!(told.failed().message.contains(part), "{operation} {scope}: {}", told.failed().message);
        }
    }
    assert!(tenant.asked("PUT", "").is_empty() && tenant.asked("PATCH", "").is_empty());
    tenant.assert_clean();
}

#[tokio::test]
async fn a_scope_that_may_not_be_seen_is_forbidden_and_may_be_a_slip() {
    let tenant = Tenant::of(ADELE, |_| {}, |_| {}).await;
    tenant.sign_in().await;
    let forbidden = json!({"error": {"code": "AuthorizationFailed", "message": "no"}});
    for (scope, slip) in
        [(PRODUCTION.replace("0e1", "0e2"), false), ("/subscriptions/a3c8e5f0-7d14-4a62-b9f3-0e5d6c2b8f13".to_owned(), true)]
    {
        tenant.emulator.inject(Fault::new(Service::Arm).path("roleDefinitions").times(2).status(403).body(forbidden.clone()));
        let told = tenant.run("resourceRole.policy", json!({"scope": scope, "roleName": "Reader"})).await;
        let (code, hint) = code_and_hint(&told);
        assert_eq!(code, "AccessDenied");
        assert!(hint.contains("Microsoft.Authorization/roleAssignments/read"), "{hint}");
        assert_eq!(hint.contains("check the scope: did you mean `Contoso Development`"), slip, "{hint}");
        tenant.emulator.state().faults.clear();
    }
}

#[tokio::test]
async fn an_unknown_role_gets_the_nearest_names_whether_it_is_named_by_name_or_id() {
    let tenant = Tenant::administered().await;
    for (operation, field, wanted, hint) in [
        ("resourceRole.policy", "roleName", "Raeder", "`Reader`"),
        ("resourceRole.policy", "roleId", "Reader", "that is a display name: give the id `acdd72a7-3385-48ef-bd42-f606fba81ae7`"),
        ("resourceRole.policy", "roleId", "acdd72a7-3385-48ef-bd42-f606fba81ae8", "`Reader` (`acdd72a7"),
        ("resourceRole.assignEligibility", "roleDefinitionId", "Raeder", "`Reader` (`acdd72a7"),
        ("resourceRole.setPolicy", "roleId", "00000000-0000-4000-8000-000000000000", "list the roles"),
        ("directoryRole.policy", "roleName", "Global Raeder", "`Global Reader`"),
        ("directoryRole.policy", "roleId", "Global Reader", "give the id `f2ef992c-3afb-46b9-b7cf-a126ee74c451`"),
        ("directoryRole.policy", "roleId", "f2ef992c-3afb-46b9-b7cf-a126ee74c452", "`Global Reader` (`f2ef992c"),
    ] {
        let mut request = json!({field: wanted});
        if operation.starts_with("resource") {
            request["scope"] = json!(PRODUCTION);
        }
        if operation.ends_with("assignEligibility") {
            request["principalId"] = json!(MEGAN);
        }
        let told = tenant.run(operation, request).await;
        let (code, told_hint) = code_and_hint(&told);
        assert_eq!(code, "RoleNotFound", "{operation} {wanted}");
        assert!(told_hint.contains(hint), "{operation} {wanted}: {told_hint}");
    }
    tenant.assert_clean();
}

#[tokio::test]
async fn an_unknown_group_fails_by_itself_with_the_nearest_names() {
    let tenant = Tenant::administered().await;
    let near = TIER_0.replace("6d2d", "6d2e");
    let none = "00000000-0000-4000-8000-000000000000";
    let groups = json!([TIER_0, near, "Tier 0 Operators", "Tier 0 Operatrs", none, MEGAN, "zzz"]);
    let told = tenant.run("group.eligibility", json!({"groupIds": groups, "policy": false})).await;
    assert_eq!(told.done()["count"], 4, "the group that exists is told whole");
    let failed = told.done()["failed"].as_array().unwrap();
    let tier_0 = format!("`Tier 0 Operators` (`{TIER_0}`)");
    let give = format!("give the id `{TIER_0}`");
    for (wanted, words, hint) in [
        (near.as_str(), "there is no group", tier_0.as_str()),
        ("Tier 0 Operators", "there is no group", give.as_str()),
        ("Tier 0 Operatrs", "there is no group", tier_0.as_str()),
        (none, "there is no group", "give the object id"),
        (MEGAN, "is no group but a user", "give the object id"),
        ("zzz", "there is no group", "give the object id"),
    ] {
        let one = failed.iter().find(|one| one["groupId"] == wanted).unwrap_or_else(|| panic!("{wanted}: {failed:#?}"));
        assert_eq!(one["error"]["code"], "GroupNotFound", "{wanted}");
        assert!(one["error"]["message"].as_str().unwrap().contains(words), "{one:#}");
        assert!(one["error"]["hint"].as_str().unwrap().contains(hint), "{one:#}");
    }
    assert_eq!(failed.len(), 6);
    assert_eq!(tenant.asked("GET", "/groups").len(), 1, "the tenant's groups are read once, for all slips");

    tenant.forget();
    let empty =
        tenant.emulator.state().scenario.pim.groups.iter().find(|group| group.display_name == "Domain Helpdesk").unwrap().id.clone();
    let told = tenant.run("group.eligibility", json!({"groupIds": [empty], "policy": false})).await;
    assert_eq!(*told.done(), json!({"count": 0, "failed": []}), "a group without eligibilities is there");
    assert!(tenant.asked("GET", "/groups").is_empty());

    tenant.emulator.inject(Fault::new(Service::Graph).path("eligibilitySchedules").in_batch().status(404).body(json!({})));
    let told = tenant.run("group.eligibility", json!({"groupIds": [none], "policy": false})).await;
    assert_eq!(told.done()["failed"][0]["error"]["code"], "GroupNotFound", "where the service itself says so");
    tenant.assert_clean();
}

#[tokio::test]
async fn an_unknown_principal_gets_the_nearest_of_those_at_the_scope() {
    let tenant = Tenant::administered().await;
    let adele = "0c5b8f0a-6f8e-4d7b-9a3a-2b7e1d4c5a44";
    let order = |principal: &str| json!({"scope": PRODUCTION, "roleName": "Reader", "principalId": principal});
    for (wanted, hint) in [
        ("Adele Vance", format!("give the id `{adele}`")),
        ("adele@contoso.example", format!("give the id `{adele}`")),
        ("Adele Vanse", format!("`Adele Vance` (`{adele}`)")),
        ("zzz", "may need a minute".to_owned()),
        (&adele.replace("a44", "a45"), format!("(`{adele}`)")),
        ("00000000-0000-4000-8000-000000000000", "may need a minute".to_owned()),
    ] {
        let told = tenant.run("resourceRole.assignEligibility", order(wanted)).await;
        let (code, told_hint) = code_and_hint(&told);
        assert_eq!(code, "PrincipalNotFound", "{wanted}");
        assert!(told_hint.contains(&hint), "{wanted}: {told_hint}");
        assert_eq!(told.failed().message, format!("the tenant has no principal `{wanted}`"));
        assert_eq!(told.failed().target.as_deref(), Some(wanted));
    }
    assert_eq!(tenant.asked("PUT", "").len(), 2, "what is no id is not sent");

    tenant.emulator.inject(Fault::new(Service::Arm).method("PUT").status(400).body(json!({"error": {
        "code": "PrincipalNotFound", "message": "Principal x does not exist in the directory y."
    }})));
    let told = tenant.run("resourceRole.assignEligibility", order(MEGAN)).await;
    assert_eq!(code_and_hint(&told).0, "PrincipalNotFound");
    assert_eq!(told.failed().service.as_ref().unwrap().code, "PrincipalNotFound");
}

#[tokio::test]
async fn a_refusal_says_which_right_the_operation_needs() {
    let tenant = Tenant::signed_in().await;
    let refuse = |service, code: &str| {
        let fault = || Fault::new(service).times(9).status(403).body(json!({"error": {"code": code, "message": "no"}}));
        tenant.emulator.inject(fault());
        tenant.emulator.inject(fault().in_batch());
    };
    let graph = |code: &str| refuse(Service::Graph, code);
    let arm = |code: &str| refuse(Service::Arm, code);
    for (operation, request, needed) in [
        ("directoryRole.eligibility", json!({}), "Privileged Role Administrator"),
        ("directoryRole.policy", json!({"roleName": "Global Reader"}), "`RoleManagementPolicy.Read.Directory`"),
        ("group.list", json!({"eligibleOnly": true}), "`PrivilegedEligibilitySchedule.Read.AzureADGroup`"),
        ("group.eligibility", json!({}), "Groups Administrator"),
        ("account.membership", json!({"ids": [MEGAN]}), "`Group.ReadBasic.All`"),
        ("authenticationContext.list", json!({}), "`AuthenticationContext.Read.All`"),
        ("role.list", json!({"kind": "directory", "state": "eligible"}), "one's own roles need no role"),
        ("resourceRole.policy", json!({"scope": PRODUCTION, "roleName": "Reader"}), "roleAssignments/read"),
        ("resourceRole.definitions", json!({"scope": PRODUCTION}), "roleAssignments/read"),
        ("managementGroup.eligibility", json!({}), "Management Group Reader"),
        ("subscription.eligibility", json!({}), "roleAssignments/read"),
        (
            "resourceRole.setPolicy",
            json!({"scope": PRODUCTION, "roleName": "Reader", "requireJustification": true}),
            "Owner or User Access Administrator",
        ),
        (
            "resourceRole.assignEligibility",
            json!({"scope": PRODUCTION, "roleName": "Reader", "principalId": MEGAN}),
            "Owner or User Access Administrator",
        ),
        ("role.list", json!({"kind": "resource", "state": "active"}), "one's own roles need no right"),
    ] {
        let codes = ["Authorization_RequestDenied", "UnauthorizedAccessException", "PermissionScopeNotGranted", ""];
        for code in codes {
            graph(code);
            arm(if code.is_empty() { "AuthorizationFailed" } else { "InsufficientPermissions" });
            let told = tenant.run(operation, request.clone()).await;
            let (found, hint) = code_and_hint(&told);
            assert!(matches!(found, "AccessDenied" | "ConsentRequired"), "{operation}: {:?}", told.failed());
            assert!(hint.contains(needed), "{operation}: {hint}");
            assert!(!hint.contains("eligible for the role"), "{operation}: {hint}");
            tenant.emulator.state().faults.clear();
        }
    }
    // Of many scopes, each says it.
    arm("AuthorizationFailed");
    let told = tenant.run("subscription.eligibility", json!({"ids": [PRODUCTION]})).await;
    assert!(told.done()["failed"][0]["error"]["hint"].as_str().unwrap().contains("roleAssignments/read"));
    tenant.emulator.state().faults.clear();
    // Activating is another matter.
    for (kind, service, code) in
        [("directory", Service::Graph, "UnauthorizedAccessException"), ("resource", Service::Arm, "AuthorizationFailed")]
    {
        let write = Fault::new(service)
            .path("roleAssignmentScheduleRequests")
            .times(9)
            .status(403)
            .body(json!({"error": {"code": code, "message": "no"}}));
        tenant.emulator.inject(write);
        let role = if kind == "directory" { "Reports Reader" } else { "Reader" };
        let told = tenant.activate(kind, &[role], json!({})).await;
        assert!(told.only()["error"]["hint"].as_str().unwrap().starts_with("sign in with the account that is eligible for the role"));
        tenant.emulator.state().faults.clear();
    }
    // What is no matter of rights keeps its own advice.
    graph("AadPremiumLicenseRequired");
    let told = tenant.run("directoryRole.eligibility", json!({})).await;
    assert!(code_and_hint(&told).1.contains("P2"), "{:?}", told.failed());
}

fn twin(scenario: &mut Value) {
    let pim = &mut scenario["pim"];
    pim["directoryRoles"].as_array_mut().unwrap().push(json!({
        "id": "11111111-2222-4333-8444-555555555555", "displayName": "Reports Reader", "isBuiltIn": false
    }));
    let roles = pim["resourceRoles"].as_array_mut().unwrap();
    roles.push(json!({"id": "99999999-2222-4333-8444-555555555555", "displayName": "Reader"}));
    for id in ["11111111-2222-4333-8444-555555555555", "4a5d8f65-41da-4de4-8968-e035b65339cf"] {
        pim["directoryEligibilities"].as_array_mut().unwrap().retain(|entry| entry["role"] != id);
    }
}

#[tokio::test]
async fn two_roles_of_one_name_are_told_with_their_ids_and_never_the_first_of_them_is_activated() {
    let tenant = Tenant::signed_in().await;
    let eligible = |id: &str, name: &str, scope: &str| {
        json!({"name": id, "properties": {"scope": scope, "roleDefinitionId": format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{id}"),
            "roleEligibilityScheduleId": format!("schedule-{id}"), "memberType": "Direct", "status": "Provisioned", "principalId": "p",
            "expandedProperties": {"roleDefinition": {"displayName": name}, "scope": {"displayName": "Contoso Production", "type": "subscription"}}}})
    };
    let (one, other) = ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "99999999-2222-4333-8444-555555555555");
    for scopes in [[PRODUCTION, PRODUCTION], [PLATFORM, PLATFORM]] {
        let rows = json!({"value": [eligible(one, "Operator", scopes[0]), eligible(other, "operator", scopes[1])]});
        tenant.emulator.inject(Fault::new(Service::Arm).path("roleEligibilityScheduleInstances").status(200).body(rows));
        let children = json!({"value": [{"id": PRODUCTION, "name": "Contoso Production", "type": "subscription"}]});
        tenant.emulator.inject(Fault::new(Service::Arm).path("eligibleChildResources").times(2).status(200).body(children));
        let told = tenant.run("role.activate", json!({"kind": "resource", "roles": [{"name": "Operator", "scope": PRODUCTION}]})).await;
        let error = &told.only()["error"];
        assert_eq!(error["code"], "RoleAmbiguous", "{error:#}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(one) && message.contains(other), "{message}");
        assert_eq!(error["hint"], "give the id of the role definition");
        tenant.emulator.state().faults.clear();
    }
    let definitions = json!({"value": [{"id": one, "displayName": "Twin", "templateId": one}, {"id": other, "displayName": "Twin", "templateId": other}]});
    let rows: Vec<_> = [one, other]
        .iter()
        .map(|id| json!({"id": id, "principalId": "p", "roleDefinitionId": id, "directoryScopeId": "/", "memberType": "Direct"}))
        .collect();
    tenant.emulator.inject(Fault::new(Service::Graph).path("roleDefinitions").status(200).body(definitions));
    tenant.emulator.inject(Fault::new(Service::Graph).path("roleEligibilityScheduleInstances").status(200).body(json!({"value": rows})));
    let told = tenant.activate("directory", &["Twin"], json!({})).await;
    let error = &told.only()["error"];
    assert_eq!(error["code"], "RoleAmbiguous", "{error:#}");
    assert!(error["message"].as_str().unwrap().contains(other), "{error:#}");
    assert!(tenant.activations().is_empty());
}

#[tokio::test]
async fn one_name_for_several_role_definitions_is_a_question_for_administrators_too() {
    let tenant = Tenant::of(PATTI, twin, |_| {}).await;
    tenant.sign_in().await;
    for (operation, more) in [
        ("resourceRole.policy", json!({})),
        ("resourceRole.setPolicy", json!({"requireJustification": true})),
        ("resourceRole.assignEligibility", json!({"principalId": MEGAN})),
    ] {
        let mut request = json!({"scope": PRODUCTION, "roleName": "reader"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told = tenant.run(operation, request).await;
        assert_eq!(told.failed().code.as_str(), "RoleAmbiguous", "{operation}");
        assert!(told.failed().message.contains("99999999-2222-4333-8444-555555555555"), "{}", told.failed().message);
    }
    let told = tenant.run("directoryRole.policy", json!({"roleName": "Reports Reader"})).await;
    assert_eq!(told.failed().code.as_str(), "RoleAmbiguous");
    assert!(tenant.asked("PUT", "").is_empty() && tenant.asked("PATCH", "").is_empty());
}

#[tokio::test]
async fn a_scope_of_an_eligible_role_that_is_nearly_right_is_offered() {
    let tenant = Tenant::signed_in().await;
    for scope in ["Contoso Devlopment", "/subscriptions/a3c8e5f0-7d14-4a62-b9f3-0e5d6c2b8f13"] {
        let told = tenant.run("role.activate", json!({"kind": "resource", "roles": [{"name": "Contributor", "scope": scope}]})).await;
        let error = &told.only()["error"];
        assert_eq!(error["code"], "RoleNotEligible");
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.contains("you are eligible for it at") && hint.contains("did you mean `Contoso Development`"), "{hint}");
    }
}

#[tokio::test]
async fn a_custom_roles_maximum_is_found_under_its_template() {
    // The role's own id allows eight hours, that of the template half an hour.
    let (role, template) = ("7d3c1a58-64f2-4e0b-9d57-2c8b5f0a4e77", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b");
    let strict = |scenario: &mut Value| {
        let roles = scenario["pim"]["directoryRoles"].as_array_mut().unwrap();
        roles.iter_mut().find(|role| role["id"] == template).unwrap()["policy"] = json!({"maximumDuration": "PT30M"});
    };
    let tenant = Tenant::with(strict, |_| {}).await;
    tenant.sign_in().await;
    let definitions = json!({"value": [{"id": role, "displayName": "Contoso Onboarding", "templateId": template}]});
    tenant.emulator.inject(Fault::new(Service::Graph).path("roleDefinitions").status(200).body(definitions));
    let told = tenant.activate("directory", &["Contoso Onboarding"], json!({"duration": "PT2H", "plan": true})).await;
    assert_eq!((&told.only()["duration"], &told.only()["durationClamped"]), (&json!("PT30M"), &json!(true)));
}
