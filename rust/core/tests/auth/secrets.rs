//! No secret leaves the library except as the token that was asked for.

use std::sync::{Arc, Mutex};

use pim_core::auth::TokenRequest;
use pim_core::call::Call;
use pim_core::event::{Event, Prompt};
use serde_json::json;
use url::Url;

use crate::service::{ADELE, Service};
use crate::user::{User, failure, graph, with_contexts};

#[tokio::test]
async fn neither_events_nor_errors_nor_debug_output_hold_a_secret() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    let seen = Arc::new(Mutex::new(String::new()));
    let call = {
        let (seen, user) = (Arc::clone(&seen), user.clone());
        Call::with_sink(move |event| {
            if let Event::Prompt(Prompt::Browser { url, .. }) = &event {
                let (user, url) = (user.clone(), Url::parse(url).unwrap());
                tokio::spawn(async move { user.open(&url).await });
            }
            seen.lock().unwrap().push_str(&format!("{event:?}{}", serde_json::to_string(&event).unwrap()));
        })
    };
    let plain = auth.token(&call, &graph()).await.unwrap();
    let strong = auth.token(&call, &with_contexts(&["c1"])).await.unwrap();
    service.change_next(|answer| answer["token_type"] = json!("mac"));
    let renew = TokenRequest { renew: true, ..graph() };
    let odd = failure(auth.token(&call, &renew).await);
    service.refuse_next("invalid_grant", "AADSTS50057: x", &json!({}));
    let refused = failure(auth.token(&call, &renew).await);
    let mut text = seen.lock().unwrap().clone();
    for shown in [format!("{plain:?}{strong:?}"), format!("{:?}{:?}", auth.summaries(), auth.account()), format!("{odd:?}{refused:?}")] {
        text.push_str(&shown);
    }
    let secrets = service.secrets();
    assert!(secrets.len() > 8);
    for secret in secrets.iter().chain(service.requests().iter().filter_map(|request| request.get("code_verifier"))) {
        assert!(!text.contains(secret.as_str()), "{secret}");
    }
}

#[tokio::test]
async fn a_refusal_that_repeats_what_was_sent_is_shown_without_it() {
    let service = Service::start().await;
    let (auth, user) = (service.authenticator(json!({})), User::new(&service, ADELE));
    auth.token(&user.call(), &graph()).await.unwrap();
    let sent = service.refresh_token_of(0);
    let token = format!("eyJhbGciOiJub25lIn0.{}.{}", "a".repeat(40), "b".repeat(40));
    service.refuse_next("invalid_grant", &format!("AADSTS50057: the grant '{sent}' of {token} is no good"), &json!({"suberror": sent}));
    let error = failure(auth.token(&user.call(), &TokenRequest { renew: true, ..graph() }).await);
    assert_eq!(error.service.as_ref().unwrap().message, "AADSTS50057: the grant '***' of (token) is no good");
    let text = format!("{error:?}{}", serde_json::to_string(&error).unwrap());
    assert!(!text.contains(&sent) && !text.contains(&token));
}
