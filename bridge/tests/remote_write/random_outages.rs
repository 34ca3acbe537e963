//! Broker, bridge, Prometheus and mail server are killed and come back at random while twenty nodes publish readings
//! and raise alarms.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;
use releve_broker::Broker;
use releve_protocol::NodeId;
use releve_protocol::control::{AlarmName, Severity};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::database::{Database, Kind};
use crate::harness::{start_broker, until};
use crate::mail_server::{Encryption, Mail, MailServer};
use crate::nothing_lost::check;
use crate::program::{Program, Settings};
use crate::sites::Sites;
use crate::wire::{Weather, Wire};

const NODES: usize = 20;
/// What happens, one after the other.
const STEPS: u32 = 120;
/// The longest time that nothing new happens.
const LONGEST_PAUSE_MS: u64 = 1_000;
/// How long it may take until everything is told, in seconds.
const LONGEST_DELIVERY_S: u32 = 60;
/// Each is raised and cleared once at most at each node: then it does not matter to the mails when an outage ends.
const ALARMS: [AlarmName; 4] = [
    AlarmName::TemperatureHigh,
    AlarmName::TemperatureLimit,
    AlarmName::MainsLost,
    AlarmName::DataLost,
];
/// What a mail server may say when it cannot take one now.
const REFUSALS: [&str; 4] = [
    "RCPT 450 4.2.0 later",
    "DATA 451 4.3.0 later",
    "AUTH 454 4.7.0 later",
    // For good, and yet of no mail.
    "AUTH 554 5.7.1 nobody",
];

/// How often an alarm of a node moved: raised, and cleared.
type Moves = BTreeMap<(NodeId, AlarmName), u8>;

/// Everything that can be away.
struct Installation {
    at: SocketAddr,
    broker: Option<Broker>,
    bridge: Program,
    prometheus: Database,
    mail_server: MailServer,
    wire: Wire,
    sites: Option<Sites>,
    windows: u64,
    moves: Moves,
}

impl Installation {
    /// One step of the story, by chance.
    async fn step(&mut self, random: &mut Pcg32) {
        match random.random_range(0..14) {
            0 if self.bridge.is_running() => self.bridge.kill(),
            0 => self.bridge.run(),
            1 if self.prometheus.is_running() => self.prometheus.kill(),
            1 => self.prometheus.run().await,
            2 => match self.broker.take() {
                Some(broker) => broker.stop().await,
                None => self.broker_is_back().await,
            },
            3 if self.mail_server.is_running() => self.mail_server.kill(),
            3 => self.mail_server.run().await,
            4 => self.wire.turns(weather(random)),
            5 => {
                let refusal = random.random_range(0..2 * REFUSALS.len());
                self.mail_server.refuse(REFUSALS.get(refusal).copied());
            }
            6..=8 => {
                let heard = self.broker.is_some() && random.random_bool(0.7);
                self.alarm_moves(random, heard).await;
            }
            9 | 10 => self.pause(random).await,
            _ => {
                let heard = self.broker.is_some() && random.random_bool(0.7);
                self.pass_window(heard).await;
            }
        }
    }

    async fn pass_window(&mut self, heard: bool) {
        self.windows += 1;
        if let Some(sites) = &self.sites {
            sites.pass_window(heard).await;
            if heard {
                sites.publish_states().await;
            }
        }
    }

    /// An alarm of some node is raised, or cleared, where it has not been already.
    async fn alarm_moves(&mut self, random: &mut Pcg32, heard: bool) {
        let node = format!("site-{}", random.random_range(1..=NODES));
        let node: NodeId = node.parse().expect("a node id");
        let alarm = ALARMS[random.random_range(0..ALARMS.len())];
        let moved = self.moves.entry((node.clone(), alarm)).or_default();
        if *moved < 2 {
            *moved += 1;
            let sites = self.sites.as_ref().expect("the nodes");
            sites.alarm_moves(&node, alarm, heard).await;
        }
    }

    /// A while of chance length, or until a further mail is there: outages are to meet mails under way.
    async fn pause(&self, random: &mut Pcg32) {
        let longest = Duration::from_millis(random.random_range(0..LONGEST_PAUSE_MS));
        let before = self.mail_server.mails().len();
        let another = until("another mail", async || {
            (self.mail_server.mails().len() > before).then_some(())
        });
        // None need come.
        let _ = timeout(longest, another).await;
    }

    async fn broker_is_back(&mut self) {
        let at = self.at;
        let broker = until("the port to be free again", async || {
            let config = releve_broker::Config::new(at);
            releve_broker::start(config).await.ok()
        })
        .await;
        if let Some(sites) = self.sites.take() {
            self.sites = Some(sites.connected_again(&broker).await);
        }
        self.broker = Some(broker);
    }

    /// Everything is there again, and a last reading tells the bridge what it has missed.
    async fn all_back(&mut self) {
        if self.broker.is_none() {
            self.broker_is_back().await;
        }
        if !self.prometheus.is_running() {
            self.prometheus.run().await;
        }
        if !self.mail_server.is_running() {
            self.mail_server.run().await;
        }
        self.mail_server.refuse(None);
        self.wire.turns(Weather::Fine);
        // After minutes of failures the next try is minutes away: a new run tries at once.
        self.bridge.kill();
        self.bridge.run();
        self.bridge
            .until_metric("releve_bridge_connected ", 1.0)
            .await;
        self.pass_window(true).await;
    }
}

