//! The emulator from outside: its frame, its token service, Microsoft Graph, Azure Resource Manager, its program. One binary, since linking takes longer than the tests.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod application_rights;
mod arm_administration;
mod arm_lists;
mod arm_requests;
mod described_paths;
mod federation;
mod frame;
mod graph_batch;
mod graph_groups;
mod graph_lists;
mod graph_requests;
mod graph_scale;
mod guide;
mod login_application;
mod login_code;
mod login_device;
mod login_stepup;
mod login_trouble;
mod login_webauthn;
mod machine;
mod official_examples;
mod program;
mod support;
mod tenant;
