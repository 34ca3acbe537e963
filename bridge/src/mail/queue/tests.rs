use super::*;
use crate::mail::sample;
use crate::samples;

fn at(second: i64) -> Timestamp {
    samples::later(samples::alarm_raised().at, second * 1000)
}

fn letter(to: &str) -> Letter {
    Letter {
        notice: sample::notice(at(0)),
        site: Site::default(),
        to: to.to_owned(),
        language: "fr".to_owned(),
        queued_at: at(0),
    }
}

/// A queue with a mail for each, which the store has.
fn queue(to: &[&str]) -> Queue {
    let mut queue = Queue::default();
    for to in to {
        assert!(queue.push(letter(to)));
    }
    queue.take_changes();
    queue.settled(true);
    queue
}

fn next(queue: &Queue, second: i64) -> Option<i64> {
    queue.next(at(second)).map(|(number, _)| number)
}

#[test]
fn a_mail_goes_out_once_the_store_has_it() {
    let mut queue = Queue::default();
    queue.push(letter("a"));
    assert!(queue.has_changes());
    assert_eq!(next(&queue, 0), None);
    let changes = queue.take_changes();
    assert_eq!(changes.put.len(), 1);
    assert_eq!(next(&queue, 0), None, "it is being written");
    queue.settled(true);
    assert!(!queue.has_changes());
    assert_eq!(next(&queue, 0), Some(1));
    queue.sent(1);
    assert!(queue.has_changes());
    assert_eq!(queue.take_changes().gone, [1]);
    queue.settled(true);
    assert_eq!((next(&queue, 0), queue.has_changes()), (None, false));
}

#[test]
fn where_the_store_fails_mails_go_out_all_the_same() {
    let mut queue = Queue::default();
    queue.push(letter("a"));
    queue.take_changes();
    queue.settled(false);
    assert_eq!(next(&queue, 0), Some(1));
    assert_eq!(queue.take_changes().put.len(), 1, "it is written later");
    queue.settled(true);
    queue.sent(1);
    queue.take_changes();
    queue.settled(false);
    assert_eq!(queue.take_changes().gone, [1], "and deleted later");
    let mut stalled = Queue::default();
    stalled.push(letter("a"));
    stalled.take_changes();
    stalled.release();
    assert_eq!(next(&stalled, 0), Some(1));
}

#[test]
fn a_recipient_who_fails_holds_up_nobody_and_keeps_the_order() {
    let mut queue = queue(&["a", "a", "b"]);
    assert_eq!(next(&queue, 0), Some(1));
    assert!(queue.failed(1, Setback::Mail, at(0)));
    assert_eq!(next(&queue, 0), Some(3));
    queue.sent(3);
    assert_eq!(next(&queue, 4), None, "the second waits for the first");
    assert_eq!(queue.next_try(), Some(at(5)));
    assert_eq!(next(&queue, 5), Some(1));
    queue.sent(1);
    assert_eq!(next(&queue, 5), Some(2));
}

#[test]
fn waits_grow_to_five_minutes_and_a_mail_is_given_up_after_a_week() {
    let mut queue = queue(&["a"]);
    let mut waits = Vec::new();
    let mut now = at(0);
    let mut tries = 0_u32;
    while queue.failed(1, Setback::Mail, now) {
        let next = queue.next_try().expect("another try");
        waits.push((next.as_unix_millis() - now.as_unix_millis()) / 1000);
        now = next;
        tries += 1;
        assert!(tries < 10_000, "it never ends");
    }
    assert_eq!(waits[..8], [5, 10, 20, 40, 80, 160, 300, 300]);
    let days = (now.as_unix_millis() - at(0).as_unix_millis()) / 86_400_000;
    assert_eq!(days, 7);
    assert_eq!(queue.counts(), MailCounts { sent: 0, failed: 1 });
    assert_eq!((queue.waiting(), next(&queue, 0)), (0, None));
}

#[test]
fn a_clock_that_is_set_back_makes_nothing_wait_for_it() {
    let mut queue = queue(&["a"]);
    queue.failed(1, Setback::Server, at(86_400));
    assert_eq!(next(&queue, 0), Some(1));
}

#[test]
fn a_restart_keeps_what_waits_and_the_counts() {
    let mut first = queue(&["a"]);
    first.push(letter("a"));
    let changes = first.take_changes();
    let known = serde_json::to_string(&letter("a")).expect("JSON");
    let mut stored = vec![(1, known.clone())];
    stored.extend(changes.put);
    stored.extend([
        (7, "{}".to_owned()),
        (8, known.replace("\"a\"", "\"gone\"")),
    ]);
    let counts = MailCounts { sent: 5, failed: 1 };
    let mut again = Queue::recover(stored, counts, |letter| letter.to == "a");
    assert_eq!((again.waiting(), next(&again, 0)), (2, Some(1)));
    let given_up = MailCounts {
        failed: 3,
        ..counts
    };
    assert_eq!(again.counts(), given_up);
    assert_eq!(
        again.take_changes().gone,
        [7, 8],
        "unreadable, and without a reader"
    );
    again.push(letter("a"));
    assert_eq!(
        again.take_changes().put[0].0,
        9,
        "no number names two mails"
    );
}

