//! Work that may hang, on a thread of its own: whoever asks waits no longer than the deadline.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// A thread that answers one question after the other.
#[derive(Debug)]
pub struct Aside<Q, A> {
    questions: SyncSender<Asked<Q>>,
    answers: Receiver<A>,
    deadline: Duration,
    /// Whether an answer is overdue.
    overdue: bool,
}

/// A question, and until when somebody waits for its answer.
#[derive(Debug)]
pub struct Asked<Q> {
    /// The question.
    pub question: Q,
    /// From then on nobody waits any more: what was asked for must not be begun.
    pub until: Instant,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// None came within the deadline.
    Late,
    /// The thread is still with an earlier question; it was not asked.
    Busy,
    /// The thread has ended.
    Ended,
}

impl<Q: Send + 'static, A: Send + 'static> Aside<Q, A> {
    /// Starts the thread. It ends with this value, as soon as its last answer is there.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(
        name: &str,
        mut answer: impl FnMut(Asked<Q>) -> A + Send + 'static,
        deadline: Duration,
    ) -> std::io::Result<Self> {
        let (questions, asked) = sync_channel(1);
        let (answered, answers) = sync_channel(1);
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Ok(question) = asked.recv() {
                    if answered.send(answer(question)).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self {
            questions,
            answers,
            deadline,
            overdue: false,
        })
    }

    /// How long somebody waits.
    pub const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Whether the thread is free: an answer that comes too late tells of a time that is over, and is
    /// thrown away.
    pub fn is_free(&mut self) -> bool {
        if self.overdue {
            // A thread that has ended owes no answer any more; whoever asks it next hears that.
            self.overdue = matches!(self.answers.try_recv(), Err(TryRecvError::Empty));
        }
        !self.overdue
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// If none comes within the deadline; while an earlier one is overdue, at once.
    pub fn ask(&mut self, question: Q) -> Result<A, NoAnswer> {
        if !self.is_free() {
            return Err(NoAnswer::Busy);
        }
        let until = Instant::now() + self.deadline;
        if self.questions.try_send(Asked { question, until }).is_err() {
            return Err(NoAnswer::Ended);
        }
        let wait = until.saturating_duration_since(Instant::now());
        self.answers
            .recv_timeout(wait)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => {
                    self.overdue = true;
                    NoAnswer::Late
                }
                RecvTimeoutError::Disconnected => NoAnswer::Ended,
            })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_late_answer_is_no_answer_to_the_next_question() {
        let (finish, finished) = channel::<u8>();
        let answer = move |asked: Asked<u8>| {
            let _ = finished.recv();
            asked.question
        };
        let mut aside = Aside::start("test", answer, Duration::from_millis(50)).expect("a thread");
        assert_eq!(aside.ask(1), Err(NoAnswer::Late));
        let asked = Instant::now();
        assert_eq!(aside.ask(2), Err(NoAnswer::Busy));
        assert!(asked.elapsed() < Duration::from_millis(50), "at once");
        finish.send(0).expect("it waits");
        finish.send(0).expect("it waits");
        let given_up = Instant::now() + Duration::from_secs(10);
        while !aside.is_free() && Instant::now() < given_up {
            thread::yield_now();
        }
        assert_eq!(aside.ask(3), Ok(3), "neither 1, which was late, nor 2");
    }

    #[test]
    fn a_thread_that_ends_over_a_late_answer_says_so() {
        let (fail, failure) = channel::<()>();
        let broken = move |_: Asked<()>| {
            let _ = failure.recv();
            panic!("a broken driver");
        };
        let mut aside: Aside<(), ()> =
            Aside::start("test", broken, Duration::from_millis(50)).expect("a thread");
        assert_eq!(aside.ask(()), Err(NoAnswer::Late));
        assert_eq!(aside.ask(()), Err(NoAnswer::Busy));
        drop(fail);
        let given_up = Instant::now() + Duration::from_secs(10);
        while aside.ask(()) == Err(NoAnswer::Busy) && Instant::now() < given_up {
            thread::yield_now();
        }
        assert_eq!(aside.ask(()), Err(NoAnswer::Ended));
    }

    #[test]
    fn a_thread_that_has_ended_says_so() {
        let broken = |_: Asked<()>| panic!("a broken driver");
        let mut aside: Aside<(), ()> =
            Aside::start("test", broken, Duration::from_secs(10)).expect("a thread");
        assert_eq!(aside.ask(()), Err(NoAnswer::Ended));
        assert_eq!(aside.ask(()), Err(NoAnswer::Ended));
    }
}
