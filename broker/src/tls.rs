//! TLS on the way in: the certificate, and its replacement while the broker runs.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, InconsistentKeys, RootCertStore, ServerConfig};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tracing::{error, info, warn};

use crate::changed_file::ChangedFile;
use crate::config::Tls;
use crate::start_error::StartError;

/// Certificate and key do not come at one moment: what does not fit together is looked at so often before it
/// counts as wrong.
const LOOKS: u32 = 2;

/// What the TLS library calls an authority's certificate in the place of a server's.
const AUTHORITY_AS_SERVER: &str = "CaUsedAsEndEntity";

/// The certificate in use, and the files that it comes from.
pub(crate) struct Certificates {
    files: Files,
    current: Arc<Current>,
}

struct Files {
    certificate: ChangedFile,
    key: ChangedFile,
}

/// Hands every new connection the certificate of that moment; those that are there keep theirs.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
struct Unusable {
    path: PathBuf,
    problem: String,
}

impl Certificates {
    /// Reads the files.
    pub fn open(tls: &Tls) -> Result<Self, StartError> {
        let open = |path: &Path| {
            ChangedFile::open(path).map_err(|why| StartError::Unreadable {
                path: path.to_owned(),
                why,
            })
        };
        let files = Files {
            certificate: open(&tls.certificate)?,
            key: open(&tls.key)?,
        };
        let certified = files.certified().map_err(|unusable| StartError::Tls {
            problem: unusable.to_string(),
        })?;
        Ok(Self {
            files,
            current: Arc::new(Current(RwLock::new(Arc::new(certified)))),
        })
    }

    /// What clients will not like about the certificate: that it is an authority's, or that its time is over or has
    /// not come.
    pub fn doubt(&self) -> Option<String> {
        let current = self.current.0.read();
        let current = current.unwrap_or_else(PoisonError::into_inner);
        let doubt = doubt(current.cert.first()?)?;
        let file = self.files.certificate.path().display();
        Some(format!("{file}: {doubt}"))
    }

    /// What speaks TLS with clients.
    pub fn acceptor(&self) -> Result<TlsAcceptor, StartError> {
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| StartError::Tls {
                problem: error.to_string(),
            })?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.current) as Arc<dyn ResolvesServerCert>);
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Looks at the files again and again, and uses what they hold. A certificate that cannot be used leaves the
    /// one before in use, which is logged.
    pub async fn follow(self, every: Duration) {
        let Self { mut files, current } = self;
        // What the files hold is not what is used.
        let mut is_stale = false;
        let mut unusable_looks = 0_u32;
        loop {
            sleep(every).await;
            let looking = spawn_blocking(move || {
                let looked = files.look();
                (files, looked)
            });
            let Ok((looked_at, looked)) = looking.await else {
                // The runtime is going.
                return;
            };
            files = looked_at;
            if looked.is_new {
                is_stale = true;
                unusable_looks = 0;
            }
            let unusable = match looked.missing {
                Some(missing) => missing,
                None if !is_stale => {
                    unusable_looks = 0;
                    continue;
                }
                None => match files.certified() {
                    Ok(certified) => {
                        let doubt = certified.cert.first().and_then(doubt);
                        current.replace(certified);
                        info!("a new certificate is used from now on");
                        if let Some(doubt) = doubt {
                            warn!("{doubt}");
                        }
                        is_stale = false;
                        unusable_looks = 0;
                        continue;
                    }
                    Err(unusable) => unusable,
                },
            };
            unusable_looks = unusable_looks.saturating_add(1);
            if unusable_looks == LOOKS {
                error!("{unusable}; the certificate from before stays in use");
            }
        }
    }
}

/// What a look at the files has shown.
struct Looked {
    /// One of them holds something new.
    is_new: bool,
    /// One of them cannot be read.
    missing: Option<Unusable>,
}

impl Files {
    fn look(&mut self) -> Looked {
        let mut looked = Looked {
            is_new: false,
            missing: None,
        };
        for file in [&mut self.certificate, &mut self.key] {
            match file.look() {
                Ok(is_new) => looked.is_new |= is_new,
                Err(error) => {
                    looked.missing = Some(Unusable {
                        path: file.path().to_owned(),
                        problem: format!("cannot be read: {error}"),
                    });
                }
            }
        }
        looked
    }

    fn certified(&self) -> Result<CertifiedKey, Unusable> {
        let unusable = |file: &ChangedFile, problem: String| Unusable {
            path: file.path().to_owned(),
            problem,
        };
        let chain = CertificateDer::pem_slice_iter(self.certificate.content())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| {
                let problem = format!("holds no certificate in PEM form: {error}");
                unusable(&self.certificate, problem)
            })?;
        if chain.is_empty() {
            let problem = "holds no certificate in PEM form".to_owned();
            return Err(unusable(&self.certificate, problem));
        }
        let key = PrivateKeyDer::from_pem_slice(self.key.content()).map_err(|error| {
            unusable(
                &self.key,
                format!("holds no private key in PEM form: {error}"),
            )
        })?;
        CertifiedKey::from_der(chain, key, &provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => unusable(
                &self.key,
                format!("is not the key of {}", self.certificate.path().display()),
            ),
            other => unusable(&self.certificate, format!("cannot be used: {other}")),
        })
    }
}

impl Current {
    fn replace(&self, certified: CertifiedKey) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(certified);
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

/// What a client would not like about a certificate that it trusts, whatever the name under which it connects.
/// Clients look at the certificate itself before they look for who signed it, so it can stand for its own authority.
fn doubt(certificate: &CertificateDer<'_>) -> Option<&'static str> {
    let mut roots = RootCertStore::empty();
    // What cannot be one is left to the clients.
    roots.add(certificate.clone().into_owned()).ok()?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
    let verifier = verifier.build().ok()?;
    let anywhere = ServerName::from(IpAddr::from(Ipv4Addr::LOCALHOST));
    let verified = verifier.verify_server_cert(certificate, &[], &anywhere, &[], UnixTime::now());
    let Err(rustls::Error::InvalidCertificate(fault)) = verified else {
        return None;
    };
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Some("the certificate has expired: clients refuse it")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some("the certificate's time has not come: clients refuse it")
        }
        CertificateError::Other(other) if format!("{other:?}").contains(AUTHORITY_AS_SERVER) => {
            Some(
                "the certificate is an authority's (CA:TRUE), as openssl req -x509 makes it: many clients, Releve's among them, refuse it as a server's. docs/broker.md shows how to make one that it signs",
            )
        }
        _ => None,
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
