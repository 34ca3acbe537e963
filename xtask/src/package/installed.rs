//! The package installed by dpkg into a folder that stands for a system, installed again over an edited
//! configuration, removed and purged. The program in it is not run here, so its architecture does not matter.

use super::contents;
use crate::{programs, workspace};
use anyhow::{Context, Result, ensure};
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const EDIT: &str = "\n# Edited by its owner.\n";
const STATE: &str = "var/lib/releve";
/// What would start one of the units.
const ENABLED: &str = "etc/systemd/system";

/// Checks what the package does to a system.
///
/// # Errors
/// If it does anything else than it should.
pub fn check(package: &Path, folder: &Path) -> Result<()> {
    let system = System::begin(folder.join("root"))?;
    let configuration = system.path(contents::CONFIGURATION);
    system.dpkg(&["--install"], package)?;
    system.check_installed()?;

    let mut file = OpenOptions::new().append(true).open(&configuration)?;
    file.write_all(EDIT.as_bytes())?;
    fs::write(system.path(STATE).join("snapshot"), "a site's memory")?;
    system.let_passwords_be_read()?;
    system.dpkg(&["--install"], package)?;
    ensure!(
        fs::read_to_string(&configuration)?.ends_with(EDIT),
        "an installation overwrote an edited configuration"
    );

    let name = Path::new("releve-node");
    system.dpkg(&["--remove"], name)?;
    ensure!(
        !system.path(contents::PROGRAM).exists(),
        "the program is there after its removal"
    );
    for kept in [contents::CONFIGURATION, STATE] {
        ensure!(system.path(kept).exists(), "a removal took /{kept} with it");
    }
    system.dpkg(&["--purge"], name)?;
    for gone in ["etc/releve", STATE, "usr/share/doc/releve-node"] {
        ensure!(!system.path(gone).exists(), "a purge left /{gone}");
    }
    Ok(())
}

/// A folder in the place of a system's root.
struct System {
    root: PathBuf,
}

impl System {
    fn begin(root: PathBuf) -> Result<Self> {
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        let database = root.join("var/lib/dpkg");
        for folder in ["info", "updates"] {
            fs::create_dir_all(database.join(folder))?;
        }
        fs::write(database.join("status"), "")?;
        Ok(Self { root })
    }

    fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// systemd-sysusers leaves files that root alone can open again, and this process may be somebody else.
    fn let_passwords_be_read(&self) -> Result<()> {
        for file in ["etc/shadow", "etc/gshadow"] {
            let file = self.path(file);
            if file.exists() {
                fs::set_permissions(file, Permissions::from_mode(0o600))?;
            }
        }
        Ok(())
    }

    /// dpkg on it; the package's scripts run with this machine's programs and are told the folder.
    fn dpkg(&self, action: &[&str], what: &Path) -> Result<()> {
        let dpkg = programs::find("dpkg").context("dpkg is not installed")?;
        let mut command = Command::new(dpkg);
        command.arg("--root").arg(&self.root).args([
            "--log=/dev/null",
            "--force-architecture",
            "--force-depends",
            "--force-not-root",
            "--force-script-chrootless",
        ]);
        command.args(action).arg(what).stdin(Stdio::null());
        let line = programs::command_line(&command);
        let output = command.output()?;
        ensure!(
            output.status.success(),
            "`{line}` failed:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// The user with its groups and its folder are there, and nothing starts by itself.
    fn check_installed(&self) -> Result<()> {
        for entry in &contents::FILES {
            let file = self.path(entry.to);
            ensure!(file.exists(), "{} is missing", workspace::shown(&file));
        }
        let users = self.read("etc/passwd")?;
        ensure!(
            users.lines().any(|line| line.starts_with("releve:")),
            "there is no user releve: {users}"
        );
        let groups = self.read("etc/group")?;
        for group in ["i2c", "gpio"] {
            let line = groups
                .lines()
                .find(|line| line.starts_with(&format!("{group}:")));
            ensure!(
                line.is_some_and(|line| line.ends_with("releve")),
                "the user releve is not in group {group}: {groups}"
            );
        }
        ensure!(self.path(STATE).is_dir(), "there is no /{STATE}");
        ensure!(
            !self.path(ENABLED).exists(),
            "a unit is enabled before its configuration was edited"
        );
        Ok(())
    }

    fn read(&self, path: &str) -> Result<String> {
        fs::read_to_string(self.path(path)).with_context(|| format!("the package made no /{path}"))
    }
}