#[test]
fn a_reader_whose_next_mail_is_not_stored_yet_calls_for_no_attempt() {
    let mut queue = queue(&["a"]);
    let later = 8 * 86_400;
    assert!(
        !queue.failed(1, Setback::Server, at(later)),
        "given up: it is too old"
    );
    queue.push(letter("a"));
    assert_eq!((next(&queue, later), queue.next_try()), (None, None));
    queue.take_changes();
    queue.settled(true);
    assert!(queue.next_try().is_some());
}

#[test]
fn the_queue_is_bounded() {
    let mut queue = Queue::default();
    for _ in 0..MOST {
        assert!(queue.push(letter("a")));
    }
    assert!(!queue.push(letter("a")));
    assert_eq!(queue.counts().failed, 1);
    assert!(queue.view().given_up_at.is_some());
}

/// Mails of different episodes for one reader, which the store has.
fn episodes(count: i64) -> Queue {
    let mut queue = Queue::default();
    for episode in 0..count {
        let mut letter = letter("a");
        letter.notice.episode = at(episode);
        assert!(queue.push(letter));
    }
    queue.take_changes();
    queue.settled(true);
    queue
}

#[test]
fn a_mail_that_is_put_off_lets_other_episodes_pass() {
    let mut queue = episodes(3);
    assert!(queue.failed(1, Setback::Mail, at(0)));
    for number in [2, 3] {
        assert_eq!(next(&queue, 0), Some(number));
        queue.sent(number);
    }
    assert_eq!((next(&queue, 4), queue.next_try()), (None, Some(at(5))));
    assert_eq!(next(&queue, 5), Some(1));
}

#[test]
fn a_mail_that_breaks_each_connection_lets_the_others_go() {
    let mut queue = episodes(3);
    let (mut now, mut sent) = (0, Vec::new());
    while sent.len() < 2 {
        match next(&queue, now) {
            Some(1) => assert!(queue.failed(1, Setback::Server, at(now))),
            Some(number) => {
                queue.sent(number);
                sent.push(number);
            }
            None => now += 1,
        }
        assert!(now < 60, "the others went: {sent:?}");
    }
    assert_eq!(sent, [2, 3]);
}

#[test]
fn a_server_that_takes_nothing_is_tried_by_one_mail_at_a_time() {
    let mut queue = episodes(3);
    assert!(queue.failed(1, Setback::Server, at(0)));
    assert_eq!((next(&queue, 4), queue.next_try()), (None, Some(at(5))));
    assert_eq!(
        next(&queue, 5),
        Some(2),
        "of another one, for the first may be to blame"
    );
}

#[test]
fn a_server_that_puts_everything_off_is_not_hammered() {
    let mut queue = episodes(900);
    let (mut now, mut attempts) = (0, 0);
    while now < 86_400 {
        match next(&queue, now) {
            Some(number) => {
                assert!(queue.failed(number, Setback::Mail, at(now)));
                attempts += 1;
            }
            None => {
                let next = queue.next_try().expect("another try");
                now = (next.as_unix_millis() - at(0).as_unix_millis()) / 1000;
            }
        }
    }
    // Two every five minutes: of those that were put off, and of those that were not tried yet.
    assert!((500..650).contains(&attempts), "{attempts} in a day");
    let mut sent = Vec::new();
    while let Some(number) = next(&queue, now + 300) {
        queue.sent(number);
        sent.push(number);
    }
    assert_eq!(
        sent.len(),
        900,
        "they go out as soon as it takes mails again"
    );
}

#[test]
fn new_mails_pass_however_many_are_put_off() {
    let mut queue = episodes(3);
    let mut now = 0;
    // For an hour; the third is taken, once it is its turn.
    while now < 3_600 {
        match next(&queue, now) {
            Some(3) => queue.sent(3),
            Some(number) => assert!(queue.failed(number, Setback::Mail, at(now))),
            None => now += 1,
        }
        assert!(
            now < 10 || queue.waiting() == 2,
            "the third waits at {now} s"
        );
    }
    let mut fourth = letter("a");
    fourth.notice.episode = at(9);
    queue.push(fourth);
    queue.take_changes();
    queue.settled(true);
    assert_eq!(next(&queue, now), Some(4));
}
