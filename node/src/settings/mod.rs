//! The configuration file of a site, `releve-node.toml`: read, checked as a whole, and refused with the
//! line and the reason where it cannot be followed.
//!
//! `document` is the file as it is written; here it becomes what a node is started with.

mod broker;
mod document;
mod guards;
mod hardware;
mod relays;

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use releve_control::decision;
use releve_control::guards::Guards;
use releve_control::{Controller, LimitName, Monotonic};
use releve_files::{Source, read_text};
use releve_protocol::{Language, NodeId, info};
use toml::Spanned;

use crate::config::{Beginning, NodeConfig, SiteName};
use crate::journal::Capacity;
use document::Document;
pub use hardware::HardwareSettings;
pub use releve_files::Refusal;

/// A configuration that can be followed.
#[derive(Debug)]
pub struct Settings {
    /// What the node is started with.
    pub node: NodeConfig,
    /// What it measures and switches with.
    pub hardware: HardwareSettings,
}

/// Days that the journal may keep.
const JOURNAL_DAYS: RangeInclusive<u64> = 1..=3650;
/// Megabytes that it may take on the disk.
const JOURNAL_MEGABYTES: RangeInclusive<u64> = 8..=65_536;
/// Minutes after the machine's start in which a wall clock waits for somebody to speak for it: no longer than
/// records can wait for it.
const CLOCK_PATIENCE_MINUTES: RangeInclusive<u64> = 0..=1440;

/// Reads a configuration file.
///
/// # Errors
/// If it cannot be read or followed: with the line, where it is one, the reason, and what would be right.
pub fn load(file: &Path) -> Result<Settings, Refusal> {
    check_text(file, &read_text(file)?)
}

/// Checks the text of a configuration file that is, or will be, there.
///
/// # Errors
/// As [`load`].
pub fn check_text(file: &Path, text: &str) -> Result<Settings, Refusal> {
    parse(Source { file, text })
}

fn parse(source: Source<'_>) -> Result<Settings, Refusal> {
    let document: Document = toml::from_str(source.text)
        .map_err(|error| source.refuse(error.span(), in_plain_words(error.message())))?;
    let hardware = HardwareSettings::from_document(&document, source)?;
    let node = node_config(document, &hardware, source)?;
    Ok(Settings { node, hardware })
}

/// What the parser says, without the names of a programming language.
fn in_plain_words(message: &str) -> String {
    const NUMBER: &str = "expected a number, with a point where it has decimals";
    [
        ("expected f64", NUMBER),
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected u32", "expected a whole number"),
        ("expected usize", "expected a whole number"),
        ("expected a boolean", "expected true or false"),
        (
            "unexpected key or value, expected newline, `#`",
            "something follows the value that does not belong there (decimals come after a point, not a comma)",
        ),
    ]
    .into_iter()
    .fold(message.to_owned(), |message, (theirs, ours)| {
        message.replace(theirs, ours)
    })
}

fn node_config(
    document: Document,
    hardware: &HardwareSettings,
    source: Source<'_>,
) -> Result<NodeConfig, Refusal> {
    let control = control_config(&document, source)?;
    let node: NodeId = parsed(&document.node, source)?;
    let name = match &document.name {
        Some(name) => parsed(name, source)?,
        None => SiteName::of(&node),
    };
    let within = |name, value: &Spanned<u64>, range: &RangeInclusive<u64>| {
        let number = *value.get_ref();
        if range.contains(&number) {
            return Ok(number);
        }
        let (least, most) = (range.start(), range.end());
        Err(source.refuse(
            Some(value.span()),
            format!("{name} must lie between {least} and {most}; {number} does not"),
        ))
    };
    let journal = &document.journal;
    let days = within("journal.days", &journal.days, &JOURNAL_DAYS)?;
    let megabytes = within("journal.megabytes", &journal.megabytes, &JOURNAL_MEGABYTES)?;
    let patience = &document.clock.patience_minutes;
    let patience = within("clock.patience_minutes", patience, &CLOCK_PATIENCE_MINUTES)?;
    Ok(NodeConfig {
        broker: broker::access(document.broker, source)?,
        battery: info::Battery {
            profile: document.battery.profile,
            capacity_ah: control.capacity_ampere_hours,
            description: document.battery.description,
        },
        control,
        hardware: info::Hardware {
            description: hardware.description(),
            simulated: false,
        },
        journal: Capacity::days(usize::try_from(days).unwrap_or(usize::MAX)),
        journal_bytes: megabytes << 20,
        clock_patience: Duration::from_mins(patience),
        beginning: Beginning {
            mode: document.mode,
            schedule: document.schedule.map(Spanned::into_inner),
        },
        state_directory: Some(document.state_directory),
        language: language(document.language.as_ref(), source)?,
        node,
        name,
    })
}

