//! Making somebody eligible for an Azure role.

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::sleep;
use uuid::Uuid;

use super::principals;
use super::resource_policy::Role;
use super::time::{eligible, nominal_seconds, point, wire};
use crate::arm::{Arm, AssignmentBody, AssignmentExpiration, AssignmentProperties, AssignmentSchedule};
use crate::call::{Call, WriteId};
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::http::{Failure, Fate, is_mfa_refusal};
use crate::session::Session;

/// When a lost answer is looked for: a request may need a moment to be seen.
const LOOK_UPS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(500), Duration::from_millis(1500)];

/// Who becomes eligible for what.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct EligibilityRequest {
    /// Resource id of the scope, with or without slash at either end.
    pub scope: String,
    /// Object id of the user, group or service principal.
    pub principal_id: String,
    /// Name of the role; either this or `roleDefinitionId`.
    pub role_name: Option<String>,
    /// GUID or full id of the role definition.
    pub role_definition_id: Option<String>,
    /// Why.
    pub justification: Option<String>,
    /// From when, with an offset; absent means now.
    pub start_date_time: Option<String>,
    /// For how long, an ISO 8601 duration. It does not count with `permanent`.
    #[serde(default = "year")]
    pub duration: String,
    /// Without end.
    #[serde(default)]
    pub permanent: bool,
    /// Say what would be sent, and send nothing.
    #[serde(default)]
    pub plan: bool,
}

fn year() -> String {
    "P365D".to_owned()
}

/// The request as the service took it. In a plan, what would be sent.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EligibilityAssignment {
    /// Full id of the request; null in a plan.
    pub id: Option<String>,
    /// GUID of the request; null in a plan.
    pub name: Option<String>,
    /// The service's status, for example `Provisioned`; `Planned` in a plan.
    pub status: Option<String>,
    /// Who becomes eligible.
    pub principal_id: Option<String>,
    /// Full id of the role definition.
    pub role_definition_id: Option<String>,
    /// The scope.
    pub scope: Option<String>,
    /// `AdminAssign`.
    pub request_type: Option<String>,
    /// From when.
    pub start_date_time: Option<String>,
    /// `AfterDuration` or `NoExpiration`.
    pub expiration_type: Option<String>,
    /// For how long.
    pub expiration_duration: Option<String>,
    /// Until when, where the service says it.
    pub expiration_end_date: Option<String>,
    /// When the request was made.
    pub created_on: Option<String>,
}

impl EligibilityAssignment {
    /// Reads a `RoleEligibilityScheduleRequest`. None if it says nothing of itself.
    fn read(request: &Value) -> Option<Self> {
        let text = |path: &str| request.pointer(path).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            id: text("/id"),
            name: Some(text("/name")?),
            status: Some(text("/properties/status")?),
            principal_id: text("/properties/principalId"),
            role_definition_id: text("/properties/roleDefinitionId"),
            scope: text("/properties/scope"),
            request_type: text("/properties/requestType"),
            start_date_time: text("/properties/scheduleInfo/startDateTime"),
            expiration_type: text("/properties/scheduleInfo/expiration/type"),
            expiration_duration: text("/properties/scheduleInfo/expiration/duration"),
            expiration_end_date: text("/properties/scheduleInfo/expiration/endDateTime"),
            created_on: text("/properties/createdOn"),
        })
    }
}

/// What the caller wants, read.
struct Wish {
    principal_id: String,
    justification: Option<String>,
    start: String,
    duration: Option<String>,
}

impl Wish {
    fn read(request: &EligibilityRequest) -> Result<Self> {
        let duration = request.duration.trim();
        let duration = if request.permanent {
            None
        } else {
            eligible(duration, "duration")?;
            Some(duration.to_owned())
        };
        let start = request.start_date_time.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(point).transpose()?;
        Ok(Self {
            principal_id: request.principal_id.trim().to_owned(),
            justification: request.justification.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
            start: wire(start.unwrap_or_else(Timestamp::now)),
            duration,
        })
    }

