//! `cargo xtask demo`: from a checkout to a running site in the browser.

use crate::progress::Step;
use crate::ui_build::{self, Variant};
use crate::{cargo, programs, workspace};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::env;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;

/// The cargo binary target of the demo.
const DEMO_BINARY: &str = "releve-demo";

/// C compilers, by the names under which the crates' build scripts find one.
const C_COMPILERS: [&str; 3] = ["cc", "gcc", "clang"];

/// What the demo is started with; `releve-demo` takes the same.
#[derive(Args)]
pub struct DemoArguments {
    /// Address of the web page.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    http: SocketAddr,
    /// Address of the MQTT broker.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:1883")]
    mqtt: SocketAddr,
    /// How many sites are simulated.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    nodes: Option<u16>,
    /// How many times faster than real time the sites live.
    #[arg(long, value_name = "X", value_parser = speed)]
    speed: Option<f64>,
    /// Seed of everything random: the same seed tells the same story.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

/// Builds the demo and becomes it.
///
/// # Errors
/// If something that the demo needs is missing (a port, a compiler, the network), before the long
/// build where it can be known by then; or if the build fails.
pub fn run(arguments: &DemoArguments) -> Result<()> {
    check_address("the web page", "--http", arguments.http)?;
    check_address("the MQTT broker", "--mqtt", arguments.mqtt)?;
    check_c_compiler()?;
    ui_build::build(Variant::Release)?;
    let step = Step::begin(
        "Compiling the demo: broker, simulated sites, bridge",
        "about 4 minutes the first time on 2 cores, seconds after a change",
    );
    let demo = cargo::build_binary(DEMO_BINARY, &["--package", "releve-demo"])?;
    step.done();
    let mut command = Command::new(demo);
    command
        .args(arguments.for_demo())
        .current_dir(workspace::root());
    become_program(&mut command)
}

impl DemoArguments {
    /// The flags of `releve-demo`; what was not given is left to its defaults.
    fn for_demo(&self) -> Vec<String> {
        let mut flags = vec!["--http".to_owned(), self.http.to_string()];
        flags.extend(["--mqtt".to_owned(), self.mqtt.to_string()]);
        let optional = [
            ("--nodes", self.nodes.map(|nodes| nodes.to_string())),
            ("--speed", self.speed.map(|speed| speed.to_string())),
            ("--seed", self.seed.map(|seed| seed.to_string())),
        ];
        for (flag, value) in optional {
            flags.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value]));
        }
        flags
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|error| format!("{error}"))?;
    if speed.is_finite() && speed > 0.0 {
        Ok(speed)
    } else {
        Err("a speed is a number above 0, where 1 is real time".to_owned())
    }
}

/// Fails if nothing can listen on an address; `flag` is the one that changes it.
fn check_address(what: &str, flag: &str, address: SocketAddr) -> Result<()> {
    let Err(error) = TcpListener::bind(address) else {
        return Ok(());
    };
    let another = SocketAddr::new(
        address.ip(),
        if address.port() == 8080 { 8090 } else { 1893 },
    );
    match error.kind() {
        ErrorKind::AddrInUse => bail!(
            "port {} for {what} is in use by another program (an earlier demo, or a broker that runs \
             as a service?): stop that one, or choose another port, for example `{flag} {another}`",
            address.port()
        ),
        ErrorKind::PermissionDenied => bail!(
            "this user may not listen on port {} for {what}: choose one above 1023, for example \
             `{flag} {another}`",
            address.port()
        ),
        ErrorKind::AddrNotAvailable => bail!(
            "{} is not an address of this machine, so {what} cannot be there: `{flag}` takes one that \
             is, for example 127.0.0.1:{}",
            address.ip(),
            address.port()
        ),
        _ => Err(error).with_context(|| format!("cannot listen on {address} for {what} ({flag})")),
    }
}

/// Fails if there is no C compiler, which some crates (TLS) need to be built.
fn check_c_compiler() -> Result<()> {
    // On Windows the crates find Microsoft's compiler without the search path.
    let is_named = env::var_os("CC").is_some();
    let is_found = C_COMPILERS
        .iter()
        .any(|compiler| programs::find(compiler).is_some());
    ensure!(
        is_named || is_found || cfg!(windows),
        "no C compiler was found, and some crates need one. Install it: `sudo apt install \
         build-essential` (Debian, Ubuntu, Raspberry Pi OS), `sudo dnf install gcc` (Fedora), \
         `xcode-select --install` (macOS)."
    );
    Ok(())
}

/// Replaces this process, so that Ctrl-C and the exit status are the program's own.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
        .with_context(|| format!("could not start `{}`", programs::command_line(command)))
}

/// Runs the program to its end; the console sends Ctrl-C to both.
#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    programs::run(command)
}

#[cfg(test)]
mod tests {
    use super::{DemoArguments, check_address, speed};
    use std::net::TcpListener;

    #[test]
    fn a_port_in_use_is_named_with_the_flag_that_changes_it() -> anyhow::Result<()> {
        let taken = TcpListener::bind("127.0.0.1:0")?;
        let address = taken.local_addr()?;
        let Err(error) = check_address("the web page", "--http", address) else {
            anyhow::bail!("a port in use was accepted");
        };
        let message = error.to_string();
        assert!(message.contains(&address.port().to_string()), "{message}");
        assert!(message.contains("--http 127.0.0.1:"), "{message}");
        Ok(())
    }

    #[test]
    fn the_demo_gets_the_flags_that_were_given() -> anyhow::Result<()> {
        let arguments = DemoArguments {
            http: "127.0.0.1:9000".parse()?,
            mqtt: "[::1]:1883".parse()?,
            nodes: Some(5),
            speed: None,
            seed: Some(7),
        };
        let flags = arguments.for_demo().join(" ");
        assert_eq!(
            flags,
            "--http 127.0.0.1:9000 --mqtt [::1]:1883 --nodes 5 --seed 7"
        );
        Ok(())
    }

    #[test]
    fn a_speed_must_let_time_pass() {
        assert_eq!(speed("20"), Ok(20.0));
        for refused in ["0", "-1", "NaN", "inf", "fast"] {
            assert!(speed(refused).is_err(), "{refused}");
        }
    }
}
