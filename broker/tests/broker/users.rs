//! Who gets in, what users may do, and what happens when they change.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use super::support::program::Program;
use super::support::users::{USERS, UsersFixture, password};
use super::support::{Client, Connect, Fixture, eventually, reusable_addr};

/// A CONNECT of one of the users with its right password.
fn connect(version: u8, user: &str, id: &str) -> Connect {
    let connect = match version {
        4 => Connect::v311(id),
        _ => Connect::v5(id),
    };
    connect.login(user, &password(user))
}

fn guarded() -> (UsersFixture, Fixture) {
    let users = UsersFixture::new();
    let broker = Fixture::with(|config| users.configure(config));
    (users, broker)
}

fn client(broker: &Fixture, user: &str) -> Client {
    broker.client(&connect(5, user, user))
}

#[test]
fn only_users_with_their_password_get_in() {
    let (_users, broker) = guarded();
    for (version, nobody, wrong) in [(4, 5, 4), (5, 0x87, 0x86)] {
        let plain = || match version {
            4 => Connect::v311("client"),
            _ => Connect::v5("client"),
        };
        assert_eq!(broker.connack(&connect(version, "anna", "client")), 0);
        assert_eq!(broker.connack(&plain()), nobody);
        assert_eq!(broker.connack(&plain().login("anna", "wrong")), wrong);
        assert_eq!(broker.connack(&plain().login("nobody", "wrong")), wrong);
        assert_eq!(
            broker.connack(&plain().login(&"x".repeat(500), "wrong")),
            wrong
        );
        // It also ends the counting of what was wrong.
        assert_eq!(broker.connack(&connect(version, "anna", "client")), 0);
    }
}

#[test]
fn who_guesses_is_slowed_down_alone() {
    let (users, broker) = guarded();
    let guess = || Connect::v5("guesser").login("anna", "wrong");
    for _ in 0..3 {
        assert_eq!(broker.connack(&guess()), 0x86);
    }
    assert_eq!(broker.connack(&guess()), 0x9f, "too soon");
    assert_eq!(
        broker.connack(&connect(4, "anna", "client")),
        3,
        "the right password is not looked at either, or guessing would go on"
    );
    assert_eq!(broker.connack(&connect(5, "otto", "client")), 0);
    users.set("anna", "viewer", "another-password");
    eventually("a new chance after a change of the users", || {
        broker.connack(&Connect::v5("client").login("anna", "another-password")) == 0
    });
}

#[test]
fn a_login_that_nobody_waits_for_holds_up_nobody() {
    let (_users, broker) = guarded();
    for _ in 0..20 {
        let mut client = broker.socket();
        client.send(&connect(5, "otto", "client").packet());
        client.reset();
    }
    assert_eq!(broker.connack(&connect(5, "anna", "client")), 0);
}

/// A right password is answered sooner than a wrong one: who does not wait for the answer must not guess on.
#[test]
fn guesses_that_nobody_waits_for_are_counted() {
    let (_users, broker) = guarded();
    assert_eq!(broker.connack(&connect(5, "otto", "client")), 0);
    eventually("the wait of somebody who guesses", || {
        for _ in 0..10 {
            let mut client = broker.socket();
            client.send(
                &Connect::v5("guess")
                    .login("otto", "a guess of mine")
                    .packet(),
            );
            client.reset();
        }
        broker.connack(&connect(5, "otto", "client")) == 0x9f
    });
}

#[test]
fn a_fleet_that_connects_all_at_once_gets_in() {
    let (_users, broker) = guarded();
    for round in 0..2 {
        let mut clients: Vec<Client> = (0..150)
            .map(|number| {
                let (user, _) = USERS[number % USERS.len()];
                let mut client = broker.socket();
                client.send(&connect(4, user, &format!("{user}-{round}-{number}")).packet());
                client
            })
            .collect();
        for client in &mut clients {
            assert_eq!(client.packet().body, [0, 0]);
        }
    }
}

