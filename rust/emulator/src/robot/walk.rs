//! The robot's way through the pages.

use std::time::Duration;

use reqwest::{Certificate, Client, RequestBuilder, Response, redirect};
use serde_json::Value;
use url::Url;

use super::page::{Attributes, Form, Page};
use super::passkey::Passkey;
use super::{Manner, Robot};
use crate::error::{Error, Result};
use crate::state::lock;

/// More pages than this are a loop.
const MOST_PAGES: usize = 40;

/// How a visit ended.
#[derive(Debug)]
pub enum Outcome {
    /// The browser came back to the application.
    Answered(Callback),
    /// The robot closed the window on this page (`data-page`).
    Closed(String),
    /// A page said no: an AADSTS code, or why a passkey was refused.
    Refused(String),
    /// A device whose code was typed may go on.
    Approved,
    /// A device whose code was typed may not go on.
    Declined,
}

/// What the application gets.
#[derive(Debug)]
pub struct Callback {
    /// The application's address, with the answer's parameters unless they are in the form.
    pub url: Url,
    /// The fields of an answer by `form_post`.
    pub form: Option<Vec<(String, String)>>,
    /// Status of the application's page, once it has been visited.
    pub status: Option<u16>,
    /// The application's page, once it has been visited.
    pub page: Option<String>,
}

impl Callback {
    /// A parameter of the answer.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        if let Some(form) = &self.form {
            return form.iter().find(|(have, _)| have == name).map(|(_, value)| value.clone());
        }
        let fragment = form_urlencoded::parse(self.url.fragment().unwrap_or_default().as_bytes());
        self.url.query_pairs().chain(fragment).find(|(have, _)| have == name).map(|(_, value)| value.into_owned())
    }
}

enum Request {
    Get(Url),
    Post(Url, Vec<(String, String)>),
}

enum Next {
    Go(Request),
    End(Outcome),
}

impl Outcome {
    /// The callback, if there was one.
    #[must_use]
    pub fn callback(&self) -> Option<&Callback> {
        match self {
            Self::Answered(callback) => Some(callback),
            Self::Closed(_) | Self::Refused(_) | Self::Approved | Self::Declined => None,
        }
    }
}

impl Robot {
    /// Opens an address and goes on until the browser is back at the application, whose page is visited too.
    ///
    /// # Errors
    /// A page that the robot does not know, and an address that does not answer.
    pub async fn open(&self, url: &str) -> Result<Outcome> {
        let mut outcome = self.walk(url).await?;
        if let Outcome::Answered(callback) = &mut outcome {
            let answer = visit(&self.client()?, callback).await?;
            callback.status = Some(answer.status().as_u16());
            callback.page = Some(answer.text().await.map_err(unreachable)?);
        }
        Ok(outcome)
    }

    /// Like [`Robot::open`], and stops before the application is visited.
    ///
    /// # Errors
    /// A page that the robot does not know, and an address that does not answer.
    pub async fn walk(&self, url: &str) -> Result<Outcome> {
        self.walk_with(url, None).await
    }

    /// Opens the page for device codes (`verification_uri`), types a device's `user_code` and signs in for the device.
    ///
    /// # Errors
    /// A page that the robot does not know, and an address that does not answer.
    pub async fn enter_code(&self, verification_uri: &str, user_code: &str) -> Result<Outcome> {
        self.walk_with(verification_uri, Some(user_code)).await
    }

    async fn walk_with(&self, url: &str, user_code: Option<&str>) -> Result<Outcome> {
        let client = self.client()?;
        let start = Url::parse(url).map_err(|error| Error::Robot(format!("`{url}` is no address: {error}")))?;
        let origin = start.origin();
        let mut request = Request::Get(start);
        for _ in 0..MOST_PAGES {
            let (at, answer) = self.send(&client, request).await?;
            let next = if answer.status().is_redirection() {
                let target = answer.headers().get(http::header::LOCATION).and_then(|value| value.to_str().ok());
                let target =
                    target.and_then(|target| at.join(target).ok()).ok_or_else(|| Error::Robot("a redirect leads nowhere".to_owned()))?;
                if target.origin() == origin {
                    Next::Go(Request::Get(target))
                } else {
                    Next::End(Outcome::Answered(Callback { url: target, form: None, status: None, page: None }))
                }
            } else {
                let status = answer.status();
                let page = Page::parse(&answer.text().await.map_err(unreachable)?);
                self.act(&at, &page, user_code)?
                    .ok_or_else(|| Error::Robot(format!("the answer with status {status} is no page of a sign-in")))?
            };
            match next {
                Next::Go(next) => request = next,
                Next::End(outcome) => return Ok(outcome),
            }
        }
        Err(Error::Robot("the pages do not come to an end".to_owned()))
    }

