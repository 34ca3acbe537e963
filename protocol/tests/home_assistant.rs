//! Discovery keeps every rule of Home Assistant's MQTT integration (2024.11 to 2026.11) that a
//! device, a component or a command can be dropped for, silently or not.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use releve_control::{AlarmName, LimitName, Mode, RelayName};
use releve_protocol::catalog::QUANTITIES;
use releve_protocol::home_assistant::discovery;
use releve_protocol::{Info, Language, NodeId, Reading, State, Topic, decode};
use serde_json::{Map, Value, json};

const LANGUAGES: [Language; 2] = [Language::English, Language::French];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name)
}

fn golden_bytes(name: &str) -> Vec<u8> {
    fs::read(golden(name)).expect("a golden file")
}

fn info() -> Info {
    decode(&golden_bytes("info.json")).expect("the golden info")
}

fn components(payload: &Value) -> &Map<String, Value> {
    payload["cmps"]
        .as_object()
        .expect("an object, never a list")
}

fn every_component() -> Vec<(String, Value)> {
    let payloads = LANGUAGES.map(|language| discovery(&info(), language));
    let all = payloads
        .iter()
        .flat_map(|payload| components(payload).clone());
    all.collect()
}

#[test]
fn the_golden_payload_is_that_of_the_golden_info() {
    let golden: Value = serde_json::from_slice(&golden_bytes("home-assistant.json")).expect("JSON");
    assert_eq!(discovery(&info(), Language::English), golden);
}

#[test]
fn the_device_has_only_keys_that_are_known_and_all_that_are_needed() {
    for language in LANGUAGES {
        let payload = discovery(&info(), language);
        let keys = |value: &Value| -> BTreeSet<String> {
            value
                .as_object()
                .expect("an object")
                .keys()
                .cloned()
                .collect()
        };
        let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        assert_eq!(
            keys(&payload),
            set(&["dev", "o", "avty_t", "pl_avail", "pl_not_avail", "cmps"])
        );
        assert_eq!(
            keys(&payload["dev"]),
            set(&["ids", "name", "mf", "mdl", "sw", "hw"])
        );
        assert_eq!(keys(&payload["o"]), set(&["name", "sw"]));
        assert_eq!(payload["dev"]["ids"], json!(["releve_col-de-porte"]));
        assert_eq!(payload["avty_t"], "releve/col-de-porte/availability");
        assert_eq!(payload["pl_avail"], "online");
        assert_eq!(payload["pl_not_avail"], "offline");
    }
}

#[test]
fn a_component_has_only_keys_of_its_platform() {
    const COMMON: &[&str] = &["p", "name", "uniq_id", "qos"];
    const SHOWN: &[&str] = &["stat_t", "val_tpl"];
    const MEASURED: &[&str] = &["dev_cla", "unit_of_meas", "stat_cla", "sug_dsp_prc"];
    for (key, component) in every_component() {
        let platform = component["p"].as_str().expect("a platform");
        let own: &[&str] = match platform {
            "sensor" => match component["dev_cla"].as_str() {
                Some("enum") => &["dev_cla", "ops"],
                Some("timestamp") => &["dev_cla"],
                Some("battery") => MEASURED,
                _ => &[
                    "dev_cla",
                    "unit_of_meas",
                    "stat_cla",
                    "sug_dsp_prc",
                    "exp_aft",
                ],
            },
            "number" => &[
                "cmd_t",
                "min",
                "max",
                "step",
                "mode",
                "unit_of_meas",
                "ent_cat",
            ],
            "button" => &["cmd_t", "pl_prs"],
            "switch" => &["cmd_t", "pl_on", "pl_off", "stat_on", "stat_off"],
            "select" => &["cmd_t", "ops"],
            "binary_sensor" => &["dev_cla", "pl_on", "pl_off"],
            other => panic!("{key}: unknown platform {other}"),
        };
        let found: BTreeSet<&str> = component
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        let mut allowed: BTreeSet<&str> = COMMON.iter().chain(own).copied().collect();
        if platform != "button" {
            allowed.extend(SHOWN);
        }
        // A share has a unit and no class.
        if platform == "number" && component["unit_of_meas"] != "%" {
            allowed.insert("dev_cla");
        }
        assert_eq!(found, allowed, "{key}");
        assert_eq!(
            component["qos"], 1,
            "{key}: an unset qos is not inherited by every version"
        );
    }
}