#[test]
fn what_a_client_sends_before_its_login_is_checked_is_not_lost() {
    let (_users, broker) = guarded();
    let mut watcher = client(&broker, "anna");
    watcher.subscribe("releve/+/state", 1);
    let mut node = broker.socket();
    node.v5 = true;
    let mut bytes = connect(5, "cabin", "cabin").packet();
    bytes.extend(node.publish_packet(b"releve/cabin/state", b"early", 1, false, 1, &[]));
    node.send(&bytes);
    assert_eq!(watcher.message().text(), "releve/cabin/state early");
}

#[test]
fn publishing_where_one_may_not_is_refused_and_goes_nowhere() {
    let (_users, broker) = guarded();
    let mut watcher = client(&broker, "otto");
    watcher.subscribe("releve/+/state", 1);
    let mut other = client(&broker, "other");
    assert_eq!(other.publish("releve/cabin/state", "forged", 1, true), 0x87);
    assert_eq!(other.publish("releve/cabin/state", "forged", 0, true), 0);
    let mut old = broker.client(&connect(4, "other", "old"));
    assert_eq!(
        old.publish("releve/cabin/state", "forged", 1, true),
        0,
        "3.1.1 knows no refusal"
    );
    let mut node = client(&broker, "cabin");
    assert_eq!(node.publish("releve/cabin/state", "true", 1, true), 0);
    assert_eq!(watcher.message().text(), "releve/cabin/state true");
    let mut late = client(&broker, "anna");
    late.subscribe("releve/+/state", 1);
    assert_eq!(late.message().text(), "releve/cabin/state true");
}

#[test]
fn a_wildcard_shows_what_may_be_read_and_nothing_else() {
    let (_users, broker) = guarded();
    let mut node = client(&broker, "cabin");
    let publish = |node: &mut Client, payload: &str| {
        for topic in ["backlog", "state"] {
            let topic = format!("releve/cabin/{topic}");
            assert_eq!(node.publish(&topic, payload, 1, true), 0);
        }
    };
    publish(&mut node, "retained");
    for version in [4, 5] {
        let mut viewer = broker.client(&connect(version, "anna", "viewer"));
        assert_eq!(viewer.subscribe("releve/#", 1), 1);
        assert_eq!(viewer.message().text(), "releve/cabin/state retained");
        publish(&mut node, "live");
        assert_eq!(viewer.message().text(), "releve/cabin/state live");
        publish(&mut node, "retained");
        assert_eq!(viewer.message().text(), "releve/cabin/state retained");
        let refused = if version == 4 { 0x80 } else { 0x87 };
        assert_eq!(viewer.subscribe("releve/+/set/#", 1), refused);
        assert_eq!(viewer.subscribe("elsewhere", 1), refused);
    }
}

#[test]
fn a_will_needs_the_right_to_publish_it() {
    let (_users, broker) = guarded();
    let forged = connect(5, "other", "other").will("releve/cabin/availability", "offline", true);
    assert_eq!(broker.connack(&forged), 0x87);
    let forged = connect(4, "other", "other").will("releve/cabin/availability", "offline", true);
    assert_eq!(broker.connack(&forged), 5);
    let own = connect(5, "cabin", "cabin").will("releve/cabin/availability", "offline", true);
    assert_eq!(broker.connack(&own), 0);
}

