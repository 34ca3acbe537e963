//! The contacts of a relay, and what its coil makes of them.

use releve_control::Contact;

/// Which contact of a relay a circuit runs through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactKind {
    /// Closed while the coil has no current: what a dead node leaves is the plain installation.
    NormallyClosed,
    /// Open while the coil has no current.
    NormallyOpen,
}

impl ContactKind {
    /// Whether the coil must have current for the contact to stand there.
    #[must_use]
    pub const fn energised(self, contact: Contact) -> bool {
        matches!(
            (self, contact),
            (Self::NormallyClosed, Contact::Open) | (Self::NormallyOpen, Contact::Closed)
        )
    }

    /// Where the contact stands by its coil.
    #[must_use]
    pub const fn contact(self, energised: bool) -> Contact {
        if self.energised(Contact::Closed) == energised {
            Contact::Closed
        } else {
            Contact::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_current_a_normally_closed_contact_is_closed() {
        let kind = ContactKind::NormallyClosed;
        assert!(!kind.energised(Contact::Closed));
        assert_eq!(kind.contact(false), Contact::Closed);
        assert_eq!(kind.contact(true), Contact::Open);
        let kind = ContactKind::NormallyOpen;
        assert!(!kind.energised(Contact::Open));
        assert_eq!(kind.contact(false), Contact::Open);
        assert_eq!(kind.contact(true), Contact::Closed);
    }
}
