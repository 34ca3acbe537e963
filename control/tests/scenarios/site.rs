//! The language of the scenarios: a site whose measurements are set by hand, in virtual time.
//!
//! Five verbs: *set* a measurement (the field), [`Site::run`] for a while, [`Site::ask`] for
//! something, look ([`Site::stands`], [`Site::why`], [`Site::has`]), and [`Site::take_events`].

use core::time::Duration;

use releve_control::decision::{Config, Inputs, StorageFault};
use releve_control::profile::Profile;
use releve_control::sample::{MainsSense, Measurement, Sample, SensorFault};
use releve_control::statistics::WindowStatistics;
use releve_control::{
    AlarmName, Authority, AuthorityRequest, Cause, Command, Contact, Controller, Event, Mode,
    Monotonic, Reason, Rejection, RelayName, Relays, Rule, UnixMillis, Wiring,
};

pub use Contact::{Closed, Open};
pub use RelayName::{Aux1, Aux2, Charger, Mains};

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_mins(1);
/// Ten samples of a window are spread over 30 s.
pub const SAMPLE: Duration = Duration::from_secs(3);

pub const SILENT: Measurement = Measurement::Missing(SensorFault::NoAnswer);

pub fn volts(volts: f64) -> Measurement {
    Measurement::Value(volts)
}

pub fn amperes(amperes: f64) -> Measurement {
    Measurement::Value(amperes)
}

pub fn celsius(celsius: f64) -> Measurement {
    Measurement::Value(celsius)
}

/// An AGM site, on mains, with a battery at float.
pub struct Site {
    pub controller: Controller,
    pub now: Monotonic,
    /// What the next samples measure; the read-back follows the commands, see `stuck`.
    pub measured: Sample,
    /// Relays that read back that position whatever is commanded.
    pub stuck: Relays<Option<Contact>>,
    /// Whether the charger's current ends where relay 1 or 2 is open.
    pub charger_obeys: bool,
    /// What the wall clock shows at the start of monotonic time; `None`: it is not set.
    pub wall_at_start: Option<UnixMillis>,
    /// Whether the battery's voltage reads the very same figure for as long as nobody sets another; a
    /// sound sensor shows a millionth of a volt of noise.
    pub frozen: bool,
    /// What the shell says of its disk.
    pub storage_fault: Option<StorageFault>,
    /// The voltage of the last sample.
    last_volts: Option<f64>,
    pub readings: Vec<WindowStatistics>,
    events: Vec<Event<Monotonic>>,
}

pub fn config(wiring: Wiring) -> Config {
    Config::new(wiring, Profile::Agm)
}

impl Site {
    /// A site of that wiring that has run for a minute.
    pub fn new(wiring: Wiring) -> Self {
        let mut site = Self::just_started(wiring);
        site.run(MINUTE);
        site.take_events();
        site.readings.clear();
        site
    }

    /// A site in that mode.
    pub fn in_mode(wiring: Wiring, mode: Mode) -> Self {
        let mut site = Self::new(wiring);
        site.ask(Command::Mode(mode))
            .expect("the mode is available");
        site.take_events();
        site
    }

    /// A site under manual authority.
    pub fn by_hand(wiring: Wiring) -> Self {
        let mut site = Self::new(wiring);
        site.ask(manual(30 * MINUTE)).expect("the lease is allowed");
        site.take_events();
        site
    }

    /// A site before its first sample.
    pub fn just_started(wiring: Wiring) -> Self {
        Self::configured(config(wiring))
    }

    /// A site of that configuration before its first sample.
    pub fn configured(config: Config) -> Self {
        Self {
            controller: Controller::new(config, Monotonic::START).expect("a sound configuration"),
            now: Monotonic::START,
            measured: Sample {
                battery_volts: volts(13.6),
                charger_volts: volts(13.65),
                charger_amperes: amperes(2.0),
                load_volts: volts(13.6),
                load_amperes: amperes(1.5),
                temperature_celsius: celsius(20.0),
                mains_sense: MainsSense::NotFitted,
                board_refuses: false,
                relays: Relays::from_fn(|_| None),
            },
            stuck: Relays::from_fn(|_| None),
            charger_obeys: false,
            wall_at_start: None,
            frozen: false,
            storage_fault: None,
            last_volts: None,
            readings: Vec::new(),
            events: Vec::new(),
        }
    }

