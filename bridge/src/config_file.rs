//! The configuration file: options by their names, in TOML. What the command line says comes before the environment,
//! and that before the file.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::Command;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches};
use releve_files::{Refusal, Source, read_text};
use toml_edit::{Document, Item, Value};

use crate::arguments::{Arguments, Options};

/// The command line, with what the file says that it and the environment do not.
///
/// # Errors
/// Says what is wrong with the file, and in which line. What is wrong with the command line ends the program with
/// clap's own words.
pub fn arguments() -> Result<Arguments, Refusal> {
    let given: Vec<OsString> = std::env::args_os().collect();
    let matches = parse(&given);
    let Some(file) = matches
        .get_one::<PathBuf>("config")
        .filter(|file| !file.as_os_str().is_empty())
    else {
        return Ok(read(&matches));
    };
    let text = read_text(file)?;
    let entries = entries(Source { file, text: &text })?;
    let from_file = entries
        .into_iter()
        .filter(|entry| !is_given(&matches, &entry.id))
        .flat_map(|entry| entry.arguments);
    let (program, rest) = given.split_at(given.len().min(1));
    let all: Vec<OsString> = (program.iter().cloned())
        .chain(from_file)
        .chain(rest.iter().cloned())
        .collect();
    Ok(read(&parse(&all)))
}

fn parse(arguments: &[OsString]) -> ArgMatches {
    Arguments::command()
        .try_get_matches_from(arguments)
        .unwrap_or_else(|error| error.exit())
}

fn read(matches: &ArgMatches) -> Arguments {
    Arguments::from_arg_matches(matches).unwrap_or_else(|error| error.exit())
}

/// Whether the command line or the environment says it: what is empty there is as good as not said.
fn is_given(matches: &ArgMatches, id: &str) -> bool {
    let here = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => true,
        Some(ValueSource::EnvVariable) => matches
            .get_raw(id)
            .is_some_and(|mut values| values.any(|value| !value.is_empty())),
        _ => false,
    };
    here || matches
        .subcommand()
        .is_some_and(|(_, further)| is_given(further, id))
}

/// An entry of the file.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    /// Which option, by clap's name for it.
    id: String,
    /// The option as it would stand on a command line; nothing for a switch that is off.
    arguments: Vec<OsString>,
}

/// Every entry, each of which has been looked at by itself.
fn entries(source: Source<'_>) -> Result<Vec<Entry>, Refusal> {
    let document = Document::parse(source.text).map_err(|error| {
        source.refuse(
            error.span(),
            format!("this is no TOML: {}", error.message()),
        )
    })?;
    let options = Options::augment_args(Command::new("releve-bridge"));
    let mut entries = Vec::new();
    for (key, item) in document.iter() {
        let at = document.key(key).and_then(toml_edit::Key::span);
        let option = (options.get_arguments())
            .find(|option| option.get_long().map(entry_name).as_deref() == Some(key));
        let Some(option) = option else {
            return Err(source.refuse(at, unknown(key, &options)));
        };
        let arguments = arguments_of(option, item).map_err(|reason| {
            source.refuse(
                item.span().or_else(|| at.clone()),
                format!("{key}: {reason}"),
            )
        })?;
        check(&options, &arguments)
            .map_err(|reason| source.refuse(item.span().or(at), format!("{key}: {reason}")))?;
        entries.push(Entry {
            id: option.get_id().to_string(),
            arguments,
        });
    }
    Ok(entries)
}

/// An option's name as an entry.
fn entry_name(long: &str) -> String {
    long.replace('-', "_")
}

fn unknown(key: &str, options: &Command) -> String {
    let names: Vec<_> = (options.get_arguments())
        .filter_map(|option| option.get_long().map(entry_name))
        .collect();
    format!("there is no entry {key:?}; there are: {}", names.join(", "))
}

