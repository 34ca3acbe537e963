//! Relay commands that wait for what the measurements say.

use releve_control::{Contact, RelayName, Relays, Verification};
use releve_protocol::Status;

use super::asker::Asker;

/// How the command of a relay that moved ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The measurements moved as they must.
    Verified,
    /// The measurements contradict it.
    Contradicted,
    /// Nothing measured could tell.
    Untold,
    /// Something else moved the relay before anything could be measured.
    Overtaken,
}

impl Outcome {
    /// What the second answer says of it.
    pub const fn status(self) -> Status {
        match self {
            Self::Verified => Status::Verified,
            Self::Contradicted => Status::Failed,
            Self::Untold | Self::Overtaken => Status::Inconclusive,
        }
    }

    /// Why it could not be verified; `None` where it was.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Verified => None,
            Self::Contradicted => Some(
                "What is measured contradicts the position that was asked for: the cause of the alarm relay_fault says what it looks like.",
            ),
            Self::Untold => Some(
                "The relay was told, and nothing that is measured could tell whether its contact moved: no current flows there that would have begun or stopped.",
            ),
            Self::Overtaken => Some(
                "The relay moved on, by another command or by a rule, before anything could be measured.",
            ),
        }
    }
}

/// The sender of the last command that moved each relay, until it has its second result.
#[derive(Default)]
pub struct FollowUps {
    waiting: Relays<Option<(Contact, Asker)>>,
}

impl FollowUps {
    /// The relay moved by that command.
    pub fn expect(&mut self, relay: RelayName, contact: Contact, asker: Asker) {
        self.waiting[relay] = Some((contact, asker));
    }

    /// Whoever waits for that relay; nobody does any more.
    pub fn take(&mut self, relay: RelayName) -> Option<Asker> {
        self.waiting[relay].take().map(|(_, asker)| asker)
    }

    /// The measurements spoke: who waited for it, and how it ended.
    pub fn verified(
        &mut self,
        relay: RelayName,
        contact: Contact,
        verification: Verification,
    ) -> Option<(Asker, Outcome)> {
        let outcome = match verification {
            Verification::Pending => return None,
            Verification::Verified => Outcome::Verified,
            Verification::Failed => Outcome::Contradicted,
            Verification::Inconclusive => Outcome::Untold,
        };
        self.waiting[relay]
            .take_if(|(to, _)| *to == contact)
            .map(|(_, asker)| (asker, outcome))
    }
}
