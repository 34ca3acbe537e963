//! The product as the demo composes it, on either broker, which a test may take away.

use std::net::SocketAddr;
use std::time::Instant;

use releve_demo::{BrokerChoice, Config, Demo, Site};
use releve_plant::{Fault, SensorName};
use releve_protocol::NodeId;
use serde_json::Value;

use super::mosquitto::Mosquitto;
use super::mqtt::Listener;
use super::process::free_address;
use super::until::until;

/// Which broker stands in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerKind {
    /// Releve's own.
    Embedded,
    /// Debian's Mosquitto.
    Mosquitto,
}

enum Broker {
    Embedded(releve_broker::Broker),
    Mosquitto(Mosquitto),
}

impl Broker {
    async fn start(kind: BrokerKind, address: SocketAddr) -> Self {
        match kind {
            BrokerKind::Mosquitto => Self::Mosquitto(Mosquitto::start(address).await),
            BrokerKind::Embedded => {
                // The port may be held for a moment by what just ended there.
                until("the embedded broker to start", async || {
                    let config = releve_broker::Config::new(address);
                    releve_broker::start(config).await.ok().map(Self::Embedded)
                })
                .await
            }
        }
    }

    async fn stop(self) {
        match self {
            Self::Embedded(broker) => broker.stop().await,
            Self::Mosquitto(mosquitto) => drop(mosquitto),
        }
    }
}

/// The healthy site of the demo.
pub const HEALTHY: &str = "brest-lighthouse";
/// The seed of every end-to-end test.
const SEED: u64 = 7;

/// A running chain.
pub struct Stack {
    /// The composition.
    pub demo: Demo,
    kind: BrokerKind,
    broker: Option<Broker>,
    speed: f64,
    started: Instant,
}

impl Stack {
    /// One healthy site at a hundred times real time: a reading every 0.3 s.
    pub async fn start(kind: BrokerKind) -> Self {
        Self::start_with(kind, |_| {}).await
    }

    /// The same, changed as the test needs.
    pub async fn start_with(kind: BrokerKind, change: impl FnOnce(&mut Config)) -> Self {
        releve_access::encrypt_with_ring();
        let mqtt = free_address();
        let broker = Broker::start(kind, mqtt).await;
        let mut config = Config {
            http: SocketAddr::from(([127, 0, 0, 1], 0)),
            broker: BrokerChoice::Running(mqtt),
            sites: 1,
            speed: 100.0,
            seed: SEED,
            mail: None,
            pace: releve_bridge::alerts::Pace::default(),
        };
        change(&mut config);
        let speed = config.speed;
        let demo = Demo::start(config).await.expect("the chain to start");
        Self {
            demo,
            kind,
            broker: Some(broker),
            speed,
            started: Instant::now(),
        }
    }

    /// Where the broker listens.
    pub fn mqtt(&self) -> SocketAddr {
        self.demo.mqtt_addr()
    }

    /// A listener to everything that Releve says.
    pub async fn listen(&self) -> Listener {
        let filters = ["releve/#", "releve-bridge/#", "homeassistant/#"];
        Listener::connect(self.mqtt(), "e2e-listener", &filters).await
    }

    /// Takes the broker away, with all it knew.
    pub async fn kill_broker(&mut self) {
        self.broker.take().expect("a broker").stop().await;
    }

    /// Brings a broker back at the same address, knowing nothing.
    pub async fn revive_broker(&mut self) {
        self.broker = Some(Broker::start(self.kind, self.mqtt()).await);
    }

    /// Windows of site time that have passed since the start.
    pub fn windows(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * self.speed / 30.0
    }

    fn site(&self, node: &str) -> &Site {
        let id: NodeId = node.parse().expect("an id");
        self.demo.sites.get(&id).expect("a running site")
    }

    /// The thermometer of a site stops to answer.
    pub fn lose_thermometer(&self, node: &str) {
        let lost = Fault::SensorLost(SensorName::Thermometer);
        self.site(node)
            .node
            .site
            .with_plant(|plant| plant.inject(lost));
    }

    /// It answers again.
    pub fn mend_thermometer(&self, node: &str) {
        let lost = Fault::SensorLost(SensorName::Thermometer);
        self.site(node)
            .node
            .site
            .with_plant(|plant| plant.clear(lost));
    }

    /// Stops a site in order, takes something in between, and starts it anew.
    pub async fn restart_site(&mut self, node: &str, between: impl AsyncFnOnce()) {
        let site = self.take_site(node);
        let config = site.stop().await.expect("a site that had not failed");
        between().await;
        let site = Site::start(config).expect("the site to start");
        self.demo.sites.insert(node.parse().expect("an id"), site);
    }

    /// Ends a site as a power cut does: it says nothing to anybody.
    pub fn crash_site(&mut self, node: &str) {
        self.take_site(node).node.crash();
    }

    fn take_site(&mut self, node: &str) -> Site {
        let id: NodeId = node.parse().expect("an id");
        self.demo.sites.remove(&id).expect("a running site")
    }

    /// A URL of the bridge.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.demo.http_addr())
    }

    /// The text at a path of the bridge.
    pub async fn get(&self, path: &str) -> String {
        let answer = reqwest::get(self.url(path)).await.expect("an answer");
        answer.text().await.expect("a text")
    }

    /// The value of a series of the bridge, by its full name with labels, if it is there.
    pub async fn metric(&self, series: &str) -> Option<f64> {
        self.get("/metrics")
            .await
            .lines()
            .find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
    }

    /// The HTTP status of the bridge's health, and what it says.
    pub async fn health(&self) -> (u16, Value) {
        let answer = reqwest::get(self.url("/healthz")).await.expect("an answer");
        let status = answer.status().as_u16();
        (status, answer.json().await.expect("JSON"))
    }
}
