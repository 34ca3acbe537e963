//! Hostile input at every state of a connection: the corpus as it is, then mutated. The program lives, nothing in it
//! panics, and bystanders get their messages.
//!
//! `RELEVE_FUZZ_SECONDS` makes the mutations last longer, `RELEVE_FUZZ_SEED` (64 hexadecimal digits) repeats a run.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Message, client};

use super::support::program::Program;
use super::support::{Client, Connect, DEADLINE, packet, reusable_addr, string};

/// How long the mutations last unless the environment says otherwise.
const FUZZ_TIME: Duration = Duration::from_secs(3);

/// What hostile clients may make the program log, however many they are.
const LOG_BYTES_PER_SECOND: usize = 500;

/// Where a connection is when the hostile bytes come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    BeforeConnect,
    Connected {
        level: u8,
    },
    /// Right behind a SUBSCRIBE that is not answered.
    Subscribing {
        level: u8,
    },
    /// A message of QoS 1 is on its way and will not be acknowledged.
    Delivering {
        level: u8,
    },
    /// A publish of QoS 2 is taken and not released.
    HalfPublished,
}

const STATES: [State; 8] = [
    State::BeforeConnect,
    State::Connected { level: 4 },
    State::Connected { level: 5 },
    State::Subscribing { level: 4 },
    State::Subscribing { level: 5 },
    State::Delivering { level: 4 },
    State::Delivering { level: 5 },
    State::HalfPublished,
];

/// How the bytes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Tcp,
    WebSocket,
    /// In place of WebSocket frames.
    WebSocketRaw,
}

const WAYS: [Way; 3] = [Way::Tcp, Way::WebSocket, Way::WebSocketRaw];

impl State {
    /// What brings a connection there.
    fn preface(self) -> Vec<u8> {
        match self {
            Self::BeforeConnect => vec![],
            Self::Connected { level } => connect(level),
            Self::Subscribing { level } => [connect(level), subscribe(level)].concat(),
            Self::Delivering { level } => {
                let publish = publish(level, 0x32);
                [connect(level), subscribe(level), publish].concat()
            }
            Self::HalfPublished => [connect(4), publish(4, 0x34)].concat(),
        }
    }
}

fn connect(level: u8) -> Vec<u8> {
    Connect {
        level,
        ..Connect::v311("hostile")
    }
    .packet()
}

fn no_properties(level: u8) -> &'static [u8] {
    if level == 5 { &[0] } else { &[] }
}

fn subscribe(level: u8) -> Vec<u8> {
    let filter = string(b"hostile/#");
    packet(
        0x82,
        &[&[0, 1], no_properties(level), &filter, &[1]].concat(),
    )
}

fn publish(level: u8, first_byte: u8) -> Vec<u8> {
    let topic = string(b"hostile/t");
    packet(
        first_byte,
        &[&topic, &[0, 9][..], no_properties(level), b"x"].concat(),
    )
}

/// Sends `bytes` at that state, and waits until the broker has ended the connection.
fn throw(tcp: SocketAddr, websocket: SocketAddr, way: Way, state: State, bytes: &[u8]) {
    let all = [state.preface(), bytes.to_vec()].concat();
    let stream = match way {
        Way::Tcp => {
            let mut stream = TcpStream::connect(tcp).unwrap();
            let _ = stream.write_all(&all);
            stream
        }
        Way::WebSocket | Way::WebSocketRaw => {
            let mut request = format!("ws://{websocket}/").into_client_request().unwrap();
            let protocol = HeaderValue::from_static("mqtt");
            request
                .headers_mut()
                .insert("sec-websocket-protocol", protocol);
            let stream = TcpStream::connect(websocket).unwrap();
            let (mut socket, _) = client(request, stream).unwrap();
            if way == Way::WebSocket {
                let _ = socket.send(Message::Binary(all.into()));
            } else {
                let _ = socket.send(Message::Binary(state.preface().into()));
                let _ = socket.get_mut().write_all(bytes);
            }
            socket.get_ref().try_clone().unwrap()
        }
    };
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    let _ = stream.shutdown(Shutdown::Write);
    until_ended(stream, way, state, bytes);
}

fn until_ended(mut stream: TcpStream, way: Way, state: State, bytes: &[u8]) {
    let mut said = [0; 4096];
    loop {
        match stream.read(&mut said) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return,
            Err(error) => panic!("no end ({error}) at {way:?}, {state:?}: {bytes:02x?}"),
        }
    }
}

/// The committed inputs, by the names of their files.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut inputs: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let digits = text.lines().filter(|line| !line.starts_with('#'));
            let bytes = digits
                .flat_map(str::split_whitespace)
                .map(|byte| u8::from_str_radix(byte, 16).unwrap())
                .collect();
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                bytes,
            )
        })
        .collect();
    inputs.sort();
    inputs
}

