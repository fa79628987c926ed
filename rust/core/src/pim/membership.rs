//! The groups that accounts are eligible to become members of, also through other groups.

use std::collections::{BTreeSet, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::groups::eligible_groups;
use crate::call::Call;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::{GROUP_SCOPES, Graph, NAME_SCOPE, about};
use crate::http::shown;
use crate::session::Session;

/// Whose memberships, and how far to follow them.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MembershipRequest {
    /// Object ids of users, groups or service principals.
    pub ids: Vec<String>,
    /// Whether to follow the groups found into the groups that they are eligible for.
    #[serde(default)]
    pub transitive: bool,
    /// Whether to follow the groups found also into the groups that they are members of. Only together with `transitive`.
    #[serde(default)]
    pub include_permanent: bool,
    /// Groups with their eligibilities, as `group.list` gives them with `eligibleOnly`. Nothing is looked up then.
    pub groups: Option<Vec<Value>>,
}

/// The groups of one account.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Membership {
    /// Object id of the account.
    #[serde(rename = "Id")]
    pub id: String,
    /// The groups, nearest first and each once: groups with their eligibilities, and groups of permanent membership as the directory has
    /// them, their type as `ObjectType`. Null if nobody is eligible for any group of the tenant.
    #[serde(rename = "MemberOf")]
    pub member_of: Option<Vec<Value>>,
}

/// Finds the groups that accounts are eligible to become members of. Each account is an output, in the order of the request.
/// Whether there was any group to look in is returned.
///
/// # Errors
/// `InvalidRequest` for an id that is none, and those of the sign-in, the connection and the service.
pub async fn memberships(session: &Session, call: &Call, request: MembershipRequest) -> Result<bool> {
    let accounts = request.ids.iter().map(|id| account(id)).collect::<Result<Vec<_>>>()?;
    let graph = Graph::new(session, call);
    let permanent = request.transitive && request.include_permanent;
    let mut scopes = GROUP_SCOPES.to_vec();
    if permanent {
        scopes.push(NAME_SCOPE);
    }
    let groups = match request.groups {
        Some(groups) => groups,
        None => {
            let groups = eligible_groups(&graph, &scopes).await?;
            groups
                .iter()
                .map(serde_json::to_value)
                .collect::<Result<_, _>>()
                .map_err(|error| Error::new(ErrorCode::Internal, "a group could not be written as JSON").cause(&error))?
        }
    };
    let eligible = Eligible::new(&groups);
    let mut directory = permanent.then(|| Directory { graph, scopes: &scopes, groups_of: HashMap::new(), objects: HashMap::new() });
    let mut searches: Vec<_> = accounts.into_iter().map(Search::new).collect();
    loop {
        for search in &mut searches {
            search.step(&eligible);
        }
        if !request.transitive {
            break;
        }
        if let Some(directory) = &mut directory {
            directory.read(searches.iter().flat_map(|search| &search.next)).await?;
            for search in &mut searches {
                search.add_permanent(directory);
            }
        }
        if searches.iter().all(|search| search.next.is_empty()) {
            break;
        }
    }
    for search in searches {
        let found = search.found.into_iter().map(|found| match found {
            Found::Eligible(place) => Some(groups[place].clone()),
            Found::Permanent(id) => directory.as_ref()?.objects.get(&id).cloned(),
        });
        let member_of = (!groups.is_empty()).then(|| found.flatten().collect());
        call.output(&Membership { id: search.id, member_of }).await?;
    }
    Ok(!groups.is_empty())
}

fn account(id: &str) -> Result<String> {
    Uuid::parse_str(id.trim()).map(|id| id.to_string()).map_err(|_| {
        let id = shown(id, 100);
        Error::new(ErrorCode::InvalidRequest, format!("`{id}` is no object id"))
            .hint("give the object ids of users, groups or service principals")
            .target("ids")
    })
}

/// Who is eligible to become a member of which groups: places of the groups by the principal's id in lower case.
struct Eligible {
    places: HashMap<String, Vec<usize>>,
    ids: Vec<Option<String>>,
}

impl Eligible {
    fn new(groups: &[Value]) -> Self {
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, group) in groups.iter().enumerate() {
            // Who keeps a list in PowerShell has a single item where there is only one.
            let assignments = match group.get("EligibleAssignment") {
                Some(Value::Array(assignments)) => assignments.as_slice(),
                Some(assignment) => std::slice::from_ref(assignment),
                None => &[],
            };
            // An owner is no member, whoever else is: both must be said of the same eligibility.
            let members = assignments.iter().filter(|assignment| text(assignment, "accessId").is_some_and(|access| access == "member"));
            let members: BTreeSet<_> = members.filter_map(|assignment| text(assignment, "principalId")).collect();
            for member in members {
                places.entry(member).or_default().push(place);
            }
        }
        Self { places, ids: groups.iter().map(|group| text(group, "id")).collect() }
    }
}

fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).map(str::to_lowercase)
}

enum Found {
    /// Place in the list of groups.
    Eligible(usize),
    /// Id of the group.
    Permanent(String),
}

