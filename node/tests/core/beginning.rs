//! What a site begins with when it remembers nothing.

use releve_control::{Event, Mode, Schedule};
use releve_node::NodeConfig;
use releve_node::config::Beginning;
use releve_node::journal::Capacity;
use releve_plant::PlantConfig;

use crate::harness::{Site, config};

fn configured(beginning: Beginning) -> (PlantConfig, NodeConfig) {
    let plant = PlantConfig::healthy_site();
    let config = NodeConfig {
        beginning,
        ..config(&plant, Capacity::days(1))
    };
    (plant, config)
}

#[test]
fn a_site_begins_in_the_mode_of_its_configuration_and_says_so() {
    let mode = Mode::OverchargeProtection;
    let (plant, config) = configured(Beginning {
        mode,
        schedule: None,
    });
    let mut site = Site::start(plant, config).expect("a beginning that can be had");
    assert_eq!(site.state().mode, mode);
    let wanted = r#"{"epoch":"test1","stream":"event","from":1,"to":2}"#;
    site.send("resend", wanted);
    let events: Vec<_> = site
        .backlog()
        .into_iter()
        .flat_map(|backlog| match backlog.records {
            releve_protocol::Records::Event(events) => events,
            releve_protocol::Records::Reading(_) => panic!("events were asked for"),
        })
        .map(|record| record.event)
        .collect();
    let from = Mode::Observer;
    assert_eq!(events[1], Event::ModeChanged { from, to: mode });
}

#[test]
fn a_beginning_that_cannot_be_had_is_refused_with_its_reason() {
    let schedule = Schedule {
        time_zone: "Mars/Olympus_Mons".to_owned(),
        critical: Vec::new(),
        allowed: Vec::new(),
        cycle_every_days: 30,
    };
    let (plant, config) = configured(Beginning {
        mode: Mode::Observer,
        schedule: Some(schedule),
    });
    let Err(rejection) = Site::start(plant, config) else {
        panic!("there is no such time zone");
    };
    assert!(rejection.reason.ends_with('.'), "{}", rejection.reason);
}
