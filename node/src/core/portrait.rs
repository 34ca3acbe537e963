//! What a node shows of itself: `info`, `state` and each reading, from what it is and knows.

use std::collections::BTreeMap;

use releve_control::decision::{self, Decision};
use releve_control::limits::bounds;
use releve_control::statistics::WindowStatistics;
use releve_control::view::View;
use releve_control::{Contact, LimitName, Monotonic, RelayState, Relays};
use releve_protocol::info::{LimitInfo, ScheduleInfo, ScheduleSource};
use releve_protocol::{Epoch, Info, Reading, State, Timestamp, VERSION};

use super::inputs::InputFaults;
use crate::clock::Now;
use crate::config::NodeConfig;
use crate::journal::Journal;

/// What the site is.
pub fn info(
    config: &NodeConfig,
    view: &View<Monotonic>,
    speed: f64,
    started_at: Monotonic,
    now: Now,
) -> Info {
    Info {
        v: VERSION,
        node: config.node.clone(),
        name: config.name.as_str().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        hardware: config.hardware.clone(),
        wiring: config.control.wiring,
        battery: config.battery.clone(),
        window_s: config.control.window.as_secs_f64(),
        limits: limits_of(&config.control, view),
        schedule: schedule_of(config, view),
        clock: now.clock_info(speed),
        started_at: now.stamp(started_at),
    }
}

fn limits_of(config: &decision::Config, view: &View<Monotonic>) -> BTreeMap<LimitName, LimitInfo> {
    let profile = config.profile;
    let info = |limit: LimitName| {
        let bounds = bounds(profile, limit);
        let entry = config.limits.iter().find(|(name, _)| *name == limit);
        let setting = view.limits.iter().find(|(name, _)| *name == limit);
        LimitInfo {
            unit: limit.unit(),
            min: bounds.min,
            max: bounds.max,
            default: profile.default_limit(limit),
            configured: entry.map(|(_, value)| *value),
            set_by: setting.map(|(_, setting)| setting.set_by),
        }
    };
    let names = LimitName::ALL.iter().copied();
    names.map(|limit| (limit, info(limit))).collect()
}

/// The schedule's origin. What differs from the file an operator has set or removed, or it is what the file had
/// said when the site first started; both win over the file.
fn schedule_of(config: &NodeConfig, view: &View<Monotonic>) -> ScheduleInfo {
    let configured = config.beginning.schedule.clone();
    let set_by = if view.schedule != configured {
        Some(ScheduleSource::Operator)
    } else {
        configured.as_ref().map(|_| ScheduleSource::Configuration)
    };
    ScheduleInfo { configured, set_by }
}

/// How the site stands. `positions` is what the relay board reads back now: the controller knows
/// only what it was when the last sample was taken, before it switched.
pub fn state(
    view: &View<Monotonic>,
    positions: Relays<Option<Contact>>,
    inputs: InputFaults,
    journal: &Journal,
    last_reading: Option<Reading>,
    now: Now,
) -> State {
    let stamp = |moment| now.stamp(moment);
    let alarms = view.alarms.iter().cloned();
    let limits = view.limits.iter().copied();
    State {
        v: VERSION,
        at: now.site,
        clock_known: now.wall().is_some(),
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
        last_reading,
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
