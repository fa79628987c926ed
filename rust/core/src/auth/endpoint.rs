//! The token endpoint: sends a grant, obeys its waiting times, reads a bounded answer.

use std::time::Duration;

use form_urlencoded::Serializer;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use url::Url;
use uuid::Uuid;

use super::authority::Authority;
use super::authorize::with_identity;
use super::refusal::{self, About, Next, Refusal};
use super::response::{self, DeviceAuthorization, Grant};
use crate::claims::ClaimsRequest;
use crate::error::{Error, ErrorCode, HttpDetail};
use crate::secret::{self, Secret};
use crate::transport::{self, Transport};

/// Largest answer that is read.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// No wait that the service asks for counts as longer: a day is beyond any patience, and sums of it cannot overflow.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// The grant of RFC 8628 section 3.4.
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The kind of assertion of RFC 7523.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How often one grant is sent at most.
const ATTEMPTS: u32 = 4;

/// What is given for a token.
pub(super) enum Proof<'a> {
    Code {
        code: &'a Secret,
        verifier: &'a Secret,
        redirect_uri: &'a str,
    },
    RefreshToken(&'a Secret),
    DeviceCode(&'a Secret),
    /// An application's secret.
    ClientSecret(&'a Secret),
    /// A JWT in its place (RFC 7523 section 2.2).
    Assertion(&'a Secret),
}

impl Proof<'_> {
    /// Whether a user stands behind it, so that an ID token and a refresh token are to be had too.
    fn is_users(&self) -> bool {
        matches!(self, Self::Code { .. } | Self::RefreshToken(_) | Self::DeviceCode(_))
    }
}

/// One request for a token.
pub(super) struct GrantRequest<'a> {
    pub authority: &'a Authority,
    pub client_id: &'a str,
    pub scopes: &'a [String],
    pub claims: &'a ClaimsRequest,
    pub proof: Proof<'a>,
    pub account: Option<&'a str>,
    pub correlation_id: Uuid,
}

impl GrantRequest<'_> {
    fn form(&self) -> String {
        let mut form = Serializer::new(String::with_capacity(8 * 1024));
        form.append_pair("client_id", self.client_id).append_pair("claims", &self.claims.canonical());
        if self.proof.is_users() {
            form.append_pair("scope", &with_identity(self.scopes)).append_pair("client_info", "1");
        } else {
            form.append_pair("scope", &self.scopes.join(" ")).append_pair("grant_type", "client_credentials");
        }
        match &self.proof {
            Proof::Code { code, verifier, redirect_uri } => form
                .append_pair("grant_type", "authorization_code")
                .append_pair("code", &code.expose())
                .append_pair("code_verifier", &verifier.expose())
                .append_pair("redirect_uri", redirect_uri),
            Proof::RefreshToken(token) => form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", &token.expose()),
            Proof::DeviceCode(code) => form.append_pair("grant_type", DEVICE_CODE).append_pair("device_code", &code.expose()),
            Proof::ClientSecret(secret) => form.append_pair("client_secret", &secret.expose()),
            Proof::Assertion(assertion) => {
                form.append_pair("client_assertion_type", JWT_BEARER).append_pair("client_assertion", &assertion.expose())
            }
        };
        form.finish()
    }

    fn about(&self) -> About<'_> {
        About { client_id: self.client_id, tenant: self.authority.tenant(), account: self.account, scopes: self.scopes }
    }
}

/// One form for the token service, whatever it answers with.
struct Form<'a> {
    url: Url,
    body: String,
    about: About<'a>,
    correlation_id: Uuid,
    /// A code can be redeemed once, an assertion has an id that is good once: such a form is sent again only if it certainly had not arrived.
    repeatable: bool,
}

/// Fields that nobody else may read.
const SECRETS: &[&str] = &["client_assertion", "client_secret", "code", "code_verifier", "device_code", "refresh_token"];

