//! Places for clients, or for their sessions: so many in all, and so many of them for one user.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::Identity;
use crate::shares::{Share, Shares};

/// Places that can be taken.
#[derive(Debug)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    most: usize,
    by_user: Shares<String>,
    most_of_a_user: usize,
}

/// A place; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_the_user: Option<Share<String>>,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// All are taken.
    AllTaken,
    /// The user has as many as one may have.
    UserHasEnough,
}

impl Places {
    /// So many, all free.
    pub fn new(most: usize, most_of_a_user: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(most)),
            most,
            by_user: Shares::default(),
            most_of_a_user,
        }
    }

    /// One more for that one. Where there are no users nobody can be told from anybody else, and only the bound
    /// of all holds.
    pub fn take(&self, identity: &Identity) -> Result<Place, NoPlace> {
        let of_the_user = match identity.known_user() {
            None => None,
            Some(name) => {
                let share = self.by_user.take(name.to_owned(), self.most_of_a_user);
                Some(share.ok_or(NoPlace::UserHasEnough)?)
            }
        };
        let of_all = Arc::clone(&self.free).try_acquire_owned();
        Ok(Place {
            _of_all: of_all.map_err(|_| NoPlace::AllTaken)?,
            _of_the_user: of_the_user,
        })
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.most.saturating_sub(self.free.available_permits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::permissions::Role;

    #[test]
    fn one_user_leaves_room_for_others() {
        let places = Places::new(3, 2);
        let anna = Identity::of("anna", &Role::Viewer);
        let otto = Identity::of("otto", &Role::Operator);
        let here = [places.take(&anna).unwrap(), places.take(&anna).unwrap()];
        assert_eq!(places.take(&anna).unwrap_err(), NoPlace::UserHasEnough);
        let other = places.take(&otto).unwrap();
        assert_eq!(places.take(&otto).unwrap_err(), NoPlace::AllTaken);
        assert_eq!(places.taken(), 3);
        drop((here, other));
        let _again = places.take(&anna).unwrap();
        assert_eq!(places.taken(), 1);
    }

    #[test]
    fn without_users_only_the_bound_of_all_holds() {
        let places = Places::new(3, 1);
        let taken: Vec<_> = (0..3)
            .map(|_| places.take(&Identity::Anybody).unwrap())
            .collect();
        let refused = places.take(&Identity::Anybody).unwrap_err();
        assert_eq!((taken.len(), refused), (3, NoPlace::AllTaken));
    }
}
