//! The policy of a directory role, flattened to one object that fits a row of a table.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::graph::RolePolicy;

/// The policy of a directory role: 41 properties in a fixed order, named as scripts for PIM have read them since before this product.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(transparent)]
pub struct DirectoryRolePolicy(Map<String, Value>);

/// Where a property comes from: a rule and a member of it.
#[derive(Clone, Copy)]
enum Source {
    /// As it is; null if it is missing.
    Member(&'static str, &'static str),
    /// A list of texts, joined by commas.
    List(&'static str, &'static str),
    /// Whether no expiration is required, as text.
    Permanent(&'static str),
    /// The approvers of all stages.
    Approvers,
}

const TEXT: &[&str] = &["string", "null"];
const FLAG: &[&str] = &["boolean", "null"];
const JOINED: &[&str] = &["string"];

/// Name, source, JSON types, meaning.
type Property = (&'static str, Source, &'static [&'static str], &'static str);

const PROPERTIES: [Property; 11] = [
    (
        "ActivationDuration",
        Source::Member("Expiration_EndUser_Assignment", "maximumDuration"),
        TEXT,
        "Longest activation, an ISO 8601 duration.",
    ),
    (
        "EnablementRules",
        Source::List("Enablement_EndUser_Assignment", "enabledRules"),
        JOINED,
        "What an activation demands, joined by commas: `MultiFactorAuthentication`, `Justification`, `Ticketing`.",
    ),
    (
        "ActiveAssignmentRequirement",
        Source::List("Enablement_Admin_Assignment", "enabledRules"),
        JOINED,
        "What an active assignment by an administrator demands, joined by commas.",
    ),
    (
        "AuthenticationContext_Enabled",
        Source::Member("AuthenticationContext_EndUser_Assignment", "isEnabled"),
        FLAG,
        "Whether an activation needs an authentication context.",
    ),
    (
        "AuthenticationContext_Value",
        Source::Member("AuthenticationContext_EndUser_Assignment", "claimValue"),
        TEXT,
        "The authentication context, for example `c1`.",
    ),
    (
        "ApprovalRequired",
        Source::Member("Approval_EndUser_Assignment", "setting/isApprovalRequired"),
        FLAG,
        "Whether somebody has to approve an activation.",
    ),
    (
        "Approvers",
        Source::Approvers,
        JOINED,
        "The approvers of all stages, each as `@{\"id\"=\"…\";\"description\"=\"…\";\"userType\"=\"user|group\"},`.",
    ),
    (
        "AllowPermanentEligibleAssignment",
        Source::Permanent("Expiration_Admin_Eligibility"),
        JOINED,
        "`true` or `false` as text: whether an eligibility may have no end.",
    ),
    (
        "MaximumEligibleAssignmentDuration",
        Source::Member("Expiration_Admin_Eligibility", "maximumDuration"),
        TEXT,
        "Longest eligibility, an ISO 8601 duration.",
    ),
    (
        "AllowPermanentActiveAssignment",
        Source::Permanent("Expiration_Admin_Assignment"),
        JOINED,
        "`true` or `false` as text: whether an active assignment may have no end.",
    ),
    (
        "MaximumActiveAssignmentDuration",
        Source::Member("Expiration_Admin_Assignment", "maximumDuration"),
        TEXT,
        "Longest active assignment, an ISO 8601 duration.",
    ),
];

/// Who is told what: prefix of the properties' names, and the rule that they come from.
const NOTIFICATIONS: [(&str, &str); 9] = [
    ("Notification_Eligibility_Alert", "Notification_Admin_Admin_Eligibility"),
    ("Notification_Eligibility_Assignee", "Notification_Requestor_Admin_Eligibility"),
    ("Notification_Eligibility_Approvers", "Notification_Approver_Admin_Eligibility"),
    ("Notification_Active_Alert", "Notification_Admin_Admin_Assignment"),
    ("Notification_Active_Assignee", "Notification_Requestor_Admin_Assignment"),
    ("Notification_Active_Approvers", "Notification_Approver_Admin_Assignment"),
    ("Notification_Activation_Alert", "Notification_Admin_EndUser_Assignment"),
    ("Notification_Activation_Assignee", "Notification_Requestor_EndUser_Assignment"),
    // In the singular, as scripts know it.
    ("Notification_Activation_Approver", "Notification_Approver_EndUser_Assignment"),
];

/// What is told of each notification: the end of the name, how the source is made from the rule, JSON types, meaning.
type Part = (&'static str, fn(&'static str) -> Source, &'static [&'static str], &'static str);

const PARTS: [Part; 3] = [
    (
        "isDefaultRecipientEnabled",
        |rule| Source::Member(rule, "isDefaultRecipientsEnabled"),
        FLAG,
        "Whether the default recipients get the mail",
    ),
    ("NotificationLevel", |rule| Source::Member(rule, "notificationLevel"), TEXT, "`All` or `Critical`: the level"),
    ("Recipients", |rule| Source::List(rule, "notificationRecipients"), JOINED, "Further recipients, joined by commas,"),
];

/// Every property that comes from a rule, in its order: name, source, JSON types, meaning.
fn properties() -> impl Iterator<Item = (String, Source, &'static [&'static str], String)> {
    let plain = PROPERTIES.into_iter().map(|(name, source, types, meaning)| (name.to_owned(), source, types, meaning.to_owned()));
    let told = NOTIFICATIONS.into_iter().flat_map(|(prefix, rule)| {
        PARTS.into_iter().map(move |(end, source, types, meaning)| {
            (format!("{prefix}_{end}"), source(rule), types, format!("{meaning} of the rule `{rule}`."))
        })
    });
    plain.chain(told)
}

