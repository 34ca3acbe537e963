//! A day of the hot, ageing battery under the controller, and what a simulated hour of both costs.
//!
//! `cargo xtask bench` runs it; by itself: `cargo run --release -p releve-plant --example simulated_hour`

use core::time::Duration;
use std::time::Instant;

use anyhow::anyhow;
use releve_control::controller::Controller;
use releve_control::decision::{Config, Inputs};
use releve_control::profile::Profile;
use releve_control::{Command, Mode, Monotonic};
use releve_plant::{Plant, PlantConfig};

const SAMPLE: Duration = Duration::from_secs(3);
const SAMPLES_PER_HOUR: u32 = 1200;
const HOURS: u32 = 24;

fn main() -> anyhow::Result<()> {
    let mut plant = Plant::new(PlantConfig::hot_ageing_site(), 1)?;
    let config = Config::new(plant.config().wiring, Profile::Agm);
    let mut now = Monotonic::START;
    let mut controller =
        Controller::new(config, now).map_err(|rejection| anyhow!(rejection.reason))?;
    let protect = [Command::Mode(Mode::OverchargeProtection)];
    controller.step(
        Inputs {
            sample: None,
            commands: &protect,
            ..Inputs::default()
        },
        now,
    );

    println!("  h  battery °C  V        A bat    soc     charger  alarms");
    let mut costs = Vec::new();
    for hour in 0..HOURS {
        let started = Instant::now();
        for _ in 0..SAMPLES_PER_HOUR {
            plant.advance(SAMPLE);
            now = now.after(SAMPLE);
            let sample = plant.sample();
            let decision = controller.step(
                Inputs {
                    sample: Some(&sample),
                    commands: &[],
                    ..Inputs::default()
                },
                now,
            );
            plant.command(decision.relays);
        }
        costs.push(started.elapsed());
        let (truth, view) = (plant.truth(), controller.view());
        let alarms: Vec<_> = view.alarms.iter().map(|alarm| alarm.alarm.name()).collect();
        println!(
            "{:3}  {:10.1}  {:6.3}  {:7.4}  {:.4}  {:7}  {}",
            hour + 1,
            truth.battery_celsius,
            truth.flows.battery_volts,
            truth.flows.battery_amperes,
            truth.state_of_charge,
            view.relays.charger.wanted.name(),
            alarms.join(" ")
        );
    }
    costs.sort();
    let (median, slowest) = (costs[costs.len() / 2], costs[costs.len() - 1]);
    println!(
        "a simulated hour of control and plant ({SAMPLES_PER_HOUR} samples): median {median:.2?}, slowest {slowest:.2?}; to stay under 50 ms"
    );
    Ok(())
}
