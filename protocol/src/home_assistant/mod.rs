//! Discovery for Home Assistant: `homeassistant/device/releve_<node>/config`, retained.
//!
//! Written for its MQTT integration from 2024.11 on, which drops a whole device for one key that it
//! does not know; `protocol/tests/home_assistant.rs` holds every payload against those rules. Topics
//! are spelled out and `qos` stands in each component, because not every version inherits them.

mod site;

use releve_control::{AlarmName, Authority, CycleRequest, Mode, RelayName};
use serde_json::{Map, Value, json};

use crate::availability::Availability;
use crate::catalog::QUANTITIES;
use crate::info::Info;
use crate::language::Language;
use crate::node_id::NodeId;
use crate::topic::Topic;

use site::Site;

/// A sensor shows its last reading for at least that many windows …
const EXPIRE_WINDOWS: f64 = 3.0;
/// … and, in accelerated simulations, for at least this long, seconds of real time: a broker's
/// restart or a node's reconnection takes less.
const EXPIRE_MIN_SECONDS: f64 = 60.0;

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
    let name = |english, french| language.pick(english, french);
    components.add("mode", name("Mode", "Mode"), site.select("mode", Mode::ALL));
    components.add(
        "authority",
        name("Authority", "Conduite"),
        site.select("authority", Authority::ALL),
    );
    components.add("mains", name("Mains", "Réseau"), site.mains());
    components.add(
        "state_of_charge",
        name("State of charge", "État de charge"),
        site.state_of_charge(),
    );
    components.add(
        "cycle_phase",
        name("Cycle phase", "Phase du cycle"),
        site.phase(),
    );
    components.add(
        "next_cycle",
        name("Next cycle", "Prochain cycle"),
        site.next_cycle(),
    );
    components.add(
        "cycle_start",
        name("Start a cycle", "Lancer un cycle"),
        site.button("cycle", CycleRequest::Start.name()),
    );
    components.add(
        "cycle_abort",
        name("Abort the cycle", "Interrompre le cycle"),
        site.button("cycle", CycleRequest::Abort.name()),
    );
    for (limit, bounds) in &info.limits {
        let key = format!("limit_{limit}");
        components.add(&key, language.limit(*limit), site.number(*limit, bounds));
    }
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