    /// The program ends and starts again `down` later, with what the snapshot tells it.
    pub fn restart(&mut self, config: Config, down: Duration) -> Vec<String> {
        let snapshot = self.controller.snapshot();
        let json = serde_json::to_string(&snapshot).expect("a snapshot serialises");
        let read = serde_json::from_str(&json).expect("and is read back");
        assert_eq!(snapshot, read, "nothing is lost on the way");
        self.now = self.now.after(down);
        let restored = Controller::restored(config, &read, self.now, self.wall())
            .expect("a sound configuration");
        self.controller = restored.controller;
        restored.left_out
    }

    /// What the wall clock shows.
    fn wall(&self) -> Option<UnixMillis> {
        let since_start = self.now.since(Monotonic::START);
        self.wall_at_start.map(|wall| wall.after(since_start))
    }

    /// Takes samples for that long, one every three seconds.
    pub fn run(&mut self, duration: Duration) {
        for _ in 0..duration.as_secs() / SAMPLE.as_secs() {
            self.now = self.now.after(SAMPLE);
            let wanted = self.controller.view().relays;
            let cut = wanted.mains.wanted == Open || wanted.charger.wanted == Open;
            let sample = Sample {
                charger_amperes: if cut && self.charger_obeys {
                    amperes(0.0)
                } else {
                    self.measured.charger_amperes
                },
                battery_volts: self.battery_volts(),
                relays: Relays::from_fn(|relay| {
                    Some(self.stuck[relay].unwrap_or(wanted[relay].wanted))
                }),
                ..self.measured
            };
            let decision = self.controller.step(
                Inputs {
                    sample: Some(&sample),
                    commands: &[],
                    wall: self.wall(),
                    storage_fault: self.storage_fault,
                },
                self.now,
            );
            self.events.extend(decision.events);
            self.readings.extend(decision.reading.as_deref());
        }
    }

    fn battery_volts(&mut self) -> Measurement {
        let mut measured = self.measured.battery_volts;
        if let Measurement::Value(volts) = &mut measured {
            if self.last_volts == Some(*volts) && !self.frozen {
                *volts -= 1e-6;
            }
            self.last_volts = Some(*volts);
        }
        measured
    }

    /// Lets that time pass without any sample, then makes one step.
    pub fn silence(&mut self, duration: Duration) {
        self.now = self.now.after(duration);
        let decision = self.controller.step(
            Inputs {
                wall: self.wall(),
                ..Inputs::default()
            },
            self.now,
        );
        self.events.extend(decision.events);
        self.readings.extend(decision.reading.as_deref());
    }

    /// Gives one command between two samples.
    pub fn ask(&mut self, command: Command) -> Result<(), Rejection> {
        let commands = [command];
        let decision = self.controller.step(
            Inputs {
                sample: None,
                commands: &commands,
                wall: self.wall(),
                storage_fault: self.storage_fault,
            },
            self.now,
        );
        self.events.extend(decision.events);
        decision
            .answers
            .into_iter()
            .next()
            .expect("every command is answered")
    }

    /// Where a relay was put.
    pub fn stands(&self, relay: RelayName) -> Contact {
        self.controller.view().relays[relay].wanted
    }

    /// Where relays 1 and 2 were put.
    pub fn installation(&self) -> (Contact, Contact) {
        (self.stands(Mains), self.stands(Charger))
    }

    pub fn why(&self, relay: RelayName) -> Reason<Monotonic> {
        self.controller.view().relays[relay].reason
    }

    pub fn rule(&self, relay: RelayName) -> Rule {
        self.why(relay).rule
    }

    pub fn has(&self, alarm: AlarmName) -> bool {
        self.controller
            .view()
            .alarms
            .iter()
            .any(|active| active.alarm == alarm)
    }

    /// What an active alarm says is wrong.
    pub fn cause(&self, alarm: AlarmName) -> Option<Cause> {
        let alarms = self.controller.view().alarms;
        let active = alarms.iter().find(|active| active.alarm == alarm)?;
        active.cause
    }

    pub fn authority(&self) -> Authority {
        self.controller.view().authority
    }

    /// What happened since the last time this was asked.
    pub fn take_events(&mut self) -> Vec<Event<Monotonic>> {
        core::mem::take(&mut self.events)
    }

    /// The relays that were switched since the last time events were taken.
    pub fn take_switched(&mut self) -> Vec<(RelayName, Contact, Rule)> {
        self.take_events()
            .into_iter()
            .filter_map(|event| match event {
                Event::RelaySwitched {
                    relay,
                    contact,
                    reason,
                } => Some((relay, contact, reason.rule)),
                _ => None,
            })
            .collect()
    }
}

pub fn manual(lease: Duration) -> Command {
    Command::Authority(AuthorityRequest::Manual { lease })
}

pub fn automatic() -> Command {
    Command::Authority(AuthorityRequest::Automatic)
}