fn control_config(document: &Document, source: Source<'_>) -> Result<decision::Config, Refusal> {
    let battery = &document.battery;
    let guards_span = document.guards.as_ref().map(Spanned::span);
    let guards = (document.guards.as_ref())
        .map_or(Ok(Guards::default()), |entries| entries.get_ref().guards())
        .map_err(|reason| source.refuse(guards_span.clone(), format!("[guards]: {reason}")))?;
    let plain = decision::Config {
        capacity_ampere_hours: battery
            .capacity_ampere_hours
            .as_ref()
            .map(|it| *it.get_ref()),
        temperature_compensation: battery.temperature_compensation,
        ..decision::Config::new(battery.wiring, battery.profile)
    };
    // One after the other, so that a refusal can name the line that it is about.
    let span = battery.capacity_ampere_hours.as_ref().map(Spanned::span);
    check(&plain, span, source)?;
    let guarded = decision::Config { guards, ..plain };
    check(&guarded, guards_span, source)?;
    let mut limits = Vec::new();
    for (name, value) in &document.limits {
        let limit = LimitName::from_name(name.get_ref()).ok_or_else(|| {
            let names: Vec<_> = LimitName::ALL.iter().map(|limit| limit.name()).collect();
            source.refuse(
                Some(name.span()),
                format!(
                    "there is no limit {}; there are: {}",
                    name.get_ref(),
                    names.join(", ")
                ),
            )
        })?;
        limits.push((limit, *value.get_ref()));
    }
    let config = decision::Config { limits, ..guarded };
    Controller::new(config.clone(), Monotonic::START).map_err(|rejection| {
        let named = |name: &Spanned<String>| rejection.reason.contains(name.get_ref().as_str());
        let entry = document.limits.keys().find(|name| named(name));
        source.refuse(entry.map(Spanned::span), rejection.reason.clone())
    })?;
    if let Some(schedule) = &document.schedule {
        releve_control::calendar::Calendar::compile(schedule.get_ref())
            .map_err(|rejection| source.refuse(Some(schedule.span()), rejection.reason))?;
    }
    Ok(config)
}

/// Whether the controller can follow that.
fn check(
    config: &decision::Config,
    span: Option<core::ops::Range<usize>>,
    source: Source<'_>,
) -> Result<(), Refusal> {
    match Controller::new(config.clone(), Monotonic::START) {
        Ok(_) => Ok(()),
        Err(rejection) => Err(source.refuse(span, rejection.reason)),
    }
}

fn language(language: Option<&Spanned<String>>, source: Source<'_>) -> Result<Language, Refusal> {
    match language.map(|language| (language.get_ref().as_str(), language.span())) {
        None | Some(("en", _)) => Ok(Language::English),
        Some(("fr", _)) => Ok(Language::French),
        Some((other, span)) => Err(source.refuse(
            Some(span),
            format!("{other:?} is no language of this program: write \"en\" or \"fr\""),
        )),
    }
}

