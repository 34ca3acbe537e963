//! Runs cargo: shows its output as it comes, returns what it built, and explains a failure that has
//! nothing to do with the code (no network).

use crate::{programs, workspace};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::env;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::{ChildStderr, Command, Stdio};
use std::thread;

/// What cargo says when a crate cannot be downloaded.
const NETWORK_FAILURES: [&str; 4] = [
    "failed to download",
    "failed to fetch",
    "download of config.json failed",
    "Unable to update registry",
];

/// Cargo, to be run at the root of the checkout.
pub fn command() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace::root());
    command
}

/// Runs cargo to its end; its output goes to this process's standard error and output.
///
/// # Errors
/// If cargo cannot be started or fails; a failure for lack of network says what to do.
pub fn run(command: &mut Command) -> Result<()> {
    run_capturing_stdout(command.stdout(Stdio::inherit())).map(drop)
}

/// Builds one binary target and returns the path of the file that cargo made.
///
/// `arguments` select the package, profile and target.
///
/// # Errors
/// As [`run`]; and if cargo built no such file.
pub fn build_binary(name: &str, arguments: &[&str]) -> Result<PathBuf> {
    build_binary_in(&[], name, arguments)
}

/// As [`build_binary`], with these variables in cargo's environment, unless they are set already.
///
/// # Errors
/// As [`build_binary`].
pub fn build_binary_in(
    environment: &[(&str, &str)],
    name: &str,
    arguments: &[&str],
) -> Result<PathBuf> {
    let mut command = command();
    command.args(["build", "--bin", name]).args(arguments);
    for (variable, value) in environment {
        if env::var_os(variable).is_none() {
            command.env(variable, value);
        }
    }
    command
        .arg("--message-format=json-render-diagnostics")
        .stdout(Stdio::piped());
    let messages = run_capturing_stdout(&mut command)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| binary_of(&message, name))
        .with_context(|| format!("cargo built no binary named `{name}`"))
}

/// The folder that cargo builds into, wherever its configuration puts it.
pub fn target_folder() -> Result<PathBuf> {
    let output = command()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .stderr(Stdio::inherit())
        .output()
        .context("could not start `cargo metadata`")?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .context("`cargo metadata` did not answer in JSON")?;
    let folder = metadata["target_directory"].as_str();
    folder
        .map(PathBuf::from)
        .context("`cargo metadata` names no target folder")
}

/// The file named by one of cargo's messages, if the message is about the binary `name`.
fn binary_of(message: &Value, name: &str) -> Option<PathBuf> {
    let target = &message["target"];
    let is_binary = target["kind"].as_array()?.iter().any(|kind| kind == "bin");
    if message["reason"] != "compiler-artifact" || target["name"] != name || !is_binary {
        return None;
    }
    let files = message["filenames"].as_array()?;
    let file = files
        .iter()
        .filter_map(Value::as_str)
        .find(|file| file.ends_with(".wasm") || message["executable"] == *file)?;
    Some(PathBuf::from(file))
}

fn run_capturing_stdout(command: &mut Command) -> Result<String> {
    if io::stderr().is_terminal() {
        // Through a pipe, cargo would show neither colours nor its progress bar.
        for (name, value) in [
            ("CARGO_TERM_COLOR", "always"),
            ("CARGO_TERM_PROGRESS_WHEN", "always"),
            ("CARGO_TERM_PROGRESS_WIDTH", "80"),
        ] {
            if env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
    }
    let line = programs::command_line(command);
    let mut cargo = command.stderr(Stdio::piped()).spawn().with_context(|| {
        format!("could not start `{line}`: is the Rust toolchain (https://rustup.rs) installed?")
    })?;
    let stderr = cargo
        .stderr
        .take()
        .map(|stderr| thread::spawn(move || show_and_keep(stderr)));
    let mut stdout = String::new();
    if let Some(mut pipe) = cargo.stdout.take() {
        pipe.read_to_string(&mut stdout)
            .context("could not read cargo's output")?;
    }
    let status = cargo
        .wait()
        .with_context(|| format!("could not wait for `{line}`"))?;
    let said = stderr
        .and_then(|thread| thread.join().ok())
        .unwrap_or_default();
    if status.success() {
        return Ok(stdout);
    }
    if let Some(failure) = network_failure(&said) {
        bail!(
            "cargo could not download a crate ({failure}). Check the connection to the internet \
             (behind a proxy set HTTPS_PROXY) and run the same command again: what was downloaded \
             and built so far is kept."
        );
    }
    bail!("`{line}` failed ({status}): its message is above");
}

/// Copies cargo's standard error to ours as it comes, and returns it.
fn show_and_keep(mut from: ChildStderr) -> String {
    let mut kept = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut chunk) {
        // Nobody listening to our output is no reason to stop the build.
        let _ = io::stderr().write_all(&chunk[..length]);
        kept.extend_from_slice(&chunk[..length]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// Which sign of a missing network cargo's output shows, if any.
///
/// Its warnings tell of attempts that it repeated with success, so they are no sign.
fn network_failure(cargo_said: &str) -> Option<&str> {
    let lines = cargo_said
        .lines()
        .filter(|line| !line.starts_with("warning:"));
    lines
        .map(str::trim)
        .find(|line| NETWORK_FAILURES.iter().any(|sign| line.contains(sign)))
}

#[cfg(test)]
mod tests {
    use super::{binary_of, network_failure};
    use serde_json::json;
    use std::path::PathBuf;

    #[test]
    fn a_download_failure_is_told_from_a_compile_error() {
        let offline = "warning: spurious network error (3 tries remaining): timeout\n\
                       error: failed to get `serde` as a dependency\n\nCaused by:\n  \
                       failed to download from `https://registry.example/config.json`";
        let sign = "failed to download from `https://registry.example/config.json`";
        assert_eq!(network_failure(offline), Some(sign));
        let retried = "warning: spurious network error (3 tries remaining): failed to download\n\
                       error[E0308]: mismatched types";
        assert_eq!(network_failure(retried), None);
    }

    #[test]
    fn the_binary_is_found_among_cargos_messages() {
        let message = |name: &str, kind: &str, file: &str, executable: Option<&str>| {
            json!({"reason": "compiler-artifact", "target": {"name": name, "kind": [kind]},
                   "filenames": [file], "executable": executable})
        };
        let wasm = message("releve-ui", "bin", "/t/releve-ui.wasm", None);
        assert_eq!(
            binary_of(&wasm, "releve-ui"),
            Some(PathBuf::from("/t/releve-ui.wasm"))
        );
        let native = message(
            "releve-demo",
            "bin",
            "/t/releve-demo",
            Some("/t/releve-demo"),
        );
        assert_eq!(
            binary_of(&native, "releve-demo"),
            Some(PathBuf::from("/t/releve-demo"))
        );
        assert_eq!(binary_of(&native, "releve-ui"), None);
        let library = message("releve-ui", "lib", "/t/libreleve_ui.rlib", None);
        assert_eq!(binary_of(&library, "releve-ui"), None);
    }
}
