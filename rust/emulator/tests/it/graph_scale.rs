//! A large tenant: twenty thousand eligibilities for roles and as many for groups, and five thousand groups.

use std::collections::BTreeSet;

use crate::tenant::{ADMINISTRATOR, Tenant};
use pim_emulator::scenario::User;
use pim_emulator::scenario::pim::{Grant as RoleGrant, GroupGrant};
use serde_json::{Value, json};

const GROUPS: u32 = 5_000;
const ELIGIBILITIES: u32 = 20_000;

fn guid(kind: u32, number: u32) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

async fn large() -> Tenant {
    Tenant::with(|scenario| {
        let user = scenario.users[0].clone();
        let roles: Vec<_> = scenario.pim.directory_roles.iter().map(|role| role.display_name.clone()).collect();
        for (number, role) in (0..ELIGIBILITIES).zip(roles.iter().cycle()) {
            let name = format!("user{number}@contoso.example");
            scenario.users.push(User { object_id: guid(1, number), user_principal_name: name.clone(), ..user.clone() });
            let grant = RoleGrant { principal: name.clone(), role: role.clone(), ..RoleGrant::default() };
            scenario.pim.directory_eligibilities.push(grant);
            let group = format!("Group {}", number % GROUPS);
            scenario.pim.group_eligibilities.push(GroupGrant { principal: name, group, ..GroupGrant::default() });
        }
        let groups = (0..GROUPS).map(|number| json!({ "id": guid(2, number), "displayName": format!("Group {number}") }));
        scenario.pim.groups.extend(groups.map(|group| serde_json::from_value(group).unwrap()));
        scenario.pim.behaviour.page_size = 999;
    })
    .await
}

/// The ids of a whole list; no entry twice.
async fn ids(tenant: &Tenant, path: &str) -> BTreeSet<String> {
    let token = tenant.token(&ADMINISTRATOR, pim_emulator::tokens::Audience::Graph);
    let (mut url, mut ids) = (format!("{}/v1.0{path}", tenant.emulator.graph()), BTreeSet::new());
    loop {
        let page = tenant.send(&token, "GET", &url, Value::Null).await;
        assert_eq!(page.status, 200, "{url}");
        assert!(!page.items().is_empty(), "{url}");
        for item in page.items() {
            assert!(ids.insert(item["id"].as_str().unwrap().to_owned()), "{item} came twice");
        }
        let Some(next) = page.body["@odata.nextLink"].as_str() else { return ids };
        url = next.to_owned();
    }
}

#[tokio::test]
async fn all_of_it_is_read() {
    let tenant = large().await;
    let scenario = &tenant.emulator.state().scenario.pim;
    let roles = "/roleManagement/directory/roleEligibilitySchedules";
    let all = ids(&tenant, &format!("{roles}?$expand=roleDefinition,principal")).await;
    assert_eq!(all.len(), scenario.directory_eligibilities.len());
    assert_eq!(ids(&tenant, &format!("{roles}?$filter=status eq 'Provisioned'&$select=id")).await, all);
    let of_one = ids(&tenant, &format!("{roles}?$filter=principalId eq '{}'", guid(1, ELIGIBILITIES - 1))).await;
    assert!(of_one.len() == 1 && of_one.is_subset(&all));
    assert_eq!(ids(&tenant, "/groups?$select=id").await.len(), scenario.groups.len());

    let item = |number: u32| {
        let url = format!("/identityGovernance/privilegedAccess/group/eligibilitySchedules?$filter=groupId eq '{}'", guid(2, number));
        json!({ "id": number.to_string(), "method": "GET", "url": url })
    };
    let mut seen = BTreeSet::new();
    for first in (0..GROUPS).step_by(500) {
        let requests: Vec<_> = (first..first + 20).map(item).collect();
        let reply = tenant.graph(&ADMINISTRATOR, "POST", "/$batch", json!({ "requests": requests })).await;
        for answer in reply.body["responses"].as_array().unwrap() {
            let entries = answer["body"]["value"].as_array().unwrap();
            assert_eq!(entries.len() as u32, ELIGIBILITIES / GROUPS, "{answer}");
            seen.extend(entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(seen.len(), 10 * 20 * 4);
    tenant.assert_no_violation();
}
