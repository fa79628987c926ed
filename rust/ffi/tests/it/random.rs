use std::ptr;

use pim_core::operations::ALL;
use pim_stepup::*;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::driver::{Call, PATIENCE, Session, Taken, length, next, reply, start};

/// Nobody listens there, and no browser opens.
const OFFLINE: &str = r#"{"cloud": {"login": "http://127.0.0.1:1", "graph": "http://127.0.0.1:1", "arm": "http://127.0.0.1:1"},
    "browser": {"mode": "never"}, "timeouts": {"throttleSeconds": 0}}"#;

fn operation() -> impl Strategy<Value = Vec<u8>> {
    let names = ALL.iter().map(|operation| operation.name.as_bytes().to_vec()).collect::<Vec<_>>();
    prop_oneof![prop::sample::select(names), vec(any::<u8>(), 0..300)]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..2000),
        r#"\{("(text|id|answer|uri|kind|state|roles|claims|scopes|resource|tenant|cloud)": ?("\PC{0,20}"|[0-9]{1,20}|\[\]|null|true),?){0,4}\}"#
            .prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_hurt_any_entry_point(config in text(), operation in operation(), request in text(), answer in text(), handle: u64, timeout in 0_u32..3) {
        let mut place = 0;
        // SAFETY: the bytes and the place outlive the call.
        let status = unsafe { pim_session_new(config.as_ptr(), length(&config), &raw mut place) };
        prop_assert_eq!(status, if std::str::from_utf8(&config).is_ok() { PIM_OK } else { PIM_ERROR_UTF8 });
        drop(Session(place));

        let session = Session::new(OFFLINE);
        let started = start(session.0, &operation, &request);
        let wanted = match (std::str::from_utf8(&operation), std::str::from_utf8(&request)) {
            _ if operation.len() > 256 => Err(PIM_ERROR_TOO_LONG),
            (Ok(_), Ok(_)) => Ok(()),
            _ => Err(PIM_ERROR_UTF8),
        };
        prop_assert_eq!(started.map(|_| ()), wanted);
        if let Ok(call) = started.map(Call) {
            let status = reply(call.0, &answer);
            prop_assert!([PIM_ERROR_ANSWER, PIM_ERROR_UTF8].contains(&status), "{}", status);
            if timeout == 0 {
                pim_call_cancel(call.0);
            }
            let end = loop {
                match call.next(PATIENCE) {
                    Taken::Event(_) => {}
                    end => break end,
                }
            };
            prop_assert!(matches!(end, Taken::Final(_)), "{:?}", end);
        }

        prop_assert_eq!(next(handle, timeout), Taken::Status(PIM_ERROR_HANDLE));
        prop_assert_eq!([reply(handle, &answer), pim_call_cancel(handle), pim_call_free(handle), pim_session_free(handle)], [PIM_ERROR_HANDLE; 4]);
        prop_assert_eq!(start(handle, &operation, &request), Err(PIM_ERROR_HANDLE));
        pim_buffer_free(ptr::without_provenance_mut(usize::try_from(handle).unwrap_or(1)), timeout);
    }
}