    /// Refuses what the policy for administrators' orders does not allow. All of it is told at once.
    fn check(&self, rules: &[Value], role: &Role) -> Result<()> {
        let rule = |id: &str| {
            let is =
                |rule: &&Map<String, Value>| rule.get("id").and_then(Value::as_str).is_some_and(|found| found.eq_ignore_ascii_case(id));
            rules.iter().filter_map(Value::as_object).find(is)
        };
        let mut lacks = Vec::new();
        if let Some(rule) = rule("Expiration_Admin_Eligibility") {
            let expires = rule.get("isExpirationRequired").and_then(Value::as_bool).unwrap_or_default();
            let maximum = rule.get("maximumDuration").and_then(Value::as_str).filter(|maximum| nominal_seconds(maximum).is_some());
            match &self.duration {
                None if expires => {
                    let most = maximum.map_or_else(String::new, |maximum| format!(" of `{maximum}` or less"));
                    lacks.push((
                        ErrorCode::PolicyViolation,
                        "allows no eligibility without end".to_owned(),
                        format!("give a duration{most}"),
                    ));
                }
                Some(duration) => {
                    if let Some(maximum) = maximum.filter(|maximum| expires && nominal_seconds(duration) > nominal_seconds(maximum)) {
                        let what = format!("allows `{maximum}`, which is shorter than `{duration}`");
                        lacks.push((ErrorCode::DurationTooLong, what, format!("ask for `{maximum}` or less")));
                    }
                }
                None => {}
            }
        }
        let enabled = rule("Enablement_Admin_Eligibility").and_then(|rule| rule.get("enabledRules")?.as_array()).into_iter().flatten();
        if self.justification.is_none() && enabled.filter_map(Value::as_str).any(|name| name.eq_ignore_ascii_case("Justification")) {
            lacks.push((ErrorCode::JustificationRequired, "demands a justification".to_owned(), "give a justification".to_owned()));
        }
        let Some((first, ..)) = lacks.first() else { return Ok(()) };
        let code = if lacks.len() == 1 { *first } else { ErrorCode::PolicyViolation };
        let told = lacks.iter().map(|(_, what, _)| what.as_str()).collect::<Vec<_>>().join(" and ");
        let hint = lacks.iter().map(|(.., hint)| hint.as_str()).collect::<Vec<_>>().join(", and ");
        let mut error =
            Error::new(code, format!("the policy of {} {told}", role.title())).hint(hint).target(role.definition.role_name.clone());
        if lacks.len() > 1 {
            error.causes = lacks.iter().map(|(code, what, _)| format!("{}: the policy {what}", code.as_str())).collect();
        }
        Err(error)
    }

    fn body<'a>(&'a self, role: &'a Role) -> AssignmentBody<'a> {
        AssignmentBody {
            properties: AssignmentProperties {
                principal_id: &self.principal_id,
                role_definition_id: &role.definition.role_definition_id,
                request_type: "AdminAssign",
                justification: self.justification.as_deref(),
                schedule_info: AssignmentSchedule {
                    start_date_time: &self.start,
                    expiration: AssignmentExpiration {
                        kind: if self.duration.is_some() { "AfterDuration" } else { "NoExpiration" },
                        duration: self.duration.as_deref(),
                    },
                },
            },
        }
    }

    fn planned(&self, role: &Role) -> EligibilityAssignment {
        let body = self.body(role).properties;
        EligibilityAssignment {
            status: Some("Planned".to_owned()),
            principal_id: Some(self.principal_id.clone()),
            role_definition_id: Some(role.definition.role_definition_id.clone()),
            scope: Some(role.scope.as_str().to_owned()),
            request_type: Some(body.request_type.to_owned()),
            start_date_time: Some(self.start.clone()),
            expiration_type: Some(body.schedule_info.expiration.kind.to_owned()),
            expiration_duration: self.duration.clone(),
            ..EligibilityAssignment::default()
        }
    }
}

