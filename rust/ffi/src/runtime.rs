//! The threads of a session.
//!
//! Each session has its own, made at its first call. They are gone when the session and all its calls are freed, so that a
//! host may unload the library then; a host that ends without freeing anything is not held up, for nothing waits at exit.

use std::io;
use std::time::Duration;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::guard;

/// How long the last free may wait for work that does not listen to its end, such as a name lookup of the system.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(crate) struct Threads(OnceCell<Runtime>);

impl Threads {
    pub(crate) fn handle(&self) -> io::Result<&Handle> {
        self.0.get_or_try_init(start).map(Runtime::handle)
    }
}

fn start() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .thread_name("pim-stepup")
        .on_thread_start(guard::adopt_thread)
        .enable_all()
        .build()
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // A host written in Rust may free from inside its own runtime, where waiting is not allowed.
            if Handle::try_current().is_ok() {
                runtime.shutdown_background();
            } else {
                runtime.shutdown_timeout(PATIENCE);
            }
        }
    }
}
