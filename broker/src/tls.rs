//! TLS on the way in: the certificate, and its replacement while the broker runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, ServerConfig};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tracing::{error, info};

use crate::changed_file::ChangedFile;
use crate::config::Tls;
use crate::start_error::StartError;

/// Certificate and key do not come at one moment: what does not fit together is looked at so often before it
/// counts as wrong.
const LOOKS: u32 = 2;

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
            ChangedFile::open(path).map_err(|source| StartError::Unreadable {
                path: path.to_owned(),
                source,
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
                        current.replace(certified);
                        info!("a new certificate is used from now on");
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

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