#[test]
fn classes_and_units_belong_together() {
    for (key, component) in every_component() {
        let class = component["dev_cla"].as_str();
        match component["p"].as_str() {
            Some("sensor") => {
                let unit = match class {
                    Some("voltage") => "V",
                    Some("current") => "A",
                    Some("power") => "W",
                    Some("temperature") => "°C",
                    Some("battery") => "%",
                    // Neither may have a unit or a state class.
                    Some("enum" | "timestamp") => continue,
                    other => panic!("{key}: unknown class {other:?}"),
                };
                assert_eq!(component["unit_of_meas"], unit, "{key}");
                assert_eq!(component["stat_cla"], "measurement", "{key}");
            }
            Some("number") => {
                let unit = match class {
                    Some("voltage") => "V",
                    Some("temperature") => "°C",
                    Some("duration") => "min",
                    None => "%",
                    other => panic!("{key}: unknown class {other:?}"),
                };
                assert_eq!(component["unit_of_meas"], unit, "{key}");
            }
            Some("binary_sensor") => {
                assert!(
                    matches!(class, Some("problem" | "power")),
                    "{key}: {class:?}"
                );
            }
            _ => assert_eq!(class, None, "{key}"),
        }
    }
}

#[test]
fn nothing_is_missing_and_nothing_is_twice() {
    for language in LANGUAGES {
        let payload = discovery(&info(), language);
        let components = components(&payload);
        assert_eq!(
            components.len(),
            QUANTITIES.len()
                + RelayName::ALL.len()
                + AlarmName::ALL.len()
                + LimitName::ALL.len()
                + 8
        );
        for field in ["uniq_id", "name"] {
            let values: BTreeSet<_> = components
                .values()
                .map(|component| component[field].as_str().expect(field))
                .collect();
            assert_eq!(
                values.len(),
                components.len(),
                "{field} twice in {language:?}"
            );
        }
        for component in components.values() {
            let id = component["uniq_id"].as_str().expect("an id");
            assert!(
                id.starts_with("releve_col-de-porte_"),
                "{id} is not unique among nodes"
            );
        }
    }
}

#[test]
fn topics_are_whole_and_of_the_contract() {
    for (key, component) in every_component() {
        let state = component["stat_t"].as_str().and_then(Topic::parse);
        let node: NodeId = "col-de-porte".parse().expect("an id");
        let wanted = match component["p"].as_str() {
            Some("button") => None,
            // Only what expires is shown from readings.
            _ if component["exp_aft"].is_u64() => Some(Topic::Reading(node.clone())),
            _ => Some(Topic::State(node.clone())),
        };
        assert_eq!(state, wanted, "{key}");
        if let Some(topic) = component["cmd_t"].as_str() {
            assert!(!topic.contains(['~', '#', '+']), "{key}: {topic}");
            assert!(
                matches!(Topic::parse(topic), Some(Topic::Set(of, _)) if of == node),
                "{key}: {topic}"
            );
        }
    }
}

