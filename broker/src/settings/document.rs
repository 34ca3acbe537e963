//! The configuration file as it is written. What every entry means stands in `releve-broker.toml`.

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub users: Option<PathBuf>,
    pub retained_store: Option<PathBuf>,
    #[serde(default)]
    pub listen: Listen,
    pub tls: Option<Spanned<Tls>>,
    #[serde(default)]
    pub browsers: Browsers,
    #[serde(default)]
    pub limits: LimitsEntries,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listen {
    pub mqtt: Option<Spanned<String>>,
    pub websocket: Option<Spanned<String>>,
    pub mqtt_tls: Option<Spanned<String>>,
    pub websocket_tls: Option<Spanned<String>>,
    pub metrics: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Browsers {
    #[serde(default)]
    pub allowed_origins: Vec<Spanned<String>>,
    #[serde(default)]
    pub allowed_hosts: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsEntries {
    pub connections: Option<Spanned<u64>>,
    pub connections_of_a_user: Option<Spanned<u64>>,
    pub handshakes: Option<Spanned<u64>>,
    pub handshake_seconds: Option<Spanned<u64>>,
    pub packet_kilobytes: Option<Spanned<u64>>,
    pub in_flight_messages: Option<Spanned<u64>>,
    pub subscriptions_of_a_client: Option<Spanned<u64>>,
    pub filter_logs: Option<Spanned<u64>>,
    pub filter_logs_of_a_user: Option<Spanned<u64>>,
    pub queue_megabytes: Option<Spanned<u64>>,
    pub retained_messages: Option<Spanned<u64>>,
    pub retained_megabytes: Option<Spanned<u64>>,
    pub retained_disk_megabytes: Option<Spanned<u64>>,
    pub absent_sessions: Option<Spanned<u64>>,
    pub absent_sessions_of_a_user: Option<Spanned<u64>>,
    pub session_hours: Option<Spanned<u64>>,
}
