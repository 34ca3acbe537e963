//! A node's core, the switch and a simulated installation, stepped by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use releve_control::decision::{self, SAMPLES_PER_WINDOW};
use releve_control::profile::Profile;
use releve_control::sample::Sample;
use releve_control::{Contact, Monotonic, RejectCode, Rejection, Relays};
use releve_node::NodeConfig;
use releve_node::clock::Now;
use releve_node::config::{Beginning, JOURNAL_BYTES};
use releve_node::core::{CommandMessage, Core, Delivery, NextBacklog, Publication};
use releve_node::journal::{Capacity, Journal};
use releve_node::relays::{BoardError, RelayBoard, Switch};
use releve_node::sensors::Sensors;
use releve_node::simulated::{SimulatedBoard, SimulatedSensors, SimulatedSite};
use releve_plant::PlantConfig;
use releve_protocol::connection::BrokerAddress;
use releve_protocol::{
    Backlog, CommandResult, EventRecord, Language, NodeId, Reading, State, Status, Timestamp,
    decode, info,
};
use serde::de::DeserializeOwned;

pub const NODE: &str = "site-1";
const SEED: u64 = 7;
/// Real time at the start; site time is a year behind.
const REAL_START: i64 = 1_795_000_000_000;
const SITE_START: i64 = REAL_START - 365 * 24 * 3_600_000;

/// The simulated board, which can be made to refuse, and to read nothing back until it takes positions again.
pub struct TestBoard {
    board: SimulatedBoard,
    refuses: Arc<AtomicBool>,
    unreadable: Arc<AtomicBool>,
}

impl RelayBoard for TestBoard {
    fn set(&mut self, positions: Relays<Contact>) -> Result<(), BoardError> {
        if self.refuses.load(Ordering::Relaxed) {
            return Err(BoardError("no answer on the bus".to_owned()));
        }
        self.unreadable.store(false, Ordering::Relaxed);
        self.board.set(positions)
    }

    fn read(&mut self) -> Relays<Option<Contact>> {
        if self.unreadable.load(Ordering::Relaxed) {
            return Relays::from_fn(|_| None);
        }
        self.board.read()
    }
}

pub struct Site {
    pub core: Core,
    pub simulated: SimulatedSite,
    pub switch: Switch<TestBoard>,
    pub board_refuses: Arc<AtomicBool>,
    pub board_unreadable: Arc<AtomicBool>,
    sensors: SimulatedSensors,
    elapsed: Duration,
    /// How far the wall clocks are off.
    pub clock_error_millis: i64,
}

pub fn node() -> NodeId {
    NODE.parse().expect("an id")
}

pub fn config(plant: &PlantConfig, journal: Capacity) -> NodeConfig {
    NodeConfig {
        node: node(),
        name: "Test site".parse().expect("a name"),
        broker: ("127.0.0.1:1".parse::<BrokerAddress>())
            .expect("an address")
            .into(),
        control: decision::Config {
            capacity_ampere_hours: Some(plant.battery.rated_ampere_hours),
            ..decision::Config::new(plant.wiring, Profile::Agm)
        },
        battery: info::Battery {
            profile: Profile::Agm,
            capacity_ah: Some(18.0),
            description: "AGM 12 V 18 Ah".to_owned(),
        },
        hardware: info::Hardware {
            description: "simulated installation".to_owned(),
            simulated: true,
        },
        journal,
        journal_bytes: JOURNAL_BYTES,
        clock_patience: Duration::ZERO,
        beginning: Beginning::default(),
        state_directory: None,
        language: Language::English,
    }
}

impl Site {
    pub fn new() -> Self {
        Self::with(PlantConfig::healthy_site(), Capacity::days(1))
    }

    pub fn with(plant: PlantConfig, journal: Capacity) -> Self {
        Self::start(plant, config(&plant, journal)).expect("a configuration without contradictions")
    }

    /// A site whose node has that configuration, or what the node refuses in it.
    pub fn start(plant: PlantConfig, config: NodeConfig) -> Result<Self, Rejection> {
        let journal = Journal::new("test1".parse().expect("an epoch"), config.journal);
        Self::start_with(plant, config, journal)
    }

    /// A site whose node writes that journal.
    pub fn start_with(
        plant: PlantConfig,
        config: NodeConfig,
        journal: Journal,
    ) -> Result<Self, Rejection> {
        Self::start_with_clock(plant, config, journal, 0)
    }

    /// A site whose clocks show 1970 at its start.
    pub fn without_the_time() -> Self {
        let journal = Journal::new("test1".parse().expect("an epoch"), Capacity::days(3));
        Self::without_the_time_with(journal)
    }

    /// The same, whose node writes that journal.
    pub fn without_the_time_with(journal: Journal) -> Self {
        let plant = PlantConfig::healthy_site();
        let config = config(&plant, Capacity::days(3));
        Self::start_with_clock(plant, config, journal, -SITE_START)
            .expect("a configuration without contradictions")
    }

    fn start_with_clock(
        plant: PlantConfig,
        config: NodeConfig,
        journal: Journal,
        clock_error_millis: i64,
    ) -> Result<Self, Rejection> {
        let simulated = SimulatedSite::new(plant, SEED).expect("a possible installation");
        let board_refuses = Arc::new(AtomicBool::new(false));
        let board_unreadable = Arc::new(AtomicBool::new(false));
        let switch = Switch::new(TestBoard {
            board: simulated.board(),
            refuses: Arc::clone(&board_refuses),
            unreadable: Arc::clone(&board_unreadable),
        });
        let start = now_at(Duration::ZERO, clock_error_millis);
        let core = Core::new(config, journal, 1.0, start)?;
        Ok(Self {
            core,
            sensors: simulated.sensors(),
            simulated,
            switch,
            board_refuses,
            board_unreadable,
            elapsed: Duration::ZERO,
            clock_error_millis,
        })
    }

