//! `$filter`: comparisons with `eq` and `ne`, `and`, `or`, parentheses, and functions such as `asTarget()`.

use serde_json::Value;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// At least one.
    Or(Box<Filter>, Box<Filter>),
    /// A property compared with a literal.
    Compare {
        /// Name, with slashes for nested ones.
        property: String,
        /// `eq` rather than `ne`.
        equal: bool,
        /// The literal.
        literal: Value,
    },
    /// A function and its arguments.
    Call {
        /// Name.
        name: String,
        /// Text literals only.
        arguments: Vec<String>,
    },
}

impl Filter {
    /// Parses a filter.
    ///
    /// # Errors
    ///
    /// What isn't understood, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
        let filter = parser.either()?;
        match parser.tokens.get(parser.at) {
            None => Ok(filter),
            Some(token) => Err(format!("the filter goes on with {token:?} after its end")),
        }
    }

    /// The terms of a filter that only says `and`; `None` where it says `or`.
    #[must_use]
    pub fn conjunction(&self) -> Option<Vec<&Self>> {
        match self {
            Self::And(left, right) => {
                let mut terms = left.conjunction()?;
                terms.extend(right.conjunction()?);
                Some(terms)
            }
            Self::Or(..) => None,
            _ => Some(vec![self]),
        }
    }

    /// The text that every object which passes has as this property, if the filter says so.
    #[must_use]
    pub fn required(&self, name: &str) -> Option<&str> {
        self.conjunction()?.into_iter().find_map(|term| match term {
            Self::Compare { property, equal: true, literal } if property.eq_ignore_ascii_case(name) => literal.as_str(),
            _ => None,
        })
    }

    /// The first property or function that isn't among those allowed.
    #[must_use]
    pub fn other_than(&self, properties: &[&str]) -> Option<&str> {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.other_than(properties).or_else(|| right.other_than(properties)),
            Self::Compare { property, .. } => {
                (!properties.iter().any(|allowed| allowed.eq_ignore_ascii_case(property))).then_some(property.as_str())
            }
            Self::Call { name, .. } => Some(name),
        }
    }

    /// Whether anything in it is compared by `ne`.
    #[must_use]
    pub fn excludes(&self) -> bool {
        match self {
            Self::And(left, right) | Self::Or(left, right) => left.excludes() || right.excludes(),
            Self::Compare { equal, .. } => !equal,
            Self::Call { .. } => false,
        }
    }

    /// Whether an object passes. Functions never do: services that have them look at them beforehand.
    #[must_use]
    pub fn accepts(&self, object: &Value) -> bool {
        match self {
            Self::And(left, right) => left.accepts(object) && right.accepts(object),
            Self::Or(left, right) => left.accepts(object) || right.accepts(object),
            Self::Compare { property, equal, literal } => equals(member(object, property), literal) == *equal,
            Self::Call { .. } => false,
        }
    }
}

fn member<'a>(object: &'a Value, path: &str) -> &'a Value {
    path.split('/').fold(object, |value, name| {
        let members = value.as_object();
        members
            .and_then(|members| members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
            .map_or(&Value::Null, |(_, member)| member)
    })
}

