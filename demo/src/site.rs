//! The simulated sites of the demonstration.

use releve_node::config::{Beginning, NameError, SiteName};
use releve_node::simulated::{SimulatedConfig, SimulatedNode, Story, start_simulated};
use releve_protocol::NodeId;
use releve_protocol::connection::BrokerAddress;
use releve_protocol::control::{LimitName, Mode, Period, Schedule, Weekday};
use releve_protocol::node_id::NodeIdError;
use tokio_util::sync::CancellationToken;

/// The sites that have a name and a story of their own; further ones are healthy and numbered.
const NAMED: [(&str, &str, Story); 3] = [
    ("brest-lighthouse", "Brest lighthouse", Story::Healthy),
    ("col-de-porte", "Col de Porte", Story::HotAgeing),
    ("lyon-relay", "Lyon, relay station", Story::Telecom),
];

/// How deep the cycles of the demonstration go, percent of the capacity.
const DEMO_DEPTH_PERCENT: f64 = 10.0;
/// How long they may last, minutes: short, so that one ends well before the next critical period.
const DEMO_LONGEST_MINUTES: f64 = 240.0;

/// A site cannot be named.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// Its id.
    #[error(transparent)]
    Id(#[from] NodeIdError),
    /// Its name.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// What the first `count` sites are started with. Each has a seed of its own drawn from `seed`.
///
/// # Errors
/// Never for the names above: the type tells that ids and names are checked.
pub fn site_configs(
    count: usize,
    broker: &BrokerAddress,
    speed: f64,
    seed: u64,
) -> Result<Vec<SimulatedConfig>, SiteError> {
    (0..count)
        .map(|index| {
            let (id, name, story) = NAMED.get(index).map_or_else(
                || {
                    let number = index + 1;
                    (
                        format!("site-{number}"),
                        format!("Site {number}"),
                        Story::Healthy,
                    )
                },
                |(id, name, story)| ((*id).to_owned(), (*name).to_owned(), *story),
            );
            let id: NodeId = id.parse()?;
            let name: SiteName = name.parse()?;
            let mut config = SimulatedConfig::new(id, name, broker.clone(), story.plant());
            if story == Story::Telecom {
                let_it_cycle(&mut config);
            }
            config.seed = seed.wrapping_add(index as u64);
            config.speed = speed;
            Ok(config)
        })
        .collect()
}

/// A site that works its battery every other day, the first time at once, so that a visitor sees a whole
/// cycle: a shallow one, by day, outside of the morning's critical period.
fn let_it_cycle(config: &mut SimulatedConfig) {
    let period = |from: &str, to: &str| Period {
        days: Weekday::ALL.to_vec(),
        from: from.to_owned(),
        to: to.to_owned(),
    };
    config.limits = vec![
        (LimitName::DischargeDepth, DEMO_DEPTH_PERCENT),
        (LimitName::LongestDischarge, DEMO_LONGEST_MINUTES),
    ];
    config.beginning = Beginning {
        mode: Mode::ConsumptionCycle,
        schedule: Some(Schedule {
            time_zone: "Europe/Paris".to_owned(),
            critical: vec![period("06:00", "08:00")],
            allowed: vec![period("08:30", "20:00")],
            cycle_every_days: 2,
        }),
    };
}

/// A running simulated site.
pub struct Site {
    /// What it was started with.
    pub config: SimulatedConfig,
    /// The node on its installation.
    pub node: SimulatedNode,
    shutdown: CancellationToken,
}

impl Site {
    /// Starts a site. It does not wait for its broker.
    ///
    /// # Errors
    /// If the configuration has a value that cannot be; says which.
    pub fn start(config: SimulatedConfig) -> anyhow::Result<Self> {
        let shutdown = CancellationToken::new();
        let node = start_simulated(&config, shutdown.clone())?;
        Ok(Self {
            config,
            node,
            shutdown,
        })
    }

    /// Stops it in order and gives back what it was started with.
    ///
    /// # Errors
    /// If it had failed before.
    pub async fn stop(self) -> anyhow::Result<SimulatedConfig> {
        self.shutdown.cancel();
        self.node.stopped().await?;
        Ok(self.config)
    }
}
