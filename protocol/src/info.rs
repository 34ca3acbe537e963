//! `releve/<node>/info`: what a site is. Retained.

use std::collections::BTreeMap;

use releve_control::profile::Profile;
use releve_control::{LimitName, LimitSource, Schedule, Unit, Wiring};
use serde::{Deserialize, Serialize};

use crate::node_id::NodeId;
use crate::timestamp::Timestamp;

/// What a site is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Info {
    /// [`crate::VERSION`].
    pub v: u32,
    /// The node's id, as in its topics.
    pub node: NodeId,
    /// The site's name for people.
    pub name: String,
    /// Version of the node's program.
    pub version: String,
    /// What measures and switches.
    pub hardware: Hardware,
    /// Where input 2 of the meter sits.
    pub wiring: Wiring,
    /// The battery.
    pub battery: Battery,
    /// Length of a window in seconds, in site time.
    pub window_s: f64,
    /// Bounds and default of each limit, and where its value comes from.
    pub limits: BTreeMap<LimitName, LimitInfo>,
    /// Where the schedule comes from. An older node does not say so.
    #[serde(default)]
    pub schedule: ScheduleInfo,
    /// How site time runs.
    pub clock: Clock,
    /// When the program started, in site time.
    pub started_at: Timestamp,
}

/// What measures and switches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hardware {
    /// What it is, for people.
    pub description: String,
    /// Whether it is a simulation: nothing real is switched.
    pub simulated: bool,
}

/// The battery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Battery {
    /// Its chemistry.
    pub profile: Profile,
    /// Rated capacity in ampere-hours; `null` where it is not configured.
    pub capacity_ah: Option<f64>,
    /// What it is, for people; for example its make and type.
    pub description: String,
}

/// Bounds and default of a limit, and where its value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LimitInfo {
    /// Symbol of the unit of all its numbers.
    pub unit: Unit,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// The value where nobody set one.
    pub default: f64,
    /// The value in the node's configuration file; `null` where it has none.
    #[serde(default)]
    pub configured: Option<f64>,
    /// Whose value holds, as in `state`; `null`: an older node, which does not say so.
    #[serde(default)]
    pub set_by: Option<LimitSource>,
}

/// Where the schedule that `state` shows comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleInfo {
    /// The schedule in the node's configuration file; `null` where it has none.
    pub configured: Option<Schedule>,
    /// Whose schedule holds; `null` where there never was one.
    pub set_by: Option<ScheduleSource>,
}

/// Whose schedule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleSource {
    /// The one in the node's configuration file.
    Configuration,
    /// Another one, or none, though the file has one.
    Operator,
}

/// How site time runs against real time: at real time `real` the site's clock showed `site`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// Seconds of site time in a second of real time: 1 but for accelerated simulations.
    pub speed: f64,
    /// A moment of site time …
    pub site: Timestamp,
    /// … and the real time at which the site's clock showed it.
    pub real: Timestamp,
}