/// Makes a principal eligible for an Azure role at a scope. The status is the service's; it is not waited for.
///
/// # Errors
/// `InvalidRequest` and `DurationInvalid`, `ScopeNotFound`, `RoleNotFound`, `RoleAmbiguous`, and what the role's policy does not allow, before
/// anything is sent; `PrincipalNotFound`; `RoleAssignmentExists`; and those of the service. A failed write says what became of it.
pub async fn assign_eligibility(session: &Session, call: &Call, request: &EligibilityRequest) -> Result<EligibilityAssignment> {
    let wish = Wish::read(request)?;
    let arm = Arm::new(session, call);
    let role = Role::find(&arm, &request.scope, request.role_name.as_deref(), request.role_definition_id.as_deref()).await?;
    if Uuid::parse_str(&wish.principal_id).is_err() {
        return Err(principals::not_found(&arm, &role.scope, &wish.principal_id).await);
    }
    match arm.policy_rules(&role.scope, &role.definition.role_definition_id).await {
        Ok(rules) => wish.check(&rules.unwrap_or_default(), &role)?,
        Err(error) if error.code == ErrorCode::AccessDenied => {
            call.verbose(format!("The policy of {} cannot be read, so the service decides: {error}", role.title()));
        }
        Err(error) => return Err(error),
    }
    if request.plan {
        return Ok(wish.planned(&role));
    }
    let write = call.write_planned(format!("eligibility for {}", role.title()));
    Order { arm: &arm, call, role: &role, wish: &wish, id: Uuid::new_v4(), write }.run().await
}

/// One order on its way.
struct Order<'a> {
    arm: &'a Arm<'a>,
    call: &'a Call,
    role: &'a Role,
    wish: &'a Wish,
    id: Uuid,
    write: WriteId,
}

impl Order<'_> {
    async fn run(&self) -> Result<EligibilityAssignment> {
        let body = self.wish.body(self.role);
        let (mut claims, mut repeated) = (None, false);
        loop {
            let failure = match self.arm.assign_eligibility(&self.role.scope, self.id, &body, claims.clone(), self.write).await {
                Ok(response) => match response.json::<Value>() {
                    Ok(answer) => match EligibilityAssignment::read(&answer) {
                        Some(assignment) => return Ok(assignment),
                        None => Failure {
                            error: Box::new(response.unexpected("the service's answer has no name or status")),
                            fate: Fate::Unknown,
                        },
                    },
                    Err(error) => Failure { error: Box::new(error), fate: Fate::Unknown },
                },
                Err(failure) => failure,
            };
            if failure.fate == Fate::NotDone {
                if is_mfa_refusal(&failure.error) && claims.is_none() {
                    self.call
                        .verbose(format!("The eligibility for {} needs multi-factor authentication: signing in again", self.role.title()));
                    // Azure's name for multi-factor authentication, as its own refusals write it.
                    claims = Some(ClaimsRequest::for_contexts(["p1"]));
                    continue;
                }
                return Err(self.refused(*failure.error).await);
            }
            self.call.verbose(format!("The answer for the eligibility for {} was lost: looking it up", self.role.title()));
            match self.look_up().await {
                Ok(Some(assignment)) => {
                    self.call.write_answered(self.write);
                    return Ok(assignment);
                }
                // The same id again is the same request.
                Ok(None) if !repeated => repeated = true,
                Ok(None) => return Err(self.unconfirmed(*failure.error, "the service does not list it")),
                Err(error) => return Err(self.unconfirmed(*failure.error, &format!("looking it up failed: {error}"))),
            }
        }
    }

    async fn look_up(&self) -> Result<Option<EligibilityAssignment>> {
        for wait in LOOK_UPS {
            sleep(wait).await;
            match self.arm.eligibility_request(&self.role.scope, self.id).await {
                Ok(request) => {
                    if let Some(assignment) = EligibilityAssignment::read(&request) {
                        return Ok(Some(assignment));
                    }
                }
                Err(error) if error.http.as_ref().is_some_and(|http| http.status == 404) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The service's refusals are worded for activations.
    async fn refused(&self, mut error: Error) -> Error {
        let title = self.role.title();
        error.target = Some(self.role.definition.role_name.clone());
        if error.code == ErrorCode::RoleAssignmentExists {
            error.message = format!("`{}` is eligible for {title} already", self.wish.principal_id);
            error.hint = Some("nothing is to be done, or remove the present eligibility first".to_owned());
        } else if error.code == ErrorCode::PrincipalNotFound {
            let told = principals::not_found(self.arm, &self.role.scope, &self.wish.principal_id).await;
            error = Error { http: error.http, service: error.service, ..told };
        }
        error.writes = self.call.writes();
        error
    }

    fn unconfirmed(&self, mut error: Error, why: &str) -> Error {
        error.message = format!("{}; the eligibility for {} had been sent, and {why}", error.message, self.role.title());
        error.hint = Some("list the eligible assignments of the scope before trying again".to_owned());
        error.target = Some(self.role.definition.role_name.clone());
        error.writes = self.call.writes();
        error
    }
}
