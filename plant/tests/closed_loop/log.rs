//! What happened at a site, in the order of time; prints itself where a timeline fails.

use core::fmt;
use core::time::Duration;

use releve_control::decision::Decision;
use releve_control::{
    AlarmName, Cause, Command, Contact, CycleReport, Event, Monotonic, Phase, Rejection, RelayName,
    Rule, Verification,
};

/// The log of a site.
#[derive(Debug, Default)]
pub struct Log {
    pub events: Vec<(Duration, Event<Monotonic>)>,
    pub answers: Vec<(Duration, Command, Result<(), Rejection>)>,
}

/// A relay that was put into another position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Switching {
    pub at: Duration,
    pub relay: RelayName,
    pub contact: Contact,
    pub rule: Rule,
}

impl Log {
    /// Takes in what a step brought.
    pub fn note(&mut self, at: Duration, commands: &[Command], decision: &Decision) {
        assert_eq!(
            commands.len(),
            decision.answers.len(),
            "every command is answered"
        );
        let answers = commands
            .iter()
            .cloned()
            .zip(decision.answers.iter().cloned());
        self.answers
            .extend(answers.map(|(command, answer)| (at, command, answer)));
        self.events
            .extend(decision.events.iter().cloned().map(|event| (at, event)));
    }

    /// Every switching, in order.
    pub fn switchings(&self) -> Vec<Switching> {
        let switching = |(at, event): &(Duration, Event<Monotonic>)| match event {
            Event::RelaySwitched {
                relay,
                contact,
                reason,
            } => Some(Switching {
                at: *at,
                relay: *relay,
                contact: *contact,
                rule: reason.rule,
            }),
            _ => None,
        };
        self.events.iter().filter_map(switching).collect()
    }

    /// When that relay was first put there by that rule.
    #[track_caller]
    pub fn switched(&self, relay: RelayName, contact: Contact, rule: Rule) -> Duration {
        self.switched_after(Duration::ZERO, relay, contact, rule)
    }

    /// When that relay was first put there by that rule, later than a moment.
    #[track_caller]
    pub fn switched_after(
        &self,
        moment: Duration,
        relay: RelayName,
        contact: Contact,
        rule: Rule,
    ) -> Duration {
        let switchings = self.switchings();
        let found = switchings.iter().find(|found| {
            found.at > moment && (found.relay, found.contact, found.rule) == (relay, contact, rule)
        });
        match found {
            Some(found) => found.at,
            None => panic!("relay {relay} was never put {contact} by {rule}:\n{self}"),
        }
    }

    /// How often that relay was opened.
    pub fn openings(&self, relay: RelayName) -> usize {
        let opened = |found: &&Switching| found.relay == relay && found.contact == Contact::Open;
        self.switchings().iter().filter(opened).count()
    }

    /// Every alarm that was raised, in order, with its cause.
    pub fn alarms(&self) -> Vec<(Duration, AlarmName, Option<Cause>)> {
        let raised = |(at, event): &(Duration, Event<Monotonic>)| match event {
            Event::AlarmRaised { alarm, cause, .. } => Some((*at, *alarm, *cause)),
            _ => None,
        };
        self.events.iter().filter_map(raised).collect()
    }

    /// When that alarm was first raised.
    #[track_caller]
    pub fn raised(&self, alarm: AlarmName) -> Duration {
        match self.alarms().iter().find(|(_, raised, _)| *raised == alarm) {
            Some((at, ..)) => *at,
            None => panic!("{alarm} was never raised:\n{self}"),
        }
    }

    /// What that alarm named as its cause when it was first raised.
    #[track_caller]
    pub fn cause(&self, alarm: AlarmName) -> Option<Cause> {
        match self.alarms().iter().find(|(_, raised, _)| *raised == alarm) {
            Some((_, _, cause)) => *cause,
            None => panic!("{alarm} was never raised:\n{self}"),
        }
    }

    /// When that alarm was first cleared.
    #[track_caller]
    pub fn cleared(&self, alarm: AlarmName) -> Duration {
        let cleared = (self.events.iter()).find(
            |(_, event)| matches!(event, Event::AlarmCleared { alarm: cleared, .. } if *cleared == alarm),
        );
        match cleared {
            Some((at, _)) => *at,
            None => panic!("{alarm} was never cleared:\n{self}"),
        }
    }