/// The way from one account to its groups, breadth first. No group is entered twice, so that circles end.
struct Search {
    id: String,
    seen: HashSet<String>,
    found: Vec<Found>,
    /// Whose eligibilities come next.
    next: Vec<String>,
}

impl Search {
    fn new(id: String) -> Self {
        Self { seen: HashSet::from([id.clone()]), found: Vec::new(), next: vec![id.clone()], id }
    }

    fn step(&mut self, eligible: &Eligible) {
        let places: BTreeSet<_> =
            std::mem::take(&mut self.next).iter().filter_map(|id| eligible.places.get(id)).flatten().copied().collect();
        for place in places {
            if let Some(id) = &eligible.ids[place]
                && self.seen.insert(id.clone())
            {
                self.found.push(Found::Eligible(place));
                self.next.push(id.clone());
            }
        }
    }

    fn add_permanent(&mut self, directory: &Directory<'_>) {
        let through: Vec<_> = self.next.iter().filter_map(|id| directory.groups_of.get(id)).flatten().cloned().collect();
        for id in through {
            if self.seen.insert(id.clone()) {
                self.found.push(Found::Permanent(id.clone()));
                self.next.push(id);
            }
        }
    }
}

/// Permanent membership, each group asked about once.
struct Directory<'a> {
    graph: Graph<'a>,
    scopes: &'a [&'a str],
    groups_of: HashMap<String, Vec<String>>,
    objects: HashMap<String, Value>,
}

impl Directory<'_> {
    async fn read(&mut self, ids: impl Iterator<Item = &String>) -> Result<()> {
        let ids: Vec<_> = ids.filter(|id| !self.groups_of.contains_key(*id)).cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let answers = self.graph.member_groups(&ids, self.scopes).await?;
        let mut unknown = BTreeSet::new();
        for (id, answer) in ids.into_iter().zip(answers) {
            let answer = answer.map_err(|error| about("groups of the group", &id, error))?;
            let Some(groups) = answer.body.get("value").and_then(Value::as_array) else {
                return Err(answer.unexpected("the service's answer is no list"));
            };
            let groups: Vec<_> = groups.iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
            unknown.extend(groups.iter().filter(|group| !self.objects.contains_key(*group)).cloned());
            self.groups_of.insert(id, groups);
        }
        let unknown: Vec<_> = unknown.into_iter().collect();
        for (id, object) in self.graph.whole_objects(&unknown, self.scopes).await? {
            self.objects.insert(id, typed(object));
        }
        Ok(())
    }
}

/// A directory object whose type is a property like the others.
fn typed(mut object: Value) -> Value {
    if let Some(members) = object.as_object_mut()
        && let Some(kind) = members.shift_remove("@odata.type")
    {
        let kind = kind.as_str().map(|kind| kind.trim_start_matches("#microsoft.graph."));
        members.insert("ObjectType".to_owned(), json!(kind));
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(groups: &[Value], from: &str, transitive: bool) -> Vec<usize> {
        let eligible = Eligible::new(groups);
        let mut search = Search::new(from.to_owned());
        search.step(&eligible);
        while transitive && !search.next.is_empty() {
            search.step(&eligible);
        }
        search.found.iter().map(|found| if let Found::Eligible(place) = found { *place } else { panic!("permanent") }).collect()
    }

    fn group(id: &str, assignments: &[(&str, &str)]) -> Value {
        let assignments: Vec<_> =
            assignments.iter().map(|(principal, access)| json!({"principalId": principal, "accessId": access})).collect();
        json!({"id": id, "EligibleAssignment": assignments})
    }

    #[test]
    fn an_owner_is_no_member() {
        let groups = [group("a", &[("user", "owner"), ("other", "member")]), group("b", &[("other", "owner"), ("USER", "Member")])];
        assert_eq!(walk(&groups, "user", true), [1]);
    }

    #[test]
    fn circles_end_and_no_group_comes_twice() {
        let groups = [
            group("a", &[("user", "member"), ("b", "member"), ("a", "member")]),
            group("b", &[("a", "member"), ("user", "member"), ("user", "member")]),
            group("c", &[("a", "member"), ("b", "member")]),
        ];
        assert_eq!(walk(&groups, "user", true), [0, 1, 2]);
        assert_eq!(walk(&groups, "user", false), [0, 1]);
        assert_eq!(walk(&groups, "c", true), Vec::<usize>::new());
    }

    #[test]
    fn a_single_assignment_and_nonsense_are_taken_as_they_are() {
        let single = json!({"id": "a", "EligibleAssignment": {"principalId": "user", "accessId": "member"}});
        let groups = [json!(7), json!({"EligibleAssignment": [{"principalId": "user", "accessId": "member"}]}), single, json!({"id": "b"})];
        assert_eq!(walk(&groups, "user", true), [2]);
    }

    #[test]
    fn the_type_of_an_object_is_a_property() {
        let object = typed(json!({"@odata.type": "#microsoft.graph.group", "id": "g", "displayName": "G"}));
        assert_eq!(object, json!({"id": "g", "displayName": "G", "ObjectType": "group"}));
    }
}
