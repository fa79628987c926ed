//! What the token service's numbers (`AADSTS…`) mean for a user. Numbers and descriptions may change, says entra-docs
//! `reference-error-codes.md`: decisions are made by `error` and `suberror` first, and this table gives the words.

/// What a client does about a refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Remedy {
    /// The user signs in on the page.
    Interactive,
    /// The same once more.
    Retry,
    /// Another account or tenant.
    Account,
    /// The registration of the client or this session's settings.
    Configuration,
    /// Somebody consents to a permission.
    Consent,
    /// The policy wants another device.
    Device,
    /// Nothing the user can do here.
    Stop,
    /// A fault of this library.
    Bug,
}

/// One number.
#[derive(Debug)]
pub(super) struct Known {
    pub code: u32,
    pub remedy: Remedy,
    /// What is wrong: lower case, no final period. `{client}`, `{tenant}`, `{account}` and `{scope}` stand for the request's.
    pub message: &'static str,
    /// One action.
    pub hint: &'static str,
}

/// Looks a number up.
pub(super) fn find(code: u32) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.code == code)
}

const fn known(code: u32, remedy: Remedy, message: &'static str, hint: &'static str) -> Known {
    Known { code, remedy, message, hint }
}

use Remedy::{Account, Bug, Configuration, Consent, Device, Interactive, Retry, Stop};

const AGAIN: &str = "sign in again in the browser";
const ASK: &str = "ask your administrator, with the correlation id";
const REPORT: &str = "please report this as a fault of PIMStepUp, with the correlation id";
const MANAGED: &str = "use a managed device, and a browser that proves it";
const MFA: &str = "complete the additional check in the browser";

