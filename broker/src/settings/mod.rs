//! The configuration file, `releve-broker.toml`: read, checked as a whole, and refused with the line and the
//! reason where it cannot be followed.
//!
//! `document` is the file as it is written; here it becomes what a broker is started with.

mod document;
mod limits;

use std::net::SocketAddr;
use std::path::Path;

use releve_files::{Source, read_text};
use toml::Spanned;

use crate::config::{Config, DEFAULT_MQTT, Tls};
use document::{Browsers, Document, Listen};
pub use releve_files::Refusal;

/// Reads a configuration file.
///
/// # Errors
/// If it cannot be read or followed: with the line, where it is one, the reason, and what would be right.
pub fn load(file: &Path) -> Result<Config, Refusal> {
    let text = read_text(file)?;
    parse(Source { file, text: &text })
}

fn parse(source: Source<'_>) -> Result<Config, Refusal> {
    let document: Document = toml::from_str(source.text)
        .map_err(|error| source.refuse(error.span(), in_plain_words(error.message())))?;
    let mqtt = match &document.listen.mqtt {
        Some(text) => address("mqtt", text, source)?,
        None => DEFAULT_MQTT,
    };
    let websocket = optional_address("websocket", document.listen.websocket.as_ref(), source)?;
    let metrics = optional_address("metrics", document.listen.metrics.as_ref(), source)?;
    let tls = tls(&document, source)?;
    Ok(Config {
        users: document.users,
        retained_store: document.retained_store,
        websocket,
        tls,
        metrics,
        allowed_origins: origins(&document.browsers, source)?,
        allowed_hosts: hosts(&document.browsers, source)?,
        limits: limits::limits(&document.limits, source)?,
        ..Config::new(mqtt)
    })
}

/// What the parser says, without the names of a programming language.
pub(crate) fn in_plain_words(message: &str) -> String {
    [
        ("expected u64", "expected a whole number"),
        ("expected a sequence", "expected a list: [\"…\", \"…\"]"),
        ("expected a boolean", "expected true or false"),
    ]
    .into_iter()
    .fold(message.to_owned(), |message, (theirs, ours)| {
        message.replace(theirs, ours)
    })
}

/// Certificate and addresses need one another.
fn tls(document: &Document, source: Source<'_>) -> Result<Option<Tls>, Refusal> {
    let Listen {
        mqtt_tls,
        websocket_tls,
        ..
    } = &document.listen;
    match (&document.tls, mqtt_tls.as_ref().or(websocket_tls.as_ref())) {
        (None, None) => Ok(None),
        (None, Some(listen)) => Err(source.refuse(
            Some(listen.span()),
            "an address for TLS needs the section [tls] with certificate and key",
        )),
        (Some(tls), None) => Err(source.refuse(
            Some(tls.span()),
            "[tls] needs listen.mqtt_tls or listen.websocket_tls: where is it to be spoken?",
        )),
        (Some(tls), Some(_)) => Ok(Some(Tls {
            certificate: tls.get_ref().certificate.clone(),
            key: tls.get_ref().key.clone(),
            tcp: optional_address("mqtt_tls", mqtt_tls.as_ref(), source)?,
            websocket: optional_address("websocket_tls", websocket_tls.as_ref(), source)?,
        })),
    }
}

fn optional_address(
    name: &str,
    text: Option<&Spanned<String>>,
    source: Source<'_>,
) -> Result<Option<SocketAddr>, Refusal> {
    text.map(|text| address(name, text, source)).transpose()
}

fn address(name: &str, text: &Spanned<String>, source: Source<'_>) -> Result<SocketAddr, Refusal> {
    text.get_ref().parse().map_err(|_| {
        source.refuse(
            Some(text.span()),
            format!(
                "listen.{name} is an IP address of this machine with a port, such as \"127.0.0.1:1883\" or \"[::]:1883\"; {:?} is none",
                text.get_ref()
            ),
        )
    })
}

fn origins(browsers: &Browsers, source: Source<'_>) -> Result<Vec<String>, Refusal> {
    let checked = |text: &Spanned<String>| {
        let rest = text
            .get_ref()
            .strip_prefix("https://")
            .or_else(|| text.get_ref().strip_prefix("http://"));
        let is_origin = rest.is_some_and(|rest| {
            let host = rest.trim_end_matches('/');
            !host.is_empty() && !host.contains(['/', '*', ' '])
        });
        if is_origin {
            return Ok(text.get_ref().clone());
        }
        Err(source.refuse(
            Some(text.span()),
            format!(
                "browsers.allowed_origins has origins such as \"https://site.example\"; {:?} is none",
                text.get_ref()
            ),
        ))
    };
    browsers.allowed_origins.iter().map(checked).collect()
}

fn hosts(browsers: &Browsers, source: Source<'_>) -> Result<Vec<String>, Refusal> {
    let checked = |text: &Spanned<String>| {
        let name = text.get_ref();
        // An IPv6 address stands here without its brackets.
        let is_name = name.parse::<std::net::IpAddr>().is_ok()
            || (!name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')));
        if is_name {
            return Ok(name.clone());
        }
        Err(source.refuse(
            Some(text.span()),
            format!(
                "browsers.allowed_hosts has host names without port, such as \"site.example\"; {name:?} is none"
            ),
        ))
    };
    browsers.allowed_hosts.iter().map(checked).collect()
}

#[cfg(test)]
mod tests;
