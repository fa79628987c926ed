//! Reading the emulator's own pages: as much of HTML as they use.

use std::collections::BTreeMap;

/// Attributes of an element, decoded.
pub(super) type Attributes = BTreeMap<String, String>;

/// A page: what its body says about itself, and its forms.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) body: Attributes,
    pub(super) forms: Vec<Form>,
}

/// A form with its fields and buttons.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) action: String,
    pub(super) fields: Vec<(String, String)>,
    pub(super) buttons: Vec<Attributes>,
}

impl Page {
    pub(super) fn parse(html: &str) -> Self {
        let mut page = Self::default();
        let mut rest = html;
        while let Some((_, after)) = rest.split_once('<') {
            let Some((tag, attributes, after)) = element(after) else { break };
            rest = after;
            match tag.as_str() {
                "body" => page.body = attributes,
                "form" => page.forms.push(Form { action: value(&attributes, "action"), ..Form::default() }),
                "input" => {
                    if let Some(form) = page.forms.last_mut() {
                        form.fields.push((value(&attributes, "name"), value(&attributes, "value")));
                    }
                }
                "button" => {
                    if let Some(form) = page.forms.last_mut() {
                        form.buttons.push(attributes);
                    }
                }
                "script" | "style" => {
                    // Their content is no markup.
                    rest = rest.split_once(&format!("</{tag}")).map_or("", |(_, after)| after);
                }
                _ => {}
            }
        }
        page
    }

    /// What the page is, from `data-page`.
    pub(super) fn kind(&self) -> Option<&str> {
        self.body.get("data-page").map(String::as_str)
    }

    /// The first button that fits, with its form.
    pub(super) fn button(&self, fits: impl Fn(&Attributes) -> bool) -> Option<(&Form, &Attributes)> {
        self.forms.iter().find_map(|form| Some((form, form.buttons.iter().find(|button| fits(button))?)))
    }

    pub(super) fn button_with_id(&self, id: &str) -> Option<(&Form, &Attributes)> {
        self.button(|button| button.get("id").is_some_and(|have| have == id))
    }
}

fn value(attributes: &Attributes, name: &str) -> String {
    attributes.get(name).cloned().unwrap_or_default()
}

/// Name and attributes of the element whose `<` was passed, and what follows its `>`.
fn element(text: &str) -> Option<(String, Attributes, &str)> {
    let end = text.find(|character: char| character.is_ascii_whitespace() || character == '>')?;
    let (name, mut rest) = text.split_at(end);
    let mut attributes = Attributes::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('>') {
            return Some((name.to_ascii_lowercase(), attributes, after));
        }
        let end = rest.find(|character: char| character.is_ascii_whitespace() || character == '=' || character == '>')?;
        let (attribute, after) = rest.split_at(end);
        if let Some(after) = after.strip_prefix("=\"") {
            let (text, after) = after.split_once('"')?;
            attributes.insert(attribute.to_owned(), unescape(text));
            rest = after;
        } else {
            attributes.insert(attribute.to_owned(), String::new());
            // At least one character is passed, also of an attribute form that the pages do not use.
            rest = if end == 0 { after.get(1..)? } else { after };
        }
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_fields_and_buttons_are_found() {
        let page = Page::parse(
            "<!DOCTYPE html><html><head><style>a>b{}</style></head><body data-page=\"x\" data-upn=\"a&amp;b\"><script>1<2</script>\
             <form method=\"post\" action=\"/go\"><input type=\"hidden\" name=\"f\" value=\"&quot;1&quot;\"><button id=\"one\" disabled>B</button></form></body>",
        );
        assert_eq!((page.kind(), page.body["data-upn"].as_str()), (Some("x"), "a&b"));
        let (form, _) = page.button_with_id("one").unwrap();
        assert_eq!((form.action.as_str(), form.fields.as_slice()), ("/go", [("f".to_owned(), "\"1\"".to_owned())].as_slice()));
    }

    #[test]
    fn whatever_is_sent_ends() {
        for text in ["<", "<a", "<a b", "<a =>", "<a b=\"", "<a ='x'>", "<>", "<script>", "<body data-page=x>", "a<b c=\"d\""] {
            assert!(Page::parse(text).forms.is_empty(), "{text}");
        }
    }
}
