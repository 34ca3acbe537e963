//! The part of the command line and the environment that says where the broker is, and how to get in.
//!
//! The password is in a file or in the environment, never on the command line, which others can read.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use releve_access::{Access, ClientCertificate, Tls, User};
use releve_protocol::connection::BrokerAddress;

use crate::values;

/// Where the broker is, and how to get in.
#[derive(Debug, Args)]
pub struct BrokerOptions {
    /// The broker's MQTT port.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_BROKER",
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:1883"
    )]
    broker: BrokerAddress,
    /// The user to log in as at the broker.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_BROKER_USER",
        value_name = "NAME"
    )]
    broker_user: Option<String>,
    /// A file whose first line is the password; or set RELEVE_BROKER_PASSWORD.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_BROKER_PASSWORD_FILE",
        value_name = "FILE",
        value_parser = values::file()
    )]
    broker_password_file: Option<PathBuf>,
    /// Encrypt the connection (mostly on port 8883); the other certificate options do so too.
    #[arg(long, global = true, env = "RELEVE_BRIDGE_BROKER_TLS", value_parser = values::flag)]
    broker_tls: bool,
    /// Who may have signed the broker's certificate, a PEM file [default: whoever this system trusts].
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_BROKER_CA",
        value_name = "FILE",
        value_parser = values::file()
    )]
    broker_ca: Option<PathBuf>,
    /// The bridge's own certificate, where the broker asks for one, a PEM file.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_BROKER_CERTIFICATE",
        value_name = "FILE",
        value_parser = values::file()
    )]
    broker_certificate: Option<PathBuf>,
    /// Its private key, a PEM file.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_BROKER_KEY",
        value_name = "FILE",
        value_parser = values::file()
    )]
    broker_key: Option<PathBuf>,
}

impl BrokerOptions {
    /// How to get in. The files are not looked at here: a broker that lets the bridge in only later must not
    /// keep it from serving the web app.
    pub fn into_access(mut self) -> Result<Access> {
        self.forget_empty();
        let user = match (self.broker_user, self.broker_password_file) {
            (None, None) => None,
            (None, Some(_)) => {
                bail!("--broker-password-file needs --broker-user: whose password is it?")
            }
            (Some(name), password_file) => Some(User {
                name,
                password_file,
            }),
        };
        let client = match (self.broker_certificate, self.broker_key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key }),
            (Some(_), None) | (None, Some(_)) => {
                bail!("--broker-certificate and --broker-key go together: give both, or neither")
            }
        };
        let is_encrypted = self.broker_tls || self.broker_ca.is_some() || client.is_some();
        Ok(Access {
            address: self.broker,
            user,
            tls: is_encrypted.then_some(Tls {
                ca: self.broker_ca,
                client,
            }),
        })
    }

    /// An empty variable of the environment means that nothing is set: compose files write it so.
    fn forget_empty(&mut self) {
        self.broker_user.take_if(|name| name.is_empty());
        for file in [
            &mut self.broker_password_file,
            &mut self.broker_ca,
            &mut self.broker_certificate,
            &mut self.broker_key,
        ] {
            file.take_if(|file| file.as_os_str().is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        options: BrokerOptions,
    }

    fn access(arguments: &[&str]) -> Result<Access> {
        let all = ["releve-bridge"].iter().chain(arguments);
        Program::try_parse_from(all)?.options.into_access()
    }

    #[test]
    fn nothing_said_is_nobody_in_the_clear() {
        let access = access(&["--broker-user", "", "--broker-ca", ""]).expect("possible");
        assert_eq!((access.user, access.tls), (None, None));
    }

    #[test]
    fn certificates_encrypt() {
        for arguments in [
            &["--broker-tls"][..],
            &["--broker-ca", "ca.pem"],
            &["--broker-certificate", "own.pem", "--broker-key", "own.key"],
        ] {
            let access = access(arguments).expect("possible");
            assert!(access.tls.is_some(), "{arguments:?}");
        }
    }

    #[test]
    fn half_a_login_is_refused_with_what_is_missing() {
        for (arguments, missing) in [
            (["--broker-password-file", "x"], "--broker-user"),
            (["--broker-certificate", "x"], "--broker-key"),
            (["--broker-key", "x"], "--broker-certificate"),
        ] {
            let error = access(&arguments).expect_err("refused").to_string();
            assert!(error.contains(missing), "{error}");
        }
        let is_taken = access(&["--broker-password", "secret"]).is_ok();
        assert!(!is_taken, "a password is no argument");
    }
}
