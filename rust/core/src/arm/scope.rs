//! Scopes: resource ids as parts of addresses.

use crate::error::{Error, ErrorCode, Result};

/// A scope of Azure Resource Manager: the tenant's root, a management group, a subscription, a resource group or a resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scope(String);

impl Scope {
    /// The tenant's root.
    #[must_use]
    pub fn root() -> Self {
        Self(String::new())
    }

    /// Reads a resource id, with or without slash at either end. Slashes divide segments; everything else is encoded when it is sent.
    /// The specification's examples write subscriptions as resources of `Microsoft.Subscription`: they are read as what the service calls
    /// them.
    ///
    /// # Errors
    /// `InvalidRequest` for a text that would leave its place in an address.
    pub fn parse(text: &str) -> Result<Self> {
        const LONG_FORM: &str = "providers/microsoft.subscription/";
        let text = text.trim_matches('/');
        let text = match text.get(..LONG_FORM.len()) {
            Some(start) if start.eq_ignore_ascii_case(LONG_FORM) => &text[LONG_FORM.len()..],
            _ => text,
        };
        let leaves = |segment: &str| {
            let plain = segment.to_ascii_lowercase().replace("%2e", ".");
            segment.is_empty() || plain == "." || plain == ".." || segment.chars().any(|c| c.is_control() || matches!(c, '\\' | '?' | '#'))
        };
        if !text.is_empty() && text.split('/').any(leaves) {
            return Err(Error::new(ErrorCode::InvalidRequest, format!("`{}` is no scope", text.escape_debug()))
                .hint("give a resource id such as `/subscriptions/00000000-0000-0000-0000-000000000000`")
                .target("scope"));
        }
        Ok(Self(if text.is_empty() { String::new() } else { format!("/{text}") }))
    }

    /// The resource id with leading slash; empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Path of the authorization provider at this scope.
    #[must_use]
    pub fn provider_path(&self) -> String {
        format!("{}/providers/Microsoft.Authorization", self.0)
    }

    /// Whether both are the same scope; resource ids compare without case.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// Whether this scope is below the other by its path. What is below a management group cannot be told from paths.
    #[must_use]
    pub fn is_below(&self, other: &Self) -> bool {
        let (inner, outer) = (self.0.to_ascii_lowercase(), other.0.to_ascii_lowercase());
        !outer.is_empty() && inner.strip_prefix(&outer).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The kind of scope, in the words of `expandedProperties`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let segments: Vec<_> = self.0.split('/').skip(1).map(str::to_ascii_lowercase).collect();
        match segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [] => "tenant",
            ["providers", "microsoft.management", "managementgroups", _] => "managementgroup",
            ["subscriptions", _] => "subscription",
            ["subscriptions", _, "resourcegroups", _] => "resourcegroup",
            _ => "resource",
        }
    }
}

/// The last segment of a resource id: two ids of one role definition differ in the scope before it.
#[must_use]
pub fn trailing_id(id: &str) -> &str {
    let id = id.trim_end_matches('/');
    id.rsplit('/').next().unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_know_what_they_are() {
        for (text, kind) in [
            ("/", "tenant"),
            ("", "tenant"),
            ("/subscriptions/1", "subscription"),
            ("subscriptions/1/", "subscription"),
            ("providers/Microsoft.Subscription/subscriptions/1", "subscription"),
            ("/subscriptions/1/resourceGroups/g", "resourcegroup"),
            ("/providers/Microsoft.Management/managementGroups/m", "managementgroup"),
            ("/subscriptions/1/resourceGroups/g/providers/Microsoft.Web/sites/s", "resource"),
        ] {
            assert_eq!(Scope::parse(text).unwrap().kind(), kind, "{text}");
        }
    }

    #[test]
    fn below_is_by_whole_segments() {
        let scope = |text| Scope::parse(text).unwrap();
        assert!(scope("/subscriptions/1/resourceGroups/g").is_below(&scope("/SUBSCRIPTIONS/1")));
        assert!(!scope("/subscriptions/12").is_below(&scope("/subscriptions/1")));
        assert!(!scope("/subscriptions/1").is_below(&scope("/subscriptions/1")));
        assert!(!scope("/subscriptions/1").is_below(&Scope::root()));
        assert!(scope("/subscriptions/A").is(&scope("subscriptions/a/")));
    }

    #[test]
    fn a_scope_stays_in_its_place() {
        for bad in ["/subscriptions/../x", "/a//b", "/a/%2E%2e/b", "/a?b", "/a#b", "/a\\b", "/a\nb", "/./a"] {
            assert_eq!(Scope::parse(bad).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
        }
        assert_eq!(Scope::parse("/subscriptions/1").unwrap().provider_path(), "/subscriptions/1/providers/Microsoft.Authorization");
        assert_eq!(trailing_id("/providers/x/roleDefinitions/abc"), "abc");
    }
}