impl Form<'_> {
    /// What is secret in it: an answer may repeat it.
    fn secrets(&self) -> Vec<String> {
        let fields = form_urlencoded::parse(self.body.as_bytes());
        fields.filter(|(name, _)| SECRETS.contains(&&**name)).map(|(_, value)| value.into_owned()).collect()
    }

    fn may_repeat(&self, failure: &reqwest::Error) -> bool {
        failure.is_connect() || (self.repeatable && !failure.is_timeout())
    }
}

/// Sends grants.
pub(super) struct TokenEndpoint {
    transport: Transport,
    /// All the waiting that one grant may cost.
    patience: Duration,
}

enum Attempt<T> {
    Granted(T),
    Refused(Refusal),
    /// Worth another attempt, after the time that the service asks for.
    Again(Refusal, Option<Duration>),
}

/// Reads a successful answer, or says what is wrong with it without any of its content.
type Parse<T> = fn(&[u8]) -> Result<T, &'static str>;

impl TokenEndpoint {
    pub(super) fn new(transport: Transport, patience: Duration) -> Self {
        Self { transport, patience }
    }

    /// The session's HTTP client.
    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Sends the grant; again where that helps. `note` is told of each wait.
    pub(super) async fn send(&self, request: &GrantRequest<'_>, note: impl Fn(String)) -> Result<Grant, Refusal> {
        let form = Form {
            url: request.authority.token(),
            body: request.form(),
            about: request.about(),
            correlation_id: request.correlation_id,
            repeatable: !matches!(request.proof, Proof::Code { .. } | Proof::Assertion(_)),
        };
        self.exchange(&form, response::parse_grant, note).await
    }

    /// Asks for a device code (RFC 8628 section 3.1).
    pub(super) async fn begin_device(
        &self,
        authority: &Authority,
        about: About<'_>,
        claims: &ClaimsRequest,
        note: impl Fn(String),
    ) -> Result<DeviceAuthorization, Refusal> {
        let fields = [("client_id", about.client_id), ("scope", &with_identity(about.scopes)), ("claims", &claims.canonical())];
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let form = Form { url: authority.device_code(), body, about, correlation_id: Uuid::new_v4(), repeatable: true };
        self.exchange(&form, response::parse_device, note).await
    }

    async fn exchange<T>(&self, form: &Form<'_>, parse: Parse<T>, note: impl Fn(String)) -> Result<T, Refusal> {
        let mut waited = Duration::ZERO;
        let mut attempt = 1;
        loop {
            let (refusal, asked) = match self.attempt(form, parse).await {
                Attempt::Granted(granted) => return Ok(granted),
                Attempt::Refused(refusal) => return Err(refusal),
                Attempt::Again(refusal, asked) => (refusal, asked),
            };
            let pause = asked.unwrap_or_else(|| Duration::from_millis(250) * 2_u32.pow(attempt));
            let total = waited.saturating_add(pause);
            if attempt == ATTEMPTS || total > self.patience {
                return Err(refusal);
            }
            note(format!("the token service did not serve the request ({}); trying again in {:.1} s", refusal.error, pause.as_secs_f32()));
            tokio::time::sleep(pause).await;
            waited = total;
            attempt += 1;
        }
    }

