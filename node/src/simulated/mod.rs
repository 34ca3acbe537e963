//! A simulated installation in the place of the hardware, and a whole node on it.

mod equipment;
mod node;
mod site;
mod story;

pub use equipment::{BatteryChoice, ChargerChoice, LoadChoice};
pub use node::{SimulatedConfig, SimulatedNode, start_simulated};
pub use site::{SimulatedBoard, SimulatedSensors, SimulatedSite};
pub use story::Story;
