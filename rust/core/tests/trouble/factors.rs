//! Second factors: wanted without a challenge, wanted by Azure for every write, lost by a renewal; and step-ups that do not help.

use pim_core::auth::Resource;
use pim_core::error::ErrorCode;
use serde_json::{Value, json};

use crate::sign_in::{Fate, fate, refresh_tokens};
use crate::tenant::Tenant;

async fn with(pim: Value, identity: Value) -> Tenant {
    let tenant = Tenant::with(
        |scenario| {
            for (place, changes) in [("/pim/behaviour", pim), ("/behaviour", identity)] {
                let target = scenario.pointer_mut(place).unwrap();
                for (name, value) in changes.as_object().unwrap() {
                    target[name] = value.clone();
                }
            }
        },
        |_| {},
    )
    .await;
    tenant.sign_in().await;
    tenant
}

#[tokio::test]
async fn azure_may_want_a_second_factor_for_every_write() {
    let tenant = with(json!({"armRequiresMfa": true}), json!({})).await;
    // A read is no write, and a role's policy knows nothing of it: the service has to say it.
    let read = tenant.run("role.list", json!({"kind": "resource", "state": "eligible"})).await;
    assert!(!read.outputs.is_empty() && read.prompts == 0);
    let known = refresh_tokens(&tenant);
    let told = tenant.activate("resource", &["Storage Blob Data Contributor"], json!({})).await;
    assert_eq!((told.only()["status"].as_str(), told.prompts), (Some("Activated"), 1), "{:#}", told.only());
    assert_eq!(told.only()["steppedUp"], true);
    let puts = tenant.asked("PUT", "/roleAssignmentScheduleRequests");
    assert_eq!(puts.iter().map(|put| put.status).collect::<Vec<_>>(), [401, 201]);
    assert_eq!(puts[0].path, puts[1].path, "the same order");
    assert!(puts[0].challenge && puts[1].token_contexts.as_ref().unwrap().contains(&"p1".to_owned()), "{puts:#?}");
    assert_eq!(fate(&tenant, Resource::Arm, known + 1).await, Fate::Kept);
    // The factor holds for the next write.
    tenant.forget();
    let reader = json!({"roles": [{"name": "Reader", "scope": "Contoso Production"}]});
    let told = tenant.activate("resource", &[], reader).await;
    assert_eq!((told.only()["status"].as_str(), told.prompts), (Some("Activated"), 0), "{:#}", told.only());
    tenant.assert_clean();
}

#[tokio::test]
async fn a_rule_that_wants_a_second_factor_without_a_challenge_is_met_also_after_a_renewal_has_lost_it() {
    let tenant = with(json!({}), json!({"refreshForgetsMfa": true})).await;
    tenant.hide_policies();
    let first = tenant.activate("directory", &["Helpdesk Administrator"], json!({"duration": "PT1H"})).await;
    assert_eq!((first.only()["status"].as_str(), first.prompts), (Some("Activated"), 1), "{:#}", first.only());
    assert_eq!(tenant.activations(), [400, 201]);

    // A renewal for other permissions comes back without the factor, and nothing says so.
    tenant.run("token.acquire", json!({"force": true})).await.done();
    tenant.forget();
    tenant.hide_policies();
    let told = tenant.activate("resource", &["Key Vault Administrator"], json!({"duration": "PT1H"})).await;
    assert_eq!(told.only()["status"], "Activated", "{:#}", told.only());
    let known = refresh_tokens(&tenant);
    assert_eq!(fate(&tenant, Resource::Graph, known).await, Fate::Kept);
    tenant.assert_clean();
}

#[tokio::test]
async fn a_step_up_that_does_not_help_ends_after_two_pages_with_what_was_asked_and_what_came() {
    let tenant = with(json!({}), json!({"tokensWithoutContexts": true})).await;
    let told = tenant.run("token.acquire", json!({"claims": crate::sign_in::context("c1")})).await;
    let error = told.failed();
    assert_eq!((error.code, told.prompts), (ErrorCode::ChallengeUnsatisfied, 2), "{error:?}");
    assert!(error.message.contains("`c1`") && error.claims.as_ref().unwrap().contains("c1") && error.hint.is_some());

    let told = tenant.activate("directory", &["Global Reader", "Reports Reader"], json!({"duration": "PT1H"})).await;
    let of = |name: &str| told.outputs.iter().find(|output| output["roleName"] == name).unwrap();
    assert_eq!(of("Global Reader")["error"]["code"], "ChallengeUnsatisfied");
    assert_eq!(of("Reports Reader")["status"], "Activated");
    let known = refresh_tokens(&tenant);
    assert_eq!(fate(&tenant, Resource::Graph, known).await, Fate::Kept);
}

#[tokio::test]
async fn tokens_that_show_only_what_they_were_asked_for_lose_no_context() {
    let tenant = with(json!({}), json!({"contextsOnlyWhenAsked": true})).await;
    // The first wants `c1`, the second `c2`, the third `c1` again.
    for (number, role) in ["Global Reader", "Compliance Administrator", "User Administrator"].into_iter().enumerate() {
        let told = tenant.activate("directory", &[role], json!({"duration": "PT1H"})).await;
        assert_eq!(told.only()["status"], "Activated", "{:#}", told.only());
        assert_eq!(told.prompts, usize::from(number == 0), "{role}");
    }
    assert_eq!(tenant.activations(), [201; 3]);
    tenant.assert_clean();
}
