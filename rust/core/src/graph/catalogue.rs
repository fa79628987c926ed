//! Role definitions by their ids.

use std::collections::HashMap;

use super::RoleDefinition;

/// What a tenant's directory roles are called, and the templates that they are made from. Ids compare without case.
#[derive(Debug)]
pub struct RoleCatalogue {
    names: HashMap<String, String>,
    templates: HashMap<String, String>,
}

impl RoleCatalogue {
    pub(super) fn new(definitions: Vec<RoleDefinition>) -> Self {
        let (mut names, mut templates) = (HashMap::new(), HashMap::new());
        for RoleDefinition { id, display_name, template_id } in definitions {
            let Some(id) = id.map(|id| id.to_lowercase()) else { continue };
            if let Some(name) = display_name {
                // Older assignments name a role by its template.
                if let Some(template) = &template_id {
                    names.entry(template.to_lowercase()).or_insert_with(|| name.clone());
                }
                names.insert(id.clone(), name);
            }
            if let Some(template) = template_id.filter(|template| !template.is_empty()) {
                templates.insert(id, template);
            }
        }
        Self { names, templates }
    }

    /// Name of the role with this id, or of one made from the template with this id.
    #[must_use]
    pub fn name(&self, id: &str) -> Option<&str> {
        self.names.get(&id.to_lowercase()).map(String::as_str)
    }

    /// The template of the role with this id.
    #[must_use]
    pub fn template(&self, id: &str) -> Option<&str> {
        self.templates.get(&id.to_lowercase()).map(String::as_str)
    }
}
