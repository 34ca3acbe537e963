//! The notices of the libraries that are linked into the program: their licences ask for them.

use crate::cargo;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const PROGRAM: &str = "releve-node";
/// How the names of files with licences begin.
const NAMES: [&str; 5] = ["licen", "copying", "copyright", "notice", "unlicense"];

/// The libraries with their licences, and each text once.
///
/// # Errors
/// If cargo cannot tell what the program consists of.
pub fn collect() -> Result<String> {
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let linked = linked(&metadata, packages)?;
    let mut list = String::new();
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        // Those without a source are this project's own.
        if package["source"].is_null() || !linked.contains(field(package, "id")) {
            continue;
        }
        let title = format!("{} {}", field(package, "name"), field(package, "version"));
        list.push_str(&format!("{title}: {}\n", field(package, "license")));
        let folder = Path::new(field(package, "manifest_path")).parent();
        for text in folder.map(licences_in).transpose()?.unwrap_or_default() {
            texts.entry(text).or_default().push(title.clone());
        }
    }
    ensure!(!texts.is_empty(), "no licence was found");
    let mut notices = format!("The libraries in {PROGRAM}, and their licences.\n\n{list}");
    for (text, titles) in texts {
        let line = "-".repeat(78);
        notices.push_str(&format!(
            "\n{line}\n{}\n{line}\n\n{text}\n",
            titles.join(", ")
        ));
    }
    Ok(notices)
}

fn metadata() -> Result<Value> {
    let output = cargo::command()
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(["--filter-platform", super::build::TARGET.triple])
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("could not start `cargo metadata`")?;
    serde_json::from_slice(&output.stdout).context("`cargo metadata` did not answer in JSON")
}

/// The ids of all that the program is made of: what is needed to build or to test it is not in it.
fn linked<'a>(metadata: &'a Value, packages: &'a [Value]) -> Result<BTreeSet<&'a str>> {
    let program = packages.iter().find(|package| package["name"] == PROGRAM);
    let program = program.with_context(|| format!("cargo knows no {PROGRAM}"))?;
    let nodes = metadata["resolve"]["nodes"]
        .as_array()
        .context("no nodes")?;
    let mut linked = BTreeSet::new();
    let mut open = vec![field(program, "id")];
    while let Some(id) = open.pop() {
        if !linked.insert(id) {
            continue;
        }
        let node = nodes.iter().find(|node| node["id"] == id);
        let needs = node.and_then(|node| node["deps"].as_array());
        let needs = needs.into_iter().flatten().filter(|need| is_linked(need));
        open.extend(needs.map(|need| field(need, "pkg")));
    }
    Ok(linked)
}

fn is_linked(need: &Value) -> bool {
    let kinds = need["dep_kinds"].as_array();
    kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
}

/// The texts of a library's licences.
fn licences_in(folder: &Path) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder)?.flatten() {
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if NAMES.iter().any(|beginning| name.starts_with(beginning)) && entry.path().is_file() {
            let bytes = fs::read(entry.path())?;
            texts.push(
                String::from_utf8_lossy(&bytes)
                    .replace('\r', "")
                    .trim()
                    .to_owned(),
            );
        }
    }
    Ok(texts)
}

fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("not said")
}

#[cfg(test)]
mod tests {
    use super::linked;
    use serde_json::json;

    #[test]
    fn what_only_builds_or_tests_the_program_is_not_in_it() -> anyhow::Result<()> {
        let packages = [json!({"id": "node", "name": "releve-node"})];
        let need = |id: &str, kind: Option<&str>| json!({"pkg": id, "dep_kinds": [{"kind": kind}]});
        let metadata = json!({"resolve": {"nodes": [
            {"id": "node", "deps": [need("a", None), need("cc", Some("build")), need("t", Some("dev"))]},
            {"id": "a", "deps": [need("b", None)]},
            {"id": "b", "deps": [need("a", None)]},
        ]}});
        let linked: Vec<_> = linked(&metadata, &packages)?.into_iter().collect();
        assert_eq!(linked, ["a", "b", "node"]);
        Ok(())
    }
}
