//! Retained messages outlive the program, however it ends, and a disk that does not take them ends nothing.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::support::program::Program;
use super::support::{Client, Connect, Fixture, eventually, reusable_addr};

/// The program with a store on disk.
struct Site {
    folder: TempDir,
    mqtt: SocketAddr,
}

impl Site {
    fn new() -> Self {
        Self::with("")
    }

    /// One with that in `[limits]`.
    fn with(limits: &str) -> Self {
        let site = Self {
            folder: tempfile::tempdir().unwrap(),
            mqtt: reusable_addr(),
        };
        let text = format!(
            "retained_store = {:?}\n[listen]\nmqtt = \"{}\"\n[limits]\n{limits}\n",
            site.store(),
            site.mqtt
        );
        fs::write(site.config(), text).unwrap();
        site
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("retained.db")
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("releve-broker.toml")
    }

    fn start(&self) -> Program {
        let mut program = Program::start(&["--config", self.config().to_str().unwrap()]);
        program.until_it_says("the broker listens");
        program
    }

    fn client(&self, connect: &Connect) -> Client {
        let mut client = Client::new(self.mqtt);
        client.v5 = connect.level == 5;
        client.send(&connect.packet());
        assert_eq!(client.packet().body[1], 0);
        client
    }

    /// The retained messages under `filter`, each as topic and payload.
    fn retained(&self, filter: &str) -> BTreeMap<String, String> {
        let mut client = self.client(&Connect::v311("reader"));
        client.subscribe("end", 0);
        client.subscribe(filter, 1);
        let end = client.publish_packet(b"end", b"", 0, false, 0, &[]);
        client.send(&end);
        let mut found = BTreeMap::new();
        loop {
            let message = client.message();
            if message.topic == "end" {
                return found;
            }
            assert!(message.retain, "{message:?}");
            let payload = String::from_utf8_lossy(&message.payload).into_owned();
            assert!(found.insert(message.topic, payload).is_none());
        }
    }
}

/// What has become of one topic: each payload that was published, and how many of them were acknowledged.
#[derive(Default)]
struct History {
    sent: Vec<String>,
    acknowledged: usize,
}

impl History {
    /// Whether the topic may hold that: what was acknowledged last, or something that came after it.
    fn allows(&self, found: &str) -> bool {
        let from = self.acknowledged.saturating_sub(1);
        let nothing_sent = self.acknowledged == 0 && found.is_empty();
        nothing_sent || self.sent.iter().skip(from).any(|sent| sent == found)
    }

    /// What is found after a crash is where it goes on from.
    fn goes_on_with(&mut self, found: &str) {
        self.sent = vec![found.to_owned()];
        self.acknowledged = 1;
    }
}

/// A generator of the kind that is good enough here, and the same in each run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill_at_any_moment() {
    const ROUNDS: u64 = 20;
    const TOPICS: u64 = 12;
    /// Publishes on their way at a time.
    const WINDOW: usize = 20;
    let site = Site::new();
    let mut histories: BTreeMap<String, History> = (0..TOPICS)
        .map(|number| (format!("t/{number}"), History::default()))
        .collect();
    let mut dice = Dice(42);
    for round in 0..ROUNDS {
        let mut program = site.start();
        let found = site.retained("t/#");
        for (topic, history) in &mut histories {
            let payload = found.get(topic).map_or("", String::as_str);
            let short = |text: &str| text.chars().take(12).collect::<String>();
            assert!(
                history.allows(payload),
                "round {round}, {topic}: {:?} was found, {} of {:?} were acknowledged",
                short(payload),
                history.acknowledged,
                history
                    .sent
                    .iter()
                    .map(|sent| short(sent))
                    .collect::<Vec<_>>()
            );
            history.goes_on_with(payload);
        }
        let mut client = site.client(&Connect::v311("publisher"));
        let mut on_their_way: VecDeque<(u16, String)> = VecDeque::new();
        let acknowledged_before_the_kill = dice.throw(300);
        let (mut acknowledged, mut id) = (0, 0);
        while acknowledged < acknowledged_before_the_kill {
            while on_their_way.len() < WINDOW {
                id += 1;
                let topic = format!("t/{}", dice.throw(TOPICS));
                // Now and then a deletion, and now and then a large one.
                let payload = match dice.throw(10) {
                    0 => String::new(),
                    1 => format!("{round}-{id}-{}", "x".repeat(20_000)),
                    _ => format!("{round}-{id}"),
                };
                let packet =
                    client.publish_packet(topic.as_bytes(), payload.as_bytes(), 1, true, id, &[]);
                client.send(&packet);
                histories.get_mut(&topic).unwrap().sent.push(payload);
                on_their_way.push_back((id, topic));
            }
            let puback = client.packet();
            let (id, topic) = on_their_way.pop_front().unwrap();
            assert_eq!(
                (puback.first_byte, &puback.body[..]),
                (0x40, &id.to_be_bytes()[..])
            );
            histories.get_mut(&topic).unwrap().acknowledged += 1;
            acknowledged += 1;
        }
        program.kill();
    }
}

