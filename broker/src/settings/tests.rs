use super::*;

const COMMENTED: &str = include_str!("../../releve-broker.toml");

fn parse(text: &str) -> Result<Config, Refusal> {
    super::parse(Source {
        file: Path::new("releve-broker.toml"),
        text,
    })
}

/// The commented file with an entry of it changed.
fn with(line: &str, instead: &str) -> String {
    assert_eq!(COMMENTED.matches(line).count(), 1, "{line}");
    COMMENTED.replace(line, instead)
}

#[test]
fn an_empty_file_and_the_commented_one_say_what_holds_anyway() {
    let plain = Config::new("127.0.0.1:1883".parse().unwrap());
    assert_eq!(parse("").unwrap(), plain);
    assert_eq!(parse(COMMENTED).unwrap(), plain);
}

/// What is commented out in `[limits]` shows the value that holds without it.
#[test]
fn the_values_in_its_comments_are_those_that_hold() {
    let start = COMMENTED.find("[limits]").expect("a section");
    let said: String = COMMENTED[start..]
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(entry) if entry.contains(" = ") => format!("{entry}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(said.matches(" = ").count() >= 11, "{said}");
    assert_eq!(parse(&said).unwrap(), parse("").unwrap());
}

#[test]
fn what_is_optional_can_be_had() {
    let text = with(
        "# websocket = \"127.0.0.1:9001\"",
        "websocket = \"[::1]:9001\"",
    )
    .replace("# users = ", "users = ")
    .replace("# retained_store", "retained_store")
    .replace("# metrics", "metrics")
    .replace("# mqtt_tls", "mqtt_tls")
    .replace("# websocket_tls", "websocket_tls")
    .replace("# [tls]\n# certificate", "[tls]\ncertificate")
    .replace("# key", "key")
    .replace(
        "# allowed_origins = []",
        "allowed_origins = [\"https://site.example\"]",
    )
    .replace(
        "# allowed_hosts = []",
        "allowed_hosts = [\"site.example\", \"10.1.2.3\"]",
    )
    .replace("# queue_megabytes = 16", "queue_megabytes = 64")
    .replace("# session_hours = 24", "session_hours = 48")
    .replace("# connections = 2000", "connections = 6000")
    .replace(
        "# absent_sessions_of_a_user = 125",
        "absent_sessions_of_a_user = 7",
    );
    let config = parse(&text).unwrap();
    let users = Path::new("/etc/releve-broker/users.toml");
    assert_eq!(config.users.as_deref(), Some(users));
    let store = Path::new("/var/lib/releve-broker/retained.db");
    assert_eq!(config.retained_store.as_deref(), Some(store));
    assert_eq!(config.metrics, Some("127.0.0.1:9883".parse().unwrap()));
    let tls = config.tls.unwrap();
    assert_eq!(tls.tcp, Some("[::]:8883".parse().unwrap()));
    assert_eq!(tls.websocket, Some("[::]:8884".parse().unwrap()));
    assert_eq!(tls.key, Path::new("/etc/releve-broker/key.pem"));
    assert_eq!(config.websocket, Some("[::1]:9001".parse().unwrap()));
    assert_eq!(config.allowed_origins, ["https://site.example"]);
    assert_eq!(config.allowed_hosts, ["site.example", "10.1.2.3"]);
    assert_eq!(config.limits.log_bytes, 64 << 20);
    assert_eq!(config.limits.session_expiry.as_secs(), 48 * 3600);
    let limits = &config.limits;
    assert_eq!(limits.connections_of_a_user, 1500, "a quarter");
    assert_eq!(limits.parked_sessions_of_a_user, 7);
}

#[test]
fn what_cannot_be_followed_is_refused_with_line_and_reason() {
    for (line, instead, reason) in [
        (
            "mqtt = \"127.0.0.1:1883\"",
            "mqtt = \"localhost\"",
            "\"localhost\" is none",
        ),
        (
            "mqtt = \"127.0.0.1:1883\"",
            "mqtt = 1883",
            "expected a string",
        ),
        (
            "mqtt = \"127.0.0.1:1883\"",
            "mqqt = \"127.0.0.1:1883\"",
            "unknown field `mqqt`",
        ),
        ("[listen]", "[listne]", "unknown field `listne`"),
        (
            "# mqtt_tls = \"[::]:8883\"",
            "mqtt_tls = \"[::]:8883\"",
            "needs the section [tls]",
        ),
        (
            "# [tls]",
            "[tls]\ncertificate = \"c\"\nkey = \"k\"",
            "where is it to be spoken?",
        ),
        ("# [tls]", "[tls]", "missing field `certificate`"),
        (
            "# connections = 2000",
            "connections = 0",
            "between 1 and 20000; 0 does not",
        ),
        ("# connections = 2000", "connections = -1", "whole number"),
        (
            "# session_hours = 24",
            "session_hours = 1.5",
            "whole number",
        ),
        (
            "# queue_megabytes = 16",
            "queue_megabytes = 1",
            "between 2 and 1024",
        ),
        (
            "# allowed_origins = []",
            "allowed_origins = [\"site.example\"]",
            "\"site.example\" is none",
        ),
        (
            "# allowed_origins = []",
            "allowed_origins = [\"https://*\"]",
            "is none",
        ),
        (
            "# allowed_origins = []",
            "allowed_origins = \"https://a\"",
            "expected a list",
        ),
        (
            "# allowed_hosts = []",
            "allowed_hosts = [\"site.example:9001\"]",
            "without port",
        ),
    ] {
        let refusal = parse(&with(line, instead)).expect_err(instead).to_string();
        assert!(refusal.contains(reason), "{instead}: {refusal}");
        let number = COMMENTED
            .lines()
            .position(|other| other.starts_with(line))
            .unwrap()
            + 1;
        let place = format!("releve-broker.toml, line {number}: ");
        assert!(refusal.starts_with(&place), "{instead}: {refusal}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let refusal = load(Path::new("/nowhere/releve-broker.toml"))
        .unwrap_err()
        .to_string();
    assert!(
        refusal.starts_with("/nowhere/releve-broker.toml: it cannot be read"),
        "{refusal}"
    );
}

/// Behind each value in `[limits]` stands its range.
#[test]
fn the_ranges_in_its_comments_are_those_that_hold() {
    let start = COMMENTED.find("[limits]").expect("a section");
    let mut entries = 0;
    for line in COMMENTED[start..].lines() {
        let Some((name, rest)) = line.strip_prefix("# ").and_then(|l| l.split_once(" = ")) else {
            continue;
        };
        let (_, range) = rest.split_once('#').expect("a range");
        let (least, most) = range.trim().split_once(" to ").expect("two ends");
        let (least, most): (u64, u64) = (least.parse().unwrap(), most.parse().unwrap());
        let taken = |value: u64| parse(&format!("[limits]\n{name} = {value}\n")).is_ok();
        assert!(taken(least) && taken(most) && !taken(most + 1), "{line}");
        assert!(
            least.checked_sub(1).is_none_or(|below| !taken(below)),
            "{line}"
        );
        entries += 1;
    }
    assert!(entries >= 16, "{entries}");
}
