//! The command line and the environment, as a configuration.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Parser, Subcommand};
use releve_bridge::Config;
use releve_bridge::mail::{Login, MailConfig, SmtpConfig};
use releve_bridge::store::Keep;

use crate::broker_options::BrokerOptions;
use crate::history_options::HistoryOptions;
use crate::remote_write_options::RemoteWriteOptions;
use crate::values;

/// From MQTT to Prometheus metrics and alert e-mails; serves the web app.
// Neither this nor the options can be printed: the mail server's URL may hold a password.
#[derive(Parser)]
#[command(name = "releve-bridge", version)]
pub struct Arguments {
    /// A file with options, which bridge/releve-bridge.toml explains; command line and environment come before it.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_CONFIG",
        value_name = "FILE",
        value_parser = values::file()
    )]
    pub config: Option<PathBuf>,
    /// Say what options, environment and file come to, or what is wrong with them, and end.
    #[arg(long)]
    pub check_config: bool,
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub task: Option<Task>,
}

/// What to do instead of running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Task {
    /// Send a test mail to every recipient and say what became of it.
    TestMail,
}

/// Its name unless told otherwise.
const ID: &str = "main";

#[derive(Args)]
pub struct Options {
    /// Its name among the bridges of a broker: letters, digits, _ and -.
    #[arg(long, global = true, env = "RELEVE_BRIDGE_ID", default_value = ID)]
    id: String,
    #[command(flatten)]
    broker: BrokerOptions,
    /// Where to serve HTTP.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_HTTP",
        value_name = "ADDRESS:PORT",
        default_value = values::HTTP,
        value_parser = values::http
    )]
    http: SocketAddr,
    /// The directory of what is kept: readings, events, and what is to be sent. Without it, in memory for a day.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_STATE",
        value_name = "DIRECTORY",
        value_parser = values::file()
    )]
    state: Option<PathBuf>,
    /// For how many days readings are kept as they came; their averages are kept longer.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_KEEP_READINGS",
        value_name = "DAYS",
        default_value_t = Keep::default().readings_days,
        value_parser = days
    )]
    keep_readings: u32,
    /// The size of the store in megabytes beyond which the oldest readings are cut.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_STORE_MEGABYTES",
        value_name = "MEGABYTES",
        default_value_t = Keep::default().bytes >> 20,
        value_parser = megabytes
    )]
    store_megabytes: u64,
    /// A proxy in front decides who may reach the bridge, so it may listen beyond loopback.
    #[arg(long, global = true, env = "RELEVE_BRIDGE_BEHIND_PROXY", value_parser = values::flag)]
    behind_proxy: bool,
    /// A name under which browsers reach the bridge; repeatable.
    #[arg(
        long = "public-host",
        global = true,
        env = "RELEVE_BRIDGE_PUBLIC_HOST",
        value_name = "NAME",
        value_delimiter = ','
    )]
    public_hosts: Vec<String>,
    /// The web app's address for links in mails.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_PUBLIC_URL",
        value_name = "URL"
    )]
    public_url: Option<String>,
    /// The mail server: smtp://host:25, smtp://host:587?tls=required or smtps://host:465.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_SMTP",
        value_name = "URL",
        hide_env_values = true
    )]
    smtp: Option<String>,
    /// The user to log in as at the mail server.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_SMTP_USER",
        value_name = "NAME"
    )]
    smtp_user: Option<String>,
    /// A file that holds the password; or set RELEVE_BRIDGE_SMTP_PASSWORD.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_SMTP_PASSWORD_FILE",
        value_name = "FILE",
        value_parser = values::file()
    )]
    smtp_password_file: Option<PathBuf>,
    /// Who may have signed the mail server's certificate, a PEM file [default: the authorities that browsers trust].
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_SMTP_CA",
        value_name = "FILE",
        value_parser = values::file()
    )]
    smtp_ca: Option<PathBuf>,
    /// The sender of alert e-mails.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_MAIL_FROM",
        value_name = "ADDRESS"
    )]
    mail_from: Option<String>,
    /// Who gets alert e-mails, in which language (en or fr), and from which severity on (info, warning or
    /// critical); repeatable.
    #[arg(
        long,
        global = true,
        env = "RELEVE_BRIDGE_MAIL_TO",
        value_name = "ADDRESS[=LANGUAGE[:SEVERITY]]",
        value_delimiter = ','
    )]
    mail_to: Vec<String>,
    #[command(flatten)]
    remote_write: RemoteWriteOptions,
    #[command(flatten)]
    history_from: HistoryOptions,
    /// A site where somebody works, of which nobody is told anything until that moment (UTC); repeatable.
    #[arg(
        long = "silence",
        global = true,
        env = "RELEVE_BRIDGE_SILENCE",
        value_name = "NODE=UNTIL",
        value_delimiter = ','
    )]
    silences: Vec<String>,
}

