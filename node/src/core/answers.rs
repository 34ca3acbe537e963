//! The answers to commands: built, remembered, and followed up once the measurements have spoken.

use releve_control::{Contact, Event, Monotonic, Rejection, RelayName};
use releve_protocol::{CommandResult, Status, VERSION};

use super::asker::Asker;
use super::follow_up::{FollowUps, Outcome};
use super::memory::CommandMemory;
use super::publication::{Publication, Publisher};
use crate::clock::Now;

/// A relay's command that was carried out in this step.
pub struct CarriedOut {
    /// Which relay.
    pub relay: RelayName,
    /// Its new position.
    pub contact: Contact,
    /// Who asked.
    pub asker: Asker,
}

/// Answers commands.
pub struct Answers {
    publisher: Publisher,
    /// The commands that reached the controller.
    pub memory: CommandMemory,
    follow_ups: FollowUps,
}

impl Answers {
    /// Answers through that publisher.
    pub fn new(publisher: Publisher) -> Self {
        Self {
            publisher,
            memory: CommandMemory::default(),
            follow_ups: FollowUps::default(),
        }
    }

    /// The answer to a command that changes nothing: it is not remembered.
    pub fn to(&self, asker: &Asker, answer: Result<(), Rejection>, now: Now) -> Vec<Publication> {
        self.publisher
            .result(asker, &first_result(asker, answer, now))
    }

    /// The controller's answer to a command.
    pub fn of_controller(
        &mut self,
        asker: &Asker,
        answer: Result<(), Rejection>,
        now: Now,
    ) -> Vec<Publication> {
        self.remember(asker, first_result(asker, answer, now))
    }

    /// The answers that a command had when it came first.
    pub fn again(&self, asker: &Asker, results: &[CommandResult]) -> Vec<Publication> {
        let results = results.iter();
        results
            .flat_map(|result| self.publisher.result(asker, result))
            .collect()
    }

    /// What an event means for the commands that wait for their second answer, and for those that
    /// were carried out in the same step.
    pub fn follow(
        &mut self,
        event: &Event<Monotonic>,
        carried_out: &mut Vec<CarriedOut>,
        now: Now,
    ) -> Vec<Publication> {
        match event {
            Event::RelaySwitched { relay, contact, .. } => {
                // Moved on before anything could tell.
                let overtaken = self.follow_ups.take(*relay);
                // The last command for that position is the one that moved it.
                let mover = carried_out
                    .iter()
                    .rposition(|command| command.relay == *relay && command.contact == *contact);
                if let Some(index) = mover {
                    let command = carried_out.swap_remove(index);
                    self.follow_ups.expect(*relay, *contact, command.asker);
                }
                self.second(overtaken, Outcome::Overtaken, now)
            }
            Event::RelayVerified {
                relay,
                contact,
                verification,
            } => match self.follow_ups.verified(*relay, *contact, *verification) {
                Some((asker, outcome)) => self.second(Some(asker), outcome, now),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn second(&mut self, asker: Option<Asker>, outcome: Outcome, now: Now) -> Vec<Publication> {
        match asker {
            Some(asker) => {
                let result = CommandResult {
                    reason: outcome.reason().map(str::to_owned),
                    ..result(&asker, outcome.status(), None, now)
                };
                self.remember(&asker, result)
            }
            None => Vec::new(),
        }
    }

    fn remember(&mut self, asker: &Asker, result: CommandResult) -> Vec<Publication> {
        let publications = self.publisher.result(asker, &result);
        self.memory.answered(asker, result);
        publications
    }
}

fn first_result(asker: &Asker, answer: Result<(), Rejection>, now: Now) -> CommandResult {
    match answer {
        Ok(()) => result(asker, Status::Accepted, None, now),
        Err(rejection) => result(asker, Status::Rejected, Some(rejection), now),
    }
}

fn result(asker: &Asker, status: Status, rejection: Option<Rejection>, now: Now) -> CommandResult {
    let (code, reason) = rejection.map_or((None, None), |rejection| {
        (Some(rejection.code), Some(rejection.reason))
    });
    CommandResult {
        v: VERSION,
        id: asker.id.clone(),
        set: asker.thing.clone(),
        value: asker.value.clone(),
        status,
        code,
        reason,
        at: now.site,
    }
}