impl DirectoryRolePolicy {
    /// Flattens the rules (`unifiedRoleManagementPolicyRule`) of a role's policy. Rules that are missing leave their properties empty.
    #[must_use]
    pub fn flatten(role_name: &str, role_id: &str, policy: &RolePolicy) -> Self {
        let rules = Rules(&policy.rules);
        let head = [("RoleName", role_name), ("RoleID", role_id), ("PolicyID", policy.id.as_str())];
        let head = head.into_iter().map(|(name, text)| (name.to_owned(), json!(text)));
        Self(head.chain(properties().map(|(name, source, ..)| (name, rules.value(source)))).collect())
    }
}

impl JsonSchema for DirectoryRolePolicy {
    fn schema_name() -> Cow<'static, str> {
        "DirectoryRolePolicy".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        let head = [
            ("RoleName", "Name of the role; empty where it was named by its id."),
            ("RoleID", "Id of the role definition."),
            ("PolicyID", "Id of the policy."),
        ];
        let head = head.into_iter().map(|(name, meaning)| (name.to_owned(), JOINED, meaning.to_owned()));
        let all = head.chain(properties().map(|(name, _, types, meaning)| (name, types, meaning)));
        let properties: Map<_, _> = all
            .map(|(name, types, meaning)| {
                let kind = if let [only] = types { json!(only) } else { json!(types) };
                (name, json!({ "type": kind, "description": meaning }))
            })
            .collect();
        let required: Vec<_> = properties.keys().cloned().collect();
        json_schema!({
            "type": "object",
            "description": "The policy of a directory role, flattened.",
            "properties": properties,
            "required": required,
        })
    }
}

struct Rules<'a>(&'a [Value]);

impl Rules<'_> {
    fn member(&self, rule: &str, path: &str) -> Option<&Value> {
        let found = self.0.iter().find(|found| found.get("id").and_then(Value::as_str).is_some_and(|id| id.eq_ignore_ascii_case(rule)))?;
        found.pointer(&format!("/{path}"))
    }

    fn value(&self, source: Source) -> Value {
        match source {
            Source::Member(rule, path) => self.member(rule, path).cloned().unwrap_or_default(),
            Source::List(rule, path) => {
                let items = self.member(rule, path).and_then(Value::as_array).into_iter().flatten();
                json!(items.filter_map(Value::as_str).collect::<Vec<_>>().join(","))
            }
            Source::Permanent(rule) => {
                let expires = self.member(rule, "isExpirationRequired").and_then(Value::as_bool).unwrap_or_default();
                json!((!expires).to_string())
            }
            Source::Approvers => {
                let stages = self.member("Approval_EndUser_Assignment", "setting/approvalStages").and_then(Value::as_array);
                let approvers = stages.into_iter().flatten().filter_map(|stage| stage.get("primaryApprovers")?.as_array()).flatten();
                json!(approvers.map(approver).collect::<String>())
            }
        }
    }
}

