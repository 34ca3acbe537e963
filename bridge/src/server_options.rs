//! What the options of a server of metrics have in common, whatever it is for.
//!
//! Secrets are in files, never on the command line, which others can read.

use std::path::PathBuf;

use anyhow::{Result, bail};
use releve_bridge::metrics_server::{Purpose, ServerConfig, ServerLogin};

/// The options of a server as they were given.
#[derive(Debug)]
pub struct Given {
    /// Its address.
    pub url: Option<String>,
    /// The user to come as.
    pub user: Option<String>,
    /// The file of that user's password.
    pub password_file: Option<PathBuf>,
    /// The file of a token.
    pub token_file: Option<PathBuf>,
    /// Who may have signed its certificate.
    pub ca: Option<PathBuf>,
}

impl Given {
    /// The server that is meant, if one is. The files are not looked at here: what is wrong with them must not keep
    /// the bridge from watching for alarms.
    pub fn into_config(mut self, purpose: Purpose) -> Result<Option<ServerConfig>> {
        self.forget_empty();
        let option = purpose.option();
        let login = match (self.user, self.password_file, self.token_file) {
            (None, None, None) => None,
            (Some(user), Some(file), None) => Some(ServerLogin::Password { user, file }),
            (None, None, Some(file)) => Some(ServerLogin::Token { file }),
            (_, _, Some(_)) => bail!(
                "{option}-token-file takes the place of {option}-user and {option}-password-file: give one or the other"
            ),
            _ => {
                bail!("{option}-user and {option}-password-file go together: give both, or neither")
            }
        };
        let ca = self.ca;
        match self.url {
            Some(url) => Ok(Some(ServerConfig { url, login, ca })),
            None if login.is_some() || ca.is_some() => bail!(
                "there is a login or a ca for {option} but no address: give {option} too, for example {}",
                purpose.example()
            ),
            None => Ok(None),
        }
    }

    /// An empty variable of the environment means that nothing is set: compose files write it so.
    fn forget_empty(&mut self) {
        for text in [&mut self.url, &mut self.user] {
            text.take_if(|text| text.is_empty());
        }
        for file in [&mut self.password_file, &mut self.token_file, &mut self.ca] {
            file.take_if(|file| file.as_os_str().is_empty());
        }
    }
}
