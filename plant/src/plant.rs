//! The installation as a whole: steps it through time, obeys the relays, answers the meter.

use core::time::Duration;

use rand::SeedableRng;
use rand_pcg::Pcg32;
use releve_control::sample::{MainsSense, Sample};
use releve_control::{Contact, Relays};

use crate::ambient::Ambient;
use crate::battery::{Battery, StateOfHealth, Terminals};
use crate::charger::{Charger, lost_watts};
use crate::circuit::{Circuit, Flows};
use crate::config::{InvalidPlantConfig, PlantConfig};
use crate::faults::{Fault, FaultScript, Faults, Playback};
use crate::load::Load;
use crate::sensors::{Meter, Present};
use crate::time::TimeOfDay;

/// Longest step that the model takes at once; longer ones are divided.
const LONGEST_STEP: Duration = Duration::from_secs(3);
/// Step over which a measurement looks ahead, s: an INA219 conversion of some milliseconds.
const MEASUREMENT_SECONDS: f64 = 0.01;
/// Keeps the noise of the sensors apart from the weather and the load.
const SENSOR_STREAM: u64 = 0x5e25_0125_eed5_eed5;

/// A simulated installation. The same configuration, seed and calls give the same values.
#[derive(Debug, Clone)]
pub struct Plant {
    config: PlantConfig,
    elapsed: Duration,
    battery: Battery,
    charger: Charger,
    load: Load,
    ambient: Ambient,
    charger_lost_watts: f64,
    commanded: Relays<Contact>,
    faults: Faults,
    script: Playback,
    meter: Meter,
    process_random: Pcg32,
    sensor_random: Pcg32,
}

/// What is really so, sensors aside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truth {
    /// Voltages and currents.
    pub flows: Flows,
    /// Charge over what the battery, at its age, can hold, 0..=1.
    pub state_of_charge: f64,
    /// Charge in the battery, Ah.
    pub charge_ampere_hours: f64,
    /// Current that goes into gassing, A.
    pub gassing_amperes: f64,
    /// The battery's age by now.
    pub state_of_health: StateOfHealth,
    /// The battery, °C.
    pub battery_celsius: f64,
    /// The air around it, °C.
    pub enclosure_celsius: f64,
    /// The contacts, stuck ones as they are.
    pub contacts: Relays<Contact>,
    /// Whether 230 V reach the installation: supply there and relay 1 closed.
    pub mains_present: bool,
}

impl Plant {
    /// An installation at rest, all relays closed.
    ///
    /// # Errors
    /// The configuration has a value outside the range that the model stands for.
    pub fn new(config: PlantConfig, seed: u64) -> Result<Self, InvalidPlantConfig> {
        config.validate()?;
        let mut sensor_random = Pcg32::seed_from_u64(seed ^ SENSOR_STREAM);
        Ok(Self {
            config,
            elapsed: Duration::ZERO,
            battery: Battery::rested(
                config.battery,
                config.initial_state_of_charge,
                config.initial_temperature_celsius,
            ),
            charger: Charger::new(config.charger),
            load: Load::new(config.load, config.start),
            ambient: Ambient::new(config.ambient, config.start),
            charger_lost_watts: 0.0,
            commanded: Relays::PLAIN,
            faults: Faults::default(),
            script: Playback::default(),
            meter: Meter::new(config.meter, &mut sensor_random),
            process_random: Pcg32::seed_from_u64(seed),
            sensor_random,
        })
    }

    /// What it was made of.
    #[must_use]
    pub fn config(&self) -> &PlantConfig {
        &self.config
    }

    /// Commands the relay board; stuck contacts do not follow.
    pub fn command(&mut self, relays: Relays<Contact>) {
        self.commanded = relays;
    }

    /// What the board's lines read back: the command, whatever the contacts do.
    #[must_use]
    pub fn read_back(&self) -> Relays<Contact> {
        self.commanded
    }

    /// Lets a fault happen; one of the same kind and place is replaced.
    pub fn inject(&mut self, fault: Fault) {
        self.faults.inject(fault);
        self.battery.short_cell(self.faults.cell_shorted());
    }

    /// Ends a fault; a value inside it does not matter. Nothing happens if it is not there.
    pub fn clear(&mut self, fault: Fault) {
        self.faults.clear(fault);
        self.battery.short_cell(self.faults.cell_shorted());
    }

