//! Environment variables by which platforms tell a program what it is, and users how to reach the network. Read when a session is made,
//! and nowhere else.

use std::env;

use crate::secret::Secret;
use crate::session::SessionConfig;

/// The variables of the process, or those that the host gives in their place.
pub(crate) struct Environment<'a> {
    given: Option<&'a std::collections::BTreeMap<String, Secret>>,
}

impl<'a> Environment<'a> {
    pub(crate) fn of(config: &'a SessionConfig) -> Self {
        Self { given: config.environment.as_ref() }
    }

    /// Whether the host gives its own.
    pub(crate) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// A variable's value; `None` if it is unset, empty, or no text.
    pub(crate) fn get(&self, name: &str) -> Option<Secret> {
        let value = match self.given {
            // Names on Windows differ in case.
            Some(given) => given.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone()),
            None => env::var(name).ok().map(Secret::from),
        };
        value.filter(|value| !value.is_empty())
    }

    /// A value that is no secret.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| value.expose())
    }
}
