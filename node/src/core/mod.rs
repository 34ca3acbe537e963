//! What a node does, without I/O: samples, commands and connections in, relays and messages out.
//!
//! A step has two halves, because an answer must not claim what the relay board did not do:
//! [`Core::decide`] says where the relays must be, the shell switches them, and [`Core::conclude`]
//! takes the board's answer, writes the journal and says what to publish. Each message is published
//! only after its record is in the journal.

mod answers;
mod asker;
mod beginning;
mod command;
mod dating;
mod event_log;
mod follow_up;
mod inputs;
mod journaling;
mod memory;
mod portrait;
mod publication;
mod resend;
mod screening;
mod transient;
mod undated;

use releve_control::controller::Controller;
use releve_control::decision::{Decision, Inputs, StorageFault};
use releve_control::sample::Sample;
use releve_control::snapshot::Snapshot;
use releve_control::view::View;
use releve_control::{
    Command, Contact, Event, Monotonic, RejectCode, Rejection, Relays, Rule, Transient,
};
use releve_protocol::Info;

use crate::clock::Now;
use crate::config::NodeConfig;
use crate::journal::Journal;
use crate::relays::{BoardAnswer, BoardError};

use answers::{Answers, CarriedOut};
use asker::Asker;
use inputs::{InputFaults, InputWatch};
use publication::Publisher;
use resend::ResendQueue;
use screening::{Screened, Screening};
use transient::{TransientRecorder, edge_of};
use undated::Undated;

pub use command::{CommandMessage, Delivery};
pub use journaling::NextBacklog;
pub use publication::Publication;
pub(crate) use publication::availability;
pub use transient::LEAST_GAP;

/// The core of a node.
pub struct Core {
    config: NodeConfig,
    speed: f64,
    started_at: Monotonic,
    controller: Controller,
    /// Records that are not in the journal yet, for want of the time.
    undated: Undated,
    journal: Journal,
    /// What the disk does not do for the journal.
    storage_fault: Option<StorageFault>,
    /// What it does not do for the snapshot.
    snapshot_fault: Option<StorageFault>,
    publisher: Publisher,
    screening: Screening,
    answers: Answers,
    resends: ResendQueue,
    transients: TransientRecorder,
    inputs: InputWatch,
    /// What the relay board read back after the last step.
    positions: Relays<Option<Contact>>,
    /// What `state` last showed of the controller, but for its counters, and of the inputs; `None` where it
    /// must be published anyway.
    shown: Option<(View<Monotonic>, InputFaults)>,
    /// Whether the time was known in the last step.
    time_was_known: bool,
    /// Whether `info` tells something that has changed since it was published.
    info_is_stale: bool,
}

/// A step half done: what the controller decided, and who waits for its answers.
#[must_use = "the relays must be switched and the step concluded"]
pub struct Decided {
    decision: Decision,
    /// What the sample completed.
    transient: Option<Transient<Monotonic>>,
    /// Who sent each of the commands that the controller answered, in their order.
    asked: Vec<(Asker, Command)>,
    /// Answers to the commands that never reached the controller, and what they asked for.
    publications: Vec<Publication>,
}

impl Decided {
    /// Where the relays must be from now on.
    #[must_use]
    pub const fn relays(&self) -> Relays<Contact> {
        self.decision.relays
    }

    /// Whether anything happened that is worth remembering at once.
    #[must_use]
    pub const fn happened(&self) -> bool {
        !self.decision.events.is_empty()
    }
}

impl Core {
    /// A node that remembers nothing, at its start, which is written in that journal.
    ///
    /// # Errors
    /// Why the controller cannot follow the configuration.
    pub fn new(
        config: NodeConfig,
        journal: Journal,
        speed: f64,
        now: Now,
    ) -> Result<Self, Rejection> {
        let mut controller = Controller::new(config.control.clone(), now.monotonic)?;
        let begun = beginning::begin(&mut controller, &config.beginning, now)?;
        Ok(Self::with(controller, config, journal, speed, now, begun))
    }

    /// A node that goes on from where an earlier run ended, and what could not be taken over.
    ///
    /// # Errors
    /// Why the controller cannot follow the configuration.
    pub fn restored(
        config: NodeConfig,
        snapshot: &Snapshot,
        journal: Journal,
        speed: f64,
        now: Now,
    ) -> Result<(Self, Vec<String>), Rejection> {
        let control = config.control.clone();
        let restored = Controller::restored(control, snapshot, now.monotonic, now.wall())?;
        let controller = restored.controller;
        let core = Self::with(controller, config, journal, speed, now, Vec::new());
        Ok((core, restored.left_out))
    }

