//! The part of OData that the services need. What isn't understood is refused, never ignored: a client that relies on it would find out only
//! with the real services.

pub mod filter;
pub mod page;
pub mod select;

/// Query options by name, decoded, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes the part of a URL after the question mark.
    ///
    /// # Errors
    ///
    /// The name of an option that is given twice.
    pub fn parse(encoded: &str) -> Result<Self, String> {
        let options: Vec<(String, String)> = form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
        let repeated = options
            .iter()
            .enumerate()
            .find(|(index, (name, _))| options[..*index].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)));
        match repeated {
            Some((_, (name, _))) => Err(format!("the query option `{name}` is given twice")),
            None => Ok(Self(options)),
        }
    }

    /// The value of an option, whose name compares without regard to case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(option, _)| option.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first option that isn't among those allowed.
    #[must_use]
    pub fn other_than(&self, allowed: &[&str]) -> Option<&str> {
        let is_allowed = |name: &String| allowed.iter().any(|option| option.eq_ignore_ascii_case(name));
        self.0.iter().map(|(name, _)| name).find(|name| !is_allowed(name)).map(String::as_str)
    }

    /// The options again, encoded, with one of them replaced or added.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        for (option, existing) in self.0.iter().filter(|(option, _)| !option.eq_ignore_ascii_case(name)) {
            encoded.append_pair(option, existing);
        }
        encoded.append_pair(name, value);
        // A plus sign for a blank is a form's habit; both services write %20 in their links.
        encoded.finish().replace('+', "%20").replace("%24", "$")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::filter::Filter;
    use super::page::page;
    use super::select::{parse_expand, parse_select};
    use super::*;

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in "\\PC{0,80}", grammar in "[a-c()',;=$ ]{0,80}( eq | and | or ){0,6}[a-c()']{0,8}") {
            for text in [&text, &grammar] {
                let _ = Filter::parse(text).map(|filter| (filter.accepts(&serde_json::json!({ "a": 1 })), filter.conjunction().is_some()));
                let _ = parse_expand(text);
                let _ = parse_select(text);
                if let Ok(query) = Query::parse(text) {
                    let _ = page(vec![1, 2], text, &query, 1);
                }
            }
        }

        #[test]
        fn a_query_survives_being_written_and_read(name in "[a-z$]{1,8}", value in "\\PC{0,40}") {
            let written = Query::default().with(&name, &value);
            let query = Query::parse(&written).unwrap();
            prop_assert_eq!(query.get(&name), Some(value.as_str()));
        }
    }
}