#[test]
fn a_change_of_a_user_cuts_its_connections_and_no_others() {
    let (users, broker) = guarded();
    let mut watcher = client(&broker, "anna");
    watcher.subscribe("releve/+/availability", 1);
    let connect_cabin =
        connect(5, "cabin", "cabin").will("releve/cabin/availability", "offline", true);
    for (change, why) in [
        ("password", "another password"),
        ("role", "another role"),
        ("removed", "removed"),
    ] {
        users.set("cabin", "node", &password("cabin"));
        let mut node = broker.socket();
        node.v5 = true;
        eventually("cabin getting in", || {
            node = broker.socket();
            node.v5 = true;
            node.send(&connect_cabin.packet());
            node.packet().body[1] == 0
        });
        match change {
            "password" => users.set("cabin", "node", "another-password"),
            "role" => users.set("cabin", "viewer", &password("cabin")),
            _ => users.remove("cabin"),
        }
        assert_eq!(node.until_disconnected(), 0x87, "{why}");
        assert_eq!(
            watcher.message().text(),
            "releve/cabin/availability offline",
            "{why}"
        );
    }
    assert_eq!(broker.connack(&connect_cabin), 0x86);
    watcher.ping();
}

#[test]
fn a_users_file_that_cannot_be_followed_changes_nothing() {
    let users = UsersFixture::new();
    let tcp = reusable_addr();
    let config = users.path().with_file_name("releve-broker.toml");
    let path = users.path();
    let text = format!("users = {path:?}\n[listen]\nmqtt = \"{tcp}\"\n");
    std::fs::write(&config, text).unwrap();
    let mut program = Program::start(&["--config", config.to_str().unwrap()]);
    program.until_it_says("the broker listens");
    let mut viewer = Client::new(tcp);
    let enter = |client: &mut Client, id: &str| {
        client.send(&connect(4, "anna", id).packet());
        client.packet().body
    };
    assert_eq!(enter(&mut viewer, "viewer"), [0, 0]);
    std::fs::write(&path, "[anna]\nrole = 1\n").unwrap();
    program.until_it_says("users.toml, line 2: ");
    assert_eq!(enter(&mut Client::new(tcp), "another"), [0, 0]);
    // As an editor leaves it that cannot write what it has: the disk is full.
    std::fs::write(&path, "").unwrap();
    program.until_it_says("users.toml is empty; the users stay as they were");
    assert_eq!(enter(&mut Client::new(tcp), "another"), [0, 0]);
    std::fs::remove_file(&path).unwrap();
    program.until_it_says("the users stay as they were");
    assert_eq!(enter(&mut Client::new(tcp), "another"), [0, 0]);
    viewer.ping();
}

#[test]
fn users_cannot_touch_each_others_sessions() {
    let (users, broker) = guarded();
    let lasting = |user: &str, password: &str| Connect {
        flags: 0b1100_0000,
        properties: vec![0x11, 0, 0, 1, 0],
        ..Connect::v5("shared").login(user, password)
    };
    let anna = lasting("anna", &password("anna"));
    let mut first = broker.client(&anna);
    first.subscribe("releve/+/state", 1);
    // Somebody else with the same client id neither ends it nor sees anything of it.
    let mut thief = broker.client(&lasting("otto", &password("otto")));
    first.ping();
    first.reset();
    client(&broker, "cabin").publish("releve/cabin/state", "1", 1, false);
    thief.ping();
    thief.reset();

    let session_present = |connect: &Connect| {
        let mut client = broker.socket();
        client.send(&connect.packet());
        let connack = client.packet();
        (connack.body[1] == 0).then_some(connack.body[0])
    };
    let mut again = broker.socket();
    again.v5 = true;
    eventually("the session, with what it missed", || {
        again = broker.socket();
        again.v5 = true;
        again.send(&anna.packet());
        again.packet().body[..2] == [1, 0]
    });
    assert_eq!(again.message().text(), "releve/cabin/state 1");
    again.reset();
    // With another role it would show what the user may no longer read.
    users.set("anna", "home_assistant", &password("anna"));
    eventually("the new role without the old session", || {
        session_present(&anna) == Some(0)
    });
}

