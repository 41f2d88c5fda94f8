//! Work on a thread of its own that is waited for only so long: a storage may hang.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

enum Answer<T> {
    Awaited,
    Given(T),
    Unwanted,
}

/// Does some work, and answers its result unless it takes longer than `timeout`. It goes on then, and `undo` takes its result.
///
/// # Errors
/// When there is no thread to be had.
pub(super) fn within<T: Send + 'static>(
    timeout: Duration, work: impl FnOnce() -> T + Send + 'static, undo: impl FnOnce(T) + Send + 'static,
) -> io::Result<Option<T>> {
    let shared = Arc::new((Mutex::new(Answer::Awaited), Condvar::new()));
    let theirs = Arc::clone(&shared);
    thread::Builder::new().name("fsb-checkpoint".to_owned()).spawn(move || {
        let result = work();
        let mut answer = theirs.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*answer, Answer::Unwanted) {
            drop(answer);
            return undo(result);
        }
        // Nothing is held any more by this thread once the result is there.
        drop(undo);
        *answer = Answer::Given(result);
        theirs.1.notify_one();
    })?;
    let (answer, given) = &*shared;
    let answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = given.wait_timeout_while(answer, timeout, |answer| matches!(answer, Answer::Awaited));
    let mut answer = waited.unwrap_or_else(PoisonError::into_inner).0;
    Ok(match std::mem::replace(&mut *answer, Answer::Unwanted) {
        Answer::Given(result) => Some(result),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn work_in_time_is_answered() {
        assert_eq!(within(Duration::from_secs(60), || 1, |_| panic!("wanted")).expect("a thread"), Some(1));
    }

    #[test]
    fn work_that_takes_longer_is_undone_when_it_ends() {
        let (go_on, may_go_on) = mpsc::channel();
        let (undone, is_undone) = mpsc::channel();
        let work = move || may_go_on.recv().expect("told");
        let undo = move |result: i32| undone.send(result).expect("awaited");
        assert_eq!(within(Duration::from_millis(1), work, undo).expect("a thread"), None);
        go_on.send(7).expect("it waits");
        assert_eq!(is_undone.recv_timeout(Duration::from_secs(60)), Ok(7));
    }
}