/// Ids, names and statuses compare without regard to case in both services.
fn equals(value: &Value, literal: &Value) -> bool {
    match (value, literal) {
        (Value::String(value), Value::String(literal)) => value.to_lowercase() == literal.to_lowercase(),
        (value, literal) => value == literal,
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(&next) = rest.peek() {
        match next {
            ' ' => drop(rest.next()),
            '(' | ')' | ',' => {
                rest.next();
                tokens.push(match next {
                    '(' => Token::Open,
                    ')' => Token::Close,
                    _ => Token::Comma,
                });
            }
            '\'' => {
                rest.next();
                let mut literal = String::new();
                loop {
                    match rest.next() {
                        // A quote inside of a literal is written twice.
                        Some('\'') if rest.peek() == Some(&'\'') => literal.extend(rest.next()),
                        Some('\'') => break,
                        Some(character) => literal.push(character),
                        None => return Err("a text in the filter has no closing quote".to_owned()),
                    }
                }
                tokens.push(Token::Text(literal));
            }
            _ if next.is_alphanumeric() || "_/-.".contains(next) => {
                let mut word = String::new();
                while let Some(character) = rest.next_if(|character| character.is_alphanumeric() || "_/-.".contains(*character)) {
                    word.push(character);
                }
                tokens.push(Token::Word(word));
            }
            other => return Err(format!("the filter contains `{other}`, which isn't understood")),
        }
    }
    Ok(tokens)
}

/// No filter of a client nests deeper; the parser recurses.
const DEEPEST: u32 = 16;

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<Filter, String> {
        let mut left = self.both()?;
        while self.takes_word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Filter, String> {
        let mut left = self.term()?;
        while self.takes_word("and") {
            left = Filter::And(Box::new(left), Box::new(self.term()?));
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Filter, String> {
        match self.next() {
            Some(Token::Open) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("the filter is nested too deeply".to_owned());
                }
                let filter = self.either()?;
                match self.next() {
                    Some(Token::Close) => Ok(filter),
                    _ => Err("the filter lacks a closing parenthesis".to_owned()),
                }
            }
            Some(Token::Word(name)) if self.tokens.get(self.at) == Some(&Token::Open) => self.call(name),
            Some(Token::Word(property)) => self.comparison(property),
            other => Err(format!("the filter has {other:?} where a comparison is expected")),
        }
    }

    fn call(&mut self, name: String) -> Result<Filter, String> {
        self.at += 1;
        let mut arguments = Vec::new();
        loop {
            match self.next() {
                Some(Token::Close) => return Ok(Filter::Call { name, arguments }),
                Some(Token::Text(argument)) => arguments.push(argument),
                Some(Token::Comma) if !arguments.is_empty() => {}
                other => return Err(format!("the function `{name}` in the filter has the argument {other:?}, which isn't understood")),
            }
        }
    }

    fn comparison(&mut self, property: String) -> Result<Filter, String> {
        let equal = match self.next() {
            Some(Token::Word(operator)) if operator == "eq" => true,
            Some(Token::Word(operator)) if operator == "ne" => false,
            other => return Err(format!("the filter compares `{property}` by {other:?}, which isn't understood")),
        };
        let literal = match self.next() {
            Some(Token::Text(text)) => Value::String(text),
            Some(Token::Word(word)) if word == "null" => Value::Null,
            Some(Token::Word(word)) if word == "true" || word == "false" => Value::Bool(word == "true"),
            other => return Err(format!("the filter compares `{property}` with {other:?}, which isn't understood")),
        };
        Ok(Filter::Compare { property, equal, literal })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn and_binds_closer_than_or() {
        let filter = Filter::parse("a eq '1' or a eq '2' and b ne null").unwrap();
        assert!(filter.accepts(&json!({"a": "1"})));
        assert!(!filter.accepts(&json!({"a": "2"})));
        assert!(filter.accepts(&json!({"a": "2", "b": true})));
        let grouped = Filter::parse("(a eq '1' or a eq '2') and b eq true").unwrap();
        assert!(!grouped.accepts(&json!({"a": "1"})));
        assert!(grouped.accepts(&json!({"A": "1", "b": true})));
    }

    #[test]
    fn texts_quotes_and_nested_properties() {
        let filter = Filter::parse("roleDefinition/displayName eq 'O''Neil'").unwrap();
        assert!(filter.accepts(&json!({"roleDefinition": {"displayName": "o'neil"}})));
        assert_eq!(filter.other_than(&["id"]), Some("roleDefinition/displayName"));
    }

    #[test]
    fn functions_are_found() {
        let filter = Filter::parse("asTarget() and assignedTo('x')").unwrap();
        let terms = filter.conjunction().unwrap();
        assert_eq!(terms[1], &Filter::Call { name: "assignedTo".to_owned(), arguments: vec!["x".to_owned()] });
        let either = Filter::parse("a eq '1' or b eq '2'").unwrap();
        assert_eq!((either.conjunction(), either.required("a")), (None, None));
        assert_eq!(Filter::parse("b ne '2' and A eq '1'").unwrap().required("a"), Some("1"));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for text in [
            "",
            "a",
            "a gt 1",
            "a eq",
            "a eq 'x",
            "(a eq 'x'",
            "a eq 'x' b",
            "a eq b",
            "a eq 'x' &&",
            "f(1)",
            "not a eq 'x'",
            &"(".repeat(40),
        ] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
