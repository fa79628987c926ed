//! How Microsoft Graph takes several requests in one: JSON batching.

use crate::auth::Resource;
use crate::http::Dialect;

/// `POST /$batch`: at most 20 requests, whose addresses leave out the version.
pub(super) static BATCH: Dialect = Dialect {
    resource: Resource::Graph,
    path: "/v1.0/$batch",
    query: &[],
    base: "/v1.0",
    id: "id",
    method: "method",
    headers: Some("headers"),
    body: "body",
    status: "status",
    most: 20,
    optional: false,
};
