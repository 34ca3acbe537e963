//! The part of the command line and the environment that says where readings are sent, and as whom.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use releve_bridge::metrics_server::{Purpose, ServerConfig};

use crate::server_options::Given;
use crate::values;

/// Where readings are sent, and as whom.
#[derive(Debug, Args)]
pub struct RemoteWriteOptions {
    /// Where to send every reading with its own time, for example http://127.0.0.1:9090/api/v1/write.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_REMOTE_WRITE",
        value_name = "URL",
        hide_env_values = true
    )]
    remote_write: Option<String>,
    /// The user to send them as.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_REMOTE_WRITE_USER",
        value_name = "NAME"
    )]
    remote_write_user: Option<String>,
    /// A file whose first line is that user's password.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_REMOTE_WRITE_PASSWORD_FILE",
        value_name = "FILE",
        value_parser = values::file()
    )]
    remote_write_password_file: Option<PathBuf>,
    /// A file whose first line is a token, in the place of user and password.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_REMOTE_WRITE_TOKEN_FILE",
        value_name = "FILE",
        value_parser = values::file()
    )]
    remote_write_token_file: Option<PathBuf>,
    /// Who may have signed the server's certificate, a PEM file [default: whoever this system trusts].
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_REMOTE_WRITE_CA",
        value_name = "FILE",
        value_parser = values::file()
    )]
    remote_write_ca: Option<PathBuf>,
}

impl RemoteWriteOptions {
    /// Where readings are sent, if they are.
    pub fn into_config(self) -> Result<Option<ServerConfig>> {
        let given = Given {
            url: self.remote_write,
            user: self.remote_write_user,
            password_file: self.remote_write_password_file,
            token_file: self.remote_write_token_file,
            ca: self.remote_write_ca,
        };
        given.into_config(Purpose::RemoteWrite)
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
        options: RemoteWriteOptions,
    }

    const URL: &str = "http://localhost:9090/api/v1/write";

    fn config(arguments: &[&str]) -> Result<Option<ServerConfig>> {
        let all = ["releve-bridge"].iter().chain(arguments);
        Program::try_parse_from(all)?.options.into_config()
    }

    #[test]
    fn nothing_said_is_nothing_sent() {
        let empty = ["--remote-write", "", "--remote-write-token-file", ""];
        assert_eq!(config(&empty).expect("possible"), None);
    }

    #[test]
    fn a_token_or_a_password_says_who_sends() {
        let token = ["--remote-write", URL, "--remote-write-token-file", "t"];
        let config_of = |arguments| config(arguments).expect("possible").expect("an address");
        let expected = ServerLogin::Token { file: "t".into() };
        assert_eq!(config_of(&token).login, Some(expected));
        let password = [
            "--remote-write",
            URL,
            "--remote-write-user",
            "a",
            "--remote-write-password-file",
            "p",
        ];
        let expected = ServerLogin::Password {
            user: "a".to_owned(),
            file: "p".into(),
        };
        assert_eq!(config_of(&password).login, Some(expected));
    }

    #[test]
    fn half_a_login_is_refused_with_what_is_missing() {
        for (arguments, missing) in [
            (&["--remote-write-ca", "x"][..], "--remote-write too"),
            (&["--remote-write-token-file", "x"], "--remote-write too"),
            (
                &["--remote-write", URL, "--remote-write-user", "x"],
                "--remote-write-password-file",
            ),
            (
                &["--remote-write-user", "x", "--remote-write-token-file", "x"],
                "one or the other",
            ),
        ] {
            let error = config(arguments).expect_err("refused").to_string();
            assert!(error.contains(missing), "{error}");
        }
    }
}
