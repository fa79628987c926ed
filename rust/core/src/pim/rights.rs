//! What an operation needs of the signed-in user: the hint where a service refuses it with 403.

use super::Kind;
use crate::error::Error;
use crate::http::is_about_rights;

/// Start of a hint that stays beside what is needed.
const CHECK: &str = "check the scope";

/// Rights that a group of operations needs. Sources: "Permissions" of each operation in Microsoft Graph's reference (v1.0), and the resource
/// provider operations of `Microsoft.Authorization`.
#[derive(Clone, Copy, Debug)]
pub struct Rights(&'static str);

/// The user's own directory roles.
const OWN_DIRECTORY: Rights = Rights(
    "one's own roles need no role; an administrator has to consent to `RoleEligibilitySchedule.Read.Directory`, \
     `RoleAssignmentSchedule.ReadWrite.Directory` and `RoleManagement.Read.Directory`",
);
/// The user's own Azure roles.
const OWN_RESOURCES: Rights = Rights("one's own roles need no right: sign in to the tenant in which they are");
/// Activating a directory role.
const ACTIVATE_DIRECTORY: Rights = Rights(
    "sign in with the account that is eligible for the role; an administrator has to consent to \
     `RoleAssignmentSchedule.ReadWrite.Directory`",
);
/// Activating an Azure role. Azure looks whether the user may read a resource group before it looks at what the user is eligible for.
const ACTIVATE_RESOURCES: Rights =
    Rights("sign in with the account that is eligible for the role, and activate it at the scope at which it is eligible");
/// Everybody's eligibilities for directory roles.
pub const READ_DIRECTORY: Rights = Rights(
    "this needs the role Global Reader, Security Reader, Security Operator, Security Administrator or Privileged Role Administrator, and \
     consent to `RoleEligibilitySchedule.Read.Directory` and `RoleManagementPolicy.Read.Directory`",
);
/// Policies of directory roles.
pub const READ_DIRECTORY_POLICIES: Rights = Rights(
    "this needs the role Global Reader, Security Reader, Security Operator, Security Administrator or Privileged Role Administrator, and \
     consent to `RoleManagementPolicy.Read.Directory` and `RoleManagement.Read.Directory`",
);
/// Groups, and who is eligible for them.
pub const READ_GROUPS: Rights = Rights(
    "this needs the role Global Reader, or Privileged Role Administrator for groups that can hold roles and Groups Administrator, User \
     Administrator, Directory Writers or Identity Governance Administrator for others, and consent to `Group.ReadBasic.All`, \
     `PrivilegedEligibilitySchedule.Read.AzureADGroup`, `RoleManagementPolicy.Read.AzureADGroup` and `Directory.Read.All`",
);
/// Authentication contexts of the tenant.
pub const READ_CONTEXTS: Rights = Rights(
    "this needs the role Global Reader, Security Reader, Security Administrator or Conditional Access Administrator, and consent to \
     `AuthenticationContext.Read.All`",
);
/// Eligibilities and policies at Azure scopes.
pub const READ_RESOURCES: Rights = Rights(
    "this needs `Microsoft.Authorization/roleAssignments/read` at the scope, which Reader, User Access Administrator and Owner have; for management groups \
     Management Group Reader",
);
/// Eligibilities and policies at Azure scopes, for a change.
pub const CHANGE_RESOURCES: Rights = Rights("this needs the role Owner or User Access Administrator at the scope");

/// What listing one's own roles needs.
pub(super) const fn own(kind: Kind) -> Rights {
    match kind {
        Kind::Directory => OWN_DIRECTORY,
        Kind::Resource => OWN_RESOURCES,
    }
}

/// What activating a role needs.
pub(super) const fn activation(kind: Kind) -> Rights {
    match kind {
        Kind::Directory => ACTIVATE_DIRECTORY,
        Kind::Resource => ACTIVATE_RESOURCES,
    }
}

impl Rights {
    /// Puts what is needed into the hint of a refusal for want of rights. Every other error stays as it is.
    #[must_use]
    pub fn explain(self, mut error: Error) -> Error {
        if is_about_rights(&error) {
            error.hint = Some(match error.hint {
                Some(hint) if hint.starts_with(CHECK) => format!("{}; {hint}", self.0),
                _ => self.0.to_owned(),
            });
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorCode, HttpDetail, ServiceDetail};

    fn refusal(code: ErrorCode, service: &str) -> Error {
        let mut error = Error::new(code, "x").hint("check the permissions");
        error.http = Some(HttpDetail { status: 403, ..HttpDetail::default() });
        error.service = Some(ServiceDetail { code: service.to_owned(), message: String::new() });
        error
    }

    #[test]
    fn only_a_want_of_rights_is_explained() {
        let told = |error: Error| CHANGE_RESOURCES.explain(error).hint.unwrap();
        assert!(told(refusal(ErrorCode::AccessDenied, "AuthorizationFailed")).contains("Owner"));
        assert!(told(refusal(ErrorCode::ConsentRequired, "PermissionScopeNotGranted")).contains("Owner"));
        assert_eq!(told(refusal(ErrorCode::AccessDenied, "AadPremiumLicenseRequired")), "check the permissions");
        assert_eq!(told(refusal(ErrorCode::AccessDenied, "RequestDisallowedByAzure")), "check the permissions");
        assert_eq!(told(refusal(ErrorCode::BadRequest, "x")), "check the permissions");
        assert_eq!(told(Error::new(ErrorCode::ConsentRequired, "of the sign-in").hint("a")), "a");
        let both = told(refusal(ErrorCode::AccessDenied, "AuthorizationFailed").hint("check the scope: did you mean `x`?"));
        assert!(both.contains("Owner") && both.ends_with("did you mean `x`?"), "{both}");
    }
}