#[test]
fn whatever_can_be_sent_is_a_command_that_is_understood() {
    use releve_protocol::command::Received;
    for (key, component) in every_component() {
        let Some(topic) = component["cmd_t"].as_str() else {
            continue;
        };
        let Some(Topic::Set(_, thing)) = Topic::parse(topic) else {
            panic!("{key}: {topic}");
        };
        let sent = ["pl_on", "pl_off", "pl_prs", "min", "max"].map(|key| component[key].clone());
        let options = component["ops"].as_array().cloned().unwrap_or_default();
        let payloads: Vec<Value> = sent
            .into_iter()
            .chain(options)
            .filter(|payload| !payload.is_null())
            .collect();
        assert!(!payloads.is_empty(), "{key}");
        for payload in payloads {
            let payload = payload
                .as_str()
                .map_or_else(|| payload.to_string(), ToOwned::to_owned);
            let received = Received::parse(&thing, payload.as_bytes());
            assert!(
                received.request.is_ok(),
                "{key} {payload}: {:?}",
                received.request
            );
        }
    }
}

#[test]
fn every_mode_is_offered() {
    let payload = discovery(&info(), Language::English);
    let offered = &payload["cmps"]["mode"]["ops"];
    assert_eq!(*offered, json!(Mode::ALL));
}

#[test]
fn a_number_takes_what_the_limit_takes() {
    let info = info();
    let payload = discovery(&info, Language::French);
    for (limit, bounds) in &info.limits {
        let number = &payload["cmps"][format!("limit_{limit}")];
        assert_eq!(number["min"], bounds.min, "{limit}");
        assert_eq!(number["max"], bounds.max, "{limit}");
        let step = number["step"].as_f64().expect("a step");
        assert!(
            step >= 0.001,
            "{limit}: Home Assistant takes no smaller step"
        );
        // Otherwise its form would refuse the default.
        let steps = (bounds.default - bounds.min) / step;
        assert!((steps - steps.round()).abs() < 1e-6, "{limit}: {step}");
    }
}

/// The paths that the templates read are in the payloads that they are given.
#[test]
fn templates_read_what_is_published() {
    let reading: Reading = decode(&golden_bytes("reading.json")).expect("the golden reading");
    let state: State = decode(&golden_bytes("state.json")).expect("the golden state");
    let reading = serde_json::to_value(reading).expect("encodable");
    let state = serde_json::to_value(state).expect("encodable");
    for (key, component) in every_component() {
        let payload = match component["stat_t"].as_str().and_then(Topic::parse) {
            Some(Topic::Reading(_)) => &reading,
            Some(_) => &state,
            None => continue,
        };
        let template = component["val_tpl"].as_str().expect("a template");
        assert!(
            template.starts_with("{{ ") && template.ends_with(" }}"),
            "{key}: {template}"
        );
        let (_, rest) = template.split_once("value_json.").expect("a path");
        let path: Vec<_> = rest
            .split([' ', ',', '|', ')'])
            .next()
            .expect("a path")
            .split('.')
            .collect();
        let pointer = format!("/{}", path.join("/"));
        assert!(
            payload.pointer(&pointer).is_some(),
            "{key}: no {pointer} in the payload"
        );
    }
}

#[test]
fn a_sensor_expires_no_sooner_than_three_windows_of_real_time() {
    let mut info = info();
    for (speed, least) in [(1.0, 90), (20.0, 60), (1000.0, 60)] {
        info.clock.speed = speed;
        let payload = discovery(&info, Language::English);
        assert_eq!(
            payload["cmps"]["battery_voltage"]["exp_aft"], least,
            "at speed {speed}"
        );
    }
}

#[test]
fn no_entity_name_begins_with_the_device_name() {
    let mut info = info();
    for name in [
        "Battery",
        "mains",
        "RELAY 1",
        "Mode",
        "Tension de la batterie",
        "Col de Porte",
    ] {
        info.name = name.to_owned();
        for language in LANGUAGES {
            let payload = discovery(&info, language);
            let device = payload["dev"]["name"]
                .as_str()
                .expect("a name")
                .to_lowercase();
            assert!(
                device.ends_with(&name.to_lowercase()),
                "{device} hides {name}"
            );
            for component in components(&payload).values() {
                let entity = component["name"].as_str().expect("a name").to_lowercase();
                assert!(
                    !entity.starts_with(&device),
                    "{entity} begins with {device}"
                );
            }
        }
    }
}
