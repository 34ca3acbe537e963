//! `releve-bridge`: the bridge as a program of its own.

mod arguments;
mod broker_options;
mod check_config;
mod config_file;
mod history_options;
mod remote_write_options;
mod server_options;
mod values;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use releve_bridge::mail::{self, MailConfig};
use tokio::runtime::Runtime;
use tracing::info;
use tracing_subscriber::EnvFilter;

use arguments::{Arguments, Task};

/// What is logged unless told otherwise; of each straight line of a picture its library warns that it has no area.
const LOGGED: &str = "info,tiny_skia=error";
/// The longest wait at the end for what a disk or a resolver still does: one that hangs must not keep the program, for
/// then nobody starts it anew.
const LEFTOVERS: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("releve-bridge: it cannot start its threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(program());
    runtime.shutdown_timeout(LEFTOVERS);
    code
}

async fn program() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stdout().is_terminal())
        .init();
    let outcome = match config_file::arguments() {
        Ok(arguments) => run(arguments).await,
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("releve-bridge: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let task = arguments.task;
    let config = arguments.options.into_config()?;
    if arguments.check_config {
        if let Some(file) = arguments.config.filter(|file| !file.as_os_str().is_empty()) {
            println!("file: {}", file.display());
        }
        for line in check_config::check(&config)? {
            println!("{line}");
        }
        println!("sound");
        return Ok(());
    }
    match task {
        Some(Task::TestMail) => test_mail(config.mail).await,
        None => {
            let bridge = releve_bridge::start(config).await?;
            let end = tokio::select! {
                signal = stop_signal() => signal,
                reason = bridge.failed() => Err(anyhow!(reason)),
            };
            if end.is_ok() {
                info!("the bridge stops, as it was asked to");
            }
            bridge.stop().await;
            end
        }
    }
}

async fn test_mail(config: Option<MailConfig>) -> Result<()> {
    let Some(config) = config else {
        bail!("no mail server is configured: give --smtp, --mail-from and --mail-to");
    };
    let mut failed = 0;
    for (recipient, outcome) in mail::send_test(&config).await? {
        match outcome {
            Ok(()) => println!("sent to {}", recipient.mailbox),
            Err(reason) => {
                failed += 1;
                eprintln!("not sent to {}: {reason}", recipient.mailbox);
            }
        }
    }
    if failed > 0 {
        bail!("{failed} of {} test mails were not sent", config.to.len());
    }
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_signal() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate =
        signal(SignalKind::terminate()).context("cannot listen for the signal to stop")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}
