//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Serves MQTT 3.1.1 and 5 to programs and browsers.
///
/// Without users it listens on loopback addresses only.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub serve: Serve,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Passwd(Passwd),
    MosquittoFiles(MosquittoFiles),
}

#[derive(Debug, Args)]
pub struct Serve {
    /// The configuration file, releve-broker.toml. What stands on the command line holds in its place.
    #[arg(long, value_name = "FILE", env = "RELEVE_BROKER_CONFIG")]
    pub config: Option<PathBuf>,
    /// Only checks the configuration, with line and reason where it is wrong.
    #[arg(long)]
    pub check_config: bool,
    /// Address for MQTT over TCP [default: 127.0.0.1:1883].
    #[arg(long, value_name = "ADDR", env = "RELEVE_BROKER_MQTT")]
    pub mqtt: Option<SocketAddr>,
    /// Address for MQTT over WebSocket; without it there is none.
    #[arg(long, value_name = "ADDR", env = "RELEVE_BROKER_WEBSOCKET")]
    pub websocket: Option<SocketAddr>,
    /// Origin of pages that may connect, such as https://site.example; may be repeated.
    #[arg(long = "allowed-origin", value_name = "ORIGIN")]
    pub allowed_origins: Vec<String>,
    /// Host name, besides loopback ones, under which browsers may connect; may be repeated.
    #[arg(long = "allowed-host", value_name = "NAME")]
    pub allowed_hosts: Vec<String>,
}

/// Sets a user in the users file, or removes it.
///
/// Asks for the password, or takes the first line of its input where that is no terminal. A running broker takes the
/// change within seconds.
#[derive(Debug, Args)]
pub struct Passwd {
    /// The user's name.
    pub user: String,
    /// The users file. One that is not there is made.
    #[arg(long, value_name = "FILE", env = "RELEVE_BROKER_USERS")]
    pub users: PathBuf,
    /// What the user is: viewer, operator, node, bridge or home_assistant [default: what it was].
    #[arg(long)]
    pub role: Option<String>,
    /// Which node or bridge the user is [default: the one of its own name].
    #[arg(long)]
    pub id: Option<String>,
    /// Stores a hash for Mosquitto as well, and a new one with each new password from then on. It is easier to guess
    /// from, so do it only where Mosquitto runs. Whoever is removed and set again has none.
    #[arg(long)]
    pub mosquitto: bool,
    /// Removes the user.
    #[arg(long, conflicts_with_all = ["role", "id", "mosquitto"])]
    pub remove: bool,
}

/// Writes Mosquitto's password_file and acl_file from the users file.
///
/// Every user needs a hash for Mosquitto (releve-broker passwd --mosquitto). Mosquitto takes the files when it is sent
/// SIGHUP.
#[derive(Debug, Args)]
pub struct MosquittoFiles {
    /// The users file.
    #[arg(long, value_name = "FILE", env = "RELEVE_BROKER_USERS")]
    pub users: PathBuf,
    /// The folder to write them to.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}