fn weather(random: &mut Pcg32) -> Weather {
    match random.random_range(0..7) {
        0 => Weather::Refuses,
        1 => Weather::Hangs,
        2 => Weather::CutsTheAnswer,
        // In the handshake, in the commands, or in the mail.
        3 => Weather::HangsAfterTheAnswer,
        4 => Weather::CutsAfter(1 << random.random_range(0..17)),
        _ => Weather::Fine,
    }
}

/// What each reader must have been told: of which alarm, and how often.
fn expected(moves: &Moves) -> BTreeMap<String, u32> {
    let mut expected = BTreeMap::new();
    for ((node, alarm), moved) in moves {
        for number in 1..=*moved {
            let mut tell = |to: &str| {
                let told = format!("{to}: {node}.{}.{number}", alarm.name());
                expected.insert(told, 1);
            };
            tell("anna@example.org");
            if alarm.severity() == Severity::Critical {
                tell("brice@example.org");
            }
        }
    }
    expected
}

/// What each reader was told, and under how many names: a mail that came again has the same `Message-ID`, which is
/// `<node.alert.episode.number.reader@domain>`.
fn told(mails: &[Mail]) -> BTreeMap<String, u32> {
    let mut names = BTreeSet::new();
    let mut told: BTreeMap<String, u32> = BTreeMap::new();
    for mail in mails.iter().filter(|mail| names.insert(&mail.id)) {
        assert_eq!(mail.defects, Vec::<String>::new(), "{mail:?}");
        let parts: Vec<&str> = mail.id.trim_start_matches('<').split('.').collect();
        let [node, alert, _, number, ..] = parts[..] else {
            panic!("{mail:?}");
        };
        let is_end = mail.subject.contains("ended") || mail.subject.contains("fin d’alerte");
        assert_eq!(is_end, number == "2", "{mail:?}");
        *(told.entry(format!("{}: {node}.{alert}.{number}", mail.to))).or_default() += 1;
    }
    told
}

/// Waits for the mails while nodes say how they stand, as they do now and then: an end of which only states tell must
/// be confirmed by a second one.
async fn until_told(expected: &BTreeMap<String, u32>, sites: &Sites, mail_server: &MailServer) {
    for _ in 0..LONGEST_DELIVERY_S {
        sites.publish_states().await;
        let all = until("all mails", async || {
            (told(&mail_server.mails()).len() >= expected.len()).then_some(())
        });
        if timeout(Duration::from_secs(1), all).await.is_ok() {
            return;
        }
    }
    // Which ones are missing is seen by whoever compares them.
}

async fn begin(names: &[&str], state: &TempDir) -> Installation {
    let broker = start_broker().await;
    let at = broker.tcp_addr();
    let prometheus = Database::start(Kind::Prometheus).await;
    let mail_server = MailServer::start(Encryption::StartTls).await;
    let wire = Wire::to(mail_server.address()).await;
    let sites = Sites::with_a_past(&broker, names, 1).await;
    let bridge = Program::new(Settings {
        broker: at,
        state: state.path().to_owned(),
        remote_write: prometheus.write_url(),
        smtp: format!("smtp://{}?tls=required", wire.address()),
        smtp_ca: mail_server.ca(),
        settle_ms: 500,
    });
    let mut installation = Installation {
        at,
        broker: Some(broker),
        bridge,
        prometheus,
        mail_server,
        wire,
        sites: Some(sites),
        windows: 1,
        moves: Moves::new(),
    };
    installation.bridge.run();
    installation
        .bridge
        .until_metric("releve_bridge_connected ", 1.0)
        .await;
    // What happened at a node before the bridge met it is told to nobody.
    installation.pass_window(true).await;
    for name in names {
        let series = format!("releve_bridge_readings_total{{node=\"{name}\"}} ");
        installation.bridge.until_metric(&series, 2.0).await;
    }
    installation
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_random_outages_each_reading_is_in_prometheus_once_and_each_alarm_was_told_once() {
    let seed = std::env::var("RELEVE_SEED").map_or_else(
        |_| rand::random(),
        |text| text.parse().expect("RELEVE_SEED is a number"),
    );
    println!("RELEVE_SEED={seed}");
    let mut random = Pcg32::seed_from_u64(seed);
    let names: Vec<String> = (1..=NODES).map(|number| format!("site-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let folder = TempDir::new().expect("a folder");
    let mut installation = begin(&names, &folder).await;
    for _ in 0..STEPS {
        installation.step(&mut random).await;
    }
    installation.all_back().await;
    let caught_up = installation.windows as f64;
    for name in &names {
        let series = format!("releve_bridge_readings_total{{node=\"{name}\"}} ");
        installation.bridge.until_metric(&series, caught_up).await;
    }
    let Installation {
        bridge,
        prometheus,
        mail_server,
        sites,
        moves,
        ..
    } = &installation;
    let (expected, sites) = (expected(moves), sites.as_ref().expect("the nodes"));
    until_told(&expected, sites, mail_server).await;
    bridge
        .until_metric("releve_bridge_mails_waiting ", 0.0)
        .await;
    let waiting = "releve_bridge_remote_write_pending_readings ";
    bridge.until_metric(waiting, 0.0).await;
    let mails = mail_server.mails();
    let told = self::told(&mails);
    let again = mails.len() - told.len();
    println!("{} mails, {again} of them again", mails.len());
    let lost: Vec<_> = (expected.keys())
        .filter(|mail| !told.contains_key(*mail))
        .collect();
    assert_eq!(lost, Vec::<&String>::new(), "lost");
    assert_eq!(told, expected);
    check(sites, prometheus).await;
}
