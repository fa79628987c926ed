//! Pages of a list, with links that clients have to follow as they are.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::Query;

/// One page and the way to the next.
#[derive(Debug)]
pub struct Page<T> {
    /// Entries of this page.
    pub items: Vec<T>,
    /// The link's query, if there is another page.
    pub next: Option<String>,
}

/// A `$skiptoken` that this list didn't hand out.
#[derive(Debug, Eq, PartialEq)]
pub struct ForeignToken;

/// Cuts one page out of a list. The token names the list it belongs to, so that one of another list or of changed options is refused.
///
/// # Errors
///
/// [`ForeignToken`].
pub fn page<T>(items: Vec<T>, path: &str, query: &Query, size: usize) -> Result<Page<T>, ForeignToken> {
    page_of(items, path, query, size, Some)
}

/// The same for a list whose entries are yet to be written out, or left out. Only those of the page are, and the one after it: the token says
/// where in the whole list to go on.
///
/// # Errors
///
/// [`ForeignToken`].
pub fn page_of<T, U>(
    items: Vec<T>,
    path: &str,
    query: &Query,
    size: usize,
    mut written: impl FnMut(T) -> Option<U>,
) -> Result<Page<U>, ForeignToken> {
    let start = match query.get("$skiptoken") {
        Some(token) => offset(token, path, query).ok_or(ForeignToken)?,
        None => 0,
    };
    let size = size.max(1);
    let mut page = Page { items: Vec::new(), next: None };
    for (index, item) in items.into_iter().enumerate().skip(start) {
        let Some(item) = written(item) else { continue };
        if page.items.len() == size {
            page.next = Some(query.with("$skiptoken", &token(index, path, query)));
            break;
        }
        page.items.push(item);
    }
    Ok(page)
}

fn token(offset: usize, path: &str, query: &Query) -> String {
    URL_SAFE_NO_PAD.encode(format!("{offset}.{}", fingerprint(path, query)))
}

fn offset(token: &str, path: &str, query: &Query) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (offset, of_list) = text.split_once('.')?;
    (of_list == fingerprint(path, query)).then(|| offset.parse().ok())?
}

fn fingerprint(path: &str, query: &Query) -> String {
    let digest = Sha256::digest(format!("{}?{}", path.to_ascii_lowercase(), query.with("$skiptoken", "")));
    URL_SAFE_NO_PAD.encode(&digest[..9])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_through_the_whole_list() {
        let mut query = Query::parse("$filter=a%20eq%20'b%20c'&$top=2").unwrap();
        let mut seen = Vec::new();
        loop {
            let page = page((0..5).collect(), "/list", &query, 2).unwrap();
            seen.extend(page.items);
            let Some(next) = page.next else { break };
            query = Query::parse(&next).unwrap();
            assert_eq!(query.get("$filter"), Some("a eq 'b c'"));
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn entries_after_the_page_are_not_written() {
        let (mut seen, mut written, mut query) = (Vec::new(), 0, Query::default());
        loop {
            let even = |number: i32| {
                written += 1;
                (number % 2 == 0).then_some(number)
            };
            let page = page_of((0..100).collect(), "/list", &query, 10, even).unwrap();
            assert_eq!(page.items.len(), 10);
            seen.extend(page.items);
            let Some(next) = page.next else { break };
            query = Query::parse(&next).unwrap();
        }
        assert_eq!(seen, (0..100).step_by(2).collect::<Vec<_>>());
        assert_eq!(written, 104, "each entry once, and once more where a page begins");
    }

    #[test]
    fn tokens_belong_to_their_list() {
        let query = Query::parse("$top=1").unwrap();
        let next = page(vec![1, 2], "/list", &query, 1).unwrap().next.unwrap();
        assert_eq!(page(vec![1, 2], "/other", &Query::parse(&next).unwrap(), 1).unwrap_err(), ForeignToken);
        assert_eq!(page(vec![1], "/list", &Query::parse("$skiptoken=MQ").unwrap(), 1).unwrap_err(), ForeignToken);
    }
}
