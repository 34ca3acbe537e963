//! The program as a service manager runs it, on a computer without a bus and without relays: it goes on,
//! says what is missing, and ends in order.

use std::io::Read;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The commented configuration with this state directory, and a bus and lines that no computer has.
fn configuration(directory: &Path) -> String {
    let commented = include_str!("../../releve-node.toml");
    let state = format!("state_directory = {:?}", directory.join("state"));
    [
        ("# state_directory = \"/var/lib/releve\"", state.as_str()),
        ("bus = 1\n", "bus = 255\n"),
        (
            "gpio_chip = \"pinctrl-rp1\"\n# The level",
            "gpio_chip = \"no-such-chip\"\n# The level",
        ),
    ]
    .into_iter()
    .fold(commented.to_owned(), |text, (line, instead)| {
        assert_eq!(text.matches(line).count(), 1, "{line}");
        text.replace(line, instead)
    })
}

fn releve_node(arguments: &[&str], config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_releve-node"));
    command.args(arguments).arg("--config").arg(config);
    command
}

/// Ends the program with the test, whatever ends the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn told(socket: &UnixDatagram) -> String {
    let mut message = [0; 256];
    let length = socket
        .recv(&mut message)
        .expect("the program tells something in time");
    String::from_utf8_lossy(&message[..length]).into_owned()
}

#[test]
fn the_service_manager_hears_that_it_is_up_that_it_turns_and_that_it_stops() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("releve-node.toml");
    std::fs::write(&config, configuration(directory.path())).expect("written");
    let path = directory.path().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket
        .set_read_timeout(Some(Duration::from_mins(1)))
        .expect("a deadline");
    let child = releve_node(&["run"], &config)
        .env("NOTIFY_SOCKET", &path)
        .env_remove("RELEVE_LOG")
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut running = Running(child);
    assert_eq!(told(&socket), "READY=1\nWATCHDOG=1\n");
    assert_eq!(
        told(&socket),
        "WATCHDOG=1\n",
        "every tick feeds the watchdog"
    );
    let terminated = Command::new("kill")
        .arg(running.0.id().to_string())
        .status()
        .expect("kill is there");
    assert!(terminated.success());
    while told(&socket) != "STOPPING=1\n" {}
    let ended = running.0.wait().expect("it ends");
    assert!(
        !ended.success(),
        "the relays could not be left safe: {ended}"
    );
    let mut log = String::new();
    let mut stderr = running.0.stderr.take().expect("it is piped");
    stderr.read_to_string(&mut log).expect("text");
    for sentence in [
        "/dev/i2c-255 cannot be opened",
        "battery (INA219 at 0x40) does not answer",
        "the relay board refused",
        "could not leave the relays safe: there is no GPIO chip \"no-such-chip\"",
    ] {
        assert_eq!(log.matches(sentence).count(), 1, "{sentence} in\n{log}");
    }
    assert!(!log.contains('\u{1b}'), "colours are for terminals");
}

#[test]
fn a_configuration_is_checked_without_anything_being_started() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("releve-node.toml");
    std::fs::write(&config, configuration(directory.path())).expect("written");
    let check = || {
        let output = releve_node(&["run", "--check-config"], &config)
            .output()
            .expect("the program starts");
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let (sound, said) = check();
    assert!(sound && said.contains("sound"), "{said}");
    std::fs::write(&config, "node = \"cabin\"\n\nlamp = 3\n").expect("written");
    let (sound, said) = check();
    assert!(
        !sound && said.contains("line 3: unknown field `lamp`"),
        "{said}"
    );
    assert!(
        !directory.path().join("state").exists(),
        "nothing was written"
    );
}

#[test]
fn relays_that_cannot_be_left_safe_are_a_failure() {
    let directory = tempfile::tempdir().expect("a directory");
    let config = directory.path().join("releve-node.toml");
    std::fs::write(&config, configuration(directory.path())).expect("written");
    let output = releve_node(&["relays-safe"], &config)
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains("the relays are where they were"), "{said}");
}
