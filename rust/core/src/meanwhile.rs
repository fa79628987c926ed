//! Work that goes on while something else is waited for.

use std::collections::VecDeque;
use std::pin::pin;

use futures_util::StreamExt;
use futures_util::stream::FusedStream;

/// Does `work` while `running` goes on; what comes of it is put into `ended`. A request under way that nobody looks at keeps its place among
/// those that may be sent, and runs out of time.
pub async fn meanwhile<S: FusedStream + Unpin, T>(running: &mut S, ended: &mut VecDeque<S::Item>, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            result = &mut work => return result,
            Some(item) = running.next(), if !running.is_terminated() => ended.push_back(item),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::stream::FuturesUnordered;
    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn both_go_on_at_the_same_time() {
        let after = |seconds| async move {
            sleep(Duration::from_secs(seconds)).await;
            seconds
        };
        let (mut running, mut ended) = ([2, 1, 5].map(after).into_iter().collect::<FuturesUnordered<_>>(), VecDeque::new());
        assert_eq!(meanwhile(&mut running, &mut ended, after(3)).await, 3);
        assert_eq!(ended, [1, 2]);
        assert_eq!(meanwhile(&mut running, &mut ended, after(9)).await, 9);
        assert_eq!(meanwhile(&mut running, &mut ended, after(1)).await, 1);
        assert_eq!(ended, [1, 2, 5]);
    }
}
