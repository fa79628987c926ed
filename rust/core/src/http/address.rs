//! Addresses of APIs: paths and queries encoded once and rightly.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// What a query's value must not hold as it is. A `+` would be read as a blank.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'&').add(b'\'').add(b'+').add(b'<').add(b'>').add(b'%');
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `path` on the host of `base`, with a query. The names of the query are taken as they are (`$filter`).
#[must_use]
pub fn with_query(base: &Url, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    url.set_path(path);
    let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, QUERY))).collect();
    url.set_query((!query.is_empty()).then(|| query.join("&")).as_deref());
    url
}

/// Text as one segment of a path.
#[must_use]
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}
