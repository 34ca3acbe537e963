//! Why a broker could not be started.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::settings::Refusal;

/// Why a broker could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is already taken by another program.
    #[error(
        "{address} ({purpose}) is in use: stop the other program, or choose another address or port"
    )]
    AddressInUse {
        /// The address asked for.
        address: SocketAddr,
        /// What it was to serve.
        purpose: &'static str,
    },
    /// Two of the addresses are one.
    #[error(
        "{address} cannot be listened on for {first} and for {second}: choose another port for one of them"
    )]
    SameAddress {
        /// The address asked for, for the second purpose.
        address: SocketAddr,
        /// What it was to serve.
        first: &'static str,
        /// What else it was to serve.
        second: &'static str,
    },
    /// The address cannot be bound for another reason.
    #[error("{address} ({purpose}) cannot be listened on: {why}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What it was to serve.
        purpose: &'static str,
        /// The system's answer. Not as a source: whoever prints those too would say it twice.
        why: io::Error,
    },
    /// The address can be reached from other machines.
    #[error(
        "{address} ({purpose}) is not a loopback address: this broker has no users, so it only listens on \
         127.0.0.1 or [::1]; for access from other machines give it a users file (releve-broker passwd), or run \
         Mosquitto with the configuration in mosquitto/"
    )]
    NotLoopback {
        /// The address asked for.
        address: SocketAddr,
        /// What it was to serve.
        purpose: &'static str,
    },
    /// A file that it needs cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// The system's answer. Not as a source: whoever prints those too would say it twice.
        why: io::Error,
    },
    /// There is no users file.
    #[error(
        "there is no users file {file}: make one with releve-broker passwd NAME --role ROLE --users {file}",
        file = path.display()
    )]
    NoUsersFile {
        /// Where it should be.
        path: PathBuf,
    },
    /// The users file is empty, as an editor or a full disk leaves it; nobody could come in.
    #[error(
        "the users file {file} is empty: bring it back, or make users with releve-broker passwd NAME --role ROLE --users {file}; to have none, write a comment into it",
        file = path.display()
    )]
    EmptyUsersFile {
        /// Where it is.
        path: PathBuf,
    },
    /// The users cannot be had from their file.
    #[error(transparent)]
    Users(#[from] Refusal),
    /// The certificate cannot be used.
    #[error("{problem}")]
    Tls {
        /// Which file, and what is wrong with it.
        problem: String,
    },
    /// The retained messages cannot be had from their file.
    #[error("{}: {problem}", path.display())]
    RetainedStore {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The counters could not be set up.
    #[error("the metrics could not be set up: {0}")]
    Metrics(String),
    /// The router thread or the self-test did not start.
    #[error("the broker's router did not start: {0}")]
    Router(String),
}
