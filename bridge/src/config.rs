//! What a bridge is started with.

use std::net::SocketAddr;
use std::path::PathBuf;

use releve_access::Access;
use releve_protocol::NodeId;

use crate::alerts::{Pace, Silence};
use crate::http::is_loopback_name;
use crate::mail::{MailConfig, MailConfigError};
use crate::metrics_server::{Purpose, ServerConfig, ServerConfigError};
use crate::store::Keep;

/// How to start a bridge.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its name among the bridges of a broker: 1 to 64 of `A–Z a–z 0–9 _ -`.
    pub id: NodeId,
    /// The broker's MQTT port, and how to get in there.
    pub broker: Access,
    /// Where HTTP is served. Port 0 picks a free port.
    pub http: SocketAddr,
    /// Whether a proxy in front of the bridge decides who may reach it: without one it listens on
    /// loopback only.
    pub behind_proxy: bool,
    /// Host names, without port, under which browsers reach it besides loopback ones.
    pub public_hosts: Vec<String>,
    /// The directory of what is kept; `None`: in memory, for a day.
    pub state: Option<PathBuf>,
    /// How much is kept there.
    pub keep: Keep,
    /// The web app's address for links in mails, for example `https://releve.example`.
    pub public_url: Option<String>,
    /// How alert e-mails are sent; none are without it.
    pub mail: Option<MailConfig>,
    /// Where readings are sent; `None`: `/metrics` shows the newest ones.
    pub remote_write: Option<ServerConfig>,
    /// Where the history for charts comes from; `None`: from the store.
    pub history_from: Option<ServerConfig>,
    /// Sites of which nothing is told for some time.
    pub silences: Vec<Silence>,
    /// How long alerts wait before they are told.
    pub pace: Pace,
}

impl Config {
    /// A bridge on these addresses, for loopback and without mails.
    #[must_use]
    pub fn new(id: NodeId, broker: impl Into<Access>, http: SocketAddr) -> Self {
        Self {
            id,
            broker: broker.into(),
            http,
            behind_proxy: false,
            state: None,
            keep: Keep::default(),
            public_hosts: Vec::new(),
            public_url: None,
            mail: None,
            remote_write: None,
            history_from: None,
            silences: Vec::new(),
            pace: Pace::default(),
        }
    }

    /// How much is kept, wherever that is.
    pub(crate) fn keep(&self) -> Keep {
        match self.state {
            Some(_) => self.keep,
            None => Keep::IN_MEMORY,
        }
    }

    /// Checks what can be checked before anything is opened.
    ///
    /// # Errors
    /// Says what is wrong and what to do.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !self.http.ip().is_loopback() && !self.behind_proxy {
            return Err(ConfigError::NotLoopback { http: self.http });
        }
        let has_public_host = self.public_hosts.iter().any(|host| !is_loopback_name(host));
        if self.behind_proxy && !has_public_host {
            return Err(ConfigError::NoPublicHost);
        }
        for host in &self.public_hosts {
            let is_name = !host.is_empty() && !host.contains(['/', ':', '@', ' ', '*']);
            if !is_name {
                return Err(ConfigError::PublicHost { host: host.clone() });
            }
        }
        let has_scheme = |url: &String| url.starts_with("http://") || url.starts_with("https://");
        if let Some(url) = self.public_url.as_ref().filter(|url| !has_scheme(url)) {
            return Err(ConfigError::PublicUrl { url: url.clone() });
        }
        if let Some(mail) = &self.mail {
            mail.check()?;
        }
        if let Some(remote_write) = &self.remote_write {
            remote_write.check(Purpose::RemoteWrite)?;
        }
        if let Some(history_from) = &self.history_from {
            history_from.check(Purpose::History)?;
        }
        Ok(())
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Open to the network without anything that asks who comes.
    #[error(
        "{http} can be reached from the network, and the bridge neither encrypts nor, unless the broker has users, asks anybody for a password: listen on 127.0.0.1, or put a proxy in front that does, and start with --behind-proxy --public-host <its name>"
    )]
    NotLoopback {
        /// The address.
        http: SocketAddr,
    },
    /// A proxy without a name.
    #[error(
        "--behind-proxy needs --public-host <name>: the name under which browsers reach the proxy"
    )]
    NoPublicHost,
    /// Not a host name.
    #[error(
        "{host:?} is no host name: give a name alone, for example releve.example, without scheme or port"
    )]
    PublicHost {
        /// What was given.
        host: String,
    },
    /// Not a web address.
    #[error("{url:?} is no web address: write https://releve.example")]
    PublicUrl {
        /// What was given.
        url: String,
    },
    /// Mail cannot be sent this way.
    #[error(transparent)]
    Mail(#[from] MailConfigError),
    /// Readings cannot be sent, or the history not be asked for, this way.
    #[error(transparent)]
    Server(#[from] ServerConfigError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(http: &str) -> Config {
        Config::new(
            "test".parse().expect("an id"),
            std::net::SocketAddr::from(([127, 0, 0, 1], 1883)),
            http.parse().expect("an address"),
        )
    }

    #[test]
    fn without_a_proxy_a_bridge_listens_on_loopback_only() {
        assert_eq!(config("127.0.0.1:8080").check(), Ok(()));
        assert_eq!(config("[::1]:8080").check(), Ok(()));
        let http = "0.0.0.0:8080".parse().expect("an address");
        let refused = config("0.0.0.0:8080").check();
        assert_eq!(refused, Err(ConfigError::NotLoopback { http }));
    }

    #[test]
    fn behind_a_proxy_its_name_must_be_known() {
        let mut config = config("0.0.0.0:8080");
        config.behind_proxy = true;
        assert_eq!(config.check(), Err(ConfigError::NoPublicHost));
        config.public_hosts = vec!["localhost".to_owned()];
        assert_eq!(config.check(), Err(ConfigError::NoPublicHost));
        config.public_hosts = vec!["releve.example".to_owned()];
        assert_eq!(config.check(), Ok(()));
    }

    #[test]
    fn names_and_addresses_are_checked() {
        for host in ["", "https://releve.example", "releve.example:443", "*"] {
            let mut config = config("127.0.0.1:0");
            config.public_hosts = vec![host.to_owned()];
            let host = host.to_owned();
            assert_eq!(config.check(), Err(ConfigError::PublicHost { host }));
        }
        let mut config = config("127.0.0.1:0");
        config.public_url = Some("releve.example".to_owned());
        assert!(matches!(config.check(), Err(ConfigError::PublicUrl { .. })));
    }
}
