//! A cause that holds from one sample on, until three later samples refute it.

use crate::level::Level;

/// How many later samples it takes to refute a cause: one value out of line, such as the 85 °C that
/// some thermometers answer after a brown-out, then lifts nothing and costs seconds only.
pub const REFUTING_SAMPLES: u8 = 3;

/// A cause that one sample trips and several must refute.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Latch {
    pub(crate) held: Option<Held>,
}

/// What a latch remembers while it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Held {
    /// The value that tripped it.
    pub(crate) value: f64,
    /// Samples in a row that refute it; samples without a value count neither way.
    pub(crate) refuted_by: u8,
}

impl Latch {
    pub(crate) const fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// The value that tripped it, while it holds.
    pub(crate) fn value(&self) -> Option<f64> {
        self.held.map(|held| held.value)
    }

    /// Takes in a sample: whether it shows the cause, and whether it refutes it. One that does neither
    /// lies within the hysteresis.
    pub(crate) fn weigh(&mut self, level: Level, shows: bool, refutes: bool) {
        if shows {
            self.trip(level.figure());
        } else if refutes {
            self.refute();
        } else if let Some(held) = &mut self.held {
            held.refuted_by = 0;
        }
    }

    /// The cause holds.
    pub(crate) fn trip(&mut self, value: f64) {
        let value = self.held.map_or(value, |held| held.value);
        self.held = Some(Held {
            value,
            refuted_by: 0,
        });
    }

    fn refute(&mut self) {
        if let Some(held) = &mut self.held {
            held.refuted_by += 1;
            if held.refuted_by >= REFUTING_SAMPLES {
                self.held = None;
            }
        }
    }
}
