//! Relays: two answers to a command, a board that refuses, and where the relays are left.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use releve_control::{AlarmName, Cause, Contact, RejectCode, RelayName, Relays};
use releve_node::journal::Capacity;
use releve_plant::{Fault, PlantConfig};
use releve_protocol::{CommandResult, Status};

use crate::harness::{Site, assert_rejected, events, results, states};

/// Long enough for the measurements to speak.
const VERDICT_TICKS: usize = 40;

fn statuses(site: &mut Site, id: &str, thing: &str, value: &str) -> Vec<Status> {
    let mut publications = site.send(thing, format!(r#"{{"value":"{value}","id":"{id}"}}"#));
    publications.extend(site.ticks(VERDICT_TICKS));
    let results = results(&publications).into_iter();
    results
        .filter(|result| result.id.as_deref() == Some(id))
        .map(|result| {
            assert_eq!(
                (result.set.as_str(), result.value.as_str()),
                (thing, Some(value))
            );
            result.status
        })
        .collect()
}

#[test]
fn a_relay_that_moves_is_accepted_and_then_verified() {
    let mut site = Site::new();
    site.windows(1);
    site.manual();
    assert_eq!(
        statuses(&mut site, "1", "relay/charger", "open"),
        [Status::Accepted, Status::Verified]
    );
}

#[test]
fn a_welded_contact_is_accepted_and_then_failed() {
    let mut site = Site::new();
    site.windows(1);
    site.manual();
    let welded = Fault::RelayStuck(RelayName::Charger, Contact::Closed);
    site.simulated.with_plant(|plant| plant.inject(welded));
    assert_eq!(
        statuses(&mut site, "1", "relay/charger", "open"),
        [Status::Accepted, Status::Failed]
    );
    let alarms: Vec<_> = site
        .state()
        .alarms
        .iter()
        .map(|alarm| alarm.alarm)
        .collect();
    assert_eq!(alarms, [AlarmName::RelayFault]);
}

#[test]
fn a_relay_of_which_nothing_tells_is_accepted_and_then_inconclusive() {
    let mut site = Site::new();
    site.windows(1);
    let mut publications = site.send("relay/aux1", r#"{"value":"open","id":"1"}"#);
    publications.extend(site.ticks(VERDICT_TICKS));
    let answers = results(&publications);
    let of_each: Vec<Status> = answers.iter().map(|result| result.status).collect();
    assert_eq!(of_each, [Status::Accepted, Status::Inconclusive]);
    assert!(why(&answers, "1").contains("nothing that is measured could tell"));
}

/// What the last answer to that command says in words.
fn why(answers: &[CommandResult], id: &str) -> String {
    let mine = |result: &&CommandResult| result.id.as_deref() == Some(id);
    let last = answers.iter().rfind(mine).expect("it was answered");
    last.reason.clone().expect("with a reason")
}

#[test]
fn a_relay_that_already_stands_there_gets_one_answer() {
    let mut site = Site::new();
    site.windows(1);
    assert_eq!(
        statuses(&mut site, "1", "relay/aux1", "closed"),
        [Status::Accepted]
    );
}

#[test]
fn a_command_that_was_overtaken_is_inconclusive() {
    let mut site = Site::new();
    site.windows(1);
    site.manual();
    let mut publications = site.send("relay/charger", r#"{"value":"open","id":"1"}"#);
    publications.extend(site.send("relay/charger", r#"{"value":"closed","id":"2"}"#));
    publications.extend(site.ticks(VERDICT_TICKS));
    let answers = results(&publications);
    let of = |id: &str| -> Vec<Status> {
        let mine = answers
            .iter()
            .filter(|result| result.id.as_deref() == Some(id));
        mine.map(|result| result.status).collect()
    };
    assert_eq!(of("1"), [Status::Accepted, Status::Inconclusive]);
    assert!(why(&answers, "1").contains("moved on"));
    assert_eq!(of("2").first(), Some(&Status::Accepted));
    assert_eq!(of("2").len(), 2);
}

#[test]
fn the_state_that_tells_of_a_switch_shows_the_contact_where_it_now_is() {
    let mut site = Site::new();
    site.windows(1);
    site.manual();
    let publications = site.send("relay/mains", "open");
    let state = states(&publications)
        .pop()
        .expect("a state with the switch");
    assert_eq!(state.relays.mains.actual, Some(Contact::Open));
}

#[test]
fn a_board_that_refuses_is_said_and_tried_again() {
    let mut site = Site::new();
    site.windows(1);
    site.board_refuses.store(true, Ordering::Relaxed);
    let publications = site.send("relay/aux1", r#"{"value":"open","id":"1"}"#);
    assert_rejected(&publications, RejectCode::RelayBoard, "a refusing board");
    site.tick();
    let aux1 = site.state().relays.aux1;
    assert_eq!(
        (aux1.wanted, aux1.actual),
        (Contact::Open, Some(Contact::Closed))
    );

    site.ticks(3);
    let alarms = site.state().alarms;
    let fault: Vec<_> = alarms
        .iter()
        .map(|alarm| (alarm.alarm, alarm.cause))
        .collect();
    assert_eq!(fault, [(AlarmName::RelayFault, Some(Cause::BoardRefuses))]);

    site.board_refuses.store(false, Ordering::Relaxed);
    site.ticks(2);
    assert_eq!(site.state().alarms, []);
    assert_eq!(site.contacts().aux1, Contact::Open);
    assert_eq!(site.state().relays.aux1.actual, Some(Contact::Open));
}

#[test]
fn a_board_that_forgot_its_positions_is_put_right_with_the_next_sample() {
    let mut site = Site::new();
    site.windows(1);
    site.manual();
    site.send("relay/charger", "open");
    // A brown-out of the board: its relays fall back, and nobody is told.
    site.simulated
        .with_plant(|plant| plant.command(Relays::PLAIN));
    site.tick();
    assert_eq!(site.contacts().charger, Contact::Open);
}

#[test]
fn a_board_that_went_and_returned_is_put_right() {
    let mut site = Site::new();
    site.windows(1);
    site.manual();
    site.send("relay/charger", "open");
    for gone in [&site.board_refuses, &site.board_unreadable] {
        gone.store(true, Ordering::Relaxed);
    }
    site.ticks(2);
    assert_eq!(site.state().relays.charger.actual, None);

    site.simulated
        .with_plant(|plant| plant.command(Relays::PLAIN));
    site.board_refuses.store(false, Ordering::Relaxed);
    site.tick();
    assert_eq!(
        site.contacts().charger,
        Contact::Open,
        "without another command"
    );
    assert_eq!(site.state().relays.charger.actual, Some(Contact::Open));
}

#[test]
fn a_stopping_node_leaves_mains_and_charger_closed_and_the_others_alone() {
    let mut site = Site::new();
    site.windows(1);
    site.manual();
    for relay in ["mains", "charger", "aux1"] {
        site.send(&format!("relay/{relay}"), "open");
    }
    assert_eq!(site.contacts().mains, Contact::Open);
    let Site {
        switch, simulated, ..
    } = site;
    drop(switch);
    let left = simulated.with_plant(|plant| plant.read_back());
    assert_eq!(
        left,
        Relays {
            aux1: Contact::Open,
            ..Relays::PLAIN
        }
    );
}

#[test]
fn a_stop_is_in_order_only_if_the_board_took_its_last_command() {
    for refuses in [false, true] {
        let mut site = Site::new();
        site.windows(1);
        site.manual();
        site.send("relay/mains", "open");
        site.board_refuses.store(refuses, Ordering::Relaxed);
        let left_safe = site.switch.leave_safe();
        assert_eq!(left_safe, !refuses);
        let kept = site.core.last_snapshot(left_safe).mains;
        let expected = if refuses {
            Contact::Open
        } else {
            Contact::Closed
        };
        assert_eq!(kept, expected);
    }
}

#[test]
fn a_node_that_panics_leaves_the_relays_safe() {
    let mut site = Site::new();
    site.windows(1);
    site.manual();
    site.send("relay/mains", "open");
    let Site {
        switch, simulated, ..
    } = site;
    let panicked = catch_unwind(AssertUnwindSafe(move || {
        let _switch = switch;
        panic!("a test of what a panic leaves behind");
    }));
    assert!(panicked.is_err());
    assert_eq!(
        simulated.with_plant(|plant| plant.read_back()),
        Relays::PLAIN
    );
}

#[test]
fn heat_holds_the_charger_open_beyond_the_end_of_the_node() {
    let mut site = Site::with(PlantConfig::hot_ageing_site(), Capacity::days(1));
    site.windows(1);
    site.simulated
        .with_plant(|plant| plant.inject(Fault::ExtraHeat { watts: 200.0 }));
    let mut switched = Vec::new();
    while site.contacts().charger == Contact::Closed {
        switched = events(&site.tick());
        assert!(
            site.now().monotonic.as_millis() < 24 * 3_600_000,
            "the battery never got too hot"
        );
    }
    assert!(!switched.is_empty());
    let Site {
        switch, simulated, ..
    } = site;
    drop(switch);
    let left = simulated.with_plant(|plant| plant.read_back());
    assert_eq!((left.mains, left.charger), (Contact::Closed, Contact::Open));
}
