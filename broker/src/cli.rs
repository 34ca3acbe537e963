//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser};

/// Serves MQTT 3.1.1 and 5 to programs and browsers.
///
/// There are no users: it listens on loopback addresses only.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    #[command(flatten)]
    pub serve: Serve,
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
