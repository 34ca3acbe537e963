//! Discovery for Home Assistant: `homeassistant/device/releve_<node>/config`, retained.
//!
//! Written for its MQTT integration from 2024.11 on, which drops a whole device for one key that it
//! does not know; `protocol/tests/home_assistant.rs` holds every payload against those rules. Topics
//! are spelled out and `qos` stands in each component, because not every version inherits them.

use releve_control::{AlarmName, Authority, Contact, MainsState, Mode, RelayName};
use serde_json::{Map, Value, json};

use crate::availability::Availability;
use crate::catalog::{QUANTITIES, Quantity};
use crate::info::Info;
use crate::language::Language;
use crate::node_id::NodeId;
use crate::topic::Topic;

/// A sensor shows its last reading for at least that many windows …
const EXPIRE_WINDOWS: f64 = 3.0;
/// … and, in accelerated simulations, for at least this long, seconds of real time: a broker's
/// restart or a node's reconnection takes less.
const EXPIRE_MIN_SECONDS: f64 = 60.0;
/// The modes that this version can be put into.
const SELECTABLE_MODES: [Mode; 2] = [Mode::Observer, Mode::OverchargeProtection];
/// Contact names as payloads.
const CLOSED: &str = Contact::Closed.name();
const OPEN: &str = Contact::Open.name();

/// The discovery payload of a node; names are in that language.
#[must_use]
pub fn discovery(info: &Info, language: Language) -> Value {
    let components = components(info, language);
    json!({
        "dev": {
            "ids": [format!("releve_{}", info.node)],
            "name": device_name(&info.name, &components),
            "mf": "Releve",
            "mdl": info.battery.description,
            "sw": info.version,
            "hw": info.hardware.description,
        },
        "o": {"name": "Releve", "sw": info.version},
        "avty_t": Topic::Availability(info.node.clone()).to_string(),
        "pl_avail": Availability::Online.as_str(),
        "pl_not_avail": Availability::Offline.as_str(),
        "cmps": components,
    })
}

fn components(info: &Info, language: Language) -> Map<String, Value> {
    let windows = EXPIRE_WINDOWS * info.window_s / info.clock.speed;
    let expire_after = windows.max(EXPIRE_MIN_SECONDS).ceil() as u64;
    let site = Site(&info.node);
    let mut components = Components {
        node: &info.node,
        all: Map::new(),
    };
    for quantity in QUANTITIES {
        let key = quantity.key.replace('.', "_");
        components.add(
            &key,
            quantity.label(language),
            site.sensor(quantity, expire_after),
        );
    }
    for relay in RelayName::ALL.iter().copied() {
        let key = format!("relay_{relay}");
        components.add(&key, language.relay(relay), site.switch(relay));
    }
    let (mode, authority, mains) = match language {
        Language::English => ("Mode", "Authority", "Mains"),
        Language::French => ("Mode", "Conduite", "Réseau"),
    };
    components.add("mode", mode, site.select("mode", &SELECTABLE_MODES));
    components.add(
        "authority",
        authority,
        site.select("authority", Authority::ALL),
    );
    components.add("mains", mains, site.mains());
    for alarm in AlarmName::ALL.iter().copied() {
        let key = format!("alarm_{alarm}");
        components.add(&key, language.alarm(alarm), site.alarm(alarm));
    }
    components.all
}

/// The site's name, changed where an entity's name would begin with it: Home Assistant cuts such
/// names, or complains.
fn device_name(site: &str, components: &Map<String, Value>) -> String {
    let lower = site.to_lowercase();
    let begins_with_it = |component: &Value| {
        let name = component["name"].as_str().unwrap_or_default();
        name.to_lowercase().starts_with(&lower)
    };
    if components.values().any(begins_with_it) {
        format!("Releve {site}")
    } else {
        site.to_owned()
    }
}

/// Components under construction: each gets what every one of them needs.
struct Components<'a> {
    node: &'a NodeId,
    all: Map<String, Value>,
}

impl Components<'_> {
    fn add(&mut self, key: &str, name: &str, mut component: Value) {
        component["name"] = json!(name);
        component["uniq_id"] = json!(format!("releve_{}_{key}", self.node));
        component["qos"] = json!(1);
        self.all.insert(key.to_owned(), component);
    }
}

/// What is particular to each component of one site.
struct Site<'a>(&'a NodeId);

impl Site<'_> {
    fn state_topic(&self) -> String {
        Topic::State(self.0.clone()).to_string()
    }

    fn command_topic(&self, thing: &str) -> String {
        Topic::Set(self.0.clone(), thing.to_owned()).to_string()
    }

    /// On `reading`, which is never retained: a retained value would outlive its age.
    fn sensor(&self, quantity: &Quantity, expire_after: u64) -> Value {
        json!({
            "p": "sensor",
            "stat_t": Topic::Reading(self.0.clone()).to_string(),
            "val_tpl": format!("{{{{ value_json.{}.mean }}}}", quantity.key),
            "dev_cla": quantity.home_assistant_class(),
            "unit_of_meas": quantity.unit,
            "stat_cla": "measurement",
            "sug_dsp_prc": quantity.decimals,
            "exp_aft": expire_after,
        })
    }

    /// Shows what the relay board reads back, whatever was commanded.
    fn switch(&self, relay: RelayName) -> Value {
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

    fn select<T: ToString>(&self, key: &str, options: &[T]) -> Value {
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
    fn mains(&self) -> Value {
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

    fn alarm(&self, alarm: AlarmName) -> Value {
        json!({
            "p": "binary_sensor",
            "stat_t": self.state_topic(),
            "val_tpl": format!("{{{{ 'ON' if '{alarm}' in value_json.alarms | map(attribute='alarm') | list else 'OFF' }}}}"),
            "dev_cla": "problem",
            "pl_on": "ON",
            "pl_off": "OFF",
        })
    }
}
