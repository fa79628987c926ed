//! The proxies that the environment or the system names. Requests to this very machine never take one.
//!
//! Everything else is https, so it is `HTTPS_PROXY` or `ALL_PROXY` that counts, in either case of letters, and `NO_PROXY`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};

/// What names a proxy for https, the first that is set.
const NAMES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Which proxy a request takes.
pub(super) struct Proxies(Matcher);

/// A proxy without its user name and password.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Named {
    pub name: String,
    pub has_credentials: bool,
}

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

impl Proxies {
    /// For a client that must not take any.
    pub(super) fn none() -> Self {
        Self(Matcher::builder().build())
    }

    /// What the environment says; where it says nothing, what the system says.
    ///
    /// # Errors
    /// `InvalidConfiguration` for an address that is no proxy's: to go without it could be forbidden, and would be a riddle.
    pub(super) fn of(environment: &Environment<'_>) -> Result<Self> {
        let Some((name, value)) = NAMES.iter().find_map(|name| Some((*name, environment.get(name)?))) else {
            // A host's own environment stands for that of the process, and outside of Windows and macOS there is nothing beside it.
            let has_system = cfg!(any(windows, target_os = "macos")) || !environment.is_given();
            return Ok(if has_system { Self(Matcher::from_system()) } else { Self::none() });
        };
        check(name, &value.expose())?;
        let without = ["NO_PROXY", "no_proxy"].iter().find_map(|name| environment.text(name)).unwrap_or_default();
        let without = without.split([',', ';']).map(excepted).collect::<Vec<_>>().join(",");
        Ok(Self(Matcher::builder().https(value.expose().as_str()).no(if without == "*" { "*".to_owned() } else { without }).build()))
    }

    /// The rule as the client takes it.
    pub(super) fn rule(self: std::sync::Arc<Self>) -> reqwest::Proxy {
        reqwest::Proxy::custom(move |url| self.intercept(url).and_then(|found| address(&found)))
    }

    /// The proxy that a request to this address takes.
    pub(super) fn named(&self, url: &Url) -> Option<Named> {
        let found = self.intercept(url)?;
        let uri = found.uri();
        let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
        let name = format!("{}://{}{port}", uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default());
        Some(Named { name, has_credentials: found.basic_auth().is_some() })
    }

    /// Whether there is a proxy that a request to this address passes by.
    pub(super) fn excepts(&self, url: &Url) -> bool {
        let elsewhere = Url::parse("https://any.invalid/");
        !is_here(url) && self.named(url).is_none() && elsewhere.is_ok_and(|elsewhere| self.named(&elsewhere).is_some())
    }

    fn intercept(&self, url: &Url) -> Option<Intercept> {
        if is_here(url) {
            return None;
        }
        self.0.intercept(&url.as_str().parse().ok()?)
    }
}

/// An entry of `NO_PROXY` as the matcher compares it: most programs take `*.example.com`, capitals, a last dot and a port too. The services
/// have one port each.
fn excepted(entry: &str) -> String {
    let entry = entry.trim().trim_start_matches("*.").to_ascii_lowercase();
    let host = match entry.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => &entry,
    };
    host.trim_end_matches('.').to_owned()
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The proxy's address with what it asks for, as the client wants it.
fn address(found: &Intercept) -> Option<Url> {
    let mut url = Url::parse(&found.uri().to_string()).ok()?;
    if let Some(header) = found.basic_auth() {
        let encoded = header.to_str().ok()?.strip_prefix("Basic ")?;
        let decoded = STANDARD.decode(encoded).ok()?;
        let (user, password) = str::from_utf8(&decoded).ok()?.split_once(':')?;
        // A percent sign of the password would be taken for the beginning of an escape.
        let escaped = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        url.set_username(&escaped(user)).ok()?;
        url.set_password(Some(&escaped(password))).ok()?;
    }
    Some(url)
}

