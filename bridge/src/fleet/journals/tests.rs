use std::time::Duration;

use releve_protocol::journal::Extent;

use super::*;

fn epoch(name: &str) -> Epoch {
    name.parse().expect("an epoch")
}

/// A node that keeps that journal alone.
fn alone(name: &str, reading: u64, event: u64) -> Standing {
    Standing {
        current: extent(name, reading, event),
        earlier: Vec::new(),
    }
}

fn extent(name: &str, reading: u64, event: u64) -> JournalExtent {
    JournalExtent {
        epoch: epoch(name),
        reading: Extent {
            first: 1,
            next: reading,
        },
        event: Extent {
            first: 1,
            next: event,
        },
    }
}

/// The requests of the next minute, each as (stream, from, to).
fn asked(journals: &mut Journals, now: Instant) -> Vec<(Stream, u64, u64)> {
    let requests = (0..9)
        .flat_map(|second| journals.due(now + Duration::from_secs(second), || "id".to_owned()));
    requests
        .map(|(_, resend)| (resend.stream, resend.from, resend.to))
        .collect()
}

#[test]
fn of_a_journal_met_for_the_first_time_only_recent_readings_are_wanted() {
    let mut journals = Journals::default();
    journals.announce(&alone("a", 10_001, 500));
    let history = crate::fleet::RECENT_READINGS as u64;
    assert_eq!(journals.missing(Stream::Reading), history);
    assert_eq!(journals.missing(Stream::Event), 0);
    let requests = asked(&mut journals, Instant::now());
    assert_eq!(requests, [(Stream::Reading, 9_761, 9_960)]);
}

#[test]
fn of_a_new_journal_of_a_known_node_everything_is_wanted() {
    let mut journals = Journals::default();
    journals.announce(&alone("a", 2, 1));
    journals.take(&epoch("a"), Stream::Reading, 1);
    journals.announce(&alone("b", 3, 4));
    let requests = asked(&mut journals, Instant::now());
    assert_eq!(requests, [(Stream::Reading, 1, 2), (Stream::Event, 1, 3)]);
}

#[test]
fn a_loss_that_the_node_admits_is_counted_and_not_asked_for_again() {
    let mut journals = Journals::default();
    journals.take(&epoch("a"), Stream::Event, 1);
    journals.take(&epoch("a"), Stream::Event, 4);
    let now = Instant::now();
    // Part of the interval is held: it was not lost.
    journals.answered(&epoch("a"), Stream::Event, &[(1, 3)], now);
    assert_eq!(journals.lost(Stream::Event), 2);
    assert_eq!(asked(&mut journals, now), []);
}

#[test]
fn a_loss_in_an_unknown_journal_or_beyond_its_end_is_not_believed() {
    let mut journals = Journals::default();
    journals.take(&epoch("a"), Stream::Reading, 1);
    let now = Instant::now();
    journals.answered(&epoch("zzz"), Stream::Reading, &[(1, 9)], now);
    journals.answered(&epoch("a"), Stream::Reading, &[(1, u64::MAX)], now);
    assert_eq!(journals.lost(Stream::Reading), 0);
    assert!(journals.take(&epoch("a"), Stream::Reading, 2));
}

#[test]
fn a_journal_that_the_node_no_longer_has_is_given_up() {
    let mut journals = Journals::default();
    journals.take(&epoch("a"), Stream::Reading, 1);
    journals.take(&epoch("a"), Stream::Reading, 4);
    let now = Instant::now();
    assert_eq!(asked(&mut journals, now), [(Stream::Reading, 2, 3)]);
    journals.refused("id", now);
    assert_eq!(journals.missing(Stream::Reading), 0);
    assert_eq!(journals.lost(Stream::Reading), 2);
}

#[test]
fn journals_are_forgotten_but_not_their_losses() {
    let mut journals = Journals::default();
    for number in 0..=MAX_EPOCHS {
        let epoch = epoch(&format!("j{number}"));
        journals.take(&epoch, Stream::Reading, 1);
        journals.take(&epoch, Stream::Reading, 3);
    }
    assert_eq!(journals.lost(Stream::Reading), 1);
    assert_eq!(journals.missing(Stream::Reading), MAX_EPOCHS as u64);
}

#[test]
fn what_a_power_cut_left_of_an_earlier_journal_is_fetched() {
    let mut journals = Journals::default();
    journals.announce(&alone("a", 3, 1));
    journals.take(&epoch("a"), Stream::Reading, 1);
    journals.take(&epoch("a"), Stream::Reading, 2);
    // The broker was away, and the power went twice.
    journals.announce(&Standing {
        current: extent("c", 2, 2),
        earlier: vec![extent("a", 5, 1), extent("b", 4, 2)],
    });
    assert_eq!(journals.missing(Stream::Reading), 2 + 3 + 1);
    assert_eq!(journals.missing(Stream::Event), 1 + 1);
    let now = Instant::now();
    assert!(asked(&mut journals, now).contains(&(Stream::Reading, 3, 4)));
}

#[test]
fn journals_that_ended_before_the_node_was_met_are_not_wanted() {
    let standing = Standing {
        current: extent("b", 2_001, 10),
        earlier: vec![extent("a", 500, 40)],
    };
    let mut journals = Journals::default();
    journals.announce(&standing);
    let history = crate::fleet::RECENT_READINGS as u64;
    assert_eq!(journals.missing(Stream::Reading), history);
    assert_eq!(journals.missing(Stream::Event), 0);
    // Nor if a reading came before the first state.
    let mut journals = Journals::default();
    journals.take(&epoch("b"), Stream::Reading, 2_000);
    journals.announce(&standing);
    assert_eq!(journals.missing(Stream::Reading), history);
    assert_eq!(journals.missing(Stream::Event), 0);
}

#[test]
fn records_that_a_node_cannot_give_now_keep_no_others_waiting() {
    let mut journals = Journals::default();
    journals.announce(&alone("a", 2, 1));
    journals.take(&epoch("a"), Stream::Reading, 1);
    journals.announce(&Standing {
        current: extent("m", 3, 1),
        earlier: vec![extent("a", 5, 1)],
    });
    let start = Instant::now();
    let first = |journals: &mut Journals, now: Instant| {
        let due = journals.due(now, || "id".to_owned());
        due.first().map(|(_, resend)| resend.epoch.to_string())
    };
    assert_eq!(
        first(&mut journals, start),
        None,
        "it may still come by itself"
    );
    let asked = start + Duration::from_secs(9);
    assert_eq!(first(&mut journals, asked).as_deref(), Some("a"));
    journals.postponed("id", asked);
    assert_eq!(first(&mut journals, asked).as_deref(), Some("m"));
    journals.take(&epoch("m"), Stream::Reading, 1);
    journals.take(&epoch("m"), Stream::Reading, 2);
    assert_eq!(first(&mut journals, asked + POSTPONED / 2), None);
    // Noticed anew, and asked for a little later.
    first(&mut journals, asked + POSTPONED);
    let later = asked + POSTPONED + Duration::from_secs(9);
    assert_eq!(first(&mut journals, later).as_deref(), Some("a"));
}
