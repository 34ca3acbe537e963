//! What a simulated year of one site costs: plant and controller, a sample every three seconds.
//!
//! It is timed once, as a whole: ten million steps need no statistics.
//!
//! `cargo xtask bench` runs it; by itself: `cargo bench -p releve-plant --bench simulated_year`

use std::time::Instant;

use anyhow::anyhow;
use releve_control::controller::Controller;
use releve_control::decision::{Config, Inputs, SAMPLES_PER_WINDOW, WINDOW};
use releve_control::profile::Profile;
use releve_control::{Command, Mode, Monotonic, UnixMillis};
use releve_plant::{Plant, PlantConfig};

const WINDOWS_PER_YEAR: u32 = 365 * 24 * 60 * 2;
const STEPS: u32 = WINDOWS_PER_YEAR * SAMPLES_PER_WINDOW;
/// 2026-01-01 00:00 UTC.
const NEW_YEAR_2026: UnixMillis = UnixMillis(1_767_225_600_000);

fn main() -> anyhow::Result<()> {
    let mut plant = Plant::new(PlantConfig::healthy_site(), 1)?;
    let config = Config {
        capacity_ampere_hours: Some(plant.config().battery.rated_ampere_hours),
        ..Config::new(plant.config().wiring, Profile::Agm)
    };
    let (mut now, mut wall) = (Monotonic::START, NEW_YEAR_2026);
    let mut controller =
        Controller::new(config, now).map_err(|rejection| anyhow!(rejection.reason))?;
    let protect = [Command::Mode(Mode::OverchargeProtection)];
    let inputs = Inputs {
        sample: None,
        commands: &protect,
        ..Inputs::default()
    };
    controller.step(inputs, now);

    let interval = WINDOW / SAMPLES_PER_WINDOW;
    let mut events = 0;
    let started = Instant::now();
    for _ in 0..STEPS {
        plant.advance(interval);
        let sample = plant.sample();
        now = now.after(interval);
        wall = wall.after(interval);
        let inputs = Inputs {
            sample: Some(&sample),
            commands: &[],
            wall: Some(wall),
        };
        let decision = controller.step(inputs, now);
        events += decision.events.len();
        plant.command(decision.relays);
    }
    let year = started.elapsed();
    println!(
        "a simulated year of one site ({STEPS} steps, {events} events): {:.1} s, {} ns a step; to stay under 10 s",
        year.as_secs_f64(),
        year.as_nanos() / u128::from(STEPS),
    );
    Ok(())
}
