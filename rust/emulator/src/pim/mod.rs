//! Privileged Identity Management, without any wire format: what the tenant contains, what an activation demands and what becomes of it.

pub mod scenario;
