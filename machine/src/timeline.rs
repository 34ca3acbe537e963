//! Things that happen one after another on other threads, for whoever waits for one of them.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A list that only grows.
#[derive(Debug)]
pub struct Timeline<T> {
    entries: Mutex<Vec<T>>,
    grown: Condvar,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self {
            entries: Mutex::default(),
            grown: Condvar::new(),
        }
    }
}

impl<T> Timeline<T> {
    fn entries(&self) -> MutexGuard<'_, Vec<T>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what has just happened.
    pub fn push(&self, entry: T) {
        self.entries().push(entry);
        self.grown.notify_all();
    }

    /// How much has happened so far: from here on is what happens next.
    pub fn mark(&self) -> usize {
        self.entries().len()
    }

    /// Waits until the whole list says so.
    pub fn wait_whole<U>(
        &self,
        patience: Duration,
        mut find: impl FnMut(&[T]) -> Option<U>,
    ) -> Option<U> {
        let deadline = Instant::now() + patience;
        let mut entries = self.entries();
        loop {
            if let Some(found) = find(&entries) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            entries = match self.grown.wait_timeout(entries, left) {
                Ok((entries, _)) => entries,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Waits for an entry from that mark on.
    pub fn wait<U>(
        &self,
        mark: usize,
        patience: Duration,
        mut find: impl FnMut(&T) -> Option<U>,
    ) -> Option<U> {
        self.wait_whole(patience, |entries| {
            entries[mark..].iter().find_map(&mut find)
        })
    }
}

impl<T: Clone> Timeline<T> {
    /// What has happened since that mark.
    pub fn since(&self, mark: usize) -> Vec<T> {
        self.entries()[mark..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn whoever_waits_hears_what_comes_later_and_nothing_from_before_its_mark() {
        let timeline = Arc::new(Timeline::default());
        timeline.push(1);
        let mark = timeline.mark();
        let later = Arc::clone(&timeline);
        let pusher = thread::spawn(move || later.push(2));
        let heard = timeline.wait(mark, Duration::from_secs(10), |entry| Some(*entry));
        assert_eq!(heard, Some(2));
        pusher.join().expect("pushed");
        let never = timeline.wait(mark, Duration::ZERO, |entry| (*entry == 1).then_some(()));
        assert_eq!(never, None);
        assert_eq!(timeline.since(mark), [2]);
    }
}