#[rustfmt::skip]
pub(super) const KNOWN: &[Known] = &[
    known(16000, Interactive, "several accounts are signed in, and none was chosen", "choose the account in the browser, or name it for the session"),
    known(50011, Configuration, "the application `{client}` does not allow a redirect to `http://localhost`", "add `http://localhost` to the app registration as a redirect of the platform 'Mobile and desktop applications'"),
    known(50020, Account, "the account `{account}` does not exist in tenant `{tenant}`", "use an account of that tenant, or the tenant where the account is a guest"),
    known(50034, Account, "the account `{account}` was not found in tenant `{tenant}`", "check the spelling of the account and the tenant"),
    known(50053, Account, "the account is locked after too many attempts, or this network's address is blocked", "wait a while, or ask your administrator"),
    known(50055, Interactive, "the password has expired", "change it in the browser"),
    known(50057, Stop, "the account is disabled", ASK),
    known(50058, Interactive, "nobody is signed in at the token service", AGAIN),
    known(50059, Configuration, "the token service cannot tell the tenant", "give the tenant's id or domain"),
    known(50072, Interactive, "a second factor has to be registered", "register it in the browser"),
    known(50074, Interactive, "multi-factor authentication is required", MFA),
    known(50076, Interactive, "this resource or this place requires multi-factor authentication", MFA),
    known(50078, Interactive, "the multi-factor authentication of the session has expired", MFA),
    known(50079, Interactive, "a second factor has to be registered or used", "register it in the browser"),
    known(50085, Interactive, "the account's own identity provider wants a new sign-in", AGAIN),
    known(50089, Interactive, "the sign-in page waited too long", AGAIN),
    known(50097, Device, "the resource requires a registered device", MANAGED),
    known(50105, Stop, "the account is not assigned to the application `{client}`", "ask your administrator to assign it, or use another client id"),
    known(50126, Interactive, "user name or password is wrong", AGAIN),
    known(50131, Device, "the state of the device, suspicious activity or a policy blocks the access", ASK),
    known(50132, Interactive, "the session was ended after a change of password or security settings", AGAIN),
    known(50133, Interactive, "the session was ended after a change of password", AGAIN),
    known(50140, Retry, "the sign-in was interrupted by the question whether to stay signed in", "try once more"),
    known(50158, Interactive, "an additional check outside of Entra ID has not been passed", MFA),
    known(50173, Interactive, "the stored sign-in was revoked", AGAIN),
    known(50194, Configuration, "the application `{client}` serves one tenant only", "give that tenant's id"),
    known(50196, Stop, "the token service stopped this client because it repeated a request too often", "wait a few minutes, and report this as a fault of PIMStepUp"),
    known(50199, Interactive, "the sign-in has to be confirmed", "confirm it in the browser"),
    known(53000, Device, "Conditional Access requires a compliant device", MANAGED),
    known(53001, Device, "Conditional Access requires a device that is joined to the organisation", MANAGED),
    known(53002, Stop, "Conditional Access allows approved applications only, and `{client}` is none", ASK),
    known(53003, Stop, "Conditional Access blocks the token", ASK),
    known(53004, Stop, "a second factor has to be registered, but the sign-in looks too risky for that", ASK),
    known(530_032, Stop, "a security policy of the tenant blocks the sign-in", ASK),
    known(530_035, Stop, "the tenant's security defaults block this way to sign in", "use the browser sign-in"),
    known(54005, Retry, "the sign-in's code had been used already", "start the sign-in again"),
    known(65001, Consent, "the application `{client}` lacks consent for `{scope}`", "ask an administrator to grant it: most permissions of PIM need admin consent"),
    known(65002, Configuration, "the built-in client `{client}` may not ask for `{scope}`", "use the Microsoft Graph PowerShell client or an app registration of your own"),
    known(65004, Stop, "the permissions were declined", "start again and accept them, or ask an administrator to grant them"),
    known(65005, Configuration, "the registration of `{client}` does not list this API", "add the permission `{scope}` to the app registration"),
    known(70000, Interactive, "the stored sign-in is no longer valid", AGAIN),
    known(70008, Interactive, "the stored sign-in has expired", AGAIN),
    known(70011, Configuration, "the permission `{scope}` is not valid for this resource or cloud", "check the scope's spelling and the cloud"),
    known(70016, Retry, "the code has not been typed on the page yet", "type the code on the page"),
    known(70018, Retry, "the code that was typed is wrong", "start again and type the new code"),
    known(70019, Retry, "the code expired before it was used", "start again"),
    known(70043, Interactive, "the organisation's sign-in frequency has passed", AGAIN),
    known(700_016, Configuration, "the application `{client}` does not exist in tenant `{tenant}`", "check client id, tenant and cloud"),
    known(700_024, Configuration, "the client's assertion is not valid at this time", "check this computer's clock"),
    known(700_027, Configuration, "the certificate is not registered for the application, or does not match", "upload the certificate to the app registration"),
    known(700_082, Interactive, "the stored sign-in was not used for too long", AGAIN),
    known(700_084, Interactive, "the stored sign-in is beyond its fixed life", AGAIN),
    known(7_000_215, Configuration, "the client secret is wrong", "use the secret's value, not its id"),
    known(7_000_218, Configuration, "the application `{client}` is not registered as a public client", "set 'Allow public client flows', or register the redirect as 'Mobile and desktop applications'"),
    known(7_000_222, Configuration, "the client secret has expired", "create a new one"),
    known(90002, Configuration, "the tenant `{tenant}` was not found", "check the tenant's name and the cloud"),
    known(90014, Bug, "a field that the token service needs was missing", REPORT),
    known(90015, Bug, "the sign-in address is too long for the token service", "ask for fewer scopes or smaller claims"),
    known(90033, Retry, "the token service is unavailable for a moment", "try again in a minute"),
    known(90036, Stop, "the token service failed", ASK),
    known(90038, Configuration, "the tenant `{tenant}` belongs to another cloud", "choose that cloud for the session"),
    known(90072, Account, "the account `{account}` is no guest of tenant `{tenant}` yet", "have it invited, or use another account"),
    known(90094, Consent, "an administrator has to consent to `{scope}` for `{client}`", "ask an administrator to grant it"),
    known(500_011, Configuration, "the API of `{scope}` does not exist in tenant `{tenant}`", "check the resource and the cloud"),
    known(500_021, Stop, "tenant restrictions of this network deny access to `{tenant}`", ASK),
    known(500_212, Stop, "the settings for access across tenants block the sign-in", ASK),
    known(501_481, Bug, "the proof of the sign-in did not match", "start the sign-in again"),
    known(9_002_313, Bug, "the request was malformed", REPORT),
    known(9_002_326, Configuration, "the redirect of `{client}` is registered for a single-page application", "register `http://localhost` as 'Mobile and desktop applications' instead"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The list that is kept with the tests: number to class.
    fn listed() -> BTreeMap<u32, String> {
        let list: BTreeMap<String, String> = serde_json::from_str(include_str!("../../tests/data/aadsts-codes.json")).unwrap();
        list.into_iter().map(|(code, class)| (code.parse().unwrap(), class)).collect()
    }

    #[test]
    fn the_table_and_the_list_name_the_same_numbers() {
        let table: Vec<u32> = KNOWN.iter().map(|known| known.code).collect();
        let mut sorted = table.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), table.len(), "a number stands twice");
        assert_eq!(sorted, listed().into_keys().collect::<Vec<_>>());
    }

    #[test]
    fn remedies_agree_with_the_list() {
        for (code, class) in listed() {
            let remedy = find(code).unwrap().remedy;
            let expected = match class.as_str() {
                "interactive" => Interactive,
                // Polling is of no use outside of the device code flow.
                "retry" | "poll" => Retry,
                "account" => Account,
                "configuration" => Configuration,
                "consent" => Consent,
                "device" => Device,
                "stop" => Stop,
                "bug" => Bug,
                other => panic!("{other}"),
            };
            assert_eq!(remedy, expected, "{code}");
        }
    }

    #[test]
    fn messages_and_hints_keep_to_the_style() {
        for known in KNOWN {
            for text in [known.message, known.hint] {
                assert!(!text.ends_with('.') && !text.is_empty(), "{}: {text}", known.code);
            }
            let proper_names = ["Conditional", "Microsoft", "Entra"];
            let first = known.message.split(' ').next().unwrap();
            assert!(known.message.starts_with(char::is_lowercase) || proper_names.contains(&first), "{}: {}", known.code, known.message);
        }
    }
}
