//! What the walk looks at, one concern at a time: a site, and everything that may happen to it.
//!
//! All timers of a controller at once make more states than anybody can count. So each walk lets some
//! of them run and holds the others still; any two that can meet run together in at least one walk.
//! Guards are shorter here than any that can be configured: a walk must see their ends.

pub(super) mod budget;
pub(super) mod charge;
pub(super) mod cycle;
pub(super) mod interlocks;
pub(super) mod trips;
pub(super) mod week;

use core::time::Duration;
use std::collections::HashSet;

use super::stimulus::Stimulus;
use crate::Monotonic;
use crate::controller::Controller;
use crate::decision::{Config, Inputs};
use crate::guards::Guards;
use crate::profile::Profile;
use crate::vocabulary::{AlarmName, Cause, Command, LimitName, Phase, Rule, Wiring};

/// The walk's sample interval and window: long, so that every timer of the controller is a small
/// number of steps (least open time 2, lost data 4).
pub(super) const INTERVAL: Duration = Duration::from_mins(20);

/// What one walk looks at.
pub(super) struct Concern {
    pub(super) config: Config,
    /// The guards that hold, whatever can be configured.
    pub(super) guards: Guards,
    /// Commands of the first step.
    pub(super) begins_with: Vec<Command>,
    pub(super) stimuli: Vec<Stimulus>,
    /// Openings of one relay that the walk can make in a day, at the most; with a smaller budget it
    /// can be spent.
    pub(super) most_openings_a_day: u32,
    /// What the walk must come by, or its stimuli have missed the point.
    pub(super) must_meet: Vec<Sight>,
}

/// Something that a walk has come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sight {
    /// A rule decided about relay 1.
    Mains(Rule),
    /// A rule decided about relay 2.
    Charger(Rule),
    /// A cycle stood there.
    Phase(Phase),
    /// An alarm waited for its acknowledgement.
    Latched(AlarmName),
    /// A cycle ended before its time for that cause.
    Aborted(Cause),
    /// A cycle completed.
    Completed,
}

/// What a walk has come by.
pub(super) type Sights = HashSet<Sight>;

impl Concern {
    /// A site where nothing is filtered, counted or forced, with no stimuli yet.
    pub(super) fn new(wiring: Wiring) -> Self {
        Self {
            config: Config {
                window: INTERVAL,
                samples_per_window: 1,
                limits: vec![(LimitName::LongestDischarge, 40.0)],
                ..Config::new(wiring, Profile::Agm)
            },
            guards: still(),
            begins_with: Vec::new(),
            stimuli: Vec::new(),
            most_openings_a_day: 200,
            must_meet: Vec::new(),
        }
    }

    pub(super) fn interval(&self) -> Duration {
        self.config.window
    }

    /// The controller that the walk begins with.
    pub(super) fn controller(&self) -> Controller {
        let mut controller =
            Controller::new(self.config.clone(), Monotonic::START).expect("a sound configuration");
        controller.guards = self.guards;
        controller.gauge.guards = self.guards;
        controller.interlocks.thermal_runaway.memory = self.guards.runaway_memory;
        let first = Inputs {
            commands: &self.begins_with,
            ..Inputs::default()
        };
        let begun = controller.step(first, Monotonic::START);
        assert!(
            begun.answers.iter().all(Result::is_ok),
            "{:?}",
            begun.answers
        );
        controller
    }
}

/// Guards under which nothing is counted together, filtered, remembered or forced.
pub(super) fn still() -> Guards {
    Guards {
        least_closed: Duration::ZERO,
        least_closed_by_hand: Duration::ZERO,
        openings_a_day: 1_000_000,
        trip_window: Duration::from_mins(1),
        runaway_memory: Duration::ZERO,
        full_charge_every: None,
        ..Guards::concept()
    }
}
