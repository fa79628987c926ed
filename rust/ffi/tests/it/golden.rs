//! The golden files are what the operations answer against the emulator, with all that changes from run to run made stable.

mod stable;

use std::fs;

use pim_core::event::Event;
use pim_core::operations::ALL;
use pim_emulator::secrets::SecretKind;
use pim_emulator::{Emulator, Fault, Service};
use serde_json::{Value, json};

use crate::files::{expect, read, repository};
use crate::tenant::Tenant;
use stable::Stable;

const PRODUCTION: &str = "/subscriptions/6f1d2c7e-4b3a-4d59-8e20-91a7c5b3d0e1";
const MEGAN: &str = "5e1a7c3d-9b2f-4f6a-8c4d-3a9f0b6e7d55";

#[test]
fn golden_replies_are_what_the_operations_answer() {
    for operation in ALL {
        let folder = format!("tests/golden/{}", operation.name);
        let (tenant, events) = succeeding(operation.name);
        let Some(Event::Done { value }) = events.last() else { panic!("{}: {events:?}", operation.name) };
        let mut stable = Stable::new(&tenant.emulator);
        if (operation.output)().as_value()["title"] != "Nothing" {
            let outputs = events.iter().filter_map(|event| if let Event::Output { values } = event { Some(values.clone()) } else { None });
            let outputs = outputs.flatten().collect::<Vec<_>>();
            assert!(!outputs.is_empty(), "{} has no output to show", operation.name);
            expect(&format!("{folder}/output.json"), &stable.text(&Value::Array(outputs)));
        }
        expect(&format!("{folder}/reply.json"), &stable.text(value));
    }
}

#[test]
fn golden_errors_are_what_the_operations_answer() {
    for operation in ALL {
        let (tenant, events) = failing(operation.name);
        let Some(Event::Failed { error }) = events.last() else { panic!("{}: {events:?}", operation.name) };
        let error = Stable::new(&tenant.emulator).text(&serde_json::to_value(error).unwrap());
        expect(&format!("tests/golden/{}/error.json", operation.name), &error);
    }
}

#[test]
fn no_event_holds_a_secret_but_the_reply_with_the_token() {
    for (tenant, events, operation) in ALL.iter().flat_map(|operation| {
        [succeeding(operation.name), failing(operation.name)].map(|(tenant, events)| (tenant, events, operation.name))
    }) {
        for secret in tenant.emulator.issued_secrets() {
            let found = events.iter().filter(|event| serde_json::to_string(event).unwrap().contains(&secret.value)).collect::<Vec<_>>();
            let allowed = operation == "token.acquire" && secret.kind == SecretKind::AccessToken;
            let only_reply = found.iter().all(|event| matches!(event, Event::Done { .. }));
            assert!(found.is_empty() || allowed && only_reply, "{operation} shows {:?}: {found:?}", secret.kind);
        }
    }
}

/// What concerns others than oneself is an administrator's matter.
fn tenant_for(operation: &str) -> Tenant {
    let own = ["cache.", "challenge.", "session.", "token.", "role.", "rest.", "authenticationContext."];
    if own.iter().any(|prefix| operation.starts_with(prefix)) { Tenant::start() } else { Tenant::administered() }
}

/// The events of a golden request, in a tenant of its own: one operation must not see what another has done.
fn succeeding(operation: &str) -> (Tenant, Vec<Event>) {
    let tenant = tenant_for(operation);
    let folder = tempfile::tempdir().unwrap();
    let session = tenant.session_with(|config| {
        if operation == "cache.clear" {
            config["cache"] = json!({"mode": "file", "path": folder.path().join("sign-ins.bin")});
        }
    });
    if ["session.show", "session.disconnect"].contains(&operation) {
        tenant.run(&session, "session.connect", "{}");
    }
    let events = tenant.run(&session, operation, &read(&format!("tests/golden/{operation}/request.json")));
    (tenant, events)
}

fn failing(operation: &str) -> (Tenant, Vec<Event>) {
    let tenant = tenant_for(operation);
    let request = failing_request(operation, &tenant.emulator).to_string();
    let events = tenant.run(&tenant.session(), operation, &request);
    (tenant, events)
}

/// A request that the operation cannot fulfil, or a service that does not let it.
fn failing_request(operation: &str, emulator: &Emulator) -> Value {
    let forbid = |path: &str| {
        let mut fault = Fault::new(Service::Graph);
        fault.path_contains = Some(path.to_owned());
        fault.status = Some(403);
        fault.times = 9;
        fault.body = Some(
            json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation."}}),
        );
        emulator.inject(fault);
    };
    match operation {
        "challenge.parse" => {
            json!({"text": "WWW-Authenticate: Bearer error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOiJicm9rZW4ifQ==\""})
        }
        "token.acquire" => json!({"claims": "nothing that carries a challenge"}),
        "session.connect" => json!({"claims": "nothing that carries a challenge"}),
        "cache.clear" => json!({}),
        "role.list" => {
            forbid("roleEligibilitySchedules");
            json!({"kind": "directory", "state": "eligible"})
        }
        "role.activate" => json!({"kind": "directory", "roles": [{"name": "Security Administrator"}], "duration": "an hour"}),
        "rest.invoke" => json!({"uri": "https://elsewhere.example/v1.0/me"}),
        "directoryRole.eligibility" => {
            forbid("roleEligibilityScheduleInstances");
            json!({})
        }
        "group.list" | "group.eligibility" => {
            forbid("/groups");
            json!({})
        }
        "account.membership" => json!({"ids": ["adele@contoso.example"]}),
        "directoryRole.policy" => json!({"roleName": "Privileged Role Admin"}),
        "resourceRole.definitions" => json!({"scope": "/subscriptions/00000000-0000-0000-0000-000000000000"}),
        "managementGroup.eligibility" => json!({"names": ["Contoso/Platform"]}),
        "resourceRole.policy" => json!({"scope": PRODUCTION, "roleName": "Contribtor"}),
        "resourceRole.setPolicy" => json!({"scope": PRODUCTION, "roleName": "Reader", "requireApproval": true}),
        "resourceRole.assignEligibility" => {
            json!({"scope": PRODUCTION, "roleName": "Reader", "principalId": MEGAN, "duration": "a year"})
        }
        "authenticationContext.list" => {
            forbid("authenticationContextClassReferences");
            json!({})
        }
        _ => json!({"unknown": true}),
    }
}

#[test]
fn golden_requests_are_written_by_hand_and_readable() {
    for operation in ALL {
        let path = repository().join(format!("tests/golden/{}/request.json", operation.name));
        let text = fs::read_to_string(path).unwrap();
        assert!(serde_json::from_str::<Value>(&text).unwrap().is_object() && text.ends_with('\n'), "{}", operation.name);
    }
}