fn parsed<T>(text: &Spanned<String>, source: Source<'_>) -> Result<T, Refusal>
where
    T: core::str::FromStr,
    T::Err: core::fmt::Display,
{
    text.get_ref()
        .parse()
        .map_err(|error: T::Err| source.refuse(Some(text.span()), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::relay_board::BoardWiring;

    const COMMENTED: &str = include_str!("../../releve-node.toml");

    fn parse(text: &str) -> Result<Settings, Refusal> {
        super::parse(Source {
            file: Path::new("releve-node.toml"),
            text,
        })
    }

    /// The commented file with a line of it changed.
    fn with(line: &str, instead: &str) -> String {
        assert_eq!(COMMENTED.matches(line).count(), 1, "{line}");
        COMMENTED.replace(line, instead)
    }

    #[test]
    fn the_commented_file_can_be_followed() {
        let settings = parse(COMMENTED).expect("sound");
        assert_eq!(settings.node.node.as_str(), "cabin");
        assert_eq!(settings.node.control.capacity_ampere_hours, Some(50.0));
        assert_eq!(settings.hardware.bus, 1);
        let BoardWiring::Lines(relays) = &settings.hardware.relays else {
            panic!("{:?}", settings.hardware.relays);
        };
        assert_eq!(relays.lines.charger, 20);
        assert_eq!(
            settings.hardware.description(),
            "bus 1: battery (INA219 at 0x40), charger (INA219 at 0x41), load (INA219 at 0x42), thermometer (LM75 at 0x48); relays on pinctrl-rp1"
        );
    }

    /// What is commented out shows the value that holds without it, so with all of it the site is the same.
    #[test]
    fn the_values_in_its_comments_are_those_that_hold() {
        let example = |line: &str| {
            let entry = line.strip_prefix("# ")?;
            let (name, _) = entry.split_once(" = ")?;
            let plain = !name.contains(' ') && !entry.contains("overcharge_cut");
            plain.then(|| entry.to_owned())
        };
        let sense = COMMENTED.find("# An isolated input").expect("a section");
        let limits = COMMENTED.find("# Limits that differ").expect("a section");
        let schedule = COMMENTED.find("# The schedule").expect("a section");
        let journal = COMMENTED.find("[journal]").expect("a section");
        // Nobody has a user or a certificate unless it is named.
        let user = COMMENTED.find("# As whom").expect("entries");
        let battery = COMMENTED.find("[battery]").expect("a section");
        let said: String = [
            &COMMENTED[..user],
            &COMMENTED[battery..sense],
            &COMMENTED[limits..schedule],
            &COMMENTED[journal..],
        ]
        .concat()
        .lines()
        .map(|line| example(line).unwrap_or_else(|| line.to_owned()) + "\n")
        .collect();
        assert_ne!(said, COMMENTED);
        let (said, plain) = (
            parse(&said).expect("sound"),
            parse(COMMENTED).expect("sound"),
        );
        assert_eq!(said.node, plain.node);
        assert_eq!(said.hardware, plain.hardware);
    }

    #[test]
    fn what_is_optional_can_be_had() {
        let all = with(
            "# [mains_sense]\n# gpio_chip = \"pinctrl-rp1\"\n# line = 17\n# present = \"low\"\n",
            "[mains_sense]\ngpio_chip = \"pinctrl-rp1\"\nline = 17\npresent = \"low\"\n",
        )
        .replace("# overcharge_cut = 14.3", "overcharge_cut = 14.3")
        .replace(
            "# openings_a_day = 24",
            "openings_a_day = 12\nfull_charge_every_days = 14\nprobe_minutes = 2",
        )
        .replace(
            "# [schedule]\n# time_zone = \"Europe/Paris\"\n# cycle_every_days = 30\n# critical",
            "[schedule]\ntime_zone = \"Europe/Paris\"\ncycle_every_days = 30\ncritical",
        )
        .replace("# allowed = ", "allowed = ")
        .replace(
            "chip = \"lm75\"\naddress = 0x48",
            "kernel_sensor = \"tmp102\"",
        )
        .replace("# days = 30", "days = 3")
        .replace("# megabytes = 256", "megabytes = 64")
        .replace("# patience_minutes = 10", "patience_minutes = 0");
        let settings = parse(&all).expect("sound");
        assert_eq!(
            settings.node.control.limits,
            [(LimitName::OverchargeCut, 14.3)]
        );
        let guards = settings.node.control.guards;
        assert_eq!(guards.openings_a_day, 12);
        assert_eq!(
            guards.full_charge_every.map(|every| every.as_secs()),
            Some(14 * 86_400)
        );
        assert_eq!(guards.probe.as_secs(), 120);
        let schedule = settings.node.beginning.schedule.expect("there is one");
        assert_eq!(schedule.allowed.len(), 1);
        assert_eq!(
            settings.hardware.mains_sense.expect("there is one").line,
            17
        );
        assert_eq!(settings.node.journal, Capacity::days(3));
        assert_eq!(settings.node.journal_bytes, 64 << 20);
        assert!(
            settings
                .node
                .hardware
                .description
                .contains("tmp102 of the kernel")
        );
    }

    /// The commented file with an EP-0099 in place of its board on GPIO lines.
    fn with_hat() -> String {
        let start = COMMENTED.find("# board: ").expect("an entry");
        let end = COMMENTED.find("# An isolated input").expect("a section");
        let hat = "board = \"ep0099\"\naddress = 0x10\nmains = { channel = 1 }\ncharger = { channel = 2 }\naux1 = { channel = 3, contact = \"normally_open\" }\naux2 = { channel = 4 }\n";
        [&COMMENTED[..start], hat, &COMMENTED[end..]].concat()
    }

    #[test]
    fn the_relays_can_hang_on_the_bus() {
        let settings = parse(&with_hat()).expect("sound");
        let BoardWiring::Hat(relays) = &settings.hardware.relays else {
            panic!("{:?}", settings.hardware.relays);
        };
        assert_eq!((relays.bus, relays.address), (1, 0x10));
        assert_eq!(relays.channels.charger, 2);
        assert!((settings.hardware.description()).ends_with("relays on an EP-0099 at 0x10"));
        for (entry, instead, reason) in [
            ("address = 0x10", "", "an EP-0099 needs address"),
            ("address = 0x10", "address = 0x14", "between 0x10 and 0x13"),
            ("address = 0x10", "address = 0x40", "same address 0x40"),
            (
                "address = 0x10",
                "address = 0x10\nactive = \"low\"",
                "board = \"gpio_lines\"",
            ),
            ("{ channel = 1 }", "{ line = 1 }", "board = \"gpio_lines\""),
            ("{ channel = 1 }", "{}", "relay mains needs a channel"),
            ("{ channel = 1 }", "{ channel = 5 }", "between 1 and 4"),
            (
                "{ channel = 1 }",
                "{ channel = 2 }",
                "channel 2 is used twice",
            ),
            (
                "{ channel = 1 }",
                "{ channel = 1, contact = \"normally_open\" }",
                "normally-closed",
            ),
            (
                "\"ep0099\"",
                "\"ep0098\"",
                "expected `gpio_lines` or `ep0099`",
            ),
            ("board = \"ep0099\"", "", "board = \"ep0099\""),
        ] {
            let text = with_hat().replacen(entry, instead, 1);
            let refusal = parse(&text).expect_err(instead).to_string();
            assert!(refusal.contains(reason), "{instead}: {refusal}");
            assert!(refusal.contains(", line "), "{instead}: {refusal}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_refused_with_its_line_and_its_reason() {
        for (line, instead, reason) in [
            ("node = \"cabin\"", "node = \"ca bin\"", "ca bin"),
            (
                "node = \"cabin\"",
                "node = \"cabin\"\nlamp = 3",
                "unknown field `lamp`",
            ),
            (
                "# language = \"en\"",
                "language = \"de\"",
                "write \"en\" or \"fr\"",
            ),
            (
                "address = \"127.0.0.1:1883\"",
                "address = \"nowhere\"",
                "HOST:PORT",
            ),
            ("profile = \"agm\"", "profile = \"lead\"", "agm"),
            (
                "wiring = \"battery_lead\"",
                "wiring = 3",
                "expected a string",
            ),
            (
                "capacity_ampere_hours = 50.0",
                "capacity_ampere_hours = -5.0",
                "0.5 Ah",
            ),
            (
                "capacity_ampere_hours = 50.0",
                "capacity_ampere_hours = nan",
                "0.5 Ah",
            ),
            ("bus = 1", "bus = 256", "256"),
            (
                "capacity_ampere_hours = 50.0",
                "capacity_ampere_hours = \"50 Ah\"",
                "expected a number, with a point",
            ),
            (
                "capacity_ampere_hours = 50.0",
                "capacity_ampere_hours = 50,0",
                "a point, not a comma",
            ),
            ("address = 0x41", "address = 0x40", "same address 0x40"),
            ("address = 0x48", "address = 0x42", "same address 0x42"),
            ("address = 0x41", "address = 0x80", "0x08 and 0x77"),
            (
                "shunt_ohms = 0.1\n# reversed",
                "shunt_ohms = 0.0\n# reversed",
                "between 0.00005 and 10 Ω",
            ),
            (
                "# gain_volts = 1.0",
                "gain_volts = 2.0",
                "between 0.8 and 1.25; 2 does not",
            ),
            ("chip = \"lm75\"", "", "either chip and address"),
            (
                "chip = \"lm75\"",
                "chip = \"lm75\"\nkernel_sensor = \"tmp102\"",
                "either chip and address",
            ),
            (
                "charger = { line = 20 }",
                "charger = { line = 26 }",
                "line 26 is used twice",
            ),
            ("charger = { line = 20 }", "charger = {}", "needs a line"),
            (
                "charger = { line = 20 }",
                "charger = { channel = 2 }",
                "board = \"ep0099\"",
            ),
            ("active = \"low\"", "", "GPIO lines needs active"),
            (
                "charger = { line = 20 }",
                "charger = { line = 20, contact = \"normally_open\" }",
                "normally-closed contact",
            ),
            (
                "# overcharge_cut = 14.3",
                "overcharge_cutt = 14.3",
                "there are: ",
            ),
            (
                "# overcharge_cut = 14.3",
                "overcharge_cut = 20.0",
                "overcharge_cut",
            ),
            (
                "# openings_a_day = 24",
                "openings_a_day = 1000",
                "openings_a_day",
            ),
            (
                "# openings_a_day = 24",
                "probe_minutes = -1",
                "not negative",
            ),
            ("# days = 30", "days = 0", "between 1 and 3650"),
            (
                "# user = \"site-1\"",
                "password_file = \"/etc/hostname\"",
                "whose password",
            ),
            ("# user = \"site-1\"", "user = \"\"", "broker.user is empty"),
            (
                "# user = \"site-1\"",
                "tls = { certificate = \"/etc/releve/node.pem\" }",
                "go together",
            ),
            ("# megabytes = 256", "megabytes = 7", "between 8 and 65536"),
            (
                "# patience_minutes = 10",
                "patience_minutes = 1441",
                "clock.patience_minutes must lie between 0 and 1440",
            ),
        ] {
            let text = with(line, instead);
            let refusal = parse(&text).expect_err(instead).to_string();
            assert!(refusal.contains(reason), "{instead}: {refusal}");
            assert!(
                refusal.starts_with("releve-node.toml, line "),
                "{instead}: {refusal}"
            );
        }
    }

    /// `relays-safe` reads the same file, and must do its work without any certificate.
    #[test]
    fn what_the_broker_asks_for_is_looked_at_apart() {
        for (instead, told) in [
            (
                "user = \"site-1\"",
                "write it into the first line of the password file, or name no file and set RELEVE_BROKER_PASSWORD",
            ),
            (
                "user = \"site-1\"\npassword_file = \"/nowhere/password\"",
                "/nowhere/password cannot be read",
            ),
            (
                "tls = { ca = \"/nowhere/ca.pem\" }",
                "/nowhere/ca.pem cannot be read",
            ),
            (
                "tls = { ca = \"/etc/hostname\" }",
                "holds no certificate in PEM form",
            ),
        ] {
            let settings = parse(&with("# user = \"site-1\"", instead)).expect("sound");
            let refusal = settings.node.broker.check().expect_err(instead).to_string();
            assert!(refusal.contains(told), "{instead}: {refusal}");
        }
    }

    #[test]
    fn the_line_is_the_one_that_is_wrong() {
        let text = with("address = 0x41", "address = 0x40");
        let refusal = parse(&text).expect_err("refused").to_string();
        let line = COMMENTED
            .lines()
            .position(|line| line == "address = 0x41")
            .expect("there")
            + 1;
        assert!(
            refusal.starts_with(&format!("releve-node.toml, line {line}:")),
            "{refusal}"
        );
        let missing = load(Path::new("/nowhere/releve-node.toml"))
            .expect_err("refused")
            .to_string();
        assert!(
            missing.starts_with("/nowhere/releve-node.toml: it cannot be read"),
            "{missing}"
        );
    }
}
