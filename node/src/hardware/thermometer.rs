//! The thermometer at the battery: a chip on the bus, or a sensor that the kernel reads.

use std::fs;
use std::path::{Path, PathBuf};

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::I2c;
use releve_control::sample::Measurement;

use super::chip::lm75::Lm75;
use super::chip::sht::Sht;
use super::chip::{ChipFault, Level};

/// What measures the battery's temperature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thermometer {
    /// A chip of the LM75 family.
    Lm75(Lm75),
    /// An SHT3x or SHT4x.
    Sht(Sht),
    /// A sensor of the kernel's hwmon or IIO.
    Kernel(KernelSensor),
}

impl Thermometer {
    /// Asks it, °C.
    ///
    /// # Errors
    /// Why it gave nothing.
    pub fn measure(
        &mut self,
        bus: &mut impl I2c,
        delay: &mut impl DelayNs,
    ) -> Result<Measurement, ChipFault> {
        let level = match self {
            Self::Lm75(chip) => chip.measure(bus)?,
            Self::Sht(chip) => chip.measure(bus, delay)?,
            Self::Kernel(sensor) => sensor.measure()?,
        };
        Ok(match level {
            Level::Exactly(celsius) => Measurement::Value(celsius),
            Level::Beyond(celsius) => Measurement::OverRange(celsius),
        })
    }
}

/// A thermometer that the kernel reads: the numbers of its folders change from boot to boot, so it is
/// found by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelSensor {
    /// What its file `name` says, for example `tmp102` or `bme280`.
    name: String,
    classes: Vec<PathBuf>,
    /// Where it was found last.
    found: Option<PathBuf>,
}

/// The folders of the kernel in which a sensor can be.
const CLASSES: [&str; 2] = ["/sys/class/hwmon", "/sys/bus/iio/devices"];
/// The files in which it shows thousandths of a degree, of hwmon and of IIO.
const FILES: [&str; 2] = ["temp1_input", "in_temp_input"];

impl KernelSensor {
    /// The sensor of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::within(name, CLASSES.map(PathBuf::from).to_vec())
    }

    fn within(name: &str, classes: Vec<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            classes,
            found: None,
        }
    }

    fn measure(&mut self) -> Result<Level, ChipFault> {
        let file = (self.found.take())
            .or_else(|| self.find())
            .ok_or(ChipFault::NoAnswer)?;
        let text = fs::read_to_string(&file).map_err(|_| ChipFault::NoAnswer)?;
        let millis: f64 = text.trim().parse().map_err(|_| ChipFault::Nonsense)?;
        self.found = Some(file);
        Ok(Level::Exactly(millis / 1000.0))
    }

    fn find(&self) -> Option<PathBuf> {
        let folders = self
            .classes
            .iter()
            .filter_map(|class| fs::read_dir(class).ok());
        let mut folders = folders.flatten().flatten().map(|entry| entry.path());
        let folder = folders.find(|folder| self.is_in(folder))?;
        let mut files = FILES.iter().map(|file| folder.join(file));
        files.find(|file| file.exists())
    }

    fn is_in(&self, folder: &Path) -> bool {
        fs::read_to_string(folder.join("name")).is_ok_and(|name| name.trim() == self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sensor(directory: &Path) -> KernelSensor {
        KernelSensor::within("tmp102", vec![directory.join("nothing"), directory.into()])
    }

    fn folder(directory: &Path, number: u8, name: &str) -> PathBuf {
        let folder = directory.join(format!("hwmon{number}"));
        fs::create_dir(&folder).expect("created");
        fs::write(folder.join("name"), format!("{name}\n")).expect("written");
        folder
    }

    #[test]
    fn a_sensor_is_found_by_its_name_and_again_when_its_number_changes() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut sensor = sensor(directory.path());
        assert_eq!(sensor.measure(), Err(ChipFault::NoAnswer));
        folder(directory.path(), 0, "cpu_thermal");
        let first = folder(directory.path(), 1, "tmp102");
        fs::write(first.join("temp1_input"), "-2125\n").expect("written");
        assert_eq!(sensor.measure(), Ok(Level::Exactly(-2.125)));
        fs::write(first.join("temp1_input"), "warm").expect("written");
        assert_eq!(sensor.measure(), Err(ChipFault::Nonsense));

        fs::remove_dir_all(&first).expect("removed");
        assert_eq!(sensor.measure(), Err(ChipFault::NoAnswer));
        let second = folder(directory.path(), 2, "tmp102");
        fs::write(second.join("in_temp_input"), "21500\n").expect("written");
        assert_eq!(sensor.measure(), Ok(Level::Exactly(21.5)));
    }
}
