//! The command line.

mod broker_options;
mod control_options;

use clap::{Args, Parser, Subcommand, ValueEnum};
use core::time::Duration;
use std::path::PathBuf;

use releve_control::{RelayName, Wiring};
use releve_node::config::SiteName;
use releve_node::mqtt::access::options::HalfSaid;

use releve_node::simulated::{BatteryChoice, ChargerChoice, LoadChoice, SimulatedConfig, Story};
use releve_plant::{FaultRate, FaultScript, FaultSpan};
use releve_protocol::{Language, NodeId};

use broker_options::BrokerOptions;
use control_options::ControlOptions;

/// Watches and cares for a standby battery.
#[derive(Debug, Parser)]
#[command(name = "releve-node", version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the node of a site on its hardware.
    Run(Run),
    /// Shows what the inputs measure, every second, and switches nothing unless --toggle asks for it.
    Probe(Probe),
    /// Writes the configuration file of a new site, from questions and from what it finds on the I2C buses.
    Init(Init),
    /// Measures the offset or the gain of an input and writes it into the configuration file; switches nothing.
    Calibrate(Calibrate),
    /// Leaves the relays safe: mains closed, and the charger closed unless the battery was too hot when the
    /// node last ran. For the time after a crash; refused while a node holds the relays.
    RelaysSafe(Configured),
    /// Runs a node on a simulated installation.
    Simulate(Box<Simulate>),
}

/// A site by its configuration file.
#[derive(Debug, Args)]
pub struct Configured {
    /// The configuration file of the site.
    #[arg(
        long,
        env = "RELEVE_CONFIG",
        default_value = "/etc/releve/releve-node.toml"
    )]
    pub config: PathBuf,
}

#[derive(Debug, Args)]
pub struct Init {
    #[command(flatten)]
    pub site: Configured,
    /// Replaces a file that exists already, and keeps a copy of it.
    #[arg(long)]
    pub force: bool,
    /// Answers a question by its name, which stands behind each; can be repeated. What is not answered so is
    /// asked; each line of the standard input is an answer, and an empty one takes what is proposed.
    #[arg(long, value_name = "NAME=ANSWER")]
    pub answer: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Calibrate {
    #[command(flatten)]
    pub site: Configured,
    /// The input.
    #[arg(value_enum)]
    pub input: CalibratedInput,
    /// What of it.
    #[arg(value_enum)]
    pub quantity: CalibratedQuantity,
    /// What a reference meter shows in the same circuit, in volts or amperes: calibrates the gain. Without it
    /// the zero is calibrated, while no current flows.
    #[arg(long = "meter", value_name = "NUMBER", allow_negative_numbers = true)]
    pub reference: Option<f64>,
    /// The answer to all that is asked.
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CalibratedInput {
    Battery,
    Charger,
    Load,
}

impl CalibratedInput {
    /// Its name in `[meter]`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Battery => "battery",
            Self::Charger => "charger",
            Self::Load => "load",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CalibratedQuantity {
    Volts,
    Amperes,
}

impl CalibratedQuantity {
    /// Its name in the entries of an input.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Volts => "volts",
            Self::Amperes => "amperes",
        }
    }

    pub const fn unit(self) -> &'static str {
        match self {
            Self::Volts => "V",
            Self::Amperes => "A",
        }
    }
}

#[derive(Debug, Args)]
pub struct Probe {
    #[command(flatten)]
    pub site: Configured,
    /// Moves that relay for some seconds, measures before, meanwhile and afterwards, and puts it back: mains,
    /// charger, aux1 or aux2. It switches 230 V: it asks first.
    #[arg(long, value_name = "RELAY", value_parser = relay, conflicts_with = "boot_level")]
    pub toggle: Option<RelayName>,
    /// The answer to what --toggle asks.
    #[arg(long, requires = "toggle")]
    pub yes: bool,
    /// Reads what the relay lines are while no program holds them, as at boot, and says whether that is safe.
    #[arg(long)]
    pub boot_level: bool,
}

#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub site: Configured,
    /// Only checks the configuration file, with line and reason where it is wrong.
    #[arg(long)]
    pub check_config: bool,
}

