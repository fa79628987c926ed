//! Eligibilities in subscriptions.

use std::time::Duration;

use pim_emulator::{Fault, Service};
use serde_json::{Value, json};

use crate::administered::{
    DEVELOPMENT, PLATFORM, PRODUCTION, SUBSCRIPTIONS, administered, ask, batches, id, ids, on_batch, with_subscriptions,
};

#[tokio::test]
async fn three_hundred_subscriptions_take_few_requests() {
    let tenant = with_subscriptions(300, |_| {}, |_| {}).await;
    let told = tenant.run(SUBSCRIPTIONS, json!({})).await;
    assert_eq!((&told.done()["failed"], &told.done()["count"]), (&json!([]), &json!(told.outputs.len())));
    assert_eq!(batches(&tenant).len(), 302_usize.div_ceil(20));
    assert_eq!(tenant.asked("GET", "roleEligibilitySchedules").len(), 0);
    let branches = told.outputs.iter().filter(|output| output["ScopeName"].as_str().unwrap().starts_with("Branch")).collect::<Vec<_>>();
    assert_eq!(branches.len(), 600);
    assert!(branches.is_sorted_by_key(|output| output["ScopeId"].as_str().unwrap()), "the order is that of the subscriptions");
    tenant.assert_clean();
}

#[tokio::test]
async fn the_order_is_the_same_in_every_run() {
    let paged = |scenario: &mut Value| scenario["pim"]["behaviour"]["pageSize"] = json!(1);
    let tenant = with_subscriptions(50, paged, |_| {}).await;
    let first = tenant.run(SUBSCRIPTIONS, ask(50)).await;
    assert_eq!(first.done()["count"], 100);
    // Pages of one row, what is inherited among them: full batches nearly always.
    let sizes: Vec<_> = batches(&tenant).iter().map(Vec::len).collect();
    let pages: usize = sizes.iter().sum();
    assert!(pages >= 100 && pages.is_multiple_of(50) && sizes.len() <= pages / 20 + 2, "{sizes:?}");
    tenant.emulator.inject(on_batch().delay(Duration::from_millis(100)));
    let second = tenant.run(SUBSCRIPTIONS, ask(50)).await;
    assert_eq!(ids(&first), ids(&second));
    tenant.assert_clean();
}

#[tokio::test]
async fn rows_have_the_documented_properties_in_their_order() {
    let tenant = administered().await;
    let told =
        tenant.run(SUBSCRIPTIONS, json!({"ids": [PRODUCTION, format!("/subscriptions/{DEVELOPMENT}"), PRODUCTION.to_uppercase()]})).await;
    told.done();
    let machine = told.outputs.iter().find(|output| output["RoleName"] == "Virtual Machine Contributor").unwrap();
    let names: Vec<_> = machine.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "PrincipalName",
            "PrincipalEmail",
            "PrincipalType",
            "PrincipalId",
            "RoleName",
            "RoleType",
            "RoleId",
            "ScopeId",
            "ScopeName",
            "ScopeType",
            "Status",
            "createdOn",
            "startDateTime",
            "endDateTime",
            "updatedOn",
            "memberType",
            "id"
        ]
    );
    assert_eq!((&machine["PrincipalName"], &machine["RoleType"]), (&json!("Adele Vance"), &json!("BuiltInRole")));
    assert!(machine["endDateTime"].as_str().unwrap().ends_with('Z'));
    let vault = told.outputs.iter().find(|output| output["RoleName"] == "Key Vault Administrator").unwrap();
    assert_eq!((&vault["ScopeName"], &vault["endDateTime"]), (&json!("kv-contoso-pay"), &json!("permanent")));
    assert!(told.outputs.iter().all(|output| output["memberType"] == "Direct" && output["ScopeType"] != "managementgroup"));
    // A subscription that is named twice is asked for once.
    assert_eq!(batches(&tenant), [["0", "1"]]);
    tenant.assert_clean();
}

#[tokio::test]
async fn rows_that_are_inherited_or_from_above_are_left_out_and_missing_names_are_asked_for() {
    let tenant = administered().await;
    let row = |scope: &str, member: &str, role: &str| {
        json!({"id": format!("{scope}/{member}"), "properties": {"scope": scope, "memberType": member, "principalId": "p",
            "roleDefinitionId": format!("{scope}/providers/Microsoft.Authorization/roleDefinitions/{role}")}})
    };
    let reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    let scope = format!("/subscriptions/{PRODUCTION}");
    let rows = json!([
        row(&scope, "Direct", reader),
        row(&scope, "Direct", reader),
        row(&scope, "Inherited", reader),
        row(PLATFORM, "Direct", reader)
    ]);
    let list = Fault::new(Service::Arm).method("GET").path("roleEligibilitySchedules").status(200).body(json!({ "value": rows }));
    tenant.emulator.inject(list);
    let told = tenant.run(SUBSCRIPTIONS, json!({"ids": [PRODUCTION]})).await;
    assert_eq!(told.done()["count"], 2);
    assert_eq!((&told.outputs[1]["RoleName"], &told.outputs[1]["ScopeType"]), (&json!("Reader"), &json!("subscription")));
    assert_eq!((&told.outputs[1]["PrincipalId"], &told.outputs[1]["PrincipalName"]), (&json!("p"), &Value::Null));
    assert_eq!(tenant.asked("GET", "roleDefinitions").len(), 1);
    assert!(batches(&tenant).is_empty(), "one list needs no batch");
}

#[tokio::test]
async fn disabled_subscriptions_are_left_out() {
    let tenant = administered().await;
    let item =
        |id: &str, state: &str| json!({"id": format!("/subscriptions/{id}"), "subscriptionId": id, "displayName": "s", "state": state});
    let list = |items: Value| Fault::new(Service::Arm).path("/subscriptions?api-version").status(200).body(json!({ "value": items }));
    tenant.emulator.inject(list(json!([item(&id(1), "Disabled"), item(PRODUCTION, "Enabled"), item(&id(2), "Warned")])));
    let told = tenant.run(SUBSCRIPTIONS, json!({})).await;
    assert!(told.done()["count"].as_u64().unwrap() > 3);
    assert!(told.outputs.iter().all(|output| output["ScopeId"].as_str().unwrap().contains(PRODUCTION)));
    assert!(told.said("2 subscriptions are not enabled"));
    tenant.emulator.inject(list(json!([item(&id(1), "Disabled")])));
    assert_eq!(tenant.run(SUBSCRIPTIONS, json!({})).await.failed().code.as_str(), "ScopeNotFound");
}

#[tokio::test]
async fn an_unknown_subscription_is_told_with_what_may_be_meant() {
    let tenant = administered().await;
    let close = PRODUCTION.replace("0e1", "0e2");
    for (wanted, hint) in [("Contoso Production", PRODUCTION), ("Contoso Devlopment", "`Contoso Development`"), (&close, PRODUCTION)] {
        let told = tenant.run(SUBSCRIPTIONS, json!({"ids": [wanted, DEVELOPMENT]})).await;
        let failed = &told.done()["failed"][0]["error"];
        assert_eq!(failed["code"], "ScopeNotFound", "{wanted}");
        assert!(failed["hint"].as_str().unwrap().contains(hint), "{failed:#}");
        assert!(!told.outputs.is_empty(), "the other one is told");
    }
}
