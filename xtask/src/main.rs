//! The developer's commands, run as `cargo xtask <command>`.

mod bench;
mod cargo;
mod ci;
mod demo;
mod deny;
mod deployment;
mod fuzz;
mod machine;
mod mutants;
mod package;
mod programs;
mod progress;
mod rust_target;
mod system_packages;
mod test;
mod ui_build;
mod wasm_target;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use ui_build::Variant;

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
    /// Build and start the demo: broker, simulated sites, bridge and web page in one process.
    Demo(demo::DemoArguments),
    /// Run every test; installs or names the programs that they need.
    Test {
        /// Run only tests whose names contain one of these.
        filters: Vec<String>,
    },
    /// Run the node's program on a stock kernel's I2C and GPIO drivers, in an emulated machine.
    Machine {
        /// Measure how long a trip takes until its relay is commanded, in place of the scenarios.
        #[arg(long)]
        bench: bool,
    },
    /// Build the node for a Raspberry Pi, a static program for aarch64, and its Debian package.
    Package {
        /// Build what is quicker to build, and see that it runs and can be installed: what `ci` does.
        #[arg(long)]
        check: bool,
    },
    /// Measure and print the figures that the documents state.
    Bench,
    /// Change the controller in one place at a time, and see whether a test fails.
    Mutants(mutants::MutantsArguments),
    /// Damage payloads in ever new ways, and see that they are refused or mean the same.
    Fuzz(fuzz::FuzzArguments),
    /// Run everything that must hold before a change is taken.
    Ci,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The causes in one sentence; never a stack, which tells a user nothing.
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Ui { dev: false } => ui_build::build(Variant::Release).map(drop),
        Task::Ui { dev: true } => ui_build::build(Variant::Development).map(drop),
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Test { filters } => test::run(&filters),
        Task::Machine { bench: false } => machine::run(),
        Task::Machine { bench: true } => machine::bench(),
        Task::Package { check: false } => package::build(),
        Task::Package { check: true } => package::check(),
        Task::Bench => bench::run(),
        Task::Mutants(arguments) => mutants::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Ci => ci::run(),
    }
}
