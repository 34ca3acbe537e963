//! What goes into a step of the controller, and what comes out.

use core::time::Duration;

use crate::guards::Guards;
use crate::profile::Profile;
use crate::sample::Sample;
use crate::statistics::WindowStatistics;
use crate::vocabulary::{
    Cause, Command, Contact, Event, LimitName, RejectCode, Rejection, Relays, Wiring,
};
use crate::{Monotonic, UnixMillis};

/// What a site is, for the controller.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where input 2 of the meter sits.
    pub wiring: Wiring,
    /// The battery's chemistry: gives the limits their defaults.
    pub profile: Profile,
    /// Limits that the node's configuration sets, in their units.
    pub limits: Vec<(LimitName, f64)>,
    /// Length of a window.
    pub window: Duration,
    /// Samples in a window, spread evenly.
    pub samples_per_window: u32,
    /// Rated capacity of the battery, Ah; `None` where nobody knows it. Without it nothing is counted:
    /// no reserve, no depth, no consumption cycle.
    pub capacity_ampere_hours: Option<f64>,
    /// Whether the charge voltages follow the battery's temperature by the profile's law.
    pub temperature_compensation: bool,
    /// Times, counts and factors of the guards.
    pub guards: Guards,
}

impl Config {
    /// A site of that wiring and chemistry with the design's windows, the defaults of its profile, the
    /// careful guards, and a capacity that nobody knows.
    #[must_use]
    pub fn new(wiring: Wiring, profile: Profile) -> Self {
        Self {
            wiring,
            profile,
            limits: Vec::new(),
            window: WINDOW,
            samples_per_window: SAMPLES_PER_WINDOW,
            capacity_ampere_hours: None,
            temperature_compensation: false,
            guards: Guards::default(),
        }
    }

    /// The longest window that can be configured.
    pub const WINDOW_MAX: Duration = Duration::from_hours(1);
    /// The greatest number of samples in a window that can be configured.
    pub const SAMPLES_PER_WINDOW_MAX: u32 = 1000;

    /// Whether windows can be filled as configured.
    pub(crate) fn check(&self) -> Result<(), Rejection> {
        self.guards.check()?;
        let wrong = |reason: String| Err(Rejection::new(RejectCode::WrongValue, reason));
        if !(1..=Self::SAMPLES_PER_WINDOW_MAX).contains(&self.samples_per_window) {
            return wrong(format!(
                "samples_per_window must lie between 1 and {}; {} does not.",
                Self::SAMPLES_PER_WINDOW_MAX,
                self.samples_per_window
            ));
        }
        let least = Duration::from_millis(2) * self.samples_per_window;
        if self.window < least || self.window > Self::WINDOW_MAX {
            return wrong(format!(
                "The window must last between {} s (2 ms a sample) and {} s; {} s does not.",
                least.as_secs_f64(),
                Self::WINDOW_MAX.as_secs(),
                self.window.as_secs_f64()
            ));
        }
        match self.capacity_ampere_hours {
            // Written so that NaN is refused, too.
            Some(capacity) if !(0.5..=10_000.0).contains(&capacity) => wrong(format!(
                "The battery's capacity must lie between 0.5 Ah and 10000 Ah; {capacity} Ah does not."
            )),
            Some(_) | None => Ok(()),
        }
    }
}

/// Window length of the design.
pub const WINDOW: Duration = Duration::from_secs(30);
/// Samples a window of the design.
pub const SAMPLES_PER_WINDOW: u32 = 10;

/// What the shell hands to a step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inputs<'a> {
    /// The measurement that was just taken, if one was due.
    pub sample: Option<&'a Sample>,
    /// Commands since the last step, in the order of their arrival.
    pub commands: &'a [Command],
    /// What the wall clock shows; `None` while it is not known to be set.
    pub wall: Option<UnixMillis>,
    /// What the disk does not do, if anything: an alarm, and no reason to switch.
    pub storage_fault: Option<StorageFault>,
}

/// Why what must be kept is in memory alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFault {
    /// The disk has no room left.
    Full,
    /// It refuses, or is gone.
    Fails,
    /// It has not answered for some time.
    Stalls,
}

impl StorageFault {
    pub(crate) const fn cause(self) -> Cause {
        match self {
            Self::Full => Cause::DiskFull,
            Self::Fails => Cause::DiskFails,
            Self::Stalls => Cause::DiskStalls,
        }
    }
}

/// What the shell must carry out.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The position of each relay, from now on.
    pub relays: Relays<Contact>,
    /// The window that ended with this step, if one did. Boxed, for nine steps of ten carry none.
    pub reading: Option<Box<WindowStatistics>>,
    /// What happened in this step, in order.
    pub events: Vec<Event<Monotonic>>,
    /// The answer to each command of the inputs, in their order.
    pub answers: Vec<Result<(), Rejection>>,
}
