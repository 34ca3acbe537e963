//! Topics and ids, both ways.

use releve_protocol::{NodeId, Topic, topic};

fn node(id: &str) -> NodeId {
    id.parse().expect("an id")
}

#[test]
fn topics_round_trip() {
    let id = node("col-de-porte");
    for (topic, text, retained) in [
        (
            Topic::Availability(id.clone()),
            "releve/col-de-porte/availability",
            true,
        ),
        (Topic::Info(id.clone()), "releve/col-de-porte/info", true),
        (Topic::State(id.clone()), "releve/col-de-porte/state", true),
        (
            Topic::Reading(id.clone()),
            "releve/col-de-porte/reading",
            false,
        ),
        (Topic::Event(id.clone()), "releve/col-de-porte/event", false),
        (
            Topic::Backlog(id.clone()),
            "releve/col-de-porte/backlog",
            false,
        ),
        (
            Topic::Result(id.clone()),
            "releve/col-de-porte/result",
            false,
        ),
        (
            Topic::Set(id.clone(), "relay/mains".into()),
            "releve/col-de-porte/set/relay/mains",
            false,
        ),
        (
            Topic::HomeAssistantConfig(id.clone()),
            "homeassistant/device/releve_col-de-porte/config",
            true,
        ),
        (
            Topic::BridgeAvailability(node("b1")),
            "releve-bridge/b1/availability",
            true,
        ),
        (
            Topic::BridgeState(node("b1")),
            "releve-bridge/b1/state",
            true,
        ),
        (
            Topic::BridgeSet(node("b1"), "silence/cabin".into()),
            "releve-bridge/b1/set/silence/cabin",
            false,
        ),
        (
            Topic::BridgeResult(node("b1")),
            "releve-bridge/b1/result",
            false,
        ),
    ] {
        assert_eq!(topic.to_string(), text);
        assert_eq!(Topic::parse(text), Some(topic.clone()));
        assert_eq!(topic.is_retained(), retained, "{text}");
    }
}

#[test]
fn other_topics_are_not_ours() {
    for text in [
        "",
        "releve",
        "releve/",
        "releve/a",
        "releve/a/",
        "releve/a/set",
        "releve/a/set/",
        "releve/a b/state",
        "releve/a/state/x",
        "releve/é/state",
        "other/a/state",
        "releve-bridge/b",
        "releve-bridge/b/set/",
        "releve-bridge/b/reading",
        "homeassistant/status",
    ] {
        assert_eq!(Topic::parse(text), None, "{text:?}");
    }
}

#[test]
fn ids_are_bounded() {
    assert!("a".repeat(64).parse::<NodeId>().is_ok());
    for bad in ["", "a/b", "a+", "#", "a b", "é", &"a".repeat(65)] {
        let error = bad.parse::<NodeId>().expect_err("refused");
        assert!(error.to_string().contains("1 to 64"), "{error}");
    }
}

#[test]
fn replies_go_under_the_nodes_own_reply_topic_only() {
    let id = node("a");
    assert!(topic::is_reply_of(&id, "releve/a/reply/web-1"));
    for other in [
        "releve/a/reply/",
        "releve/a/reply",
        "releve/b/reply/x",
        "releve/a/state",
        "reply/x",
        "releve/ab/reply/x",
        "releve/a/reply/+",
        "releve/a/reply/#",
    ] {
        assert!(!topic::is_reply_of(&id, other), "{other}");
    }
}
