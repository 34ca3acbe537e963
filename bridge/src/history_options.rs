//! The part of the command line and the environment that says where the history comes from, and as whom it is asked
//! for.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use releve_bridge::metrics_server::{Purpose, ServerConfig};

use crate::server_options::Given;
use crate::values;

/// Where the history comes from, and as whom it is asked for.
#[derive(Debug, Args)]
pub struct HistoryOptions {
    /// The Prometheus that holds the history for charts, for example http://127.0.0.1:9090 [default: the bridge's
    /// store].
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_HISTORY_FROM",
        value_name = "URL",
        hide_env_values = true
    )]
    history_from: Option<String>,
    /// The user to ask as.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_HISTORY_FROM_USER",
        value_name = "NAME"
    )]
    history_from_user: Option<String>,
    /// A file whose first line is that user's password.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_HISTORY_FROM_PASSWORD_FILE",
        value_name = "FILE",
        value_parser = values::file()
    )]
    history_from_password_file: Option<PathBuf>,
    /// A file whose first line is a token, in the place of user and password.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_HISTORY_FROM_TOKEN_FILE",
        value_name = "FILE",
        value_parser = values::file()
    )]
    history_from_token_file: Option<PathBuf>,
    /// Who may have signed the server's certificate, a PEM file [default: whoever this system trusts].
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_HISTORY_FROM_CA",
        value_name = "FILE",
        value_parser = values::file()
    )]
    history_from_ca: Option<PathBuf>,
}

impl HistoryOptions {
    /// Where the history comes from, if not from the store.
    pub fn into_config(self) -> Result<Option<ServerConfig>> {
        let given = Given {
            url: self.history_from,
            user: self.history_from_user,
            password_file: self.history_from_password_file,
            token_file: self.history_from_token_file,
            ca: self.history_from_ca,
        };
        given.into_config(Purpose::History)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use releve_bridge::metrics_server::ServerLogin;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        options: HistoryOptions,
    }

    fn config(arguments: &[&str]) -> Result<Option<ServerConfig>> {
        let all = ["releve-bridge"].iter().chain(arguments);
        Program::try_parse_from(all)?.options.into_config()
    }

    #[test]
    fn a_history_has_its_own_address_login_and_certificate() {
        let arguments = [
            "--history-from=https://localhost/prometheus",
            "--history-from-user=a",
            "--history-from-password-file=p",
            "--history-from-ca=c",
        ];
        let expected = ServerConfig {
            url: "https://localhost/prometheus".to_owned(),
            login: Some(ServerLogin::Password {
                user: "a".to_owned(),
                file: "p".into(),
            }),
            ca: Some("c".into()),
        };
        assert_eq!(config(&arguments).expect("possible"), Some(expected));
        let empty = ["--history-from", "", "--history-from-ca", ""];
        assert_eq!(config(&empty).expect("possible"), None);
    }

    #[test]
    fn half_a_login_is_refused_with_what_is_missing() {
        for (argument, missing) in [
            ("--history-from-ca=x", "give --history-from too"),
            ("--history-from-user=x", "--history-from-password-file"),
        ] {
            let error = config(&[argument]).expect_err("refused").to_string();
            assert!(error.contains(missing), "{error}");
        }
    }
}
