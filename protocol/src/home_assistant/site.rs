//! The entities of a site: what each kind says besides what all of them need.

use releve_control::{AlarmName, Contact, LimitName, MainsState, Phase, RelayName, Unit};
use serde_json::{Value, json};

use crate::catalog::Quantity;
use crate::info::LimitInfo;
use crate::node_id::NodeId;
use crate::topic::Topic;

/// Contact names as payloads.
const CLOSED: &str = Contact::Closed.name();
const OPEN: &str = Contact::Open.name();

/// What is particular to each component of one site.
pub(super) struct Site<'a>(pub(super) &'a NodeId);

impl Site<'_> {
    fn state_topic(&self) -> String {
        Topic::State(self.0.clone()).to_string()
    }

    fn command_topic(&self, thing: &str) -> String {
        Topic::Set(self.0.clone(), thing.to_owned()).to_string()
    }

    /// On `reading`, which is never retained: a retained value would outlive its age.
    pub(super) fn sensor(&self, quantity: &Quantity, expire_after: u64) -> Value {
        json!({
            "p": "sensor",
            "stat_t": Topic::Reading(self.0.clone()).to_string(),
            "val_tpl": format!("{{{{ value_json.{}.mean }}}}", quantity.key),
            "dev_cla": class(quantity.unit),
            "unit_of_meas": quantity.unit,
            "stat_cla": "measurement",
            "sug_dsp_prc": quantity.decimals,
            "exp_aft": expire_after,
        })
    }

    /// Shows what the relay board reads back, whatever was commanded.
    pub(super) fn switch(&self, relay: RelayName) -> Value {
        json!({
            "p": "switch",
            "stat_t": self.state_topic(),
            "val_tpl": format!("{{{{ value_json.relays.{relay}.actual }}}}"),
            "stat_on": CLOSED,
            "stat_off": OPEN,
            "cmd_t": self.command_topic(&format!("relay/{relay}")),
            "pl_on": CLOSED,
            "pl_off": OPEN,
        })
    }

    pub(super) fn select<T: ToString>(&self, key: &str, options: &[T]) -> Value {
        let options: Vec<_> = options.iter().map(ToString::to_string).collect();
        json!({
            "p": "select",
            "stat_t": self.state_topic(),
            "val_tpl": format!("{{{{ value_json.{key} }}}}"),
            "cmd_t": self.command_topic(key),
            "ops": options,
        })
    }

    /// `None` is how Home Assistant is told that nothing is known.
    pub(super) fn mains(&self) -> Value {
        let (present, lost) = (MainsState::Present, MainsState::Lost);
        json!({
            "p": "binary_sensor",
            "stat_t": self.state_topic(),
            "val_tpl": format!("{{{{ {{'{present}': 'ON', '{lost}': 'OFF'}}.get(value_json.mains, none) }}}}"),
            "dev_cla": "power",
            "pl_on": "ON",
            "pl_off": "OFF",
        })
    }

    pub(super) fn alarm(&self, alarm: AlarmName) -> Value {
        json!({
            "p": "binary_sensor",
            "stat_t": self.state_topic(),
            "val_tpl": format!("{{{{ 'ON' if '{alarm}' in value_json.alarms | map(attribute='alarm') | list else 'OFF' }}}}"),
            "dev_cla": "problem",
            "pl_on": "ON",
            "pl_off": "OFF",
        })
    }

    /// On `state`, which is retained: the device's availability tells when it is no longer true.
    pub(super) fn state_of_charge(&self) -> Value {
        json!({
            "p": "sensor",
            "stat_t": self.state_topic(),
            "val_tpl": "{{ value_json.charge.state_of_charge }}",
            "dev_cla": "battery",
            "unit_of_meas": Unit::Percent,
            "stat_cla": "measurement",
            "sug_dsp_prc": 0,
        })
    }

    pub(super) fn phase(&self) -> Value {
        let phases: Vec<_> = Phase::ALL.iter().map(|phase| phase.name()).collect();
        json!({
            "p": "sensor",
            "stat_t": self.state_topic(),
            "val_tpl": "{{ value_json.phase }}",
            "dev_cla": "enum",
            "ops": phases,
        })
    }

    pub(super) fn next_cycle(&self) -> Value {
        json!({
            "p": "sensor",
            "stat_t": self.state_topic(),
            "val_tpl": "{{ value_json.cycle.next.at }}",
            "dev_cla": "timestamp",
        })
    }

    /// Whether it was carried out shows in the other entities.
    pub(super) fn button(&self, thing: &str, payload: &str) -> Value {
        json!({
            "p": "button",
            "cmd_t": self.command_topic(thing),
            "pl_prs": payload,
        })
    }

    pub(super) fn number(&self, limit: LimitName, info: &LimitInfo) -> Value {
        let mut number = json!({
            "p": "number",
            "stat_t": self.state_topic(),
            "val_tpl": format!("{{{{ value_json.limits.{limit}.value }}}}"),
            "cmd_t": self.command_topic(&format!("limit/{limit}")),
            "min": info.min,
            "max": info.max,
            "step": step(info.unit),
            "mode": "box",
            "unit_of_meas": info.unit,
            "ent_cat": "config",
        });
        if let Some(class) = class(info.unit) {
            number["dev_cla"] = json!(class);
        }
        number
    }
}

/// Home Assistant's device class of what is measured in that unit; `None` for a share.
const fn class(unit: Unit) -> Option<&'static str> {
    match unit {
        Unit::Volt => Some("voltage"),
        Unit::Ampere => Some("current"),
        Unit::Watt => Some("power"),
        Unit::DegreeCelsius => Some("temperature"),
        Unit::Minute => Some("duration"),
        Unit::Percent => None,
    }
}

/// How finely a limit of that unit is set.
const fn step(unit: Unit) -> f64 {
    match unit {
        Unit::Volt | Unit::Ampere => 0.01,
        Unit::Watt | Unit::DegreeCelsius => 0.1,
        Unit::Percent | Unit::Minute => 1.0,
    }
}
