//! Manual authority: the operator holds relays 1 and 2, for a lease that ends by itself.
//!
//! Nothing moves when it begins: the relays are held as they stand. An interlock that closes a relay
//! which the hand holds open takes it out of the hand: the relay stays closed after the interlock has
//! ended, until the operator opens it again. So no battery is put to work by a command that is hours
//! old. A relay held closed that an interlock opens (heat, hard voltage limit) closes again with the
//! interlock's end.

use core::time::Duration;

use crate::Monotonic;
use crate::verdict::Verdict;
use crate::vocabulary::{
    Authority, Condition, Contact, LEASE_MAX, LEASE_MIN, Next, RejectCode, Rejection, RelayName,
    Relays, Rule,
};

/// Where the operator holds the relays.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Manual {
    /// When the lease on relays 1 and 2 ends; `None` under automatic authority.
    pub(crate) lease_end: Option<Monotonic>,
    /// Relays 3 and 4 stand there under any authority; relays 1 and 2 mean nothing without a lease.
    pub(crate) held: Relays<Contact>,
}

impl Default for Manual {
    fn default() -> Self {
        Self {
            lease_end: None,
            held: Relays::PLAIN,
        }
    }
}

impl Manual {
    pub(crate) const fn authority(&self) -> Authority {
        match self.lease_end {
            Some(_) => Authority::Manual,
            None => Authority::Automatic,
        }
    }

    /// Takes relays 1 and 2 as they stand, or keeps the hold on them for longer.
    pub(crate) fn hold(&mut self, wanted: &Relays<Contact>, lease_end: Monotonic) {
        if self.lease_end.replace(lease_end).is_none() {
            // Relays 3 and 4 stay as commanded, even earlier in this very step.
            self.held.mains = wanted.mains;
            self.held.charger = wanted.charger;
        }
    }

    /// Gives relays 1 and 2 back; whether they had been held.
    pub(crate) fn let_go(&mut self) -> bool {
        self.held.mains = Contact::Closed;
        self.held.charger = Contact::Closed;
        self.lease_end.take().is_some()
    }

    /// An interlock puts the relay there: what it closes, the hand lets go.
    pub(crate) fn overruled(&mut self, relay: RelayName, by: Contact) {
        if by == Contact::Closed {
            self.held[relay] = Contact::Closed;
        }
    }

    /// What the hand wants of that relay; `None` where it is not in the operator's hand.
    pub(crate) fn verdict(&self, relay: RelayName) -> Option<Verdict> {
        if relay.is_auxiliary() {
            return Some(Verdict::plain(Rule::HandOnly, self.held[relay]));
        }
        let lease_end = self.lease_end?;
        Some(Verdict {
            next: Some(Next {
                to: None,
                condition: Condition::LeaseEnd,
                quantity: None,
                threshold: None,
                not_before: Some(lease_end),
            }),
            ..Verdict::plain(Rule::Manual, self.held[relay])
        })
    }
}

/// The end of a lease that begins now.
///
/// # Errors
/// `wrong_value` for a lease shorter than a minute or longer than twelve hours.
pub(crate) fn lease_end(lease: Duration, now: Monotonic) -> Result<Monotonic, Rejection> {
    if (LEASE_MIN..=LEASE_MAX).contains(&lease) {
        return Ok(now.after(lease));
    }
    Err(Rejection::new(
        RejectCode::WrongValue,
        format!(
            "The lease of manual authority must lie between {} s and {} s; {} s does not.",
            LEASE_MIN.as_secs(),
            LEASE_MAX.as_secs(),
            lease.as_secs_f64()
        ),
    ))
}