    pub fn now(&self) -> Now {
        now_at(self.elapsed, self.clock_error_millis)
    }

    /// Three seconds pass, and a sample is taken; before it the fast ones that the core wants.
    pub fn tick(&mut self) -> Vec<Publication> {
        let due = self.elapsed + Duration::from_secs(3);
        let mut publications = self.fast_samples_until(due);
        self.elapsed = due;
        let measured = self.sensors.sample(self.now().monotonic);
        let sample = self.switch.complete(measured);
        publications.extend(self.step(Some(&sample), Vec::new()));
        publications
    }

    fn fast_samples_until(&mut self, due: Duration) -> Vec<Publication> {
        let mut publications = Vec::new();
        let ordinary = Monotonic::START.after(due);
        while let Some(fast) = self.core.next_fast_sample(self.now().monotonic, ordinary) {
            assert!(fast < ordinary);
            self.elapsed = fast.since(Monotonic::START);
            let measured = self.sensors.sample_circuits(fast);
            publications.extend(self.core.fast_sample(&measured, self.now()));
        }
        publications
    }

    pub fn ticks(&mut self, count: usize) -> Vec<Publication> {
        (0..count).flat_map(|_| self.tick()).collect()
    }

    /// As many windows pass.
    pub fn windows(&mut self, count: usize) -> Vec<Publication> {
        self.ticks(count * SAMPLES_PER_WINDOW as usize)
    }

    /// A command arrives, a second after whatever was before it.
    pub fn send(&mut self, thing: &str, payload: impl AsRef<[u8]>) -> Vec<Publication> {
        self.deliver(thing, payload, Delivery::default())
    }

    pub fn deliver(
        &mut self,
        thing: &str,
        payload: impl AsRef<[u8]>,
        delivery: Delivery,
    ) -> Vec<Publication> {
        let message = CommandMessage::read(&node(), thing, payload.as_ref(), delivery);
        self.send_together(vec![message])
    }

    pub fn send_together(&mut self, messages: Vec<CommandMessage>) -> Vec<Publication> {
        self.elapsed += Duration::from_millis(10);
        self.step(None, messages)
    }

    fn step(&mut self, sample: Option<&Sample>, messages: Vec<CommandMessage>) -> Vec<Publication> {
        let now = self.now();
        let decided = self.core.decide(sample, messages, now);
        let board = self.switch.apply(decided.relays(), self.core.safe_relays());
        self.core.conclude(decided, &board, now)
    }

    /// Everything that waits to be sent again.
    pub fn backlog(&mut self) -> Vec<Backlog> {
        let mut messages = Vec::new();
        while let Some(next) = self.core.next_backlog() {
            let NextBacklog::Message(message, to) = next else {
                panic!("memory holds everything");
            };
            assert!(self.core.has_backlog());
            assert_eq!(message.topic, topic("backlog"));
            assert!(!message.retain);
            messages.push(decode(&message.payload).expect("a backlog"));
            self.core.backlog_sent(to);
        }
        assert!(!self.core.has_backlog());
        messages
    }

    pub fn contacts(&self) -> Relays<Contact> {
        self.simulated.with_plant(|plant| plant.read_back())
    }

    /// What `state` says now.
    pub fn state(&mut self) -> State {
        let publications = self.core.connected(self.now());
        states(&publications)
            .pop()
            .expect("a state after each connection")
    }

    pub fn manual(&mut self) {
        let results = results(&self.send("authority", "manual"));
        assert_eq!(results.len(), 1);
        assert_eq!(results[0].status, Status::Accepted);
    }
}

pub fn now_at(elapsed: Duration, clock_error_millis: i64) -> Now {
    let millis = i64::try_from(elapsed.as_millis()).expect("a short test") + clock_error_millis;
    Now {
        monotonic: Monotonic::START.after(elapsed),
        site: Timestamp::from_unix_millis(SITE_START + millis),
        real: Timestamp::from_unix_millis(REAL_START + millis),
        is_known: true,
    }
}

pub fn topic(kind: &str) -> String {
    format!("releve/{NODE}/{kind}")
}

pub fn on<T: DeserializeOwned>(publications: &[Publication], kind: &str) -> Vec<T> {
    publications
        .iter()
        .filter(|publication| publication.topic == topic(kind))
        .map(|publication| decode(&publication.payload).expect(kind))
        .collect()
}

pub fn results(publications: &[Publication]) -> Vec<CommandResult> {
    on(publications, "result")
}

pub fn states(publications: &[Publication]) -> Vec<State> {
    on(publications, "state")
}

pub fn readings(publications: &[Publication]) -> Vec<Reading> {
    on(publications, "reading")
}

pub fn events(publications: &[Publication]) -> Vec<EventRecord> {
    on(publications, "event")
}

/// The one result that there is, rejected with that code and a sentence.
pub fn assert_rejected(publications: &[Publication], code: RejectCode, what: &str) {
    let results = results(publications);
    assert_eq!(results.len(), 1, "{what}: {results:?}");
    assert_eq!(results[0].status, Status::Rejected, "{what}");
    assert_eq!(
        results[0].code,
        Some(code),
        "{what}: {:?}",
        results[0].reason
    );
    let reason = results[0].reason.as_deref().unwrap_or_default();
    assert!(reason.ends_with('.'), "{what}: {reason:?} is no sentence");
}