/// Says what is wrong with a proxy's address, and nothing of what stands in it but a scheme: it may hold a password.
fn check(name: &str, value: &str) -> Result<()> {
    let refuse = |why: String| {
        Err(Error::new(ErrorCode::InvalidConfiguration, format!("the proxy in the environment variable `{name}` cannot be used: {why}"))
            .hint(
                "write it as `http://proxy.example:8080` or `http://user:password@proxy.example:8080`, with the special characters of user \
                 name and password percent-encoded (`@` is `%40`, `/` is `%2F`, `#` is `%23`)",
            )
            .target(name))
    };
    let no_address = || refuse("it is no address, or has special characters that are not percent-encoded".to_owned());
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    if !is_scheme(scheme) {
        return no_address();
    }
    if !["http", "https"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return refuse(format!("`{scheme}` is no kind of proxy that is spoken here, only `http` and `https` are"));
    }
    // Whoever reads on from here takes the first of several `@`, or a host before the `/` of a password.
    let path = rest.find(['/', '?', '#']).map_or("", |start| &rest[start..]);
    if value.matches('@').count() > 1 || !matches!(path, "" | "/") {
        return no_address();
    }
    let uri = value.parse::<http::Uri>().ok().filter(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    if uri.is_none() || Url::parse(&format!("{scheme}://{rest}")).is_err() {
        return no_address();
    }
    Ok(())
}

/// A letter, then letters, digits, `+`, `-` and `.` (RFC 3986 section 3.1).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    fn proxies(variables: serde_json::Value) -> Result<Proxies> {
        let config = serde_json::from_value(json!({ "environment": variables })).unwrap();
        Proxies::of(&Environment::of(&config))
    }

    fn taken(variables: serde_json::Value, url: &str) -> Option<String> {
        let proxies = Arc::new(proxies(variables).unwrap());
        let url = Url::parse(url).unwrap();
        let found = proxies.intercept(&url).map(|found| address(&found).unwrap().to_string());
        assert_eq!(found.is_some(), proxies.named(&url).is_some());
        found
    }

    const GRAPH: &str = "https://graph.microsoft.com/v1.0/me";

    #[test]
    fn https_takes_its_own_proxy_or_that_for_all() {
        for (variables, proxy) in [
            (json!({"HTTPS_PROXY": "http://p:8080"}), Some("http://p:8080/")),
            (json!({"https_proxy": "p:8080"}), Some("http://p:8080/")),
            (json!({"ALL_PROXY": "https://p"}), Some("https://p/")),
            (json!({"HTTPS_PROXY": "http://p:8080/"}), Some("http://p:8080/")),
            (json!({"HTTPS_PROXY": "http://a", "ALL_PROXY": "socks5://b"}), Some("http://a/")),
            (json!({"HTTPS_PROXY": "", "all_proxy": "http://b"}), Some("http://b/")),
            (json!({"HTTP_PROXY": "http://p:8080"}), None),
            (json!({}), None),
        ] {
            if variables.as_object().unwrap().is_empty() && cfg!(any(windows, target_os = "macos")) {
                continue;
            }
            assert_eq!(taken(variables.clone(), GRAPH).as_deref(), proxy, "{variables}");
        }
    }

    #[test]
    fn some_hosts_go_without() {
        for without in [
            "graph.microsoft.com",
            "microsoft.com",
            ".microsoft.com",
            "*.microsoft.com",
            "a.example; *.microsoft.com",
            "*",
            "GRAPH.Microsoft.com",
            "graph.microsoft.com:443",
            ".microsoft.com:443",
            "graph.microsoft.com.",
        ] {
            let variables = json!({"HTTPS_PROXY": "http://p:8080", "NO_PROXY": without});
            assert_eq!(taken(variables, GRAPH), None, "{without}");
        }
        let variables = json!({"HTTPS_PROXY": "http://p:8080", "no_proxy": "soft.com,10.0.0.0/8"});
        assert!(taken(variables.clone(), GRAPH).is_some());
        assert_eq!(taken(variables, "https://10.1.2.3/"), None);
    }

    #[test]
    fn an_excepted_host_is_told_from_one_that_no_proxy_is_for() {
        let url = Url::parse(GRAPH).unwrap();
        for (variables, excepted) in [
            (json!({"HTTPS_PROXY": "http://p", "NO_PROXY": "microsoft.com"}), true),
            (json!({"HTTPS_PROXY": "http://p", "NO_PROXY": "::1,[::1]:443,example.com"}), false),
            (json!({"NO_PROXY": "microsoft.com"}), false),
        ] {
            assert_eq!(proxies(variables.clone()).unwrap().excepts(&url), excepted, "{variables}");
        }
    }

    #[test]
    fn this_machine_is_never_behind_a_proxy() {
        let variables = json!({"HTTPS_PROXY": "http://p", "HTTP_PROXY": "http://p", "ALL_PROXY": "http://p"});
        for here in ["http://localhost:8080/", "https://localhost/", "http://127.0.0.1/", "https://127.1.2.3/", "http://[::1]:1/"] {
            assert_eq!(taken(variables.clone(), here), None, "{here}");
        }
    }

    #[test]
    fn credentials_are_handed_on_whole_and_never_named() {
        for (given, handed_on) in [("user:pass", "user:pass"), ("us%40er:p%25%3A%2F%23", "us%40er:p%25%3A%2F%23"), ("user", "user:")] {
            let variables = json!({"HTTPS_PROXY": format!("http://{given}@p:8080")});
            let url = Url::parse(GRAPH).unwrap();
            let named = proxies(variables.clone()).unwrap().named(&url).unwrap();
            assert_eq!(named, Named { name: "http://p:8080".to_owned(), has_credentials: true });
            let expected = format!("http://{}@p:8080/", handed_on.trim_end_matches(':'));
            assert_eq!(taken(variables, GRAPH).unwrap().replace(":@", "@"), expected);
        }
    }

    #[test]
    fn a_wrong_address_is_told_without_what_stands_in_it() {
        for (wrong, word) in [
            ("socks5://hush:hush@p:1080", "socks5"),
            ("http://us er:hush@p", "no address"),
            ("http://user:hush#@p:8080", "no address"),
            ("http://:hush", "no address"),
            ("http://", "no address"),
            ("http://user:p@hush@p:8080", "no address"),
            ("user:p@hush@p:8080", "no address"),
            ("http://hush:2024/hush@p:8080", "no address"),
            ("http://hush:12#hush@p", "no address"),
            ("http://hush:12?hush@p", "no address"),
            ("http://p:8080/hush", "no address"),
            ("user:hush://hush@p:8080", "no address"),
            ("http://user:hush://hush@p:8080", "no address"),
            ("1hush://p:8080", "no address"),
        ] {
            let error = proxies(json!({"HTTPS_PROXY": wrong})).err().unwrap();
            assert_eq!((error.code, error.target.as_deref()), (ErrorCode::InvalidConfiguration, Some("HTTPS_PROXY")), "{wrong}");
            assert!(error.message.contains(word) && !format!("{error:?}").contains("hush"), "{error:?}");
            let hint = error.hint.as_ref().unwrap();
            assert!(hint.contains("user name and password percent-encoded") && hint.contains("%40"), "{hint}");
        }
    }
}
