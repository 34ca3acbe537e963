//! The broker as a program of its own.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use releve_broker::{Config, start};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Serves MQTT 3.1.1 and 5 to programs and browsers on this machine.
///
/// There are no users: it listens on loopback addresses only.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Address for MQTT over TCP.
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "127.0.0.1:1883",
        env = "RELEVE_BROKER_MQTT"
    )]
    mqtt: SocketAddr,
    /// Address for MQTT over WebSocket; without it there is none.
    #[arg(long, value_name = "ADDR", env = "RELEVE_BROKER_WEBSOCKET")]
    websocket: Option<SocketAddr>,
    /// Origin of pages that may connect, such as https://site.example; may be repeated.
    #[arg(long = "allowed-origin", value_name = "ORIGIN")]
    allowed_origins: Vec<String>,
    /// Host name, besides loopback ones, under which browsers may connect; may be repeated.
    #[arg(long = "allowed-host", value_name = "NAME")]
    allowed_hosts: Vec<String>,
}

fn main() -> ExitCode {
    let default_filter = EnvFilter::new("info,rumqttd=warn");
    let filter = EnvFilter::try_from_default_env().unwrap_or(default_filter);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("the async runtime does not start")?;
    let outcome = runtime.block_on(serve(arguments));
    // Does not wait for tasks: with a dead router some may be blocked for ever.
    runtime.shutdown_background();
    outcome
}

/// Serves until SIGINT or SIGTERM. A dead router is an error: the supervisor starts anew.
async fn serve(arguments: Arguments) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be handled")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be handled")?;
    let config = Config {
        websocket: arguments.websocket,
        allowed_origins: arguments.allowed_origins,
        allowed_hosts: arguments.allowed_hosts,
        ..Config::new(arguments.mqtt)
    };
    let broker = start(config).await?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        why = broker.failed() => anyhow::bail!("{why}; ending so that a supervisor can start the broker anew"),
    }
    broker.stop().await;
    Ok(())
}
