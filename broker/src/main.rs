//! The broker as a program of its own.

mod cli;
mod commands;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use releve_broker::{Config, check, settings, start};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use cli::{Arguments, Command, Serve};

fn main() -> ExitCode {
    // The router logs an error for each packet that was on its way when a client left: nothing is wrong, and clients
    // that come and go under load would fill the disk, or stop the router where nobody reads the log.
    // The TLS library warns of each client that names the broker by an IP address.
    let default_filter =
        EnvFilter::new("info,rumqttd=warn,rumqttd::router::routing=off,rustls=error");
    let filter = EnvFilter::try_from_default_env().unwrap_or(default_filter);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let arguments = Arguments::parse();
    let outcome = match &arguments.command {
        None => run(&arguments.serve),
        Some(Command::Passwd(arguments)) => commands::passwd(arguments),
        Some(Command::MosquittoFiles(arguments)) => commands::mosquitto_files(arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("releve-broker: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Serve) -> anyhow::Result<()> {
    let config = config(arguments)?;
    if arguments.check_config {
        let checked = check(&config)?;
        for warning in &checked.warnings {
            eprintln!("warning: {warning}");
        }
        for line in &checked.found {
            println!("{line}");
        }
        println!("The configuration is sound.");
        return Ok(());
    }
    let runtime = tokio::runtime::Runtime::new().context("the async runtime does not start")?;
    let outcome = runtime.block_on(serve(config));
    // Does not wait for tasks: with a dead router some may be blocked for ever.
    runtime.shutdown_background();
    outcome
}

/// What the file says, and what the command line says instead.
fn config(arguments: &Serve) -> anyhow::Result<Config> {
    let mut config = match &arguments.config {
        Some(file) => settings::load(file)?,
        None => Config::default(),
    };
    if let Some(address) = arguments.mqtt {
        config.tcp = address;
    }
    if arguments.websocket.is_some() {
        config.websocket = arguments.websocket;
    }
    config
        .allowed_origins
        .extend(arguments.allowed_origins.iter().cloned());
    config
        .allowed_hosts
        .extend(arguments.allowed_hosts.iter().cloned());
    Ok(config)
}

/// Serves until SIGINT or SIGTERM. A dead router is an error: the supervisor starts anew.
async fn serve(config: Config) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be handled")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be handled")?;
    let broker = start(config).await?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        why = broker.failed() => anyhow::bail!("{why}; ending so that a supervisor can start the broker anew"),
    }
    broker.stop().await;
    Ok(())
}
