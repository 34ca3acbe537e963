//! A simulated installation: battery, charger, load, ambient, wiring, meter and faults.
//!
//! It stands where the hardware stands: it obeys relays and answers with [`Sample`]s. It is seeded, pure
//! and has no clock: [`Plant::advance`] lets time pass.
//!
//! ```
//! use core::time::Duration;
//! use releve_control::{Contact, Relays};
//! use releve_plant::{Plant, PlantConfig};
//!
//! # fn main() -> Result<(), releve_plant::InvalidPlantConfig> {
//! let mut plant = Plant::new(PlantConfig::healthy_site(), 42)?;
//! plant.command(Relays { mains: Contact::Open, ..Relays::PLAIN });
//! plant.advance(Duration::from_secs(30));
//! let sample = plant.sample();
//! assert!(sample.battery_volts.value_or_bound().is_some_and(|volts| volts < 13.2));
//! # Ok(())
//! # }
//! ```
//!
//! [`Sample`]: releve_control::sample::Sample

pub mod battery;

mod ambient;
mod charger;
mod circuit;
mod config;
mod decay;
mod drift;
mod faults;
mod load;
mod plant;
mod presets;
mod sensors;
mod time;

pub use ambient::AmbientParameters;
pub use charger::{Absorption, ChargerKind, ChargerParameters};
pub use circuit::Flows;
pub use config::{InvalidPlantConfig, PlantConfig};
pub use faults::{
    Fault, FaultRate, FaultScript, FaultSpan, InputName, InvalidFault, LARGEST_EXCESS_VOLTS,
    LARGEST_EXTRA_HEAT_WATTS, LARGEST_OFFSET, RUNAWAY_VOLTS, SensorName,
};
pub use load::{LoadParameters, LoadPattern};
pub use plant::{Plant, Truth};
pub use sensors::MeterParameters;
pub use time::TimeOfDay;