    fn client(&self) -> Result<Client> {
        let broken = |problem: String| Error::Robot(format!("the HTTP client cannot be prepared: {problem}"));
        // A second installation is refused, which is as good: the process has a provider then.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let trusted = match &self.trusted {
            Some(path) => {
                let pem = std::fs::read(path).map_err(|error| broken(error.to_string()))?;
                Certificate::from_pem_bundle(&pem).map_err(|error| broken(error.to_string()))?
            }
            None => Vec::new(),
        };
        Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .tls_certs_only(trusted)
            .build()
            .map_err(|error| broken(error.to_string()))
    }

    async fn send(&self, client: &Client, request: Request) -> Result<(Url, Response)> {
        let (url, builder) = match request {
            Request::Get(url) => (url.clone(), client.get(url)),
            Request::Post(url, fields) => {
                let origin = url.origin().ascii_serialization();
                (url.clone(), client.post(url).header(http::header::ORIGIN, origin).form(&fields))
            }
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let cookies = lock(&self.profile).cookie_header(&host);
        let builder = match cookies {
            Some(cookies) => builder.header(http::header::COOKIE, cookies),
            None => builder,
        };
        let answer = builder.send().await.map_err(unreachable)?;
        lock(&self.profile).take_cookies(&host, answer.headers());
        Ok((url, answer))
    }

    /// What a user would do on a page; `None` when it is none of the emulator's.
    fn act(&self, at: &Url, page: &Page, user_code: Option<&str>) -> Result<Option<Next>> {
        let Some(kind) = page.kind() else { return Ok(None) };
        let problem = page.body.get("data-problem");
        if let ("refused", Some(code)) = (kind, problem) {
            if let (Manner::Return, Some(back)) = (self.manner, page.button_with_id("cancel")) {
                return click(at, Some(back)).map(Some);
            }
            return Ok(Some(Next::End(Outcome::Refused(code.clone()))));
        }
        match kind {
            "form-post" => return Ok(Some(form_post(at, page)?)),
            "device-approved" => return Ok(Some(Next::End(Outcome::Approved))),
            "device-declined" => return Ok(Some(Next::End(Outcome::Declined))),
            _ => {}
        }
        match self.manner {
            Manner::Close => return Ok(Some(Next::End(Outcome::Closed(kind.to_owned())))),
            Manner::CloseAtPasskey if kind == "passkey" => return Ok(Some(Next::End(Outcome::Closed(kind.to_owned())))),
            // The page for codes has nothing to cancel yet.
            Manner::Cancel if kind != "device-code" => return click(at, page.button_with_id("cancel")).map(Some),
            Manner::DeclineConsent if kind == "consent" || kind == "confirm" => return click(at, page.button_with_id("cancel")).map(Some),
            _ => {}
        }
        let next = match kind {
            "pick-account" => click(at, page.button(|button| self.is_own(button.get("data-upn"))))?,
            "sign-in" if !self.is_own(page.body.get("data-upn")) => click(at, page.button_with_id("switch-account"))?,
            "sign-in" => click(at, page.button_with_id("sign-in"))?,
            "consent" => click(at, page.button_with_id("accept"))?,
            "confirm" => click(at, page.button_with_id("continue"))?,
            "device-code" => match (problem, user_code) {
                (Some(problem), _) => Next::End(Outcome::Refused(problem.clone())),
                (None, Some(code)) => type_code(at, page, code)?,
                (None, None) => return Err(Error::Robot("the page asks for a device's code, and the robot was given none".to_owned())),
            },
            "passkey" => match problem {
                Some(problem) => Next::End(Outcome::Refused(problem.clone())),
                None => self.use_passkey(at, page)?,
            },
            _ => return Ok(None),
        };
        Ok(Some(next))
    }

    fn is_own(&self, user_principal_name: Option<&String>) -> bool {
        let same = |wanted: &String| user_principal_name.is_some_and(|shown| shown.eq_ignore_ascii_case(wanted));
        user_principal_name.is_some() && self.account.as_ref().is_none_or(same)
    }

    fn use_passkey(&self, at: &Url, page: &Page) -> Result<Next> {
        let origin = at.origin().ascii_serialization();
        let mut profile = lock(&self.profile);
        if let Some((form, button)) = page.button_with_id("use-passkey") {
            let options = options(button)?;
            if let Some(passkey) = profile.passkeys.iter_mut().find(|passkey| passkey.fits(&options)) {
                let answer = passkey.get(&options, &origin, self.tamper)?;
                return submit_credential(at, form, &answer);
            }
        }
        let (form, button) = page.button_with_id("register-passkey").ok_or_else(|| missing("register-passkey"))?;
        let (passkey, answer) = Passkey::create(&options(button)?, &origin, self.tamper)?;
        profile.passkeys.push(passkey);
        submit_credential(at, form, &answer)
    }
}

