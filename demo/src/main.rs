//! Shows the whole chain: broker, simulated sites, bridge and web app in one process.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use releve_demo::{BrokerChoice, Config, Demo, StartError};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Simulated battery sites, with broker, bridge and web app, in one process.
#[derive(Debug, Parser)]
#[command(name = "releve-demo", version)]
struct Arguments {
    /// Address of the web app; loopback only.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    http: SocketAddr,
    /// Address of the MQTT broker; loopback only.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:1883")]
    mqtt: SocketAddr,
    /// Simulated sites, 1 to 50; the second one has a story, the third works its battery.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=50))]
    nodes: u16,
    /// Seconds of site time in a second of real time, 1 to 2000.
    #[arg(long, value_name = "X", default_value_t = 20.0)]
    speed: f64,
    /// The same seed behaves the same.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("RELEVE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,rumqttd=error,rumqttd::router::routing=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match show(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("releve-demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn show(arguments: Arguments) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let config = Config {
        http: arguments.http,
        broker: BrokerChoice::Embedded(arguments.mqtt),
        sites: arguments.nodes.into(),
        speed: arguments.speed,
        seed: arguments.seed,
        mail: None,
        pace: releve_bridge::alerts::Pace::default(),
    };
    let demo =
        Demo::start(config).await.map_err(|error| match error {
            StartError::Broker(error) => anyhow::Error::new(error)
                .context("the broker does not start (its address is --mqtt)"),
            StartError::Bridge(error) => anyhow::Error::new(error)
                .context("the bridge does not start (its address is --http)"),
            site @ StartError::Site(_) => site.into(),
        })?;
    println!(
        "Releve: {} simulated sites, {} times real time. Nothing real is switched.",
        arguments.nodes, arguments.speed
    );
    println!("  web app   http://{}", demo.http_addr());
    println!("  MQTT      {}", demo.mqtt_addr());
    println!("  metrics   http://{}/metrics", demo.http_addr());
    println!("Ctrl-C ends it.");
    let failure = tokio::select! {
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
        why = demo.failed() => Some(why),
    };
    demo.stop().await;
    match failure {
        Some(why) => anyhow::bail!("the broker failed: {why}; start the demo again"),
        None => Ok(()),
    }
}