/// Up to 50 years.
fn days(text: &str) -> Result<u32, String> {
    let days = values::number(text, 1, 18_300, Keep::default().readings_days.into())?;
    u32::try_from(days).map_err(|error| error.to_string())
}

/// Up to a terabyte.
fn megabytes(text: &str) -> Result<u64, String> {
    values::number(text, 16, 1 << 20, Keep::default().bytes >> 20)
}

/// The password is taken from the environment, never from the command line, which others can read.
const PASSWORD_VARIABLE: &str = "RELEVE_BRIDGE_SMTP_PASSWORD";

impl Options {
    /// The configuration that the options describe.
    pub fn into_config(mut self) -> Result<Config> {
        self.forget_empty();
        let mail = self.mail()?;
        let id = if self.id.is_empty() { ID } else { &self.id };
        let id = id.parse().context("--id: a bridge is named like a node")?;
        let mut config = Config::new(id, self.broker.into_access()?, self.http);
        config.behind_proxy = self.behind_proxy;
        config.state = self.state;
        config.keep.readings_days = self.keep_readings;
        config.keep.bytes = self.store_megabytes << 20;
        config.public_hosts = self.public_hosts;
        config.public_url = self.public_url;
        config.mail = mail;
        config.remote_write = self.remote_write.into_config()?;
        config.history_from = self.history_from.into_config()?;
        let silences = self.silences.iter().map(|text| Ok(text.parse()?));
        config.silences = silences.collect::<Result<_>>().context("--silence")?;
        Ok(config)
    }

    /// An empty variable of the environment means that nothing is set: compose files write it so.
    fn forget_empty(&mut self) {
        for option in [
            &mut self.public_url,
            &mut self.smtp,
            &mut self.smtp_user,
            &mut self.mail_from,
        ] {
            option.take_if(|text| text.is_empty());
        }
        for path in [
            &mut self.smtp_password_file,
            &mut self.smtp_ca,
            &mut self.state,
        ] {
            path.take_if(|path| path.as_os_str().is_empty());
        }
        for list in [
            &mut self.public_hosts,
            &mut self.mail_to,
            &mut self.silences,
        ] {
            list.retain(|text| !text.is_empty());
        }
    }

    fn mail(&self) -> Result<Option<MailConfig>> {
        let Some(url) = &self.smtp else {
            if self.mail_from.is_some() || !self.mail_to.is_empty() {
                bail!("mails need a server: give --smtp too, for example smtp://127.0.0.1:25");
            }
            return Ok(None);
        };
        let Some(from) = &self.mail_from else {
            bail!("--smtp needs a sender: give --mail-from releve@example.org");
        };
        let smtp = SmtpConfig {
            url: url.clone(),
            login: self.login()?,
            ca: self.smtp_ca.clone(),
        };
        let from = from
            .parse()
            .with_context(|| format!("--mail-from {from:?} is no e-mail address"))?;
        let to = self.mail_to.iter().map(|to| Ok(to.parse()?));
        let to = to.collect::<Result<_>>().context("--mail-to")?;
        Ok(Some(MailConfig { smtp, from, to }))
    }

    fn login(&self) -> Result<Option<Login>> {
        let password = match &self.smtp_password_file {
            Some(file) => {
                let text = std::fs::read_to_string(file).with_context(|| {
                    format!("cannot read --smtp-password-file {}", file.display())
                })?;
                let first = text.lines().next().unwrap_or_default().to_owned();
                if first.is_empty() {
                    bail!(
                        "the first line of --smtp-password-file {} is empty",
                        file.display()
                    );
                }
                Some(first)
            }
            None => std::env::var(PASSWORD_VARIABLE)
                .ok()
                .filter(|password| !password.is_empty()),
        };
        match (self.smtp_user.clone(), password) {
            (Some(user), Some(password)) => Ok(Some(Login { user, password })),
            (None, None) => Ok(None),
            (Some(_), None) => {
                bail!(
                    "--smtp-user needs a password: give --smtp-password-file or {PASSWORD_VARIABLE}"
                )
            }
            (None, Some(_)) => bail!("there is a password for the mail server but no --smtp-user"),
        }
    }
}