#[test]
fn with_users_other_machines_can_be_served() {
    let users = UsersFixture::new();
    let broker = Fixture::with(|config| {
        users.configure(config);
        config.tcp = "0.0.0.0:0".parse().unwrap();
    });
    assert!(broker.addr().ip().is_unspecified());
    let missing = Fixture::try_with(|config| config.users = Some("/nowhere/users.toml".into()));
    let said = missing.err().unwrap().to_string();
    assert!(
        said.contains("/nowhere/users.toml") && said.contains("releve-broker passwd"),
        "{said}"
    );
}

fn passwd(users: &UsersFixture, arguments: &[&str], password: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_releve-broker"));
    command
        .arg("passwd")
        .args(arguments)
        .arg("--users")
        .arg(users.path());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may have refused before it reads.
    let _ = child.stdin.take().unwrap().write_all(password.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn no_change_is_lost_when_several_are_made_at_the_same_time() {
    let users = UsersFixture::new();
    let names: Vec<String> = (0..8).map(|number| format!("new-{number}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| {
                let set = passwd(&users, &[name, "--role", "viewer"], "long-enough\n");
                assert!(set.status.success(), "{set:?}");
            });
        }
    });
    let text = std::fs::read_to_string(users.path()).unwrap();
    for name in names {
        assert!(text.contains(&format!("[{name}]\n")), "{name}\n{text}");
    }
}

#[test]
fn the_program_sets_and_removes_users() {
    let (users, broker) = guarded();
    let set = passwd(&users, &["north", "--role", "node"], "north-password\n");
    assert!(set.status.success(), "{set:?}");
    assert_eq!(
        String::from_utf8_lossy(&set.stdout),
        "north is a new user: node north.\n"
    );
    let north = Connect::v5("north").login("north", "north-password");
    eventually("the new user", || broker.connack(&north) == 0);
    let removed = passwd(&users, &["north", "--remove"], "");
    assert!(removed.status.success(), "{removed:?}");
    eventually("the end of the user", || broker.connack(&north) == 0x86);
    let for_mosquitto = ["south", "--role", "viewer", "--mosquitto"];
    for arguments in [&for_mosquitto[..], &["south"]] {
        let set = passwd(&users, arguments, "south-password\n");
        let said = String::from_utf8_lossy(&set.stdout).into_owned();
        assert!(said.contains("stored for Mosquitto, too"), "{said}");
    }
    for (arguments, password, told) in [
        (&["north", "--remove"][..], "", "there is no user north"),
        (&["north"], "long-enough", "what is its role?"),
        (
            &["north", "--role", "king"],
            "long-enough",
            "there is no role",
        ),
        (
            &["north", "--role", "viewer"],
            "short",
            "characters at least",
        ),
        (&["north", "--role", "viewer"], "", "characters at least"),
    ] {
        let refused = passwd(&users, arguments, password);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(told), "{said}");
        assert!(
            said.starts_with("releve-broker: "),
            "one sentence: {said:?}"
        );
    }
}

#[test]
fn the_log_says_who_was_refused_and_who_was_cut_off() {
    let users = UsersFixture::new();
    let file = users.path();
    let config = file.with_file_name("releve-broker.toml");
    let tcp = reusable_addr();
    let text = format!("users = {file:?}\n[listen]\nmqtt = \"{tcp}\"\n");
    std::fs::write(&config, text).unwrap();
    let mut program = Program::start(&["--config", config.to_str().unwrap()]);
    let started = program.until_it_says("the broker listens");
    assert!(!started.contains('\x1b'), "coloured: {started:?}");
    let mut client = Client::new(tcp);
    let will = connect(5, "other", "node-cabin").will("releve/cabin/availability", "offline", true);
    client.send(&will.packet());
    let said = program.until_it_says("a connection was refused");
    for part in [
        "user=\"other\"",
        "client=\"node-cabin\"",
        "will=\"releve/cabin/availability\"",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let mut client = Client::new(tcp);
    client.send(&connect(5, "anna", "page-1").packet());
    client.packet();
    users.remove("anna");
    let said = program.until_it_says("its user was changed or removed");
    assert!(said.contains("user=\"anna\""), "{said}");
}
