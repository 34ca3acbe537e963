//! Counts what each of many has taken of something, so that nobody takes more than a part of it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

type Counts<K> = Arc<Mutex<HashMap<K, usize>>>;

/// How much each has taken.
#[derive(Debug)]
pub(crate) struct Shares<K> {
    taken: Counts<K>,
}

/// One that was taken; given back when dropped.
#[derive(Debug)]
pub(crate) struct Share<K: Eq + Hash> {
    whose: K,
    taken: Counts<K>,
}

impl<K> Default for Shares<K> {
    fn default() -> Self {
        Self {
            taken: Arc::default(),
        }
    }
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// One more for that one; `None` where it has `most` already.
    pub fn take(&self, whose: K, most: usize) -> Option<Share<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let has = taken.get(&whose).copied().unwrap_or(0);
        if has >= most {
            return None;
        }
        taken.insert(whose.clone(), has + 1);
        Some(Share {
            whose,
            taken: Arc::clone(&self.taken),
        })
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.whose) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_more_than_its_share_and_nothing_is_remembered() {
        let shares = Shares::default();
        let (one, two) = (shares.take("a", 2), shares.take("a", 2));
        assert!(one.is_some() && two.is_some());
        assert!(shares.take("a", 2).is_none());
        let other = shares.take("b", 2);
        assert!(other.is_some());
        drop(one);
        let again = shares.take("a", 2);
        assert!(again.is_some());
        drop((two, other, again));
        assert!(shares.taken.lock().unwrap().is_empty());
    }
}
