//! The broker of the configuration file.

use releve_files::{Refusal, Source};
use releve_protocol::connection::BrokerAddress;
use toml::Spanned;

use super::document;
use super::parsed;
use crate::mqtt::access::{Access, ClientCertificate, PASSWORD_VARIABLE, Tls, User};

/// How to get in at the broker. The files that it names are not looked at here: a certificate that expired must
/// keep nobody from putting the relays where they are safe.
pub fn access(broker: document::Broker, source: Source<'_>) -> Result<Access, Refusal> {
    Ok(Access {
        user: user(&broker, source)?,
        address: parsed::<BrokerAddress>(&broker.address, source)?,
        tls: broker.tls.map(|tls| self::tls(tls, source)).transpose()?,
    })
}

fn user(broker: &document::Broker, source: Source<'_>) -> Result<Option<User>, Refusal> {
    match (&broker.user, &broker.password_file) {
        (None, None) => Ok(None),
        (None, Some(file)) => Err(source.refuse(
            Some(file.span()),
            "broker.password_file needs broker.user: whose password is it?".to_owned(),
        )),
        (Some(name), _) if name.get_ref().is_empty() => Err(source.refuse(
            Some(name.span()),
            format!(
                "broker.user is empty: give the user's name, with its password in broker.password_file or {PASSWORD_VARIABLE}"
            ),
        )),
        (Some(name), file) => Ok(Some(User {
            name: name.get_ref().clone(),
            password_file: file.as_ref().map(|file| file.get_ref().clone()),
        })),
    }
}

fn tls(tls: Spanned<document::Tls>, source: Source<'_>) -> Result<Tls, Refusal> {
    let span = tls.span();
    let document::Tls {
        ca,
        certificate,
        key,
    } = tls.into_inner();
    let client = match (certificate, key) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some(ClientCertificate { certificate, key }),
        (Some(_), None) | (None, Some(_)) => {
            return Err(source.refuse(
                Some(span),
                "broker.tls.certificate and broker.tls.key go together: give both, or neither"
                    .to_owned(),
            ));
        }
    };
    Ok(Tls { ca, client })
}
