//! The emulated site: the board that the bridge is wired to, a broker, and the program under test.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};

use crate::board::Board;
use crate::device::Device;
use crate::kernel;
use crate::lines::Change;
use crate::mqtt::Mqtt;
use crate::patience::{PATIENCE, until};
use crate::program::Program;
use crate::report::{self, Failed};
use crate::site::{self, Place};
use crate::timeline::Timeline;

/// What lies at the inputs, in steps of the chips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inputs {
    /// The battery's voltage, 4 mV each.
    pub battery_volts: u16,
    /// The charger's voltage, 4 mV each.
    pub charger_volts: u16,
    /// The charger's shunt, 10 µV each.
    pub charger_shunt: i16,
    /// The load's voltage, 4 mV each.
    pub load_volts: u16,
    /// The load's shunt, 10 µV each.
    pub load_shunt: i16,
    /// The temperature, 0.125 °C each.
    pub celsius: i16,
}

/// A battery on float, at room temperature.
pub const ORDINARY: Inputs = Inputs {
    battery_volts: 3401,
    charger_volts: 3412,
    charger_shunt: 847,
    load_volts: 3400,
    load_shunt: 3121,
    celsius: 193,
};

/// All that the scenarios act on.
pub struct Rig {
    board: Arc<Mutex<Board>>,
    device: Option<Device>,
    /// Every change of a line's level.
    pub changes: Arc<Timeline<Change>>,
    /// Broker and client.
    pub mqtt: Mqtt,
    /// What the program wrote that was started last.
    log: Arc<Timeline<String>>,
}

impl Rig {
    /// A board that is not plugged in, and a broker.
    ///
    /// # Errors
    /// If the broker does not start.
    pub fn new() -> Result<Self> {
        let changes = Arc::default();
        Ok(Self {
            board: Arc::new(Mutex::new(Board::new(Arc::clone(&changes)))),
            device: None,
            changes,
            mqtt: Mqtt::start(site::NODE)?,
            log: Arc::default(),
        })
    }

    /// The board.
    pub fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts that at the inputs.
    pub fn apply(&self, inputs: Inputs) {
        let mut board = self.board();
        board.battery.bus_steps = inputs.battery_volts;
        board.charger.bus_steps = inputs.charger_volts;
        board.charger.shunt_steps = inputs.charger_shunt;
        board.load.bus_steps = inputs.load_volts;
        board.load.shunt_steps = inputs.load_shunt;
        board.thermometer.steps = inputs.celsius;
    }

    /// Plugs the bridge in, and says where the kernel has put it.
    ///
    /// # Errors
    /// If the driver does not take it.
    pub fn plug(&mut self) -> Result<Place> {
        self.device = Some(Device::plug(Arc::clone(&self.board))?);
        let bus = until(PATIENCE, kernel::find_bus).context("the driver has made no I2C bus")?;
        let gpio_label =
            until(PATIENCE, kernel::find_gpio_label).context("the driver has made no GPIO chip")?;
        Ok(Place { bus, gpio_label })
    }

    /// Pulls it out; the board has lost its supply then.
    ///
    /// # Errors
    /// If the kernel does not let go.
    pub fn unplug(&mut self) -> Result<()> {
        if let Some(device) = self.device.take() {
            device.unplug()?;
        }
        let gone = || kernel::find_bus().is_none().then_some(());
        until(PATIENCE, gone).context("the kernel kept the bus")?;
        self.board().lose_supply();
        Ok(())
    }

    /// Starts a command of the program under test.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn start(&mut self, command: &str, config: &Path) -> Result<Program> {
        let program = Program::start(command, config)?;
        self.log = Arc::clone(&program.lines);
        Ok(program)
    }

    /// Carries a scenario out and tells how it went.
    ///
    /// # Errors
    /// If it failed.
    pub fn scenario(
        &mut self,
        name: &str,
        scenario: impl FnOnce(&mut Self) -> Result<String>,
    ) -> Result<(), Failed> {
        self.beginning(name, |rig| Ok(((), scenario(rig)?)))
    }

    /// As [`Rig::scenario`], for one that others of its run build on, with what it leaves them.
    ///
    /// # Errors
    /// If it failed.
    pub fn beginning<T>(
        &mut self,
        name: &str,
        scenario: impl FnOnce(&mut Self) -> Result<(T, String)>,
    ) -> Result<T, Failed> {
        match scenario(self) {
            Ok((left, seen)) => {
                report::passed(name, &seen);
                Ok(left)
            }
            Err(error) => {
                report::failed(name, &error, &self.log);
                Err(Failed)
            }
        }
    }

    /// Waits until a line has that level.
    ///
    /// # Errors
    /// If it keeps the other.
    pub fn wait_level(&self, line: u8, high: bool) -> Result<()> {
        let has = |changes: &[Change]| (level(changes, line) == high).then_some(());
        self.changes
            .wait_whole(PATIENCE, has)
            .with_context(|| format!("line {line} did not go {}", level_name(high)))
    }

    /// Which lines went where since that mark.
    pub fn moves(&self, mark: usize) -> Vec<(u8, bool)> {
        let changes = self.changes.since(mark);
        changes
            .iter()
            .map(|change| (change.line, change.high))
            .collect()
    }

    /// Makes sure that these lines moved since that mark, in this order, and no other.
    ///
    /// # Errors
    /// If something else moved; says what.
    pub fn moved_only(&self, mark: usize, wanted: &[(u8, bool)]) -> Result<()> {
        let moved = self.moves(mark);
        ensure!(
            moved == wanted,
            "the lines moved like this: {}; wanted: {}",
            moves_text(&moved),
            moves_text(wanted)
        );
        Ok(())
    }
}

/// A line's level after those changes; before the first it is high.
fn level(changes: &[Change], line: u8) -> bool {
    let last = changes.iter().rfind(|change| change.line == line);
    last.is_none_or(|change| change.high)
}

fn moves_text(moves: &[(u8, bool)]) -> String {
    let moves: Vec<_> = moves
        .iter()
        .map(|(line, high)| format!("{line} {}", level_name(*high)))
        .collect();
    if moves.is_empty() {
        "none".to_owned()
    } else {
        moves.join(", ")
    }
}

const fn level_name(high: bool) -> &'static str {
    if high { "high" } else { "low" }
}
