//! Prints what a simulated hour costs, and the day of the hot, ageing battery.
//!
//! `cargo run -p releve-plant --example simulated_hour`

use core::time::Duration;
use std::time::Instant;

use releve_plant::{InvalidPlantConfig, Plant, PlantConfig};

const SAMPLES_PER_HOUR: u32 = 1200;

fn main() -> Result<(), InvalidPlantConfig> {
    let mut plant = Plant::new(PlantConfig::hot_ageing_site(), 1)?;
    println!("  h  enclosure  battery °C  V        A bat     soc");
    let started = Instant::now();
    let hours = 24;
    for hour in 0..hours {
        let truth = plant.truth();
        println!(
            "{hour:3}  {:8.1}  {:10.1}  {:6.3}  {:8.4}  {:.4}",
            truth.enclosure_celsius,
            truth.battery_celsius,
            truth.flows.battery_volts,
            truth.flows.battery_amperes,
            truth.state_of_charge
        );
        for _ in 0..SAMPLES_PER_HOUR {
            plant.advance(Duration::from_secs(3));
            plant.sample();
        }
    }
    let cost = started.elapsed() / hours;
    println!("a simulated hour of {SAMPLES_PER_HOUR} samples takes {cost:?}");
    Ok(())
}
