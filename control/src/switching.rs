//! How often relays 1 and 2 may be switched: least times and a daily budget of openings.
//!
//! They hold back openings alone. Closing is the way to the plain installation and is never held
//! back here; that a charger stays open for a least time belongs to the rule that opened it. What an
//! interlock opens (heat, hard limit) is counted and not held back.

use core::time::Duration;

use crate::Monotonic;
use crate::guards::Guards;
use crate::verdict::Verdict;
use crate::vocabulary::{Condition, Contact, Next, RejectCode, Rejection, RelayName, Relays, Rule};

/// The time over which openings are counted: it begins with the first one.
pub const BUDGET_PERIOD: Duration = Duration::from_hours(24);

/// Who wants a circuit opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opener {
    Mode,
    Operator,
}

/// What relays 1 and 2 have done.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Switching {
    pub(crate) relays: Relays<RelaySwitching>,
}

/// What one relay has done.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct RelaySwitching {
    /// When it was last closed; `None`: not since the start, when it may have been so for ever.
    pub(crate) closed_at: Option<Monotonic>,
    /// The openings counted together began then; `None` before the first.
    pub(crate) counting_since: Option<Monotonic>,
    /// Openings since.
    pub(crate) openings: u32,
}

/// What holds an opening back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hold {
    pub(crate) rule: Rule,
    pub(crate) until: Monotonic,
}

impl Switching {
    /// A relay was put into that position.
    pub(crate) fn edge(&mut self, relay: RelayName, to: Contact, now: Monotonic) {
        let relay = &mut self.relays[relay];
        match to {
            Contact::Closed => relay.closed_at = Some(now),
            Contact::Open => {
                if relay
                    .counting_since
                    .is_none_or(|since| now.since(since) >= BUDGET_PERIOD)
                {
                    relay.counting_since = Some(now);
                    relay.openings = 0;
                }
                relay.openings = relay.openings.saturating_add(1);
            }
        }
    }

    /// What holds the opening of that closed relay back.
    pub(crate) fn hold(
        &self,
        relay: RelayName,
        by: Opener,
        guards: &Guards,
        now: Monotonic,
    ) -> Option<Hold> {
        let switching = &self.relays[relay];
        let least = match by {
            Opener::Mode => guards.least_closed,
            Opener::Operator => guards.least_closed_by_hand,
        };
        let too_soon = (switching.closed_at.map(|at| at.after(least)))
            .filter(|until| now < *until)
            .map(|until| Hold {
                rule: Rule::LeastTime,
                until,
            });
        too_soon.or_else(|| {
            (switching.spent_until(guards, now)).map(|until| Hold {
                rule: Rule::SwitchingBudget,
                until,
            })
        })
    }

    /// Whether the budget of relay 1 or 2 is spent.
    pub(crate) fn any_spent(&self, guards: &Guards, now: Monotonic) -> bool {
        [RelayName::Mains, RelayName::Charger]
            .iter()
            .any(|relay| self.relays[*relay].spent_until(guards, now).is_some())
    }
}

impl RelaySwitching {
    fn spent_until(&self, guards: &Guards, now: Monotonic) -> Option<Monotonic> {
        let until = self.counting_since?.after(BUDGET_PERIOD);
        (self.openings >= guards.openings_a_day && now < until).then_some(until)
    }
}

impl Hold {
    /// The relay stays closed.
    pub(crate) fn verdict(self) -> Verdict {
        Verdict {
            next: Some(Next {
                to: None,
                condition: Condition::Time,
                quantity: None,
                threshold: None,
                not_before: Some(self.until),
            }),
            ..Verdict::plain(self.rule, Contact::Closed)
        }
    }

    /// The refusal of a command to open the relay.
    pub(crate) fn refusal(self, relay: RelayName, now: Monotonic) -> Rejection {
        let wait = self.until.since(now).as_secs().max(1);
        match self.rule {
            Rule::SwitchingBudget => Rejection::new(
                RejectCode::SwitchingBudget,
                format!(
                    "Relay {relay} was opened as often as a day allows: it can be opened again in {} min.",
                    wait.div_ceil(60)
                ),
            ),
            _ => Rejection::new(
                RejectCode::TooSoon,
                format!(
                    "Relay {relay} was closed a moment ago: it can be opened again in {wait} s."
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::RelayName::{Charger, Mains};

    const GUARDS: fn() -> Guards = || Guards {
        openings_a_day: 2,
        ..Guards::default()
    };

    fn at(seconds: u64) -> Monotonic {
        Monotonic::START.after(Duration::from_secs(seconds))
    }

    #[test]
    fn a_relay_that_was_never_closed_may_be_opened() {
        let switching = Switching::default();
        assert_eq!(switching.hold(Mains, Opener::Mode, &GUARDS(), at(0)), None);
    }

    #[test]
    fn a_mode_waits_ten_minutes_an_operator_half_a_minute() {
        let mut switching = Switching::default();
        switching.edge(Charger, Contact::Closed, at(100));
        let rule = |by, seconds| {
            switching
                .hold(Charger, by, &GUARDS(), at(seconds))
                .map(|hold| (hold.rule, hold.until))
        };
        assert_eq!(rule(Opener::Mode, 699), Some((Rule::LeastTime, at(700))));
        assert_eq!(rule(Opener::Mode, 700), None);
        assert_eq!(
            rule(Opener::Operator, 129),
            Some((Rule::LeastTime, at(130)))
        );
        assert_eq!(rule(Opener::Operator, 130), None);
        assert_eq!(
            switching.hold(Mains, Opener::Mode, &GUARDS(), at(101)),
            None
        );
    }

    #[test]
    fn the_budget_is_counted_from_the_first_opening_for_a_day() {
        let mut switching = Switching::default();
        let day = BUDGET_PERIOD.as_secs();
        switching.edge(Mains, Contact::Open, at(10));
        assert!(!switching.any_spent(&GUARDS(), at(11)));
        switching.edge(Mains, Contact::Open, at(20));
        assert!(switching.any_spent(&GUARDS(), at(20)));
        let hold = |seconds| switching.hold(Mains, Opener::Operator, &GUARDS(), at(seconds));
        let held = hold(day + 9).expect("spent");
        assert_eq!(
            (held.rule, held.until),
            (Rule::SwitchingBudget, at(day + 10))
        );
        assert_eq!(hold(day + 10), None);
        switching.edge(Mains, Contact::Open, at(day + 10));
        assert!(
            !switching.any_spent(&GUARDS(), at(day + 11)),
            "a new day has begun"
        );
    }

    #[test]
    fn a_refusal_says_how_long_to_wait() {
        let hold = Hold {
            rule: Rule::LeastTime,
            until: at(30),
        };
        assert!(hold.refusal(Mains, at(25)).reason.ends_with("in 5 s."));
        let hold = Hold {
            rule: Rule::SwitchingBudget,
            until: at(3600),
        };
        assert!(hold.refusal(Mains, at(0)).reason.ends_with("in 60 min."));
    }
}
