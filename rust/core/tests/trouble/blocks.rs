//! Policies and permissions that stand in the way: Conditional Access that blocks, and consent that nobody has given.

use pim_core::auth::Resource;
use pim_core::error::ErrorCode;
use pim_emulator::robot::Manner;
use serde_json::{Value, json};

use crate::sign_in::{Fate, context, fate, refresh_tokens, silently};
use crate::tenant::Tenant;

/// Contoso where the context `c7` asks for this, and Global Reader asks for `c7`.
async fn requiring(requirement: &str) -> Tenant {
    let tenant = Tenant::with(
        |scenario| {
            let context = json!({"id": "c7", "displayName": "Under test", "requires": requirement});
            scenario["authenticationContexts"].as_array_mut().unwrap().push(context);
            let roles = scenario["pim"]["directoryRoles"].as_array_mut().unwrap();
            let role = roles.iter_mut().find(|role| role["displayName"] == "Global Reader").unwrap();
            role["policy"]["authenticationContext"] = json!("c7");
        },
        |_| {},
    )
    .await;
    tenant.sign_in().await;
    tenant
}

#[tokio::test]
async fn a_block_is_told_as_one_and_fails_nothing_else() {
    for (requirement, number, has_claims) in
        [("block", "AADSTS53003", true), ("blockWithoutClaims", "AADSTS53003", false), ("compliantDevice", "AADSTS53000", true)]
    {
        let tenant = requiring(requirement).await;
        let known = refresh_tokens(&tenant);
        let error = silently(&tenant, "c7").await.unwrap_err();
        assert_eq!(error.code, ErrorCode::ConditionalAccessBlocked, "{requirement}: {error:?}");
        assert_eq!((error.service.as_ref().unwrap().code.as_str(), error.claims.is_some()), (number, has_claims));
        assert!(error.hint.is_some(), "{requirement}");
        assert_eq!(fate(&tenant, Resource::Graph, known).await, Fate::Kept, "{requirement}");

        // No page for what no page can give, and no second attempt.
        tenant.forget();
        let told = tenant.run("token.acquire", json!({"claims": context("c7")})).await;
        assert_eq!((told.failed().code, told.prompts), (ErrorCode::ConditionalAccessBlocked, 0), "{requirement}");
        assert_eq!(tenant.asked("POST", "/token").len(), 1, "{requirement}");

        let told = tenant.activate("directory", &["Global Reader", "Reports Reader"], json!({"duration": "PT1H"})).await;
        let of = |name: &str| told.outputs.iter().find(|output| output["roleName"] == name).unwrap();
        assert_eq!(of("Global Reader")["error"]["code"], "ConditionalAccessBlocked", "{requirement}");
        assert!(of("Global Reader")["error"]["hint"].is_string());
        assert_eq!(of("Reports Reader")["status"], "Activated", "{requirement}");
        tenant.assert_clean();
    }
}

#[tokio::test]
async fn a_block_of_renewals_alone_is_passed_on_the_page() {
    let tenant = requiring("blockSilent").await;
    let known = refresh_tokens(&tenant);
    let error = silently(&tenant, "c7").await.unwrap_err();
    assert_eq!((error.code, error.service.unwrap().code.as_str()), (ErrorCode::SignInRequired, "AADSTS53003"));
    assert!(error.claims.unwrap().contains("c7"));
    assert_eq!(fate(&tenant, Resource::Graph, known).await, Fate::Kept);
    let told = tenant.activate("directory", &["Global Reader"], json!({"duration": "PT1H"})).await;
    assert_eq!((told.only()["status"].as_str(), told.prompts), (Some("Activated"), 1), "{:#}", told.only());
    tenant.assert_clean();
}

#[tokio::test]
async fn a_block_of_every_sign_in_is_told_on_the_page() {
    let tenant = Tenant::with(|scenario| scenario["behaviour"]["signInRequires"] = json!("blockWithoutClaims"), |_| {}).await;
    tenant.behaves(Manner::Return).await;
    let told = tenant.run("session.connect", json!({})).await;
    let error = told.failed();
    assert_eq!((error.code, told.prompts), (ErrorCode::ConditionalAccessBlocked, 1), "{error:?}");
    assert!(error.hint.is_some() && tenant.asked("POST", "/token").is_empty());
    assert_eq!(tenant.run("session.show", json!({})).await.done()["connected"], false);
}

/// Contoso whose clients have these permissions and this consent. A page that nobody answers is given up soon.
async fn permitted(scopes: Option<Value>, consent: &str) -> Tenant {
    Tenant::with(
        |scenario| {
            for client in scenario["clients"].as_array_mut().unwrap() {
                client["consent"] = json!(consent);
                if let Some(scopes) = &scopes {
                    client["grantedScopes"] = scopes.clone();
                }
            }
        },
        |config| config["timeouts"] = json!({"signInSeconds": 5}),
    )
    .await
}

#[tokio::test]
async fn a_permission_without_consent_is_named_and_the_sign_in_serves_for_the_others() {
    let granted = json!([
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "RoleManagement.Read.Directory",
        "RoleManagementPolicy.Read.Directory",
        "User.Read"
    ]);
    let tenant = permitted(Some(granted), "granted").await;
    tenant.sign_in().await;
    tenant.behaves(Manner::Return).await;
    let known = refresh_tokens(&tenant);
    let told = tenant.run("token.acquire", json!({"scopes": ["AuthenticationContext.Read.All"]})).await;
    let error = told.failed();
    assert_eq!((error.code, told.prompts), (ErrorCode::ConsentRequired, 1), "{error:?}");
    assert_eq!(error.service.as_ref().unwrap().code, "AADSTS90094");
    assert!(
        error.message.contains("AuthenticationContext.Read.All") && error.hint.as_ref().unwrap().contains("administrator"),
        "{error:?}"
    );
    assert_eq!(fate(&tenant, Resource::Graph, known).await, Fate::Kept);
    let told = tenant.activate("directory", &["Reports Reader"], json!({})).await;
    assert_eq!(told.only()["status"], "Activated");

    // Whoever closes the window that says it hears it all the same.
    tenant.behaves(Manner::Close).await;
    let told = tenant.run("token.acquire", json!({"scopes": ["AuthenticationContext.Read.All"]})).await;
    let error = told.failed();
    assert_eq!((error.code, error.service.as_ref().unwrap().code.as_str()), (ErrorCode::SignInTimeout, "AADSTS65001"));
    assert!(error.causes.iter().any(|cause| cause.contains("consent")), "{error:?}");
}

#[tokio::test]
async fn a_sign_in_that_an_administrator_has_to_agree_to_says_so() {
    let tenant = permitted(None, "admin").await;
    tenant.behaves(Manner::Return).await;
    let told = tenant.run("session.connect", json!({})).await;
    assert_eq!((told.failed().code, told.prompts), (ErrorCode::ConsentRequired, 1), "{:?}", told.failed());
    assert!(told.failed().hint.as_ref().unwrap().contains("administrator"));
    assert_eq!(tenant.run("session.show", json!({})).await.done()["connected"], false);
}

#[tokio::test]
async fn consent_of_the_user_is_given_on_the_page() {
    let tenant = permitted(None, "user").await;
    tenant.sign_in().await;
    let told = tenant.run("role.list", json!({"kind": "directory", "state": "eligible"})).await;
    assert!(told.prompts == 0 && !told.outputs.is_empty());
}
