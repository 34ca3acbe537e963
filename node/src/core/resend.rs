//! Requests for records, answered bit by bit.

use std::collections::VecDeque;

use releve_control::{RejectCode, Rejection};
use releve_protocol::backlog::Backlog;
use releve_protocol::journal::Resend;

use crate::journal::{Journal, Reach};

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
        let to = match journal.reach(&wanted.epoch, wanted.stream) {
            Reach::Current { next } if wanted.from >= next => {
                return Err(Rejection::new(
                    RejectCode::WrongValue,
                    format!(
                        "The next {} will have the number {next}: there is nothing from {} on.",
                        wanted.stream.name(),
                        wanted.from
                    ),
                ));
            }
            Reach::Current { next } => wanted.to.min(next - 1),
            // What was published of it and never written counts as lost.
            Reach::Earlier => wanted.to,
            Reach::NotNow => {
                return Err(Rejection::new(
                    RejectCode::Busy,
                    format!(
                        "Records of {} are on a disk that refuses now (alarm storage_fault): ask again later.",
                        wanted.epoch
                    ),
                ));
            }
            Reach::Gone => {
                return Err(Rejection::new(
                    RejectCode::UnknownEpoch,
                    format!(
                        "This journal's epoch is {}; records of {} are gone.",
                        journal.epoch(),
                        wanted.epoch
                    ),
                ));
            }
        };
        let wanted = Resend { to, ..wanted };
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

    /// What the next message of the answers is about.
    pub fn next(&self) -> Option<&Resend> {
        self.waiting.front()
    }

    /// Whether that is the next message of the answers: the connection may be another one since it was
    /// asked for.
    pub fn is_next(&self, backlog: &Backlog) -> bool {
        self.next().is_some_and(|wanted| {
            wanted.epoch == backlog.epoch
                && wanted.stream == backlog.records.stream()
                && wanted.from == backlog.from
        })
    }

    /// The next message was sent, up to that number: goes on after it.
    pub fn sent(&mut self, to: u64) {
        let Some(wanted) = self.waiting.front_mut() else {
            return;
        };
        if to >= wanted.to {
            self.waiting.pop_front();
        } else {
            wanted.from = to + 1;
        }
    }
}