    /// When a cycle first reached that phase.
    #[track_caller]
    pub fn phase(&self, phase: Phase) -> Duration {
        self.phase_after(Duration::ZERO, phase)
    }

    /// When a cycle first reached that phase, later than a moment.
    #[track_caller]
    pub fn phase_after(&self, moment: Duration, phase: Phase) -> Duration {
        let reached = (self.events.iter()).find(|(at, event)| {
            *at > moment && matches!(event, Event::CyclePhase { to, .. } if *to == phase)
        });
        match reached {
            Some((at, _)) => *at,
            None => panic!("no cycle reached {phase} after {}:\n{self}", Clock(moment)),
        }
    }

    /// The report of every cycle that ended.
    pub fn cycles(&self) -> Vec<CycleReport<Monotonic>> {
        let ended = |(_, event): &(Duration, Event<Monotonic>)| match event {
            Event::CycleEnded { report } => Some(*report),
            _ => None,
        };
        self.events.iter().filter_map(ended).collect()
    }

    /// What the measurements said of the edges of that relay, in order.
    pub fn verifications(&self, relay: RelayName) -> Vec<Verification> {
        let told = |(_, event): &(Duration, Event<Monotonic>)| match event {
            Event::RelayVerified {
                relay: of,
                verification,
                ..
            } if *of == relay => Some(*verification),
            _ => None,
        };
        self.events.iter().filter_map(told).collect()
    }

    /// How often the battery was seen full.
    pub fn full_charges(&self) -> usize {
        let full =
            |(_, event): &&(Duration, Event<Monotonic>)| matches!(event, Event::BatteryFull { .. });
        self.events.iter().filter(full).count()
    }

    /// Nothing was wrong with any command.
    #[track_caller]
    pub fn assert_obeyed(&self) {
        for (at, command, answer) in &self.answers {
            assert!(
                answer.is_ok(),
                "{} {command:?}: {answer:?}\n{self}",
                Clock(*at)
            );
        }
    }

    /// These alarms were raised, each at least once, and no other.
    #[track_caller]
    pub fn assert_alarms(&self, expected: &[AlarmName]) {
        let mut raised: Vec<AlarmName> = self.alarms().iter().map(|(_, alarm, _)| *alarm).collect();
        raised.sort_unstable();
        raised.dedup();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(raised, expected, "alarms\n{self}");
    }
}

/// It happened between these two moments.
#[track_caller]
pub fn assert_between(log: &Log, what: &str, moment: Duration, from: Duration, until: Duration) {
    assert!(
        (from..=until).contains(&moment),
        "{what} at {}, not between {} and {}:\n{log}",
        Clock(moment),
        Clock(from),
        Clock(until)
    );
}

/// A moment as days and a time of day since the start.
pub struct Clock(pub Duration);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(
            f,
            "{}d {:02}:{minutes:02}:{:02}",
            hours / 24,
            hours % 24,
            seconds % 60
        )
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, command, answer) in &self.answers {
            writeln!(f, "{}  asked {command:?}: {answer:?}", Clock(*at))?;
        }
        for (at, event) in &self.events {
            writeln!(f, "{}  {}", Clock(*at), told(event))?;
        }
        Ok(())
    }
}

fn told(event: &Event<Monotonic>) -> String {
    match event {
        Event::RelaySwitched {
            relay,
            contact,
            reason,
        } => format!(
            "{relay} {contact}: {} ({:?} against {:?})",
            reason.rule, reason.value, reason.threshold
        ),
        Event::RelayVerified {
            relay,
            contact,
            verification,
        } => {
            format!("{relay} {contact} {verification}")
        }
        Event::AlarmRaised {
            alarm,
            value,
            threshold,
            cause,
            ..
        } => {
            format!("ALARM {alarm} {cause:?} ({value:?} against {threshold:?})")
        }
        Event::AlarmCleared { alarm, value, .. } => format!("end of {alarm} ({value:?})"),
        Event::CyclePhase { from, to } => format!("cycle {from} -> {to}"),
        other => format!("{other:?}"),
    }
}
