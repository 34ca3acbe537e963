//! What one rule wants of one relay, and why: the draft of a [`crate::Reason`].

use crate::Monotonic;
use crate::level::rounded;
use crate::vocabulary::{Condition, Contact, Next, Quantity, Rule};

/// What one rule wants of one relay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) contact: Contact,
    pub(crate) rule: Rule,
    pub(crate) value: Option<f64>,
    pub(crate) threshold: Option<f64>,
    pub(crate) next: Option<Next<Monotonic>>,
}

impl Verdict {
    /// That rule wants that position, whatever is measured.
    pub(crate) const fn plain(rule: Rule, contact: Contact) -> Self {
        Self {
            contact,
            rule,
            value: None,
            threshold: None,
            next: None,
        }
    }
}

/// What must happen for the next change, where it is a level that must be passed.
pub(crate) fn once(
    condition: Condition,
    quantity: Quantity,
    threshold: f64,
    to: Option<Contact>,
) -> Next<Monotonic> {
    Next {
        to,
        condition,
        quantity: Some(quantity),
        threshold: Some(rounded(threshold)),
        not_before: None,
    }
}
