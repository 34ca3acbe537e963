use std::fs;
use std::path::Path;

use releve_control::Event;
use releve_protocol::{EventRecord, Stream, Timestamp, VERSION};

use super::*;
use crate::journal::Capacity;

fn epoch(name: &str) -> Epoch {
    name.parse().expect("an epoch")
}

fn event(name: &str, seq: u64) -> Record {
    Record::Event(EventRecord {
        v: VERSION,
        epoch: epoch(name),
        seq,
        at: Timestamp::from_unix_millis(0),
        event: Event::Restart {
            version: "1".to_owned(),
        },
    })
}

fn place(directory: &Path) -> Place {
    Place {
        path: directory.join("site-1.journal"),
        boot: Boot::named("this one"),
        bounds: Bounds {
            records: Capacity::days(1),
            bytes: 64 << 20,
        },
    }
}

fn started(place: &Place) -> Keeper {
    let store = place.open(epoch("a")).expect("a disk that works");
    Keeper::start(place.clone(), Some(store))
}

fn publication(topic: &str) -> Publication {
    Publication {
        topic: topic.to_owned(),
        payload: bytes::Bytes::new(),
        retain: false,
        correlation: None,
        tells_of_records: true,
    }
}

fn taken(handed: Handed) {
    assert!(matches!(handed, Handed::Taken), "{handed:?}");
}

/// How far the journal on the disk goes.
fn events(standing: &Standing) -> (&str, u64) {
    (standing.current.epoch.as_str(), standing.current.event.next)
}

#[tokio::test]
async fn what_is_written_may_be_published() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut keeper = started(&place(directory.path()));
    taken(keeper.write(vec![event("a", 1)], false, vec![publication("event")]));
    let Report::Written {
        publications,
        standing,
    } = keeper.report().await
    else {
        panic!("a disk that works");
    };
    assert_eq!(publications, [publication("event")]);
    assert_eq!(events(&standing), ("a", 2));
    keeper.read(Resend {
        epoch: epoch("a"),
        stream: Stream::Event,
        from: 1,
        to: 1,
    });
    let Report::Read(backlog) = keeper.report().await else {
        panic!("a disk that works");
    };
    assert_eq!((backlog.from, backlog.to, backlog.lost), (1, 1, Vec::new()));
}

#[tokio::test]
async fn the_last_records_are_on_the_disk_before_the_end() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = place(directory.path());
    let mut keeper = started(&place);
    taken(keeper.write(vec![event("a", 1)], false, vec![publication("event")]));
    let said = keeper
        .finish(vec![event("a", 2)], Duration::from_mins(1))
        .await;
    assert_eq!(said, [publication("event")]);
    let store = place.open(epoch("b")).expect("a disk that works");
    assert_eq!(events(&store.standing()), ("a", 3));
}

#[tokio::test]
async fn a_disk_that_comes_back_takes_what_memory_held() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mounted, unmounted) = (directory.path().join("card"), directory.path().join("out"));
    fs::create_dir(&mounted).expect("made");
    let place = place(&mounted);
    let mut keeper = started(&place);
    taken(keeper.write(vec![event("a", 1)], true, Vec::new()));
    let Report::Written { standing, .. } = keeper.report().await else {
        panic!("a disk that works");
    };
    fs::rename(&mounted, &unmounted).expect("taken out");
    taken(keeper.write(vec![event("a", 2)], true, vec![publication("event")]));
    let Report::Refused {
        fault,
        publications,
    } = keeper.report().await
    else {
        panic!("a card that is gone");
    };
    assert_eq!(fault, StorageFault::Fails);
    assert_eq!(publications, [publication("event")]);
    let further = keeper.write(vec![event("b", 2)], true, vec![publication("event")]);
    assert!(matches!(further, Handed::NotNeeded(_)), "{further:?}");

    let in_memory = || vec![event("b", 1), event("b", 2)];
    keeper.adopt(Some(standing.current.clone()), epoch("b"), in_memory());
    let still_gone = keeper.report().await;
    assert!(
        matches!(still_gone, Report::NotAdopted(_)),
        "{still_gone:?}"
    );

    fs::rename(&unmounted, &mounted).expect("put in");
    for _ in 0..2 {
        // Told twice, it holds it once: it may have refused in the middle.
        keeper.adopt(Some(standing.current.clone()), epoch("b"), in_memory());
        let Report::Adopted(adopted) = keeper.report().await else {
            panic!("a disk that works again");
        };
        assert_eq!(events(&adopted), ("b", 3));
        assert_eq!(adopted.earlier, std::slice::from_ref(&standing.current));
    }
    assert!(keeper.is_off(), "until the journal says that it is level");
    keeper.adopt(None, epoch("b"), vec![event("b", 3)]);
    let Report::Adopted(adopted) = keeper.report().await else {
        panic!("a disk that works again");
    };
    assert_eq!(events(&adopted), ("b", 4));
    keeper.is_level();
    taken(keeper.write(vec![event("b", 4)], true, Vec::new()));
    let Report::Written { standing, .. } = keeper.report().await else {
        panic!("a disk that works again");
    };
    assert_eq!(events(&standing), ("b", 5));
}