/// One change of the bytes of an input.
#[derive(Debug, Clone)]
enum Change {
    Set(usize, u8),
    Flip(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Cut(usize),
    Repeat(usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let at = || any::<prop::sample::Index>().prop_map(|index| index.index(1 << 16));
    // Values around bounds are likelier to be special than others.
    let value = || {
        prop_oneof![
            prop::sample::select(vec![0, 1, 0x7f, 0x80, 0xfe, 0xff]),
            any::<u8>()
        ]
    };
    let change = prop_oneof![
        (at(), value()).prop_map(|(at, value)| Change::Set(at, value)),
        (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, 1 << bit)),
        (at(), value()).prop_map(|(at, value)| Change::Insert(at, value)),
        at().prop_map(Change::Remove),
        at().prop_map(Change::Cut),
        at().prop_map(Change::Repeat),
    ];
    prop::collection::vec(change, 0..5)
}

fn apply(bytes: &mut Vec<u8>, changes: &[Change]) {
    for change in changes {
        if bytes.is_empty() {
            return;
        }
        let place = |at: usize| at % bytes.len();
        match *change {
            Change::Set(at, value) => {
                let at = place(at);
                bytes[at] = value;
            }
            Change::Flip(at, bit) => {
                let at = place(at);
                bytes[at] ^= bit;
            }
            Change::Insert(at, value) => bytes.insert(place(at), value),
            Change::Remove(at) => {
                bytes.remove(place(at));
            }
            Change::Cut(at) => bytes.truncate(place(at)),
            Change::Repeat(at) => {
                let tail = bytes[place(at)..].to_vec();
                bytes.extend(tail);
            }
        }
    }
}

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    match std::env::var("RELEVE_FUZZ_SEED") {
        Ok(digits) => {
            for (index, byte) in seed.iter_mut().enumerate() {
                *byte = u8::from_str_radix(&digits[2 * index..2 * index + 2], 16).unwrap();
            }
        }
        Err(_) => fs::File::open("/dev/urandom")
            .unwrap()
            .read_exact(&mut seed)
            .unwrap(),
    }
    // Shown when the test fails.
    let digits: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("RELEVE_FUZZ_SEED={digits}");
    seed
}

fn fuzz_time() -> Duration {
    let seconds = std::env::var("RELEVE_FUZZ_SECONDS").ok();
    seconds.map_or(FUZZ_TIME, |seconds| {
        Duration::from_secs(seconds.parse().unwrap())
    })
}

/// Sends messages from one client to another until told to stop; gives their number.
fn bystanders(addr: SocketAddr, stop: &AtomicBool) -> usize {
    let connected = |id| {
        let mut client = Client::new(addr);
        client.send(&Connect::v311(id).packet());
        assert_eq!(client.packet().first_byte, 0x20);
        client
    };
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        let (mut publisher, mut subscriber) = (connected("bystander-1"), connected("bystander-2"));
        subscriber.subscribe("bystanders/of/it", 1);
        // Packets are numbered in 16 bits.
        for _ in 0..60_000 {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            sent += 1;
            publisher.publish("bystanders/of/it", sent.to_string(), 1, false);
            assert_eq!(subscriber.message().payload, sent.to_string().as_bytes());
        }
    }
    sent
}

#[test]
fn neither_the_corpus_nor_its_mutations_disturb_anybody() {
    let begun = Instant::now();
    let (tcp, websocket) = (reusable_addr(), reusable_addr());
    let addresses = [tcp.to_string(), websocket.to_string()];
    let mut program = Program::start(&["--mqtt", &addresses[0], "--websocket", &addresses[1]]);
    program.until_it_says("the broker listens");
    let id = program.id();
    // What it says has to be read, or it would wait for that.
    let ended = std::thread::spawn(move || program.until_it_ends());
    let stop = AtomicBool::new(false);
    let inputs = corpus();
    assert!(inputs.len() > 30, "the corpus is not there");
    std::thread::scope(|scope| {
        let bystanders = scope.spawn(|| bystanders(tcp, &stop));
        for way in WAYS {
            for state in STATES {
                for (_, bytes) in &inputs {
                    throw(tcp, websocket, way, state, bytes);
                }
            }
        }
        let thrown = mutate(&inputs, |way, state, bytes| {
            throw(tcp, websocket, way, state, bytes);
        });
        stop.store(true, Ordering::Relaxed);
        let sent = bystanders.join().unwrap();
        println!("{thrown} mutations, {sent} messages between bystanders");
        assert!(thrown > 0 && sent > 0);
    });
    let told = std::process::Command::new("kill")
        .args(["-TERM", &id.to_string()])
        .status();
    assert!(told.unwrap().success());
    let (said, status) = ended.join().unwrap();
    assert!(status.success(), "{status}");
    assert!(!said.contains("panicked"), "{said}");
    println!("{} bytes of log", said.len());
    let most = LOG_BYTES_PER_SECOND * usize::try_from(begun.elapsed().as_secs() + 10).unwrap();
    assert!(said.len() < most, "more than {most}");
}

/// Throws mutations of `inputs` for the time there is, and gives their number.
fn mutate(inputs: &[(String, Vec<u8>)], throw: impl Fn(Way, State, &[u8])) -> usize {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed());
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let parts = prop::collection::vec(prop::sample::select(inputs.to_vec()), 1..4);
    let places = (
        prop::sample::select(&WAYS[..]),
        prop::sample::select(&STATES[..]),
    );
    let strategy = (parts, changes(), places);
    let until = Instant::now() + fuzz_time();
    let mut thrown = 0;
    while Instant::now() < until {
        let (parts, changes, (way, state)) = strategy.new_tree(&mut runner).unwrap().current();
        let mut bytes: Vec<u8> = parts.into_iter().flat_map(|(_, bytes)| bytes).collect();
        apply(&mut bytes, &changes);
        throw(way, state, &bytes);
        thrown += 1;
    }
    thrown
}
