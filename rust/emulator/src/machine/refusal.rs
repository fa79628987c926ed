//! How the endpoints of the machine refuse.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::journal;

/// A refusal, before it takes the form of the endpoint that was asked.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) error: &'static str,
    pub(super) message: String,
    /// What the client did wrong, as opposed to what the machine lacks.
    pub(super) is_violation: bool,
}

impl Refusal {
    /// The client broke a rule.
    pub(super) fn violation(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: "invalid_request", message: message.into(), is_violation: true }
    }

    /// The machine has no such thing.
    pub(super) fn lacking(error: &'static str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, message: message.into(), is_violation: false }
    }

    pub(super) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The form of the metadata service, which Azure Arc shares.
    pub(super) fn of_metadata_service(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.message });
        self.answer(body)
    }

    /// The form of App Service.
    pub(super) fn of_app_service(self) -> Response {
        let body = json!({ "statusCode": self.status.as_u16(), "message": self.message, "correlationId": Uuid::new_v4() });
        self.answer(body)
    }

    /// The form of the cloud shell.
    pub(super) fn of_cloud_shell(self) -> Response {
        let body = json!({ "error": { "code": self.error, "message": self.message } });
        self.answer(body)
    }

    fn answer(self, body: Value) -> Response {
        if self.is_violation {
            journal::note_violation(self.message);
        }
        (self.status, Json(body)).into_response()
    }
}