/// A keeper whose disk is this test.
fn scripted() -> (Keeper, mpsc::Receiver<Order>, mpsc::Sender<Report>) {
    let (orders, inbox) = mpsc::channel(ORDERS);
    let (outbox, reports) = mpsc::channel(ORDERS + 1);
    let keeper = Keeper {
        orders,
        reports,
        waiting: VecDeque::new(),
        disk: Disk::Works,
        synced: Instant::now(),
        reading: false,
    };
    (keeper, inbox, outbox)
}

fn written() -> Report {
    Report::Written {
        publications: Vec::new(),
        standing: Standing {
            current: JournalExtent::empty(epoch("a")),
            earlier: Vec::new(),
        },
    }
}

#[tokio::test(start_paused = true)]
async fn a_disk_that_does_not_answer_is_given_up_and_tried_again_once_it_has_answered() {
    let (mut keeper, _orders, reports) = scripted();
    taken(keeper.write(vec![event("a", 1)], false, Vec::new()));
    tokio::time::advance(STALLED_AFTER / 2).await;
    taken(keeper.write(vec![event("a", 2)], false, Vec::new()));
    assert!(!keeper.has_stalled());
    tokio::time::advance(STALLED_AFTER / 2).await;
    assert!(keeper.has_stalled());
    assert!(!keeper.has_stalled(), "told once");
    tokio::time::advance(RETRY * 2).await;
    assert!(!keeper.is_due_again(), "it has not answered");
    for _ in 0..2 {
        reports.send(written()).await.expect("room");
        keeper.report().await;
    }
    assert!(keeper.is_due_again());
}

#[tokio::test(start_paused = true)]
async fn a_flood_that_fills_all_orders_of_a_stalled_disk_loses_none_of_them() {
    let (mut keeper, mut orders, reports) = scripted();
    let answer = |seq: u64| Publication {
        tells_of_records: false,
        ..publication(&format!("result/{seq}"))
    };
    let handed_on = ORDERS as u64;
    for seq in 1..=handed_on {
        taken(keeper.write(vec![event("a", seq)], false, vec![answer(seq)]));
    }
    let last = handed_on + 1;
    let Handed::Refused(back) = keeper.write(vec![event("a", last)], false, vec![answer(last)])
    else {
        panic!("there is no room");
    };
    assert_eq!(back, [answer(last)]);
    assert!(!keeper.has_stalled(), "it is left alone already");
    for seq in last..last + 1000 {
        // The flood goes on: the journal is in memory, and nothing waits for the disk.
        let Handed::NotNeeded(back) = keeper.write(Vec::new(), false, vec![answer(seq)]) else {
            panic!("the disk is left alone");
        };
        assert_eq!(back, [answer(seq)]);
    }
    assert_eq!(keeper.waiting.len(), ORDERS, "no more than that is kept");

    tokio::time::advance(RETRY * 2).await;
    assert!(!keeper.is_due_again(), "it has not answered");
    let mut said = Vec::new();
    while let Ok(Order::Write { publications, .. }) = orders.try_recv() {
        let report = Report::Written {
            publications,
            standing: Standing {
                current: JournalExtent::empty(epoch("a")),
                earlier: Vec::new(),
            },
        };
        // There is room for the report of every order, though nobody may take one.
        reports.try_send(report).expect("room");
    }
    for _ in 0..ORDERS {
        let Report::Written { publications, .. } = keeper.report().await else {
            panic!("it has written");
        };
        said.extend(publications);
    }
    let wanted: Vec<_> = (1..=handed_on).map(answer).collect();
    assert!(said == wanted, "every answer, in its order");
    assert!(keeper.is_due_again());
}

#[tokio::test(start_paused = true)]
async fn records_are_synced_where_it_presses_and_else_now_and_then() {
    let (mut keeper, mut orders, _reports) = scripted();
    let mut synced = async |keeper: &mut Keeper, pressing| {
        taken(keeper.write(vec![event("a", 1)], pressing, Vec::new()));
        match orders.recv().await {
            Some(Order::Write { sync, .. }) => sync,
            _ => panic!("an order to write"),
        }
    };
    assert!(!synced(&mut keeper, false).await);
    assert!(synced(&mut keeper, true).await);
    tokio::time::advance(SYNC_EVERY - Duration::from_secs(1)).await;
    assert!(!synced(&mut keeper, false).await);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(synced(&mut keeper, false).await);
    assert!(!synced(&mut keeper, false).await);
}
