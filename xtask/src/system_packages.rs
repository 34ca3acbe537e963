//! The programs of others that the tests use, and how to get them.
//!
//! The tests run against real parts: another broker, a real Prometheus, a real SMTP server, a real
//! browser. Each is looked up by its program; on Debian and Ubuntu the missing ones are installed.

use crate::programs;
use crate::progress::Step;
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;
use std::process::Command;

/// A program of others, and the Debian package that brings it.
pub struct Tool {
    /// The program's name; or the path of a file, where the package brings no program.
    pub program: &'static str,
    /// The package.
    pub debian_package: &'static str,
}

/// The other broker, beside which the benches measure ours, too.
pub const MOSQUITTO: Tool = Tool {
    program: "mosquitto",
    debian_package: "mosquitto",
};

/// What the bridge is measured against.
pub const MQTT2PROMETHEUS: Tool = Tool {
    program: "prometheus-mqtt-exporter",
    debian_package: "prometheus-mqtt-exporter",
};

/// Every program that the tests start.
pub const TEST_TOOLS: [Tool; 12] = [
    Tool {
        program: "chromium",
        debian_package: "chromium",
    },
    Tool {
        program: "chromedriver",
        debian_package: "chromium-driver",
    },
    MOSQUITTO,
    Tool {
        program: "mosquitto_rr",
        debian_package: "mosquitto-clients",
    },
    Tool {
        program: "prometheus",
        debian_package: "prometheus",
    },
    Tool {
        program: "promtool",
        debian_package: "prometheus",
    },
    Tool {
        program: "victoria-metrics",
        debian_package: "victoria-metrics",
    },
    Tool {
        program: "aiosmtpd",
        debian_package: "python3-aiosmtpd",
    },
    Tool {
        program: "/usr/lib/python3/dist-packages/paho/mqtt/client.py",
        debian_package: "python3-paho-mqtt",
    },
    Tool {
        program: "/usr/share/nodejs/mqtt/package.json",
        debian_package: "node-mqtt",
    },
    Tool {
        program: "docker-compose",
        debian_package: "docker-compose",
    },
    Tool {
        program: "systemd-analyze",
        debian_package: "systemd",
    },
];

/// Makes sure that these programs are installed; `what_needs` begins the sentence that says what for.
///
/// # Errors
/// If one is missing and cannot be installed from here; the message gives the command that does it.
pub fn ensure_installed(tools: &[Tool], what_needs: &str) -> Result<()> {
    let missing = missing(tools);
    if missing.is_empty() {
        return Ok(());
    }
    let packages = packages_of(&missing);
    if !may_install() {
        bail!(
            "{what_needs} programs that are not installed here: {}. On Debian or Ubuntu run\n\n    \
             sudo apt-get update && sudo apt-get install --no-install-recommends {}{}",
            names_of(&missing),
            packages.join(" "),
            note_on_services(&packages)
        );
    }
    let step = Step::begin("Installing what is needed from Debian", "1 to 3 minutes");
    eprintln!("  {}", packages.join(" "));
    install(&packages)?;
    let missing = self::missing(tools);
    ensure!(
        missing.is_empty(),
        "apt-get installed {}, and still these programs are not found: {}",
        packages.join(" "),
        names_of(&missing)
    );
    step.done();
    Ok(())
}

/// Some packages do more than one may want.
fn note_on_services(packages: &[&str]) -> &'static str {
    const SERVICES: [&str; 4] = [
        "mosquitto",
        "prometheus",
        "prometheus-mqtt-exporter",
        "victoria-metrics",
    ];
    let starts_one = |package: &&str| SERVICES.contains(package);
    match packages.iter().any(starts_one) {
        true => {
            "\n\nPackages mosquitto, prometheus, prometheus-mqtt-exporter and victoria-metrics also start a service each: tests and \
             benches use free ports and need none of them (`sudo systemctl disable --now` with its name stops one)."
        }
        false => "",
    }
}

fn missing(tools: &[Tool]) -> Vec<&Tool> {
    tools.iter().filter(|tool| !is_installed(tool)).collect()
}

fn is_installed(tool: &Tool) -> bool {
    match tool.program.starts_with('/') {
        true => Path::new(tool.program).exists(),
        false => programs::find(tool.program).is_some(),
    }
}

/// The packages of some tools, each once.
fn packages_of(tools: &[&Tool]) -> Vec<&'static str> {
    let mut packages: Vec<_> = tools.iter().map(|tool| tool.debian_package).collect();
    packages.dedup();
    packages
}

fn names_of(tools: &[&Tool]) -> String {
    tools
        .iter()
        .map(|tool| tool.program)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Whether this process may install Debian packages.
fn may_install() -> bool {
    let is_root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == "0");
    is_root && programs::find("apt-get").is_some()
}

/// apt-get, asking nothing and patient.
pub fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    // Another apt may hold the lock on a machine that has just started.
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-o", "DPkg::Lock::Timeout=600"]);
    command.args(["-o", "Acquire::Retries=3", "--quiet=2"]);
    command
}

fn install(packages: &[&str]) -> Result<()> {
    let advice = "check the connection to the internet and the sources in /etc/apt";
    programs::run(apt_get().arg("update")).context(advice)?;
    programs::run(
        apt_get()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages),
    )
    .context(advice)
}

#[cfg(test)]
mod tests {
    use super::{TEST_TOOLS, packages_of};

    #[test]
    fn a_package_with_two_programs_is_installed_once() {
        let packages = packages_of(&TEST_TOOLS.iter().collect::<Vec<_>>());
        assert_eq!(
            packages
                .iter()
                .filter(|package| **package == "prometheus")
                .count(),
            1
        );
        assert_eq!(packages.len(), TEST_TOOLS.len() - 1);
    }
}
