//! What becomes of an operator's command.

use super::Controller;
use crate::Monotonic;
use crate::calendar::Calendar;
use crate::interlock::refusal;
use crate::interlock::reserve::Reserve;
use crate::manual::lease_end;
use crate::switching::{Hold, Opener};
use crate::vocabulary::{
    AlarmName, Authority, AuthorityCause, AuthorityRequest, Command, Contact, Event, LimitName,
    LimitSource, Mode, RejectCode, Rejection, RelayName, Relays, Schedule,
};

impl Controller {
    pub(super) fn obey(
        &mut self,
        command: &Command,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) -> Result<(), Rejection> {
        match command {
            Command::Mode(mode) => {
                self.refuse_in_a_restart_loop(*mode)?;
                self.choose_mode(*mode, now, events);
                Ok(())
            }
            Command::Authority(request) => self.hand_over(*request, now, events),
            Command::Relay(relay, contact) => self.move_relay(*relay, *contact),
            Command::Limit(limit, value) => self.set_limit(*limit, *value, now, events),
            Command::Schedule(schedule) => self.set_schedule(schedule.as_ref(), events),
            Command::Cycle(request) => self.request_cycle(*request, now, events),
            Command::Acknowledge(alarm) => self.acknowledge(*alarm, now, events),
        }
    }

    /// What ended the program so often may be what a mode made it do.
    fn refuse_in_a_restart_loop(&self, mode: Mode) -> Result<(), Rejection> {
        if !self.restart_loop || mode == Mode::Observer {
            return Ok(());
        }
        Err(Rejection::new(
            RejectCode::RestartLoop,
            "The program has ended and started again and again, so the site only observes: look into its log, then acknowledge the alarm restart_loop, and set the mode again.",
        ))
    }

    fn hand_over(
        &mut self,
        request: AuthorityRequest,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) -> Result<(), Rejection> {
        match request {
            AuthorityRequest::Automatic => {
                self.end_manual(AuthorityCause::Command, events);
            }
            AuthorityRequest::Manual { lease } => {
                let lease_end = lease_end(lease, now)?;
                let stands = Relays::from_fn(|relay| self.stands_by_its_own(relay));
                self.manual.hold(&stands, lease_end);
                events.push(Event::AuthorityChanged {
                    to: Authority::Manual,
                    cause: AuthorityCause::Command,
                    lease_end: Some(lease_end),
                });
            }
        }
        Ok(())
    }

    /// Where the hand takes a relay over. What an interlock holds open is not the hand's, and neither is
    /// what the mode does not want open any more after the commands before this one.
    fn stands_by_its_own(&self, relay: RelayName) -> Contact {
        if self.interlocks.verdict(relay, &self.thresholds).is_some() {
            return Contact::Closed;
        }
        let wanted = (self.manual.verdict(relay))
            .or_else(|| self.forced_full_charge(relay))
            .unwrap_or_else(|| self.plan.verdict(relay, self.mean, &self.thresholds));
        match (self.relays[relay].wanted, wanted.contact) {
            (Contact::Open, Contact::Open) => Contact::Open,
            _ => Contact::Closed,
        }
    }

    /// Hands relays 1 and 2 back to the mode, if the operator holds them.
    pub(super) fn end_manual(&mut self, cause: AuthorityCause, events: &mut Vec<Event<Monotonic>>) {
        if self.manual.let_go() {
            events.push(Event::AuthorityChanged {
                to: Authority::Automatic,
                cause,
                lease_end: None,
            });
        }
    }

    fn move_relay(&mut self, relay: RelayName, contact: Contact) -> Result<(), Rejection> {
        if !relay.is_auxiliary() && self.manual.authority() == Authority::Automatic {
            return Err(Rejection::new(
                RejectCode::AuthorityAutomatic,
                "Relays 1 and 2 obey only under manual authority: set authority to manual first.",
            ));
        }
        let against_opening = || Reserve::against_opening(relay, &self.known());
        let interlock = (self.interlocks.verdict(relay, &self.thresholds))
            .or_else(|| (contact == Contact::Open).then(against_opening).flatten());
        match interlock {
            Some(interlock) if interlock.contact != contact => Err(refusal(relay, &interlock)),
            Some(_) | None => {
                if let Some(hold) = self.holds_back(relay, contact, self.now) {
                    return Err(hold.refusal(relay, self.now));
                }
                self.manual.held[relay] = contact;
                Ok(())
            }
        }
    }

    /// What holds the operator's opening of a relay back.
    fn holds_back(&self, relay: RelayName, contact: Contact, now: Monotonic) -> Option<Hold> {
        let opens = contact == Contact::Open && self.relays[relay].wanted == Contact::Closed;
        if relay.is_auxiliary() || !opens || self.manual.held[relay] == Contact::Open {
            return None;
        }
        (self.switching).hold(relay, Opener::Operator, &self.guards, now)
    }

    fn set_schedule(
        &mut self,
        schedule: Option<&Schedule>,
        events: &mut Vec<Event<Monotonic>>,
    ) -> Result<(), Rejection> {
        let calendar = schedule.map(Calendar::compile).transpose()?;
        if self.week.schedule() == schedule {
            return Ok(());
        }
        self.week.replace(calendar, &self.clock);
        self.look_up_next_cycle();
        // The critical periods stand before the next command is heard.
        self.interlocks
            .critical_period
            .judge(&self.week, &self.clock);
        events.push(Event::ScheduleChanged {
            to: schedule.cloned(),
        });
        Ok(())
    }

    fn acknowledge(
        &mut self,
        alarm: AlarmName,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) -> Result<(), Rejection> {
        self.alarms.acknowledge(alarm, now, events)?;
        match alarm {
            AlarmName::CycleAborted => self.cycle_memory.acknowledge(),
            AlarmName::RestartOnBattery => self.restarted_on_battery = false,
            AlarmName::RestartLoop => self.restart_loop = false,
            _ => self.interlocks.acknowledge(alarm),
        }
        Ok(())
    }

    fn set_limit(
        &mut self,
        limit: LimitName,
        value: f64,
        now: Monotonic,
        events: &mut Vec<Event<Monotonic>>,
    ) -> Result<(), Rejection> {
        let from = self.limits.get(limit);
        self.limits.set(limit, value, LimitSource::Operator, now)?;
        // The interlocks stand by the new limit before the next command is heard.
        self.derive_thresholds_anew();
        self.judge_interlocks();
        if from.to_bits() != value.to_bits() {
            events.push(Event::LimitChanged {
                limit,
                from,
                to: value,
                set_by: LimitSource::Operator,
            });
        }
        Ok(())
    }
}
