//! Groups in Microsoft Graph, and PIM for Groups.

use crate::tenant::{Grant, PLAIN, Tenant};
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
