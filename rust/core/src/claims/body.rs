//! Challenges in the JSON of an error body, of a batch answer, or of whatever a user pasted.
//!
//! The document is walked while it is read, so that a large one costs no memory beyond the strings that matter.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::header;
use super::report::{Origin, Report, shown};
use super::text::{self, Dialect};
use super::{FoundIn, decode};

/// So often may a message be a JSON document of its own, whose message is one, and so on.
const MAX_NESTING: u8 = 3;

/// What a JSON document says that may hold a challenge, in its order.
struct Clue {
    kind: Kind,
    /// Shared by all clues of one object: a large object must not be copied for each of them.
    about: Rc<About>,
    item: Option<Rc<Item>>,
}

enum Kind {
    /// A message, in which a marker may stand.
    Message(String),
    /// The `claims` member of the token service's error.
    Claims(String),
    /// A `WWW-Authenticate` field.
    Field(String),
}

/// What one object says about itself. The first member of each name counts.
#[derive(Default)]
struct About {
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    suberror: Option<String>,
    /// The object whose message this document is.
    outer: Option<Rc<About>>,
}

impl About {
    fn code(&self) -> Option<&str> {
        self.code.as_deref().or_else(|| self.outer.as_ref().and_then(|outer| outer.code()))
    }
}

/// One answer of a batch.
#[derive(Default)]
struct Item {
    status: Option<u16>,
    id: Option<String>,
}

/// Where the search may look.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    /// What counts as a challenge in a string.
    pub dialect: Dialect,
    /// Whether the document itself counts, or only the answers of a batch in it.
    pub outside_batch: bool,
}

/// Searches a JSON document. False if the text is none.
pub(super) fn search(document: &str, scope: Scope, report: &mut Report) -> bool {
    let walk = Walk { dialect: scope.dialect, clues: RefCell::new(Vec::new()) };
    if !walk.read(document, 0, None) {
        return false;
    }
    for clue in walk.clues.into_inner() {
        if !report.is_full() && (clue.item.is_some() || scope.outside_batch) {
            evaluate(&clue, scope.dialect, report);
        }
    }
    true
}

fn evaluate(clue: &Clue, dialect: Dialect, report: &mut Report) {
    let status = clue.item.as_ref().and_then(|item| item.status);
    let origin = Origin {
        error: clue.about.error.as_deref(),
        error_description: clue.about.error_description.as_deref(),
        suberror: clue.about.suberror.as_deref(),
        code: clue.about.code(),
        batch_id: clue.item.as_ref().and_then(|item| item.id.as_deref()),
        ..Origin::new(if clue.item.is_some() { FoundIn::BatchItem } else { FoundIn::Body })
    };
    match &clue.kind {
        Kind::Field(field) if allows_header(status) && field.len() <= header::MAX_FIELD_BYTES => {
            let found_in = if clue.item.is_some() { FoundIn::BatchItem } else { FoundIn::Header };
            for challenge in header::parse_field(field) {
                report.add_header(&challenge, &Origin { found_in, ..origin });
            }
        }
        Kind::Message(message) if allows_body(status) => text::scan(message, dialect, &origin, report),
        Kind::Claims(claims) if allows_body(status) => {
            let found_in = if clue.item.is_some() { FoundIn::BatchItem } else { FoundIn::TokenError };
            report.add(&Origin { found_in, ..origin }, decode::any(claims));
        }
        _ => {}
    }
}

/// Challenges in a header come with 401, from Graph also with 403. No status means: not known.
pub(super) fn allows_header(status: Option<u16>) -> bool {
    matches!(status, None | Some(401 | 403))
}

/// Challenges in a body come with 400; captures show 401 and 403 too.
pub(super) fn allows_body(status: Option<u16>) -> bool {
    matches!(status, None | Some(400 | 401 | 403))
}

struct Walk {
    dialect: Dialect,
    clues: RefCell<Vec<Clue>>,
}

impl Walk {
    /// Reads one document. `serde_json` refuses nesting beyond 128 levels, which bounds the stack.
    fn read(&self, document: &str, nesting: u8, outer: Option<&Rc<About>>) -> bool {
        let before = self.clues.borrow().len();
        let mut deserializer = serde_json::Deserializer::from_str(document);
        let leaf = Node { walk: self, nesting, outer, place: Place::Elsewhere }.deserialize(&mut deserializer);
        let read = match leaf {
            Ok(_) if deserializer.end().is_err() => false,
            Ok(Leaf::Text(text)) => {
                self.note(Members { messages: vec![text], ..Members::default() }, nesting, outer);
                true
            }
            other => other.is_ok(),
        };
        if !read {
            self.clues.borrow_mut().truncate(before);
        }
        read
    }

    /// Notes the strings of one object, after the objects within it.
    fn note(&self, members: Members, nesting: u8, outer: Option<&Rc<About>>) {
        if members.claims.is_none() && members.messages.is_empty() {
            return;
        }
        let about = Rc::new(About { outer: outer.cloned(), ..members.about });
        // Objects with a `claims` member abound; the token service's error has an `error` beside it.
        if let Some(claims) = members.claims.filter(|claims| about.error.is_some() || claims.trim_start().starts_with('{')) {
            self.clues.borrow_mut().push(Clue { kind: Kind::Claims(claims), about: about.clone(), item: None });
        }
        for message in members.messages {
            let start = message.trim_start();
            let may_nest = nesting < MAX_NESTING && start.starts_with(['{', '[']) && !text::opens_target(start);
            if !(may_nest && self.read(&message, nesting + 1, Some(&about))) {
                self.clues.borrow_mut().push(Clue { kind: Kind::Message(message), about: about.clone(), item: None });
            }
        }
    }
}

