//! What a year of samples of one site costs, by battery model: one every three seconds, plant alone and
//! with the controller. On Linux it is time on the processor, so that other work does not count.
//!
//! It is timed once, as a whole: ten million steps need no statistics. A year with the controller is to
//! stay under 10 s.
//!
//! `cargo xtask bench` runs it; by itself: `cargo bench -p releve-plant --bench simulated_year`

use core::time::Duration;
use std::fs;
use std::time::Instant;

use anyhow::anyhow;
use releve_control::controller::Controller;
use releve_control::decision::{Config, Inputs};
use releve_control::{Command, Mode, Monotonic, Relays, UnixMillis};
use releve_plant::battery::BatteryParameters;
use releve_plant::{Plant, PlantConfig};

const SAMPLE: Duration = Duration::from_secs(3);
const SAMPLES: u32 = 365 * 24 * 1200;
const SEED: u64 = 1;
/// 2026-01-01 00:00 UTC.
const NEW_YEAR_2026: UnixMillis = UnixMillis(1_767_225_600_000);

fn main() -> anyhow::Result<()> {
    let year = PlantConfig::healthy_year_site();
    let copetti = PlantConfig {
        battery: BatteryParameters::copetti(year.battery.rated_ampere_hours),
        ..year
    };
    println!("{SAMPLES} samples each");
    for (name, config) in [
        ("healthy_year", year),
        ("healthy_year by Copetti", copetti),
        ("lifepo4", PlantConfig::lifepo4_site()),
        ("telecom", PlantConfig::telecom_site()),
        ("hot_ageing", PlantConfig::hot_ageing_site()),
    ] {
        report(name, "plant", alone(config)?);
        report(name, "plant and control", controlled(config)?);
    }
    Ok(())
}

fn report(name: &str, what: &str, (elapsed, plant): (Duration, Plant)) {
    let nanoseconds = elapsed.as_nanos() / u128::from(SAMPLES);
    let truth = plant.truth();
    println!(
        "{name}, {what}: {:.2} s, {nanoseconds} ns a sample; at the end {:.3} V, {:.1} °C, state of charge \
         {:.3}, state of health {:.4}",
        elapsed.as_secs_f64(),
        truth.flows.battery_volts,
        truth.battery_celsius,
        truth.state_of_charge,
        truth.state_of_health.capacity_factor(),
    );
}

/// Time on the processor where the system tells it, time on the clock elsewhere.
struct Stopwatch {
    clock: Instant,
    processor: Option<Duration>,
}

impl Stopwatch {
    fn start() -> Self {
        Self {
            clock: Instant::now(),
            processor: processor_time(),
        }
    }

    fn elapsed(&self) -> Duration {
        match (self.processor, processor_time()) {
            (Some(then), Some(now)) => now.saturating_sub(then),
            _ => self.clock.elapsed(),
        }
    }
}

fn processor_time() -> Option<Duration> {
    let statistics = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = statistics.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

fn alone(config: PlantConfig) -> anyhow::Result<(Duration, Plant)> {
    let mut plant = Plant::new(config, SEED)?;
    let started = Stopwatch::start();
    for _ in 0..SAMPLES {
        core::hint::black_box(plant.step(Relays::PLAIN, SAMPLE));
    }
    Ok((started.elapsed(), plant))
}

fn controlled(plant_config: PlantConfig) -> anyhow::Result<(Duration, Plant)> {
    let mut plant = Plant::new(plant_config, SEED)?;
    let config = Config {
        capacity_ampere_hours: Some(plant_config.battery.rated_ampere_hours),
        ..Config::new(plant_config.wiring, plant_config.battery.profile)
    };
    let (mut now, mut wall) = (Monotonic::START, NEW_YEAR_2026);
    let mut controller =
        Controller::new(config, now).map_err(|rejection| anyhow!(rejection.reason))?;
    let protect = [Command::Mode(Mode::OverchargeProtection)];
    let inputs = Inputs {
        sample: None,
        commands: &protect,
        wall: Some(wall),
        storage_fault: None,
    };
    let mut relays = controller.step(inputs, now).relays;
    let started = Stopwatch::start();
    for _ in 0..SAMPLES {
        let sample = plant.step(relays, SAMPLE);
        now = now.after(SAMPLE);
        wall = wall.after(SAMPLE);
        let inputs = Inputs {
            sample: Some(&sample),
            commands: &[],
            wall: Some(wall),
            storage_fault: None,
        };
        relays = controller.step(inputs, now).relays;
    }
    Ok((started.elapsed(), plant))
}
