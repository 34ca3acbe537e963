//! The developer's commands, run as `cargo xtask <command>`.

mod cargo;
mod programs;
mod progress;
mod ui_build;
mod wasm_target;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The developer's commands of Releve.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the web UI into ui/dist, ready to be served.
    Ui {
        /// Build quickly, neither optimised nor compressed.
        #[arg(long)]
        dev: bool,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Task::Ui { dev } => {
            let variant = if dev {
                ui_build::Variant::Development
            } else {
                ui_build::Variant::Release
            };
            ui_build::build(variant).map(drop)
        }
    }
}
