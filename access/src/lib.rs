//! How a program gets in at its broker: where it is, as whom, and whether the connection is encrypted; and in
//! words why it does not. The node and the bridge share it.
//!
//! Files are read anew for every attempt to connect, so that a certificate or a password that was renewed is
//! used without a restart.

mod explained;
pub mod options;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs, io};

use releve_protocol::connection::BrokerAddress;
use rumqttc::{TlsConfiguration, Transport};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

pub use explained::explained;

/// The environment variable that holds the password where no file does.
pub const PASSWORD_VARIABLE: &str = "RELEVE_BROKER_PASSWORD";

/// Where the broker is, and how to get in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Where it is.
    pub address: BrokerAddress,
    /// As whom; `None`: as nobody.
    pub user: Option<User>,
    /// How the connection is encrypted; `None`: not at all.
    pub tls: Option<Tls>,
}

/// A user of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: String,
    /// The file that holds its password; `None`: the environment does, in [`PASSWORD_VARIABLE`].
    pub password_file: Option<PathBuf>,
}

/// Certificates, as PEM files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Who may have signed the broker's certificate; `None`: whoever this system trusts.
    pub ca: Option<PathBuf>,
    /// The program's own certificate, where the broker asks for one.
    pub client: Option<ClientCertificate>,
}

/// The program's own certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, and what leads from it to its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What keeps a program from getting in before it has even tried.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A file cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why. Not as a source: whoever prints those too would say it twice.
        why: io::Error,
    },
    /// A file holds something else.
    #[error("{}: {problem}", path.display())]
    Unusable {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no password.
    #[error(
        "there is no password for the user {0}: write it into the first line of the password file, or name no file and set {PASSWORD_VARIABLE}"
    )]
    NoPassword(String),
    /// The system's own certificates cannot be used.
    #[error(
        "this system trusts no certificate authority ({0}): install ca-certificates, or name the server's ca"
    )]
    NoSystemTrust(String),
    /// Certificate and key cannot be used.
    #[error("the certificates cannot be used: {0}")]
    Certificates(#[from] rustls::Error),
}

impl From<BrokerAddress> for Access {
    fn from(address: BrokerAddress) -> Self {
        Self {
            address,
            user: None,
            tls: None,
        }
    }
}

impl From<SocketAddr> for Access {
    fn from(address: SocketAddr) -> Self {
        BrokerAddress::from(address).into()
    }
}

impl Access {
    /// Whether everything that it names is there and can be used now.
    ///
    /// # Errors
    /// Says what is missing, or wrong.
    pub fn check(&self) -> Result<(), AccessError> {
        self.credentials()?;
        self.client_config()?;
        Ok(())
    }

    /// What a log should warn of when the program starts: that the password goes over a network in the clear. `remedy`
    /// says how to encrypt the connection.
    #[must_use]
    pub fn warning(&self, remedy: &str) -> Option<String> {
        let user = self.user.as_ref()?;
        let is_safe = self.tls.is_some() || is_this_machine(&self.address.host);
        (!is_safe).then(|| {
            format!(
                "the password of the user {} goes to the broker {} in the clear: whoever listens on the network between can log in with it. {remedy}",
                user.name, self.address
            )
        })
    }

    /// The same broker for somebody else, of whom this program has not asked who it is: without the user, and
    /// with the certificate only where the user's password, not the certificate, says who this program is.
    #[must_use]
    pub fn for_somebody_else(&self) -> Self {
        let mut tls = self.tls.clone();
        if let Some(tls) = tls.as_mut().filter(|_| self.user.is_none()) {
            tls.client = None;
        }
        Self {
            address: self.address.clone(),
            user: None,
            tls,
        }
    }

    /// Whether it says who this program is: the broker then has users.
    #[must_use]
    pub fn is_somebody(&self) -> bool {
        let certificate = self.tls.as_ref().and_then(|tls| tls.client.as_ref());
        self.user.is_some() || certificate.is_some()
    }

    /// User and password, as they are now.
    ///
    /// # Errors
    /// Where there is no password.
    pub fn credentials(&self) -> Result<Option<(String, String)>, AccessError> {
        let Some(user) = &self.user else {
            return Ok(None);
        };
        let password = match &user.password_file {
            Some(path) => {
                let text = read(path)?;
                let text = String::from_utf8(text).map_err(|_| AccessError::Unusable {
                    path: path.clone(),
                    problem: "a password is text".to_owned(),
                })?;
                text.lines().next().unwrap_or_default().to_owned()
            }
            None => env::var(PASSWORD_VARIABLE).unwrap_or_default(),
        };
        if password.is_empty() {
            return Err(AccessError::NoPassword(user.name.clone()));
        }
        Ok(Some((user.name.clone(), password)))
    }

    /// How bytes get to the broker, with the certificates as they are now.
    ///
    /// # Errors
    /// Where certificates cannot be used.
    pub fn transport(&self) -> Result<Transport, AccessError> {
        Ok(match self.client_config()? {
            Some(config) => Transport::tls_with_config(TlsConfiguration::Rustls(config)),
            None => Transport::tcp(),
        })
    }

    /// How TLS is spoken, with the certificates as they are now; `None`: it is not.
    ///
    /// # Errors
    /// Where certificates cannot be used.
    pub fn client_config(&self) -> Result<Option<Arc<ClientConfig>>, AccessError> {
        let config = self.tls.as_ref().map(Tls::client_config).transpose()?;
        Ok(config.map(Arc::new))
    }
}