/// Opens the application's address. Some applications open the browser first and their listener then, and a robot is faster than a user.
async fn visit(client: &Client, callback: &Callback) -> Result<Response> {
    const TRIES: usize = 20;
    const PAUSE: Duration = Duration::from_millis(100);
    for _ in 1..TRIES {
        match request(client, callback).send().await {
            Err(error) if error.is_connect() => tokio::time::sleep(PAUSE).await,
            answer => return answer.map_err(unreachable),
        }
    }
    request(client, callback).send().await.map_err(unreachable)
}

fn request(client: &Client, callback: &Callback) -> RequestBuilder {
    match &callback.form {
        Some(form) => client.post(callback.url.clone()).form(form),
        None => client.get(callback.url.clone()),
    }
}

fn unreachable(error: reqwest::Error) -> Error {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    Error::Robot(text)
}

fn missing(id: &str) -> Error {
    Error::Robot(format!("the page lacks `#{id}`"))
}

fn options(button: &Attributes) -> Result<Value> {
    let text = button.get("data-options").ok_or_else(|| missing("data-options"))?;
    serde_json::from_str(text).map_err(|_| Error::Robot("the options of the page's button are no JSON".to_owned()))
}

fn target(at: &Url, form: &Form) -> Result<Url> {
    at.join(&form.action).map_err(|error| Error::Robot(format!("the form leads nowhere: {error}")))
}

fn click(at: &Url, found: Option<(&Form, &Attributes)>) -> Result<Next> {
    let (form, button) = found.ok_or_else(|| Error::Robot("the page lacks the button that is needed".to_owned()))?;
    let mut fields = form.fields.clone();
    if let (Some(name), Some(value)) = (button.get("name"), button.get("value")) {
        fields.push((name.clone(), value.clone()));
    }
    Ok(Next::Go(Request::Post(target(at, form)?, fields)))
}

fn type_code(at: &Url, page: &Page, code: &str) -> Result<Next> {
    let (form, _) = page.button_with_id("next").ok_or_else(|| missing("next"))?;
    let fields = form.fields.iter().map(|(name, value)| (name.clone(), if name == "otc" { code.to_owned() } else { value.clone() }));
    Ok(Next::Go(Request::Post(target(at, form)?, fields.collect())))
}

fn submit_credential(at: &Url, form: &Form, answer: &Value) -> Result<Next> {
    let mut fields: Vec<_> = form.fields.iter().filter(|(name, _)| name != "credential").cloned().collect();
    fields.push(("credential".to_owned(), answer.to_string()));
    Ok(Next::Go(Request::Post(target(at, form)?, fields)))
}

fn form_post(at: &Url, page: &Page) -> Result<Next> {
    let form = page.forms.first().ok_or_else(|| missing("answer"))?;
    let url = target(at, form)?;
    Ok(Next::End(Outcome::Answered(Callback { url, form: Some(form.fields.clone()), status: None, page: None })))
}
