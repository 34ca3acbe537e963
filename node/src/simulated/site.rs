//! One simulated installation behind both traits: what the relays do is what the sensors see.

use std::sync::{Arc, Mutex, PoisonError};

use releve_control::sample::Sample;
use releve_control::{Contact, Monotonic, Relays};
use releve_plant::{InvalidPlantConfig, Plant, PlantConfig};

use crate::relays::{BoardError, RelayBoard};
use crate::sensors::Sensors;

/// A simulated installation; copies share it.
#[derive(Debug, Clone)]
pub struct SimulatedSite {
    plant: Arc<Mutex<Plant>>,
}

impl SimulatedSite {
    /// A new installation. The same configuration and seed behave the same.
    ///
    /// # Errors
    /// If the configuration has a value that no installation has.
    pub fn new(config: PlantConfig, seed: u64) -> Result<Self, InvalidPlantConfig> {
        let plant = Plant::new(config, seed)?;
        Ok(Self {
            plant: Arc::new(Mutex::new(plant)),
        })
    }

    /// Looks at the installation, or does something to it (a fault), between two samples.
    pub fn with_plant<T>(&self, f: impl FnOnce(&mut Plant) -> T) -> T {
        // A panic elsewhere does not make the installation's numbers wrong.
        let mut plant = self.plant.lock().unwrap_or_else(PoisonError::into_inner);
        f(&mut plant)
    }

    /// Its sensors. They let its time pass, so there is one set of them for an installation.
    #[must_use]
    pub fn sensors(&self) -> SimulatedSensors {
        SimulatedSensors {
            site: self.clone(),
            last: Monotonic::START,
        }
    }

    /// Its relay board.
    #[must_use]
    pub fn board(&self) -> SimulatedBoard {
        SimulatedBoard { site: self.clone() }
    }
}

/// The sensors of a simulated installation.
#[derive(Debug)]
pub struct SimulatedSensors {
    site: SimulatedSite,
    last: Monotonic,
}

impl Sensors for SimulatedSensors {
    fn sample(&mut self, now: Monotonic) -> Sample {
        let passed = now.since(self.last);
        self.last = now;
        self.site.with_plant(|plant| {
            plant.advance(passed);
            plant.sample()
        })
    }
}

/// The relay board of a simulated installation. A command acts from the last sample on.
#[derive(Debug)]
pub struct SimulatedBoard {
    site: SimulatedSite,
}

impl RelayBoard for SimulatedBoard {
    fn set(&mut self, positions: Relays<Contact>) -> Result<(), BoardError> {
        self.site.with_plant(|plant| plant.command(positions));
        Ok(())
    }

    fn read(&mut self) -> Relays<Option<Contact>> {
        self.site
            .with_plant(|plant| plant.read_back().map(|_, contact| Some(contact)))
    }
}