    /// Lets faults come and go by a script, in place of an earlier one; its times count from the start
    /// of the simulation. What lies in the past happens at once.
    pub fn follow(&mut self, script: &FaultScript) {
        self.script = Playback::new(script);
        self.play_script();
    }

    /// Lets time pass with the relays as they stand. Any duration is stable.
    pub fn advance(&mut self, duration: Duration) {
        let mut remaining = duration;
        while !remaining.is_zero() {
            let until_change = self.script.next_after(self.elapsed).unwrap_or(LONGEST_STEP);
            let step = remaining.min(LONGEST_STEP).min(until_change);
            self.pass(step);
            remaining -= step;
            self.play_script();
        }
    }

    /// A turn of a closed loop: commands the relays, lets time pass and measures.
    pub fn step(&mut self, relays: Relays<Contact>, duration: Duration) -> Sample {
        self.command(relays);
        self.advance(duration);
        self.sample()
    }

    /// One raw measurement of all inputs, now.
    pub fn sample(&mut self) -> Sample {
        let present = Present {
            flows: self.flows_now(),
            battery_celsius: self.battery.temperature_celsius(),
            mains_sense: self.mains_sense(),
            read_back: self.commanded,
        };
        self.meter
            .read(&present, &self.faults, &mut self.sensor_random)
    }

    /// The true state, now.
    #[must_use]
    pub fn truth(&self) -> Truth {
        Truth {
            flows: self.flows_now(),
            state_of_charge: self.battery.state_of_charge(),
            charge_ampere_hours: self.battery.charge_ampere_hours(),
            gassing_amperes: self.battery.gassing_amperes(),
            state_of_health: self.battery.state_of_health(),
            battery_celsius: self.battery.temperature_celsius(),
            enclosure_celsius: self.enclosure_celsius(),
            contacts: self.faults.contacts(self.commanded),
            mains_present: self.mains_present(),
        }
    }

    /// The site's local solar time.
    #[must_use]
    pub fn now(&self) -> TimeOfDay {
        self.config.start.after(self.elapsed)
    }

    fn play_script(&mut self) {
        while let Some(change) = self.script.due(self.elapsed) {
            if change.begins {
                self.inject(change.fault);
            } else {
                self.clear(change.fault);
            }
        }
    }

    fn pass(&mut self, step: Duration) {
        let seconds = step.as_secs_f64();
        let circuit = self.circuit(seconds);
        let flows = circuit.solve();
        self.battery.apply(
            Terminals {
                volts: flows.battery_volts,
                amperes: flows.battery_amperes,
                gassing_amperes: flows.gassing_amperes,
            },
            seconds,
            self.enclosure_celsius(),
            self.faults.extra_heat_watts(),
        );
        self.charger
            .advance(circuit.offer, flows.charger_amperes, seconds);
        self.charger_lost_watts = lost_watts(flows.charger_volts * flows.charger_amperes);
        self.elapsed = self.elapsed.saturating_add(step);
        let now = self.now();
        self.load
            .advance(flows.load_running, now, seconds, &mut self.process_random);
        self.ambient.advance(now, seconds, &mut self.process_random);
    }

    fn flows_now(&self) -> Flows {
        self.circuit(MEASUREMENT_SECONDS).solve()
    }

    fn circuit(&self, seconds: f64) -> Circuit {
        let mains_present = self.mains_present();
        Circuit {
            wiring: self.config.wiring,
            mains_present,
            charger_contact: self.faults.contacts(self.commanded).charger,
            charger_fuse_whole: !self.faults.charger_fuse_blown(),
            offer: self.charger.offer(
                mains_present,
                self.battery.temperature_celsius(),
                self.faults.charger(),
            ),
            demand: self.load.demand(),
            response: self.battery.response(seconds),
        }
    }

    fn mains_present(&self) -> bool {
        let contact = self.faults.contacts(self.commanded).mains;
        !self.faults.mains_failed() && contact == Contact::Closed
    }

    fn mains_sense(&self) -> MainsSense {
        match (self.config.mains_sense_fitted, self.faults.mains_failed()) {
            (false, _) => MainsSense::NotFitted,
            (true, false) => MainsSense::Present,
            (true, true) => MainsSense::Lost,
        }
    }

    fn enclosure_celsius(&self) -> f64 {
        self.ambient.enclosure_celsius(self.charger_lost_watts)
    }
}