/// What a value's name says about it.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Elsewhere,
    Code,
    Error,
    ErrorDescription,
    Suberror,
    Message,
    Claims,
    Responses,
    Item,
    Status,
    Id,
    Headers,
    Field,
}

impl Place {
    fn of(name: &str, parent: Self) -> Self {
        let is = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(name));
        if parent == Self::Headers {
            return if is(&["www-authenticate"]) { Self::Field } else { Self::Elsewhere };
        }
        if parent == Self::Item {
            if is(&["status", "httpStatusCode"]) {
                return Self::Status;
            }
            if is(&["id", "name"]) {
                return Self::Id;
            }
            if is(&["body", "content"]) {
                return Self::Message;
            }
        }
        match () {
            () if is(&["code", "errorCode"]) => Self::Code,
            () if is(&["error"]) => Self::Error,
            () if is(&["error_description"]) => Self::ErrorDescription,
            () if is(&["suberror"]) => Self::Suberror,
            () if is(&["message", "errorMessage"]) => Self::Message,
            () if is(&["claims"]) => Self::Claims,
            () if is(&["responses"]) => Self::Responses,
            () if is(&["headers"]) => Self::Headers,
            () if is(&["www-authenticate"]) => Self::Field,
            () => Self::Elsewhere,
        }
    }
}

/// The strings of one object that matter.
#[derive(Default)]
struct Members {
    about: About,
    claims: Option<String>,
    messages: Vec<String>,
    item: Item,
}

enum Leaf {
    None,
    Text(String),
    Number(u64),
}

#[derive(Clone, Copy)]
struct Node<'a> {
    walk: &'a Walk,
    nesting: u8,
    outer: Option<&'a Rc<About>>,
    place: Place,
}

impl Node<'_> {
    fn wants_text(self) -> bool {
        !matches!(self.place, Place::Elsewhere | Place::Responses | Place::Headers | Place::Item) || self.walk.dialect == Dialect::Anything
    }

    fn keep(self, members: &mut Members, leaf: Leaf) {
        let text = match leaf {
            Leaf::None => return,
            Leaf::Number(number) if self.place == Place::Status => {
                members.item.status = u16::try_from(number).ok();
                return;
            }
            Leaf::Number(number) if self.place == Place::Id => number.to_string(),
            Leaf::Number(_) => return,
            Leaf::Text(text) => text,
        };
        let about = &mut members.about;
        match self.place {
            Place::Code => about.code = about.code.take().or_else(|| Some(shown(&text))),
            Place::Error => about.error = about.error.take().or_else(|| Some(shown(&text))),
            Place::ErrorDescription => about.error_description = about.error_description.take().or_else(|| Some(shown(&text))),
            Place::Suberror => about.suberror = about.suberror.take().or_else(|| Some(shown(&text))),
            Place::Claims => members.claims = members.claims.take().or(Some(text)),
            Place::Id => members.item.id = members.item.id.take().or_else(|| Some(shown(&text))),
            Place::Status => members.item.status = members.item.status.or_else(|| text.parse().ok()),
            _ => members.messages.push(text),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Leaf;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Leaf, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Leaf;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Leaf, E> {
        Ok(Leaf::None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Leaf, E> {
        Ok(Leaf::None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Leaf, E> {
        Ok(Leaf::None)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Leaf, E> {
        Ok(Leaf::Number(number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Leaf, E> {
        Ok(Leaf::None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Leaf, E> {
        if self.place == Place::Field {
            let clue = Clue { kind: Kind::Field(text.to_owned()), about: Rc::default(), item: None };
            self.walk.clues.borrow_mut().push(clue);
            return Ok(Leaf::None);
        }
        Ok(if self.wants_text() { Leaf::Text(text.to_owned()) } else { Leaf::None })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Leaf, A::Error> {
        let place = match self.place {
            Place::Responses => Place::Item,
            Place::Field => Place::Field,
            _ => Place::Elsewhere,
        };
        let node = Node { place, ..self };
        let mut members = Members::default();
        while let Some(leaf) = elements.next_element_seed(node)? {
            node.keep(&mut members, leaf);
        }
        self.walk.note(members, self.nesting, self.outer);
        Ok(Leaf::None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Leaf, A::Error> {
        let before = self.walk.clues.borrow().len();
        let mut members = Members::default();
        while let Some(place) = entries.next_key_seed(Name(self.place))? {
            if place == Place::Elsewhere && self.place == Place::Headers {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            let node = Node { place, ..self };
            let leaf = entries.next_value_seed(node)?;
            node.keep(&mut members, leaf);
        }
        let item = Rc::new(std::mem::take(&mut members.item));
        self.walk.note(members, self.nesting, self.outer);
        if self.place == Place::Item {
            for clue in &mut self.walk.clues.borrow_mut()[before..] {
                clue.item = Some(item.clone());
            }
        }
        Ok(Leaf::None)
    }
}

/// Reads a name for its place, without keeping it.
struct Name(Place);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Place;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Place, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Place;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Place, E> {
        Ok(Place::of(name, self.0))
    }
}
