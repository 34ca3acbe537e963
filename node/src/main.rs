//! `releve-node`: the program on a site.

mod cli;

use std::process::ExitCode;

use clap::Parser;
use releve_node::simulated::start_simulated;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;
use tracing_subscriber::EnvFilter;

use cli::{Cli, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = start_logging() {
        eprintln!("releve-node: {error:#}");
        return ExitCode::FAILURE;
    }
    let Command::Simulate(arguments) = cli.command;
    match simulate(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("releve-node: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start_logging() -> anyhow::Result<()> {
    let filter = match std::env::var("RELEVE_LOG") {
        Ok(directives) => EnvFilter::try_new(&directives).map_err(|error| {
            anyhow::anyhow!("RELEVE_LOG={directives:?} is no log filter ({error}): write for example info or releve_node=debug")
        })?,
        // The client library reports what this program reports in its own words.
        Err(_) => EnvFilter::new("info,rumqttc=off"),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

async fn simulate(arguments: cli::Simulate) -> anyhow::Result<()> {
    let shutdown = CancellationToken::new();
    let node = start_simulated(&arguments.into_config(), shutdown.clone())?;
    let stopped = node.stopped();
    tokio::pin!(stopped);
    tokio::select! {
        result = &mut stopped => return result,
        signal = asked_to_stop() => info!("{} received, stopping", signal?),
    }
    shutdown.cancel();
    stopped.await
}

async fn asked_to_stop() -> std::io::Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => Ok("SIGTERM"),
        _ = interrupt.recv() => Ok("Ctrl-C"),
    }
}
