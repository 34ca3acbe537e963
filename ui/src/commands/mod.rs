//! Commands of this page: what they ask, and what became of each.
//!
//! Pure: moments are given by the caller, in milliseconds of Unix time.

mod request;

pub use request::{ANSWER_WITHIN_S, Request};

use releve_protocol::control::RejectCode;
use releve_protocol::{CommandResult, NodeId, Status};

/// Toasts that succeeded disappear after that long.
const SHOWN_AFTER_SUCCESS_MS: f64 = 5_000.0;
/// The most commands kept.
const MAX_KEPT: usize = 3;

/// What became of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Nothing yet.
    Waiting,
    /// The site took it.
    Accepted,
    /// The site took it, and its measurements will tell whether the relay moved.
    Verifying,
    /// The measurements moved as they must.
    Verified,
    /// The measurements contradict it.
    Failed,
    /// Nothing measured could tell.
    Inconclusive,
    /// The site did not take it.
    Rejected {
        /// The kind of refusal.
        code: Option<RejectCode>,
        /// The refusal in English.
        reason: Option<String>,
    },
    /// The broker did not let it pass: this user may not command the site.
    NotAllowed,
    /// The site did not answer; the command has expired.
    NoAnswer,
}

/// A command that was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// Its id, unlike that of any other.
    pub id: String,
    /// To whom.
    pub node: NodeId,
    /// What it asks.
    pub request: Request,
    /// When it was sent.
    pub sent_ms: f64,
    /// How long the first answer took, in milliseconds.
    pub answered_after_ms: Option<f64>,
    /// What became of it.
    pub outcome: Outcome,
    /// When that was last learnt.
    changed_ms: f64,
    /// Whether the relay has to move for it, so that a second answer follows.
    moves_relay: bool,
}

impl Sent {
    fn is_over(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::Accepted | Outcome::Verified | Outcome::Inconclusive
        )
    }
}

/// The latest commands, the oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Commands {
    sent: Vec<Sent>,
}

