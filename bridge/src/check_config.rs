//! `--check-config`: what the options and the environment come to, in words, or what is wrong with them.

use anyhow::{Context, Result, bail};
use releve_bridge::Config;
use releve_bridge::metrics_server::Purpose;

/// Checks all that can be checked without the network, and says what was read. Passwords are looked for, never told.
///
/// # Errors
/// Says what is wrong and what to do.
pub fn check(config: &Config) -> Result<Vec<String>> {
    config.check()?;
    config.broker.check()?;
    if let Some(mail) = &config.mail {
        mail.check_files()?;
    }
    if let Some(state) = config.state.as_ref().filter(|state| state.exists())
        && !state.is_dir()
    {
        bail!("--state {}: it is no directory", state.display());
    }
    let mut said = vec![
        format!("bridge: {}", config.id),
        broker(config)?,
        http(config),
    ];
    said.push(match &config.state {
        Some(state) => format!(
            "state: {}, readings for {} days, at most {} MB",
            state.display(),
            config.keep.readings_days,
            config.keep.bytes >> 20
        ),
        None => "state: in memory, for a day (--state keeps it)".to_owned(),
    });
    said.push(match &config.remote_write {
        Some(remote_write) => {
            let target = remote_write.target(Purpose::RemoteWrite)?;
            format!("remote-write: to {}{}", target.authority, target.path)
        }
        None => "remote-write: none; /metrics shows the newest readings".to_owned(),
    });
    said.push(match &config.history_from {
        Some(history_from) => {
            let target = history_from.target(Purpose::History)?;
            format!("history: from {}{}", target.authority, target.path)
        }
        None => "history: from the store".to_owned(),
    });
    said.push(mail(config));
    for silence in &config.silences {
        said.push(format!("silence: {} until {}", silence.node, silence.until));
    }
    Ok(said)
}

fn broker(config: &Config) -> Result<String> {
    let access = &config.broker;
    let as_whom = match access.credentials().context("--broker-password-file")? {
        Some((user, _)) => format!("as {user}"),
        None => "without a user".to_owned(),
    };
    let how = match access.client_config()? {
        Some(_) => "over TLS",
        None => "in the clear",
    };
    Ok(format!("broker: {}, {as_whom}, {how}", access.address))
}

fn http(config: &Config) -> String {
    let names = config.public_hosts.join(", ");
    match names.is_empty() {
        true => format!("HTTP: {}, under loopback names alone", config.http),
        false => format!("HTTP: {}, under {names}", config.http),
    }
}

fn mail(config: &Config) -> String {
    let Some(mail) = &config.mail else {
        return "mail: no server; alarms are shown in the web app alone".to_owned();
    };
    let to = mail.to.iter().map(|to| {
        let least = to.least.name();
        format!("{} ({}, from {least} on)", to.mailbox, to.language.tag())
    });
    let to: Vec<_> = to.collect();
    format!("mail: from {} to {}", mail.from, to.join(", "))
}