    fn with(
        controller: Controller,
        config: NodeConfig,
        journal: Journal,
        speed: f64,
        now: Now,
        begun: Vec<Event<Monotonic>>,
    ) -> Self {
        let publisher = Publisher::new(config.node.clone());
        let mut core = Self {
            screening: Screening::new(config.node.clone()),
            answers: Answers::new(publisher.clone()),
            publisher,
            config,
            speed,
            started_at: now.monotonic,
            controller,
            undated: Undated::default(),
            // A disk that refuses at the start is a fault from the first step on.
            storage_fault: journal.is_off_disk().then_some(StorageFault::Fails),
            snapshot_fault: None,
            journal,
            resends: ResendQueue::default(),
            transients: TransientRecorder::default(),
            inputs: InputWatch::default(),
            positions: Relays::default(),
            shown: None,
            time_was_known: true,
            info_is_stale: false,
        };
        let version = env!("CARGO_PKG_VERSION").to_owned();
        core.happened(Event::Restart { version }, now);
        for event in begun {
            event_log::write(&event);
            core.happened(event, now);
        }
        core.look_whether_the_time_is_known(now);
        // Whoever connects asks for them: nobody is connected yet.
        let _ = core.date_records(now);
        core
    }

    /// The program has ended and started again and again: only observes, until a person has looked. To be
    /// called before the first step.
    pub fn only_observe(&mut self) {
        self.controller.only_observe();
    }