#[test]
fn a_stop_in_order_keeps_everything_that_a_message_has() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("retained.db");
    let start = || Fixture::with(|config| config.retained_store = Some(store.clone()));
    let mut broker = start();
    let mut publisher = broker.v5("publisher");
    // A user property and a content type; an expiry of 1,000 s.
    let properties = [
        &[0x26, 0, 1, b'k', 0, 1, b'v', 3, 0, 1, b't'][..],
        &[2, 0, 0, 3, 0xe8],
    ]
    .concat();
    assert_eq!(
        publisher.publish_with("a/rich", b"1", 1, true, &properties),
        0
    );
    // Of QoS 0, and not acknowledged by anybody.
    publisher.publish("a/plain", "2", 0, true);
    publisher.publish("a/gone", "3", 1, true);
    publisher.publish("a/gone", "", 1, true);
    publisher.publish("a/live", "4", 1, false);
    let wills = Connect::v5("mortal").will("a/will", "5", true);
    broker.client(&wills).reset();
    let mut watcher = broker.v5("watcher");
    watcher.subscribe("a/will", 1);
    assert_eq!(watcher.message().text(), "a/will 5");
    broker.stop();

    let broker = start();
    let mut reader = broker.v5("reader");
    reader.subscribe("a/#", 1);
    let mut found: Vec<_> = (0..3).map(|_| reader.message()).collect();
    found.sort_by(|one, other| one.topic.cmp(&other.topic));
    let texts: Vec<_> = found.iter().map(|message| message.text()).collect();
    assert_eq!(texts, ["a/plain 2", "a/rich 1", "a/will 5"]);
    let qos: Vec<_> = found.iter().map(|message| message.qos).collect();
    assert_eq!(qos, [0, 1, 1]);
    let rich = &found[1].properties;
    let holds = |wanted: &[u8]| rich.windows(wanted.len()).any(|bytes| bytes == wanted);
    assert!(
        holds(b"\x26\0\x01k\0\x01v") && holds(b"\x03\0\x01t"),
        "{rich:?}"
    );
    assert!(holds(&[2, 0, 0, 3]), "what is left of its expiry: {rich:?}");
    reader.assert_nothing_comes();
}

#[test]
fn a_full_disk_is_told_and_ends_nothing() {
    // One megabyte holds some ten of these messages.
    let site = Site::with("retained_disk_megabytes = 1");
    let mut program = site.start();
    let mut publisher = site.client(&Connect::v5("publisher"));
    let publish = |publisher: &mut Client, number: usize, payload: &[u8]| {
        assert_eq!(
            publisher.publish(&format!("t/{number:02}"), payload, 1, true),
            0
        );
    };
    for number in 0..20 {
        publish(&mut publisher, number, &[b'x'; 100_000]);
    }
    program.until_it_says("in memory alone");
    assert_eq!(site.retained("t/#").len(), 20, "all are served");
    for number in 5..20 {
        publish(&mut publisher, number, b"");
    }
    program.until_it_says("takes retained messages again");
    publish(&mut publisher, 30, b"last");
    program.kill();
    let _program = site.start();
    let found: Vec<_> = site.retained("t/#").into_keys().collect();
    assert_eq!(found, ["t/00", "t/01", "t/02", "t/03", "t/04", "t/30"]);
}

#[test]
fn a_damaged_store_is_put_aside_and_said() {
    let site = Site::new();
    fs::write(
        site.store(),
        "this was a database\0 once, before the card forgot it",
    )
    .unwrap();
    let mut program = Program::start(&["--config", site.config().to_str().unwrap()]);
    program.until_it_says("is damaged");
    program.until_it_says("the broker listens");
    assert!(site.retained("#").is_empty());
    let aside = fs::read_to_string(site.store().with_extension("db.damaged-1")).unwrap();
    assert!(aside.starts_with("this was a database"), "{aside}");
}

#[test]
fn a_store_that_cannot_be_had_is_named() {
    let failed = |path: &Path| {
        let started = Fixture::try_with(|config| config.retained_store = Some(path.to_owned()));
        started.err().unwrap().to_string()
    };
    let said = failed(Path::new("/nowhere/retained.db"));
    assert!(said.starts_with("/nowhere/retained.db: "), "{said}");
    let site = Site::new();
    let mut program = site.start();
    let said = failed(&site.store());
    assert!(said.contains("another program has it open"), "{said}");
    program.terminate();
    assert!(program.until_it_ends().1.success());
    eventually("the store, once the program has ended", || {
        let store = site.store();
        Fixture::try_with(|config| config.retained_store = Some(store)).is_ok()
    });
}

#[test]
fn acknowledgements_keep_the_order_of_the_publishes() {
    let site = Site::new();
    let _program = site.start();
    let mut client = site.client(&Connect::v5("client"));
    let mut bytes = Vec::new();
    for id in 1..=500_u16 {
        // Every third one waits for the disk.
        let topic = format!("t/{}", id % 7);
        bytes.extend(client.publish_packet(topic.as_bytes(), b"x", 1, id % 3 == 0, id, &[]));
    }
    client.send(&bytes);
    for id in 1..=500_u16 {
        let puback = client.packet();
        assert_eq!(
            (puback.first_byte, &puback.body[..2]),
            (0x40, &id.to_be_bytes()[..])
        );
    }
}
