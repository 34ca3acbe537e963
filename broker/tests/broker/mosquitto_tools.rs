//! The command-line tools that the documentation shows, against the broker.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use super::support::Fixture;

const ATTEMPTS: &str = "15";

fn tool(name: &str, broker: &Fixture, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(["-h", "127.0.0.1", "-p", &broker.addr().port().to_string()]);
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn spawn(name: &str, broker: &Fixture, arguments: &[&str]) -> Child {
    tool(name, broker, arguments)
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{name} cannot be run ({error}): install the package mosquitto-clients")
        })
}

fn run(name: &str, broker: &Fixture, arguments: &[&str]) -> Output {
    spawn(name, broker, arguments).wait_with_output().unwrap()
}

/// A subscriber that has its subscription: it has printed the retained message on `ready`.
fn subscriber(
    broker: &Fixture,
    arguments: &[&str],
) -> (Child, BufReader<std::process::ChildStdout>) {
    let retained = run("mosquitto_pub", broker, &["-t", "ready", "-m", "yes", "-r"]);
    assert!(retained.status.success());
    let all = [&["-t", "ready", "-v", "-W", ATTEMPTS], arguments].concat();
    let mut child = spawn("mosquitto_sub", broker, &all);
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(line(&mut lines), "ready yes");
    (child, lines)
}

fn line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn publishing_and_subscribing_in_both_versions() {
    let broker = Fixture::start();
    for subscriber_version in ["311", "5"] {
        for publisher_version in ["311", "5"] {
            for qos in ["0", "1"] {
                let arguments = ["-t", "a/#", "-q", qos, "-V", subscriber_version, "-C", "2"];
                let (mut child, mut lines) = subscriber(&broker, &arguments);
                let published = run(
                    "mosquitto_pub",
                    &broker,
                    &[
                        "-t",
                        "a/b",
                        "-m",
                        "hello",
                        "-q",
                        qos,
                        "-V",
                        publisher_version,
                    ],
                );
                assert!(published.status.success());
                assert_eq!(line(&mut lines), "a/b hello");
                assert!(child.wait().unwrap().success());
            }
        }
    }
}

#[test]
fn qos_2_of_version_311() {
    let broker = Fixture::start();
    let (mut child, mut lines) = subscriber(&broker, &["-t", "a", "-q", "2", "-C", "2"]);
    assert!(
        run("mosquitto_pub", &broker, &["-t", "a", "-m", "x", "-q", "2"])
            .status
            .success()
    );
    assert_eq!(line(&mut lines), "a x");
    assert!(child.wait().unwrap().success());
}

#[test]
fn request_and_response() {
    let broker = Fixture::start();
    let (mut responder, mut lines) = subscriber(&broker, &["-V", "5", "-t", "ask", "-C", "2"]);
    let asking = spawn(
        "mosquitto_rr",
        &broker,
        &[
            "-V",
            "5",
            "-t",
            "ask",
            "-e",
            "answer",
            "-m",
            "how much?",
            "-W",
            ATTEMPTS,
        ],
    );
    assert_eq!(line(&mut lines), "ask how much?");
    assert!(responder.wait().unwrap().success());
    assert!(
        run(
            "mosquitto_pub",
            &broker,
            &["-V", "5", "-t", "answer", "-m", "13.6 V"]
        )
        .status
        .success()
    );
    let answer = asking.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim_end(), "13.6 V");
}

#[test]
fn a_refused_command_is_explained() {
    let broker = Fixture::start();
    let arguments = [
        "-V",
        "5",
        "-q",
        "1",
        "-r",
        "-t",
        "releve/site-1/set/mode",
        "-m",
        "observer",
    ];
    let refused = run("mosquitto_pub", &broker, &arguments);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned()
        + &String::from_utf8_lossy(&refused.stdout);
    assert!(said.contains("must not be retained"), "{said}");
}
