//! `releve-node`: the program on a site.

mod cli;
mod commands;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use cli::{Cli, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = start_logging() {
        eprintln!("releve-node: {error:#}");
        return ExitCode::FAILURE;
    }
    let done = match cli.command {
        Command::Run(arguments) => commands::run(arguments).await,
        Command::Probe(arguments) => commands::probe(&arguments).await,
        Command::Init(arguments) => commands::init(&arguments),
        Command::Calibrate(arguments) => commands::calibrate(&arguments).await,
        Command::RelaysSafe(arguments) => commands::relays_safe(&arguments),
        Command::Simulate(arguments) => commands::simulate(*arguments).await,
    };
    match done {
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
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    Ok(())
}
