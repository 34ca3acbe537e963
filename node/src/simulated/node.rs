//! A whole node on a simulated installation.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use releve_control::LimitName;
use releve_control::decision;
use releve_control::guards::Guards;
use releve_control::profile::Profile;
use releve_plant::{FaultScript, PlantConfig};
use releve_protocol::connection::BrokerAddress;
use releve_protocol::{Language, NodeId, info};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::site::SimulatedSite;
use crate::clock::SiteClock;
use crate::config::{Beginning, JOURNAL_BYTES, NodeConfig, SiteName};
use crate::journal::Capacity;
use crate::mqtt::access::Access;
use crate::run::{RunError, run};
use crate::supervisor::Supervisor;

/// What a simulated node is started with.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedConfig {
    /// Its id in topics.
    pub node: NodeId,
    /// The site's name for people.
    pub name: SiteName,
    /// The broker, and how to get in.
    pub broker: Access,
    /// The installation, its wiring included.
    pub plant: PlantConfig,
    /// What goes wrong, and when.
    pub faults: FaultScript,
    /// The same seed behaves the same.
    pub seed: u64,
    /// Seconds of site time in a second of real time: 1 to [`crate::clock::SPEED_MAX`].
    pub speed: f64,
    /// The battery's rated capacity as the controller is told it, Ah; `None`: nobody knows it.
    pub capacity_ampere_hours: Option<f64>,
    /// Whether the charge voltages follow the battery's temperature.
    pub temperature_compensation: bool,
    /// Times, counts and factors of the guards.
    pub guards: Guards,
    /// What a site that remembers nothing begins with.
    pub beginning: Beginning,
    /// Where it keeps what it remembers across a restart; `None`: nowhere.
    pub state_directory: Option<PathBuf>,
    /// Limits that differ from those of the battery's profile, in their units.
    pub limits: Vec<(LimitName, f64)>,
    /// How many records the journal keeps.
    pub journal: Capacity,
    /// The language of the names in Home Assistant.
    pub language: Language,
}

impl SimulatedConfig {
    /// A simulated node in real time that knows its battery's capacity, with its profile's limits, the
    /// careful guards and a week's journal, and that remembers nothing.
    #[must_use]
    pub fn new(node: NodeId, name: SiteName, broker: BrokerAddress, plant: PlantConfig) -> Self {
        Self {
            node,
            name,
            broker: broker.into(),
            capacity_ampere_hours: Some(plant.battery.rated_ampere_hours),
            temperature_compensation: false,
            guards: Guards::default(),
            beginning: Beginning::default(),
            state_directory: None,
            plant,
            faults: FaultScript::default(),
            seed: 1,
            speed: 1.0,
            limits: Vec::new(),
            journal: Capacity::days(7),
            language: Language::English,
        }
    }

    fn node_config(&self) -> NodeConfig {
        let profile = self.plant.battery.profile;
        NodeConfig {
            node: self.node.clone(),
            name: self.name.clone(),
            broker: self.broker.clone(),
            control: decision::Config {
                limits: self.limits.clone(),
                capacity_ampere_hours: self.capacity_ampere_hours,
                temperature_compensation: self.temperature_compensation,
                guards: self.guards,
                ..decision::Config::new(self.plant.wiring, profile)
            },
            battery: info::Battery {
                profile,
                capacity_ah: self.capacity_ampere_hours,
                description: format!(
                    "{} 12 V {} Ah",
                    label(profile),
                    self.plant.battery.rated_ampere_hours
                ),
            },
            hardware: info::Hardware {
                description: "simulated installation".to_owned(),
                simulated: true,
            },
            journal: self.journal,
            journal_bytes: JOURNAL_BYTES,
            // Whoever simulates in real time has a clock that is right.
            clock_patience: Duration::ZERO,
            beginning: self.beginning.clone(),
            state_directory: self.state_directory.clone(),
            language: self.language,
        }
    }
}

/// What stands on such a battery.
fn label(profile: Profile) -> &'static str {
    match profile {
        Profile::Agm => "AGM",
        Profile::Gel => "Gel",
        Profile::Flooded => "Flooded",
        Profile::Lifepo4 => "LiFePO4",
    }
}

/// A running simulated node. Dropping it lets it run on; its shutdown token stops it.
#[derive(Debug)]
pub struct SimulatedNode {
    /// The installation, to look at and to do things to.
    pub site: SimulatedSite,
    task: JoinHandle<Result<(), RunError>>,
}

impl SimulatedNode {
    /// Waits until the node has stopped.
    ///
    /// # Errors
    /// If it could not start, or panicked.
    pub async fn stopped(self) -> anyhow::Result<()> {
        let Self { site: _, task } = self;
        task.await.context("the node failed")??;
        Ok(())
    }

    /// Ends the node at once, as a crash does: it says nothing to the broker.
    pub fn crash(&self) {
        self.task.abort();
    }
}

/// Starts a simulated node, which runs until `shutdown`.
///
/// # Errors
/// If the installation or the speed has a value that cannot be; says which.
pub fn start_simulated(
    config: &SimulatedConfig,
    shutdown: CancellationToken,
) -> anyhow::Result<SimulatedNode> {
    let site = SimulatedSite::new(config.plant, config.seed)?;
    site.with_plant(|plant| plant.follow(&config.faults));
    let clock = SiteClock::accelerated(config.speed, config.plant.start.hour())?;
    let task = tokio::spawn(run(
        config.node_config(),
        site.sensors(),
        site.board(),
        clock,
        Supervisor::Nobody,
        shutdown,
    ));
    Ok(SimulatedNode { site, task })
}
