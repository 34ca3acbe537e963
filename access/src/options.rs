//! The part of a command line and its environment that says where the broker is, and how to get in. The node's
//! simulation and the bridge share it.
//!
//! The password is in a file or in the environment, never on the command line, which others can read.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use releve_protocol::connection::{BrokerAddress, BrokerAddressError};

use crate::{Access, ClientCertificate, Tls, User};

/// The variables of the environment in which a program takes what its command line does not say.
pub trait Variables: Debug + Clone + Send + Sync + 'static {
    /// Whether the options may stand behind a further command as well.
    const ARE_GLOBAL: bool;
    /// The broker's address.
    const BROKER: &'static str;
    /// The user.
    const USER: &'static str;
    /// The file with the password.
    const PASSWORD_FILE: &'static str;
    /// Whether the connection is encrypted.
    const TLS: &'static str;
    /// The file with the authorities.
    const CA: &'static str;
    /// The file with the program's own certificate.
    const CERTIFICATE: &'static str;
    /// The file with its key.
    const KEY: &'static str;
}

/// Where the broker is, and how to get in.
#[derive(Debug, Clone, Args)]
pub struct BrokerOptions<V: Variables> {
    /// The broker's MQTT port.
    #[arg(
        long,
        global = V::ARE_GLOBAL,
        env = V::BROKER,
        value_name = "HOST:PORT",
        default_value = BROKER,
        value_parser = broker_address
    )]
    broker: BrokerAddress,
    /// The user to log in as at the broker.
    #[arg(long, global = V::ARE_GLOBAL, env = V::USER, value_name = "NAME")]
    broker_user: Option<String>,
    /// A file whose first line is the password; or set RELEVE_BROKER_PASSWORD.
    #[arg(
        long,
        global = V::ARE_GLOBAL,
        env = V::PASSWORD_FILE,
        value_name = "FILE",
        value_parser = file()
    )]
    broker_password_file: Option<PathBuf>,
    /// Encrypt the connection (mostly on port 8883); the other certificate options do so too.
    #[arg(long, global = V::ARE_GLOBAL, env = V::TLS, value_parser = flag)]
    broker_tls: bool,
    /// Who may have signed the broker's certificate, a PEM file [default: whoever this system trusts].
    #[arg(
        long,
        global = V::ARE_GLOBAL,
        env = V::CA,
        value_name = "FILE",
        value_parser = file()
    )]
    broker_ca: Option<PathBuf>,
    /// This program's own certificate, where the broker asks for one, a PEM file.
    #[arg(
        long,
        global = V::ARE_GLOBAL,
        env = V::CERTIFICATE,
        value_name = "FILE",
        value_parser = file()
    )]
    broker_certificate: Option<PathBuf>,
    /// Its private key, a PEM file.
    #[arg(
        long,
        global = V::ARE_GLOBAL,
        env = V::KEY,
        value_name = "FILE",
        value_parser = file()
    )]
    broker_key: Option<PathBuf>,
    #[arg(skip)]
    variables: PhantomData<V>,
}

/// Options of which one is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HalfSaid {
    /// The user.
    #[error("--broker-password-file needs --broker-user: whose password is it?")]
    User,
    /// The certificate or its key.
    #[error("--broker-certificate and --broker-key go together: give both, or neither")]
    Certificate,
}

impl<V: Variables> BrokerOptions<V> {
    /// How to get in. The files are not looked at here: a broker that lets the program in only later must not keep
    /// it from what else it does.
    ///
    /// # Errors
    /// Where one option needs another one that is not there.
    pub fn into_access(mut self) -> Result<Access, HalfSaid> {
        self.forget_empty();
        let user = match (self.broker_user, self.broker_password_file) {
            (None, None) => None,
            (None, Some(_)) => return Err(HalfSaid::User),
            (Some(name), password_file) => Some(User {
                name,
                password_file,
            }),
        };
        let client = match (self.broker_certificate, self.broker_key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key }),
            (Some(_), None) | (None, Some(_)) => return Err(HalfSaid::Certificate),
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

/// Where the broker is unless told otherwise.
const BROKER: &str = "127.0.0.1:1883";

/// A broker's address; empty is the usual one.
fn broker_address(text: &str) -> Result<BrokerAddress, String> {
    let text = if text.is_empty() { BROKER } else { text };
    text.parse()
        .map_err(|error: BrokerAddressError| error.to_string())
}

/// A file's name, perhaps empty, which clap's own parser refuses.
pub fn file() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Yes or no; empty is no.
///
/// # Errors
/// Says what can be written.
pub fn flag(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "y" | "t" => Ok(true),
        "" | "0" | "false" | "no" | "off" | "n" | "f" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Clone)]
    struct Unset;

    impl Variables for Unset {
        const ARE_GLOBAL: bool = true;
        const BROKER: &'static str = "RELEVE_TEST_BROKER";
        const USER: &'static str = "RELEVE_TEST_USER";
        const PASSWORD_FILE: &'static str = "RELEVE_TEST_PASSWORD_FILE";
        const TLS: &'static str = "RELEVE_TEST_TLS";
        const CA: &'static str = "RELEVE_TEST_CA";
        const CERTIFICATE: &'static str = "RELEVE_TEST_CERTIFICATE";
        const KEY: &'static str = "RELEVE_TEST_KEY";
    }

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        options: BrokerOptions<Unset>,
    }

    fn options(arguments: &[&str]) -> Result<BrokerOptions<Unset>, clap::Error> {
        let all = ["program"].iter().chain(arguments);
        Ok(Program::try_parse_from(all)?.options)
    }

    fn access(arguments: &[&str]) -> Result<Access, HalfSaid> {
        options(arguments).expect("known options").into_access()
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
        let is_taken = options(&["--broker-password", "secret"]).is_ok();
        assert!(!is_taken, "a password is no argument");
    }
}
