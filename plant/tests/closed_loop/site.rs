//! The language of the timelines: a plant and its controller in virtual time.
//!
//! A timeline says what happens and when ([`Site::at`], [`Site::during`]), lets time pass
//! ([`Site::run_to`]), and looks at what was logged ([`Log`]) and at how the battery did
//! ([`Site::trace`]).

use core::time::Duration;

use releve_control::decision::{Config, Decision, Inputs};
use releve_control::statistics::WindowStatistics;
use releve_control::{
    AlarmName, AuthorityRequest, Command, Contact, Controller, CycleRequest, LimitName, Mode,
    Monotonic, RelayName, Relays, Rule, UnixMillis,
};
use releve_plant::{Fault, FaultScript, FaultSpan, Plant, PlantConfig, Truth};

use crate::log::Log;

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_mins(1);
pub const HOUR: Duration = Duration::from_hours(1);
pub const DAY: Duration = Duration::from_hours(24);

/// What every timeline draws its weather, load and sensor errors from, unless it says otherwise.
pub const SEED: u64 = 20_261_123;

/// How long [`Site::floating`] floats the battery before its timeline: a day, so that the hour is the same.
const SETTLING: Duration = DAY;

/// 2026-01-01T00:00:00Z, when the plant's year begins.
pub const NEW_YEAR: UnixMillis = UnixMillis(1_767_225_600_000);

/// The moment so many hours and minutes after the start.
pub fn at(hours: u64, minutes: u64) -> Duration {
    Duration::from_secs(hours * 3600 + minutes * 60)
}

/// How a battery really was at a moment, sensors aside.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Since the start.
    pub at: Duration,
    pub truth: Truth,
}

/// A plant and its controller.
pub struct Site {
    pub plant: Plant,
    pub controller: Controller,
    pub log: Log,
    /// How the battery did, once a minute.
    pub trace: Vec<Moment>,
    /// Every window that has ended.
    pub readings: Vec<(Duration, WindowStatistics)>,
    /// What the wall clock shows at the start; `None`: it is not set.
    pub wall_at_start: Option<UnixMillis>,
    /// How long the site had run when the timeline began.
    settled: Duration,
    elapsed: Duration,
    interval: Duration,
    relays: Relays<Contact>,
    /// Commands to come, the next one last.
    orders: Vec<(Duration, Command)>,
    faults: Vec<FaultSpan>,
}

/// The controller's configuration that fits a plant, with every guard at its default.
pub fn config_of(plant: &PlantConfig) -> Config {
    Config {
        capacity_ampere_hours: Some(plant.battery.rated_ampere_hours),
        ..Config::new(plant.wiring, plant.battery.profile)
    }
}

impl Site {
    /// A site with the defaults of its battery.
    pub fn new(plant: PlantConfig) -> Self {
        Self::configured(plant, config_of(&plant), SEED)
    }