    /// What must not be forgotten while the program does not run.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.controller.snapshot()
    }

    /// What the next start reads after a stop. A board that refused to be left safe may have left the site
    /// on its battery: then this was no stop in order.
    #[must_use]
    pub fn last_snapshot(&self, relays_left_safe: bool) -> Snapshot {
        let snapshot = self.snapshot();
        if relays_left_safe {
            snapshot.stopped_in_order()
        } else {
            snapshot
        }
    }

    /// First half of a step: what the sample and the commands lead to.
    pub fn decide(
        &mut self,
        sample: Option<&Sample>,
        messages: Vec<CommandMessage>,
        now: Now,
    ) -> Decided {
        let mut publications = Vec::new();
        let mut asked: Vec<(Asker, Command)> = Vec::new();
        for message in messages {
            match self
                .screening
                .screen(message, &mut self.answers.memory, now)
            {
                Screened::Control(asker, command) => asked.push((asker, command)),
                other => publications.extend(self.answer_at_once(other, now)),
            }
        }
        let commands: Vec<Command> = asked.iter().map(|(_, command)| command.clone()).collect();
        let inputs = Inputs {
            sample,
            commands: &commands,
            wall: now.wall(),
            storage_fault: self.storage_fault.or(self.snapshot_fault),
        };
        let decision = self.controller.step(inputs, now.monotonic);
        let transient = sample.and_then(|sample| {
            self.inputs.sample(sample, now.monotonic);
            self.transients.take(sample, now.monotonic)
        });
        Decided {
            decision,
            transient,
            asked,
            publications,
        }
    }

    /// The answer to what never reaches the controller, and what it asks for.
    fn answer_at_once(&mut self, screened: Screened, now: Now) -> Vec<Publication> {
        match screened {
            Screened::Control(..) | Screened::Nothing => Vec::new(),
            Screened::Refresh(asker) => {
                let mut publications = self.answers.to(&asker, Ok(()), now);
                publications.extend(self.refresh(now));
                publications
            }
            Screened::Resend(asker, wanted) => {
                let answer = self.resends.request(wanted, &self.journal);
                self.answers.to(&asker, answer, now)
            }
            Screened::Rejected(asker, rejection) => self.answers.to(&asker, Err(rejection), now),
            Screened::Retained {
                asker,
                rejection,
                clear,
            } => {
                let mut publications = self.answers.to(&asker, Err(rejection), now);
                publications.push(clear);
                publications
            }
            Screened::Repeated(asker, results) => self.answers.again(&asker, &results),
        }
    }

    /// A retained message was not taken by the connection: with the next step `info` and `state` are
    /// published again, changed or not, so that no stale one stays with the broker.
    pub fn retained_not_sent(&mut self) {
        self.info_is_stale = true;
        self.shown = None;
    }

    /// Second half of a step: `board` says whether the relay board took the positions.
    #[must_use]
    pub fn conclude(
        &mut self,
        decided: Decided,
        board: &BoardAnswer,
        now: Now,
    ) -> Vec<Publication> {
        self.positions = board.positions;
        let Decided {
            mut decision,
            transient,
            asked,
            mut publications,
        } = decided;
        let mut carried_out = Vec::new();
        let answers = std::mem::take(&mut decision.answers);
        for ((asker, command), answer) in asked.into_iter().zip(answers) {
            let answer = answer.and_then(|()| taken_by_board(&command, &board.taken));
            let accepted = answer.is_ok();
            // Even where the value is the same it may come from somebody else now.
            let is_setting = matches!(command, Command::Limit(..) | Command::Schedule(_));
            self.info_is_stale |= accepted && is_setting;
            publications.extend(self.answers.of_controller(&asker, answer, now));
            if let (Command::Relay(relay, contact), true) = (command, accepted) {
                carried_out.push(CarriedOut {
                    relay,
                    contact,
                    asker,
                });
            }
        }
        self.look_whether_the_time_is_known(now);
        if let Some(transient) = transient {
            self.transient_is_complete(transient, now);
        }
        let mut edges = Vec::new();
        for event in std::mem::take(&mut decision.events) {
            publications.extend(self.answers.follow(&event, &mut carried_out, now));
            event_log::write(&event);
            edges.extend(edge_of(&event));
            self.happened(event, now);
        }
        self.follow_edges(edges, now);
        publications.extend(self.show(&decision, now));
        publications
    }

    /// The records of this step, and what else has changed.
    fn show(&mut self, decision: &Decision, now: Now) -> Vec<Publication> {
        let view = self.controller.view();
        if let Some(window) = &decision.reading {
            let epoch = self.journal.epoch().clone();
            let reading = portrait::reading(window, decision, &view, &self.config);
            let reading = reading(epoch, 0, now.site);
            self.undated.readings.push(now.monotonic, reading);
        }
        let mut publications = self.date_records(now);
        if self.info_is_stale {
            let info = self.info(now);
            publications.push(self.publisher.info(&info));
        }
        let showing = (portrait::without_counters(&view), self.input_faults(&view));
        if decision.reading.is_some() || self.shown.as_ref() != Some(&showing) {
            publications.push(self.state(view, now));
        }
        publications
    }

    /// Everything that is retained, after a connection: nobody else can be trusted to have kept it.
    #[must_use]
    pub fn connected(&mut self, now: Now) -> Vec<Publication> {
        // A clean session: whatever was asked before it is dead.
        self.resends = ResendQueue::default();
        self.screening.forget_cleared();
        self.refresh(now)
    }

    /// Home Assistant has started: it knows nothing of this node, and its sensors have no value.
    #[must_use]
    pub fn home_assistant_started(&mut self, now: Now) -> Vec<Publication> {
        let mut publications = self.refresh(now);
        let window = i64::try_from(self.config.control.window.as_millis()).unwrap_or(i64::MAX);
        let last = self.journal.last_reading();
        // A reading older than a window is not live: Home Assistant would show it as new.
        let live = last.filter(|last| {
            let age = now.site.as_unix_millis() - last.at.as_unix_millis();
            now.wall().is_some() && age <= window
        });
        publications.extend(live.map(|reading| self.publisher.reading(reading)));
        publications
    }

    /// Where to leave the relays when the program ends: mains and charger closed, but for a charger
    /// that heat, cold or thermal runaway holds open. Relays 3 and 4 stay as they are.
    #[must_use]
    pub fn safe_relays(&self) -> Relays<Contact> {
        let view = self.controller.view();
        let thermal = matches!(
            view.relays.charger.reason.rule,
            Rule::Heat | Rule::Cold | Rule::ThermalRunaway
        );
        let wanted = view.relays.map(|_, relay| relay.wanted);
        Relays {
            mains: Contact::Closed,
            charger: if thermal {
                Contact::Open
            } else {
                Contact::Closed
            },
            ..wanted
        }
    }

    /// What must be said when the program ends in order.
    #[must_use]
    pub fn stopping(&self) -> Publication {
        self.publisher.availability_offline()
    }

    /// Discovery, availability, info and state.
    fn refresh(&mut self, now: Now) -> Vec<Publication> {
        let info = self.info(now);
        vec![
            self.publisher.discovery(&info, self.config.language),
            self.publisher.availability_online(),
            self.publisher.info(&info),
            self.state(self.controller.view(), now),
        ]
    }

    fn info(&mut self, now: Now) -> Info {
        self.info_is_stale = false;
        let view = self.controller.view();
        portrait::info(&self.config, &view, self.speed, self.started_at, now)
    }

    fn input_faults(&self, view: &View<Monotonic>) -> InputFaults {
        let causes = view.alarms.iter().filter_map(|alarm| alarm.cause);
        self.inputs.faults(causes)
    }

    fn state(&mut self, view: View<Monotonic>, now: Now) -> Publication {
        let last_reading = self.last_reading(now);
        let inputs = self.input_faults(&view);
        let journal = &self.journal;
        let state = portrait::state(&view, self.positions, inputs, journal, last_reading, now);
        self.shown = Some((portrait::without_counters(&view), inputs));
        self.publisher.state(&state)
    }
}

/// A relay's command is carried out only if the board took it.
fn taken_by_board(command: &Command, board: &Result<(), BoardError>) -> Result<(), Rejection> {
    match (command, board) {
        (Command::Relay(relay, contact), Err(error)) => Err(Rejection::new(
            RejectCode::RelayBoard,
            format!(
                "The relay board did not take it ({error}). The node goes on trying to put {relay} to {contact}: look at what state says of the relay's actual position."
            ),
        )),
        _ => Ok(()),
    }
}
