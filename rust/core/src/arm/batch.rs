//! How Azure Resource Manager takes several reads in one request. Microsoft documents no such endpoint; its portal uses this one.

use crate::auth::Resource;
use crate::http::Dialect;

/// `POST /batch`: at most 20 requests, each with a name.
pub(super) static BATCH: Dialect = Dialect {
    resource: Resource::Arm,
    path: "/batch",
    query: &[("api-version", "2020-06-01")],
    base: "",
    id: "name",
    method: "httpMethod",
    headers: None,
    body: "content",
    status: "httpStatusCode",
    most: 20,
    optional: true,
};
