//! Puts broker, sites and bridge together, and takes them apart in order.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use releve_bridge::Bridge;
use releve_bridge::alerts::Pace;
use releve_bridge::mail::MailConfig;
use releve_broker::Broker;
use releve_protocol::NodeId;
use releve_protocol::connection::BrokerAddress;

use crate::site::{Site, site_configs};

/// What a demonstration is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the bridge serves the web app. Port 0 picks a free port.
    pub http: SocketAddr,
    /// The broker in the middle.
    pub broker: BrokerChoice,
    /// How many sites.
    pub sites: usize,
    /// Seconds of site time in a second of real time.
    pub speed: f64,
    /// The same seed behaves the same.
    pub seed: u64,
    /// How alert e-mails are sent; none are without it.
    pub mail: Option<MailConfig>,
    /// How long alerts wait before they are told.
    pub pace: Pace,
}

/// The broker in the middle.
#[derive(Debug, Clone, Copy)]
pub enum BrokerChoice {
    /// The embedded broker, started at that address with the rest.
    Embedded(SocketAddr),
    /// A broker that runs already.
    Running(SocketAddr),
}

/// Why a demonstration cannot start. Whatever had started is stopped.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The broker.
    #[error(transparent)]
    Broker(#[from] releve_broker::StartError),
    /// The bridge.
    #[error(transparent)]
    Bridge(#[from] releve_bridge::StartError),
    /// A site.
    #[error("{0:#}")]
    Site(anyhow::Error),
}

/// The whole chain, running.
pub struct Demo {
    /// The sites, by id.
    pub sites: BTreeMap<NodeId, Site>,
    broker: Option<Broker>,
    mqtt: SocketAddr,
    bridge: Bridge,
}

impl Demo {
    /// Starts broker, bridge and sites.
    ///
    /// # Errors
    /// Says what is wrong and what to do.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let (broker, mqtt) = match config.broker {
            BrokerChoice::Embedded(address) => {
                let broker = releve_broker::start(releve_broker::Config::new(address)).await?;
                let mqtt = broker.tcp_addr();
                (Some(broker), mqtt)
            }
            BrokerChoice::Running(address) => (None, address),
        };
        let id = "demo"
            .parse()
            .map_err(anyhow::Error::from)
            .map_err(StartError::Site)?;
        let mut bridge = releve_bridge::Config::new(id, mqtt, config.http);
        bridge.mail = config.mail;
        bridge.pace = config.pace;
        let bridge = releve_bridge::start(bridge).await?;
        let mut demo = Self {
            sites: BTreeMap::new(),
            broker,
            mqtt,
            bridge,
        };
        match demo.start_sites(config.sites, config.speed, config.seed) {
            Ok(()) => Ok(demo),
            Err(error) => {
                demo.stop().await;
                Err(StartError::Site(error))
            }
        }
    }

    fn start_sites(&mut self, count: usize, speed: f64, seed: u64) -> anyhow::Result<()> {
        for config in site_configs(count, &BrokerAddress::from(self.mqtt), speed, seed)? {
            self.sites.insert(config.node.clone(), Site::start(config)?);
        }
        Ok(())
    }

    /// Where the bridge serves the web app.
    #[must_use]
    pub const fn http_addr(&self) -> SocketAddr {
        self.bridge.http_addr()
    }

    /// Where the broker listens.
    #[must_use]
    pub const fn mqtt_addr(&self) -> SocketAddr {
        self.mqtt
    }

    /// Returns when the embedded broker has failed, with the reason; never otherwise.
    pub async fn failed(&self) -> String {
        match &self.broker {
            Some(broker) => broker.failed().await,
            None => std::future::pending().await,
        }
    }

    /// Stops sites, bridge and broker, in this order: each says goodbye to the next.
    pub async fn stop(self) {
        for (node, site) in self.sites {
            if let Err(error) = site.stop().await {
                tracing::warn!(%node, "the site had failed: {error:#}");
            }
        }
        self.bridge.stop().await;
        if let Some(broker) = self.broker {
            broker.stop().await;
        }
    }
}