impl Tls {
    /// How TLS is spoken, with the certificates as they are now.
    ///
    /// # Errors
    /// Where certificates cannot be used.
    pub fn client_config(&self) -> Result<ClientConfig, AccessError> {
        let roots = match &self.ca {
            Some(path) => roots_in(path)?,
            None => roots_of_the_system()?,
        };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        let Some(client) = &self.client else {
            return Ok(config.with_no_client_auth());
        };
        let certificates = certificates_in(&client.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&read(&client.key)?)
            .map_err(|error| unusable(&client.key, "holds no private key", &error))?;
        Ok(config.with_client_auth_cert(certificates, key)?)
    }
}

/// Makes ring what this process encrypts with, for libraries that ask for the process's own choice (reqwest panics
/// where there is none). Whoever chose before is not overruled.
pub fn encrypt_with_ring() {
    let _ = ring::default_provider().install_default();
}

/// Whether nothing leaves this machine on the way there, as far as the name tells.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => {
            let name = bare.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

fn roots_in(path: &Path) -> Result<RootCertStore, AccessError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates_in(path)? {
        (roots.add(certificate)).map_err(|error| AccessError::Unusable {
            path: path.to_owned(),
            problem: format!("holds a certificate that cannot be used: {error}"),
        })?;
    }
    Ok(roots)
}

fn roots_of_the_system() -> Result<RootCertStore, AccessError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        let problems: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        return Err(AccessError::NoSystemTrust(problems.join("; ")));
    }
    Ok(roots)
}

/// At least one.
fn certificates_in(path: &Path) -> Result<Vec<CertificateDer<'static>>, AccessError> {
    let text = read(path)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(path, "holds no certificate", &error))?;
    if certificates.is_empty() {
        return Err(AccessError::Unusable {
            path: path.to_owned(),
            problem: "holds no certificate in PEM form".to_owned(),
        });
    }
    Ok(certificates)
}

fn unusable(path: &Path, problem: &str, error: &rustls::pki_types::pem::Error) -> AccessError {
    AccessError::Unusable {
        path: path.to_owned(),
        problem: format!("{problem} in PEM form: {error}"),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, AccessError> {
    fs::read(path).map_err(|why| AccessError::Unreadable {
        path: path.to_owned(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(user: Option<User>, client: Option<ClientCertificate>) -> Access {
        Access {
            user,
            tls: Some(Tls { ca: None, client }),
            ..Access::from(BrokerAddress {
                host: "broker.example".to_owned(),
                port: 8883,
            })
        }
    }

    fn somebody(password_file: &Path) -> User {
        User {
            name: "main".to_owned(),
            password_file: Some(password_file.to_owned()),
        }
    }

    #[test]
    fn a_password_is_the_first_line_of_its_file_as_it_is_now() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("password");
        let access = access(Some(somebody(&file)), None);
        assert!(matches!(
            access.credentials(),
            Err(AccessError::Unreadable { .. })
        ));
        for (content, password) in [("first one\n", "first one"), ("second\r\nx", "second")] {
            fs::write(&file, content).expect("written");
            let expected = ("main".to_owned(), password.to_owned());
            assert_eq!(access.credentials().expect("a password"), Some(expected));
        }
        fs::write(&file, "\n").expect("written");
        assert!(matches!(
            access.credentials(),
            Err(AccessError::NoPassword(_))
        ));
        fs::write(&file, b"\xff").expect("written");
        assert!(matches!(
            access.credentials(),
            Err(AccessError::Unusable { .. })
        ));
    }

    #[test]
    fn a_password_in_the_clear_is_warned_of_beyond_this_machine() {
        let warning = |host: &str, user: bool, tls: bool| {
            let access = Access {
                address: BrokerAddress {
                    host: host.to_owned(),
                    port: 1883,
                },
                user: user.then(|| somebody(Path::new("password"))),
                tls: tls.then(Tls::default),
            };
            access.warning("Do so.")
        };
        let told = warning("broker.example", true, false).expect("a warning");
        for part in ["main", "broker.example:1883", "in the clear", "Do so."] {
            assert!(told.contains(part), "{told}");
        }
        for host in ["192.0.2.1", "[2001:db8::1]", "localhost.example"] {
            assert!(warning(host, true, false).is_some(), "{host}");
            assert_eq!(warning(host, true, true), None, "{host}");
            assert_eq!(warning(host, false, false), None, "{host}");
        }
        for host in ["127.0.0.1", "127.1.2.3", "[::1]", "localhost", "LOCALHOST."] {
            assert_eq!(warning(host, true, false), None, "{host}");
        }
    }

    #[test]
    fn nobody_else_goes_as_this_program() {
        let certificate = ClientCertificate {
            certificate: "own.pem".into(),
            key: "own.key".into(),
        };
        let user = somebody(Path::new("password"));
        // The password says who this program is: the certificate only opens the door.
        let both = access(Some(user), Some(certificate.clone()));
        assert!(both.is_somebody());
        let other = both.for_somebody_else();
        assert_eq!(other, access(None, Some(certificate.clone())));
        // The certificate may say it.
        let certificate_alone = access(None, Some(certificate));
        assert!(certificate_alone.is_somebody());
        assert_eq!(certificate_alone.for_somebody_else(), access(None, None));
        assert!(!access(None, None).is_somebody());
    }
}