    async fn attempt<T>(&self, form: &Form<'_>, parse: Parse<T>) -> Attempt<T> {
        let url = &form.url;
        let sent = self
            .transport
            .client()
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("client-request-id", form.correlation_id.to_string())
            .header("return-client-request-id", "true")
            .body(form.body.as_str().to_owned())
            .send()
            .await;
        let mut answer = match sent {
            Ok(answer) => answer,
            Err(failure) => return self.unanswered(form, &failure),
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        let detail = http_detail(status, &headers, url);
        let body = match read(&mut answer).await {
            Ok(Some(body)) => body,
            Ok(None) => return Attempt::Refused(Refusal::stop(unexpected(detail, "it is too large"))),
            Err(failure) => return self.unanswered(form, &failure),
        };
        let stranger = |detail: &HttpDetail| {
            let mut error = transport::stranger(status, &headers, &body, "POST", url)?;
            error.http = Some(detail.clone());
            Some(error)
        };
        if status == StatusCode::OK {
            return match parse(&body) {
                Ok(granted) => Attempt::Granted(granted),
                Err(why) => Attempt::Refused(Refusal::stop(stranger(&detail).unwrap_or_else(|| unexpected(detail, why)))),
            };
        }
        match stranger(&detail) {
            Some(error) => Attempt::Refused(Refusal::stop(error)),
            None => {
                let body = secret::without(&body, form.secrets().iter().map(String::as_str));
                refused(form.about, status, &headers, detail, body.as_bytes())
            }
        }
    }

    fn unanswered<T>(&self, form: &Form<'_>, failure: &reqwest::Error) -> Attempt<T> {
        let refusal = Refusal::stop(self.transport.describe(failure, &form.url));
        let certain = refusal.error.code == ErrorCode::ConnectionFailed && form.may_repeat(failure);
        if certain { Attempt::Again(refusal, None) } else { Attempt::Refused(refusal) }
    }
}

fn refused<T>(about: About<'_>, status: StatusCode, headers: &HeaderMap, detail: HttpDetail, body: &[u8]) -> Attempt<T> {
    let parsed = response::parse_error(body);
    let busy = status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error();
    let mut refusal = match &parsed {
        Some(error) if status.is_client_error() && !busy => refusal::sort(error, about),
        _ if busy => Refusal { next: Next::Retry, claims: None, error: overloaded(status) },
        _ => return Attempt::Refused(Refusal::stop(unexpected(detail, "its status belongs to no answer of a token service"))),
    };
    let correlation = parsed.and_then(|error| error.correlation_id);
    refusal.error.http = Some(HttpDetail { correlation_id: correlation.or(detail.correlation_id), ..detail });
    if refusal.next == Next::Retry { Attempt::Again(refusal, retry_after(headers)) } else { Attempt::Refused(refusal) }
}

fn overloaded(status: StatusCode) -> Error {
    let (code, message) = if status == StatusCode::TOO_MANY_REQUESTS {
        (ErrorCode::Throttled, "the token service asks for fewer requests".to_owned())
    } else {
        (ErrorCode::ServiceUnavailable, format!("the token service failed with status {}", status.as_u16()))
    };
    let mut error = Error::new(code, message).hint("try again in a few minutes");
    error.retryable = true;
    error
}

fn unexpected(detail: HttpDetail, why: &str) -> Error {
    let mut error = Error::new(
        ErrorCode::UnexpectedResponse,
        format!("the answer of the token service (status {}) is not usable: {why}", detail.status),
    )
    .hint("check the cloud's endpoints, and whether a proxy answers in the token service's place");
    error.http = Some(detail);
    error
}

fn http_detail(status: StatusCode, headers: &HeaderMap, url: &Url) -> HttpDetail {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| text.len() <= 128).map(ToOwned::to_owned);
    HttpDetail {
        status: status.as_u16(),
        request_id: header("x-ms-request-id"),
        correlation_id: header("client-request-id"),
        method: "POST".to_owned(),
        url: url.to_string(),
    }
}

/// Seconds or a date (RFC 9110 section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(std::time::SystemTime::from(Timestamp::now())).unwrap_or_default()
    };
    Some(wait.min(LONGEST_WAIT))
}

/// The body of an answer, if it is of a size that can be one.
pub(super) async fn read(answer: &mut Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::with_capacity(16 * 1024);
    while let Some(chunk) = answer.chunk().await? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_are_seconds_or_dates() {
        let asked = |text: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]));
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("18446744073709551615"), Some(LONGEST_WAIT));
        assert_eq!(asked("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