impl Commands {
    /// Those to be shown.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Sent> {
        self.sent.iter()
    }

    /// Notes a command that was just sent. `moves_relay` says that the site will have to switch.
    pub fn add(
        &mut self,
        id: String,
        node: NodeId,
        request: Request,
        moves_relay: bool,
        now_ms: f64,
    ) {
        if self.sent.len() >= MAX_KEPT {
            self.sent.remove(0);
        }
        self.sent.push(Sent {
            id,
            node,
            request,
            sent_ms: now_ms,
            answered_after_ms: None,
            outcome: Outcome::Waiting,
            changed_ms: now_ms,
            moves_relay,
        });
    }

    /// Takes an answer in; answers to the commands of others change nothing.
    pub fn answer(&mut self, node: &NodeId, result: &CommandResult, now_ms: f64) {
        let Some(sent) = self
            .sent
            .iter_mut()
            .find(|sent| result.id.as_ref() == Some(&sent.id) && sent.node == *node)
        else {
            return;
        };
        sent.answered_after_ms
            .get_or_insert((now_ms - sent.sent_ms).max(0.0));
        sent.changed_ms = now_ms;
        sent.outcome = match result.status {
            Status::Accepted if sent.moves_relay => Outcome::Verifying,
            Status::Accepted => Outcome::Accepted,
            Status::Verified => Outcome::Verified,
            Status::Failed => Outcome::Failed,
            Status::Inconclusive => Outcome::Inconclusive,
            Status::Rejected => Outcome::Rejected {
                code: result.code,
                reason: result.reason.clone(),
            },
        };
    }

    /// The broker did not let a command pass.
    pub fn not_allowed(&mut self, id: &str, now_ms: f64) {
        if let Some(sent) = self.sent.iter_mut().find(|sent| sent.id == id) {
            sent.outcome = Outcome::NotAllowed;
            sent.changed_ms = now_ms;
        }
    }

    /// Lets time pass: what was not answered in time is given up, what succeeded disappears.
    /// Says whether anything changed.
    pub fn pass_time(&mut self, now_ms: f64) -> bool {
        let before = self.clone();
        for sent in &mut self.sent {
            let waited_ms = now_ms - sent.sent_ms;
            if sent.outcome == Outcome::Waiting && waited_ms >= ANSWER_WITHIN_S * 1000.0 {
                sent.outcome = Outcome::NoAnswer;
                sent.changed_ms = now_ms;
            }
        }
        self.sent
            .retain(|sent| !sent.is_over() || now_ms - sent.changed_ms < SHOWN_AFTER_SUCCESS_MS);
        *self != before
    }

    /// Whether time must pass for something to be shown otherwise.
    pub fn is_timed(&self) -> bool {
        self.sent
            .iter()
            .any(|sent| sent.outcome == Outcome::Waiting || sent.is_over())
    }

    /// Forgets a command.
    pub fn dismiss(&mut self, id: &str) {
        self.sent.retain(|sent| sent.id != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use releve_protocol::control::{Contact, RelayName};

    fn node() -> NodeId {
        "col-de-porte".parse().unwrap()
    }

    fn golden(name: &str, id: &str) -> CommandResult {
        let text = match name {
            "accepted" => include_str!("../../../protocol/golden/result/accepted.json"),
            "verified" => include_str!("../../../protocol/golden/result/verified.json"),
            _ => include_str!("../../../protocol/golden/result/rejected.json"),
        };
        let mut result: CommandResult = releve_protocol::decode(text.as_bytes()).unwrap();
        result.id = Some(id.to_owned());
        result
    }

    fn sent(moves_relay: bool) -> Commands {
        let mut commands = Commands::default();
        let request = Request::Switch(RelayName::Charger, Contact::Open);
        commands.add("a-1".into(), node(), request, moves_relay, 1000.0);
        commands
    }

    fn outcome(commands: &Commands) -> Outcome {
        commands.iter().next().unwrap().outcome.clone()
    }

    #[test]
    fn a_relay_command_is_accepted_then_verified() {
        let mut commands = sent(true);
        commands.answer(&node(), &golden("accepted", "a-1"), 1200.0);
        assert_eq!(outcome(&commands), Outcome::Verifying);
        assert!(!commands.pass_time(600_000.0), "verification may take long");
        commands.answer(&node(), &golden("verified", "a-1"), 2000.0);
        assert_eq!(outcome(&commands), Outcome::Verified);
        assert_eq!(
            commands.iter().next().unwrap().answered_after_ms,
            Some(200.0)
        );
        assert!(commands.pass_time(8000.0));
        assert_eq!(commands.iter().count(), 0);
    }

    #[test]
    fn without_a_move_accepted_is_the_end() {
        let mut commands = sent(false);
        commands.answer(&node(), &golden("accepted", "a-1"), 1200.0);
        assert_eq!(outcome(&commands), Outcome::Accepted);
    }

    #[test]
    fn silence_is_an_answer_within_five_seconds() {
        let mut commands = sent(true);
        commands.pass_time(5499.0);
        assert_eq!(outcome(&commands), Outcome::Waiting);
        assert!(commands.pass_time(5500.0));
        assert_eq!(outcome(&commands), Outcome::NoAnswer);
        commands.pass_time(600_000.0);
        assert_eq!(
            commands.iter().count(),
            1,
            "it stays until somebody read it"
        );
        commands.dismiss("a-1");
        assert_eq!(commands.iter().count(), 0);
    }

    #[test]
    fn a_refusal_keeps_its_reason() {
        let mut commands = sent(true);
        commands.answer(&node(), &golden("rejected", "a-1"), 1200.0);
        assert!(
            matches!(outcome(&commands), Outcome::Rejected { code: Some(RejectCode::AuthorityAutomatic), reason: Some(reason) } if reason.contains("manual"))
        );
    }

    #[test]
    fn what_the_broker_did_not_let_pass_waits_for_nothing() {
        let mut commands = sent(true);
        commands.not_allowed("b-1", 1100.0);
        assert_eq!(outcome(&commands), Outcome::Waiting);
        commands.not_allowed("a-1", 1100.0);
        assert_eq!(outcome(&commands), Outcome::NotAllowed);
        commands.pass_time(600_000.0);
        assert_eq!(
            outcome(&commands),
            Outcome::NotAllowed,
            "it stays until somebody read it"
        );
    }

    #[test]
    fn answers_to_others_change_nothing() {
        let mut commands = sent(true);
        commands.answer(&node(), &golden("accepted", "b-1"), 1200.0);
        let elsewhere = "elsewhere".parse().unwrap();
        commands.answer(&elsewhere, &golden("accepted", "a-1"), 1200.0);
        assert_eq!(outcome(&commands), Outcome::Waiting);
    }
}
