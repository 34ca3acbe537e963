//! Broker, bridge and Prometheus are killed and come back at random while twenty nodes publish.

use std::net::SocketAddr;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg32;
use releve_broker::Broker;
use tempfile::TempDir;

use crate::harness::{start_broker, until};
use crate::nothing_lost::check;
use crate::program::Program;
use crate::prometheus::Prometheus;
use crate::sites::Sites;

const NODES: usize = 20;
/// What happens, one after the other.
const STEPS: u32 = 60;

/// Everything that can be away.
struct Installation {
    at: SocketAddr,
    broker: Option<Broker>,
    bridge: Program,
    prometheus: Prometheus,
    sites: Option<Sites>,
    windows: u64,
}

impl Installation {
    /// One step of the story, by chance.
    async fn step(&mut self, random: &mut Pcg32) {
        match random.random_range(0..10) {
            0 if self.bridge.is_running() => self.bridge.kill(),
            0 => self.bridge.run(),
            1 if self.prometheus.is_running() => self.prometheus.kill(),
            1 => self.prometheus.run().await,
            2 => match self.broker.take() {
                Some(broker) => broker.stop().await,
                None => self.broker_is_back().await,
            },
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
        }
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
        if !self.bridge.is_running() {
            self.bridge.run();
        }
        self.bridge
            .until_metric("releve_bridge_connected ", 1.0)
            .await;
        self.pass_window(true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_random_outages_prometheus_holds_each_reading_of_twenty_nodes_once() {
    let seed = std::env::var("RELEVE_SEED").map_or_else(
        |_| rand::random(),
        |text| text.parse().expect("RELEVE_SEED is a number"),
    );
    println!("RELEVE_SEED={seed}");
    let mut random = Pcg32::seed_from_u64(seed);
    let names: Vec<String> = (1..=NODES).map(|number| format!("site-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();

    let folder = TempDir::new().expect("a folder");
    let broker = start_broker().await;
    let at = broker.tcp_addr();
    let prometheus = Prometheus::start().await;
    let sites = Sites::with_a_past(&broker, &names, 1).await;
    let bridge = Program::new(at, folder.path(), &prometheus.write_url());
    let mut installation = Installation {
        at,
        broker: Some(broker),
        bridge,
        prometheus,
        sites: Some(sites),
        windows: 1,
    };
    installation.bridge.run();
    for _ in 0..STEPS {
        installation.step(&mut random).await;
    }
    installation.all_back().await;

    let Installation {
        bridge,
        prometheus,
        sites,
        windows,
        ..
    } = &installation;
    for name in names {
        let series = format!("releve_bridge_readings_total{{node=\"{name}\"}} ");
        bridge.until_metric(&series, *windows as f64).await;
    }
    let waiting = "releve_bridge_remote_write_pending_readings ";
    bridge.until_metric(waiting, 0.0).await;
    check(sites.as_ref().expect("the nodes"), prometheus).await;
}