    /// A site whose controller follows that configuration; its clock is set.
    pub fn configured(plant: PlantConfig, config: Config, seed: u64) -> Self {
        let interval = config.window / config.samples_per_window;
        let start = NEW_YEAR.after(Duration::from_secs_f64(plant.start.hour() * 3600.0));
        Self {
            plant: Plant::new(plant, seed).expect("a sound plant"),
            controller: Controller::new(config, Monotonic::START).expect("a sound configuration"),
            log: Log::default(),
            trace: Vec::new(),
            readings: Vec::new(),
            wall_at_start: Some(start),
            settled: Duration::ZERO,
            elapsed: Duration::ZERO,
            interval,
            relays: Relays::PLAIN,
            orders: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// A site that has floated its battery for a day when the timeline begins: it is full.
    pub fn floating(plant: PlantConfig) -> Self {
        let mut site = Self::new(plant);
        site.watch_to(SETTLING, |_, _| {});
        assert!(site.log.alarms().is_empty(), "a sound site\n{}", site.log);
        site.wall_at_start = site.wall_at_start.map(|wall| wall.after(SETTLING));
        (site.settled, site.elapsed) = (SETTLING, Duration::ZERO);
        site.log = Log::default();
        site
    }

    /// Something is commanded at that moment. Commands of one moment act in the order written.
    #[must_use]
    pub fn at(mut self, moment: Duration, command: Command) -> Self {
        self.order(moment, command);
        self
    }

    /// Something is wrong between these moments.
    #[must_use]
    pub fn during(mut self, from: Duration, until: Duration, fault: Fault) -> Self {
        self.suffer(fault, from, Some(until));
        self
    }

    /// Something is wrong from that moment on.
    #[must_use]
    pub fn from(mut self, moment: Duration, fault: Fault) -> Self {
        self.suffer(fault, moment, None);
        self
    }

    /// Whatever that script lets go wrong.
    #[must_use]
    pub fn suffering(mut self, script: &FaultScript) -> Self {
        self.faults.extend_from_slice(script.spans());
        self.plant.follow(&FaultScript::new(self.faults.clone()));
        self
    }

    /// As [`Self::at`], of a site that already runs.
    pub fn order(&mut self, moment: Duration, command: Command) {
        let later = |entry: &(Duration, Command)| entry.0 > moment;
        let place = self.orders.partition_point(later);
        self.orders.insert(place, (moment, command));
    }

    /// As [`Self::during`], of a site that already runs.
    pub fn suffer(&mut self, fault: Fault, from: Duration, until: Option<Duration>) {
        assert!(from >= self.elapsed, "{fault:?} lies in the past");
        // What is over must not begin anew.
        let now = self.settled + self.elapsed;
        (self.faults).retain(|span| span.until.is_none_or(|until| until > now));
        self.faults.push(FaultSpan {
            fault,
            from: self.settled + from,
            until: until.map(|until| self.settled + until),
        });
        self.plant.follow(&FaultScript::new(self.faults.clone()));
    }

    /// Lets time pass until that moment.
    pub fn run_to(&mut self, moment: Duration) -> &mut Self {
        let mut trace = core::mem::take(&mut self.trace);
        let mut readings = core::mem::take(&mut self.readings);
        self.watch_to(moment, |site, decision| {
            readings.extend((decision.reading.as_deref()).map(|reading| (site.elapsed, *reading)));
            if site.elapsed.as_millis().is_multiple_of(60_000) {
                trace.push(Moment {
                    at: site.elapsed,
                    truth: site.plant.truth(),
                });
            }
        });
        self.trace = trace;
        self.readings = readings;
        self
    }

    /// Lets time pass until that moment under somebody's eyes, who sees every step after it was taken.
    pub fn watch_to(&mut self, moment: Duration, mut watch: impl FnMut(&Self, &Decision)) {
        while self.elapsed + self.interval <= moment {
            let decision = self.step();
            watch(self, &decision);
        }
    }

    /// One turn of the loop: a sample, the commands that have come, a decision.
    fn step(&mut self) -> Decision {
        let sample = self.plant.step(self.relays, self.interval);
        self.elapsed += self.interval;
        let mut commands = Vec::new();
        while let Some((_, command)) = self.orders.pop_if(|(due, _)| *due <= self.elapsed) {
            commands.push(command);
        }
        let now = Monotonic::START.after(self.settled + self.elapsed);
        let decision = self.controller.step(
            Inputs {
                sample: Some(&sample),
                commands: &commands,
                wall: self.wall(),
                storage_fault: None,
            },
            now,
        );
        self.relays = decision.relays;
        self.log.note(self.elapsed, &commands, &decision);
        decision
    }

    /// Somebody puts another battery, or a whole other installation, in the place of the plant.
    pub fn exchange(&mut self, plant: PlantConfig) {
        assert!(self.faults.is_empty(), "the faults' times would shift");
        let start = self.plant.now();
        self.plant = Plant::new(PlantConfig { start, ..plant }, SEED).expect("a sound plant");
    }

    /// The program stops without a word, the relays fall back, and after that time it starts again with
    /// the snapshot that it wrote last.
    pub fn crash(&mut self, config: Config, down: Duration) {
        let snapshot = self.controller.snapshot();
        self.plant.command(Relays::PLAIN);
        self.plant.advance(down);
        self.elapsed += down;
        let now = Monotonic::START.after(self.settled + self.elapsed);
        let restored = Controller::restored(config, &snapshot, now, self.wall());
        self.controller = restored.expect("the same configuration").controller;
        self.relays = self.controller.view().relays.map(|_, relay| relay.wanted);
    }

    /// What the wall clock shows, if it is set.
    pub fn wall(&self) -> Option<UnixMillis> {
        (self.wall_at_start).map(|wall| wall.after(self.elapsed))
    }

    /// How long the site has run.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Where relays 1 and 2 were put.
    pub fn installation(&self) -> (Contact, Contact) {
        (self.relays.mains, self.relays.charger)
    }

    /// Which rule holds that relay.
    pub fn rule(&self, relay: RelayName) -> Rule {
        self.controller.view().relays[relay].reason.rule
    }

    /// Whether that alarm is active.
    pub fn has(&self, alarm: AlarmName) -> bool {
        (self.controller.view().alarms.iter()).any(|active| active.alarm == alarm)
    }

    /// The battery as the trace shows it from one moment to another.
    pub fn between(&self, from: Duration, until: Duration) -> impl Iterator<Item = &Truth> {
        (self.trace.iter())
            .filter(move |moment| moment.at >= from && moment.at <= until)
            .map(|moment| &moment.truth)
    }

    /// The lowest true battery voltage of the whole timeline, V.
    pub fn least_volts(&self) -> f64 {
        let volts = (self.trace.iter()).map(|moment| moment.truth.flows.battery_volts);
        volts.fold(f64::INFINITY, f64::min)
    }
}

pub fn mode(mode: Mode) -> Command {
    Command::Mode(mode)
}

pub fn start_cycle() -> Command {
    Command::Cycle(CycleRequest::Start)
}

pub fn limit(limit: LimitName, value: f64) -> Command {
    Command::Limit(limit, value)
}

pub fn by_hand(lease: Duration) -> Command {
    Command::Authority(AuthorityRequest::Manual { lease })
}

pub fn open(relay: RelayName) -> Command {
    Command::Relay(relay, Contact::Open)
}

pub fn close(relay: RelayName) -> Command {
    Command::Relay(relay, Contact::Closed)
}
