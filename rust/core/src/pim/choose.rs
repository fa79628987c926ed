//! From the selectors of a request to the roles that are meant.

use std::collections::{BTreeSet, HashMap};

use super::activate::{Flow, not_found};
use super::provider::Provider;
use super::resolve::{ambiguous, find, named, narrowed};
use super::role::{Assignment, Eligibility, same_scope, without_repetition};
use super::{ActivationSummary, RoleSelector};
use crate::arm::Scope;
use crate::error::Result;

impl<P: Provider> Flow<'_, P> {
    /// Scopes that a caller names by name can only be found if all names are known; else the names of what is meant are enough.
    pub(super) async fn with_scope_names(&self, eligible: Vec<Eligibility>) -> Vec<Eligibility> {
        let by_name = self.request.roles.iter().filter_map(|selector| selector.scope.as_deref()).any(|scope| !scope.contains('/'));
        if by_name { self.name_scopes(eligible).await } else { eligible }
    }

    pub(super) async fn name_scopes(&self, mut roles: Vec<Eligibility>) -> Vec<Eligibility> {
        let unnamed: BTreeSet<_> = roles.iter().filter(|role| role.scope_name.is_none()).map(|role| role.scope.clone()).collect();
        if unnamed.is_empty() {
            return roles;
        }
        let names: HashMap<_, _> = self.provider.scope_names(&unnamed.into_iter().collect::<Vec<_>>()).await;
        for role in &mut roles {
            if role.scope_name.is_none() {
                role.scope_name = names.get(&role.scope).cloned();
            }
        }
        roles
    }

    pub(super) async fn resolve(
        &self,
        eligible: &[Eligibility],
        held: Option<&[Assignment]>,
        summary: &mut ActivationSummary,
    ) -> Result<Vec<Eligibility>> {
        let mut roles: Vec<Eligibility> = Vec::new();
        for selector in &self.request.roles {
            match self.one(eligible, held, selector).await {
                Ok(found) => {
                    for role in found {
                        if roles.iter().any(|other| other.role_key == role.role_key && same_scope(&other.scope, &role.scope)) {
                            self.call.verbose(format!("{} is named more than once", role.title()));
                        } else {
                            roles.push(role);
                        }
                    }
                }
                Err(error) => self.deliver(not_found(P::KIND, selector, error), summary).await?,
            }
        }
        Ok(roles)
    }

    /// What one selector means: one role, or several that are all active where the caller wants active ones left out.
    async fn one(&self, eligible: &[Eligibility], held: Option<&[Assignment]>, selector: &RoleSelector) -> Result<Vec<Eligibility>> {
        let fit = match find(eligible, selector, P::NARROW) {
            Ok(fit) => fit,
            Err(error) => {
                let below = self.below(eligible, selector).await.unwrap_or_else(|trouble| {
                    self.call.verbose(format!("the scopes below could not be read: {trouble}"));
                    Vec::new()
                });
                return match below.len() {
                    0 => Err(error),
                    1 => Ok(below),
                    _ => Err(ambiguous(&below, selector)),
                };
            }
        };
        if let [only] = fit.candidates.as_slice()
            && fit.completed
        {
            self.call.verbose(format!("`{}` is taken as {}", selector.title(), only.title()));
        }
        if fit.candidates.len() == 1 {
            return Ok(fit.candidates);
        }
        if self.request.exclude_active {
            let read;
            let held = if let Some(held) = held {
                held
            } else {
                let scopes: BTreeSet<_> = fit.candidates.iter().map(|candidate| candidate.scope.clone()).collect();
                read = self.provider.assignments_at(&scopes.into_iter().collect::<Vec<_>>()).await?;
                &read
            };
            let idle: Vec<_> = fit
                .candidates
                .iter()
                .filter(|candidate| !held.iter().any(|assignment| candidate.is_active_as(assignment)))
                .cloned()
                .collect();
            match idle.len() {
                0 => return Ok(fit.candidates),
                1 => return Ok(idle),
                _ => {}
            }
        }
        Err(ambiguous(&self.name_scopes(fit.candidates).await, selector))
    }

    /// Eligibilities at management groups, for a scope below them: only the service knows what is below. Several are several roles.
    async fn below(&self, eligible: &[Eligibility], selector: &RoleSelector) -> Result<Vec<Eligibility>> {
        let Some(scope) = selector.scope.as_deref().filter(|scope| P::NARROW && scope.contains('/')) else { return Ok(Vec::new()) };
        let Ok((candidates, _)) = named(eligible, selector) else { return Ok(Vec::new()) };
        let inner = Scope::parse(scope)?;
        let mut fitting = Vec::new();
        for candidate in without_repetition(candidates) {
            if self.provider.is_below(&inner, &candidate.scope).await? {
                fitting.push(narrowed(&candidate, &inner));
            }
        }
        Ok(without_repetition(fitting))
    }
}