/// An approver as a fragment of PowerShell, which is what scripts take apart.
fn approver(approver: &Value) -> String {
    let text = |name: &str| approver.get(name).and_then(Value::as_str);
    let is_group = text("@odata.type").is_some_and(|kind| kind.eq_ignore_ascii_case("#microsoft.graph.groupMembers"));
    let (kind, id) = if is_group { ("group", text("groupId")) } else { ("user", text("userId")) };
    let (id, description) = (escaped(id.unwrap_or_default()), escaped(text("description").unwrap_or_default()));
    format!("@{{\"id\"=\"{id}\";\"description\"=\"{description}\";\"userType\"=\"{kind}\"}},")
}

/// A description is anybody's text: it must not end its string where the fragment is evaluated. PowerShell takes typographic quotes for
/// quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if matches!(character, '"' | '`' | '$' | '\u{201c}' | '\u{201d}' | '\u{201e}') {
            escaped.push('`');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flatten(rules: Value) -> Value {
        let Value::Array(rules) = rules else { panic!("no list") };
        let policy = RolePolicy { id: "p".to_owned(), rules };
        serde_json::to_value(DirectoryRolePolicy::flatten("Reader", "r", &policy)).unwrap()
    }

    #[test]
    fn properties_have_a_fixed_order_and_fit_their_schema() {
        let flat = flatten(json!([]));
        let names: Vec<_> = flat.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names.len(), 41);
        let head = ["RoleName", "RoleID", "PolicyID", "ActivationDuration", "EnablementRules", "ActiveAssignmentRequirement"];
        assert_eq!(names[..6], head);
        assert_eq!(names[13..15], ["MaximumActiveAssignmentDuration", "Notification_Eligibility_Alert_isDefaultRecipientEnabled"]);
        assert_eq!(names[40], "Notification_Activation_Approver_Recipients");
        let schema = schemars::schema_for!(DirectoryRolePolicy);
        let documented: Vec<_> = schema.as_value()["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(documented, names);
    }

    #[test]
    fn missing_rules_leave_what_the_old_scripts_expect() {
        let flat = flatten(json!([{"id": 7}, "nonsense"]));
        assert_eq!(flat["ActivationDuration"], Value::Null);
        assert_eq!((&flat["EnablementRules"], &flat["Approvers"]), (&json!(""), &json!("")));
        assert_eq!(flat["AllowPermanentEligibleAssignment"], "true");
        assert_eq!(flat["Notification_Active_Alert_isDefaultRecipientEnabled"], Value::Null);
    }

    #[test]
    fn approvers_of_all_stages_are_told_and_cannot_leave_their_string() {
        let flat = flatten(json!([{"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": true, "approvalStages": [
            {"primaryApprovers": [{"@odata.type": "#microsoft.graph.groupMembers", "groupId": "g", "description": "Ops"}]},
            {"primaryApprovers": [{"@odata.type": "#microsoft.graph.singleUser", "userId": "u", "description": "\";$(x)\u{201d}"}]},
            {"primaryApprovers": null}, 3
        ]}}]));
        assert_eq!(
            flat["Approvers"],
            "@{\"id\"=\"g\";\"description\"=\"Ops\";\"userType\"=\"group\"},@{\"id\"=\"u\";\"description\"=\"`\";`$(x)`\u{201d}\";\"userType\"=\"user\"},"
        );
        assert_eq!(flat["ApprovalRequired"], true);
    }

    #[test]
    fn permanence_is_the_negation_of_a_required_end() {
        let flat = flatten(json!([
            {"id": "Expiration_Admin_Eligibility", "isExpirationRequired": true, "maximumDuration": "P365D"},
            {"id": "Expiration_Admin_Assignment", "isExpirationRequired": false, "maximumDuration": "P180D"},
            {"id": "Enablement_Admin_Assignment", "enabledRules": ["MultiFactorAuthentication", "Justification"]},
            {"id": "Notification_Admin_Admin_Eligibility", "notificationRecipients": ["a@x.example", "b@x.example"]},
        ]));
        assert_eq!((&flat["AllowPermanentEligibleAssignment"], &flat["AllowPermanentActiveAssignment"]), (&json!("false"), &json!("true")));
        assert_eq!(flat["MaximumActiveAssignmentDuration"], "P180D");
        assert_eq!(flat["ActiveAssignmentRequirement"], "MultiFactorAuthentication,Justification");
        assert_eq!(flat["Notification_Eligibility_Alert_Recipients"], "a@x.example,b@x.example");
    }
}
