use std::path::Path;

use releve_protocol::Mail;
use tempfile::TempDir;

use super::*;
use crate::alerts::{Pace, Silences};
use crate::mqtt::Link;
use crate::samples;
use crate::store::{Opened, UNREADABLE_KEPT, events};
use crate::watch::LastLook;

fn ingest(opened: Opened) -> Ingest {
    let alerts = Alerts::new(Pace::default(), Silences::default());
    let memory = Memory::recover(opened.recovered, "test".to_owned(), Past::Recent, alerts);
    let (outbox, _) = mpsc::channel(1);
    Ingest {
        memory: Arc::new(memory),
        store: opened.store,
        inbox: mpsc::channel(1).1,
        desk: Desk::new(
            "main".parse().expect("a name"),
            Link::default(),
            outbox.clone(),
            Mail::NotConfigured,
        ),
        outbox,
        watch: Watch {
            id: "main".parse().expect("a name"),
            link: Link::default(),
            post: None,
            public_url: None,
            last: LastLook::default(),
        },
        unwritten: Unwritten::default(),
    }
}

fn unreadable(number: u32) -> Record {
    Record::Unreadable {
        received: samples::reading("a", 1).at,
        topic: format!("releve/cabin{number}/state"),
        problem: "no JSON".to_owned(),
        payload: b"{".to_vec(),
    }
}

fn refuse(directory: &Path, sentence: &str) {
    let file = rusqlite::Connection::open(directory.join("bridge.db")).expect("the file");
    file.execute_batch(sentence).expect("a sentence");
}

/// Writes a batch of these records, whatever becomes of it; whether it was written.
async fn write(ingest: &mut Ingest, records: Vec<Record>, remember: bool) -> bool {
    let mut batch = Batch::default();
    batch.records = records;
    let mut writing = ingest.begin(batch, remember).expect("a write");
    let outcome = writing.done.as_mut().await;
    let is_written = outcome.is_ok();
    ingest.settle(writing, outcome);
    is_written
}

async fn topics(ingest: &Ingest) -> Vec<String> {
    let asked = |connection: &_| events::unreadable(connection, 5_000);
    let messages = ingest.store.reader().ask(asked).await.expect("an answer");
    messages.into_iter().map(|message| message.topic).collect()
}

#[tokio::test]
async fn unreadable_messages_are_kept_until_the_store_works() {
    let directory = TempDir::new().expect("a directory");
    let mut ingest = ingest(Store::open(Some(directory.path())).expect("a store"));
    let no = "CREATE TRIGGER no BEFORE INSERT ON unreadable BEGIN SELECT raise(ABORT, 'no'); END";
    refuse(directory.path(), no);
    assert!(!write(&mut ingest, vec![unreadable(1)], false).await);
    assert!(!write(&mut ingest, vec![unreadable(2)], true).await);
    let mut stalled = Batch::default();
    stalled.records = vec![unreadable(3)];
    ingest.leave_out(&mut stalled);
    refuse(directory.path(), "DROP TRIGGER no");
    assert!(write(&mut ingest, Vec::new(), true).await);
    let expected = [3, 2, 1].map(|number| format!("releve/cabin{number}/state"));
    assert_eq!(topics(&ingest).await, expected);
    assert!(write(&mut ingest, Vec::new(), true).await);
    assert_eq!(topics(&ingest).await.len(), 3, "each once");
}

#[tokio::test]
async fn no_more_unreadable_messages_wait_than_the_store_keeps() {
    let mut ingest = ingest(Store::open(None).expect("a store"));
    for number in 0..UNREADABLE_KEPT + 7 {
        ingest.release(&[unreadable(number)]);
    }
    assert_eq!(ingest.unwritten.take().count(), UNREADABLE_KEPT as usize);
}