/// The entry as it would stand on a command line.
fn arguments_of(option: &Arg, item: &Item) -> Result<Vec<OsString>, String> {
    let long = option.get_long().unwrap_or_default();
    let Item::Value(value) = item else {
        return Err("give a value, not a table".to_owned());
    };
    let is_switch = matches!(option.get_action(), ArgAction::SetTrue);
    if let (true, Value::Boolean(value)) = (is_switch, value) {
        let on = value.value().then(|| OsString::from(format!("--{long}")));
        return Ok(Vec::from_iter(on));
    }
    let repeats = matches!(option.get_action(), ArgAction::Append);
    let one = |value: &Value| -> Result<OsString, String> {
        let text = match value {
            Value::String(text) => text.value().clone(),
            Value::Integer(number) => number.value().to_string(),
            _ => return Err(expected(is_switch, repeats)),
        };
        Ok(OsString::from(format!("--{long}={text}")))
    };
    match value {
        _ if is_switch => Err(expected(is_switch, repeats)),
        Value::Array(values) if repeats => values.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

fn expected(is_switch: bool, repeats: bool) -> String {
    let expected = match (is_switch, repeats) {
        (true, _) => "true or false",
        (false, true) => "a text, or a list of texts: [\"…\", \"…\"]",
        (false, false) => "a text in quotation marks, or a whole number",
    };
    format!("give {expected}")
}

/// Whether the program would take it; in clap's words why not.
fn check(options: &Command, arguments: &[OsString]) -> Result<(), String> {
    let program = OsStr::new("releve-bridge").to_owned();
    let all = std::iter::once(program).chain(arguments.iter().cloned());
    let Err(error) = options.clone().try_get_matches_from(all) else {
        return Ok(());
    };
    // The first line has what is wrong; the others tell how a command line is written.
    let told = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return Ok(()),
        _ => error.to_string(),
    };
    let first = told.lines().next().unwrap_or_default();
    Err(first.trim_start_matches("error: ").to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read_entries(text: &str) -> Result<Vec<Entry>, String> {
        let file = Path::new("releve-bridge.toml");
        entries(Source { file, text }).map_err(|refusal| refusal.to_string())
    }

    fn on_a_command_line(text: &str) -> Vec<String> {
        let entries = read_entries(text).expect("sound");
        let arguments = entries.into_iter().flat_map(|entry| entry.arguments);
        arguments
            .map(|argument| argument.into_string().expect("text"))
            .collect()
    }

    #[test]
    fn every_option_is_an_entry_of_the_same_name() {
        let text = r#"
            broker = "broker.example:8883"
            broker_tls = true
            behind_proxy = false
            keep_readings = 30
            mail_to = ["anna@example.org", "brice@example.org=fr:critical"]
            public_host = "releve.example"
        "#;
        let expected = [
            "--broker=broker.example:8883",
            "--broker-tls",
            "--keep-readings=30",
            "--mail-to=anna@example.org",
            "--mail-to=brice@example.org=fr:critical",
            "--public-host=releve.example",
        ];
        assert_eq!(on_a_command_line(text), expected);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, told) in [
            (
                "brokr = \"x\"",
                "line 1: there is no entry \"brokr\"; there are: id, broker",
            ),
            (
                "id = \"main\"\n\n[mail]\nto = \"x\"",
                "line 3: there is no entry \"mail\"",
            ),
            (
                "id = \"main\"\nhttp = \"8080\"",
                "line 2: http: invalid value '8080'",
            ),
            (
                "keep_readings = 0",
                "line 1: keep_readings: invalid value '0'",
            ),
            (
                "keep_readings = 1.5",
                "line 1: keep_readings: give a text in quotation marks, or a whole number",
            ),
            (
                "behind_proxy = \"yes\"",
                "line 1: behind_proxy: give true or false",
            ),
            ("broker = [\"a\", \"b\"]", "line 1: broker: give a text"),
            ("id = \"a\"\nid = \"b\"", "line 2: this is no TOML"),
            ("id = main", "line 1: this is no TOML"),
            ("check_config = true", "there is no entry \"check_config\""),
            ("config = \"other.toml\"", "there is no entry \"config\""),
        ] {
            let refused = read_entries(text).expect_err(text);
            assert!(refused.contains(told), "{refused}");
        }
    }

    #[test]
    fn the_command_line_comes_before_the_file() {
        let parse = |arguments: &[&str]| {
            let all = std::iter::once(&"releve-bridge").chain(arguments);
            Arguments::command()
                .try_get_matches_from(all)
                .expect("sound")
        };
        let first = parse(&["--smtp", "smtp://127.0.0.1", "test-mail"]);
        let behind = parse(&["test-mail", "--smtp", "smtp://127.0.0.1"]);
        for matches in [first, behind] {
            assert!(is_given(&matches, "smtp"));
            assert!(!is_given(&matches, "mail_from"));
        }
    }

    /// The file that explains every entry has every entry, with the usual value or an example that is taken.
    #[test]
    fn the_file_in_the_repository_explains_every_entry() {
        let text = include_str!("../releve-bridge.toml");
        assert_eq!(on_a_command_line(text), [] as [&str; 0], "nothing is set");
        let set: String = (text.lines())
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| {
                line.split_once(" = ")
                    .is_some_and(|(key, _)| !key.contains(' '))
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        let found = read_entries(&set).expect("every example is taken");
        let found: Vec<_> = found.into_iter().map(|entry| entry.id).collect();
        let options = Options::augment_args(Command::new("releve-bridge"));
        let known = options
            .get_arguments()
            .map(|option| option.get_id().to_string());
        assert_eq!(found, known.collect::<Vec<_>>());
    }
}
