//! `releve-node`: the program on a site.

mod cli;
mod commands;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt, registry};

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
    // By target and level alone: the filter that knows spans and patterns, too, takes a quarter of a megabyte.
    let filter: Targets = match std::env::var("RELEVE_LOG") {
        Ok(directives) => directives.parse().map_err(|error: ParseError| {
            anyhow::anyhow!("RELEVE_LOG={directives:?} is no log filter ({error}): write for example info or releve_node=debug")
        })?,
        // The client library reports what this program reports in its own words.
        Err(_) => Targets::new()
            .with_default(tracing::Level::INFO)
            .with_target("rumqttc", LevelFilter::OFF),
    };
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    registry().with(lines.with_filter(filter)).init();
    Ok(())
}
