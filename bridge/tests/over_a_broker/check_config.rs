//! `releve-bridge --check-config`.

use std::process::{Command, Output};

use tempfile::TempDir;

fn checked(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_releve-bridge"))
        .arg("--check-config")
        .args(arguments)
        .output()
        .expect("the program is there")
}

#[test]
fn what_the_options_come_to_is_told_without_passwords() {
    let folder = TempDir::new().expect("a folder");
    let password = folder.path().join("password");
    std::fs::write(&password, "open sesame\n").expect("written");
    let password = password.to_str().expect("text");
    let output = checked(&[
        "--broker-user=main",
        "--broker-password-file",
        password,
        "--state=/var/lib/releve",
        "--remote-write=http://127.0.0.1:9090/api/v1/write",
        "--history-from=http://127.0.0.1:9090/prometheus/",
        "--smtp=smtp://127.0.0.1:25",
        "--mail-from=releve@example.org",
        "--mail-to=anna@example.org=fr:critical",
        "--silence=cabin=2026-11-23T18:00:00Z",
    ]);
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{said}");
    for line in [
        "broker: 127.0.0.1:1883, as main, in the clear",
        "HTTP: 127.0.0.1:8080, under loopback names alone",
        "state: /var/lib/releve, readings for 400 days, at most 8192 MB",
        "remote-write: to 127.0.0.1:9090/api/v1/write",
        "history: from 127.0.0.1:9090/prometheus",
        "mail: from releve@example.org to anna@example.org (fr, from critical on)",
        "silence: cabin until 2026-11-23T18:00:00.000Z",
        "sound",
    ] {
        assert!(said.lines().any(|found| found == line), "{line}: {said}");
    }
    assert!(!said.contains("sesame"), "{said}");
}

#[test]
fn what_is_wrong_is_told_with_what_to_do() {
    for (arguments, reason) in [
        (
            &["--broker-user=main", "--broker-password-file=/nowhere"][..],
            "/nowhere",
        ),
        (&["--broker-ca=/nowhere/ca.pem"], "/nowhere/ca.pem"),
        (&["--http=0.0.0.0:8080"], "--behind-proxy"),
        (
            &["--remote-write=http://127.0.0.1:9090"],
            "the path is missing",
        ),
        (&["--history-from=prometheus:9090"], "http://127.0.0.1:9090"),
        (&["--mail-to=anna@example.org"], "--smtp"),
        (&["--silence=cabin"], "2026-11-23T18:00:00Z"),
        (&["--state=/dev/null"], "no directory"),
    ] {
        let output = checked(arguments);
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
}

#[test]
fn a_file_says_what_command_line_and_environment_do_not() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("releve-bridge.toml");
    let text = "broker = \"file.example:1883\"\nhttp = \"127.0.0.1:8081\"\nkeep_readings = 30\nstate = \"kept\"\n\
        smtp = \"smtp://127.0.0.1\"\nmail_from = \"releve@example.org\"\n\
        mail_to = [\"anna@example.org\", \"brice@example.org=fr\"]\n";
    std::fs::write(&file, text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_releve-bridge"))
        .args(["--check-config", "--keep-readings=40", "--config"])
        .arg(&file)
        .env("RELEVE_BRIDGE_HTTP", "127.0.0.1:8082")
        .env("RELEVE_BRIDGE_STATE", "")
        .env("RELEVE_BRIDGE_BROKER", "")
        .env("RELEVE_BRIDGE_ID", "")
        .output()
        .expect("the program is there");
    let said = String::from_utf8(output.stdout).expect("text");
    for line in [
        &*format!("file: {}", file.display()),
        "broker: file.example:1883, without a user, in the clear",
        "HTTP: 127.0.0.1:8082, under loopback names alone",
        "state: kept, readings for 40 days, at most 8192 MB",
        "mail: from releve@example.org to anna@example.org (en, from info on), brice@example.org (fr, from info on)",
        "sound",
    ] {
        assert!(said.lines().any(|found| found == line), "{line}: {said}");
    }

    std::fs::write(
        &file,
        "broker = \"x:1883\"\nmail_too = \"anna@example.org\"\n",
    )
    .expect("written");
    let output = checked(&["--config", file.to_str().expect("text")]);
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(!output.status.success());
    assert!(
        said.contains("line 2: there is no entry \"mail_too\""),
        "{said}"
    );
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let output = Command::new(env!("CARGO_BIN_EXE_releve-bridge"))
        .arg("--check-config")
        .env("RELEVE_BRIDGE_BROKER", "")
        .env("RELEVE_BRIDGE_HTTP", "")
        .env("RELEVE_BRIDGE_ID", "")
        .env("RELEVE_BRIDGE_CONFIG", "")
        .output()
        .expect("the program is there");
    let said = String::from_utf8(output.stdout).expect("text");
    for line in [
        "broker: 127.0.0.1:1883, without a user, in the clear",
        "HTTP: 127.0.0.1:8080, under loopback names alone",
    ] {
        assert!(said.lines().any(|found| found == line), "{line}: {said}");
    }
}
