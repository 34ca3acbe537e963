//! `info` says where limits and schedule come from, and is never stale.

use releve_control::{LimitName, LimitSource, Schedule};
use releve_node::NodeConfig;
use releve_node::config::Beginning;
use releve_node::journal::Capacity;
use releve_plant::PlantConfig;
use releve_protocol::Info;
use releve_protocol::info::ScheduleSource;

use crate::harness::{Site, config, on};

const OTHER: &str = r#"{"time_zone":"Europe/Paris","critical":[],"allowed":[{"days":["sunday"],"from":"22:00","to":"05:00"}],"cycle_every_days":30}"#;

fn schedule() -> Schedule {
    Schedule {
        time_zone: "UTC".to_owned(),
        critical: Vec::new(),
        allowed: Vec::new(),
        cycle_every_days: 30,
    }
}

/// A site whose file has a limit and that schedule.
fn configured(schedule: Option<Schedule>) -> Site {
    let plant = PlantConfig::healthy_site();
    let mut config = NodeConfig {
        beginning: Beginning {
            schedule,
            ..Beginning::default()
        },
        ..config(&plant, Capacity::days(1))
    };
    config.control.limits = vec![(LimitName::OverchargeCut, 14.3)];
    Site::start(plant, config).expect("a configuration without contradictions")
}

/// The one info that this command leads to.
fn told_after(site: &mut Site, thing: &str, value: &str) -> Info {
    let mut infos: Vec<Info> = on(&site.send(thing, value), "info");
    assert_eq!(infos.len(), 1, "{thing} {value}");
    infos.remove(0)
}

fn told(site: &mut Site) -> Info {
    told_after(site, "refresh", "now")
}

#[test]
fn a_limit_says_what_the_file_has_and_whose_value_holds() {
    let mut site = configured(None);
    let from = |info: &Info, limit| {
        let limit = info.limits[&limit];
        (limit.configured, limit.set_by)
    };
    let info = told(&mut site);
    let (file, default, operator) = (
        Some(LimitSource::Configuration),
        Some(LimitSource::Default),
        Some(LimitSource::Operator),
    );
    assert_eq!(from(&info, LimitName::OverchargeCut), (Some(14.3), file));
    assert_eq!(from(&info, LimitName::TopUp), (None, default));
    let info = told_after(&mut site, "limit/overcharge_cut", "14.2");
    assert_eq!(
        from(&info, LimitName::OverchargeCut),
        (Some(14.3), operator)
    );
    // Of the same value, but from now on the operator's.
    let same = info.limits[&LimitName::TopUp].default.to_string();
    let info = told_after(&mut site, "limit/top_up", &same);
    assert_eq!(from(&info, LimitName::TopUp), (None, operator));
    let refused: Vec<Info> = on(&site.send("limit/top_up", "99"), "info");
    assert_eq!(refused, []);
    assert_eq!(on::<Info>(&site.windows(2), "info"), []);
}

#[test]
fn a_schedule_says_whether_it_is_that_of_the_file() {
    let mut site = configured(Some(schedule()));
    let info = told(&mut site);
    assert_eq!(info.schedule.configured, Some(schedule()));
    assert_eq!(info.schedule.set_by, Some(ScheduleSource::Configuration));
    for value in [OTHER, "null"] {
        let info = told_after(&mut site, "schedule", value);
        assert_eq!(info.schedule.configured, Some(schedule()));
        assert_eq!(
            info.schedule.set_by,
            Some(ScheduleSource::Operator),
            "{value}"
        );
    }
}

#[test]
fn a_site_that_never_had_a_schedule_names_nobody() {
    let mut site = configured(None);
    let info = told(&mut site);
    assert_eq!(
        (info.schedule.configured, info.schedule.set_by),
        (None, None)
    );
    let info = told_after(&mut site, "schedule", OTHER);
    assert_eq!(info.schedule.set_by, Some(ScheduleSource::Operator));
    let info = told_after(&mut site, "schedule", "null");
    assert_eq!(info.schedule.set_by, None, "as the file has it");
}

#[test]
fn an_info_that_found_no_room_is_published_again() {
    let mut site = configured(None);
    site.windows(1);
    site.core.retained_not_sent();
    assert_eq!(on::<Info>(&site.ticks(1), "info").len(), 1);
    assert_eq!(on::<Info>(&site.ticks(1), "info"), []);
}
