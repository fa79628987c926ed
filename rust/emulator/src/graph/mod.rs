//! Microsoft Graph.

use axum::Router;
use http::StatusCode;

use crate::state::State;

/// Routes of the service.
pub fn router(state: State) -> Router {
    Router::new().fallback(async || StatusCode::NOT_FOUND).with_state(state)
}
