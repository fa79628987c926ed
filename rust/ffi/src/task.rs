//! What runs while a call is under way. One start, exactly one end.

use std::sync::Arc;

use pim_core::call::{BoxFuture, Call, Sink};
use pim_core::error::{Error, ErrorCode};
use pim_core::event::Event;
use pim_core::operations;

use crate::guard::{self, caught_future};
use crate::queue::Queue;
use crate::session::{Core, Session};

/// Starts an operation on the session's threads.
pub(crate) fn start(session: &Session, operation: String, request: String) -> (Call, Arc<Queue>) {
    let queue = Arc::new(Queue::default());
    let call = Call::with_host(Events(queue.clone()));
    if let Some(text) = guard::take_kept() {
        call.warning("LibraryFault", format!("a fault inside the library went before: {text}"));
    }
    match session.threads.handle() {
        Ok(threads) => {
            threads.spawn(work(session.core.clone(), call.clone(), queue.clone(), operation, request));
        }
        Err(error) => {
            let error = Error::new(ErrorCode::Internal, "the system gives no threads to work with").cause(&error);
            queue.push(&Event::Failed { error: Box::new(error) });
        }
    }
    (call, queue)
}

/// What an operation may put into the queue.
struct Events(Arc<Queue>);

impl Sink for Events {
    fn event(&self, event: Event) {
        // Only the end of the work ends a call, whatever the operation emits.
        if !event.is_final() {
            self.0.push(&event);
        }
    }

    fn outputs(&self, values: Vec<Vec<u8>>) -> BoxFuture<'_, ()> {
        Box::pin(self.0.outputs(values))
    }
}

async fn work(core: Arc<Core>, call: Call, queue: Arc<Queue>, operation: String, request: String) {
    let result = caught_future(async {
        #[cfg(test)]
        if let Some(event) = crate::tests::operation(&call, &operation).await {
            return event;
        }
        match core.session() {
            Ok(session) => operations::run(session, &call, &operation, request.as_bytes()).await,
            Err(error) => Event::Failed { error: Box::new(error) },
        }
    })
    .await;
    let mut end = result.unwrap_or_else(|fault| Event::Failed { error: Box::new(fault.into_error()) });
    if let Event::Failed { error } = &mut end
        && error.code == ErrorCode::Internal
        && error.causes.is_empty()
    {
        error.causes.extend(guard::take_stray());
    }
    queue.push(&end);
}

/// The end of a call whose operation does not hear its cancellation.
pub(crate) fn abandoned(call: &Call) -> Event {
    let mut error = Error::new(ErrorCode::Cancelled, "the call was cancelled and did not end by itself");
    error.writes = call.writes();
    Event::Failed { error: Box::new(error) }
}
