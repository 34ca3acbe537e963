//! Observer: both circuits stay closed; the site is only measured. The default.

use crate::verdict::Verdict;
use crate::vocabulary::{Contact, Rule};

/// What it wants of relays 1 and 2 alike.
pub(crate) const fn verdict() -> Verdict {
    Verdict::plain(Rule::Observer, Contact::Closed)
}
