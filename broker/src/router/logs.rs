//! Which filters have a log of their own in the router, and who began them.
//!
//! The router never frees a log. So there is a bound of them, and one for each user: whoever has begun as many as
//! one may is served from the log of all messages then, unless a filter has a log already.

use std::collections::{HashMap, HashSet};

/// The filters with a log.
pub(super) struct Logs {
    filters: HashSet<String>,
    begun_by: HashMap<String, usize>,
    most: usize,
    most_of_a_user: usize,
}

impl Logs {
    /// None yet.
    pub fn new(most: usize, most_of_a_user: usize) -> Self {
        Self {
            filters: HashSet::new(),
            begun_by: HashMap::new(),
            most,
            most_of_a_user,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.filters.len()
    }

    /// Whether that filter has a log, or gets one now that `user` asks for it; `None` is anybody, who has no
    /// bound but that of all.
    pub fn serves(&mut self, filter: &str, user: Option<&str>) -> bool {
        if self.filters.contains(filter) {
            return true;
        }
        if self.filters.len() >= self.most {
            return false;
        }
        if let Some(user) = user {
            let begun = self.begun_by.get(user).copied().unwrap_or(0);
            if begun >= self.most_of_a_user {
                return false;
            }
            self.begun_by.insert(user.to_owned(), begun + 1);
        }
        self.filters.insert(filter.to_owned());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_user_leaves_logs_for_others() {
        let mut logs = Logs::new(4, 2);
        let anna = Some("anna");
        assert!(logs.serves("a", anna) && logs.serves("b", anna));
        assert!(!logs.serves("c", anna));
        assert!(logs.serves("a", anna), "it has one");
        assert!(logs.serves("c", Some("otto")));
        assert!(logs.serves("c", anna), "somebody else began it");
        assert!(logs.serves("d", None));
        assert!(!logs.serves("e", None), "there are as many as there may be");
        assert_eq!(logs.len(), 4);
    }
}