/// The environment variables serve containers.
#[derive(Debug, Args)]
pub struct Simulate {
    #[command(flatten)]
    broker: BrokerOptions,
    /// The node's id in topics; no other node of the broker may have it, and where the broker has users it is the id
    /// of this node's user there.
    #[arg(long, env = "RELEVE_NODE")]
    node: NodeId,
    /// The site's name for people [default: the node's id].
    #[arg(long, env = "RELEVE_NAME")]
    name: Option<SiteName>,
    /// What the site is like.
    #[arg(long, env = "RELEVE_STORY", value_enum, default_value = "healthy")]
    story: Story,
    /// A new battery in the story's place, of the same capacity, on a two-stage charger [default: the
    /// story's].
    #[arg(long, env = "RELEVE_BATTERY", value_enum)]
    battery: Option<BatteryChoice>,
    /// A charger in the story's place, with the same current limit [default: the story's].
    #[arg(long, env = "RELEVE_CHARGER", value_enum)]
    charger: Option<ChargerChoice>,
    /// How the load draws its power [default: as in the story].
    #[arg(long, env = "RELEVE_LOAD", value_enum)]
    load: Option<LoadChoice>,
    /// A fault, from the start or in hours from it: charger_dead, charger_runs_away=15.4@2..5,
    /// mains_failure@3 and so on; can be repeated. A wrong name shows all of them.
    #[arg(long = "fault", value_name = "FAULT[@FROM[..UNTIL]]")]
    faults: Vec<FaultSpan>,
    /// Random faults by the seed: 1 = about thirty a year, 100 = eight a day [default: none].
    #[arg(long, env = "RELEVE_RANDOM_FAULTS", default_value_t = 0.0, value_parser = fault_factor)]
    random_faults: f64,
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
    ///
    /// # Errors
    /// Where it is not said in full how to get in at the broker.
    pub fn into_config(self) -> Result<SimulatedConfig, HalfSaid> {
        let broker = self.broker.into_access()?;
        let address = broker.address.clone();
        let mut plant = self.story.plant();
        plant.wiring = self.wiring.unwrap_or(plant.wiring);
        if let Some(battery) = self.battery {
            battery.put_into(&mut plant);
        }
        if let Some(charger) = self.charger {
            charger.put_into(&mut plant);
        }
        if let Some(load) = self.load {
            load.put_into(&mut plant);
        }
        let faults =
            FaultScript::new(self.faults).and(random_faults(self.random_faults, self.seed));
        let name = self.name.unwrap_or_else(|| SiteName::of(&self.node));
        Ok(self.control.put_into(SimulatedConfig {
            faults,
            seed: self.seed,
            speed: self.speed,
            language: self.language,
            broker,
            ..SimulatedConfig::new(self.node, name, address, plant)
        }))
    }
}

/// How long random faults go on, from the start.
const RANDOM_FAULTS_FOR: Duration = Duration::from_secs(10 * 8766 * 3600);
/// Largest factor on their rates: some eighty a day.
const MOST_FAULTS: f64 = 1000.0;

fn random_faults(factor: f64, seed: u64) -> FaultScript {
    let rates: Vec<_> = FaultRate::harsh_site()
        .into_iter()
        .map(|rate| rate.times(factor))
        .collect();
    FaultScript::random(&rates, RANDOM_FAULTS_FOR, seed)
}

fn fault_factor(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if (0.0..=MOST_FAULTS).contains(&factor) => Ok(factor),
        _ => Err(format!("write a number from 0 to {MOST_FAULTS}")),
    }
}

fn relay(text: &str) -> Result<RelayName, String> {
    RelayName::from_name(text).ok_or_else(|| {
        let names: Vec<_> = RelayName::ALL.iter().map(|relay| relay.name()).collect();
        format!("write {}", names.join(", "))
    })
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

#[cfg(test)]
mod tests {
    use releve_control::profile::Profile;

    use super::*;

    fn parsed(arguments: &[&str]) -> Result<SimulatedConfig, clap::Error> {
        let all = ["releve-node", "simulate", "--node=north"];
        let cli = Cli::try_parse_from(all.iter().chain(arguments))?;
        let Command::Simulate(simulate) = cli.command else {
            unreachable!("simulate was asked for")
        };
        Ok(simulate.into_config().expect("said in full"))
    }

    #[test]
    fn equipment_is_exchanged_in_the_story() {
        let config = parsed(&["--battery=lifepo4", "--load=constant"]).expect("valid");
        assert_eq!(config.plant.battery.profile, Profile::Lifepo4);
        let absorption = config.plant.charger.absorption.map(|stage| stage.volts);
        assert_eq!(absorption, Some(14.2), "the charger suits the battery");
        assert_eq!(config.plant.load.noise, 0.0);
        assert_eq!(config.plant.validate(), Ok(()));

        let plain = parsed(&["--battery=gel", "--charger=constant_voltage"]).expect("valid");
        assert_eq!(plain.plant.charger.absorption, None);
    }

    #[test]
    fn faults_come_from_the_list_and_at_random() {
        let listed = parsed(&["--fault=charger_dead", "--fault=mains_failure@3..4"]);
        assert_eq!(listed.expect("valid").faults.spans().len(), 2);
        let random = parsed(&["--random-faults=2"]).expect("valid");
        assert!(random.faults.spans().len() > 100);
        assert!(parsed(&[]).expect("valid").faults.spans().is_empty());
    }

    #[test]
    fn a_simulated_node_can_be_a_user_of_a_broker_with_tls() {
        let config = parsed(&[
            "--broker=broker.example:8883",
            "--broker-user=north",
            "--broker-password-file=north.password",
            "--broker-ca=ca.pem",
        ]);
        let broker = config.expect("valid").broker;
        assert_eq!(broker.address.port, 8883);
        let user = broker.user.expect("a user");
        let file = user.password_file.expect("a file");
        assert_eq!(
            (user.name.as_str(), file),
            ("north", "north.password".into())
        );
        assert_eq!(broker.tls.expect("encrypted").ca, Some("ca.pem".into()));
        assert!(parsed(&[]).expect("valid").broker.user.is_none());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for argument in [
            "--fault=charger_ded",
            "--random-faults=-1",
            "--battery=lead",
        ] {
            assert!(parsed(&[argument]).is_err(), "{argument}");
        }
    }
}
