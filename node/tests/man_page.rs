//! Holds the manual page (`releve-node.1`) against `--help`: the same commands, and under each the same
//! options with the same values and variables.

use std::collections::BTreeSet;
use std::process::Command;

const COMMANDS: [&str; 6] = [
    "run",
    "init",
    "probe",
    "calibrate",
    "relays-safe",
    "simulate",
];

/// The page as it is read: without the escapes of a hyphen and an apostrophe.
fn page() -> String {
    include_str!("../releve-node.1")
        .replace("\\-", "-")
        .replace("\\(aq", "'")
}

fn help(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_releve-node"))
        .args(arguments)
        .arg("--help")
        .output()
        .expect("the program starts");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}

/// The page's part about one command.
fn section<'a>(page: &'a str, command: &str) -> &'a str {
    let heading = format!("\n.SS {command}\n");
    let (_, rest) = page.split_once(&heading).expect("the command has a part");
    rest.split("\n.S").next().unwrap_or(rest)
}

/// The words of a text in which letters, digits, `_` and `-` count.
fn words(text: &str) -> BTreeSet<&str> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    text.split(|letter| !is_word(letter)).collect()
}

/// The options and variables that a text names.
fn names(text: &str) -> BTreeSet<&str> {
    let mut names = words(text);
    names.retain(|word| {
        let is_option = word.len() > 2 && word.starts_with("--") && *word != "--help";
        is_option || word.starts_with("RELEVE_")
    });
    names
}

/// What stands between the brackets of `[default: …]`, and the values before their descriptions.
fn values(help: &str) -> impl Iterator<Item = &str> {
    help.lines().filter_map(|line| {
        let line = line.trim();
        let value = line
            .strip_prefix("- ")
            .and_then(|line| line.split(':').next());
        let default = line
            .strip_prefix("[default: ")
            .and_then(|line| line.strip_suffix(']'));
        value.or(default)
    })
}

#[test]
fn every_command_is_told_and_no_other() {
    let page = page();
    let told: BTreeSet<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix(".SS "))
        .collect();
    let help = help(&[]);
    let commands = help
        .split_once("Commands:\n")
        .expect("a list of commands")
        .1;
    let commands: BTreeSet<_> = commands
        .lines()
        .take_while(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(told, commands);
    assert_eq!(COMMANDS.len() + 1, commands.len(), "help is the one more");
}

#[test]
fn every_option_is_told_under_its_command_and_no_other() {
    let page = page();
    for command in COMMANDS {
        let help = help(&[command]);
        assert_eq!(names(section(&page, command)), names(&help), "{command}");
    }
}

#[test]
fn every_value_and_default_is_told() {
    let page = page();
    let help = help(&["simulate"]);
    let section = section(&page, "simulate");
    let missing: Vec<_> = values(&help)
        .filter(|value| !section.contains(value))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
