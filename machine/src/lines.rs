//! The eight GPIO lines of the bridge, as a relay board sees them.

use std::sync::Arc;
use std::time::Instant;

use crate::timeline::Timeline;

/// How many there are.
pub const LINES: u8 = 8;

/// A line went to another level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The line.
    pub line: u8,
    /// Whether it is high now.
    pub high: bool,
    /// When it went there.
    pub at: Instant,
}

/// The lines: direction and output latch, and every change of a level since the supply came.
///
/// A line that is no output is high, for the inputs of a relay board pull it there, unless something pulls
/// it low.
#[derive(Debug)]
pub struct Lines {
    outputs: u8,
    push_pull: u8,
    latch: u8,
    pulled_low: u8,
    /// Every change of a level so far.
    pub changes: Arc<Timeline<Change>>,
}

impl Lines {
    /// The lines of a bridge that has just got its supply: inputs, with their latches high.
    pub fn new(changes: Arc<Timeline<Change>>) -> Self {
        Self {
            outputs: 0,
            push_pull: 0,
            latch: 0xFF,
            pulled_low: 0,
            changes,
        }
    }

    /// The bridge loses its supply.
    pub fn lose_supply(&mut self) {
        self.change(|lines| {
            lines.outputs = 0;
            lines.push_pull = 0;
            lines.latch = 0xFF;
        });
    }

    /// Which of them are outputs, a bit each.
    pub const fn outputs(&self) -> u8 {
        self.outputs
    }

    /// Which of them drive both levels, a bit each.
    pub const fn push_pull(&self) -> u8 {
        self.push_pull
    }

    /// The level of every line, a bit each.
    pub const fn levels(&self) -> u8 {
        self.latch & self.outputs | !self.pulled_low & !self.outputs
    }

    /// Has something from outside pull that line low, where it is no output, or let it go.
    pub fn pull_low(&mut self, line: u8, low: bool) {
        self.change(|lines| {
            if low {
                lines.pulled_low |= 1 << line;
            } else {
                lines.pulled_low &= !(1 << line);
            }
        });
    }

    /// Makes some of them outputs.
    pub fn configure(&mut self, outputs: u8, push_pull: u8) {
        self.change(|lines| {
            lines.outputs = outputs;
            lines.push_pull = push_pull;
        });
    }

    /// Sets the latches that `mask` names.
    pub fn set(&mut self, values: u8, mask: u8) {
        self.change(|lines| lines.latch = lines.latch & !mask | values & mask);
    }

    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        let before = self.levels();
        change(self);
        let (changed, at) = (before ^ self.levels(), Instant::now());
        for line in (0..LINES).filter(|line| changed & 1 << line != 0) {
            self.changes.push(Change {
                line,
                high: self.levels() & 1 << line != 0,
                at,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_changes_where_an_output_differs_from_what_pulls_it() {
        let changes = Arc::new(Timeline::default());
        let mut lines = Lines::new(Arc::clone(&changes));
        lines.configure(0b11, 0xFF);
        assert_eq!(changes.mark(), 0, "their latches are high");
        lines.set(0b00, 0b10);
        lines.set(0b00, 0b100);
        assert_eq!(lines.levels(), 0b1111_1101, "line 2 is no output");
        lines.pull_low(0, true);
        lines.pull_low(2, true);
        assert_eq!(lines.levels(), 0b1111_1001, "line 0 is an output");
        let seen: Vec<_> = changes.since(0).iter().map(|c| (c.line, c.high)).collect();
        assert_eq!(seen, [(1, false), (2, false)]);
    }
}
