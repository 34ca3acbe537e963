//! Requests for records, answered bit by bit.

use std::collections::VecDeque;

use releve_control::{RejectCode, Rejection};
use releve_protocol::backlog::Backlog;
use releve_protocol::journal::Resend;

use crate::journal::Journal;

/// The most requests that wait; one more is refused as `busy`.
pub const QUEUE_MAX: usize = 32;

/// The requests that are not answered yet, in the order of their arrival.
#[derive(Default)]
pub struct ResendQueue {
    waiting: VecDeque<Resend>,
}

impl ResendQueue {
    /// Takes a request in. What lies beyond the last record is left out.
    ///
    /// # Errors
    /// `unknown_epoch`, `wrong_value` where nothing of it was written yet, `busy`.
    pub fn request(&mut self, wanted: Resend, journal: &Journal) -> Result<(), Rejection> {
        if wanted.epoch != *journal.epoch() {
            return Err(Rejection::new(
                RejectCode::UnknownEpoch,
                format!(
                    "This journal's epoch is {}; records of {} are gone.",
                    journal.epoch(),
                    wanted.epoch
                ),
            ));
        }
        let next = journal.next(wanted.stream);
        if wanted.from >= next {
            return Err(Rejection::new(
                RejectCode::WrongValue,
                format!(
                    "The next {} will have the number {next}: there is nothing from {} on.",
                    wanted.stream.name(),
                    wanted.from
                ),
            ));
        }
        let wanted = Resend {
            to: wanted.to.min(next - 1),
            ..wanted
        };
        if self.waiting.contains(&wanted) {
            return Ok(());
        }
        if self.waiting.len() >= QUEUE_MAX {
            return Err(Rejection::new(
                RejectCode::Busy,
                format!(
                    "{QUEUE_MAX} requests for records are waiting: ask again when they are answered."
                ),
            ));
        }
        self.waiting.push_back(wanted);
        Ok(())
    }

    /// Whether everything is answered.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next message of the answers.
    pub fn next(&self, journal: &Journal) -> Option<Backlog> {
        self.waiting.front().map(|wanted| journal.backlog(wanted))
    }

    /// The next message was sent: goes on after it.
    pub fn sent(&mut self, journal: &Journal) {
        let Some(wanted) = self.waiting.front_mut() else {
            return;
        };
        let answered_to = journal.backlog(wanted).to;
        if answered_to >= wanted.to {
            self.waiting.pop_front();
        } else {
            wanted.from = answered_to + 1;
        }
    }
}
