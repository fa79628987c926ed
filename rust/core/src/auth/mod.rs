//! Sign-in and tokens: authorization code with PKCE in the system's browser, refresh tokens, step-up for claims challenges.
//!
//! An [`Authenticator`] serves one user of one tenant. It hands out a token only if that is known to satisfy what was asked. Where
//! no token at hand does, the refresh token is tried with the claims, and then the session's credential: for most that is the user,
//! who is asked once for all who wait.

mod account;
mod acquisition;
mod admit;
mod answer;
mod authenticator;
mod authority;
mod authorize;
mod browser;
mod cache;
mod credential;
mod demand;
mod endpoint;
mod entra_codes;
mod flight;
mod id_token;
mod loopback;
mod pages;
mod pasted;
mod payload;
mod persist;
mod proof;
mod refusal;
mod resource;
mod response;
mod state;
mod token;
mod wanted;

pub use account::{Account, AccountKind};
pub use authenticator::Authenticator;
pub use credential::{CredentialConfig, FederationSource, HostProvider};
pub(crate) use credential::{check as check_credential, choose_cloud, settle as settle_credential};
pub use resource::Resource;
pub use token::{AccessToken, TokenId, TokenRequest, TokenSummary};
