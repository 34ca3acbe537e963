//! The shell examples of the README work as printed.

use std::fs;
use std::path::Path;

use crate::harness::process::output;
use crate::harness::stack::{BrokerKind, HEALTHY, Stack};
use crate::harness::until::until;

on_both_brokers! { each_example_works_as_printed }

/// The lines of the README that call Mosquitto's tools, in order.
fn examples() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).expect("the README");
    readme
        .lines()
        .filter(|line| line.starts_with("mosquitto_"))
        .map(str::to_owned)
        .collect()
}

/// Splits a line as a shell does, as far as the README's lines need it: blanks and single quotes.
fn words(line: &str) -> Vec<String> {
    line.split('\'')
        .enumerate()
        .flat_map(|(index, part)| match index % 2 {
            1 => vec![part.to_owned()],
            _ => part.split_whitespace().map(str::to_owned).collect(),
        })
        .collect()
}

async fn each_example_works_as_printed(kind: BrokerKind) {
    // The demo's own three sites, so that the counts of the examples hold.
    let stack = Stack::start_with(kind, |config| config.sites = 3).await;
    let voltage = format!("releve_battery_voltage_volts{{node=\"{HEALTHY}\"}}");
    until("the sites to be there", async || {
        stack.metric(&voltage).await
    })
    .await;
    let port = stack.mqtt().port().to_string();
    let examples = examples();
    assert!(
        examples.len() >= 8,
        "the README lost its examples: {examples:?}"
    );
    let mut answers = Vec::new();
    for line in &examples {
        let mut words = words(line);
        let program = words.remove(0);
        // As printed but for the port, and a bound so that a silent broker fails the test.
        let mut arguments = vec!["-p", &port];
        if program != "mosquitto_pub" {
            arguments.extend(["-W", "30"]);
        }
        arguments.extend(words.iter().map(String::as_str));
        let answer = output("mosquitto-clients", &program, &arguments).await;
        if program == "mosquitto_rr" {
            answers.push((line.clone(), answer));
        } else if program == "mosquitto_sub" {
            assert!(answer.contains("\"v\":1"), "{line}: {answer}");
        }
    }
    for (line, answer) in answers {
        let expected = if line.contains("toggle") {
            "rejected"
        } else {
            "accepted"
        };
        assert!(
            answer.contains(&format!("\"status\":\"{expected}\"")),
            "{line}: {answer}"
        );
    }
}
