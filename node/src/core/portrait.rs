//! What a node shows of itself: `info`, `state` and each reading, from what it is and knows.

use std::collections::BTreeMap;

use releve_control::decision::Decision;
use releve_control::limits::bounds;
use releve_control::profile::Profile;
use releve_control::statistics::WindowStatistics;
use releve_control::view::View;
use releve_control::{Contact, LimitName, Monotonic, RelayState, Relays};
use releve_protocol::info::LimitInfo;
use releve_protocol::{Epoch, Info, Reading, State, Timestamp, VERSION};

use super::inputs::InputFaults;
use crate::clock::Now;
use crate::config::NodeConfig;
use crate::journal::Journal;

/// What the site is.
pub fn info(config: &NodeConfig, speed: f64, started_at: Timestamp, now: Now) -> Info {
    Info {
        v: VERSION,
        node: config.node.clone(),
        name: config.name.as_str().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        hardware: config.hardware.clone(),
        wiring: config.control.wiring,
        battery: config.battery.clone(),
        window_s: config.control.window.as_secs_f64(),
        limits: limits_of(config.control.profile),
        clock: now.clock_info(speed),
        started_at,
    }
}

fn limits_of(profile: Profile) -> BTreeMap<LimitName, LimitInfo> {
    let info = |limit: LimitName| {
        let bounds = bounds(profile, limit);
        LimitInfo {
            unit: limit.unit(),
            min: bounds.min,
            max: bounds.max,
            default: profile.default_limit(limit),
        }
    };
    let names = LimitName::ALL.iter().copied();
    names.map(|limit| (limit, info(limit))).collect()
}

/// How the site stands. `positions` is what the relay board reads back now: the controller knows
/// only what it was when the last sample was taken, before it switched.
pub fn state(
    view: &View<Monotonic>,
    positions: Relays<Option<Contact>>,
    inputs: InputFaults,
    journal: &Journal,
    now: Now,
) -> State {
    let stamp = |moment| now.stamp(moment);
    let alarms = view.alarms.iter().cloned();
    let limits = view.limits.iter().copied();
    State {
        v: VERSION,
        at: now.site,
        authority: view.authority,
        lease_end: view.lease_end.map(stamp),
        mode: view.mode,
        phase: view.phase,
        mains: view.mains,
        inputs,
        relays: view.relays.clone().map(|name, relay| RelayState {
            actual: positions[name],
            ..relay.map_time(stamp)
        }),
        alarms: alarms.map(|alarm| alarm.map_time(stamp)).collect(),
        limits: limits
            .map(|(name, setting)| (name, setting.map_time(stamp)))
            .collect(),
        schedule: view.schedule.clone(),
        cycle: view.cycle.clone().map_time(stamp),
        charge: view.charge.map_time(stamp),
        last_reading: journal.last_reading().cloned(),
        journal: journal.standing(),
    }
}

/// A view without what moves with every sample: it is published with each reading, and alone it is
/// no reason to publish the state.
pub fn without_counters(view: &View<Monotonic>) -> View<Monotonic> {
    let mut view = view.clone();
    view.cycle.discharged_ah = None;
    if let Some(cost) = &mut view.cycle.cost {
        cost.reserve_s = None;
    }
    view.charge.missing_ah = None;
    view.charge.state_of_charge = None;
    view.charge.runtime_s = None;
    view
}

/// A window as a reading that lacks its number and stamp alone.
pub fn reading<'a>(
    window: &'a WindowStatistics,
    decision: &'a Decision,
    view: &'a View<Monotonic>,
    config: &'a NodeConfig,
) -> impl FnOnce(Epoch, u64, Timestamp) -> Reading + 'a {
    move |epoch, seq, at| Reading {
        v: VERSION,
        epoch,
        seq,
        at,
        window_s: config.control.window.as_secs_f64(),
        n: window.n,
        battery: window.battery,
        charger: window.charger,
        load: window.load,
        temperature: window.temperature,
        relays: decision.relays,
        mode: view.mode,
        phase: view.phase,
        missing_ah: view.charge.missing_ah,
        state_of_charge: view.charge.state_of_charge,
        alarms: view.alarms.iter().map(|alarm| alarm.alarm).collect(),
    }
}
