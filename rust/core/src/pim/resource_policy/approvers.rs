//! Who approves: the approvers in the setting of an approval rule.

use serde_json::{Map, Value, json};

use super::merge::object;
use super::settings::is_kind;

/// Ids in the form in which they are compared and sent, each once.
pub(super) fn normal(ids: &[String]) -> Vec<String> {
    let mut normal = Vec::new();
    for id in ids.iter().map(|id| id.trim().to_lowercase()) {
        if !normal.contains(&id) {
            normal.push(id);
        }
    }
    normal
}

pub(super) fn same(left: &[String], right: &[String]) -> bool {
    let sorted = |ids: &[String]| {
        let mut ids = normal(ids);
        ids.sort();
        ids
    };
    sorted(left) == sorted(right)
}

pub(super) fn default_setting() -> Map<String, Value> {
    object(json!({
        "isApprovalRequired": false,
        "isApprovalRequiredForExtension": false,
        "isRequestorJustificationRequired": true,
        "approvalMode": "SingleStage",
        "approvalStages": [],
    }))
}

fn default_stage() -> Map<String, Value> {
    object(json!({
        "approvalStageTimeOutInDays": 1,
        "isApproverJustificationRequired": true,
        "escalationTimeInMinutes": 0,
        "isEscalationEnabled": false,
    }))
}

/// Replaces the approvers of the first stage, and takes those of further stages away: Azure roles have one. Who stays keeps what else is
/// said of him.
pub(super) fn set_approvers(setting: &mut Map<String, Value>, groups: &[String], users: &[String]) {
    let stages = setting.get("approvalStages").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let known: Vec<_> = stages.clone().filter_map(|stage| stage.get("primaryApprovers")?.as_array()).flatten().collect();
    let entry = |id: &String, kind: &str| {
        let is_it = |approver: &&&Value| {
            is_kind(approver, kind) && approver.get("id").and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(id))
        };
        let new = || json!({ "id": id, "description": "", "isBackup": false, "userType": kind });
        known.iter().find(is_it).map_or_else(new, |approver| (*approver).clone())
    };
    let approvers = groups.iter().map(|id| entry(id, "Group")).chain(users.iter().map(|id| entry(id, "User"))).collect();
    let mut stage = stages.clone().next().cloned().unwrap_or_else(default_stage);
    stage.insert("primaryApprovers".to_owned(), Value::Array(approvers));
    setting.insert("approvalStages".to_owned(), json!([stage]));
}
