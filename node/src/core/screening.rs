//! What can be said of a command before the controller sees it.

use std::collections::BTreeSet;

use releve_control::{Command, RejectCode, Rejection};
use releve_protocol::command::Request;
use releve_protocol::journal::Resend;
use releve_protocol::{CommandResult, NodeId};

use super::asker::Asker;
use super::command::CommandMessage;
use super::memory::{CommandMemory, Known};
use super::publication::Publication;
use crate::clock::Now;

/// The most topics whose retained command was cleared and not yet seen to be empty.
const CLEARED_MAX: usize = 64;

/// What becomes of a command.
pub enum Screened {
    /// The controller decides.
    Control(Asker, Command),
    /// Publish everything again.
    Refresh(Asker),
    /// Send records again.
    Resend(Asker, Resend),
    /// It is not carried out.
    Rejected(Asker, Rejection),
    /// It was retained: not carried out, and removed from the broker.
    Retained {
        /// Who asked.
        asker: Asker,
        /// The answer.
        rejection: Rejection,
        /// Removes it from the broker.
        clear: Publication,
    },
    /// It was carried out before: the same answers again.
    Repeated(Asker, Vec<CommandResult>),
    /// The echo of our own clearing.
    Nothing,
}

/// Looks at commands before the controller does.
pub struct Screening {
    node: NodeId,
    /// Topics cleared in this connection: the broker sends us the empty message, too.
    cleared: BTreeSet<String>,
}

impl Screening {
    /// For the commands of that node.
    pub const fn new(node: NodeId) -> Self {
        Self {
            node,
            cleared: BTreeSet::new(),
        }
    }

    /// A new connection: what was cleared in the last one does not echo any more.
    pub fn forget_cleared(&mut self) {
        self.cleared.clear();
    }

    /// What becomes of the command. A retained one is dead whatever it says, then a known id has its
    /// answer already, then what cannot be read is refused, then what comes too late.
    pub fn screen(
        &mut self,
        message: CommandMessage,
        memory: &mut CommandMemory,
        now: Now,
    ) -> Screened {
        let asker = Asker::of(&message.received, message.reply.clone());
        if message.retained {
            return self.retained(asker, message.topic);
        }
        if message.empty && self.cleared.remove(&message.topic) {
            return Screened::Nothing;
        }
        match memory.recall(&asker) {
            Known::Same(results) => return Screened::Repeated(asker, results),
            Known::Other(rejection) => return Screened::Rejected(asker, rejection),
            Known::No => {}
        }
        let request = match message.received.request {
            Ok(request) => request,
            Err(rejection) => return Screened::Rejected(asker, rejection),
        };
        if let Some(expires) = message.expires.filter(|expires| *expires < now.real) {
            let rejection = Rejection::new(
                RejectCode::Expired,
                format!(
                    "It expired at {expires} and came at {}: send it again, and check both clocks if it was sent just now.",
                    now.real
                ),
            );
            return Screened::Rejected(asker, rejection);
        }
        match request {
            Request::Control(command) => {
                memory.begin(&asker);
                Screened::Control(asker, command)
            }
            Request::Refresh => Screened::Refresh(asker),
            Request::Resend(resend) => Screened::Resend(asker, resend),
        }
    }

    fn retained(&mut self, asker: Asker, topic: String) -> Screened {
        if self.cleared.len() < CLEARED_MAX {
            self.cleared.insert(topic.clone());
        }
        let rejection = Rejection::new(
            RejectCode::Retained,
            format!(
                "It was retained, so nobody can tell how old it is; node {} has removed it from the broker. Send commands without the retain flag.",
                self.node
            ),
        );
        Screened::Retained {
            asker,
            rejection,
            clear: Publication::clearing(topic),
        }
    }
}
