//! An account of one tenant that is a guest of another.

use pim_core::error::ErrorCode;
use pim_emulator::{Emulator, Scenario};
use serde_json::{Value, json};

use crate::emulated::Host;

const GUEST: &str = "alex.guest@fabrikam.example";
const CONTOSO: &str = "b2e4f0d6-5a31-4a0e-9d4c-1f0c7a6d9c11";
const FABRIKAM: &str = "7d0c9a52-2f0f-4a53-8b36-6a8f5b1f3e22";
/// Object ids of the same person: at home, and as a guest.
const AT_HOME: &str = "3f6f4d53-0f7a-4a55-8a2c-5d1c2e9b7a33";
const AS_GUEST: &str = "aaaaaaaa-1111-4222-8333-444444444444";

/// Contoso with a guest who may activate two roles.
async fn contoso() -> Emulator {
    let mut scenario = serde_json::to_value(Scenario::contoso().unwrap()).unwrap();
    let guest = json!({"objectId": AS_GUEST, "userPrincipalName": GUEST, "displayName": "Alex Wilber (Fabrikam)", "home": {"tenantId": FABRIKAM, "objectId": AT_HOME}});
    scenario["users"].as_array_mut().unwrap().push(guest);
    for role in ["Global Reader", "Reports Reader"] {
        scenario["pim"]["directoryEligibilities"].as_array_mut().unwrap().push(json!({"principal": GUEST, "role": role}));
    }
    Emulator::start(Scenario::from_json(&scenario.to_string()).unwrap()).await.unwrap()
}

fn guest(emulator: &Emulator, more: Value) -> Host {
    Host::new(emulator, emulator.robot(GUEST), more)
}

#[tokio::test]
async fn a_guest_acts_in_the_tenant_that_invited_it_and_is_known_by_its_home() {
    let emulator = contoso().await;
    let host = guest(&emulator, json!({"account": GUEST}));
    let context = host.run("session.connect", json!({"resources": ["graph", "arm"]})).await.unwrap();
    let account = &context["account"];
    assert_eq!((&account["tenantId"], &account["objectId"]), (&json!(CONTOSO), &json!(AS_GUEST)));
    assert_eq!(account["homeAccountId"], format!("{AT_HOME}.{FABRIKAM}"));
    // A step-up and a renewal bring the same account, which is no other although its home is elsewhere.
    let reply = host
        .run(
            "role.activate",
            json!({"kind": "directory", "roles": [{"name": "Global Reader"}, {"name": "Reports Reader"}], "justification": "x"}),
        )
        .await;
    assert_eq!(reply.unwrap()["activated"], 2);
    host.run("token.acquire", json!({"force": true})).await.unwrap();
    let orders: Vec<_> = emulator
        .journal()
        .into_iter()
        .filter(|entry| entry.method == "POST" && entry.path.contains("/roleAssignmentScheduleRequests"))
        .collect();
    assert!(!orders.is_empty() && orders.iter().all(|order| order.body.as_ref().unwrap()["principalId"] == AS_GUEST));
    assert!(emulator.journal().iter().all(|entry| entry.violation.is_none()), "{:#?}", emulator.journal());
}

#[tokio::test]
async fn the_same_person_in_another_tenant_is_another_account() {
    let emulator = contoso().await;
    // At home nobody is a guest: the other object id.
    let home = Host::new(&emulator, emulator.robot("alex@fabrikam.example"), json!({"tenant": "fabrikam.example"}));
    let context = home.run("session.connect", json!({})).await.unwrap();
    assert_eq!((&context["account"]["tenantId"], &context["account"]["objectId"]), (&json!(FABRIKAM), &json!(AT_HOME)));
    assert_eq!(context["account"]["homeAccountId"], format!("{AT_HOME}.{FABRIKAM}"));

    // A token of the one tenant is refused by a session of the other, although the home is the same.
    let own = guest(&emulator, json!({}));
    let token = own.run("token.acquire", json!({})).await.unwrap()["accessToken"].clone();
    let given = guest(&emulator, json!({"tenant": FABRIKAM, "credential": {"kind": "accessToken", "tokens": [token]}}));
    let error = given.run("session.connect", json!({})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::TenantMismatch, "{error:?}");
    assert_eq!(given.run("session.show", json!({})).await.unwrap()["tokens"], json!([]));

    // Another account in the place of the guest is refused as well.
    let wrong = Host::new(&emulator, emulator.robot("megan@contoso.example"), json!({"account": GUEST}));
    assert_eq!(wrong.run("session.connect", json!({})).await.unwrap_err().code, ErrorCode::AccountMismatch);
}
