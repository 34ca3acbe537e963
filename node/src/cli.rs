//! The command line.

mod control_options;

use clap::{Args, Parser, Subcommand};
use releve_control::Wiring;
use releve_node::config::SiteName;
use releve_node::simulated::{SimulatedConfig, Story};
use releve_protocol::connection::BrokerAddress;
use releve_protocol::{Language, NodeId};

use control_options::ControlOptions;

/// Watches and cares for a standby battery. This version runs simulated sites only: it cannot
/// measure or switch real hardware yet.
#[derive(Debug, Parser)]
#[command(name = "releve-node", version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs a node on a simulated installation.
    Simulate(Simulate),
}

/// The environment variables serve containers.
#[derive(Debug, Args)]
pub struct Simulate {
    /// The MQTT broker, HOST:PORT.
    #[arg(long, env = "RELEVE_BROKER", default_value = "127.0.0.1:1883")]
    broker: BrokerAddress,
    /// The node's id in topics; no other node of the broker may have it.
    #[arg(long, env = "RELEVE_NODE")]
    node: NodeId,
    /// The site's name for people [default: the node's id].
    #[arg(long, env = "RELEVE_NAME")]
    name: Option<SiteName>,
    /// What the site is like.
    #[arg(long, env = "RELEVE_STORY", value_enum, default_value = "healthy")]
    story: Story,
    /// Where input 2 of the meter sits: battery_lead or common_bus [default: that of the story].
    #[arg(long, env = "RELEVE_WIRING", value_parser = wiring)]
    wiring: Option<Wiring>,
    /// Seconds of site time in a second of real time, 1 to 2000.
    #[arg(long, env = "RELEVE_SPEED", default_value_t = 1.0)]
    speed: f64,
    /// The same seed behaves the same.
    #[arg(long, env = "RELEVE_SEED", default_value_t = 1)]
    seed: u64,
    /// Language of the names in Home Assistant: en or fr.
    #[arg(long, env = "RELEVE_LANGUAGE", default_value = "en", value_parser = language)]
    language: Language,
    #[command(flatten)]
    control: ControlOptions,
}

impl Simulate {
    /// The configuration of the node.
    pub fn into_config(self) -> SimulatedConfig {
        let mut plant = self.story.plant();
        plant.wiring = self.wiring.unwrap_or(plant.wiring);
        let name = self.name.unwrap_or_else(|| SiteName::of(&self.node));
        self.control.put_into(SimulatedConfig {
            seed: self.seed,
            speed: self.speed,
            language: self.language,
            ..SimulatedConfig::new(self.node, name, self.broker, plant)
        })
    }
}

fn wiring(text: &str) -> Result<Wiring, String> {
    Wiring::from_name(text).ok_or_else(|| {
        let names: Vec<_> = Wiring::ALL.iter().map(|wiring| wiring.name()).collect();
        format!("write {}", names.join(" or "))
    })
}

fn language(text: &str) -> Result<Language, String> {
    match text {
        "en" => Ok(Language::English),
        "fr" => Ok(Language::French),
        _ => Err("write en or fr".to_owned()),
    }
}
