//! How a node gets in at its broker: where it is, as whom, and whether the connection is encrypted.
//!
//! Files are read anew for every attempt to connect, so that a certificate or a password that was renewed is
//! used without a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs, io};

use releve_protocol::connection::BrokerAddress;
use rumqttc::{TlsConfiguration, Transport};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

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
    /// The node's own certificate, where the broker asks for one.
    pub client: Option<ClientCertificate>,
}

/// The node's own certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, and what leads from it to its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What keeps the node from getting in before it has even tried.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
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
        "there is no password for the user {0}: name a password_file, or set {PASSWORD_VARIABLE}"
    )]
    NoPassword(String),
    /// The system's own certificates cannot be used.
    #[error(
        "this system trusts no certificate authority ({0}): install ca-certificates, or name the broker's ca"
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

impl Access {
    /// Whether everything that it names is there and can be used now.
    ///
    /// # Errors
    /// Says what is missing, or wrong.
    pub fn check(&self) -> Result<(), AccessError> {
        self.credentials()?;
        self.transport()?;
        Ok(())
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
        let Some(tls) = &self.tls else {
            return Ok(Transport::tcp());
        };
        let config = Arc::new(tls.client_config()?);
        Ok(Transport::tls_with_config(TlsConfiguration::Rustls(config)))
    }
}

impl Tls {
    fn client_config(&self) -> Result<ClientConfig, AccessError> {
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
    fs::read(path).map_err(|source| AccessError::Unreadable {
        path: path.to_owned(),
        source,
    })
}
