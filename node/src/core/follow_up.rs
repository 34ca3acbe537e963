//! Relay commands that wait for what the measurements say.

use releve_control::{Contact, RelayName, Relays, Verification};
use releve_protocol::Status;

use super::asker::Asker;

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

    /// The measurements spoke: who waited for it, and the second result.
    pub fn verified(
        &mut self,
        relay: RelayName,
        contact: Contact,
        verification: Verification,
    ) -> Option<(Asker, Status)> {
        let status = match verification {
            Verification::Pending => return None,
            Verification::Verified => Status::Verified,
            Verification::Failed => Status::Failed,
            Verification::Inconclusive => Status::Inconclusive,
        };
        self.waiting[relay]
            .take_if(|(to, _)| *to == contact)
            .map(|(_, asker)| (asker, status))
    }
}
